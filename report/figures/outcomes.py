"""Outcomes before and after: a panel for each outcome, in it each patient's two values and each arm's two means.

The points come without any identity and are sorted before they are drawn, so that their order tells nothing either.
Patients who share a value are spread by less than half a step of the scale, in a fixed way. Marks differ by shape as
well as by colour.
"""

import math
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from report.figures.canvas import (
    ASCENT,
    CM,
    DESCENT,
    INK,
    RULE,
    SOFT_INK,
    Canvas,
    Figure,
    FigureError,
    Rect,
    clean,
    text_width,
    wrap,
)

WIDTH_CM, WIDE_CM = 16.0, 23.0
PLOT_HEIGHT_CM = 6.2
MOST_ARMS = 6
MOST_ARMS_ABREAST = 2  # more than that, and the panels stand one under the other
MOST_ARMS_NARROW = 4
SIZE, LETTER, LEADING = 7.5, 10.0, 1.25
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")  # Okabe and Ito


@dataclass(frozen=True)
class Interval:
    """A mean and its interval; a bound that could not be estimated is None."""

    mean: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Quartiles:
    """What a box shows of patients who are too many to be shown one by one."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class ArmSeries:
    """One arm in one panel. `pairs` hold (before, after); a missing value is None, and then the other is a dot. `boxes`
    (before and after) stand in their place where patients are many."""

    label: str
    pairs: tuple[tuple[float | None, float | None], ...]
    before: Interval | None
    after: Interval | None
    boxes: tuple[Quartiles | None, ...] = ()


@dataclass(frozen=True)
class OutcomePanel:
    """`better` is said beside the axis, with an arrow to the side that `better_up` names (None: no arrow)."""

    id: str
    title: str
    axis_label: str
    range: tuple[float, float]
    times: tuple[str, str]
    arms: tuple[ArmSeries, ...]
    better: str = ""
    better_up: bool | None = None


@dataclass(frozen=True)
class OutcomesDiagram:
    """`patient_label` and `mean_label` explain thin lines and bold marks under the panels; empty ones are left out."""

    id: str
    title: str
    description: str
    panels: tuple[OutcomePanel, ...]
    patient_label: str = ""
    mean_label: str = ""


def draw_outcomes(diagram: OutcomesDiagram) -> Figure:
    return layout_outcomes(diagram).finish()


def ticks(low: float, high: float) -> tuple[list[float], tuple[str, ...]]:
    """Four to eleven even steps of 1, 2, 2.5 or 5 times a power of ten inside the range, and their labels."""
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise FigureError(
            f"An axis cannot run from {low} to {high}. Give the outcome a range whose second end is higher."
        )
    start, end = Decimal(repr(float(low))), Decimal(repr(float(high)))
    power = Decimal(10) ** ((end - start).adjusted() - 1)
    steps = [power * factor for factor in map(Decimal, ("1", "2", "2.5", "5", "10", "20", "25", "50"))]
    step = next(step for step in steps if (end - start) / step <= 6)
    first = -((-start) // step) if start < 0 else start // step + (start % step != 0)
    values = []
    value = Decimal(int(first)) * step
    while value < start:
        value += step
    while value <= end:
        values.append(value)
        value += step
    places = max(0, -int(step.normalize().as_tuple().exponent))
    labels = tuple(f"{value:.{places}f}" for value in values)
    if max(map(len, labels)) > _LONGEST and all(len(value.normalize().as_tuple().digits) <= 4 for value in values):
        labels = tuple(_as_power(value) for value in values)
    return [float(value) for value in values], tuple(label.replace("-", "\N{MINUS SIGN}") for label in labels)


_LONGEST = 10
"""Characters of the longest label of a tick that is not written as a power of ten."""


def _as_power(value: Decimal) -> str:
    """'2.5×10³⁰⁰', and '0'."""
    if value == 0:
        return "0"
    power = value.adjusted()
    digits = f"{value.scaleb(-power).normalize():f}"
    return f"{digits}×10{str(power).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def spread(pairs: list[tuple[float | None, float | None]], side: int, room: float) -> list[float]:
    """For each pair an offset between -room and room, so that pairs of one value on `side` lie apart."""
    offsets = [0.0] * len(pairs)
    counts = Counter(pair[side] for pair in pairs)
    most = max((count for value, count in counts.items() if value is not None), default=1)
    if most == 1:
        return offsets
    seen: Counter[float | None] = Counter()

    def other(index: int) -> tuple[bool, float]:
        value = pairs[index][1 - side]
        return value is None, value or 0.0

    for index in sorted(range(len(pairs)), key=other):
        value = pairs[index][side]
        if value is not None:
            offsets[index] = (seen[value] - (counts[value] - 1) / 2) * 2 * room / (most - 1)
            seen[value] += 1
    return offsets


def panels_on_page(arms: int) -> int:
    """How many panels fit a page: two rows of them, each higher than the plot by its title and labels."""
    return 4 if arms <= MOST_ARMS_ABREAST else 2


def layout_outcomes(diagram: OutcomesDiagram) -> Canvas:
    _check(diagram)
    arms = max(len(panel.arms) for panel in diagram.panels)
    width = (WIDTH_CM if arms <= MOST_ARMS_NARROW else WIDE_CM) * CM
    abreast = 2 if arms <= MOST_ARMS_ABREAST and len(diagram.panels) > 1 else 1
    canvas = Canvas(diagram.id, diagram.title, diagram.description, width)
    gutter = 1.6 * SIZE
    panel_width = (width - (abreast - 1) * gutter) / abreast
    if abreast == 1 and arms <= MOST_ARMS_ABREAST:
        panel_width = min(panel_width, 0.62 * width)
    panels = [
        _Panel(canvas, panel, chr(ord("A") + number) if len(diagram.panels) > 1 else "", panel_width)
        for number, panel in enumerate(diagram.panels)
    ]
    margin = max(panel.margin for panel in panels)
    for panel in panels:
        panel.fit(margin)
    top = 0.0
    for row in range(0, len(panels), abreast):
        line = panels[row : row + abreast]
        head = max(panel.head for panel in line)
        bottom = top
        for place, panel in enumerate(line):
            bottom = max(bottom, panel.draw(place * (panel_width + gutter), top, head))
        top = bottom + 1.4 * SIZE
    canvas.height = _key(canvas, diagram, top, arms)
    return canvas


def _check(diagram: OutcomesDiagram) -> None:
    if not diagram.panels:
        raise FigureError("A figure of outcomes needs at least one panel.")
    ids = Counter(panel.id for panel in diagram.panels)
    for panel in diagram.panels:
        if ids[panel.id] > 1:
            raise FigureError(f"Two panels have the id {panel.id!r}. Give each its own.")
        if not 1 <= len(panel.arms) <= MOST_ARMS:
            raise FigureError(f"Panel {panel.id!r} has {len(panel.arms)} arms; 1 to {MOST_ARMS} can be drawn.")
        low, high = panel.range
        for arm in panel.arms:
            values = [value for pair in arm.pairs for value in pair if value is not None]
            outside = [value for value in values if not low <= value <= high]
            if outside:
                raise FigureError(
                    f"Panel {panel.id!r}, arm {arm.label!r}: {outside[0]!r} lies outside the outcome's range "
                    f"{low!r} to {high!r}. Correct the range or the data."
                )
            for interval in (arm.before, arm.after):
                if interval and not all(
                    value is None or math.isfinite(value) for value in (interval.mean, interval.low, interval.high)
                ):
                    raise FigureError(f"Panel {panel.id!r}, arm {arm.label!r}: a mean or its interval is not a number.")


class _Panel:
    def __init__(self, canvas: Canvas, panel: OutcomePanel, letter: str, width: float) -> None:
        self.canvas, self.panel, self.letter, self.width = canvas, panel, letter, width
        view = [*panel.range]
        for arm in panel.arms:
            for interval in (arm.before, arm.after):
                if interval:
                    view += [value for value in (interval.mean, interval.low, interval.high) if value is not None]
            view += [value for box in arm.boxes if box for value in (box.low, box.high)]
        self.low, self.high = min(view), max(view)
        self.values, self.labels = self.ticks()
        canvas.axis[panel.id] = self.labels
        self.tick_width = max(text_width(label, SIZE) for label in self.labels)
        self.side_lines = wrap(panel.axis_label, PLOT_HEIGHT_CM * CM, SIZE)[0] if clean(panel.axis_label) else []
        self.better_from = len(self.side_lines)
        if clean(panel.better):
            self.side_lines = self.side_lines + wrap(panel.better, PLOT_HEIGHT_CM * CM - 4 * SIZE, SIZE)[0]
        self.margin = len(self.side_lines) * LEADING * SIZE + 0.5 * SIZE + self.tick_width + 0.8 * SIZE

    def ticks(self) -> tuple[list[float], tuple[str, ...]]:
        """Steps of the whole axis, of which those outside the outcome's range are left out, unless a wide interval
        leaves hardly any inside."""
        values, labels = ticks(self.low, self.high)
        low, high = self.panel.range
        inside = [(value, label) for value, label in zip(values, labels, strict=True) if low <= value <= high]
        if len(inside) < 2:
            return values, labels
        return [value for value, _ in inside], tuple(label for _, label in inside)

    def fit(self, margin: float) -> None:
        """Wraps the labels to the room that `margin`, left of the plot, leaves them."""
        panel, width = self.panel, self.width
        self.margin = margin
        self.slot = (width - margin) / len(panel.arms)
        self.title_lines = wrap(panel.title, width - 1.8 * LETTER, SIZE + 0.5, True)[0]
        self.arm_lines = [wrap(arm.label, self.slot - 0.8 * SIZE, SIZE, True)[0] for arm in panel.arms]
        self.time_lines = [wrap(time, 0.44 * self.slot, SIZE)[0] for time in panel.times]
        arm_depth = max(map(len, self.arm_lines))
        self.head = (
            max(len(self.title_lines) * LEADING * (SIZE + 0.5), LETTER) + (arm_depth * LEADING + 1.4) * SIZE
        )  # from the panel's top to the plot

    def draw(self, left: float, top: float, head: float) -> float:
        """The panel with its plot's top edge `head` below `top`. Returns where it ends."""
        canvas, panel = self.canvas, self.panel
        self.left, self.plot_top = left + self.margin, top + head
        self.plot_bottom = self.plot_top + PLOT_HEIGHT_CM * CM
        right = left + self.width
        canvas.boxes[f"{panel.id}-plot"] = Rect(self.left, self.plot_top, right, self.plot_bottom)
        with canvas.group(panel.id):
            y = top + ASCENT * LETTER
            if self.letter:
                canvas.text(left, y, self.letter, LETTER, bold=True)
            indent = 1.4 * LETTER if self.letter else 0.0
            for line, text in enumerate(self.title_lines):
                canvas.text(left + indent, y + line * LEADING * (SIZE + 0.5), text, SIZE + 0.5, bold=True)
            self.axis(left, right)
            for number, (arm, lines) in enumerate(zip(panel.arms, self.arm_lines, strict=True)):
                self.arm(number, arm, lines)
            return self.times()

    def y(self, value: float) -> float:
        inset = 1.1 * SIZE
        share = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)  # halves: no float holds twice the largest
        return self.plot_bottom - inset - share * (self.plot_bottom - self.plot_top - 2 * inset)

    def axis(self, left: float, right: float) -> None:
        canvas, middle = self.canvas, (self.plot_top + self.plot_bottom) / 2
        for line, text in enumerate(self.side_lines):
            x = left + (line * LEADING + ASCENT) * SIZE
            soft = line >= self.better_from
            shift = 0.0
            if soft and self.panel.better_up is not None and line == self.better_from:
                half = text_width(text, SIZE) / 2
                shaft, room = 1.5 * SIZE, 0.5 * SIZE
                x_arrow = x - 0.28 * SIZE
                if self.panel.better_up:
                    shift = (shaft + room) / 2
                    foot = middle + shift - half - room
                    canvas.arrow((x_arrow, foot), (x_arrow, foot - shaft), head=0.6 * SIZE, stroke=SOFT_INK)
                else:
                    shift = -(shaft + room) / 2
                    foot = middle + shift + half + room
                    canvas.arrow((x_arrow, foot), (x_arrow, foot + shaft), head=0.6 * SIZE, stroke=SOFT_INK)
            colour = SOFT_INK if soft else INK
            canvas.text(x, middle + shift, text, SIZE, anchor="middle", upright=False, colour=colour)
        for value, label in zip(self.values, self.labels, strict=True):
            y = self.y(value)
            canvas.line((self.left, y), (right, y), stroke="#dddddd", width=0.5)
            canvas.line((self.left - 0.4 * SIZE, y), (self.left, y), width=0.7)
            canvas.text(self.left - 0.7 * SIZE, y + 0.36 * SIZE, label, SIZE, anchor="end", axis=self.panel.id)
        canvas.line((self.left, self.plot_top), (self.left, self.plot_bottom), width=0.7)
        canvas.line((self.left, self.plot_bottom), (right, self.plot_bottom), width=0.7)

    def columns(self, number: int) -> tuple[float, float]:
        start = self.left + number * self.slot
        return start + 0.27 * self.slot, start + 0.73 * self.slot

    def arm(self, number: int, arm: ArmSeries, lines: list[str]) -> None:
        canvas, colour = self.canvas, COLOURS[number]
        before_x, after_x = self.columns(number)
        middle = (before_x + after_x) / 2
        depth = len(lines)
        for line, text in enumerate(lines):
            y = self.plot_top - 0.6 * SIZE - (depth - 1 - line) * LEADING * SIZE - DESCENT * SIZE
            canvas.text(middle, y, text, SIZE, anchor="middle", bold=True)
        if number:
            edge = self.left + number * self.slot
            canvas.line((edge, self.plot_top), (edge, self.plot_bottom), stroke=RULE, width=0.4)

        pairs = sorted(arm.pairs, key=lambda pair: tuple((value is None, value or 0.0) for value in pair))
        room = min(self.room(), 0.55 * SIZE)
        shifts = list(zip(spread(pairs, 0, room), spread(pairs, 1, room), strict=True))
        for (before, after), (up_before, up_after) in zip(pairs, shifts, strict=True):
            if before is not None and after is not None:
                ends = (before_x, self.y(before) - up_before), (after_x, self.y(after) - up_after)
                canvas.line(*ends, stroke=colour, width=0.7, opacity=0.5, round=True)
            elif before is not None:
                canvas.circle(before_x, self.y(before) - up_before, 0.2 * SIZE, colour, opacity=0.7)
            elif after is not None:
                canvas.circle(after_x, self.y(after) - up_after, 0.2 * SIZE, colour, opacity=0.7)

        for x, box in zip((before_x, after_x), arm.boxes, strict=False):
            if box is not None:
                _box(canvas, x, (self.y(box.low), self.y(box.middle), self.y(box.high)), colour)

        aside = min(0.13 * self.slot, 1.5 * SIZE)
        for x, interval in ((before_x - aside, arm.before), (after_x + aside, arm.after)):
            if interval is None:
                continue
            if interval.low is not None and interval.high is not None:
                draw_bar(canvas, x, self.y(interval.low), self.y(interval.high), colour)
            mark_of_arm(canvas, number, x, self.y(interval.mean), colour)

    def room(self) -> float:
        """A little less than half the distance between two neighbouring values of the scale."""
        values = sorted({value for arm in self.panel.arms for pair in arm.pairs for value in pair if value is not None})
        steps = [high - low for low, high in pairwise(values)]
        if not steps:
            return 0.55 * SIZE
        return 0.4 * min(steps) * abs(self.y(self.low) - self.y(self.high)) / (self.high - self.low)

    def times(self) -> float:
        canvas = self.canvas
        for number in range(len(self.panel.arms)):
            for x, lines in zip(self.columns(number), self.time_lines, strict=True):
                canvas.line((x, self.plot_bottom), (x, self.plot_bottom + 0.4 * SIZE), width=0.7)
                for line, text in enumerate(lines):
                    y = self.plot_bottom + (0.7 + ASCENT + line * LEADING) * SIZE
                    canvas.text(x, y, text, SIZE, anchor="middle")
        return self.plot_bottom + (0.7 + max(map(len, self.time_lines)) * LEADING) * SIZE


