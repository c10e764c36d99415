"""Graded outcomes: a bar for each arm, parted by level, with the counts in it.

Levels run from light to dark, so that they stay apart in grey. A count that is wider than its part of the bar stands
above it, with a fine line to it.
"""

from dataclasses import dataclass

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
    text_width,
    wrap,
)

WIDTH_CM, HEIGHT_CM = 16.0, 21.0  # the height is what fits between the margins, with a caption
SIZE, LEADING = 7.5, 1.25
BAR = 2.6 * SIZE
PALEST, DARKEST = (0xEE, 0xF3, 0xF8), (0x12, 0x38, 0x5E)
GAP = 1.6 * SIZE  # between two panels
LABEL_SHARE = 0.24  # of the sheet, the most that the arms' names take
TICKS = (0, 25, 50, 75, 100)


@dataclass(frozen=True)
class GradedBar:
    """An arm: `counts` are (what is printed, patients) for each level."""

    label: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class GradedPanel:
    """An outcome at one time."""

    id: str
    title: str
    levels: tuple[str, ...]
    bars: tuple[GradedBar, ...]


@dataclass(frozen=True)
class GradedDiagram:
    id: str
    title: str
    description: str
    panels: tuple[GradedPanel, ...]
    axis_label: str


def draw_graded(diagram: GradedDiagram) -> Figure:
    return layout_graded(diagram).finish()


