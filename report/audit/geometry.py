"""Does each number of a PDF stand, by its place on the page, where the order of the text says it does?

A PDF does not tell rows and columns, and a number that was moved into an empty cell beside its own leaves the order of
the text as it was. But the cells of one row stand side by side, and those of one column below each other: a number that
shares no height with the rest of its row, or no width with most of its column, and does so with another, was moved.
So was a number of a sentence that is not drawn between the words that it is read between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from report.audit.expected import ExpectedBlock, is_numeric
from report.audit.ledger_places import table_label
from report.audit.model import Box
from report.audit.pdf_places import Places
from report.audit.tokens import WORD

if TYPE_CHECKING:
    from report.audit.compare import Comparison

TOUCH = 0.5
"""Points that two stretches share at least where they stand beside (or below) each other."""
LINE = 0.25
"""The part of a letter's height, above and below, that is not looked at: lines of text may touch there."""
RAISED = 0.15
"""The part of a digit's height by which a raised one is drawn higher, or of its width by which it is narrower."""
NEAR = 40
"""Tokens before and after a number among which its neighbours are looked for."""

Stretch = tuple[float, float]


@dataclass(slots=True)
class _Cell:
    """A cell of the ledger, as far as it stands on one page: its width and its height there."""

    row: int
    column: int
    across: Stretch
    along: Stretch
    last: int
    """The last column that it may reach over: heads of tables may span the columns after theirs that have no cell."""
    numbers: list[tuple[int, int, Box]] = field(default_factory=list)
    """Its numbers: expected token, token of the file, place."""


_Grid = dict[tuple[str, int], dict[tuple[int, int], _Cell]]
"""By table and page, then by row and column."""


@dataclass(frozen=True, slots=True)
class _Fault:
    i: int
    j: int
    row: int
    column: int


def judge_places(c: Comparison) -> None:
    """Adds a finding `moved` for each number that is drawn elsewhere than it is read: in another row or column of its
    table, or away from the words of its sentence."""
    drawn, tables = _layout(c)
    for (table, _), cells in tables.items():
        upright, turned = _faults(list(cells.values())), None
        if upright:
            turned = _faults([_turned(cell) for cell in cells.values()])
        # a table that lies on its side has its rows where others have their columns
        faults = upright if turned is None or len(upright) <= len(turned) else turned
        more_row, more_column = c.expected.table_bases[table]
        label = table_label(c.expected, table)
        for fault in faults:
            where = f"{label}, row {fault.row + more_row}, column {fault.column + more_column}"
            c.add("moved", fault.i, fault.j, f"by its place on the page it now stands in {where}")
    for i, j in _astray(c, drawn):
        c.add("moved", i, j, "it is drawn elsewhere on the page than between the words that it is read between")


def cell_of(c: Comparison, j: int, home: ExpectedBlock) -> ExpectedBlock:
    """The cell of the ledger in whose place a token of the file is drawn that was not expected there. `home` is the
    cell that stands before it in the order of the text, and is given back where the page does not tell."""
    before, after = (c.back[k] if 0 <= k < len(c.back) else -1 for k in (j - 1, j + 1))
    if before >= 0 and after >= 0 and c.stream.block[before] == c.stream.block[after]:
        return c.expected.blocks[c.stream.block[before]]
    drawn, tables = _layout(c)
    box = drawn.box(j)
    cells = tables.get((home.table or "", c.actual.blocks[c.actual.block[j]].place.page))
    if box is None or not cells or home.row is None or home.column is None:
        return home
    inset = LINE * (box.top - box.bottom)
    height, width = (box.bottom + inset, box.top - inset), (box.left, box.right)
    first = min(column for _, column in cells)
    columns: dict[int, list[bool]] = {}
    for cell in cells.values():
        columns.setdefault(cell.column, []).append(_share(width, cell.across))
    column = max(columns, key=lambda one: sum(columns[one]) / len(columns[one]))
    labels = [cell.row for cell in cells.values() if cell.column == first and _share(height, cell.along)]
    if not any(columns[column]):
        return home
    row = labels[0] if labels else _row_by_label(c, j, home, first, height, drawn)
    body = [b for b in c.expected.blocks if b.kind == "cell" and b.table == home.table and b.row == row]
    return min(body, key=lambda b: abs((b.column or 0) - column), default=home)


def raised(c: Comparison, tokens: Sequence[int]) -> bool:
    """Are digits of one of these tokens of the file drawn raised: higher than its others, or (a font may have raised
    figures of its own, in boxes as high) narrower? True where the page does not tell."""
    drawn = _Drawn(c)
    for j in tokens:
        token, text = c.actual.tokens[j], c.actual.blocks[c.actual.block[j]].text
        digits = (drawn.part(j, k, k + 1) for k in range(token.start, token.end) if text[k].isdigit())
        boxes = [box for box in digits if box is not None]
        if not boxes:
            return True
        bottoms, widths = [box.bottom for box in boxes], [box.right - box.left for box in boxes]
        high = max(bottoms) - min(bottoms) > RAISED * max(box.top - box.bottom for box in boxes)
        if high or min(widths) < (1 - RAISED) * max(widths):
            return True
    return False


