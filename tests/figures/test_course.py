"""Means over time, and figures of many panels: what is drawn lies where the numbers say, and fits its page."""

from itertools import pairwise

import pytest
from test_figures import check_sheet, texts_of

from report.figures.canvas import CM, FigureError
from report.figures.course import Course, CourseDiagram, CoursePanel, layout_course, places, to_scale
from report.figures.graded import HEIGHT_CM, GradedBar, GradedDiagram, GradedPanel, by_page, layout_graded
from report.figures.outcomes import Interval

VISITS = (("Before treatment", 0.0), ("2 weeks", 0.5), ("6 weeks", 1.5), ("12 months", 12.0))


def course(arms: int = 3, panels: int = 2, visits: tuple[tuple[str, float], ...] = VISITS) -> CourseDiagram:
    means = [
        tuple(Interval(50 - 4 * k - a, 46 - 4 * k - a, 54 - 4 * k - a) for k, _ in enumerate(visits))
        for a in range(arms)
    ]
    drawn = tuple(
        CoursePanel(f"pain{n}", "Pain", "Pain, mm", visits, tuple(Course(one) for one in means), "lower is better")
        for n in range(panels)
    )
    return CourseDiagram(
        "figure-course", "Means", "Means.", drawn, tuple(f"A long name of arm {a}" for a in range(arms))
    )


@pytest.mark.parametrize(("arms", "panels"), [(1, 1), (2, 2), (6, 2)])
def test_no_text_of_means_over_time_meets_another_and_the_figure_fits_its_page(arms: int, panels: int) -> None:
    canvas = layout_course(course(arms, panels))
    check_sheet(canvas)
    assert canvas.height <= HEIGHT_CM * CM
    assert [text for text in texts_of(canvas.finish()) if text.startswith("A long name")] == [
        f"A long name of arm {a}" for a in range(arms)
    ]


def test_visits_stand_at_their_distances_in_time_where_their_labels_have_room() -> None:
    even = (("Start", 0.0), ("2 months", 2.0), ("3 months", 3.0), ("8 months", 8.0))
    assert to_scale(even)
    assert places(even, 0, 80) == [0, 20, 30, 80]
    assert not to_scale(VISITS)
    steps = [later - earlier for earlier, later in pairwise(places(VISITS, 0, 90))]
    assert steps == [30, 30, 30]


def test_a_mean_that_is_not_known_is_left_out_and_the_line_goes_on() -> None:
    visits = VISITS[:3]
    known = Interval(10.0, 9.0, 11.0)
    panel = CoursePanel("pain", "Pain", "Pain, mm", visits, (Course((known, None, Interval(5.0))),))
    canvas = layout_course(CourseDiagram("figure-course", "Means", "Means.", (panel,), ("A",)))
    check_sheet(canvas)
    with pytest.raises(FigureError, match="another number of means"):
        short = CoursePanel("pain", "Pain", "Pain, mm", visits, (Course((known,)),))
        layout_course(CourseDiagram("figure-course", "Means", "Means.", (short,), ("A",)))


@pytest.mark.parametrize(("panels", "arms", "parts"), [(1, 6, [1]), (4, 6, [2, 2]), (4, 2, [4]), (9, 2, [3, 3, 3])])
def test_graded_panels_are_parted_so_that_each_figure_fits_its_page(panels: int, arms: int, parts: list[int]) -> None:
    levels = tuple(f"Level {k}" for k in range(4))
    bars = tuple(GradedBar(f"Arm {a}", tuple((str(n), n) for n in (0, 1, 1, 200))) for a in range(arms))
    made = tuple(GradedPanel(f"grade{k}", "Severity", levels, bars) for k in range(panels))
    assert by_page(made) == parts
    at = 0
    for count in parts:
        canvas = layout_graded(GradedDiagram("figure-graded", "Graded", "Bars.", made[at : at + count], "Patients, %"))
        assert canvas.height <= HEIGHT_CM * CM
        at += count
