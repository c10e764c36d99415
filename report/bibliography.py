"""The references of a study: a BibTeX file, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import bibtexparser
from bibtexparser.bparser import BibTexParser

from report.errors import ReportError


@dataclass(frozen=True)
class Bibliography:
    """``entries``: fields by citation key, in the file's order; ``data``: the file's bytes."""

    entries: Mapping[str, Mapping[str, str]]
    data: bytes


def read_bibliography(path: Path | None) -> Bibliography:
    """Reads a .bib file (UTF-8). Raises ReportError where it cannot be read or holds a key twice."""
    if path is None:
        return Bibliography({}, b"")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReportError(f"{path.name} is not UTF-8 text (byte {error.start + 1}). Save it as UTF-8.") from error
    parser = BibTexParser(common_strings=True, ignore_nonstandard_types=False)
    found = bibtexparser.loads(text, parser=parser).entries
    keys = [e["ID"] for e in found]
    if twice := sorted({k for k in keys if keys.count(k) > 1}):
        raise ReportError(f"{path.name} holds {', '.join(twice)} more than once. Keep one entry of each key.")
    entries = {e["ID"]: {k: v for k, v in e.items() if k not in ("ID", "ENTRYTYPE")} for e in found}
    return Bibliography(entries, data)