def _row_by_label(c: Comparison, j: int, home: ExpectedBlock, first: int, height: Stretch, drawn: _Drawn) -> int | None:
    """The row whose label stands at that height, where the label was not found in its place: the words of the line that
    are the label of a row, of several the nearest one."""
    block = c.actual.block[j]
    low, high = c.actual.first[block], c.end_of(block)
    line = set()
    for k in range(max(low, j - NEAR), min(high, j + NEAR)):
        box = drawn.box(k)
        if box is not None and _share(height, (box.bottom, box.top)):
            line.add(c.actual.norms[k])
    rows: dict[int, list[str]] = {}
    for i, index in enumerate(c.stream.block):
        other = c.expected.blocks[index]
        if other.kind == "cell" and other.table == home.table and other.column == first and other.row is not None:
            rows.setdefault(other.row, []).append(c.stream.norms[i])
    fitting = [row for row, norms in rows.items() if norms and sum(n in line for n in norms) >= 0.6 * len(norms)]
    return min(fitting, key=lambda row: abs(row - (home.row or 0)), default=home.row)


def _layout(c: Comparison) -> Layout:
    """Where everything is drawn, worked out once for a comparison."""
    if c.layout is None:
        drawn = _Drawn(c)
        c.layout = (drawn, _tables(c, drawn))
    return c.layout


def _tables(c: Comparison, drawn: _Drawn) -> _Grid:
    """The cells of each table on each page, by row and column."""
    tables: _Grid = {}
    spans = _spans(c)
    for i, j in enumerate(c.to):
        if j < 0:
            continue
        block = c.expected.blocks[c.stream.block[i]]
        if block.kind != "cell" or block.table is None or block.row is None or block.column is None:
            continue
        box = drawn.box(j)
        if box is None:
            continue
        page = c.actual.blocks[c.actual.block[j]].place.page
        cells = tables.setdefault((block.table, page), {})
        inset = LINE * (box.top - box.bottom)
        across, along = (box.left, box.right), (box.bottom + inset, box.top - inset)
        cell = cells.get((block.row, block.column))
        if cell is None:
            last = spans.get(block.index, block.column)
            cell = cells[block.row, block.column] = _Cell(block.row, block.column, across, along, last)
        else:
            cell.across = min(cell.across[0], across[0]), max(cell.across[1], across[1])
            cell.along = min(cell.along[0], along[0]), max(cell.along[1], along[1])
        if is_numeric(c.stream.kinds[i]) or c.stream.entry[i] is not None:
            cell.numbers.append((i, j, box))
    return tables


def _spans(c: Comparison) -> dict[int, int]:
    """For each block that is a cell of a table's head, the last column before the next cell of its row."""
    rows: dict[tuple[str, int], list[ExpectedBlock]] = {}
    widest: dict[str, int] = {}
    for block in c.expected.blocks:
        if block.kind == "cell" and block.table is not None and block.row is not None and block.column is not None:
            widest[block.table] = max(widest.get(block.table, 0), block.column)
            if block.header:
                rows.setdefault((block.table, block.row), []).append(block)
    spans = {}
    for (table, _), blocks in rows.items():
        blocks.sort(key=lambda block: block.column or 0)
        after = [(block.column or 0) - 1 for block in blocks[1:]]
        for block, last in zip(blocks, [*after, widest[table]], strict=True):
            spans[block.index] = last
    return spans


def _astray(c: Comparison, drawn: _Drawn) -> list[tuple[int, int]]:
    """Numbers (expected token, token of the file) that are not drawn between the words before and after them."""
    found: list[tuple[int, int]] = []
    kinds, blocks = c.stream.kinds, c.stream.block
    for i, kind in enumerate(kinds):
        if not is_numeric(kind) or not _found(c, i) or c.expected.blocks[blocks[i]].kind in ("cell", "figure"):
            continue
        before, after = _word(c, i, -1), _word(c, i, 1)
        if before < 0 or after < 0:
            continue
        one, two, it = drawn.ends(before), drawn.ends(after), drawn.ends(i)
        if one and two and it and not _back(one, two) and (_back(one, it) or _back(it, two)):
            found.append((i, c.to[i]))
    return found


def _found(c: Comparison, i: int) -> bool:
    return c.to[i] >= 0 and c.stream.norms[i] == c.actual.norms[c.to[i]]


