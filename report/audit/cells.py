"""Tables of a file that tells rows and columns (HTML, Word): cell against cell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from report.audit.expected import ExpectedBlock, is_numeric

if TYPE_CHECKING:
    from report.audit.compare import Comparison

Cells = dict[tuple[int, int], tuple[int, int]]
"""Row and column to the first token of the cell and the one after its last."""


def pair_cells(c: Comparison) -> list[tuple[list[int], list[int]]]:
    """Cells that differ in tables of one shape, as (expected tokens, tokens of the file); equal cells are matched.

    A table of the file is taken for the ledger's where both fill the same cells and say the same in all cells of the
    first column and of the head. Tables that were taken apart are left to the alignment.
    """
    wanted = _ledger_tables(c)
    found = _file_tables(c)
    differ: list[tuple[list[int], list[int]]] = []
    free = dict(found)
    for name, (cells, labels) in wanted.items():
        for ordinal, theirs in free.items():
            if set(theirs) != set(cells) or any(_said(c, theirs[at]) != _meant(c, cells[at]) for at in labels):
                continue
            del free[ordinal]
            c.tables[ordinal] = name
            for at in sorted(cells):
                (i1, i2), (j1, j2) = cells[at], theirs[at]
                if c.stream.norms[i1:i2] == c.actual.norms[j1:j2]:
                    c.to[i1:i2] = range(j1, j2)
                    c.back[j1:j2] = range(i1, i2)
                else:
                    differ.append((list(range(i1, i2)), list(range(j1, j2))))
            break
    return differ


def _meant(c: Comparison, span: tuple[int, int]) -> list[str]:
    return c.stream.norms[span[0] : span[1]]


def _said(c: Comparison, span: tuple[int, int]) -> list[str]:
    return c.actual.norms[span[0] : span[1]]


def _ledger_tables(c: Comparison) -> dict[str, tuple[Cells, list[tuple[int, int]]]]:
    """By name of the table: its cells, and which of them are labels."""
    tables: dict[str, tuple[Cells, list[tuple[int, int]]]] = {}
    at = 0
    while at < len(c.stream):
        index = c.stream.block[at]
        end = at
        while end < len(c.stream) and c.stream.block[end] == index:
            end += 1
        block = c.expected.blocks[index]
        if block.kind == "cell" and block.table and block.row is not None and block.column is not None:
            cells, labels = tables.setdefault(block.table, ({}, []))
            more_row, more_column = c.expected.table_bases[block.table]
            place = (block.row + more_row, block.column + more_column)
            cells[place] = (at, end)
            if block.header or place[1] == 1:
                labels.append(place)
        at = end
    return tables


def _file_tables(c: Comparison) -> dict[int, Cells]:
    tables: dict[int, Cells] = {}
    for index, block in enumerate(c.actual.blocks):
        first, last = c.actual.first[index], c.end_of(index)
        if not block.place.table or first == last:
            continue
        cells = tables.setdefault(block.place.table, {})
        place = (block.place.row, block.place.column)
        # the paragraphs of one cell follow each other
        cells[place] = (cells[place][0], last) if place in cells else (first, last)
    return tables


def judge_cells(c: Comparison) -> None:
    """Numbers that stand in another row or column of their table than the rest of that row and column."""
    rows: dict[tuple[str, int, int], Counter[int]] = {}
    columns: dict[tuple[str, int, int], Counter[int]] = {}
    members: list[tuple[int, int, ExpectedBlock]] = []
    for i, j in enumerate(c.to):
        if j < 0:
            continue
        block = c.expected.blocks[c.stream.block[i]]
        if block.kind != "cell" or block.table is None or block.row is None or block.column is None:
            continue
        place = c.actual.blocks[c.actual.block[j]].place
        if not place.table or c.tables.get(place.table) == block.table:
            continue  # those tables were compared cell by cell
        rows.setdefault((block.table, place.table, block.row), Counter())[place.row] += 1
        columns.setdefault((block.table, place.table, block.column), Counter())[place.column] += 1
        if is_numeric(c.stream.kinds[i]) or c.stream.entry[i] is not None:
            members.append((i, j, block))
    best_row = {key: count.most_common(1)[0][0] for key, count in rows.items()}
    best_column = {key: count.most_common(1)[0][0] for key, count in columns.items()}
    for i, j, block in members:
        place = c.actual.blocks[c.actual.block[j]].place
        table = str(block.table)
        if (
            best_row[table, place.table, block.row or 0] != place.row
            or best_column[table, place.table, block.column or 0] != place.column
        ):
            c.add("moved", i, j, f"it now stands in row {place.row}, column {place.column} of the file's table")
