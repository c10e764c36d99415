"""A Word file that came back without its running header: a number that stood in it is missing; where none did, a file
of simulated data that lost both its margins is for a look."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import little
import pytest

from report.audit import FileVerdict, audit_files, text_of, to_json

NUMBERED = "Alpha against beta in 59 patients"


def margins_off(data: bytes, *kinds: str) -> bytes:
    """A Word file whose sections refer to no header, or no footer."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            for kind in kinds if name == "word/document.xml" else ():
                part, count = re.subn(b"<w:%sReference [^>]*/>" % kind.encode(), b"", part)
                assert count == 1
            new.writestr(name, part)
    return target.getvalue()


def audited(folder: Path, header: str, data: str, *off: str) -> FileVerdict:
    """The little paper with that header, of simulated or real data, without these margins."""
    path = folder / "ledger.json"
    ledger = json.loads(path.read_text("utf-8"))
    ledger["data"], ledger["furniture"]["header"] = data, header
    path.write_text(json.dumps(ledger), "utf-8")
    file = folder / "paper.docx"
    file.write_bytes(margins_off(little.to_docx(little.paper(), header=header), *off))
    return audit_files([file])[0]


MISSING = ("missing", "header", "the running header is not there")
LOOK = ("context", "header", "the file has neither header nor footer")


@pytest.mark.parametrize(
    ("header", "data", "off", "told"),
    [
        (little.HEADER, "simulated", (), []),
        (little.HEADER, "simulated", ("header",), [MISSING]),
        (little.HEADER, "simulated", ("header", "footer"), [LOOK]),
        (NUMBERED, "simulated", (), []),
        (NUMBERED, "simulated", ("header",), [MISSING]),
        (NUMBERED, "simulated", ("header", "footer"), [MISSING]),
        (NUMBERED, "real", (), []),
        (NUMBERED, "real", ("header",), [MISSING]),
        (NUMBERED, "real", ("header", "footer"), [MISSING]),
        ("Alpha against beta", "real", ("header",), []),
        ("Alpha against beta", "real", ("header", "footer"), []),
    ],
)
def test_the_running_header_gone(
    header: str, data: str, off: tuple[str, ...], told: list[tuple[str, str, str]], folder: Path
) -> None:
    verdict = audited(folder, header, data, *off)
    found = [*verdict.findings, *verdict.looks]
    assert [(one.verdict, one.where, one.why) for one in found] == told, text_of(to_json([verdict]))
    assert all((one.expected, one.name) == (header, "furniture.header") for one in found)
    assert verdict.verdict == ("pass" if not told else "look" if told == [LOOK] else "fail")