def draw_bar(canvas: Canvas, x: float, low: float, high: float, colour: str) -> None:
    """An interval with caps."""
    cap = 0.28 * SIZE
    canvas.line((x, low), (x, high), stroke=colour, width=1.5)
    for y in (low, high):
        canvas.line((x - cap, y), (x + cap, y), stroke=colour, width=1.5)


def _box(canvas: Canvas, x: float, heights: tuple[float, float, float], colour: str) -> None:
    """A box between the quartiles with a line at the median."""
    low, middle, high = heights
    left, right = x - 0.55 * SIZE, x + 0.55 * SIZE
    canvas.rect(Rect(left, min(low, high), right, max(low, high)), None, colour)
    canvas.line((left, middle), (right, middle), stroke=colour, width=1.2)


def mark_of_arm(canvas: Canvas, arm: int, x: float, y: float, colour: str) -> None:
    """Circle, square, triangle, diamond, triangle upside down, pentagon."""
    r = 0.36 * SIZE
    if arm == 0:
        canvas.circle(x, y, r, colour)
        return
    corners, turn, scale = {1: (4, 45, 1.25), 2: (3, 90, 1.35), 3: (4, 90, 1.3), 4: (3, -90, 1.35), 5: (5, 90, 1.2)}[
        arm
    ]
    points = []
    for corner in range(corners):
        angle = math.radians(turn + 360 * corner / corners)
        points.append((x + r * scale * math.cos(angle), y - r * scale * math.sin(angle)))
    canvas.polygon(*points, fill=colour)


