"""The record that a finished file carries: taken out, checked against itself and against what is at hand.

A record shows what the file was made from; who can rewrite the file can rewrite its record (docs/proof.md). So a file
with ledger.json and results.json at hand is audited against those, and its record is compared with them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lxml.etree
import pypdfium2

from report.audit.errors import AuditError
from report.audit.load import (
    LEDGER_SCHEMA,
    RESULTS_SCHEMA,
    Source,
    check_ledger,
    check_results,
    decimal_of,
    no_number,
    open_paper,
    open_zip,
    sha256,
)
from report.audit.verdict import Finding

SCHEMA = "everynumber/record/1"
ATTACHMENT = "everynumber-record.json"
NAMESPACE = "urn:everynumber:record:1"
ELEMENT_ID = b"everynumber-record"
WHERE = "embedded record"

MAX_RECORD = 100_000_000
"""Bytes of a record that is read at all."""
MAX_ATTACHMENTS = 1000
"""Attachments of a PDF that are looked at."""
MOST_TOLD = 20
"""Differences of one kind that are findings of their own."""

_SCRIPT = re.compile(rb"<script\b([^<>]*)>", re.IGNORECASE)
_SCRIPT_END = re.compile(rb"</script\s*>", re.IGNORECASE)
_ID = re.compile(rb"""(?:^|\s)id\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_PART = re.compile(r"customXml/[^/]+\.xml", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """The record of a file: its bytes, the ledger and the results in it, and its hashes (`data` by file name)."""

    raw: bytes
    ledger: Source = field(compare=False, repr=False)
    results: Source = field(compare=False, repr=False)
    sha256: Mapping[str, Any] = field(compare=False, repr=False)


# -- taking it out ---------------------------------------------------------------------------------------------------


def record_of(path: Path) -> Record | None:
    """The record of a finished file, None where it carries none. Raises AuditError where file or record are damaged."""
    form, data = open_paper(path)
    raw = find_record(form, data, path.name)
    return None if raw is None else read_record(raw, path.name)


def find_record(form: str, data: bytes, name: str) -> bytes | None:
    """The bytes of the record in a file of a format (html, pdf, docx), as they were put there; None where there is
    none. Raises AuditError where there are several, or where it cannot be taken out."""
    found = _FINDERS[form](data, name)
    if len(found) > 1:
        raise AuditError(f"{name} carries {len(found)} records; which of them is its own cannot be told.")
    if found and len(found[0]) > MAX_RECORD:
        raise AuditError(f"The record in {name} is larger than {MAX_RECORD // 1_000_000} MB and was not read.")
    return found[0] if found else None


def _in_html(data: bytes, name: str) -> list[bytes]:
    if ELEMENT_ID not in data:
        return []
    found = []
    for attributes, content in _scripts(data):
        named = _ID.search(attributes)
        if named is not None and ELEMENT_ID in named.groups():
            found.append(content)
    return found


def _scripts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The attributes and the content of each script. A regular expression for both would begin anew at each `<script`
    of a page that closes none, and so take quadratic time."""
    end = 0
    while opening := _SCRIPT.search(data, end):
        closing = _SCRIPT_END.search(data, opening.end())
        yield opening.group(1), data[opening.end() : closing.start() if closing else len(data)]
        if closing is None:  # a script that is not closed goes on to the end of the page
            return
        end = closing.end()


def _in_pdf(data: bytes, name: str) -> list[bytes]:
    try:
        with pypdfium2.PdfDocument(data) as document:
            count = min(document.count_attachments(), MAX_ATTACHMENTS)
            files = (document.get_attachment(index) for index in range(count))
            return [bytes(file.get_data()) for file in files if file.get_name().rpartition("/")[2] == ATTACHMENT]
    except (pypdfium2.PdfiumError, ValueError, UnicodeError):
        raise AuditError(f"The attachments of {name} cannot be read: it is damaged.") from None


def _in_docx(data: bytes, name: str) -> list[bytes]:
    parts = (content for part, content in open_zip(name, data, ("customxml/",)).items() if _PART.fullmatch(part))
    texts = (_text_of(content, name) for content in parts if NAMESPACE.encode() in content[:1000])
    return [text for text in texts if text is not None]


def _text_of(part: bytes, name: str) -> bytes | None:
    """The text of a record's part; None for another part (such as its properties, which name the namespace)."""
    # huge_tree lifts the parser's limit for entities too: no document type may get past the look at the bytes, be it in
    # another encoding.
    parser = lxml.etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    try:
        root = lxml.etree.fromstring(part, parser) if b"<!DOCTYPE" not in part else None
    except lxml.etree.XMLSyntaxError:
        root = None
    if root is None:
        raise AuditError(f"The record in {name} is damaged: its part of the Word file is not readable as XML.")
    if root.tag != f"{{{NAMESPACE}}}record":
        return None
    return "".join(str(text) for text in root.itertext()).encode()


_FINDERS: dict[str, Callable[[bytes, str], list[bytes]]] = {"html": _in_html, "pdf": _in_pdf, "docx": _in_docx}


def read_record(raw: bytes, name: str) -> Record:
    """The record from its bytes. Raises AuditError with a sentence where it is damaged or of another schema."""
    what = f"The record in {name}"
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=no_number)
    except (ValueError, RecursionError):
        raise AuditError(f"{what} is damaged or cut short: it is not readable as JSON.") from None
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        found = value.get("schema") if isinstance(value, dict) else None
        raise AuditError(f"{what} is not one that this version can read (schema {found!r}, expected {SCHEMA!r}).")
    parts: dict[str, dict[str, Any]] = {}
    for key, schema in (("ledger", LEDGER_SCHEMA), ("results", RESULTS_SCHEMA)):
        part = value.get(key)
        if not isinstance(part, dict) or part.get("schema") != schema:
            raise AuditError(f"{what} is damaged: it holds no {key} of the schema {schema!r}.")
        parts[key] = part
    hashes = value.get("sha256")
    if not isinstance(hashes, dict) or not isinstance(hashes.get("data"), dict):
        raise AuditError(f"{what} is damaged: it holds no hashes.")
    check_ledger(parts["ledger"], what)
    check_results(parts["results"], what)
    return Record(
        raw,
        Source(parts["ledger"], str(hashes.get("ledger")), "the file's record", embedded=True),
        Source(parts["results"], str(hashes.get("results")), "the file's record", embedded=True),
        hashes,
    )


