"""Opening what is to be audited, and what it is audited against.

Everything that makes an audit impossible is an `AuditError` with one clear sentence; it is never a verdict.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import stat
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import yaml

from report.audit.errors import AuditError
from report.audit.shape import LEDGER, RESULTS, check_shape

LEDGER_SCHEMA = "everynumber/ledger/1"
RESULTS_SCHEMA = "everynumber/results/1"

MAX_FILE = 300_000_000
"""Bytes of a file that is read at all."""
MAX_PART = 100_000_000
"""Bytes of one part of a Word file, unpacked."""
MAX_PARTS = 400_000_000
"""Bytes of all parts of a Word file together, unpacked."""
MAX_TEXT = 20_000_000
"""Characters of visible text in a file; a paper has some ten thousand."""
MAX_BLOCKS = 500_000
"""Paragraphs, headings and cells in a file."""
MAX_NUMBERS = 500_000
"""Runs of digits in the visible text of a file."""
MAX_YAML = 1_000_000
"""Values of a study file, its aliases written out."""
MAX_DEPTH = 100
"""Levels of a study file."""
MAX_ENTRIES = 20_000
"""Parts of a Word file."""
MAX_RATIO = 500
"""How many times smaller a large part may be packed; XML of real papers lies below 50."""


@dataclass(frozen=True, slots=True)
class Source:
    """The ledger or the results that files are audited against: a file, or a part of the record in the audited file."""

    value: Mapping[str, Any]
    sha256: str
    """Of ledger.json or results.json; of a record's part, what the record says that it was."""
    name: str
    embedded: bool = False


@dataclass(frozen=True, slots=True)
class Against:
    """What files are audited against."""

    ledger: Mapping[str, Any]
    results: Mapping[str, Any]
    ledger_source: Source
    results_source: Source
    folder: Path
    """Where the figures' files lie, if they are at hand: beside the ledger, or beside a file that carries its own."""
    study: Mapping[str, Any] | None
    bib: Path | None
    notes: tuple[str, ...]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise AuditError(f"{path.name} is a folder, not a file.")
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device, which may never end
            raise AuditError(f"{path.name} is not an ordinary file.")
        if path.stat().st_size > MAX_FILE:
            raise AuditError(f"{path.name} is larger than {MAX_FILE // 1_000_000} MB and was not read.")
        return path.read_bytes()
    except FileNotFoundError:
        raise AuditError(f"There is no file {path}.") from None
    except OSError as error:
        raise AuditError(f"{path} cannot be read: {error.strerror or error}.") from None


_DIGITS = re.compile("[0-9]+")

FORMATS = {".html": "html", ".htm": "html", ".xhtml": "html", ".pdf": "pdf", ".docx": "docx"}


def open_paper(path: Path) -> tuple[str, bytes]:
    """The format (html, pdf, docx) and the bytes of a finished file, after a look at whether it is what it says."""
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise AuditError(f"{path.name} is none of the formats that can be audited (.html, .pdf, .docx).")
    data = read_bytes(path)
    if not data.strip(b"\0 \t\r\n"):
        raise AuditError(f"{path.name} is empty.")
    actual = sniff(data)
    if actual == "ole":
        raise AuditError(
            f"{path.name} is encrypted with a password, or is an old Word .doc file; save it as .docx, without one."
        )
    if actual != form:
        what = {"html": "HTML", "pdf": "PDF", "docx": "Word (.docx)", "zip": "zip"}.get(actual)
        says = {"html": "HTML", "pdf": "PDF", "docx": "Word (.docx)"}[form]
        raise AuditError(
            f"{path.name} is not what its name says: it is a {what} file, not {says}."
            if what
            else f"{path.name} is not a {says} file, or its beginning is damaged."
        )
    return form, data


def sniff(data: bytes) -> str:
    """What the first bytes say: html, pdf, docx, zip, ole, or the empty string."""
    if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06"):
        # The directory stands at the end of a zip: where it is cut off, the name of the first parts has to do.
        if b"word/" in data or b"[Content_Types].xml" in data[:4096]:
            return "docx"
        return "zip"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<?xml", b"<!--")) and b"<html" in data[:65536].lower():
        return "html"
    return ""


