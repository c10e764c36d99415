"""The flow of participants: stages in bands, one column for each arm.

Boxes are as large as their texts, which wrap to the width of their column; boxes of one stage are equally high. The
largest type that lets the figure fit its page is taken, on an upright page first, then wider (and so printed
smaller) where a word would have to be cut.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from report.figures.canvas import (
    ASCENT,
    CM,
    DESCENT,
    INK,
    PALE,
    Canvas,
    Figure,
    FigureError,
    Point,
    Rect,
    clean,
    text_width,
    wrap,
)

UPRIGHT_CM, UPRIGHT_HEIGHT_CM = 16.0, 21.0  # what fits between the margins of A4 and Letter
SIDEWAYS_CM, SIDEWAYS_HEIGHT_CM = 23.0, 14.5
SIZES = (8.5, 8.0, 7.5, 7.0, 6.5)
MOST_ARMS = 6
LEADING = 1.28


@dataclass(frozen=True)
class Line:
    """A line of a box; `indent` 1 and more makes it an item under the line before."""

    text: str
    indent: int = 0
    bold: bool = False


@dataclass(frozen=True)
class Box:
    lines: tuple[Line | str, ...]

    @cached_property
    def as_lines(self) -> tuple[Line, ...]:
        return tuple(Line(line) if isinstance(line, str) else line for line in self.lines)


@dataclass(frozen=True)
class TopStage:
    """A stage before the split: a box in the middle, or one that branches off to the side below it, or both."""

    label: str
    box: Box | None = None
    side: Box | None = None


@dataclass(frozen=True)
class ArmStage:
    """A stage after the split: one box for each arm, in the order of the arms."""

    label: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class FlowDiagram:
    """Neighbouring stages of one label share a band."""

    id: str
    title: str
    description: str
    top: tuple[TopStage, ...]
    arms: tuple[ArmStage, ...]
    split_label: str = ""


def draw_flow(flow: FlowDiagram) -> Figure:
    return layout_flow(flow).finish()


def layout_flow(flow: FlowDiagram) -> Canvas:
    """The first layout that fits its page without cutting a word; else the smallest one."""
    count = _check(flow)
    pages = [(UPRIGHT_CM, UPRIGHT_HEIGHT_CM), (SIDEWAYS_CM, SIDEWAYS_HEIGHT_CM)]
    tried: list[tuple[Canvas, bool]] = []
    for width, height in pages:
        for size in SIZES:
            canvas, cut = _Layout(flow, count, size, width * CM).draw()
            if not cut and canvas.height <= height * CM:
                return canvas
            tried.append((canvas, cut))
    whole = [canvas for canvas, cut in tried if not cut]
    smallest_upright = tried[len(SIZES) - 1]
    if not smallest_upright[1]:
        return smallest_upright[0]
    return (whole or [canvas for canvas, _ in tried])[-1]


def _check(flow: FlowDiagram) -> int:
    counts = {len(stage.boxes) for stage in flow.arms}
    if len(counts) != 1:
        raise FigureError(
            "The stages of a flow diagram differ in their number of boxes "
            f"({', '.join(map(str, sorted(counts))) or 'there is none'}). Give each stage one box for each arm."
        )
    count = counts.pop()
    if not 1 <= count <= MOST_ARMS:
        raise FigureError(f"A flow diagram has 1 to {MOST_ARMS} arms, not {count}. Split the figure.")
    if not any(stage.box for stage in flow.top):
        raise FigureError("A flow diagram begins with a box before the arms. Give one of the stages of `top` a box.")
    boxes = [box for stage in flow.top for box in (stage.box, stage.side) if box]
    boxes += [box for stage in flow.arms for box in stage.boxes]
    if any(not clean(line.text) for box in boxes for line in box.as_lines) or not all(box.lines for box in boxes):
        raise FigureError("A box of a flow diagram is empty or has an empty line. Leave the line out.")
    return count


@dataclass(frozen=True)
class _Row:
    text: str
    left: float
    down: float  # baseline, from the top of the block
    bold: bool
    dot: float | None  # where the mark of an item stands


@dataclass(frozen=True)
class _Block:
    """The wrapped text of one box."""

    rows: tuple[_Row, ...]
    width: float
    height: float


class _Layout:
    def __init__(self, flow: FlowDiagram, arms: int, size: float, width: float) -> None:
        self.flow, self.arms, self.size = flow, arms, size
        self.canvas = Canvas(flow.id, flow.title, flow.description, width)
        self.cut = False
        self.pad_x, self.pad_y = 0.75 * size, 0.6 * size
        self.gap = 2.2 * size  # between two boxes, for an arrow
        self.edge = 0.5  # half a line's thickness
        labels = [
            label
            for label, _ in groupby([stage.label for stages in (flow.top, flow.arms) for stage in stages])
            if clean(label)
        ]
        self.band_size = max(size - 0.5, 6.5)
        wrapped = [self._wrap(label, 12 * self.band_size, self.band_size, False) for label in labels]
        self.band_lines = dict(zip(labels, wrapped, strict=True))
        deepest = max((len(lines) for lines in wrapped), default=0)
        self.band_width = (deepest * LEADING + 0.75) * self.band_size if deepest else 0.0
        self.left = self.edge + (self.band_width + 1.1 * size if deepest else 0)
        self.right = width - self.edge
        self.between = (1.8 if arms <= 3 else 1.2) * size
        self.column = (self.right - self.left - (arms - 1) * self.between) / arms
        self.centre = (self.left + self.right) / 2

    def _wrap(self, text: str, width: float, size: float, bold: bool) -> list[str]:
        lines, cut = wrap(text, width, size, bold)
        self.cut |= cut
        return lines

    def block(self, box: Box, width: float) -> _Block:
        """`box` wrapped into `width`, padding included."""
        size = self.size
        rows: list[_Row] = []
        down, widest = 0.0, 0.0
        for number, line in enumerate(box.as_lines):
            indent = 1.05 * size * line.indent
            if number:
                down += LEADING * size + (0.0 if line.indent else 0.3 * size)
            lines = self._wrap(line.text, width - 2 * self.pad_x - indent, size, line.bold)
            for part, text in enumerate(lines):
                down += LEADING * size if part else 0
                dot = indent - 0.6 * size if line.indent and not part else None
                rows.append(_Row(text, indent, down + ASCENT * size, line.bold, dot))
                widest = max(widest, indent + text_width(text, size, line.bold))
        height = down + (ASCENT + DESCENT) * size
        return _Block(tuple(rows), widest + 2 * self.pad_x, height + 2 * self.pad_y)

    def place(self, name: str, block: _Block, rect: Rect, fill: str = "#ffffff", stroke: str | None = INK) -> None:
        canvas = self.canvas
        canvas.boxes[name] = rect
        single = len(block.rows) == 1
        top = rect.top + self.pad_y + ((rect.bottom - rect.top - block.height) / 2 if single else 0)
        with canvas.group(name):
            canvas.rect(rect, fill, stroke)
            for row in block.rows:
                x, y = rect.left + self.pad_x + row.left, top + row.down
                if row.dot is not None:
                    canvas.circle(rect.left + self.pad_x + row.dot, y - 0.27 * self.size, 0.11 * self.size, INK)
                if single:
                    canvas.text(rect.middle[0], y, row.text, self.size, anchor="middle", bold=row.bold)
                else:
                    canvas.text(x, y, row.text, self.size, bold=row.bold)

    def arrow(self, *points: Point) -> None:
        self.canvas.arrow(*points, head=0.75 * self.size)

    def band_need(self, label: str) -> float:
        lines = self.band_lines.get(label, [])
        return max((text_width(line, self.band_size) for line in lines), default=0.0) + 0.9 * self.size

    def bands(self, spans: list[tuple[str, float, float]]) -> None:
        """The bands are read before the boxes: they are put in front of them in the order of items.

        Not in bold type: PDFium reads bold words that run upwards in pieces ("Id entification")."""
        canvas = self.canvas
        boxes, canvas.items = canvas.items, []
        number = 0
        for label, group in groupby(spans, key=lambda span: span[0]):
            stretch = list(group)
            if label not in self.band_lines:
                continue
            number += 1
            name = f"band-{number}"
            rect = Rect(self.edge, stretch[0][1], self.edge + self.band_width, stretch[-1][2])
            canvas.boxes[name] = rect
            middle_x, middle_y = rect.middle
            lines = self.band_lines[label]
            size = self.band_size
            first = middle_x - (len(lines) - 1) * LEADING * size / 2 + (ASCENT - DESCENT) * size / 2
            with canvas.group(name):
                canvas.rect(rect, PALE)
                for line, text in enumerate(lines):
                    canvas.text(
                        first + line * LEADING * size,
                        middle_y,
                        text,
                        size,
                        anchor="middle",
                        upright=False,
                    )
        canvas.items += boxes

    def draw(self) -> tuple[Canvas, bool]:
        spans: list[tuple[str, float, float]] = []
        y, bottom = self.top(spans)
        y = self.split(y, bottom, spans)
        y = self.columns(y, spans)
        self.canvas.height = y + self.edge
        self.bands(spans)
        return self.canvas, self.cut

    def top(self, spans: list[tuple[str, float, float]]) -> tuple[float, float]:
        """Boxes before the split. Returns where the next row may begin and where the last box ended."""
        room = self.right - self.left
        widest = 0.58 * room
        blocks = [self.block(stage.box, widest) if stage.box else None for stage in self.flow.top]
        width = max([0.34 * room, *(block.width for block in blocks if block)])
        aside = self.centre + 2.4 * self.size
        y, trunk = self.edge, -1.0  # trunk: foot of the last box in the middle, -1 as long as there is none
        for number, (stage, block) in enumerate(zip(self.flow.top, blocks, strict=True), start=1):
            start = y
            if block:
                rect = Rect(self.centre - width / 2, y, self.centre + width / 2, y + block.height)
                if trunk >= 0:
                    self.arrow((self.centre, trunk), (self.centre, y))
                self.place(f"top-{number}", block, rect)
                y = trunk = rect.bottom
            if stage.side:
                side = self.block(stage.side, self.right - aside)
                y += 0.5 * self.gap if block else 0
                rect = Rect(aside, y, aside + side.width, y + side.height)
                self.arrow((self.centre, rect.middle[1]), (rect.left, rect.middle[1]))
                self.place(f"side-{number}", side, rect)
                y = rect.bottom
            last = number == len(self.flow.top)
            step = 0.5 * self.gap if (stage.side or (not last and not self.flow.top[number].box)) else self.gap
            same = not last and self.flow.top[number].label == stage.label
            need = 0.0 if same else self.band_need(stage.label) + 0.35 * self.size
            first = _start(spans, stage.label, start)
            floor = first + need if not last else 0.0
            y = max(y + step, floor)
            spans.append((stage.label, start, y - 0.35 * self.size))
        return y, trunk

    def split(self, y: float, trunk: float, spans: list[tuple[str, float, float]]) -> float:
        """The label of the split and the lines to the columns. Returns where the columns begin."""
        label, first, _ = spans[-1]
        start = _start(spans, label, first)
        block = None
        if clean(self.flow.split_label):
            block = self.block(Box((self.flow.split_label,)), 0.8 * (self.right - self.left))
        drop = (block.height + 0.6 * self.gap) if block else 0.0
        bar = max(y + drop, start + self.band_need(label) - 0.2 * self.gap)
        spans[-1] = (label, first, bar + 0.35 * self.gap)
        begin = bar + 1.0 * self.gap
        if block:
            rect = Rect(self.centre - block.width / 2, y, self.centre + block.width / 2, y + block.height)
            self.canvas.line((self.centre, trunk), (self.centre, rect.top))
            self.canvas.line((self.centre, rect.bottom), (self.centre, bar))
            self.place("split", block, rect, PALE, None)
        else:
            self.canvas.line((self.centre, trunk), (self.centre, bar))
        middles = [self.column_rect(arm, 0, 0).middle[0] for arm in range(self.arms)]
        if self.arms > 1:
            self.canvas.line((middles[0], bar), (middles[-1], bar))
        for x in middles:
            self.arrow((x, bar), (x, begin))
        return begin

    def column_rect(self, arm: int, top: float, bottom: float) -> Rect:
        left = self.left + arm * (self.column + self.between)
        return Rect(left, top, left + self.column, bottom)

    def columns(self, y: float, spans: list[tuple[str, float, float]]) -> float:
        for number, stage in enumerate(self.flow.arms, start=1):
            blocks = [self.block(box, self.column) for box in stage.boxes]
            if number > 1:
                for arm in range(self.arms):
                    x = self.column_rect(arm, 0, 0).middle[0]
                    self.arrow((x, y), (x, y + self.gap))
                y += self.gap
            height = max(block.height for block in blocks)
            if number == len(self.flow.arms) or self.flow.arms[number].label != stage.label:
                height = max(height, self.band_need(stage.label) - (y - _start(spans, stage.label, y)))
            for arm, block in enumerate(blocks):
                self.place(f"arm-{arm + 1}-stage-{number}", block, self.column_rect(arm, y, y + height))
            spans.append((stage.label, y, y + height))
            y += height
        return y


def _start(spans: list[tuple[str, float, float]], label: str, here: float) -> float:
    """Where the band begins that a stage at `here` belongs to."""
    for name, top, _ in reversed(spans):
        if name != label:
            break
        here = top
    return here
