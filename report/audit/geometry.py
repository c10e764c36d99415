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
from report.audit.model import Block, Box
from report.audit.pdf_places import Places
from report.audit.tokens import WORD

if TYPE_CHECKING:
    from report.audit.compare import Comparison

TOUCH = 0.5
"""Points that two stretches share at least where they stand beside (or below) each other."""
LINE = 0.25
"""The part of a letter's height, above and below, that is not looked at: lines of text may touch there."""

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


@dataclass(frozen=True, slots=True)
class _Fault:
    i: int
    j: int
    row: int
    column: int


def judge_places(c: Comparison) -> None:
    """Adds a finding `moved` for each number that is drawn elsewhere than it is read: in another row or column of its
    table, or away from the words of its sentence."""
    for (table, _), cells in _tables(c).items():
        upright, turned = _faults(list(cells.values())), None
        if upright:
            turned = _faults([_turned(cell) for cell in cells.values()])
        # a table that lies on its side has its rows where others have their columns
        faults = upright if turned is None or len(upright) <= len(turned) else turned
        more_row, more_column = c.expected.table_bases[table]
        for fault in faults:
            where = f"row {fault.row + more_row}, column {fault.column + more_column}"
            c.add("moved", fault.i, fault.j, f"by its place on the page it now stands in {where} of the table")
    for i, j in _astray(c):
        c.add("moved", i, j, "it is drawn elsewhere on the page than between the words that it is read between")


def _tables(c: Comparison) -> dict[tuple[str, int], dict[tuple[int, int], _Cell]]:
    """The cells of each table on each page, by row and column."""
    tables: dict[tuple[str, int], dict[tuple[int, int], _Cell]] = {}
    spans = _spans(c)
    for i, j in enumerate(c.to):
        if j < 0:
            continue
        block = c.expected.blocks[c.stream.block[i]]
        if block.kind != "cell" or block.table is None or block.row is None or block.column is None:
            continue
        home = c.actual.blocks[c.actual.block[j]]
        token = c.actual.tokens[j]
        box = place_of(home, token.start, token.end)
        if box is None:
            continue
        cells = tables.setdefault((block.table, home.place.page), {})
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


def _astray(c: Comparison) -> list[tuple[int, int]]:
    """Numbers (expected token, token of the file) that are not drawn between the words before and after them."""
    found: list[tuple[int, int]] = []
    before = -1
    numbers: list[int] = []
    block = -1
    for i, j in enumerate(c.to):
        if c.stream.block[i] != block:
            block, before, numbers = c.stream.block[i], -1, []
        if j < 0 or c.stream.norms[i] != c.actual.norms[j] or c.expected.blocks[block].kind in ("cell", "figure"):
            continue
        if is_numeric(c.stream.kinds[i]):
            numbers.append(i)
        elif c.stream.kinds[i] == WORD:
            if numbers and before >= 0:
                one, two = _placed(c, before), _placed(c, i)
                if one and two and not _back(one, two):
                    for number in numbers:
                        it = _placed(c, number)
                        if it and (_back(one, it) or _back(it, two)):
                            found.append((number, c.to[number]))
            before, numbers = i, []
    return found


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where a token that was found begins and ends: a line may end within a word."""

    page: int
    head: Box
    tail: Box


def _placed(c: Comparison, i: int) -> _Placed | None:
    j = c.to[i]
    home, token = c.actual.blocks[c.actual.block[j]], c.actual.tokens[j]
    head = place_of(home, token.start, token.start + 1)
    tail = place_of(home, token.end - 1, token.end)
    return _Placed(home.place.page, head, tail) if head and tail else None


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


def place_of(block: Block, start: int, end: int) -> Box | None:
    """Where `text[start:end]` of a block is drawn; also of a block that was cut from a larger one."""
    places = getattr(block.box, "__self__", None)
    if block.box is None or not isinstance(places, Places):
        return None
    shift = places.offset(block.text)
    return None if shift < 0 else block.box(start + shift, end + shift)


def _turned(cell: _Cell) -> _Cell:
    numbers = [(i, j, Box(box.bottom, box.left, box.top, box.right)) for i, j, box in cell.numbers]
    return _Cell(cell.row, cell.column, cell.along, cell.across, cell.last, numbers)


def _faults(cells: Sequence[_Cell]) -> list[_Fault]:
    rows: dict[int, list[_Cell]] = {}
    columns: dict[int, list[_Cell]] = {}
    for cell in cells:
        rows.setdefault(cell.row, []).append(cell)
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
