"""A finished file as the text rules read it: passages of prose and drawn text, and tables.

Tables of HTML and Word files come by row and column; in a PDF they are lines of a page below a caption, and only rows
whose cells can be told apart with certainty are taken for rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby, pairwise
from typing import TypeVar, cast

from report.audit.model import Block, Document
from report.audit.references import is_references_heading
from report.audit.rules.printed import COUNT, PLAIN, START, count_of
from report.audit.tokens import fold
from report.audit.verdict import Spot

Made = TypeVar("Made")
HEAD_N = re.compile(rf"\b[nN]\s*=\s*({COUNT})")
CAPTION = re.compile(r"^\s*(?:Supplementary\s+)?Table\s+\S{1,4}[.:]\s", re.IGNORECASE)
COUNT_ROW = re.compile(r"\b(?:n|no\.?|number|count)\b\s*[,/]?\s*[(\[]?\s*(?:%|percent)", re.IGNORECASE)
"""What a row or column of counts and percentages is called: n (%), No. (%), n, %."""
_PDF_CELL = re.compile(rf"{START}({COUNT})(?:\s*/\s*{COUNT})?\s*\(<?\s*(?:{PLAIN})\s?%?\)")
_COUNT = re.compile(COUNT)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text, its look-alike characters made one; places in it are places in its block."""

    block: Block
    text: str

    def spot(self, start: int, end: int) -> Spot:
        return Spot(self.block, start, end)


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell of a body row."""

    text: str
    block: Block
    start: int

    @property
    def spot(self) -> Spot:
        return Spot(self.block, self.start, self.start + len(self.text))


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    group: str
    """The label of the row without cells that it stands under."""
    cells: dict[int, Cell]
    """By column."""


@dataclass
class Table:
    """A table's body, and what stands over each column."""

    heads: dict[int, str]
    rows: list[Row] = field(default_factory=list)
    head_spots: dict[int, Spot] = field(default_factory=dict)
    """Where the head stands that gives a column's size."""
    words: str = ""
    """All its words, with caption and notes where they can be told, for exceptions that it declares."""

    @cached_property
    def sizes(self) -> dict[int, int]:
        """Patients by column, from heads such as `Placebo (n = 30)`."""
        found = {}
        for column, head in self.heads.items():
            numbers = HEAD_N.findall(head)
            count = count_of(numbers[0]) if len(numbers) == 1 else None
            if count:
                found[column] = count
        return found

    @cached_property
    def whole(self) -> int | None:
        """The column of all patients together."""
        named = [c for c in self.sizes if re.search(r"\b(?:total|all|overall|whole)\b", self.heads[c], re.IGNORECASE)]
        return named[0] if len(named) == 1 else None

    @cached_property
    def arms(self) -> list[int]:
        """The columns whose patients the column of all consists of; [] where that is not certain."""
        arms = [c for c in self.sizes if c != self.whole]
        if self.whole is None or len(arms) < 2:
            return []
        between = range(min(arms), max(*arms, self.whole) + 1)
        return arms if all(c in self.sizes for c in between if c in self.heads) else []

    def counted(self, row: Row, column: int) -> bool:
        """Does the cell hold a count with its percentage?"""
        return bool(COUNT_ROW.search(row.label) or COUNT_ROW.search(self.heads.get(column, "")))


@dataclass
class Paper:
    """A finished file."""

    format: str
    passages: list[Passage]
    tables: list[Table]
    _made: dict[str, object] = field(default_factory=dict, repr=False)

    @cached_property
    def words(self) -> str:
        """All text, for what the paper says of its methods anywhere."""
        return "\n".join(passage.text for passage in self.passages)

    def says(self, pattern: str) -> bool:
        """Does the paper hold a text that the pattern finds, in any case?"""
        return self.once(pattern, lambda: bool(re.search(pattern, self.words, re.IGNORECASE)))

    def once(self, key: str, make: Callable[[], Made]) -> Made:
        """What several rules ask for, made once."""
        if key not in self._made:
            self._made[key] = make()
        return cast(Made, self._made[key])

    def in_abstract(self, spot: Spot) -> bool:
        """Does it stand in the abstract? A PDF does not say; there it is what stands before the introduction."""
        section = spot.block.place.section.lower()
        if self.format != "pdf":
            return section.startswith(("abstract", "summary"))
        page, at = self.once("introduction", lambda: _introduction(self.passages))
        return (spot.block.place.page, spot.start) < (page, at)

    @property
    def prose(self) -> Iterator[Passage]:
        return (passage for passage in self.passages if passage.block.kind not in ("cell", "figure"))


