"""The whole audit of finished files: open, read, align, judge."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from report.audit.checks import Checker
from report.audit.compare import Actual, Comparison
from report.audit.errors import AuditError
from report.audit.expected import Expected, Lexicon, Stream, build_expected, is_numeric, load_lexicon
from report.audit.figures import check_images, figure_text, label
from report.audit.furniture import check_draft, check_margins, header_norms, repeats, settle_margins
from report.audit.ledger_places import table_label
from report.audit.load import Against, check_size, load_against, open_paper
from report.audit.model import Block, Document
from report.audit.places import where_of
from report.audit.read_docx import WordFile, read_word
from report.audit.read_html import read_html
from report.audit.read_pdf import read_pdf
from report.audit.record import Record
from report.audit.references import (
    Printed,
    check_references,
    is_references_heading,
    normal_fields,
    parse_bib,
    split_entries,
)
from report.audit.returned import complete
from report.audit.rules import check_results, with_contradictions
from report.audit.sources import Origin, carried_by, find_origin, judge_record
from report.audit.tokens import is_number, tokenise
from report.audit.verdict import FileVerdict, Finding
from report.paths import TEMPLATES

COLLECT_EVERY = 50_000
"""New objects after which Python's collector of garbage looks for rings, while an audit runs."""
READERS: dict[str, Callable[[bytes, str], Document | WordFile]] = {
    "html": read_html, "pdf": read_pdf, "docx": read_word,
}  # fmt: skip


@dataclass
class _Audit:
    """What is shared by the files of one ledger."""

    against: Against
    expected: Expected
    checker: Checker
    references: dict[int, tuple[str, dict[str, str] | None]]
    known: list[tuple[str, ...]]
    svgs: dict[str, str | None] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()
    """Figures whose vector file is not at hand, where a file is audited against its own record."""
    records: dict[bytes, list[Finding]] = field(default_factory=dict)
    """What was found about a record that a file carries, by its bytes."""
    with_figures: Stream | None = None
    contradictions: list[Finding] = field(default_factory=list)
    """What contradicts itself in the results."""


def audit_files(
    files: Iterable[Path], *, results: Path | None = None, ledger: Path | None = None, study: Path | None = None
) -> list[FileVerdict]:
    """Audits finished files, one after the other as they come. By default results.json and ledger.json are those that
    lie beside each file, and where there are none, those of the record that the file carries.

    Raises AuditError where the audit cannot run; what it finds is in the verdicts.
    """
    lexicon: Lexicon | None = None
    audits: dict[Origin, _Audit] = {}
    records: dict[bytes, Record] = {}
    verdicts = []
    seen = []
    with _few_collections():
        for file in files:
            seen.append(file)
            with _not_too_deep(file.name):
                form, data = open_paper(file)
                read = READERS[form](data, file.name)
                document = read.view() if isinstance(read, WordFile) else read
                check_size((block.text for block in document.blocks), file.name)
                carried = carried_by(form, data, file.name, records)
                origin = find_origin(file, carried, ledger, results)
                if origin not in audits:
                    lexicon = lexicon or load_lexicon(TEMPLATES / "claim_words.yml")
                    audits[origin] = _prepare(load_against(*origin.read(), origin.folder, study), lexicon)
                audit = audits[origin]
                verdict = _audit(file, document, audit)
                if isinstance(read, WordFile):
                    complete(verdict, read, document, partial(_audit, file, audit=audit))
                judge_record(carried, audits[origin].against, audits[origin].records, verdict)
            verdicts.append(verdict)
    if not verdicts:
        raise AuditError("No file was named to audit.")
    names = [verdict.file for verdict in verdicts]
    for file, verdict in zip(seen, verdicts, strict=True):
        if names.count(verdict.file) > 1:  # the folder is told only where the name alone does not tell the file
            verdict.file = str(file)
    return verdicts


