"""A forest plot: a ratio with its interval in each subgroup, on a logarithmic axis, beside the counts it comes from.

Text columns are as wide as their texts; the plot has what is left. Where that is too little, the type becomes smaller,
then the sheet wider. An interval that leaves the axis ends in an arrow.
"""

import math
from dataclasses import dataclass, field

from report.figures.canvas import (
    ASCENT,
    CM,
    DESCENT,
    INK,
    RULE,
    Canvas,
    Figure,
    FigureError,
    Rect,
    text_width,
    wrap,
)

WIDTHS_CM = (16.0, 23.0)
SIZES = (7.5, 7.0, 6.5)
HEIGHT_CM = 21.0
LEADING, GAP = 1.25, 1.1  # of the type's size: from line to line, between columns
NARROWEST_CM = 3.2  # of the plot
LABEL_SHARE = 0.30  # of the sheet, the most that labels of rows take
WIDEST = 16.0  # the axis shows ratios from 1/16 to 16


@dataclass(frozen=True)
class Estimate:
    """A ratio and its interval; what could not be estimated is None, and is not drawn."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ForestRow:
    """`cells` are the counts of both arms; `estimate` is drawn, `printed` is how it is printed."""

    label: str
    cells: tuple[str, ...]
    printed: str
    estimate: Estimate


@dataclass(frozen=True)
class ForestGroup:
    """The levels of one variable; `p` is that of the interaction."""

    label: str
    p: str
    rows: tuple[ForestRow, ...]


@dataclass(frozen=True)
class ForestDiagram:
    """`heads` are those of the labels, of each cell, of the printed estimate and of P. `left` and `right` say what
    lies on each side of the line of no difference."""

    id: str
    title: str
    description: str
    heads: tuple[str, ...]
    overall: ForestRow
    groups: tuple[ForestGroup, ...]
    axis_label: str
    left: str = ""
    right: str = ""


def draw_forest(diagram: ForestDiagram) -> Figure:
    return layout_forest(diagram).finish()


def layout_forest(diagram: ForestDiagram) -> Canvas:
    """The first layout whose plot is wide enough and that fits a page; else the last."""
    cells = len(diagram.overall.cells)
    if any(len(row.cells) != cells for row in _rows(diagram)) or len(diagram.heads) != cells + 3:
        raise FigureError("The rows of a forest plot differ in their number of cells, or from the heads.")
    made = None
    for width in WIDTHS_CM:
        for size in SIZES:
            made = _Layout(diagram, size, width * CM)
            if made.plot_width >= NARROWEST_CM * CM and made.draw().height <= HEIGHT_CM * CM:
                return made.canvas
    assert made is not None
    return made.canvas if made.drawn else made.draw()


def _rows(diagram: ForestDiagram) -> list[ForestRow]:
    return [diagram.overall, *(row for group in diagram.groups for row in group.rows)]


def log_ticks(low: float, high: float, room: float, size: float) -> tuple[list[float], tuple[str, ...]]:
    """Ticks at powers of 2 that hold `low`..`high` and 1, or at powers of 4 where their labels need more room."""
    low, high = max(1 / WIDEST, min(low, 0.5)), min(WIDEST, max(high, 2.0))
    for base in (2, 4):
        first, last = math.floor(math.log(low, base) + 1e-9), math.ceil(math.log(high, base) - 1e-9)
        values = [float(base) ** k for k in range(first, last + 1)]
        labels = tuple(f"{value:.10f}".rstrip("0").rstrip(".") for value in values)
        widest = max(text_width(label, size) for label in labels)
        if widest + 0.5 * size <= room / (len(values) - 1):
            break
    return values, labels


@dataclass
class _Layout:
    diagram: ForestDiagram
    size: float
    width: float
    drawn: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        d, size = self.diagram, self.size
        self.canvas = Canvas(d.id, d.title, d.description, self.width)
        rows = _rows(d)
        gap = GAP * size
        most = LABEL_SHARE * self.width
        # the labels of groups may reach over the counts, which stand below them
        needed = [text_width(d.overall.label, size, True), 0.16 * self.width, text_width(d.heads[0], size, True)]
        needed += [size + text_width(row.label, size) for row in rows]
        self.label_width = min(most, max(needed))
        columns = [[row.cells[k] for row in rows] for k in range(len(d.overall.cells))]
        columns += [[row.printed for row in rows], [group.p for group in d.groups]]
        widths = [
            max([*(text_width(text, size) for text in texts), _longest_word(head, size)])
            for texts, head in zip(columns, d.heads[1:], strict=True)
        ]
        *self.cell_widths, self.printed_width, self.p_width = widths
        self.p_width = self.p_width if any(group.p for group in d.groups) else 0.0
        used = self.label_width + sum(width + gap for width in widths[:-1]) + (self.p_width + gap)
        self.plot_width = self.width - used - 2 * gap
        x = self.label_width + gap
        self.cell_x: list[float] = []
        for width in self.cell_widths:
            self.cell_x.append(x + width / 2)
            x += width + gap
        self.plot_left = x + 0.5 * gap
        self.plot_right = self.plot_left + self.plot_width
        self.printed_x = self.plot_right + 1.5 * gap + self.printed_width / 2
        self.p_x = self.width - self.p_width / 2

    def draw(self) -> Canvas:
        d, size = self.diagram, self.size
        self.drawn = True
        found = [e for row in _rows(d) for e in (row.estimate.low, row.estimate.high, row.estimate.value)]
        known = [value for value in found if value is not None and value > 0 and math.isfinite(value)]
        values, labels = log_ticks(min(known, default=1.0), max(known, default=1.0), self.plot_width, size)
        self.low, self.high = math.log(values[0]), math.log(values[-1])
        self.canvas.axis["ratio"] = labels
        y = self.heads()
        top = y
        line = len(self.canvas.items)
        with self.canvas.group("rows"):
            y = self.row(y, d.overall, bold=True)
            for group in d.groups:
                y = self.group(y + 0.35 * size, group)
        bottom = y + 0.2 * size
        x = self.x(1.0)
        self.canvas.line((x, top), (x, bottom), stroke=RULE, width=0.7)
        self.canvas.items.insert(line, self.canvas.items.pop())  # under the marks
        self.canvas.height = self.axis(bottom, values, labels)
        self.canvas.boxes["plot"] = Rect(self.plot_left, top, self.plot_right, bottom)
        return self.canvas

    def x(self, value: float) -> float:
        share = (math.log(value) - self.low) / (self.high - self.low)
        return self.plot_left + share * self.plot_width

    def heads(self) -> float:
        """The heads, standing on one line. Returns where the rows begin."""
        d, size = self.diagram, self.size
        places = [(0.0, self.label_width), *zip(self.cell_x, self.cell_widths, strict=True)]
        places += [(self.printed_x, self.printed_width), (self.p_x, self.p_width)]
        wrapped = [
            wrap(head, width + 0.01, size, True)[0] if head and width else []
            for head, (_, width) in zip(d.heads, places, strict=True)
        ]
        depth = max(map(len, wrapped))
        for column, (lines, (x, _)) in enumerate(zip(wrapped, places, strict=True)):
            for number, text in enumerate(lines):
                y = (depth - len(lines) + number) * LEADING * size + ASCENT * size
                self.canvas.text(x, y, text, size, anchor="middle" if column else "start", bold=True)
        bottom = ((depth - 1) * LEADING + ASCENT + DESCENT + 0.35) * size
        self.canvas.line((0, bottom), (self.width, bottom), stroke=RULE, width=0.5)
        return bottom + 0.35 * size

    def group(self, y: float, group: ForestGroup) -> float:
        size = self.size
        lines = wrap(group.label, self.label_width + self._free(), size, True)[0]
        for number, text in enumerate(lines):
            self.canvas.text(0, y + (ASCENT + number * LEADING) * size, text, size, bold=True)
        if group.p:
            self.canvas.text(self.p_x, y + ASCENT * size, group.p, size, anchor="middle")
        y += len(lines) * LEADING * size
        for row in group.rows:
            y = self.row(y, row)
        return y

    def _free(self) -> float:
        """What stands beside the labels of groups: nothing, up to the plot."""
        return sum(self.cell_widths) + GAP * self.size * len(self.cell_widths) - 0.5 * GAP * self.size

    def row(self, y: float, row: ForestRow, bold: bool = False) -> float:
        size, canvas = self.size, self.canvas
        indent = 0.0 if bold else size
        lines = wrap(row.label, self.label_width - indent + 0.01, size, bold)[0] or [""]
        base = y + ASCENT * size
        for number, text in enumerate(lines):
            canvas.text(indent, base + number * LEADING * size, text, size, bold=bold)
        for x, text in zip(self.cell_x, row.cells, strict=True):
            canvas.text(x, base, text, size, anchor="middle")
        self.mark(y + 0.5 * (ASCENT + DESCENT) * size, row.estimate, bold)
        canvas.text(self.printed_x, base, row.printed, size, anchor="middle")
        return y + len(lines) * LEADING * size

    def mark(self, y: float, estimate: Estimate, whole: bool) -> None:
        if estimate.value is None or not estimate.value > 0 or not math.isfinite(estimate.value):
            return
        canvas, size = self.canvas, self.size
        edge = self.plot_left, self.plot_right
        low = self.x(estimate.low) if estimate.low else edge[0] - 1
        high = self.x(estimate.high) if estimate.high and math.isfinite(estimate.high) else edge[1] + 1
        for end, limit, other in ((low, edge[0], -1), (high, edge[1], 1)):
            centre = min(max(self.x(estimate.value), edge[0]), edge[1])
            if (end - limit) * other > 0:
                canvas.arrow((centre, y), (limit, y), head=0.55 * size, width=1.0)
            else:
                canvas.line((centre, y), (end, y), width=1.0)
        x, r = self.x(estimate.value), 0.3 * size
        if not edge[0] <= x <= edge[1]:
            return
        if whole:
            canvas.polygon((x - 1.3 * r, y), (x, y - 1.3 * r), (x + 1.3 * r, y), (x, y + 1.3 * r), fill=INK)
        else:
            canvas.polygon((x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r), fill=INK)

    def axis(self, top: float, values: list[float], labels: tuple[str, ...]) -> float:
        """The axis with what it measures and what its sides mean. Returns where the figure ends."""
        d, size, canvas = self.diagram, self.size, self.canvas
        canvas.line((self.plot_left, top), (self.plot_right, top), width=0.7)
        y = top + (0.6 + ASCENT) * size
        for value, label in zip(values, labels, strict=True):
            x = self.x(value)
            canvas.line((x, top), (x, top + 0.35 * size), width=0.7)
            canvas.text(x, y, label, size, anchor="middle", axis="ratio")
        y += LEADING * size
        for text in wrap(d.axis_label, self.plot_width + 4 * size, size)[0]:
            canvas.text((self.plot_left + self.plot_right) / 2, y, text, size, anchor="middle")
            y += LEADING * size
        middle, end = self.x(1.0), y
        for said, anchor, room in ((d.left, "end", middle - size), (d.right, "start", self.width - middle - size)):
            at = y + 0.15 * size
            for text in wrap(said, room, size)[0] if said else []:
                shift = 0.6 * size * (-1 if anchor == "end" else 1)
                canvas.text(middle + shift, at, text, size, anchor="end" if anchor == "end" else "start")
                at += LEADING * size
            end = max(end, at)
        return end - LEADING * size + (DESCENT + 0.2) * size


def _longest_word(head: str, size: float) -> float:
    """The width that a head needs without cutting a word."""
    return max(text_width(word, size, True) for word in head.split(" "))
