"""Means over time: a panel for each outcome, in it a line for each arm through its means, each with its interval.

Visits stand at their distances in time where their labels have room for that, else at equal distances. Arms stand a
little beside each other, so that their intervals do not cover one another, and differ by shape as well as by colour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from report.figures.canvas import (
    ASCENT,
    CM,
    DESCENT,
    INK,
    SOFT_INK,
    Canvas,
    Figure,
    FigureError,
    Rect,
    clean,
    text_width,
    wrap,
)
from report.figures.outcomes import COLOURS, LEADING, LETTER, SIZE, Interval, draw_bar, mark_of_arm, ticks

WIDTH_CM = 16.0
PLOT_HEIGHT_CM = 6.6
COURSES_ON_PAGE = 2
MOST_ARMS = 6
APART = 0.75 * SIZE  # between the marks of two arms at one visit
INSET = 3.2 * SIZE  # from the axis to the first visit
_MARGIN = 10 * SIZE  # at least what stands left of a plot, where it is judged whether labels have room


@dataclass(frozen=True)
class Course:
    """One arm in one panel: its mean at each visit, None where there is none."""

    means: tuple[Interval | None, ...]


@dataclass(frozen=True)
class CoursePanel:
    """`visits` are (label, month) in order; `better` is said beside the axis."""

    id: str
    title: str
    axis_label: str
    visits: tuple[tuple[str, float], ...]
    arms: tuple[Course, ...]
    better: str = ""


@dataclass(frozen=True)
class CourseDiagram:
    """`arms` are the names of the arms, for the key."""

    id: str
    title: str
    description: str
    panels: tuple[CoursePanel, ...]
    arms: tuple[str, ...]


def draw_course(diagram: CourseDiagram) -> Figure:
    return layout_course(diagram).finish()


def places(visits: Sequence[tuple[str, float]], left: float, right: float) -> list[float]:
    """Where the visits stand between two ends: to scale where their labels have room, else at equal distances."""
    months = [month for _, month in visits]
    if to_scale(visits):
        return [left + (month - months[0]) / (months[-1] - months[0]) * (right - left) for month in months]
    return [left + k / max(1, len(visits) - 1) * (right - left) for k in range(len(visits))]


def to_scale(visits: Sequence[tuple[str, float]]) -> bool:
    """Whether the labels of all visits have room at their distances in time."""
    months = [month for _, month in visits]
    if any(later <= earlier for earlier, later in pairwise(months)):
        return False
    room = WIDTH_CM * CM - _MARGIN - 2 * INSET
    words = [max(text_width(word, SIZE) for word in label.split(" ")) for label, _ in visits]
    steps = [(later - earlier) / (months[-1] - months[0]) * room for earlier, later in pairwise(months)]
    return all((one + two) / 2 + SIZE <= step for (one, two), step in zip(pairwise(words), steps, strict=True))


def layout_course(diagram: CourseDiagram) -> Canvas:
    """Raises FigureError for no panel, too many arms, or a mean that is no number."""
    _check(diagram)
    canvas = Canvas(diagram.id, diagram.title, diagram.description, WIDTH_CM * CM)
    panels = [
        _Panel(canvas, panel, chr(ord("A") + number) if len(diagram.panels) > 1 else "")
        for number, panel in enumerate(diagram.panels)
    ]
    margin = max(panel.margin for panel in panels)
    top = 0.0
    for panel in panels:
        top = panel.draw(top, margin) + 1.4 * SIZE
    canvas.height = _key(canvas, diagram.arms, top)
    return canvas


def _check(diagram: CourseDiagram) -> None:
    if not diagram.panels:
        raise FigureError("A figure of means over time needs at least one panel.")
    for panel in diagram.panels:
        if not 1 <= len(panel.arms) <= MOST_ARMS or len(panel.arms) != len(diagram.arms):
            raise FigureError(
                f"Panel {panel.id!r} has {len(panel.arms)} arms; 1 to {MOST_ARMS}, all named, can be drawn."
            )
        if any(len(arm.means) != len(panel.visits) for arm in panel.arms):
            raise FigureError(f"Panel {panel.id!r}: an arm has another number of means than there are visits.")
        if not all(math.isfinite(value) for value in _values(panel)):
            raise FigureError(f"Panel {panel.id!r}: a mean or its interval is not a number.")


def _values(panel: CoursePanel) -> list[float]:
    found = [mean for arm in panel.arms for mean in arm.means if mean]
    return [value for one in found for value in (one.mean, one.low, one.high) if value is not None]


class _Panel:
    def __init__(self, canvas: Canvas, panel: CoursePanel, letter: str) -> None:
        self.canvas, self.panel, self.letter = canvas, panel, letter
        values = _values(panel) or [0.0, 1.0]
        self.low, self.high = min(values), max(values)
        if self.low == self.high:
            self.low, self.high = self.low - 0.5, self.high + 0.5
        self.values, self.labels = ticks(self.low, self.high)
        canvas.axis[panel.id] = self.labels
        self.tick_width = max(text_width(label, SIZE) for label in self.labels)
        self.side = wrap(panel.axis_label, PLOT_HEIGHT_CM * CM, SIZE)[0] if clean(panel.axis_label) else []
        self.soft_from = len(self.side)
        if clean(panel.better):
            self.side = self.side + wrap(panel.better, PLOT_HEIGHT_CM * CM, SIZE)[0]
        self.margin = len(self.side) * LEADING * SIZE + 0.5 * SIZE + self.tick_width + 0.8 * SIZE

    def draw(self, top: float, margin: float) -> float:
        """The panel below ``top``, its plot right of ``margin``. Returns where it ends."""
        canvas, panel = self.canvas, self.panel
        with canvas.group(panel.id):
            y = top + ASCENT * LETTER
            indent = 1.4 * LETTER if self.letter else 0.0
            if self.letter:
                canvas.text(0, y, self.letter, LETTER, bold=True)
            for line in wrap(panel.title, canvas.width - indent, SIZE + 0.5, True)[0]:
                canvas.text(indent, y, line, SIZE + 0.5, bold=True)
                y += LEADING * (SIZE + 0.5)
            self.left, self.right = margin, canvas.width
            self.top = y
            self.bottom = self.top + PLOT_HEIGHT_CM * CM
            canvas.boxes[f"{panel.id}-plot"] = Rect(self.left, self.top, self.right, self.bottom)
            self.axis()
            xs = places(panel.visits, self.left + INSET, self.right - INSET)
            for number, arm in enumerate(panel.arms):
                self.arm(number, [x + (number - (len(panel.arms) - 1) / 2) * APART for x in xs], arm)
            return self.visits(xs)

    def y(self, value: float) -> float:
        inset = 1.1 * SIZE
        share = (value - self.low) / (self.high - self.low)
        return self.bottom - inset - share * (self.bottom - self.top - 2 * inset)

    def axis(self) -> None:
        canvas, middle = self.canvas, (self.top + self.bottom) / 2
        for line, text in enumerate(self.side):
            x, colour = (line * LEADING + ASCENT) * SIZE, SOFT_INK if line >= self.soft_from else INK
            canvas.text(x, middle, text, SIZE, anchor="middle", upright=False, colour=colour)
        for value, label in zip(self.values, self.labels, strict=True):
            y = self.y(value)
            canvas.line((self.left, y), (self.right, y), stroke="#dddddd", width=0.5)
            canvas.line((self.left - 0.4 * SIZE, y), (self.left, y), width=0.7)
            canvas.text(self.left - 0.7 * SIZE, y + 0.36 * SIZE, label, SIZE, anchor="end", axis=self.panel.id)
        canvas.line((self.left, self.top), (self.left, self.bottom), width=0.7)
        canvas.line((self.left, self.bottom), (self.right, self.bottom), width=0.7)

    def arm(self, number: int, xs: list[float], arm: Course) -> None:
        canvas, colour = self.canvas, COLOURS[number]
        found = [(x, mean) for x, mean in zip(xs, arm.means, strict=True) if mean]
        for (x, mean), (next_x, after) in pairwise(found):
            canvas.line((x, self.y(mean.mean)), (next_x, self.y(after.mean)), stroke=colour, width=0.9)
        for x, mean in found:
            if mean.low is not None and mean.high is not None:
                draw_bar(canvas, x, self.y(mean.low), self.y(mean.high), colour)
            mark_of_arm(canvas, number, x, self.y(mean.mean), colour)

    def visits(self, xs: list[float]) -> float:
        """The labels of the visits under the axis. Returns where they end."""
        canvas, deepest = self.canvas, 1
        steps = [later - earlier for earlier, later in pairwise(xs)]
        room = min([2 * INSET, *steps]) if steps else 2 * INSET
        for x, (label, _) in zip(xs, self.panel.visits, strict=True):
            lines = wrap(label, room - 0.5 * SIZE, SIZE)[0]
            deepest = max(deepest, len(lines))
            canvas.line((x, self.bottom), (x, self.bottom + 0.4 * SIZE), width=0.7)
            for line, text in enumerate(lines):
                canvas.text(x, self.bottom + (0.7 + ASCENT + line * LEADING) * SIZE, text, SIZE, anchor="middle")
        return self.bottom + (0.7 + deepest * LEADING) * SIZE


def _key(canvas: Canvas, arms: Sequence[str], top: float) -> float:
    """Each arm with its mark, in rows. Returns where the figure ends."""
    x, y = 0.0, top + ASCENT * SIZE
    sample = 2.2 * SIZE
    with canvas.group("key"):
        for number, label in enumerate(arms):
            lines = wrap(label, canvas.width - sample - SIZE, SIZE)[0]
            width = sample + 0.6 * SIZE + max(text_width(line, SIZE) for line in lines)
            if x and x + width > canvas.width:
                x, y = 0.0, y + 1.6 * SIZE
            middle = y - 0.27 * SIZE
            canvas.line((x, middle), (x + sample, middle), stroke=COLOURS[number], width=0.9)
            mark_of_arm(canvas, number, x + sample / 2, middle, COLOURS[number])
            for line, text in enumerate(lines):
                canvas.text(x + sample + 0.6 * SIZE, y + line * LEADING * SIZE, text, SIZE)
            y += (len(lines) - 1) * LEADING * SIZE
            x += width + 2 * SIZE
    return y + (DESCENT + 0.15) * SIZE
