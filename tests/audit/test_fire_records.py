"""Hostile and broken ledgers, results, records and study files: a sentence or a verdict, whatever stands in them."""

# ruff: noqa: E501  (long literals)
from __future__ import annotations

import copy
import io
import json
import os
import zipfile
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import little
import pytest

from report.audit import audit_files, text_of, to_json
from report.audit.errors import AuditError
from report.audit.load import decimal_of
from report.audit.shape import LEDGER, RESULTS, check_shape

DEEP: list[Any] = []
for _ in range(300):
    DEEP = [DEEP]
ODD: list[Any] = [
    None, True, 0, -1, 10**12, 10**300, 1.5, 1e308, 5e-324, "", "x", "7", "1e999999999", "9" * 5000, "-", "\ud800", "a\0b",
    [], {}, [[]], {"a": 1}, [None], ["n1", 0, 3], DEEP,
]  # fmt: skip
NAMED = ("entries", "statistics", "analyses", "constants", "declared", "quoted", "fields", "software", "arms")


def outcome(path: Path, **given: Path) -> str:
    """The verdict, or the sentence; anything else that is raised fails the test."""
    try:
        record = to_json(audit_files([path], **given))
    except AuditError as refusal:
        return str(refusal)
    text_of(record)
    json.dumps(record)
    return str(record["verdict"])


@pytest.fixture
def page(folder: Path) -> Path:
    path = folder / "paper.html"
    path.write_text(little.to_html(little.paper()), encoding="utf-8")
    return path


def write(page: Path, name: str, data: bytes) -> None:
    """Writes ledger.json or results.json; the ledger is made to belong to the results."""
    page.with_name(name).write_bytes(data)
    if name == "results.json":
        ledger = json.loads(page.with_name("ledger.json").read_text(encoding="utf-8"))
        ledger["results_sha256"] = little.sha256(data)
        page.with_name("ledger.json").write_text(json.dumps(ledger), encoding="utf-8")


# -- every key, with every kind of nonsense -------------------------------------------------------------------------


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*path, key))


def kind(path: tuple[Any, ...]) -> tuple[Any, ...]:
    """A path with the names of single things and the places in lists left out: blocks, #, spans, #."""
    return tuple("#" if isinstance(key, int) or (at and path[at - 1] in NAMED) else key for at, key in enumerate(path))


@pytest.mark.parametrize("name", ["ledger.json", "results.json"])
def test_nonsense_under_each_key(name: str, page: Path) -> None:
    whole = json.loads(page.with_name(name).read_text(encoding="utf-8"))
    first = {kind(path): path for path in reversed(list(paths(whole)))}
    assert len(first) > (40 if name == "ledger.json" else 15)
    nonsense = cycle(ODD)
    refused = 0
    for path in first.values():
        for odd in islice(nonsense, 5):
            changed = copy.deepcopy(whole)
            at = changed
            for key in path[:-1]:
                at = at[key]
            if path:
                at[path[-1]] = odd
            else:
                changed = odd
            write(page, name, json.dumps(changed).encode())
            refused += outcome(page) not in ("pass", "look", "fail")
    assert refused > len(first)


@pytest.mark.parametrize("name", ["ledger.json", "results.json"])
@pytest.mark.parametrize(
    ("said", "data"),
    [
        ("not readable as JSON", b"[" * 100_000),
        ("not readable as JSON", b'{"a":' * 100_000),
        ("not readable as JSON", b'{"schema": NaN}'),
        ("not readable as JSON", b'{"schema": -Infinity}'),
        ("not readable as JSON", b'{"schema": "\xff\xfe"}'),
        ("not readable as JSON", b'{"schema": ' + b"9" * 5000 + b"}"),
        ("schema None", b'{"a": 1e999999, "a": 2, "a": "\\ud800"}'),
        ("schema None", b"7"),
        ("schema ['a']", b'{"schema": ["a"]}'),
    ],
)
def test_what_is_no_ledger_or_results_at_all(name: str, said: str, data: bytes, page: Path) -> None:
    page.with_name(name).write_bytes(data)
    assert said in outcome(page)


def test_depth_under_a_key_that_nobody_reads(page: Path) -> None:
    ledger = json.loads(page.with_name("ledger.json").read_text(encoding="utf-8"))
    write(page, "ledger.json", json.dumps(ledger | {"unknown": DEEP}).encode())
    assert outcome(page) == "pass"


def test_the_shape_is_told_by_its_path(page: Path) -> None:
    ledger = json.loads(page.with_name("ledger.json").read_text(encoding="utf-8"))
    check_shape(ledger, LEDGER, "ledger.json")
    ledger["blocks"][3]["spans"] = [["n1", 5, 2]]
    with pytest.raises(AuditError) as caught:
        check_shape(ledger, LEDGER, "ledger.json")
    assert str(caught.value) == "ledger.json is damaged: blocks.3.spans.0 is missing, or is not what it should be."
    results = json.loads(page.with_name("results.json").read_text(encoding="utf-8"))
    check_shape(results, RESULTS, "results.json")
    del results["statistics"]["adl.month_6.p"]["value"]
    with pytest.raises(AuditError, match=r"statistics\.adl\.month_6\.p\.value is missing"):
        check_shape(results, RESULTS, "results.json")
    with pytest.raises(AuditError, match=r"it is missing, or is not what"):
        check_shape([], RESULTS, "results.json")


def test_numbers_beyond_all_measure_are_none() -> None:
    assert decimal_of("1e399") is not None and decimal_of(5e-324) is not None
    assert [decimal_of(odd) for odd in ("1e999999999", "1e-999999999", "NaN", "Infinity", "x", True, None)] == [
        None
    ] * 7


