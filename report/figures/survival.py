"""Survival: Kaplan–Meier curves as steps with ticks of censoring, the arms' names beside them, patients at risk below.

The lines differ in their strokes too, not only in colour. Few curves have their confidence limits as bands; the bands
of many would hide each other, so these have bars at the printed times, side by side.

Every curve begins at time 0 and 100 per cent. The table of patients at risk has a column for each time that is given;
one whose texts would meet those of a later column is left out.
"""

from dataclasses import dataclass

from report.figures.canvas import (
    ASCENT,
    CM,
    DESCENT,
    RULE,
    SOFT_INK,
    Canvas,
    Figure,
    FigureError,
    Rect,
    text_width,
    wrap,
)
from report.figures.outcomes import COLOURS, MOST_ARMS, ticks

WIDTH_CM, PLOT_HEIGHT_CM = 16.0, 7.0
SIZE, LEADING = 7.5, 1.25
NAME_SHARE = 0.2  # of the sheet, the most that the arms' names take on each side
WIDTHS = (1.6, 1.1, 1.6, 1.1, 1.6, 1.1)  # of the lines: neighbours differ in grey too
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 1.8), (1.5, 1.5), (7, 1.6, 1.5, 1.6), (9, 2.5), (3.5, 1.4, 1.2, 1.4))
MOST_BANDS = 3  # curves whose bands can be told apart
BAND_OPACITY = 0.16
SAMPLE = 22.0  # of a line's strokes, beside its name where the curves are many
BAR_STEP = 2.6  # between two bars at one time


@dataclass(frozen=True)
class Curve:
    """An arm. `steps` are (time, percent) at each fall, from (0, 100) on; `censored` the times of ticks; `at_risk` is
    printed under each of the diagram's times; `limits` are (time, lower, upper) percent from each fall on, None where
    they are not defined."""

    label: str
    steps: tuple[tuple[float, float], ...]
    censored: tuple[float, ...]
    at_risk: tuple[str, ...]
    limits: tuple[tuple[float, float | None, float | None], ...] = ()


@dataclass(frozen=True)
class SurvivalDiagram:
    """`times` are (what is printed, time) of the columns of patients at risk; the axis ends at `horizon`."""

    id: str
    title: str
    description: str
    curves: tuple[Curve, ...]
    times: tuple[tuple[str, float], ...]
    horizon: float
    time_label: str
    share_label: str
    risk_label: str


def draw_survival(diagram: SurvivalDiagram) -> Figure:
    return layout_survival(diagram).finish()


def percent_at(curve: Curve, time: float) -> float:
    """The curve's height at a time: that of the last step at or before it."""
    return [percent for at, percent in curve.steps if at <= time][-1]


def limits_at(curve: Curve, time: float) -> tuple[float, float] | None:
    """The confidence limits at a time: those of the last step at or before it."""
    found = [(low, high) for at, low, high in curve.limits if at <= time]
    low, high = found[-1] if found else (None, None)
    return None if low is None or high is None else (low, high)


def layout_survival(diagram: SurvivalDiagram) -> Canvas:
    _check(diagram)
    return _Layout(diagram).draw()


def _check(diagram: SurvivalDiagram) -> None:
    if not 1 <= len(diagram.curves) <= MOST_ARMS:
        raise FigureError(f"A figure of survival has 1 to {MOST_ARMS} curves, not {len(diagram.curves)}.")
    for curve in diagram.curves:
        if not curve.steps or curve.steps[0][0] > 0:
            raise FigureError(f"The curve {curve.label!r} does not begin at time 0.")
        if any(not 0 <= percent <= 100 for _, percent in curve.steps):
            raise FigureError(f"The curve {curve.label!r} leaves 0 to 100 per cent.")
        if len(curve.at_risk) != len(diagram.times):
            raise FigureError(f"The curve {curve.label!r} has patients at risk at other times than the figure.")