def open_zip(name: str, data: bytes, under: tuple[str, ...] = ("",)) -> dict[str, bytes]:
    """The parts of a Word file (of those that are XML or images), with limits on what they may unpack to; `under` names
    the folders that are wanted, if not all are. Nothing is written to a disk."""
    if data.count(b"PK\1\2") > MAX_ENTRIES:  # before zipfile makes an object of each
        raise AuditError(f"{name} holds more than {MAX_ENTRIES:,} parts and was not read.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            total = 0
            seen: set[str] = set()
            for info in archive.infolist():
                _check_name(name, info.orig_filename, seen)
                total += info.file_size
                if info.flag_bits & 1:
                    raise AuditError(f"{name} is encrypted; save it without a password.")
                if info.file_size > MAX_PART or (
                    info.file_size > 1_000_000 and info.file_size > MAX_RATIO * max(info.compress_size, 1)
                ):
                    raise AuditError(f"{name} holds a part that unpacks to an unreasonable size and was not read.")
            if total > MAX_PARTS:
                raise AuditError(f"{name} unpacks to an unreasonable size and was not read.")
            parts: dict[str, bytes] = {}
            for info in archive.infolist():
                wanted = info.filename.lower().startswith(under)
                if wanted and (info.filename.endswith((".xml", ".rels")) or info.filename.startswith("word/media/")):
                    with archive.open(info) as stream:
                        part = stream.read(MAX_PART + 1)
                    if len(part) > MAX_PART:
                        raise AuditError(f"{name} holds a part that unpacks to an unreasonable size and was not read.")
                    parts[info.filename] = part
            return parts
    except AuditError:
        raise
    except Exception as error:
        # zipfile raises BadZipFile, EOFError, zlib.error, struct.error, NotImplementedError … on damaged files
        raise AuditError(f"{name} is damaged or cut short: its zip container cannot be read ({error}).") from None


def _check_name(name: str, part: str, seen: set[str]) -> None:
    """Programs differ in which of two parts of one name they show, and in what they make of odd names."""
    if part.startswith("/") or "\\" in part or "\0" in part or {"", ".", ".."} & set(part.removesuffix("/").split("/")):
        raise AuditError(f"{name} holds a part named {part!r}, which no Word file does, and was not read.")
    if part.casefold() in seen:
        raise AuditError(f"{name} holds two parts named {part}; which of them is shown hangs on the program.")
    seen.add(part.casefold())


def _read_json(path: Path, what: str, schema: str) -> tuple[dict[str, Any], bytes]:
    if not path.is_file():
        raise AuditError(f"There is no {what} at {path}; the audit needs it. Name it with --{what.split('.')[0]}.")
    data = read_bytes(path)
    try:
        value = json.loads(data, parse_constant=no_number)
    except (ValueError, RecursionError):
        raise AuditError(f"{path} is not readable as JSON: it is damaged or cut short.") from None
    if not isinstance(value, dict) or value.get("schema") != schema:
        found = value.get("schema") if isinstance(value, dict) else None
        raise AuditError(f"{path} is not a {what} that this version can read (schema {found!r}, expected {schema!r}).")
    return value, data


def check_size(texts: Iterable[str], name: str) -> None:
    """Raises AuditError where the visible text of a file is beyond what can be compared in bounded memory and time."""
    letters = numbers = 0
    for blocks, text in enumerate(texts, 1):
        letters += len(text)
        numbers += len(_DIGITS.findall(text)) if letters <= MAX_TEXT else 0
        if blocks > MAX_BLOCKS or letters > MAX_TEXT or numbers > MAX_NUMBERS:
            raise AuditError(
                f"{name} was not audited: it is larger than {MAX_TEXT:,} characters of text, {MAX_BLOCKS:,} paragraphs "
                f"and cells, or {MAX_NUMBERS:,} numbers."
            )


def no_number(name: str) -> NoReturn:
    """For json.loads: NaN and Infinity are no JSON."""
    raise ValueError(name)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML with dates and floats left as they are written, so that a printed form can be compared."""


_Loader.yaml_implicit_resolvers = {
    key: [(tag, pattern) for tag, pattern in rules if tag == "tag:yaml.org,2002:null"]
    for key, rules in _Loader.yaml_implicit_resolvers.items()
}


def _check_depth(data: bytes) -> None:
    """Raises ValueError where YAML is nested beyond all sense, before the loader, which would crash, is let at it."""
    depth = 0
    for event in yaml.parse(data, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(depth)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _written_out(value: Any, known: dict[int, int]) -> int:
    """How many values a value holds where each alias is counted as what it stands for. `known` keeps what was counted:
    ten lines of aliases of aliases stand for thousands of millions."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        inner = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_written_out(one, known) for one in inner)
    return known[id(value)]


def load_yaml(data: bytes, name: str) -> dict[str, Any]:
    """A YAML file with every value as text."""
    try:
        _check_depth(data)
        value = yaml.load(data, Loader=_Loader)
        size = _written_out(value, {})
    except MemoryError:
        raise
    except Exception:  # what makes values of tags (!!timestamp) raises AttributeError, TypeError, KeyError … as well
        raise AuditError(f"{name} is not readable as YAML.") from None
    if size > MAX_YAML:
        raise AuditError(f"{name} holds more than {MAX_YAML:,} values, its aliases (*name) written out.")
    if not isinstance(value, dict):
        raise AuditError(f"{name} is not a study file.")
    return value


def read_ledger(path: Path) -> Source:
    value, data = _read_json(path, "ledger.json", LEDGER_SCHEMA)
    check_ledger(value, str(path))
    return Source(value, sha256(data), path.name)


def read_results(path: Path) -> Source:
    value, data = _read_json(path, "results.json", RESULTS_SCHEMA)
    check_results(value, str(path))
    return Source(value, sha256(data), path.name)


def check_ledger(value: Mapping[str, Any], name: str) -> None:
    check_shape(value, LEDGER, name)


def check_results(value: Mapping[str, Any], name: str) -> None:
    check_shape(value, RESULTS, name)


def load_against(printed: Source, computed: Source, folder: Path, study: Path | None) -> Against:
    """Ledger, results and study together. ledger.json and results.json must belong to each other; where a record
    stands in for one of them, `record.py` tells whether they do."""
    ledger, results = printed.value, computed.value
    if ledger.get("results_sha256") != computed.sha256 and not (printed.embedded or computed.embedded):
        raise AuditError(
            f"{printed.name} does not belong to {computed.name}: it was written for results with another hash. "
            "Build the paper again."
        )
    notes: list[str] = []
    study_data: dict[str, Any] | None = None
    bib: Path | None = None
    if study is None:
        notes.append(
            "The study's folder was not given: constants, quoted figures and references were checked against "
            f"the copies in {printed.name}."
        )
    else:
        path = study / "study.yml" if study.is_dir() else study
        data = read_bytes(path)
        study_data = load_yaml(data, path.name)
        if ledger.get("study_sha256") not in (None, sha256(data)):
            notes.append(
                f"{path.name} was changed after the paper was built; constants are checked against it as it is now."
            )
        name = study_data.get("references")
        if isinstance(name, str) and name:
            bib = path.parent / name
            if not bib.is_file():
                raise AuditError(f"The study names {name} as its references, but there is no such file in its folder.")
            if ledger.get("references_sha256") not in (None, sha256(read_bytes(bib))):
                notes.append(
                    f"{name} was changed after the paper was built; references are checked against it as it is now."
                )
    return Against(ledger, results, printed, computed, folder, study_data, bib, tuple(notes))


def decimal_of(value: Any) -> Decimal | None:
    """A JSON number (or its text) as a decimal, exactly as it is written; None where it is not a finite number, or one
    beyond all floating point numbers, whose digits nobody could write out."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(repr(value) if isinstance(value, float) else str(value).strip())
    except (ArithmeticError, ValueError):
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 400 else None
