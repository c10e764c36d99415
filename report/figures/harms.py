"""A dot plot of adverse events: in each row how often a term was seen in each arm, and beside it the risk differences.

Arms differ by the shape of their marks as well as by colour; a risk difference bears the mark of the arm that is
compared. Labels are as wide as their texts, up to a share of the sheet; the two plots share the rest. Where the rows
are too many for a page, the type becomes smaller.
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
from report.figures.outcomes import COLOURS, MOST_ARMS, mark_of_arm, ticks

WIDTH_CM, HEIGHT_CM = 16.0, 21.0
SIZES = (7.5, 7.0, 6.5)
LEADING, GAP = 1.25, 1.6
LABEL_SHARE = 0.36
SIDE = 0.35  # of the range of the differences, the least that either side of no difference shows
STEP, CLOSE = 0.62, 0.45  # from one arm's mark to the next in a row, of the type's size; where arms are many
MANY = 4


@dataclass(frozen=True)
class HarmDifference:
    """A risk difference in percentage points with its limits; None where it could not be estimated.

    ``arm`` is the place of the arm that is compared.
    """

    arm: int
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class HarmRow:
    """A term, or with ``percents`` empty the heading of a class. ``percents``: of each arm, None where not known."""

    label: str
    percents: tuple[float | None, ...] = ()
    differences: tuple[HarmDifference, ...] = ()


@dataclass(frozen=True)
class HarmsDiagram:
    """`percent_head` and `difference_head` stand above the plots, `left` and `right` under the sides of the second."""

    id: str
    title: str
    description: str
    arms: tuple[str, ...]
    rows: tuple[HarmRow, ...]
    percent_head: str
    difference_head: str
    left: str = ""
    right: str = ""


def draw_harms(diagram: HarmsDiagram) -> Figure:
    return layout_harms(diagram).finish()


def layout_harms(diagram: HarmsDiagram) -> Canvas:
    """The first layout that fits a page, else the smallest."""
    if not any(row.percents for row in diagram.rows):
        raise FigureError("A dot plot of adverse events needs a term.")
    if not 1 <= len(diagram.arms) <= MOST_ARMS:
        raise FigureError(f"A dot plot of adverse events has 1 to {MOST_ARMS} arms, not {len(diagram.arms)}.")
    if any(row.percents and len(row.percents) != len(diagram.arms) for row in diagram.rows):
        raise FigureError("A row of the dot plot has not one percentage for each arm.")
    made = _Layout(diagram, SIZES[0]).draw()
    for size in SIZES[1:]:
        if made.height <= HEIGHT_CM * CM:
            break
        made = _Layout(diagram, size).draw()
    return made


class _Plot:
    """One of the two plots: where it stands, and its axis."""

    def __init__(self, name: str, left: float, right: float, low: float, high: float) -> None:
        self.name, self.left, self.right = name, left, right
        self.low, self.high = low, high if high > low else low + 1.0
        self.values, self.labels = ticks(self.low, self.high)

    def x(self, value: float) -> float:
        return self.left + (value - self.low) / (self.high - self.low) * (self.right - self.left)


class _Layout:
    def __init__(self, diagram: HarmsDiagram, size: float) -> None:
        self.diagram, self.size, self.width = diagram, size, WIDTH_CM * CM
        self.canvas = Canvas(diagram.id, diagram.title, diagram.description, self.width)
        self.step = STEP if len(diagram.arms) < MANY else CLOSE
        self.classed = any(not row.percents for row in diagram.rows)
        needed = [text_width(row.label, size, not row.percents) + self.indent(row) for row in diagram.rows]
        self.label_width = min(LABEL_SHARE * self.width, max(needed))
        half = (self.width - self.label_width - 3 * GAP * size) / 2
        percents = [p for row in diagram.rows for p in row.percents if p is not None]
        limits = [x for row in diagram.rows for d in row.differences for x in (d.value, d.low, d.high) if x is not None]
        low, high = min([0.0, *limits]), max([0.0, *limits])
        start = self.label_width + GAP * size
        self.percent = _Plot("percent", start, start + half, 0.0, 1.04 * max([1.0, *percents]))
        start += half + 1.5 * GAP * size
        least = SIDE * ((high - low) or 1.0)  # both sides of no difference have room for what they mean
        low, high = min(1.04 * low, -least), max(1.04 * high, least)
        self.difference = _Plot("difference", start, start + half, low, high)
        self.plots = self.percent, self.difference

    def indent(self, row: HarmRow) -> float:
        return self.size if self.classed and row.percents else 0.0

    def draw(self) -> Canvas:
        d, size = self.diagram, self.size
        y = top = self.heads(self.legend())
        under = len(self.canvas.items)
        with self.canvas.group("rows"):
            for number, row in enumerate(d.rows):
                y = self.row(y + (0.35 * size if not row.percents and number else 0.0), row)
        bottom = y + 0.2 * size
        grid = len(self.canvas.items)
        for plot in self.plots:
            for value in plot.values:
                soft = {"stroke": "#dddddd", "width": 0.5}
                ends = (plot.x(value), top), (plot.x(value), bottom)
                self.canvas.line(*ends, **soft)  # type: ignore[arg-type]
        zero = self.difference.x(0.0)
        self.canvas.line((zero, top), (zero, bottom), stroke=RULE, width=0.8)
        drawn = self.canvas.items[grid:]
        del self.canvas.items[grid:]
        self.canvas.items[under:under] = drawn  # under the marks
        self.canvas.height = self.axes(bottom)
        for plot in self.plots:
            self.canvas.boxes[plot.name] = Rect(plot.left, top, plot.right, bottom)
        return self.canvas

    def legend(self) -> float:
        """The mark of each arm with its name, side by side where there is room. Returns where it ends."""
        size, x, y = self.size, 0.0, (ASCENT + 0.1) * self.size
        with self.canvas.group("key"):
            for number, label in enumerate(self.diagram.arms):
                lines = wrap(label, self.width - 1.2 * size, size)[0]
                wide = 1.2 * size + max(text_width(line, size) for line in lines)
                if x and x + wide > self.width:
                    x, y = 0.0, y + LEADING * size
                mark_of_arm(self.canvas, number, x + 0.5 * size, y - 0.32 * size, COLOURS[number])
                for k, line in enumerate(lines):
                    self.canvas.text(x + 1.2 * size, y + k * LEADING * size, line, size)
                y += (len(lines) - 1) * LEADING * size
                x += wide + 2 * size
        return y + (DESCENT + 0.6) * size

    def heads(self, y: float) -> float:
        """What the two plots show, above them, on one line at their foot."""
        size, d = self.size, self.diagram
        texts = (d.percent_head, d.difference_head)
        lines = [
            wrap(text, plot.right - plot.left, size, True)[0] for text, plot in zip(texts, self.plots, strict=True)
        ]
        depth = max(map(len, lines))
        for plot, some in zip(self.plots, lines, strict=True):
            for number, text in enumerate(some):
                at = y + (depth - len(some) + number) * LEADING * size + ASCENT * size
                self.canvas.text((plot.left + plot.right) / 2, at, text, size, anchor="middle", bold=True)
        return y + (depth * LEADING + 0.2) * size

    def row(self, y: float, row: HarmRow) -> float:
        """One term or the heading of a class. Returns where the next row begins."""
        size, indent = self.size, self.indent(row)
        bold = not row.percents
        lines = wrap(row.label, (self.width if bold else self.label_width) - indent + 0.01, size, bold)[0] or [""]
        marks = (self.step * (len(self.diagram.arms) - 1) + 0.9) * size if row.percents else 0.0
        depth = max(len(lines) * LEADING * size, marks)
        first = y + (depth - len(lines) * LEADING * size) / 2 + ASCENT * size
        for number, text in enumerate(lines):
            self.canvas.text(indent, first + number * LEADING * size, text, size, bold=bold)
        middle = y + depth / 2
        for arm, percent in enumerate(row.percents):
            if percent is not None:
                at = middle + self.shift(arm, len(row.percents))
                mark_of_arm(self.canvas, arm, self.percent.x(percent), at, COLOURS[arm])
        for number, found in enumerate(row.differences):
            self.interval(middle + self.shift(number, len(row.differences)), found)
        return y + depth + 0.25 * size

    def shift(self, number: int, count: int) -> float:
        return (number - (count - 1) / 2) * self.step * self.size

    def interval(self, y: float, found: HarmDifference) -> None:
        if found.value is None:
            return
        plot, colour = self.difference, COLOURS[found.arm]
        if found.low is not None and found.high is not None:
            self.canvas.line((plot.x(found.low), y), (plot.x(found.high), y), stroke=colour, width=1.1)
        mark_of_arm(self.canvas, found.arm, plot.x(found.value), y, colour)

    def axes(self, y: float) -> float:
        """Both axes, and what the sides of the second one mean. Returns where the figure ends."""
        size, canvas, d = self.size, self.canvas, self.diagram
        below = y + (0.6 + ASCENT) * size
        for plot in self.plots:
            canvas.axis[plot.name] = plot.labels
            canvas.line((plot.left, y), (plot.right, y), width=0.7)
            for value, label in zip(plot.values, plot.labels, strict=True):
                canvas.line((plot.x(value), y), (plot.x(value), y + 0.35 * size), width=0.7)
                canvas.text(plot.x(value), below, label, size, anchor="middle", axis=plot.name)
        end, zero = below, self.difference.x(0.0)
        before = self.percent.right
        for said, anchor, room in ((d.left, "end", zero - before - size), (d.right, "start", self.width - zero - size)):
            at = below + (LEADING + 0.15) * size
            for text in wrap(said, max(room, 6 * size), size)[0] if said else []:
                shift = 0.6 * size * (-1 if anchor == "end" else 1)
                canvas.text(zero + shift, at, text, size, anchor="end" if anchor == "end" else "start", colour=SOFT_INK)
                end, at = max(end, at), at + LEADING * size
        return end + (DESCENT + 0.2) * size