class _Layout:
    def __init__(self, diagram: SurvivalDiagram) -> None:
        self.diagram = diagram
        self.canvas = Canvas(diagram.id, diagram.title, diagram.description, WIDTH_CM * CM)
        widest = max(text_width(curve.label, SIZE, True) for curve in diagram.curves)
        most = NAME_SHARE * self.canvas.width
        self.names = [wrap(curve.label, min(widest, most) + 0.01, SIZE, True)[0] for curve in diagram.curves]
        room = max(text_width(line, SIZE, True) for lines in self.names for line in lines)
        side = 2 * LEADING * SIZE + text_width("100", SIZE) + SIZE
        first = max((text_width(text, SIZE) for curve in diagram.curves for text in curve.at_risk[:1]), default=0.0)
        self.left = max(side, room + first / 2 + SIZE)
        self.sample = SAMPLE if len(diagram.curves) > MOST_BANDS else 0.0
        self.right = self.canvas.width - room - 0.8 * SIZE - self.sample
        names = sum((len(lines) * LEADING + 0.2) * SIZE for lines in self.names)
        self.top = 0.6 * SIZE
        self.bottom = self.top + max(PLOT_HEIGHT_CM * CM, names)

    def x(self, time: float) -> float:
        return self.left + time / self.diagram.horizon * (self.right - self.left)

    def y(self, percent: float) -> float:
        return self.bottom - percent / 100 * (self.bottom - self.top)

    def draw(self) -> Canvas:
        self.axes()
        with self.canvas.group("curves"):
            if len(self.diagram.curves) <= MOST_BANDS:
                for number, curve in enumerate(self.diagram.curves):
                    self.band(number, curve)
            else:
                self.bars()
            for number, curve in enumerate(self.diagram.curves):
                self.curve(number, curve)
            self.labels()
        self.canvas.height = self.at_risk(self.bottom + (0.8 + 2 * LEADING) * SIZE)
        self.canvas.boxes["plot"] = Rect(self.left, self.top, self.right, self.bottom)
        return self.canvas

    def axes(self) -> None:
        canvas, d = self.canvas, self.diagram
        values, labels = ticks(0, 100)
        canvas.axis["share"] = labels
        middle = (self.top + self.bottom) / 2
        edge = self.left - 0.7 * SIZE - text_width("100", SIZE) - 0.6 * SIZE
        lines = wrap(d.share_label, self.bottom - self.top, SIZE)[0]
        for number, line in enumerate(lines):
            back = (len(lines) - 1 - number) * LEADING * SIZE
            canvas.text(edge - back, middle, line, SIZE, anchor="middle", upright=False)
        for value, label in zip(values, labels, strict=True):
            y = self.y(value)
            canvas.line((self.left, y), (self.right, y), stroke="#dddddd", width=0.5)
            canvas.line((self.left - 0.4 * SIZE, y), (self.left, y), width=0.7)
            canvas.text(self.left - 0.7 * SIZE, y + 0.36 * SIZE, label, SIZE, anchor="end", axis="share")
        canvas.line((self.left, self.top), (self.left, self.bottom), width=0.7)
        canvas.line((self.left, self.bottom), (self.right, self.bottom), width=0.7)
        base = self.bottom + (0.7 + ASCENT) * SIZE
        values, labels = ticks(0, d.horizon)
        canvas.axis["time"] = labels
        for value, label in zip(values, labels, strict=True):
            canvas.line((self.x(value), self.bottom), (self.x(value), self.bottom + 0.4 * SIZE), width=0.7)
            canvas.text(self.x(value), base, label, SIZE, anchor="middle", axis="time")
        canvas.text((self.left + self.right) / 2, base + LEADING * SIZE, d.time_label, SIZE, anchor="middle")

    def curve(self, number: int, curve: Curve) -> None:
        colour = COLOURS[number]
        end = self.diagram.horizon
        points = [(self.x(0), self.y(curve.steps[0][1]))]
        for time, percent in curve.steps[1:]:
            if time > end:
                break
            points += [(self.x(time), points[-1][1]), (self.x(time), self.y(percent))]
        points.append((self.x(end), points[-1][1]))
        self.canvas.line(*points, stroke=colour, width=WIDTHS[number], dash=DASHES[number])
        for time in curve.censored:
            if time <= end:
                x, y = self.x(time), self.y(percent_at(curve, time))
                self.canvas.line((x, y - 0.35 * SIZE), (x, y + 0.35 * SIZE), stroke=colour, width=0.8)

    def band(self, number: int, curve: Curve) -> None:
        """A step band between the limits, a piece for each stretch of time in which both are defined."""
        end = self.diagram.horizon
        known = [step for step in curve.limits if step[0] <= end]
        pieces: list[list[tuple[float, float, float, float]]] = [[]]
        for here, (start, low, high) in enumerate(known):
            stop = known[here + 1][0] if here + 1 < len(known) else end
            if low is None or high is None:
                pieces.append([])
            elif stop > start:
                pieces[-1].append((start, stop, low, high))
        for piece in pieces:
            if piece:
                upper = [(self.x(t), self.y(high)) for start, stop, _, high in piece for t in (start, stop)]
                lower = [(self.x(t), self.y(low)) for start, stop, low, _ in reversed(piece) for t in (stop, start)]
                self.canvas.polygon(*upper, *lower, fill=COLOURS[number], opacity=BAND_OPACITY)

    def bars(self) -> None:
        """The limits of all curves at each printed time, side by side, the last ones left of the axis' end."""
        count = len(self.diagram.curves)
        for _, time in self.diagram.times:
            if not 0 < time <= self.diagram.horizon:
                continue
            first = min(self.x(time) - (count - 1) / 2 * BAR_STEP, self.right - (count - 1) * BAR_STEP)
            for number, curve in enumerate(self.diagram.curves):
                limits, x = limits_at(curve, time), first + number * BAR_STEP
                if limits is None:
                    continue
                low, high, colour = self.y(limits[0]), self.y(limits[1]), COLOURS[number]
                self.canvas.line((x, low), (x, high), stroke=colour, width=0.9, opacity=0.7)
                for y in (low, high):
                    self.canvas.line((x - 0.8, y), (x + 0.8, y), stroke=colour, width=0.9, opacity=0.7)

    def labels(self) -> None:
        """The arms' names right of their curves' ends, moved apart where they would meet."""
        ends = [self.y(percent_at(curve, self.diagram.horizon)) for curve in self.diagram.curves]
        order = sorted(range(len(ends)), key=lambda k: (ends[k], k))
        heights = [len(lines) * LEADING * SIZE for lines in self.names]
        tops: dict[int, float] = {}
        edge = self.top - SIZE
        for k in order:
            tops[k] = max(edge, ends[k] - heights[k] / 2)
            edge = tops[k] + heights[k] + 0.2 * SIZE
        limit = self.bottom + 0.5 * SIZE
        for k in reversed(order):
            tops[k] = min(tops[k], limit - heights[k])
            limit = tops[k] - 0.2 * SIZE
        for k, lines in enumerate(self.names):
            middle = tops[k] + heights[k] / 2
            if abs(middle - ends[k]) > 0.3 * SIZE:
                start, stop = (self.right + 0.1 * SIZE, ends[k]), (self.right + 0.6 * SIZE, middle)
                self.canvas.line(start, stop, stroke=COLOURS[k], width=0.6)
            if self.sample:
                left = self.right + 0.6 * SIZE
                stop = (left + self.sample - 0.3 * SIZE, middle)
                self.canvas.line((left, middle), stop, stroke=COLOURS[k], width=WIDTHS[k], dash=DASHES[k])
            for number, line in enumerate(lines):
                y = tops[k] + number * LEADING * SIZE + ASCENT * SIZE + 0.1 * SIZE
                self.canvas.text(self.right + 0.8 * SIZE + self.sample, y, line, SIZE, bold=True)

    def columns(self) -> list[int]:
        """The columns of patients at risk that can stand side by side, the last ones first."""
        d = self.diagram
        kept: list[int] = []
        edge = self.canvas.width + 1.0
        for k in sorted(range(len(d.times)), key=lambda k: -d.times[k][1]):
            texts = [d.times[k][0], *(curve.at_risk[k] for curve in d.curves)]
            half = max(text_width(text, SIZE) for text in texts) / 2
            if self.x(d.times[k][1]) + half + 0.6 * SIZE <= edge:
                kept.append(k)
                edge = self.x(d.times[k][1]) - half
        return kept[::-1]

    def at_risk(self, top: float) -> float:
        """The table below the axis, a row for each arm. Returns where the figure ends."""
        canvas, d = self.canvas, self.diagram
        y = top + (0.8 + ASCENT) * SIZE
        with canvas.group("risk"):
            canvas.text(0, y, d.risk_label, SIZE, bold=True)
            y += LEADING * SIZE
            kept = self.columns()
            for k in kept:
                canvas.text(self.x(d.times[k][1]), y, d.times[k][0], SIZE, anchor="middle", colour=SOFT_INK)
            y += 0.4 * SIZE
            canvas.line((0, y), (self.right, y), stroke=RULE, width=0.4)
            y += LEADING * SIZE
            for number, curve in enumerate(d.curves):
                for line, text in enumerate(self.names[number]):
                    canvas.text(0, y + line * LEADING * SIZE, text, SIZE, bold=True)
                for k in kept:
                    canvas.text(self.x(d.times[k][1]), y, curve.at_risk[k], SIZE, anchor="middle")
                y += len(self.names[number]) * LEADING * SIZE
        return y - LEADING * SIZE + (DESCENT + 0.2) * SIZE