def _introduction(passages: list[Passage]) -> tuple[int, int]:
    """Page and place of the heading that follows an abstract; (0, 0) where there is none."""
    abstract = False
    for passage in passages[:4]:
        for match in re.finditer(
            r"^(?:\d\.?\s+)?(Abstract|Summary|Introduction|Background)\s*$", passage.text, re.MULTILINE
        ):
            if match[1] in ("Abstract", "Summary"):
                abstract = True
            elif abstract:
                return passage.block.place.page, match.start()
    return 0, 0


def paper_of(document: Document) -> Paper:
    """The parts of a file that hold the paper's own numbers: not its list of references, headers and footers."""
    blocks = [
        Block(block.kind, text, block.place, box=block.box) if text != block.text else block
        for block, text in _without_references(document)
        if block.kind not in ("reference", "header", "footer")
    ]
    passages = [Passage(block, fold(block.text)) for block in blocks]
    tables = list(_pdf_tables(passages)) if document.format == "pdf" else list(_grids(passages))
    return Paper(document.format, passages, tables)


def _without_references(document: Document) -> Iterator[tuple[Block, str]]:
    blocks = document.blocks
    last, line = -1, 0
    for k, block in enumerate(blocks):
        if block.kind in ("cell", "figure", "alt"):
            continue
        if document.format != "pdf":
            if len(block.text) < 40 and is_references_heading(block.text):
                last = k
            continue
        for match in re.finditer(r"^.{4,40}$", block.text, re.MULTILINE):
            if is_references_heading(match.group()):
                last, line = k, match.start()
    after = False
    for k, block in enumerate(blocks):
        if k == last:
            after = True
            yield block, block.text[:line]
        elif not after:
            yield block, block.text
        elif document.format != "pdf" and (block.kind in ("heading", "cell") or block.place.part != "body"):
            after = block.place.part != "body"
            yield block, block.text


# -- tables by row and column ----------------------------------------------------------------------------------------

_ALLOWED_DIGITS = re.compile(r"\d+(?:\.\d+)?\s?%|[nN]\s*=\s*[\d,]+")


def _grids(passages: list[Passage]) -> Iterator[Table]:
    for number, members in groupby(enumerate(passages), key=lambda item: item[1].block.place.table):
        if not number:
            continue
        found = list(members)
        cells = [passage for _, passage in found if passage.block.kind == "cell"]
        if cells:
            first, last = found[0][0], found[-1][0]
            around = [p.text for p in passages[max(0, first - 1) : first] + passages[last + 1 : last + 4]]
            yield _grid(cells, "\n".join([*around, *(p.text for p in cells)]))


def _grid(cells: list[Passage], words: str) -> Table:
    by_row: dict[int, list[Passage]] = {}
    for passage in cells:
        by_row.setdefault(passage.block.place.row, []).append(passage)
    rows = [sorted(row, key=lambda p: p.block.place.column) for _, row in sorted(by_row.items())]
    head = 0
    while head < len(rows) and _is_head(rows[head]):
        head += 1
    columns = sorted({p.block.place.column for p in cells})
    heads: dict[int, list[str]] = {column: [] for column in columns}
    spots: dict[int, Spot] = {}
    for row in rows[:head]:
        for column in columns:
            covering = [p for p in row if p.block.place.column <= column]
            if covering:
                over = covering[-1]  # a head spans to the next one
                heads[column].append(over.text.strip())
                if HEAD_N.search(over.text):
                    spots[column] = over.spot(0, len(over.text))
    table = Table({column: " ".join(texts) for column, texts in heads.items()}, head_spots=spots, words=words)
    group = ""
    for row in rows[head:]:
        label = row[0].text.strip() if row[0].block.place.column == columns[0] else ""
        found = {p.block.place.column: _cell(p, 0, len(p.text)) for p in row[1 if label else 0 :] if p.text.strip()}
        if label and not found:
            group = label
        table.rows.append(Row(label, group, found))
    return table


