"""Tables: from the lines that a table template prints, over a plain description, to a pandoc grid table.

A template prints one row a line; cells stand between cell marks. In a header row a cell '<' belongs to the cell at its
left and '^' to the cell above it. A row with one cell spans all columns (a group's heading).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from report.errors import ReportError
from report.markdown import CELL

Align = str  # left | center | right


@dataclass(frozen=True)
class Cell:
    text: str
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True)
class Table:
    """``header`` and ``body`` are rows of one cell a column; None stands where a neighbour spans."""

    id: str
    number: int
    caption: str
    header: tuple[tuple[Cell | None, ...], ...]
    body: tuple[tuple[Cell | None, ...], ...]
    notes: tuple[str, ...]
    align: tuple[Align, ...]


def parse_rows(lines: Sequence[str], columns: int, where: str) -> tuple[tuple[Cell | None, ...], ...]:
    """Rows of cells. Raises ReportError where a row has neither one cell nor one for each column."""
    grid: list[list[str]] = []
    for line in lines:
        cells = [c.strip() for c in line.split(CELL)]
        if len(cells) == 1:
            cells += ["<"] * (columns - 1)
        if len(cells) != columns:
            raise ReportError(
                f"{where}: a row has {len(cells)} cells, but the table has {columns} columns: {line.strip()!r}."
            )
        grid.append(cells)
    rows: list[tuple[Cell | None, ...]] = []
    for r, cells in enumerate(grid):
        row: list[Cell | None] = []
        for c, text in enumerate(cells):
            if text in ("<", "^"):
                row.append(None)
                continue
            wide = 1
            while c + wide < columns and grid[r][c + wide] == "<":
                wide += 1
            high = 1
            while r + high < len(grid) and grid[r + high][c] == "^":
                high += 1
            row.append(Cell(text, wide, high))
        rows.append(tuple(row))
    return tuple(rows)


def grid_safe(markdown: str) -> str:
    """A cell's Markdown so that a grid table holds it: pandoc cuts at every '|', escaped or not, and gives East Asian
    letters two columns and combining marks none, so all these become entities."""
    escaped = markdown.replace(r"\|", "&#124;")
    return "".join(f"&#{ord(c)};" if _odd_width(c) else c for c in escaped)


def _odd_width(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF" or unicodedata.category(character) in ("Mn", "Me", "Cf")


def to_grid(table: Table, render: Callable[[str], str]) -> str:
    """The table as a pandoc grid table. ``render`` gives a cell's final Markdown."""
    columns = len(table.align)
    rows = [*table.header, *table.body]
    texts = [[render(cell.text) if cell else None for cell in row] for row in rows]
    width = [3] * columns
    for row, line in zip(rows, texts, strict=True):
        for c, (cell, text) in enumerate(zip(row, line, strict=True)):
            if cell is None or text is None:
                continue
            # A spanning cell's text may use the rules between its columns too.
            need = len(text) + 2 - 3 * (cell.columns - 1)
            share = -(-need // cell.columns)
            for k in range(c, c + cell.columns):
                width[k] = max(width[k], share)
    border_rows = [
        _border(rows, r, width, "=" if r == len(table.header) else "-", table.align) for r in range(len(rows) + 1)
    ]
    out = [border_rows[0]]
    for r, (row, line) in enumerate(zip(rows, texts, strict=True)):
        out += [_line(rows, r, row, line, width), border_rows[r + 1]]
    return "\n".join(out)


def _owner(rows: Sequence[Sequence[Cell | None]], r: int, c: int) -> tuple[int, int]:
    """The place of the cell that covers (r, c)."""
    for top in range(r, -1, -1):
        for left in range(c, -1, -1):
            cell = rows[top][left]
            if cell is not None and top + cell.rows > r and left + cell.columns > c:
                return top, left
    return r, c


def _border(
    rows: Sequence[Sequence[Cell | None]], r: int, width: Sequence[int], fill: str, align: Sequence[Align]
) -> str:
    """The rule above row ``r``: broken where a cell reaches through it."""
    columns = len(width)
    above = [_owner(rows, r - 1, c) if r > 0 else None for c in range(columns)]
    below = [_owner(rows, r, c) if r < len(rows) else None for c in range(columns)]
    out = []
    for c in range(columns):
        through = above[c] is not None and above[c] == below[c]
        left_through = c > 0 and above[c - 1] is not None and above[c - 1] == below[c - 1]
        joined = c > 0 and above[c] == above[c - 1] and below[c] == below[c - 1]
        corner = "|" if (c == 0 and through) else ("+" if not (joined and through) else " ")
        if joined and through and left_through:
            corner = " "
        out.append(corner)
        body = (" " if through else fill) * (width[c] + 2)
        if fill == "=" and not through:
            body = (
                (":" if align[c] in ("left", "center") else "=")
                + body[1:-1]
                + (":" if align[c] in ("right", "center") else "=")
            )
        out.append(body)
    last = columns - 1
    through = above[last] is not None and above[last] == below[last]
    out.append("|" if through else "+")
    return "".join(out)


def _line(
    rows: Sequence[Sequence[Cell | None]],
    r: int,
    row: Sequence[Cell | None],
    texts: Sequence[str | None],
    width: Sequence[int],
) -> str:
    out = ["|"]
    c = 0
    while c < len(width):
        cell, text = row[c], texts[c]
        if cell is None:
            top, left = _owner(rows, r, c)
            covering = rows[top][left]
            span = covering.columns if covering else 1
            text = ""
        else:
            span = cell.columns
        room = sum(width[c : c + span]) + 3 * (span - 1)
        out.append(f" {(text or '').ljust(room)} |")
        c += span
    return "".join(out)
