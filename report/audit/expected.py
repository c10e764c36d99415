"""The ledger as the stream of tokens that a finished file should hold, each with the entry it belongs to."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from report.audit.errors import AuditError
from report.audit.tokens import NUMBER, NUMBER_WORD, WORD, Token, tokenise

NUMBERS = frozenset((NUMBER, NUMBER_WORD))
"""The kinds of token that are numbers."""
NEGATIONS = frozenset(
    ("not", "no", "never", "neither", "nor", "none", "without", "cannot", "hardly", "barely", "scarcely")
)
"""Words that turn a sentence round. They are no claims by themselves, but may not come or go beside one."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The claim words, as patterns."""

    patterns: tuple[tuple[str, re.Pattern[str]], ...]

    def find(self, text: str) -> list[tuple[int, int]]:
        """Where claim words stand in a text, in order."""
        spans = [match.span() for _, pattern in self.patterns for match in pattern.finditer(text)]
        return sorted(span for span in spans if span[1] > span[0])


def load_lexicon(path: Path) -> Lexicon:
    try:
        data = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        rules = [(str(rule["word"]), str(rule["pattern"])) for rule in data["claims"]]
        joined = re.compile(_any_of([pattern for _, pattern in rules]), re.IGNORECASE)
    except (OSError, KeyError, TypeError, re.error, yaml.YAMLError) as error:
        raise AuditError(f"The list of claim words {path.name} cannot be read: {error}.") from None
    return Lexicon((("", joined),) if rules else ())


_AT_EDGE = re.compile(r"(?:\(\?<![^()]*\))*\\b(?:[^()|\\]|\\[bBdDsSwW]|\((?:[^()]|\([^()]*\))*\))*")
"""A pattern that begins at a word's edge, and whose alternatives, if it has any, stand in brackets."""


def _any_of(patterns: Sequence[str]) -> str:
    """One pattern for what any of these finds. Where all begin at a word's edge, that is asked once at each place of a
    text and not once for each of them."""
    if all(_AT_EDGE.fullmatch(pattern) for pattern in patterns):
        return r"\b(?:" + "|".join(pattern.removeprefix(r"\b") for pattern in patterns) + ")"
    return "|".join(f"(?:{pattern})" for pattern in patterns)


@dataclass(slots=True)
class ExpectedBlock:
    """A block of the ledger."""

    index: int
    kind: str
    text: str
    section: str
    paragraph: int
    unit: str
    """What moves as a whole where a format places it elsewhere: a table, a figure, or the block itself."""
    table: str | None
    row: int | None
    column: int | None
    header: bool
    figure: str | None
    first: int = 0
    last: int = 0
    """The block's tokens are first..last-1 of its stream."""
    entries: tuple[str, ...] = ()
    """Its entries, in order."""


@dataclass(slots=True)
class Stream:
    """Tokens in order, with what is known about each, in lists of one length."""

    norms: list[str] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    block: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    entry: list[str | None] = field(default_factory=list)
    claim: list[bool] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.norms)

    def part(self, first: int, last: int) -> Stream:
        return Stream(
            self.norms[first:last], self.kinds[first:last], self.block[first:last], self.start[first:last],
            self.end[first:last], self.entry[first:last], self.claim[first:last],
        )  # fmt: skip

    def extend(self, other: Stream) -> None:
        self.norms += other.norms
        self.kinds += other.kinds
        self.block += other.block
        self.start += other.start
        self.end += other.end
        self.entry += other.entry
        self.claim += other.claim


@dataclass(slots=True)
class Expected:
    """What a finished file should hold."""

    ledger: Mapping[str, Any]
    blocks: list[ExpectedBlock]
    body: Stream
    alt: Stream
    figures: Stream
    entries: Mapping[str, Mapping[str, Any]]
    entry_tokens: dict[str, list[Token]]
    entry_blocks: dict[str, int]
    faults: list[tuple[str, str]]
    """(entry id, why) where the ledger contradicts itself."""
    table_headers: dict[str, tuple[str, ...]]
    table_bases: dict[str, tuple[int, int]]
    """What to add to a table's rows and columns so that both are counted from 1."""
    numbers: dict[str, Any]
    """The numbers of tables and figures by their ids."""
    supplement: frozenset[str]
    """The ids of the tables of the supplement, which are numbered S1, S2 …"""
    arm_words: frozenset[str]
    lexicon: Lexicon
    names: frozenset[str] = frozenset()
    """Words that say what is counted or measured: of the arms, of the labels of rows and columns, abbreviations."""
    results: Mapping[str, Any] = field(default_factory=dict)

    def with_figures(self) -> Stream:
        """The body with the figures' text in its place, as a PDF holds it."""
        joined = Stream()
        for block in self.blocks:
            if block.kind not in ("alt", "reference"):
                stream = self.figures if block.kind == "figure" else self.body
                joined.extend(stream.part(block.first, block.last))
        return joined


def _unit(block: Mapping[str, Any], index: int) -> str:
    kind = block.get("kind")
    if kind == "cell" and block.get("table"):
        return f"table:{block['table']}"
    if kind == "figure":
        return f"figure:{block.get('figure') or index}"
    return f"block:{index}"


