"""Tables of a file that tells rows and columns (HTML, Word): cell against cell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from report.audit.expected import ExpectedBlock, is_numeric

if TYPE_CHECKING:
    from report.audit.compare import Comparison

Cells = dict[tuple[int, int], tuple[int, int]]
"""Row and column to the first token of the cell and the one after its last."""


RARE = 8
"""A cell that at most so many tables have alike says which table it is of."""


def pair_cells(c: Comparison) -> list[tuple[list[int], list[int]]]:
    """Cells that differ in tables of one shape, as (expected tokens, tokens of the file); equal cells are matched.

    A table of the file is taken for the ledger's where both fill the same cells and say the same in all cells of the
    first column and of the head. Tables that were taken apart are left to the alignment.
    """
    wanted = _ledger_tables(c)
    found = _file_tables(c)
    differ: list[tuple[list[int], list[int]]] = []
    for name, ordinal in _partners(c, wanted, found):
        cells, theirs = wanted[name][0], found[ordinal]
        c.tables[ordinal] = name
        for at in sorted(cells):
            (i1, i2), (j1, j2) = cells[at], theirs[at]
            if c.stream.norms[i1:i2] == c.actual.norms[j1:j2]:
                c.to[i1:i2] = range(j1, j2)
                c.back[j1:j2] = range(i1, i2)
            else:
                differ.append((list(range(i1, i2)), list(range(j1, j2))))
    return differ


def _partners(
    c: Comparison, wanted: dict[str, tuple[Cells, list[tuple[int, int]]]], found: dict[int, Cells]
) -> list[tuple[str, int]]:
    """Tables of the ledger with those of the file that have the same cells and labels; where several have, each with
    the one that it shares most cells with, else in order."""
    shapes: dict[frozenset[tuple[int, int]], set[tuple[tuple[int, int], ...]]] = {}
    groups: dict[tuple[object, ...], tuple[list[str], list[int]]] = {}
    for name, (cells, labels) in wanted.items():
        shape, places = frozenset(cells), tuple(labels)
        shapes.setdefault(shape, set()).add(places)
        said = tuple("".join(_meant(c, cells[at])) for at in places)  # raised marks may be cut off or not
        groups.setdefault((shape, places, said), ([], []))[0].append(name)
    for ordinal, theirs in found.items():
        shape = frozenset(theirs)
        for places in shapes.get(shape, ()):
            group = groups.get((shape, places, tuple("".join(_said(c, theirs[at])) for at in places)))
            if group is not None:
                group[1].append(ordinal)
    pairs: list[tuple[str, int]] = []
    for names, ordinals in groups.values():
        if len(names) > 1 or len(ordinals) > 1:
            pairs += _alike(c, names, ordinals, wanted, found)
        elif ordinals:
            pairs.append((names[0], ordinals[0]))
    taken: set[int] = set()  # a table of the file may have been in two groups
    out = []
    for name, ordinal in pairs:
        if ordinal not in taken:
            taken.add(ordinal)
            out.append((name, ordinal))
    return out


def _alike(
    c: Comparison,
    names: list[str],
    ordinals: list[int],
    wanted: dict[str, tuple[Cells, list[tuple[int, int]]]],
    found: dict[int, Cells],
) -> list[tuple[str, int]]:
    """Tables with the same cells and labels, paired by how many of the others they share."""
    having: dict[tuple[tuple[int, int], tuple[str, ...]], list[str]] = {}
    for name in names:
        for at, span in wanted[name][0].items():
            having.setdefault((at, tuple(_meant(c, span))), []).append(name)
    votes: Counter[tuple[str, int]] = Counter()
    for ordinal in ordinals:
        for at, span in found[ordinal].items():
            own = having.get((at, tuple(_said(c, span))), ())
            if len(own) <= RARE:  # what many have tells none
                votes.update((name, ordinal) for name in own)
    pairs: dict[str, int] = {}
    taken: set[int] = set()
    for (name, ordinal), _ in votes.most_common():
        if name not in pairs and ordinal not in taken:
            pairs[name] = ordinal
            taken.add(ordinal)
    left = [name for name in names if name not in pairs]
    pairs.update(zip(left, (ordinal for ordinal in ordinals if ordinal not in taken), strict=False))
    return sorted(pairs.items(), key=lambda pair: pair[1])


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