def test_a_large_ledger(page: Path) -> None:
    ledger = json.loads(page.with_name("ledger.json").read_text(encoding="utf-8"))
    entry = {"kind": "result", "name": "flow.included", "raw": "59", "text": "59"}
    ledger["entries"] |= {f"m{k}": entry for k in range(50_000)}
    ledger["blocks"] += [
        {"id": f"c{k}", "kind": "paragraph", "text": "59", "spans": [[f"m{k}", 0, 2]]} for k in range(20_000)
    ]
    write(page, "ledger.json", json.dumps(ledger).encode())
    assert outcome(page) == "fail"


# -- files that a ledger names --------------------------------------------------------------------------------------


@pytest.fixture
def word(folder: Path) -> Path:
    path = folder / "paper.docx"
    path.write_bytes(little.to_docx(little.paper()))
    assert outcome(path) == "pass"
    return path


ODD_NAMES = ["../outside.svg", "/etc/hostname", "a\0b.svg", "\ud800.svg", "x" * 5000, ".", "", "figures", "link.svg", "circle.svg", "pipe.svg"]  # fmt: skip


@pytest.mark.parametrize("key", ["svg", "png"])
def test_a_figure_is_read_below_the_folder_only(key: str, word: Path) -> None:
    folder = word.parent
    ledger = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
    figure = ledger["figures"][0]
    outside = folder.parent / "outside.svg"
    outside.write_bytes((folder / figure["svg"]).read_bytes())
    (folder / "link.svg").symlink_to(outside)
    (folder / "circle.svg").symlink_to(folder / "circle.svg")
    os.mkfifo(folder / "pipe.svg")
    for name in ODD_NAMES:
        figure[key] = name
        if key == "png":
            figure["png_sha256"] = "0" * 64
        write(word, "ledger.json", json.dumps(ledger).encode())
        assert outcome(word) == "fail", name


@pytest.mark.parametrize(
    "picture",
    [
        b"", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\x7f\xff\xff\xff" * 2 + b"\x08\6\0\0\0" + b"\0" * 40,
        b"II*\0" + b"\xff" * 200, b"BM" + b"\xff" * 200, b"GIF89a" + b"\xff" * 200, b"RIFF\xff\xff\xff\xffWEBPVP8L" + b"\xff" * 200,
        b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 100_000, b"\x01\0\0\0" + b"\xff" * 500,
    ],
)  # fmt: skip
def test_a_broken_picture(picture: bytes, word: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(word) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, picture if name.startswith("word/media/") else old.read(name))
    word.write_bytes(target.getvalue())
    assert outcome(word) == "fail"


# -- the study file --------------------------------------------------------------------------------------------------

ALIASES = "a0: &a0 [x, x]\n" + "".join(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]\n" for k in range(1, 20))
STUDIES = {
    "aliases of aliases": (ALIASES, "its aliases (*name) written out."),
    "an alias of itself": ("a: &x [*x]\n", "is not readable as YAML."),
    "a list without end": ("a: " + "[" * 100_000, "is not readable as YAML."),
    "a mapping without end": ("a: " + "{a: " * 100_000, "is not readable as YAML."),
    "dashes without end": ("- " * 100_000, "is not readable as YAML."),
    "levels without end": ("\n".join(" " * k + "a:" for k in range(2000)), "is not readable as YAML."),
    "a tag that runs a program": ("a: !!python/object/apply:os.system [exit]\n", "is not readable as YAML."),
    "a tag of no sense": ("a: !!timestamp x\n", "is not readable as YAML."),
    "a key that is a list": ("? [1]\n: 2\n", "is not readable as YAML."),
    "a null character": ("a: \0\n", "is not readable as YAML."),
    "no mapping": ("7", "is not a study file."),
    "references that are a device": (little.STUDY.replace("references.bib", "/dev/zero"), "no such file"),
    "references that are a folder": (little.STUDY.replace("references.bib", "."), "no such file"),
    "references that are a list": (little.STUDY.replace("references: references.bib", "references: [a]"), "pass"),
}  # fmt: skip


@pytest.mark.parametrize("name", STUDIES)
def test_a_hostile_study_file(name: str, page: Path) -> None:
    text, said = STUDIES[name]
    study = page.parent / "study"
    (study / "study.yml").write_text(text, encoding="utf-8")
    assert said in outcome(page, study=study)


# -- the record that a file carries -----------------------------------------------------------------------------------


def test_nonsense_in_a_record(page: Path, tmp_path: Path) -> None:
    """A file alone: all that it is audited against is in it."""
    ledger = json.loads(page.with_name("ledger.json").read_text(encoding="utf-8"))
    results = json.loads(page.with_name("results.json").read_text(encoding="utf-8"))
    record: dict[str, Any] = {
        "schema": "everynumber/record/1", "ledger": ledger, "results": results,
        "sha256": {"ledger": "", "results": ledger["results_sha256"], "study": "", "references": "", "data": {"a.csv": "0"}},
        "software": {"everynumber": "0.1.0"},
    }  # fmt: skip
    alone = tmp_path / "paper.html"

    def said(value: Any) -> str:
        script = f'<script type="application/json" id="everynumber-record">{json.dumps(value)}</script>'
        alone.write_text(page.read_text(encoding="utf-8").replace("</body>", script + "</body>"), encoding="utf-8")
        return outcome(alone)

    assert said(record) == "fail"  # by its hashes
    nonsense = cycle(ODD)
    for key in (*record, *(("sha256", key) for key in record["sha256"]), ("sha256", "data", "a.csv"), ("ledger", "x")):
        for odd in islice(nonsense, 8):
            changed = copy.deepcopy(record)
            path = key if isinstance(key, tuple) else (key,)
            at = changed
            for one in path[:-1]:
                at = at[one]
            at[path[-1]] = odd
            assert said(changed) != "pass"