def _cell(passage: Passage, start: int, end: int) -> Cell:
    text = passage.text[start:end]
    return Cell(text.strip(), passage.block, start + len(text) - len(text.lstrip()))


def _is_head(row: list[Passage]) -> bool:
    """A row over the body: several cells, and no number in them but sizes of groups and levels of intervals."""
    texts = [p.text.strip() for p in row if p.text.strip()]
    if any(HEAD_N.search(text) for text in texts):
        return True
    own = [_ALLOWED_DIGITS.sub("", p.text) for p in row if p.block.place.column > 1 and p.text.strip()]
    return bool(own) and not any(re.search(r"\d", text) for text in own)


# -- tables as lines of a page ---------------------------------------------------------------------------------------


def _pdf_tables(passages: list[Passage]) -> Iterator[Table]:
    for passage in passages:
        lines = [(m.start(), m.group()) for m in re.finditer(r"[^\n]+", passage.text)]
        starts = [k for k, (_, line) in enumerate(lines) if CAPTION.match(line)]
        for this, following in pairwise([*starts, len(lines)]):
            table = _pdf_table(passage, lines[this:following])
            if table:
                yield table


def _pdf_table(passage: Passage, lines: list[tuple[int, str]]) -> Table | None:
    """Columns of groups are numbered from 2 on, in the order of their heads."""
    if len(lines) < 3:
        return None
    first = next((k for k, (_, line) in enumerate(lines) if k and _starts_body(line)), len(lines))
    head = passage.text[lines[1][0] : lines[first - 1][0] + len(lines[first - 1][1])] if first > 1 else ""
    sizes = list(HEAD_N.finditer(head))
    if not sizes:
        return None
    heads, spots = {}, {}
    before, offset = 0, lines[1][0]
    everywhere = " n (%)" if len(COUNT_ROW.findall(head)) >= len(sizes) else ""
    for column, match in enumerate(sizes, 2):
        heads[column] = head[before : match.end()] + everywhere
        spots[column] = passage.spot(offset + match.start(), offset + match.end())
        before = match.end()
    table = Table(heads, head_spots=spots, words="\n".join(line for _, line in lines))
    label, group = "", ""
    for start, line in lines[first:]:
        spans = [match.span() for match in _PDF_CELL.finditer(line)]
        if len(spans) != len(sizes) or _WORDS.search(line[spans[0][0] :]):
            spans = _trailing(line)
        if len(spans) == len(sizes):
            label = line[: spans[0][0]].strip() or label
            found = {c: _cell(passage, start + a, start + b) for c, (a, b) in enumerate(spans, 2)}
            table.rows.append(Row(label, group, found))
        elif not re.search(r"\d", line) or re.match(r"\s*(?:By|At|After)\s", line):
            label = group = line.strip()
        else:
            label = ""
    return table


def _trailing(line: str) -> list[tuple[int, int]]:
    """Where the whole numbers at a line's end stand, after a label."""
    words = list(re.finditer(r"\S+", line))
    counts = []
    while len(words) > 1 and _COUNT.fullmatch(words[-1].group()):
        counts.append(words.pop().span())
    return counts[::-1]


_WORDS = re.compile(r"[^\W\d]{3,}|\bof\b")
"""Words between and after cells: the line is prose."""
_NUMBERS = re.compile(rf"{START}(?:{PLAIN})\s*\([-−–]?(?:{PLAIN})")


def _starts_body(line: str) -> bool:
    if HEAD_N.search(line):
        return False
    return bool(_NUMBERS.search(line)) or len(_trailing(line)) > 1