def build_expected(ledger: Mapping[str, Any], results: Mapping[str, Any], lexicon: Lexicon) -> Expected:
    entries: Mapping[str, Mapping[str, Any]] = ledger["entries"]
    numbers = {item.get("id"): item.get("number") for key in ("tables", "figures") for item in ledger.get(key) or ()}
    supplement = frozenset(str(item.get("id")) for item in ledger.get("tables") or () if item.get("series"))
    expected = Expected(
        ledger, [], Stream(), Stream(), Stream(), entries, {}, {}, [], {}, {}, numbers, supplement,
        _arm_words(results), lexicon, results=results,
    )  # fmt: skip
    paragraph = 0
    section = ""
    try:
        for index, raw in enumerate(ledger["blocks"]):
            kind, text = str(raw["kind"]), str(raw.get("text") or "")
            if raw.get("section", "") != section:
                section, paragraph = str(raw.get("section", "")), 0
            if kind == "paragraph":
                paragraph += 1
            block = ExpectedBlock(
                index, kind, text, section, paragraph, _unit(raw, index), raw.get("table"), raw.get("row"),
                raw.get("column"), bool(raw.get("header")), raw.get("figure"),
            )  # fmt: skip
            expected.blocks.append(block)
            if kind == "reference":
                continue
            stream = {"figure": expected.figures, "alt": expected.alt}.get(kind, expected.body)
            _add(expected, stream, block, raw.get("spans") or ())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AuditError(f"ledger.json is damaged: one of its blocks cannot be read ({error!r}).") from None
    headers: dict[str, list[str]] = {}
    for block in expected.blocks:
        if block.table and block.row is not None and block.column is not None:
            row, column = expected.table_bases.get(block.table, (0, 0))
            expected.table_bases[block.table] = (max(row, 1 - block.row), max(column, 1 - block.column))
        if block.kind == "cell" and block.header and block.table:
            headers.setdefault(block.table, []).extend(expected.body.norms[block.first : block.last])
    _names(expected)
    expected.table_headers = {table: tuple(norms) for table, norms in headers.items()}
    return expected


def _add(expected: Expected, stream: Stream, block: ExpectedBlock, spans: Iterable[Sequence[Any]]) -> None:
    text = block.text
    # a mark without an entry accounts for nothing: its number will be found unaccounted
    ordered = sorted((int(a), int(b), str(i)) for i, a, b in spans if str(i) in expected.entries)
    block.entries = tuple(name for _, _, name in ordered)
    for a, b, name in ordered:
        said = expected.entries[name].get("text")
        if text[a:b] != said:
            expected.faults.append((name, f"the ledger's entry says {said!r}, its block {text[a:b]!r}"))
        expected.entry_blocks[name] = block.index
    starts = [a for a, _, _ in ordered]
    # The edges of marks part tokens: a raised citation or note mark after a number or name is no part of it.
    cuts = sorted(
        {
            edge
            for a, b, name in ordered
            for edge in (a, b)
            if 0 < edge < len(text)
            and ((text[edge - 1].isalnum() and text[edge].isalnum()) or _is_citation(expected, name))
        }
    )
    tokens: Iterable[Token]
    if cuts:
        pieces: list[Token] = []
        for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True):
            pieces += [Token(t.norm, t.kind, t.start + a, t.end + a) for t in tokenise(text[a:b])]
        tokens = pieces
    else:
        tokens = tokenise(text)
    claims = expected.lexicon.find(text)
    block.first = len(stream)
    for token in tokens:
        owner = None
        if ordered:
            # the last span that starts before the token's end
            at = bisect_right(starts, token.end - 1) - 1
            if at >= 0 and ordered[at][1] > token.start:
                owner = ordered[at][2]
                expected.entry_tokens.setdefault(owner, []).append(token)
                if at > 0 and ordered[at - 1][1] > token.start:
                    expected.faults.append((owner, "two numbers of the ledger are one in its text"))
        stream.norms.append(token.norm)
        stream.kinds.append(token.kind)
        stream.block.append(block.index)
        stream.start.append(token.start)
        stream.end.append(token.end)
        stream.entry.append(owner)
        stream.claim.append(bool(claims) and any(a < token.end and b > token.start for a, b in claims))
    block.last = len(stream)


_ABBREVIATION = re.compile(r"\b(?:[A-Z][a-z]?){2,}[A-Za-z]*\b")


def _names(expected: Expected) -> None:
    """Fills `names`, and adds to `arm_words` the abbreviations in heads of columns that count an arm's patients."""
    names = set(expected.arm_words)
    short: set[str] = set()
    for block in expected.blocks:
        shortened = {token.norm for said in _ABBREVIATION.findall(block.text) for token in tokenise(said)}
        names |= {norm for norm in shortened if norm.isalpha()}
        if block.kind != "cell" or not (block.header or block.column == 1):
            continue
        body = expected.body
        names |= {
            norm
            for norm, kind in zip(
                body.norms[block.first : block.last], body.kinds[block.first : block.last], strict=True
            )
            if kind == WORD and len(norm) > 3
        }
        if block.header and any(expected.entries[name].get("kind") == "result" for name in block.entries):
            short |= {norm for norm in shortened if norm.isalpha()}
    if expected.arm_words:
        expected.arm_words |= short
    expected.names = frozenset(names)


def _is_citation(expected: Expected, name: str) -> bool:
    return (expected.entries.get(name) or {}).get("kind") == "citation"


def _arm_words(results: Mapping[str, Any]) -> frozenset[str]:
    """Words that tell one arm from another."""
    labels = (results.get("study") or {}).get("arms") or {}
    sets = [frozenset(t.norm for t in tokenise(str(label)) if t.kind == WORD) for label in labels.values()]
    if len(sets) < 2:
        return frozenset()
    return frozenset().union(*sets) | frozenset(("control", "treatment", "combination"))


def is_numeric(kind: int) -> bool:
    return kind in NUMBERS
