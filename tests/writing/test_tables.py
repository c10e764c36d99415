"""Table templates' rows become pandoc grid tables with the spans that were meant."""

from __future__ import annotations

import json
import subprocess

import pytest

from report.errors import ReportError
from report.markdown import CELL
from report.render.embedded import pandoc_path
from report.tables import Cell, Table, parse_rows, to_grid


def rows(*lines: str) -> list[str]:
    return [line.replace("¦", CELL) for line in lines]


def table(header: list[str], body: list[str], columns: int) -> Table:
    return Table(
        "table-x",
        1,
        "caption",
        parse_rows(header, columns, "x"),
        parse_rows(body, columns, "x"),
        (),
        ("left",) + ("center",) * (columns - 1),
    )


def read(grid: str) -> dict:  # type: ignore[type-arg]
    done = subprocess.run(
        [str(pandoc_path()), "-f", "markdown", "-t", "json"], input=grid, capture_output=True, text=True, check=True
    )
    blocks = json.loads(done.stdout)["blocks"]
    assert len(blocks) == 1
    assert blocks[0]["t"] == "Table"
    return blocks[0]["c"]


def spans(row: list) -> list[tuple[int, int]]:  # type: ignore[type-arg]
    return [(cell[2], cell[3]) for cell in row[1]]


def test_header_and_body_spans_survive_pandoc() -> None:
    grid = to_grid(
        table(
            rows("Measure ¦ Group ¦ < ¦ Between ¦ <", "^ ¦ A ¦ B ¦ Difference ¦ P"),
            rows(
                "A heading over all columns that is much longer than any other cell of this table",
                "one ¦ 1 (2) ¦ 3 (4) ¦ 5 ¦ 0.3",
                "two ¦ 1 ¦ ¦ ¦",
            ),
            5,
        ),
        str,
    )
    content = read(grid)
    head = content[3][1]
    assert [spans(row) for row in head] == [[(2, 1), (1, 2), (1, 2)], [(1, 1)] * 4]
    body = content[4][0][3]
    assert [spans(row) for row in body] == [[(1, 5)], [(1, 1)] * 5, [(1, 1)] * 5]


def test_two_neighbours_that_each_span_rows() -> None:
    grid = to_grid(table(rows("A ¦ B ¦ C ¦ <", "^ ¦ ^ ¦ D ¦ E"), rows("1 ¦ 2 ¦ 3 ¦ 4"), 4), str)
    assert [spans(row) for row in read(grid)[3][1]] == [[(2, 1), (2, 1), (1, 2)], [(1, 1), (1, 1)]]


def test_a_row_with_a_wrong_number_of_cells_is_named() -> None:
    with pytest.raises(ReportError, match=r"tables/x\.j2: a row has 2 cells, but the table has 3 columns"):
        parse_rows(rows("a ¦ b"), 3, "tables/x.j2")


def test_cells_are_known_by_place() -> None:
    parsed = parse_rows(rows("a ¦ < ¦ b"), 3, "x")
    assert parsed == ((Cell("a", 2), None, Cell("b")),)
