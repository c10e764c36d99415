"""Columns are as wide as their words need, and a table lies on its side where an upright page cannot hold these."""

from __future__ import annotations

from report.widths import SIDEWAYS_MM, UPRIGHT_MM, Words, fit, text_mm


def table(columns: int, cell: str, label: str = "Risk difference") -> tuple[list[list[Words]], list[list[Words]]]:
    head = [[Words("Measure", bold=True), *(Words(f"Group {k}", bold=True) for k in range(1, columns))]]
    return head, [[Words(label), *(Words(cell) for _ in range(1, columns))]]


def test_widths_fill_an_upright_page_and_hold_numbers_on_one_line() -> None:
    found = fit(*table(5, "0.46 (0.27 to 0.77)"))
    assert not found.sideways
    assert abs(sum(found.widths) - UPRIGHT_MM) < 1
    assert min(found.widths[1:]) > text_mm("0.46 (0.27 to 0.77)")


def test_a_table_that_no_upright_page_holds_lies_on_its_side() -> None:
    found = fit(*table(9, "0.46 (0.27 to 0.77)"))
    assert found.sideways
    assert abs(sum(found.widths) - SIDEWAYS_MM) < 1


def test_long_words_of_a_head_are_not_cut() -> None:
    head, body = table(3, "5")
    head[0][2] = Words("Physiotherapeutically", bold=True)
    found = fit(head, body)
    assert found.widths[2] > text_mm("Physiotherapeutically", bold=True)


def test_a_number_too_long_for_one_line_may_break_at_its_spaces_only() -> None:
    long = "-123456.7 (-234567.8 to -345678.9)"
    found = fit(*table(6, long))
    assert min(found.widths[1:]) > text_mm("(-234567.8")


def test_cells_over_several_columns_need_no_more_than_their_longest_word() -> None:
    head = [[Words("", bold=True), Words("Intercontinental", 2, bold=True), None]]
    body = [
        [Words("A label"), Words("1"), Words("2")],
        [Words("A heading over all columns of the table", 3), None, None],
    ]
    found = fit(head, body)
    assert found.widths[1] + found.widths[2] > text_mm("Intercontinental", bold=True)
    assert not found.sideways


def test_what_fits_nowhere_is_shared_out_all_the_same() -> None:
    found = fit(*table(30, "0.46 (0.27 to 0.77)"))
    assert found.sideways
    assert abs(sum(found.widths) - SIDEWAYS_MM) < 3