def shades(count: int) -> list[str]:
    """`count` colours from light to dark, in even steps."""
    out = []
    for k in range(count):
        share = k / (count - 1) if count > 1 else 0.5
        out.append("#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(PALEST, DARKEST, strict=True)))
    return out


def ink_on(colour: str) -> str:
    """Black or white, whichever is read better on a colour (relative luminance of WCAG 2)."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return INK if luminance > 0.18 else "#ffffff"


def panel_height(panel: GradedPanel) -> float:
    """The height of one panel with a letter, in points."""
    canvas = Canvas("", "", "", WIDTH_CM * CM)
    return _Panel(canvas, panel, "A", "%").draw(0.0)


def by_page(panels: tuple[GradedPanel, ...]) -> list[int]:
    """How many panels, in order, go into each figure, so that none is higher than a page; as even as may be."""
    heights = [panel_height(panel) + GAP for panel in panels]
    counts, used = [0], 0.0
    for height in heights:
        if counts[-1] and used + height > HEIGHT_CM * CM + GAP:
            counts.append(0)
            used = 0.0
        counts[-1] += 1
        used += height
    each = -(-len(heights) // len(counts))
    even = [heights[k : k + each] for k in range(0, len(heights), each)]
    if all(sum(some) <= HEIGHT_CM * CM + GAP for some in even):
        return [len(some) for some in even]
    return counts


def layout_graded(diagram: GradedDiagram) -> Canvas:
    for panel in diagram.panels:
        if any(len(bar.counts) != len(panel.levels) for bar in panel.bars):
            raise FigureError(f"Panel {panel.id!r}: a bar has another number of parts than there are levels.")
    if not diagram.panels:
        raise FigureError("A figure of graded outcomes needs at least one panel.")
    canvas = Canvas(diagram.id, diagram.title, diagram.description, WIDTH_CM * CM)
    y = 0.0
    for number, panel in enumerate(diagram.panels):
        letter = chr(ord("A") + number % 26) if len(diagram.panels) > 1 else ""
        y = _Panel(canvas, panel, letter, diagram.axis_label).draw(y) + GAP
    canvas.height = y - GAP
    return canvas


class _Panel:
    def __init__(self, canvas: Canvas, panel: GradedPanel, letter: str, axis_label: str) -> None:
        self.canvas, self.panel, self.letter, self.axis_label = canvas, panel, letter, axis_label
        widest = max(text_width(bar.label, SIZE, True) for bar in panel.bars)
        self.left = min(widest, LABEL_SHARE * canvas.width) + SIZE
        self.right = canvas.width - text_width("100", SIZE) / 2
        self.colours = shades(len(panel.levels))

    def draw(self, top: float) -> float:
        canvas, panel = self.canvas, self.panel
        with canvas.group(panel.id):
            y = top + ASCENT * (SIZE + 2 if self.letter else SIZE + 0.5)
            indent = 0.0
            if self.letter:
                canvas.text(0, y, self.letter, SIZE + 2, bold=True)
                indent = 1.6 * (SIZE + 2)
            for line in wrap(panel.title, canvas.width - indent, SIZE + 0.5, True)[0]:
                canvas.text(indent, y, line, SIZE + 0.5, bold=True)
                y += LEADING * (SIZE + 0.5)
            y = self.key(y + 0.3 * SIZE) + 0.5 * SIZE
            first = y
            for bar in panel.bars:
                y = self.bar(bar, y)
            canvas.boxes[f"{panel.id}-plot"] = Rect(self.left, first, self.right, y)
            return self.axis(y + 0.2 * SIZE)

    def key(self, y: float) -> float:
        """Each level with its shade, in rows. Returns where the bars may begin."""
        canvas, x = self.canvas, 0.0
        swatch = 1.1 * SIZE
        for level, colour in zip(self.panel.levels, self.colours, strict=True):
            lines = wrap(level, canvas.width - swatch - SIZE, SIZE)[0]
            width = swatch + 0.5 * SIZE + max(text_width(line, SIZE) for line in lines)
            if x and x + width > canvas.width:
                x, y = 0.0, y + 1.5 * SIZE
            canvas.rect(Rect(x, y - ASCENT * SIZE, x + swatch, y - ASCENT * SIZE + swatch), colour, RULE, 0.5)
            for number, text in enumerate(lines):
                canvas.text(x + swatch + 0.5 * SIZE, y + number * LEADING * SIZE, text, SIZE)
            y += (len(lines) - 1) * LEADING * SIZE
            x += width + 1.4 * SIZE
        return y + DESCENT * SIZE

    def bar(self, bar: GradedBar, top: float) -> float:
        """One arm's bar with what must stand above it. Returns where it ends."""
        canvas = self.canvas
        whole = sum(count for _, count in bar.counts)
        edges = [self.left]
        for _, count in bar.counts:
            edges.append(edges[-1] + (count / whole if whole else 0) * (self.right - self.left))
        above = [
            k
            for k, (text, count) in enumerate(bar.counts)
            if count and text_width(text, SIZE) + 0.5 * SIZE > edges[k + 1] - edges[k]
        ]
        places = self._apart([((edges[k] + edges[k + 1]) / 2, text_width(bar.counts[k][0], SIZE)) for k in above])
        lines = wrap(bar.label, self.left - SIZE, SIZE, True)[0]
        deeper = max(0.0, len(lines) * LEADING * SIZE - BAR) / 2  # a name of many lines is as high above as below
        y = top + max(1.9 * SIZE if above else 0.5 * SIZE, 0.5 * SIZE + deeper)
        start = y + BAR / 2 - (len(lines) - 1) * LEADING * SIZE / 2 + (ASCENT - DESCENT) * SIZE / 2
        for number, text in enumerate(lines):
            canvas.text(self.left - 0.7 * SIZE, start + number * LEADING * SIZE, text, SIZE, anchor="end", bold=True)
        for k, (text, count) in enumerate(bar.counts):
            if not count:
                continue
            colour, middle = self.colours[k], (edges[k] + edges[k + 1]) / 2
            canvas.rect(Rect(edges[k], y, edges[k + 1], y + BAR), colour, "#ffffff", 0.6)
            if k in above:
                x = places[above.index(k)]
                canvas.line((middle, y + 0.2 * SIZE), (x, y - 0.45 * SIZE), stroke=SOFT_INK, width=0.5)
                canvas.text(x, y - 0.65 * SIZE, text, SIZE, anchor="middle")
            else:
                base = y + BAR / 2 + (ASCENT - DESCENT) * SIZE / 2
                canvas.text(middle, base, text, SIZE, anchor="middle", colour=ink_on(colour))
        if whole:
            canvas.rect(Rect(self.left, y, self.right, y + BAR), None, RULE, 0.5)
        return y + BAR + deeper + 0.5 * SIZE

    def _apart(self, wanted: list[tuple[float, float]]) -> list[float]:
        """Middles as near to the wanted ones as lets no two texts (middle, width) meet, inside the bar."""
        gap = 0.5 * SIZE
        out: list[float] = []
        edge = self.left - gap
        for middle, width in wanted:
            out.append(max(middle, edge + gap + width / 2))
            edge = out[-1] + width / 2
        limit = self.right + gap
        for k in range(len(out) - 1, -1, -1):
            width = wanted[k][1]
            out[k] = min(out[k], limit - gap - width / 2)
            limit = out[k] - width / 2
        return out

    def axis(self, y: float) -> float:
        canvas = self.canvas
        labels = tuple(str(tick) for tick in TICKS)
        canvas.axis[self.panel.id] = labels
        canvas.line((self.left, y), (self.right, y), width=0.7)
        base = y + (0.6 + ASCENT) * SIZE
        for tick, label in zip(TICKS, labels, strict=True):
            x = self.left + tick / 100 * (self.right - self.left)
            canvas.line((x, y), (x, y + 0.35 * SIZE), width=0.7)
            canvas.text(x, base, label, SIZE, anchor="middle", axis=self.panel.id)
        canvas.text((self.left + self.right) / 2, base + LEADING * SIZE, self.axis_label, SIZE, anchor="middle")
        return base + (LEADING + DESCENT) * SIZE