@contextmanager
def _few_collections() -> Iterator[None]:
    """An audit makes hundreds of thousands of small objects that stay until its end: to search them for rings of
    garbage every 700, as Python does by itself, takes a tenth of the time. What was set is set again."""
    before = gc.get_threshold()
    if before[0]:
        gc.set_threshold(max(before[0], COLLECT_EVERY), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _not_too_deep(name: str) -> Iterator[None]:
    """What is nested without end, be it the file or what it is audited against, is a sentence."""
    try:
        yield
    except RecursionError:
        raise AuditError(f"{name}, or what it is audited against, is nested too deeply to be read.") from None


def _prepare(against: Against, lexicon: Lexicon) -> _Audit:
    expected = build_expected(against.ledger, against.results, lexicon)
    bib: dict[str, dict[str, str]] | None = None
    if against.bib is not None:
        try:
            bib = parse_bib(against.bib.read_text("utf-8-sig"), against.bib.name)
        except (OSError, UnicodeDecodeError):
            raise AuditError(f"{against.bib.name} cannot be read as UTF-8 text.") from None
    references: dict[int, tuple[str, dict[str, str] | None]] = {}
    for position, item in enumerate(against.ledger.get("references") or (), 1):
        name = str(item.get("key"))
        fields = bib.get(name) if bib is not None else dict(item.get("fields") or {})
        references[position] = (name, None if fields is None else normal_fields(fields))
    audit = _Audit(against, expected, Checker(against, expected), references, repeats(expected))
    audit.contradictions = check_results(against.results)
    if against.ledger_source.embedded:  # a file alone: an image's hash is known, what it was drawn from is not at hand
        figures = [figure for figure in against.ledger.get("figures") or () if isinstance(figure, Mapping)]
        absent = [figure for figure in figures if not (against.folder / str(figure.get("svg"))).is_file()]
        audit.unseen = frozenset(str(figure.get("id")) for figure in absent)
        audit.svgs |= dict.fromkeys(audit.unseen)
    return audit


def _audit(file: Path, document: Document, audit: _Audit) -> FileVerdict:
    expected = audit.expected
    document = settle_margins(expected, document, audit.known)
    verdict = FileVerdict(file.name, document.format)
    body, alts, drawn, entries = _split(document, len(audit.references))
    if not any(is_number(token) for block in (*body, *drawn) for token in tokenise(block.text)):
        raise AuditError(f"{file.name} holds no number at all: it is not the paper, or its text cannot be read.")
    pages = max((block.place.page for block in document.blocks), default=0)
    check_margins(expected, document, verdict)
    stream = expected.body
    if document.format == "pdf":
        stream = audit.with_figures = audit.with_figures or expected.with_figures()
    main = Comparison(
        expected, stream, Actual.of(body), audit.checker, audit.known, pages, cells=document.format != "pdf"
    )
    main.align()
    main.judge(verdict)
    verdict.printed = _printed(main)
    prose = main.prose
    _check_notice(audit, document, main, verdict)
    check_draft(expected, document, verdict)
    if document.format != "pdf":
        prose += _figures(audit, document, drawn, verdict)
        prose += _alternatives(audit, alts, verdict)
    else:
        check_images(expected, document, audit.against.folder, verdict, audit.svgs)
    _references(audit, document, entries, verdict)
    verdict.findings += [
        Finding("unreadable", item.text, where_of(item.place), "", "", item.why) for item in document.unreadable
    ]
    verdict.findings = [*with_contradictions(verdict.findings, document, expected), *audit.contradictions]
    if prose:
        verdict.notes.append(f"{prose} differences in prose that touch no number and no claim.")
    if main.relocated:
        names = [_unit_label(expected, unit) for unit in main.relocated]
        verdict.notes.append(f"Placed elsewhere than in the ledger: {', '.join(names)}.")
    if audit.checker.unchecked:
        reasons = sorted(set(audit.checker.unchecked.values()))
        verdict.notes.append(f"{len(audit.checker.unchecked)} could not be checked: {'; '.join(reasons[:5])}.")
    verdict.notes += [*document.notes, *audit.against.notes]
    return verdict


def _printed(main: Comparison) -> dict[tuple[int, int], str]:
    """For each number of the ledger's body the file's number in its place, empty where there is none."""
    stream, actual = main.stream, main.actual
    instead = {i: actual.norms[j] for i, j in main.pairs if i is not None and j is not None}
    return {
        (stream.block[i], stream.start[i]): stream.norms[i] if main.to[i] >= 0 else instead.get(i, "")
        for i, kind in enumerate(stream.kinds)
        if is_numeric(kind) and main.expected.blocks[stream.block[i]].kind != "figure"
    }


def _unit_label(expected: Expected, unit: str) -> str:
    kind, _, name = unit.partition(":")
    if kind == "table":
        return table_label(expected, name)
    return f"“{expected.blocks[int(name)].text[:40]}…”" if kind == "block" else name


def _split(document: Document, count: int) -> tuple[list[Block], list[Block], list[Block], list[str]]:
    """The body's blocks, the text alternatives, the drawn texts, and the entries of the list of references."""
    alts = [block for block in document.blocks if block.kind == "alt"]
    drawn = [block for block in document.blocks if block.kind == "figure"]
    body = [block for block in document.blocks if block.kind not in ("alt", "figure", "header", "footer", "reference")]
    if document.format == "pdf":
        return _split_pdf(body, alts, drawn, count)
    entries = [block.text for block in document.blocks if block.kind == "reference"]
    if entries or not count:
        return body, alts, drawn, entries
    last = max((k for k, block in enumerate(body) if is_references_heading(block.text)), default=None)
    if last is None:
        return body, alts, drawn, []
    stop = next(
        (k for k in range(last + 1, len(body)) if body[k].place.part != "body" or body[k].kind in ("heading", "cell")),
        len(body),
    )
    entries = split_entries([block.text for block in body[last + 1 : stop]], count)
    return body[: last + 1] + body[stop:], alts, drawn, entries


def _split_pdf(
    body: list[Block], alts: list[Block], drawn: list[Block], count: int
) -> tuple[list[Block], list[Block], list[Block], list[str]]:
    if not count:
        return body, alts, drawn, []
    for k in range(len(body) - 1, -1, -1):
        lines = body[k].text.split("\n")
        for at in range(len(lines) - 1, -1, -1):
            if is_references_heading(lines[at]):
                rest = lines[at + 1 :] + [line for block in body[k + 1 :] for line in block.text.split("\n")]
                kept = Block("page", "\n".join(lines[: at + 1]), body[k].place, box=body[k].box)
                return [*body[:k], kept], alts, drawn, split_entries(rest, count)
    return body, alts, drawn, []


def _figures(audit: _Audit, document: Document, drawn: list[Block], verdict: FileVerdict) -> int:
    expected = audit.expected
    tied = check_images(expected, document, audit.against.folder, verdict, audit.svgs)
    if unseen := audit.unseen & tied:
        verdict.notes.append(
            f"Not checked: that {len(unseen)} images show the numbers that the record gives for them, since the vector "
            "figures that they were drawn from are not at hand."
        )
    stream = Stream()
    for block in expected.blocks:
        if block.kind == "figure" and block.figure not in tied:
            stream.extend(expected.figures.part(block.first, block.last))
    if drawn or len(stream):
        if not drawn:
            for figure in expected.ledger.get("figures") or ():
                if figure.get("id") not in tied and figure_text(expected, str(figure.get("id"))):
                    verdict.findings.append(
                        Finding(
                            "unreadable",
                            "",
                            label(figure),
                            "",
                            str(figure.get("id")),
                            "the figure is not in the file, or not as one that can be read",
                        )
                    )
            return 0
        return _compare(audit, stream, drawn, verdict)
    return 0


def _alternatives(audit: _Audit, alts: list[Block], verdict: FileVerdict) -> int:
    """Each text alternative against the ledger's one that it is most like; a format may hold one twice."""
    expected = audit.expected
    wanted = {
        block.index: set(expected.alt.norms[block.first : block.last])
        for block in expected.blocks
        if block.kind == "alt"
    }
    home: dict[int, list[list[Block]]] = {index: [] for index in wanted}
    strays: list[Block] = []
    for block in alts:
        said = {token.norm for token in tokenise(block.text)}
        best = max(wanted, key=lambda index: len(wanted[index] & said), default=None)
        if best is None or 2 * len(wanted[best] & said) < len(wanted[best] | said):
            strays.append(block)
        else:
            home[best].append([block])
    prose = 0
    for index, copies in home.items():
        stream = expected.alt.part(expected.blocks[index].first, expected.blocks[index].last)
        for copy in copies or [[]]:
            prose += _compare(audit, stream, copy, verdict)
    return prose + _compare(audit, Stream(), strays, verdict)


def _compare(audit: _Audit, stream: Stream, blocks: list[Block], verdict: FileVerdict) -> int:
    comparison = Comparison(audit.expected, stream, Actual.of(blocks), audit.checker, ())
    comparison.align()
    comparison.judge(verdict)
    return comparison.prose


def _check_notice(audit: _Audit, document: Document, main: Comparison, verdict: FileVerdict) -> None:
    expected = audit.expected
    if expected.ledger.get("data") != "simulated":
        return
    notices = [block for block in expected.blocks if block.kind == "notice"]
    if not notices:
        verdict.findings.append(
            Finding("missing", "", "notice", "", "notice", "the ledger holds no notice that the data are simulated")
        )
    where = {block: k for k, block in enumerate(main.stream.block)}
    for block in notices:
        last = where.get(block.index)
        if last is None:
            continue
        length = block.last - block.first
        if any(main.to[k] < 0 for k in range(last - length + 1, last + 1)):
            verdict.findings.append(
                Finding(
                    "missing",
                    "",
                    "notice",
                    block.text,
                    "notice",
                    "the notice that the data are simulated is not there in full",
                )
            )
    header = header_norms(expected)
    if document.format == "pdf" and header and not any(block.kind == "header" for block in document.blocks):
        peeled = [main.actual.norms[j] for j, i in enumerate(main.back) if i == -2]
        if not set(header) <= set(peeled):
            verdict.findings.append(
                Finding(
                    "missing", "", "header", " ".join(header), "furniture.header", "the running header is not there"
                )
            )


def _references(audit: _Audit, document: Document, entries: list[str], verdict: FileVerdict) -> None:
    # Word may number the list by itself
    numbered = document.format == "docx" and 2 * sum(text[:1].isdigit() for text in entries) < len(entries)
    listed: list[tuple[str, Printed]] = []
    for number, (key, fields) in audit.references.items():
        where = f"References, number {number}"
        if number > len(entries) or not entries[number - 1]:
            verdict.findings.append(Finding("missing", "", where, key, key, "the list of references does not hold it"))
            continue
        text = entries[number - 1]
        if fields is None:
            verdict.numbers += sum(is_numeric(token.kind) for token in tokenise(text))
            verdict.findings.append(
                Finding("unaccounted", text[:60], where, "", key, "the bibliography has no such entry")
            )
            continue
        labelled = not numbered or re.match(rf"\W{{0,2}}{number}\b|\d", text) is not None
        listed.append((key, Printed(text, number, fields, labelled)))
    for (key, entry), faults in zip(listed, check_references([entry for _, entry in listed]), strict=True):
        numbers = sum(is_numeric(token.kind) for token in tokenise(entry.text))
        verdict.numbers += numbers
        verdict.by_class["reference"] += max(0, numbers - len(faults))
        where = f"References, number {entry.number}"
        for fault in faults:
            verdict.findings.append(Finding(fault.verdict, fault.text, where, fault.expected, key, fault.why))
    for number, text in enumerate(entries[len(audit.references) :], len(audit.references) + 1):
        verdict.numbers += sum(is_number(token) for token in tokenise(text))
        verdict.findings.append(
            Finding(
                "unaccounted", text[:60], f"References, number {number}", "", "", "the paper cites no such reference"
            )
        )
