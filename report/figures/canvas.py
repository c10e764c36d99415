"""A sheet to draw on: shapes and one-line texts at known places, written out as SVG and as PNG.

Lengths are points (1/72 inch), the origin is the top left corner, y grows downwards. A layout puts items on a
`Canvas`; `finish` turns the same items into both files, so that the two cannot differ. The SVG is written here,
text as text, without style sheet, date or software version: two of them can stand in one HTML page, and equal input
gives equal bytes. Only the PNG needs matplotlib, which is imported when it is drawn.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

CM = 72 / 2.54
DPI = 300
FAMILIES = "DejaVu Sans, Verdana, Arial, sans-serif"  # the first two are the widest: what fits in them fits in all
ASCENT, DESCENT = 0.80, 0.24  # of the font size: from the baseline to the top of a bracket, to the foot of a p

INK = "#222222"
SOFT_INK = "#555555"
RULE = "#8a8a8a"
PALE = "#e6ebf0"

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


class FigureError(ValueError):
    """What was asked for cannot be drawn; the message says what and how to mend it."""


@dataclass(frozen=True)
class Figure:
    """A drawn figure. `texts` are the strings of its `<text>` elements in document order, `axes` for each of them the
    axis whose tick it is ('' for all else), `axis` the tick labels of each axis."""

    id: str
    svg: bytes
    png: bytes
    texts: tuple[str, ...]
    axes: tuple[str, ...]
    width_cm: float
    height_cm: float
    axis: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rect:
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> Point:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def holds(self, other: "Rect", slack: float = 0.01) -> bool:
        return (
            self.left - slack <= other.left
            and self.top - slack <= other.top
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )

    def meets(self, other: "Rect", slack: float = 0.01) -> bool:
        return (
            self.left < other.right - slack
            and other.left < self.right - slack
            and self.top < other.bottom - slack
            and other.top < self.bottom - slack
        )


@dataclass(frozen=True)
class Text:
    """One line of text; `x`, `y` is the anchor on the baseline. `upright` false turns it a quarter, to read upwards."""

    x: float
    y: float
    text: str
    size: float
    anchor: Anchor = "start"
    bold: bool = False
    upright: bool = True
    colour: str = INK
    group: str = ""
    axis: str = ""

    @property
    def box(self) -> Rect:
        width = text_width(self.text, self.size, self.bold)
        before = {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        up, down = ASCENT * self.size, DESCENT * self.size
        if self.upright:
            return Rect(self.x - before, self.y - up, self.x - before + width, self.y + down)
        return Rect(self.x - up, self.y + before - width, self.x + down, self.y + before)


@dataclass(frozen=True)
class Shape:
    """A line or polygon through `points`, or with `radius` a circle about its only point."""

    points: tuple[Point, ...]
    closed: bool = False
    radius: float | None = None
    fill: str | None = None
    stroke: str | None = INK
    width: float = 0.8
    opacity: float = 1.0
    round: bool = False
    group: str = ""
    dash: tuple[float, ...] = ()


@dataclass
class Canvas:
    """Items in the order in which they are painted and read, and the named boxes that texts must stay in."""

    id: str
    title: str
    description: str
    width: float
    height: float = 0.0
    items: list[Text | Shape] = field(default_factory=list)
    boxes: dict[str, Rect] = field(default_factory=dict)
    axis: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _group: str = ""

    @contextmanager
    def group(self, name: str) -> Iterator[None]:
        """Items drawn inside stand in one `<g>` with the id `<figure>-<name>`."""
        outer, self._group = self._group, name
        try:
            yield
        finally:
            self._group = outer

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        anchor: Anchor = "start",
        bold: bool = False,
        upright: bool = True,
        colour: str = INK,
        axis: str = "",
    ) -> None:
        """One line of text; ``axis``: it is a tick of that axis."""
        self.items.append(Text(x, y, text, size, anchor, bold, upright, colour, self._group, axis))

    def line(
        self,
        *points: Point,
        stroke: str = INK,
        width: float = 0.8,
        opacity: float = 1.0,
        round: bool = False,
        dash: tuple[float, ...] = (),
    ) -> None:
        """``dash``: lengths of strokes and gaps in turn, none for a whole line."""
        shape = Shape(points, stroke=stroke, width=width, opacity=opacity, round=round, group=self._group, dash=dash)
        self.items.append(shape)

    def polygon(
        self, *points: Point, fill: str | None, stroke: str | None = None, width: float = 0.8, opacity: float = 1.0
    ) -> None:
        self.items.append(Shape(points, True, None, fill, stroke, width, opacity, group=self._group))

    def circle(
        self, x: float, y: float, radius: float, fill: str, stroke: str | None = None, width: float = 0.8,
        opacity: float = 1.0,
    ) -> None:  # fmt: skip
        self.items.append(Shape(((x, y),), True, radius, fill, stroke, width, opacity, group=self._group))

    def rect(self, rect: Rect, fill: str | None, stroke: str | None = None, width: float = 0.8) -> None:
        corners = ((rect.left, rect.top), (rect.right, rect.top), (rect.right, rect.bottom), (rect.left, rect.bottom))
        self.polygon(*corners, fill=fill, stroke=stroke, width=width)

    def arrow(self, *points: Point, head: float, stroke: str = INK, width: float = 0.8) -> None:
        """A line that ends in a filled head at its last point; its last stretch is horizontal or vertical."""
        (x0, y0), (x1, y1) = points[-2:]
        dx, dy = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
        back = (x1 - dx * head, y1 - dy * head)
        half = head * 0.42
        self.line(*points[:-1], back, stroke=stroke, width=width)
        left, right = (back[0] - dy * half, back[1] - dx * half), (back[0] + dy * half, back[1] + dx * half)
        self.polygon((x1, y1), left, right, fill=stroke)

    def finish(self) -> Figure:
        texts = [item for item in self.items if isinstance(item, Text)]
        return Figure(
            self.id,
            _svg(self),
            _png(self),
            tuple(item.text for item in texts),
            tuple(item.axis for item in texts),
            round((self.width + 2 * BORDER) / CM, 4),
            round((self.height + 2 * BORDER) / CM, 4),
            dict(self.axis),
        )


# Words and their widths


def font_folder() -> Path:
    """The folder of the DejaVu fonts that figures are measured with (matplotlib's own): give it to typst."""
    spec = find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        raise FigureError("matplotlib is not installed; figures need its fonts. Install everynumber's dependencies.")
    return Path(spec.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"


def _font_file(bold: bool) -> Path:
    return font_folder() / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")


@cache
def _advances(bold: bool) -> dict[int, float]:
    """Width of each character that the font has, for a font size of one."""
    from fontTools.ttLib import TTFont

    with TTFont(_font_file(bold), lazy=True) as font:
        widths = font["hmtx"].metrics
        per_em: int = font["head"].unitsPerEm
        return {code: widths[glyph][0] / per_em for code, glyph in font.getBestCmap().items()}


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width without kerning, which only narrows; a character that DejaVu lacks counts as a full square."""
    advances = _advances(bold)
    return size * sum(advances.get(ord(character), 1.0) for character in text)


_SPACES = re.compile(r"[ \t\r\n\f\v]+")  # not the no-break space
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """What a viewer shows of `text`: runs of ordinary spaces are one space, characters XML forbids are replaced."""
    return _SPACES.sub(" ", _UNPRINTABLE.sub("\ufffd", text)).strip(" ")


_BRACKET = re.compile(r"\([nN] ?= ?[^()]*\)")


def wrap(text: str, width: float, size: float, bold: bool = False) -> tuple[list[str], bool]:
    """Lines of `text` no wider than `width`, and whether a word had to be cut.

    Lines break at ordinary spaces only. "(n = 30)" stays whole, and a number stays with the word after it, as long as
    the two fit into one line.
    """
    held = "\x00"
    glued = _BRACKET.sub(lambda match: match[0].replace(" ", held), clean(text))
    pieces: list[str] = []
    for word in glued.split(" "):
        before = pieces[-1] if pieces else ""
        if before and before[-1].isdigit() and text_width(f"{before} {word}".replace(held, " "), size, bold) <= width:
            pieces[-1] = before + held + word
        else:
            pieces.append(word)

    cut = False
    lines: list[str] = []
    for piece in (piece.replace(held, " ") for piece in pieces):
        if lines and text_width(f"{lines[-1]} {piece}", size, bold) <= width:
            lines[-1] += f" {piece}"
            continue
        if text_width(piece, size, bold) <= width:
            lines.append(piece)
            continue
        for word in piece.split(" "):  # wider than a line: give up what was held together, then the word
            if lines and text_width(f"{lines[-1]} {word}", size, bold) <= width:
                lines[-1] += f" {word}"
                continue
            while text_width(word, size, bold) > width and len(word) > 1:
                cut = True
                room = next(n for n in range(len(word), 0, -1) if n == 1 or text_width(word[:n], size, bold) <= width)
                head, word = word[:room], word[room:]
                lines.append(head)
            lines.append(word)
    return lines, cut


# Writing the files


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _attributes(**values: str | float | None) -> str:
    parts = []
    for name, value in values.items():
        if value is not None:
            text = value if isinstance(value, str) else _number(value)
            parts.append(f" {name.replace('_', '-')}={quoteattr(text)}")
    return "".join(parts)


def _svg_item(item: Text | Shape) -> str:
    if isinstance(item, Text):
        x, y = _number(item.x), _number(item.y)
        attributes = _attributes(
            x=x,
            y=y,
            font_size=item.size,
            font_weight="bold" if item.bold else None,
            text_anchor=None if item.anchor == "start" else item.anchor,
            fill=item.colour,
            transform=None if item.upright else f"rotate(-90 {x} {y})",
        )
        return f"<text{attributes}>{escape(item.text)}</text>"
    style = _attributes(
        fill=item.fill or "none",
        stroke=item.stroke,
        stroke_width=item.width if item.stroke else None,
        stroke_dasharray=" ".join(_number(length) for length in item.dash) or None,
        stroke_linecap="round" if item.round else None,
        stroke_linejoin="round" if item.round else None,
        opacity=None if item.opacity == 1 else item.opacity,
    )
    if item.radius is not None:
        (x0, y0) = item.points[0]
        return f"<circle{_attributes(cx=x0, cy=y0, r=item.radius)}{style}/>"
    steps = "L".join(f"{_number(x)} {_number(y)}" for x, y in item.points)
    return f'<path d="M{steps}{"Z" if item.closed else ""}"{style}/>'


# Blank points around the drawing, so that a line on its edge keeps its whole width.
BORDER = 1.0


def _svg(canvas: Canvas) -> bytes:
    prefix, edge = canvas.id, _number(-BORDER)
    width, height = _number(canvas.width + 2 * BORDER), _number(canvas.height + 2 * BORDER)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg"{_attributes(id=f"{prefix}-svg")} width="{width}pt"'
        f' height="{height}pt" viewBox="{edge} {edge} {width} {height}" role="img"'
        f"{_attributes(aria_labelledby=f'{prefix}-title {prefix}-desc')} font-family={quoteattr(FAMILIES)}>",
        f"<title{_attributes(id=f'{prefix}-title')}>{escape(clean(canvas.title))}</title>",
        f"<desc{_attributes(id=f'{prefix}-desc')}>{escape(clean(canvas.description))}</desc>",
        f'<rect x="{edge}" y="{edge}" width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for name, items in groupby(canvas.items, key=lambda item: item.group):
        body = "\n".join(_svg_item(item) for item in items)
        out.append(f"<g{_attributes(id=f'{prefix}-{name}')}>\n{body}\n</g>" if name else body)
    return "\n".join([*out, "</svg>", ""]).encode()


# A reader's own matplotlibrc must not change the picture: settings of these kinds are put back to matplotlib's own.
_OWN_SETTINGS = ("agg.", "figure.", "font.", "lines.", "patch.", "path.", "text.")


def _png(canvas: Canvas) -> bytes:
    import warnings

    from matplotlib import rc_context, rcParamsDefault
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Sheet
    from matplotlib.font_manager import FontProperties
    from matplotlib.patches import Circle, PathPatch
    from matplotlib.path import Path as Outline
    from matplotlib.text import Text as Label
    from matplotlib.transforms import Affine2D
    from PIL import Image

    sides: dict[Anchor, Literal["left", "center", "right"]] = {"start": "left", "middle": "center", "end": "right"}
    fonts = {bold: _font_file(bold) for bold in (False, True)}
    own: Any = {key: value for key, value in rcParamsDefault.items() if key.startswith(_OWN_SETTINGS)}
    with rc_context({**own, "text.hinting": "none"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        size = (canvas.width + 2 * BORDER) / 72, (canvas.height + 2 * BORDER) / 72
        sheet = Sheet(figsize=size, dpi=DPI, facecolor="white", edgecolor="none")
        agg: Any = FigureCanvasAgg(sheet)
        place = (
            Affine2D().scale(1 / 72, -1 / 72).translate(BORDER / 72, (canvas.height + BORDER) / 72)
            + sheet.dpi_scale_trans
        )
        for order, item in enumerate(canvas.items):
            artist: Any
            if isinstance(item, Text):
                artist = Label(
                    item.x,
                    item.y,
                    item.text,
                    color=item.colour,
                    fontproperties=FontProperties(fname=fonts[item.bold], size=item.size),
                    horizontalalignment=sides[item.anchor],
                    verticalalignment="baseline",
                    rotation=0 if item.upright else 90,
                    rotation_mode="anchor",
                    parse_math=False,
                )
            else:
                style = {
                    "facecolor": item.fill or "none",
                    "edgecolor": item.stroke or "none",
                    "linewidth": item.width if item.stroke else 0,
                    "alpha": item.opacity,
                    "capstyle": "round" if item.round else "butt",
                    "joinstyle": "round" if item.round else "miter",
                    # matplotlib counts dashes in widths of the line
                    "linestyle": (0, tuple(length / item.width for length in item.dash)) if item.dash else "solid",
                }
                if item.radius is not None:
                    artist = Circle(item.points[0], item.radius, **style)
                else:
                    points: Sequence[Point] = (*item.points, item.points[0]) if item.closed else item.points
                    artist = PathPatch(Outline(points, closed=item.closed), **style)
            artist.set_transform(place)
            artist.set_zorder(order)
            sheet.add_artist(artist)
        agg.draw()
        picture = Image.frombuffer("RGBA", agg.get_width_height(), agg.buffer_rgba(), "raw", "RGBA", 0, 1)
        picture = picture.convert("RGB")
    out = BytesIO()
    picture.save(out, format="PNG", dpi=(DPI, DPI), compress_level=3)
    return out.getvalue()
