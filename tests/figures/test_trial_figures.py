"""Forest plots, graded bars and survival curves: no text meets another, and what is drawn is what the numbers say."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_figures import ODD, check_sheet, texts_of

from report.figures.canvas import Canvas, FigureError, Shape, Text
from report.figures.forest import (
    Estimate,
    ForestDiagram,
    ForestGroup,
    ForestRow,
    draw_forest,
    layout_forest,
    log_ticks,
)
from report.figures.graded import GradedBar, GradedDiagram, GradedPanel, draw_graded, ink_on, layout_graded, shades
from report.figures.survival import Curve, SurvivalDiagram, draw_survival, layout_survival, percent_at

LONG = "A centre with a very long name that lies far away from all the other centres of this trial"


def row(label: str, value: float | None, low: float | None = None, high: float | None = None) -> ForestRow:
    printed = "NE" if value is None else f"{value:.2f} ({low} to {high})"
    return ForestRow(label, ("127/1295 (9.8)", "252/1307 (19.3)"), printed, Estimate(value, low, high))


def forest(groups: int = 12, label: str = LONG) -> ForestDiagram:
    return ForestDiagram(
        "figure-forest",
        "Subgroups",
        "A forest plot.",
        ("Subgroup", "Indomethacin, n/N (%)", "Placebo, n/N (%)", "Risk ratio (95% CI)", "P for interaction"),
        row("All patients", 0.54, 0.35, 0.84),
        tuple(
            ForestGroup(
                f"{label} {k}" if k % 3 else "Age",
                "0.79" if k % 4 else "",
                (row("Female", 0.5, 0.3, 0.8), row(label, 1.7, 0.4, 3.0), row("Neither", None))[: 2 + k % 2],
            )
            for k in range(groups)
        ),
        "Risk ratio, logarithmic scale",
        "Favours indomethacin, which was given at once",
        "Favours placebo",
    )


def graded(counts: tuple[int, ...] = (1, 1, 2, 250, 1, 0, 3), label: str = "Streptomycin") -> GradedDiagram:
    levels = tuple(f"Level {k}" for k in range(len(counts)))
    bars = tuple(GradedBar(f"{label} {arm}", tuple((str(n), n) for n in counts)) for arm in range(3))
    panels = tuple(GradedPanel(f"grade.day_{day}", "Severity", levels, bars) for day in (30, 90))
    return GradedDiagram("figure-graded", "Graded", "Bars.", panels, "Patients, %")


def survival(arms: int = 2, label: str = "Combination", ends: float = 40.0) -> SurvivalDiagram:
    curves = tuple(
        Curve(f"{label} {arm}", ((0, 100), (10, 70), (60, ends)), (20, 180), ("1064", "41", "29", "0"))
        for arm in range(arms)
    )
    times = (("Start", 0.0), ("7", 7.0), ("91", 91.0), ("182", 182.0))
    return SurvivalDiagram(
        "figure-survival", "Survival", "Curves.", curves, times, 182.0, "Time, days", "Free of relapse, %", "At risk"
    )


def shapes(canvas: Canvas, colour: str) -> list[Shape]:
    return [item for item in canvas.items if isinstance(item, Shape) and colour in (item.stroke, item.fill)]


@pytest.mark.parametrize(
    "figure",
    [lambda: draw_forest(forest(3)), lambda: draw_graded(graded()), lambda: draw_survival(survival())],
    ids=["forest", "graded", "survival"],
)
class TestEach:
    def test_same_bytes_twice(self, figure):
        assert figure() == figure()

    def test_texts_are_those_of_the_svg_and_ticks_are_told(self, figure):
        drawn = figure()
        assert list(drawn.texts) == texts_of(drawn) and len(drawn.axes) == len(drawn.texts)
        for axis, labels in drawn.axis.items():
            assert [t for t, a in zip(drawn.texts, drawn.axes, strict=True) if a == axis] == list(labels)


# Forest plots


@pytest.mark.parametrize("label", ["Sex", LONG, ODD])
@pytest.mark.parametrize("groups", [1, 12])
def test_texts_of_a_forest_plot_do_not_meet(groups, label):
    canvas = layout_forest(forest(groups, label))
    check_sheet(canvas)
    assert min(item.size for item in canvas.items if isinstance(item, Text)) >= 6.5
    plot = canvas.boxes["plot"]
    assert plot.right - plot.left >= 85  # points: an interval can be read


def test_marks_stand_where_the_numbers_are():
    canvas = layout_forest(forest(1, "Sex"))
    plot = canvas.boxes["plot"]
    values = [float(label) for label in canvas.axis["ratio"]]

    def x(value: float) -> float:
        share = math.log(value / values[0]) / math.log(values[-1] / values[0])
        return plot.left + share * (plot.right - plot.left)

    marks = [shape for shape in canvas.items if isinstance(shape, Shape) and shape.closed and len(shape.points) == 4]
    middles = [sum(px for px, _ in mark.points) / 4 for mark in marks]
    assert middles == pytest.approx([x(0.54), x(0.5), x(1.7)])
    ends = sorted(max(px for px, _ in s.points) for s in canvas.items if isinstance(s, Shape) and s.width == 1.0)
    assert ends[-1] == pytest.approx(x(3.0))
    line = [s for s in canvas.items if isinstance(s, Shape) and s.points[0] == (pytest.approx(x(1)), plot.top)]
    assert len(line) == 1


def test_an_interval_that_leaves_the_axis_ends_in_an_arrow_at_its_edge():
    diagram = forest(1, "Sex")
    wide = ForestDiagram(**{**vars(diagram), "overall": row("All patients", 2.0, 0.001, 900.0)})
    canvas = layout_forest(wide)
    plot = canvas.boxes["plot"]
    heads = [s for s in canvas.items if isinstance(s, Shape) and s.closed and len(s.points) == 3]
    assert sorted(s.points[0][0] for s in heads) == pytest.approx([plot.left, plot.right])
    assert all(plot.left - 0.01 <= x <= plot.right + 0.01 for s in heads for x, _ in s.points)


def test_an_unlimited_interval_and_a_ratio_of_nothing_are_drawn_as_they_are():
    diagram = forest(1, "Sex")
    for estimate in (Estimate(0.0, 0.0, 3.7), Estimate(None, None, 4.0), Estimate(1.5, 0.5, None)):
        overall = ForestRow("All patients", ("0/3", "1/3"), "0.00", estimate)
        check_sheet(layout_forest(ForestDiagram(**{**vars(diagram), "overall": overall})))


def test_rows_that_differ_in_cells_are_refused():
    diagram = forest(1)
    with pytest.raises(FigureError, match="differ in their number of cells"):
        layout_forest(ForestDiagram(**{**vars(diagram), "heads": ("Subgroup", "P")}))


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.floats(60, 400))
@settings(max_examples=60, deadline=None)
def test_ticks_of_a_ratio_are_even_and_hold_one(a, b, room):
    values, labels = log_ticks(min(a, b), max(a, b), room, 7.0)
    assert 1.0 in values and [float(label) for label in labels] == values
    assert len({later / earlier for earlier, later in pairwise(values)}) == 1


# Graded outcomes


@pytest.mark.parametrize("counts", [(1, 1, 2, 250, 1, 0, 3), (0, 0, 0), (500, 1, 1, 1, 1, 1, 1), (3,), (12, 30, 44)])
@pytest.mark.parametrize("label", ["A", LONG])
def test_counts_of_bars_do_not_meet_and_all_are_printed(counts, label):
    canvas = layout_graded(graded(counts, label))
    check_sheet(canvas)
    printed = [item.text for item in canvas.items if isinstance(item, Text)]
    ticks = [tick for labels in canvas.axis.values() for tick in labels] * 2
    for n in {n for n in counts if n}:
        wanted = 6 * counts.count(n) + (ticks.count(str(n)) if str(n) in ("0", "25", "50", "75", "100") else 0)
        assert printed.count(str(n)) == wanted


def test_parts_of_a_bar_are_as_long_as_their_shares():
    canvas = layout_graded(graded((12, 36, 48)))
    plot = canvas.boxes["grade.day_30-plot"]
    parts = [s for s in canvas.items if isinstance(s, Shape) and s.stroke == "#ffffff"][:3]
    shares = [(max(x for x, _ in s.points) - min(x for x, _ in s.points)) / (plot.right - plot.left) for s in parts]
    assert shares == pytest.approx([12 / 96, 36 / 96, 48 / 96])


def test_levels_stay_apart_in_grey_and_their_counts_are_legible():
    def luminance(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for count in range(2, 9):
        greys = [luminance(colour) for colour in shades(count)]
        assert all(light > dark for light, dark in pairwise(greys))
        for colour in shades(count):
            one, other = sorted((luminance(colour), luminance(ink_on(colour))))
            assert (other + 0.05) / (one + 0.05) >= 3.9


# Survival


@pytest.mark.parametrize("arms", [1, 2, 6])
@pytest.mark.parametrize("ends", [0.0, 40.0, 70.0])
@pytest.mark.parametrize("label", ["A", LONG])
def test_texts_of_survival_curves_do_not_meet(arms, ends, label):
    check_sheet(layout_survival(survival(arms, label, ends)))


def test_columns_at_risk_that_would_meet_are_left_out_but_not_the_last():
    texts = [item.text for item in layout_survival(survival()).items if isinstance(item, Text)]
    assert "182" in texts and "91" in texts
    assert ("Start" in texts) != ("7" in texts)


def test_a_curve_falls_in_steps_to_the_end_of_the_axis():
    diagram = survival(1)
    canvas = layout_survival(diagram)
    plot = canvas.boxes["plot"]
    curve = next(s for s in shapes(canvas, "#0072B2") if len(s.points) > 2)
    wide, high = plot.right - plot.left, plot.bottom - plot.top
    at = [(182 * (x - plot.left) / wide, 100 * (plot.bottom - y) / high) for x, y in curve.points]
    wanted = [(0, 100), (10, 100), (10, 70), (60, 70), (60, 40), (182, 40)]
    assert [pytest.approx(point) for point in wanted] == at
    ticks = [s for s in shapes(canvas, "#0072B2") if len(s.points) == 2 and s.points[0][0] == s.points[1][0]]
    assert [182 * (s.points[0][0] - plot.left) / (plot.right - plot.left) for s in ticks] == pytest.approx([20, 180])


def test_the_height_of_a_curve_at_a_time():
    curve = survival().curves[0]
    assert [percent_at(curve, t) for t in (0, 9.9, 10, 60, 500)] == [100, 100, 70, 40, 40]


def test_curves_that_cannot_be_are_refused():
    diagram = survival(1)
    for steps, said in (((), "does not begin at time 0"), (((0, 100), (1, 130)), "leaves 0 to 100")):
        curve = Curve("A", steps, (), diagram.curves[0].at_risk)
        with pytest.raises(FigureError, match=said):
            layout_survival(SurvivalDiagram(**{**vars(diagram), "curves": (curve,)}))


LIMITS = ((0.0, None, None), (10.0, 70.0, 95.0), (20.0, 60.0, 90.0), (30.0, None, None), (40.0, 20.0, 60.0))


def limited(arms: int) -> SurvivalDiagram:
    """Curves with confidence limits, undefined at the start and from day 30 to 40."""
    diagram = survival(arms)
    curves = tuple(Curve(c.label, c.steps, c.censored, c.at_risk, LIMITS) for c in diagram.curves)
    return SurvivalDiagram(**{**vars(diagram), "curves": curves})


def scale(canvas: Canvas, horizon: float, time: float, percent: float) -> tuple[float, float]:
    plot = canvas.boxes["plot"]
    y = plot.bottom - percent / 100 * (plot.bottom - plot.top)
    return plot.left + time / horizon * (plot.right - plot.left), y


@pytest.mark.parametrize("arms", [1, 3])
def test_few_curves_have_bands_between_their_limits(arms):
    diagram = limited(arms)
    canvas = layout_survival(diagram)
    check_sheet(canvas)
    bands = [s for s in canvas.items if isinstance(s, Shape) and s.closed and 0 < s.opacity < 0.3]
    assert len(bands) == 2 * arms  # one for each stretch in which the limits are defined
    first = [(x, y) for x, y in bands[0].points]
    for time, percent in ((10, 95), (20, 95), (20, 90), (30, 90), (30, 60), (20, 60), (20, 70), (10, 70)):
        wanted = scale(canvas, diagram.horizon, time, percent)
        assert any(math.dist(wanted, point) < 0.01 for point in first), (time, percent)
    assert len(first) == 8


def test_many_curves_have_bars_at_the_printed_times_that_stand_side_by_side():
    diagram = limited(6)
    canvas = layout_survival(diagram)
    check_sheet(canvas)
    assert not [s for s in canvas.items if isinstance(s, Shape) and s.closed and 0 < s.opacity < 0.3]
    low, high = (scale(canvas, diagram.horizon, 0, percent)[1] for percent in (20, 60))
    bars = [s for s in canvas.items if isinstance(s, Shape) and {y for _, y in s.points} == {low, high}]
    times = [time for _, time in diagram.times if time >= 40]
    assert len(bars) == 6 * len(times)
    places = sorted({round(bar.points[0][0], 3) for bar in bars})
    assert len(places) == len(bars) and max(places) <= canvas.boxes["plot"].right + 0.01
    assert all(b - a > 1.5 for a, b in pairwise(places))


def test_lines_differ_without_their_colours():
    canvas = layout_survival(survival(6))
    kinds = {(s.dash, s.width) for s in canvas.items if isinstance(s, Shape) and len(s.points) > 3 and not s.closed}
    assert len(kinds) == 6 and len({dash for dash, _ in kinds}) == 6
    assert b"stroke-dasharray" in draw_survival(survival(6)).svg