def _word(c: Comparison, i: int, step: int) -> int:
    """The next word of the block, before or after a token, that was found in the file; -1 for none."""
    block = c.stream.block
    at = i + step
    while 0 <= at < len(block) and block[at] == block[i] and abs(at - i) < NEAR:
        if c.stream.kinds[at] == WORD and _found(c, at):
            return at
        at += step
    return -1


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where a token that was found begins and ends: a line may end within a word."""

    page: int
    head: Box
    tail: Box


def _back(one: _Placed, two: _Placed) -> bool:
    """Is the second drawn before the first: on a page before it, higher, or in the same line to its left?"""
    if one.page != two.page:
        return two.page < one.page
    end, start = one.tail, two.head
    inset = LINE * min(end.top - end.bottom, start.top - start.bottom)
    if start.bottom + inset > end.top - inset:
        return True
    same_line = start.top - inset > end.bottom + inset
    return same_line and start.left < end.left - TOUCH


@dataclass(slots=True)
class _Drawn:
    """Where the tokens of a file are drawn."""

    c: Comparison
    _blocks: dict[int, tuple[Places, int] | None] = field(default_factory=dict)
    """For each block of the file its places, and where it begins in them: lines at its head may have gone."""

    def box(self, j: int) -> Box | None:
        """Of a token of the file."""
        token = self.c.actual.tokens[j]
        return self.part(j, token.start, token.end)

    def part(self, j: int, start: int, end: int) -> Box | None:
        """Of some characters of the block in which a token of the file stands."""
        home = self._home(self.c.actual.block[j])
        return home[0].box(start + home[1], end + home[1]) if home else None

    def ends(self, i: int) -> _Placed | None:
        """Where an expected token that was found begins and ends."""
        j = self.c.to[i]
        index = self.c.actual.block[j]
        token, home = self.c.actual.tokens[j], self._home(index)
        if home is None:
            return None
        places, shift = home
        head = places.box(token.start + shift, token.start + shift + 1)
        tail = places.box(token.end + shift - 1, token.end + shift)
        return _Placed(self.c.actual.blocks[index].place.page, head, tail) if head and tail else None

    def _home(self, index: int) -> tuple[Places, int] | None:
        if index not in self._blocks:
            block = self.c.actual.blocks[index]
            places = getattr(block.box, "__self__", None)
            shift = places.offset(block.text) if isinstance(places, Places) else -1
            self._blocks[index] = None if shift < 0 else (places, shift)  # type: ignore[assignment]
        return self._blocks[index]


def _turned(cell: _Cell) -> _Cell:
    numbers = [(i, j, Box(box.bottom, box.left, box.top, box.right)) for i, j, box in cell.numbers]
    return _Cell(cell.row, cell.column, cell.along, cell.across, cell.last, numbers)


def _faults(cells: Sequence[_Cell]) -> list[_Fault]:
    rows: dict[int, list[_Cell]] = {}
    columns: dict[int, list[_Cell]] = {}
    for cell in cells:
        rows.setdefault(cell.row, []).append(cell)
    for cell in cells:
        if len(rows[cell.row]) > 1:
            columns.setdefault(cell.column, []).append(cell)
    faults = []
    for cell in cells:
        if len(rows[cell.row]) == 1:
            continue  # a row of one cell is one that goes over all columns
        for i, j, box in cell.numbers:
            inset = LINE * (box.top - box.bottom)
            row = _row((box.bottom + inset, box.top - inset), cell, rows)
            column = _column((box.left, box.right), cell, columns)
            if row != cell.row or not cell.column <= column <= cell.last:
                faults.append(_Fault(i, j, row, column))
    return faults


def _row(height: Stretch, cell: _Cell, rows: Mapping[int, Sequence[_Cell]]) -> int:
    """The row that a number stands in."""
    own = [other for other in rows[cell.row] if other is not cell]
    if not own or any(_share(height, other.along) for other in own):
        return cell.row
    beside = {
        row: sum(_share(height, other.along) for other in others if other is not cell) for row, others in rows.items()
    }
    best = max(beside, key=beside.__getitem__)
    if beside[best]:
        return best
    if any(_share(cell.along, other.along) for other in own):
        return cell.row  # a lower line of a cell of many
    middle = sum(height) / 2
    return min(
        rows,
        key=lambda row: min(
            (abs(sum(other.along) / 2 - middle) for other in rows[row] if other is not cell), default=1e9
        ),
    )


def _column(width: Stretch, cell: _Cell, columns: Mapping[int, Sequence[_Cell]]) -> int:
    """The column that a number stands in."""
    own = [other for other in columns[cell.column] if other is not cell]
    mine = sum(_share(width, other.across) for other in own)
    if not own or 2 * mine > len(own):
        return cell.column
    below = {
        column: sum(_share(width, other.across) for other in others if other is not cell)
        for column, others in columns.items()
    }
    best = max(below, key=below.__getitem__)
    return best if below[best] > mine else cell.column


def _share(one: Stretch, two: Stretch) -> bool:
    return min(one[1], two[1]) - max(one[0], two[0]) > TOUCH


Layout = tuple[_Drawn, _Grid]
