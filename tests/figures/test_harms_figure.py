"""The dot plot of adverse events: no text meets another, marks lie where the numbers say, faults are told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_figures import ODD, check_sheet

from report.figures.canvas import CM, Canvas, FigureError, Shape, Text
from report.figures.harms import HEIGHT_CM, HarmDifference, HarmRow, HarmsDiagram, draw_harms, layout_harms

LONG = "Syndrome of inappropriate secretion of antidiuretic hormone with hyponatraemia, serious or not"


def dots(arms: int = 2, terms: int = 30, label: str = LONG, every: int = 6, **sides: str) -> HarmsDiagram:
    rows: list[HarmRow] = []
    for k in range(terms):
        if every and k % every == 0:
            rows.append(HarmRow(f"{label} class {k}"))
        percents = tuple(float((7 * k + 3 * arm) % 40) for arm in range(arms))
        found = tuple(HarmDifference(a, percents[a] - percents[-1], -12.0, 15.0) for a in range(arms - 1))
        rows.append(HarmRow(f"{label} {k}" if k % 3 == 0 else f"Term {k}", percents, found))
    return HarmsDiagram(
        "figure-harms", "Adverse events", "A dot plot.", tuple(f"Arm {chr(65 + a)}" for a in range(arms)), tuple(rows),
        "Patients, %", "Risk difference, percentage points (95% CI)", **sides,
    )  # fmt: skip


def check(canvas: Canvas) -> None:
    check_sheet(canvas)
    plot = canvas.boxes["percent"]
    for item in canvas.items:
        if isinstance(item, Text) and item.group == "rows" and not item.bold:
            assert item.box.right <= plot.left, f"{item.text!r} reaches into the plot"
        if isinstance(item, Shape):
            for x, y in item.points:
                assert 0 <= x <= canvas.width + 0.01
                assert 0 <= y <= canvas.height + 0.01


@pytest.mark.parametrize("arms", [2, 3, 4])
@pytest.mark.parametrize("terms", [4, 30, 36])
def test_many_terms_with_long_names_do_not_meet(arms: int, terms: int) -> None:
    canvas = layout_harms(dots(arms, terms, left="Favours the combination of both drugs", right="Favours placebo"))
    check(canvas)
    assert all(item.size >= 6.5 for item in canvas.items if isinstance(item, Text))


@pytest.mark.parametrize("arms", [2, 3, 4])
def test_thirty_terms_in_classes_fit_a_page(arms: int) -> None:
    assert layout_harms(dots(arms, 30, label="Pain in an arm or leg")).height <= HEIGHT_CM * CM


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([*ODD, LONG, "x"]), st.integers(1, 6), st.integers(1, 12), st.integers(0, 3))
def test_any_words_and_any_arms(label: str, arms: int, terms: int, every: int) -> None:
    check(layout_harms(dots(arms, terms, label, every, left=label, right=label)))


def test_marks_lie_where_the_numbers_say() -> None:
    rows = (HarmRow("A", (0.0, 50.0), (HarmDifference(1, 50.0, 20.0, 70.0),)), HarmRow("B", (None, 25.0)))
    canvas = layout_harms(HarmsDiagram("figure-harms", "t", "d", ("one", "two"), rows, "Patients, %", "Difference"))
    plot = canvas.boxes["percent"]
    circles = [item for item in canvas.items if isinstance(item, Shape) and item.radius and item.group == "rows"]
    assert [item.points[0][0] for item in circles] == [
        pytest.approx(plot.left)
    ]  # 0%, and nothing where it is not known
    squares = [i for i in canvas.items if isinstance(i, Shape) and i.closed and not i.radius and i.group == "rows"]
    middles = [sum(x for x, _ in item.points) / len(item.points) for item in squares]
    full = (middles[0] - plot.left) * 1.04  # the highest percentage is 50
    assert full == pytest.approx(plot.right - plot.left)
    assert middles[2] - plot.left == pytest.approx((middles[0] - plot.left) / 2)
    lines = [item for item in canvas.items if isinstance(item, Shape) and item.group == "rows" and not item.closed]
    assert len(lines) == 1
    (low, _), (high, _) = lines[0].points
    assert (middles[1] - low) / (high - low) == pytest.approx(30 / 50)
    assert canvas.axis["percent"] == ("0", "10", "20", "30", "40", "50")


def test_all_alike_and_nothing_known() -> None:
    same = (
        HarmRow("A", (0.0, 0.0), (HarmDifference(0, 0.0, 0.0, 0.0),)),
        HarmRow("B", (None, None), (HarmDifference(0, None),)),
    )
    check(layout_harms(HarmsDiagram("figure-harms", "t", "d", ("one", "two"), same, "Patients, %", "Difference")))


def test_equal_input_gives_equal_bytes() -> None:
    assert draw_harms(dots(3, 8)).svg == draw_harms(dots(3, 8)).svg


@pytest.mark.parametrize(
    ("diagram", "said"),
    [
        (HarmsDiagram("f", "t", "d", ("one",), (HarmRow("class"),), "a", "b"), "needs a term"),
        (HarmsDiagram("f", "t", "d", ("x",) * 7, (HarmRow("A", (1.0,) * 7),), "a", "b"), "1 to 6 arms"),
        (HarmsDiagram("f", "t", "d", ("x", "y"), (HarmRow("A", (1.0,)),), "a", "b"), "one percentage for each arm"),
    ],
)
def test_what_cannot_be_drawn_is_told(diagram: HarmsDiagram, said: str) -> None:
    with pytest.raises(FigureError, match=said):
        layout_harms(diagram)