def _key(canvas: Canvas, diagram: OutcomesDiagram, top: float, arms: int) -> float:
    """What thin lines and bold marks are, side by side where there is room. Returns where the figure ends."""
    x, y = 0.0, top + ASCENT * SIZE
    end = top - 1.0 * SIZE
    sample = 2.2 * SIZE
    with canvas.group("key"):
        for number, label in enumerate((diagram.patient_label, diagram.mean_label)):
            if not clean(label):
                continue
            drawn = sample if number == 0 else arms * 1.2 * SIZE
            lines, _ = wrap(label, canvas.width - drawn - 0.8 * SIZE, SIZE)
            width = drawn + 0.6 * SIZE + max(text_width(line, SIZE) for line in lines)
            if x and x + width > canvas.width:
                x, y = 0.0, end + (0.4 + ASCENT) * SIZE
            line_y = y - 0.27 * SIZE
            if number == 0 and any(arm.boxes for panel in diagram.panels for arm in panel.arms):
                _box(canvas, x + drawn / 2, (line_y + 0.5 * SIZE, line_y, line_y - 0.5 * SIZE), SOFT_INK)
            elif number == 0:
                canvas.line((x, line_y), (x + drawn, line_y), stroke=SOFT_INK, width=0.7)
            else:
                for arm in range(arms):
                    mark_x = x + (arm + 0.5) * 1.2 * SIZE
                    draw_bar(canvas, mark_x, line_y - 0.55 * SIZE, line_y + 0.55 * SIZE, COLOURS[arm])
                    mark_of_arm(canvas, arm, mark_x, line_y, COLOURS[arm])
            for line, text in enumerate(lines):
                canvas.text(x + drawn + 0.6 * SIZE, y + line * LEADING * SIZE, text, SIZE)
            end = max(end, y + (DESCENT + (len(lines) - 1) * LEADING + 0.15) * SIZE)
            x += width + 2 * SIZE
    return end