# -- does it fit itself ----------------------------------------------------------------------------------------------


def unfit(record: Record) -> list[Finding]:
    """Where a record contradicts itself: its hashes, or the ledger's values and those of its results."""
    ledger, results = record.ledger.value, record.results.value
    found = []
    # ledger.json is written in this form, and JSON's numbers and texts come back as they were.
    if sha256((json.dumps(ledger, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "surrogatepass")) != str(
        record.sha256.get("ledger")
    ):
        found.append(_altered("sha256.ledger", record.sha256.get("ledger"), "", "it is not the hash of its ledger"))
    for key in ("results", "study", "references"):
        ours, theirs = record.sha256.get(key), ledger.get(f"{key}_sha256")
        if ours != theirs:
            found.append(_altered(f"sha256.{key}", ours, theirs, f"its ledger was written for another hash of {key}"))
    found += _data(record, _inputs(results), "its results name another hash")
    return found + _few(_values(ledger, results))


def _values(ledger: Mapping[str, Any], results: Mapping[str, Any]) -> Iterator[Finding]:
    statistics = results["statistics"]
    for key, entry in ledger["entries"].items():
        if not isinstance(entry, Mapping) or entry.get("kind") not in ("result", "not_estimable"):
            continue
        name = str(entry.get("name"))
        statistic = statistics.get(name)
        if not isinstance(statistic, Mapping):
            yield _altered(name, entry.get("text"), "", f"its results lack the statistic of the ledger's entry {key}")
        elif entry["kind"] == "result":
            value, raw = statistic.get("value"), entry.get("raw")
            if value is None or decimal_of(value) != decimal_of(raw):
                yield _altered(name, raw, value, f"the ledger's entry {key} has another value than its results")


# -- is it the record of what is at hand -----------------------------------------------------------------------------


def differences(record: Record, ledger: Source, results: Source) -> list[Finding]:
    """Where the record is not that of the ledger and the results at hand; a source out of a record is not compared."""
    found: list[Finding] = []
    if not ledger.embedded:
        found += _hashes("ledger", record.sha256.get("ledger"), ledger)
        found += _few(_ledgers(record.ledger.value, ledger))
    if not results.embedded:
        found += _hashes("results", record.sha256.get("results"), results)
        found += _few(_results(record.results.value, results))
        found += _data(record, _inputs(results.value), f"{results.name} names another hash")
    for key in ("study", "references") if not ledger.embedded else ():
        ours, theirs = record.sha256.get(key), ledger.value.get(f"{key}_sha256")
        if ours != theirs:
            found.append(_altered(f"sha256.{key}", ours, theirs, f"{ledger.name} names another hash of {key}"))
    if ledger.embedded != results.embedded and ledger.value.get("results_sha256") != results.sha256:
        why = f"the ledger of {ledger.name} was not written for the results of {results.name}"
        found.append(_altered("sha256.results", ledger.value.get("results_sha256"), results.sha256, why))
    return found


def _hashes(key: str, said: Any, source: Source) -> list[Finding]:
    if said == source.sha256:
        return []
    return [_altered(f"sha256.{key}", said, source.sha256, f"it was not made from {source.name} as that is")]


def _ledgers(ours: Mapping[str, Any], source: Source) -> Iterator[Finding]:
    theirs = source.value
    if ours == theirs:
        return
    for part in sorted({*ours, *theirs} - {"entries", "blocks"}):
        if ours.get(part) != theirs.get(part):
            yield _altered(part, ours.get(part), theirs.get(part), f"the ledger's {part} is not that of {source.name}")
    yield from _unlike(ours["entries"], theirs["entries"], "the ledger's entry", source.name)
    yield from _unlike(_by_id(ours["blocks"]), _by_id(theirs["blocks"]), "the ledger's block", source.name)


def _results(ours: Mapping[str, Any], source: Source) -> Iterator[Finding]:
    """The record holds a part of the results: what it holds must be there, and be the same."""
    for part in sorted(ours):
        mine, theirs = ours[part], source.value.get(part)
        if part in ("statistics", "analyses", "labels") and isinstance(mine, Mapping) and isinstance(theirs, Mapping):
            known = {key: theirs[key] for key in mine if key in theirs}
            kind = {"statistics": "the statistic", "analyses": "the analysis", "labels": "the label"}[part]
            yield from _unlike(mine, known, kind, source.name)
        elif mine != theirs:
            yield _altered(part, mine, theirs, f"{part} is not as in {source.name}")


def _unlike(ours: Mapping[str, Any], theirs: Mapping[str, Any], kind: str, name: str) -> Iterator[Finding]:
    for key in [*ours, *(key for key in theirs if key not in ours)]:
        mine, other = ours.get(key), theirs.get(key)
        if mine != other:
            named = mine if isinstance(mine, Mapping) else other
            of = named.get("name") if isinstance(named, Mapping) else None
            where = f"{WHERE}, {kind} {key}"
            yield Finding("altered", _said(mine), where, _said(other), str(of or key), f"{name} has it otherwise")


def _by_id(blocks: list[Any]) -> dict[str, Any]:
    return {str(block.get("id")): block for block in blocks if isinstance(block, Mapping)}


def _inputs(results: Mapping[str, Any]) -> dict[str, Any]:
    inputs = results.get("inputs")
    items = [item for item in inputs if isinstance(item, Mapping)] if isinstance(inputs, list) else []
    return {str(item.get("file")): item.get("sha256") for item in items}


def _data(record: Record, theirs: Mapping[str, Any], why: str) -> list[Finding]:
    ours = record.sha256["data"]
    return [
        _altered(f"sha256.data.{file}", ours.get(file), theirs.get(file), f"{why} of {file}")
        for file in sorted({*ours, *theirs})
        if ours.get(file) != theirs.get(file)
    ]


def _altered(name: str, said: Any, expected: Any, why: str) -> Finding:
    return Finding("altered", _said(said), WHERE, _said(expected), name, why)


def _said(value: Any) -> str:
    """A value of a record in a few words: a number or claim by its text and raw value, another by its beginning."""
    if value is None or value == "":
        return ""
    if isinstance(value, Mapping) and isinstance(value.get("text"), str):
        raw = value.get("raw")
        return value["text"] if raw in (None, value["text"]) else f"{value['text']} ({raw})"
    if isinstance(value, Mapping) and "value" in value:
        value = value["value"]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _few(findings: Iterator[Finding]) -> list[Finding]:
    """The first of them, and how many there are more."""
    told: list[Finding] = []
    more = 0
    for finding in findings:
        if len(told) < MOST_TOLD:
            told.append(finding)
        else:
            more += 1
    return [*told, _altered("", "", "", f"it differs in {more} more places of this kind")] if more else told
