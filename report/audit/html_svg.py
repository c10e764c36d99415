"""Which texts of an SVG drawing a reader sees, and why others are not.

A drawing is read as our own are made: shapes and one-line texts in the order in which they are drawn, with
presentation attributes, in the plane of its view box. All else (style sheets, references, masks, text on a path,
pictures, animation …) is a fault of the drawing, told by name. A text must lie in the view box, stand out from what was
drawn under it, be large enough, and not be covered by what is drawn later; its width is estimated from its letters.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import lxml.etree

from report.audit.html_css import RGB, blend, colour, contrast, declarations_of, length

LEAST_OPACITY = 0.3
LEAST_CONTRAST = 1.5
LEAST_SIZE = 4.0
"""Size of text, in px."""
LETTER = 0.5
"""Width of a letter, as a part of its size: rather too little, so that a neighbour is not taken for covering it."""
MOST_CURVES = 8
"""Curves of one path; a drawn digit has about as many, an arrow or a rounded box fewer."""
MOST_PARTS = 6
"""Separate lines within one path."""

_SHAPES = frozenset(("rect", "circle", "ellipse", "line", "path", "polyline", "polygon"))
_NOT_DRAWN = frozenset(("defs", "title", "desc", "metadata"))
_GEOMETRY = frozenset(
    ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "d", "points", "width", "height", "viewbox",
     "transform", "preserveaspectratio")
)  # fmt: skip
_PAINT = frozenset(
    ("fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap",
     "stroke-linejoin", "stroke-dasharray", "stroke-dashoffset", "stroke-miterlimit", "opacity", "font-size",
     "font-family", "font-weight", "font-style", "text-anchor", "visibility", "display", "dominant-baseline",
     "alignment-baseline", "shape-rendering", "text-rendering", "color")
)  # fmt: skip
_WORKED_OUT = _GEOMETRY | _PAINT
_OTHER = frozenset(
    ("id", "class", "role", "lang", "version", "tabindex", "focusable", "xmlns", "base", "space", "baseprofile",
     "title", "style")
)  # fmt: skip
_HARMLESS_STYLE = frozenset(("width", "height", "max-width", "display", "vertical-align", "box-sizing"))
_INHERITED = ("fill", "fill-opacity", "stroke", "stroke-width", "font-size", "text-anchor", "visibility")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_NUMBERS = re.compile(_NUMBER)
_PATH = re.compile(rf"([MmLlHhVvCcSsQqTtAaZz])|({_NUMBER})")
_TRANSFORM = re.compile(r"([a-zA-Z]+)\s*\(([^()]*)\)")

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
_ONE: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A text of a drawing, in the order of drawing. `why` is empty where it is seen."""

    text: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    centre: Point
    points: tuple[Point, ...]
    """Places along it that must be seen."""
    size: float
    ink: RGB | None
    order: int
    why: str


@dataclass(frozen=True, slots=True)
class _Shape:
    polygon: tuple[Point, ...]
    box: tuple[float, float, float, float]
    round: bool
    """Only its box is known."""
    fill: tuple[RGB, float] | None
    """None: not filled."""
    stroke: float
    """Width of its line, 0 for none."""
    order: int


def look_at(root: lxml.etree._Element, ground: RGB | None = (1.0, 1.0, 1.0)) -> tuple[list[Drawn], list[str]]:
    """The texts of a drawing in the order they are drawn, each with the reason why it is not seen, and the faults of
    the drawing as clauses. `ground` is the colour of the page behind it."""
    reader = _Reader()
    reader.root(root)
    return reader.told(ground), list(dict.fromkeys(reader.faults))


def name_of(element: lxml.etree._Element) -> str:
    """An element's name in small letters, without its namespace; empty for comments."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


class _Reader:
    def __init__(self) -> None:
        self.texts: list[_Text] = []
        self.shapes: list[_Shape] = []
        self.faults: list[str] = []
        self.order = 0
        self.view: tuple[float, float, float, float] | None = None
        self.scale = 1.0
        """px of the page for one unit of the drawing."""

    def root(self, root: lxml.etree._Element) -> None:
        values = _numbers(_get(root, "viewbox") or "")
        wide = _size(_get(root, "width"))
        high = _size(_get(root, "height"))
        for name, value, _ in declarations_of(root.get("style") or "")[0]:
            if name == "width":
                wide = length(value, 16.0, 16.0) or wide
            elif name == "height":
                high = length(value, 16.0, 16.0) or high
        if len(values) == 4 and values[2] > 0 and values[3] > 0:
            self.view = (values[0], values[1], values[0] + values[2], values[1] + values[3])
            scales = [size / units for size, units in ((wide, values[2]), (high, values[3])) if size is not None]
            self.scale = min(scales, default=1.0)
        elif wide and high:
            self.view = (0.0, 0.0, wide, high)
        if "slice" in (_get(root, "preserveaspectratio") or ""):
            self.faults.append("a drawing is cut off at its edges")
        self.visit(root)

    def visit(self, root: lxml.etree._Element) -> None:
        stack: list[tuple[lxml.etree._Element, Matrix, Mapping[str, str], float, bool]] = [(root, _ONE, {}, 1.0, True)]
        while stack:
            element, matrix, above, opacity, top = stack.pop()
            name = name_of(element)
            if not name or name in _NOT_DRAWN:
                continue
            self.attributes(element, name)
            own = {**above, **{key: value for key in _INHERITED if (value := element.get(key)) is not None}}
            opacity *= _part(element.get("opacity"))
            if not top:
                matrix = _times(matrix, self.transform(element.get("transform")))
            hidden = element.get("display") == "none"
            if name == "text":
                self.text(element, matrix, own, opacity, hidden)
            elif hidden:
                self.lost(element, "it is not shown (display: none)")
            elif name in _SHAPES:
                self.shape(element, name, matrix, own, opacity)
            elif name == "g" or (name == "svg" and top):
                stack += [(child, matrix, own, opacity, False) for child in reversed(element)]
            else:
                self.faults.append(f"a drawing holds <{name}>, which is not read")
                self.lost(element, f"it stands in a <{name}> of a drawing")

    def lost(self, element: lxml.etree._Element, why: str) -> None:
        """All text of an element that is not drawn as it is read."""
        text = " ".join(" ".join(str(part) for part in element.itertext()).split())
        if text:
            self.texts.append(_Text(text, (0.0, 0.0), (), 0.0, None, self.order, why))

    def attributes(self, element: lxml.etree._Element, name: str) -> None:
        for key, value in element.attrib.items():
            bare = str(key).rpartition("}")[2].lower()
            if bare.startswith(("aria-", "data-", "xmlns", "on")) or bare in _WORKED_OUT:
                continue
            if bare == "style":
                declared, understood = declarations_of(str(value))
                odd = [one for one, _, _ in declared if name != "svg" or one not in _HARMLESS_STYLE]
                if odd or not understood:
                    self.faults.append(f"a drawing has a style of its own ({', '.join(odd[:3]) or 'not understood'})")
            elif bare not in _OTHER:
                self.faults.append(f"a drawing uses {bare} (<{name}>), which is not worked out")

    def transform(self, text: str | None) -> Matrix:
        matrix = _ONE
        if not text:
            return matrix
        if _TRANSFORM.sub("", text).strip(" ,\t\r\n"):
            self.faults.append("a drawing is turned or moved in a way that is not understood")
        for name, values in _TRANSFORM.findall(text):
            step = _step(name, _numbers(values))
            if step is None:
                self.faults.append("a drawing is turned or moved in a way that is not understood")
            else:
                matrix = _times(matrix, step)
        return matrix

    # -- texts --------------------------------------------------------------------------------------------------------

    def text(
        self, element: lxml.etree._Element, matrix: Matrix, own: Mapping[str, str], opacity: float, hidden: bool
    ) -> None:
        self.order += 1
        for x, y, said, values, alpha, gone in self.runs(element, own, opacity, hidden):
            self.run(x, y, said, values, alpha, matrix, gone)

    def runs(
        self, element: lxml.etree._Element, own: Mapping[str, str], opacity: float, hidden: bool
    ) -> Iterator[tuple[float, float, str, Mapping[str, str], float, bool]]:
        """The stretches of a text: each element within it that is placed, painted or hidden by itself is one."""
        x, y = self.place(element)
        said = element.text or ""
        for child in element:
            name = name_of(child)
            if name == "tspan":
                if said.strip():
                    yield x, y, said, own, opacity, hidden
                self.attributes(child, name)
                inner = {**own, **{key: value for key in _INHERITED if (value := child.get(key)) is not None}}
                at_x, at_y = self.place(child)
                placed = child.get("x") is not None or child.get("y") is not None
                if child.get("transform") is not None:
                    self.faults.append("a part of a drawing's text is turned or moved by itself")
                gone = hidden or child.get("display") == "none"
                alpha = opacity * _part(child.get("opacity"))
                if placed:
                    x, y = (at_x if child.get("x") is not None else x), (at_y if child.get("y") is not None else y)
                else:
                    x += LETTER * _font_size(own) * len(said)
                for part in self.runs(child, inner, alpha, gone):
                    yield (part[0] if placed else x, part[1] if placed else y, *part[2:])
                x += LETTER * _font_size(own) * len("".join(str(text) for text in child.itertext()))
                said = child.tail or ""
            else:
                if name and name not in _NOT_DRAWN:
                    self.faults.append(f"a drawing holds <{name}> in its text, which is not read")
                    self.lost(child, f"it stands in a <{name}> of a drawing")
                said += child.tail or ""
        if said.strip():
            yield x, y, said, own, opacity, hidden

    def place(self, element: lxml.etree._Element) -> Point:
        values = []
        for key in ("x", "y"):
            found = _numbers(element.get(key) or "0")
            if len(found) != 1:
                self.faults.append("the letters of a drawing's text are placed one by one")
            values.append(found[0] if found else 0.0)
        return values[0], values[1]

    def run(
        self, x: float, y: float, said: str, own: Mapping[str, str], opacity: float, matrix: Matrix, hidden: bool
    ) -> None:  # fmt: skip
        text = " ".join(said.split())
        size = _font_size(own)
        wide = LETTER * size * len(text)
        left = x - {"middle": wide / 2, "end": wide}.get(own.get("text-anchor", "start"), 0.0)
        points = tuple(_at(matrix, (left + part * wide, y - 0.3 * size)) for part in (0.1, 0.3, 0.5, 0.7, 0.9))
        a, b, c, d, _, _ = matrix
        turn = math.sqrt(abs(a * d - b * c))
        ink = _ink(own.get("fill", "black"))
        alpha = opacity * _part(own.get("fill-opacity"))
        why = ""
        if hidden:
            why = "it is not shown (display: none)"
        elif own.get("visibility", "visible") != "visible":
            why = "it is not visible (visibility)"
        elif ink is None or ink[1] * alpha < LEAST_OPACITY:
            why = "it is drawn without colour or is transparent"
        elif size * turn * self.scale < LEAST_SIZE:
            why = f"it is {size * turn * self.scale:.3g} px high"
        elif a * d - b * c <= 0 or a < -0.5 * max(turn, 1e-9):
            why = "it is mirrored or upside down"
        elif max(math.hypot(a, b), math.hypot(c, d)) > 3 * min(math.hypot(a, b), math.hypot(c, d)):
            why = "it is pressed together"
        elif self.view and not all(_inside(point, self.view) for point in points):
            why = "it lies outside the drawing"
        self.texts.append(_Text(text, points[2], points, size * turn, ink[0] if ink else None, self.order, why))

    # -- shapes -------------------------------------------------------------------------------------------------------

    def shape(
        self, element: lxml.etree._Element, name: str, matrix: Matrix, own: Mapping[str, str], opacity: float
    ) -> None:
        self.order += 1
        if own.get("visibility", "visible") != "visible":
            return
        fill = None if name == "line" else _ink(own.get("fill", "black"))
        if fill is not None:
            fill = (fill[0], fill[1] * opacity * _part(own.get("fill-opacity")))
            if fill[1] < 0.05:
                fill = None
        thick = length(own.get("stroke-width", "1"), 16.0, 16.0) or _first(own.get("stroke-width", "1"))
        a, b, c, d, _, _ = matrix
        stroke = (
            thick * math.sqrt(abs(a * d - b * c)) if own.get("stroke", "none") not in ("none", "transparent") else 0.0
        )
        for points, rounded in self.outline(element, name):
            polygon = tuple(_at(matrix, point) for point in points)
            if not polygon:
                continue
            xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
            box = (min(xs), min(ys), max(xs), max(ys))
            self.shapes.append(_Shape(polygon, box, rounded, fill, stroke, self.order))

    def outline(self, element: lxml.etree._Element, name: str) -> Iterator[tuple[list[Point], bool]]:
        """The lines of a shape as points; with True where they are round, and only their box counts."""

        def get(key: str) -> float:
            return _first(element.get(key) or "0")

        if name == "rect":
            x, y, wide, high = get("x"), get("y"), get("width"), get("height")
            yield [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)], False
        elif name in ("circle", "ellipse"):
            rx, ry = (get("r"), get("r")) if name == "circle" else (get("rx"), get("ry"))
            x, y = get("cx"), get("cy")
            corners = [(math.cos(k * math.pi / 8), math.sin(k * math.pi / 8)) for k in range(16)]
            yield [(x + rx * c, y + ry * s) for c, s in corners], False
        elif name == "line":
            yield [(get("x1"), get("y1")), (get("x2"), get("y2"))], False
        elif name in ("polyline", "polygon"):
            values = _numbers(element.get("points") or "")
            points = list(zip(values[::2], values[1::2], strict=False))
            self.like_letters([points], 0, closed=name == "polygon")
            yield points, False
        else:
            parts, curves, closed = _path(element.get("d") or "")
            self.like_letters(parts, curves, closed=closed)
            for part in parts:
                yield part, curves > 0

    def like_letters(self, parts: list[list[Point]], curves: int, *, closed: bool) -> None:
        """A path that may be a letter or digit: many curves, many parts, or a small open line with several corners."""
        small = False
        for part in parts:
            if len(part) >= 4 and not closed:
                xs, ys = [x for x, _ in part], [y for _, y in part]
                wide, high = max(xs) - min(xs), max(ys) - min(ys)
                small = small or (0 < wide < 20 and 0 < high < 20)
        if curves > MOST_CURVES or len(parts) > MOST_PARTS or small:
            self.faults.append("a drawn shape may be a text")

    # -- what covers what ---------------------------------------------------------------------------------------------

    def told(self, page: RGB | None) -> list[Drawn]:
        out = []
        grid: dict[tuple[int, int], list[_Text]] = {}
        cells = _Cells(self.shapes)
        for text in self.texts:
            why = text.why or self.covered(text, page, cells) or _crowded(text, grid)
            out.append(Drawn(text.text, why))
        return out

    def covered(self, text: _Text, page: RGB | None, cells: _Cells) -> str:
        for point in text.points:
            ground = page
            for shape in cells.at(point):
                if shape.order < text.order:
                    if shape.fill and _holds(shape, point):
                        ground = shape.fill[0] if shape.fill[1] >= 0.99 or ground is None else blend(shape.fill, ground)
                elif (shape.fill and shape.fill[1] >= LEAST_OPACITY and _holds(shape, point)) or (
                    shape.stroke > 0.3 * text.size and _near(shape, point)
                ):
                    return "it is covered by what is drawn later"
            if text.ink is None or ground is None or contrast(text.ink, ground) < LEAST_CONTRAST:
                return "it is drawn in the colour of its ground"
        return ""


class _Cells:
    """Shapes by the squares of a grid that they touch, in the order of drawing; large ones apart."""

    SIDE = 50.0

    def __init__(self, shapes: list[_Shape]) -> None:
        self.large: list[_Shape] = []
        self.small: dict[tuple[int, int], list[_Shape]] = {}
        for shape in shapes:
            left, top, right, bottom = shape.box
            edge = shape.stroke / 2
            columns = range(_cell(left - edge, self.SIDE), _cell(right + edge, self.SIDE) + 1)
            rows = range(_cell(top - edge, self.SIDE), _cell(bottom + edge, self.SIDE) + 1)
            if len(columns) * len(rows) > 64:
                self.large.append(shape)
                continue
            for column in columns:
                for row in rows:
                    self.small.setdefault((column, row), []).append(shape)

    def at(self, point: Point) -> list[_Shape]:
        near = self.small.get((_cell(point[0], self.SIDE), _cell(point[1], self.SIDE)), [])
        return sorted([*self.large, *near], key=lambda shape: shape.order) if self.large else near


def _cell(value: float, side: float) -> int:
    return int(max(min(value, 1e9), -1e9) // side)


def _crowded(text: _Text, grid: dict[tuple[int, int], list[_Text]]) -> str:
    """Does it lie on a text that was drawn before?"""
    side = max(text.size, 1.0)
    column, row = _cell(text.centre[0], 8.0), _cell(text.centre[1], 8.0)
    near = [other for i in (-1, 0, 1) for j in (-1, 0, 1) for other in grid.get((column + i, row + j), ())]
    grid.setdefault((column, row), []).append(text)
    for other in near:
        if not other.why and math.dist(text.centre, other.centre) < 0.35 * min(side, max(other.size, 1.0)):
            return "it is drawn over another text"
    return ""


# -- geometry --------------------------------------------------------------------------------------------------------


def _get(element: lxml.etree._Element, name: str) -> str | None:
    """An attribute whose capitals HTML's parser may have taken away."""
    return next((str(value) for key, value in element.attrib.items() if str(key).lower() == name), None)


def _numbers(text: str) -> list[float]:
    return [float(value) for value in _NUMBERS.findall(text)]


def _first(text: str) -> float:
    return next(iter(_numbers(text)), 0.0)


def _size(text: str | None) -> float | None:
    """A width or height in px; None where it is a percentage or not given."""
    if text is None:
        return None
    return length(text.strip().lower() + ("px" if _NUMBERS.fullmatch(text.strip()) else ""), 16.0, 16.0)


def _part(text: str | None) -> float:
    """An opacity."""
    if not text:
        return 1.0
    value = _first(text) / (100 if text.strip().endswith("%") else 1)
    return min(max(value, 0.0), 1.0) if _NUMBERS.search(text) else 0.0


def _ink(text: str) -> tuple[RGB, float] | None:
    """A paint; None for none and for what is no plain colour."""
    text = text.strip().lower()
    return None if text == "none" else colour("black" if text == "currentcolor" else text)


def _font_size(own: Mapping[str, str]) -> float:
    text = own.get("font-size", "16").strip().lower()
    return length(text, 16.0, 16.0) or (_first(text) if _NUMBERS.fullmatch(text) else 0.0)


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, l = other  # noqa: E741
    return a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f


def _at(matrix: Matrix, point: Point) -> Point:
    a, b, c, d, e, f = matrix
    return a * point[0] + c * point[1] + e, b * point[0] + d * point[1] + f


def _step(name: str, values: list[float]) -> Matrix | None:
    if name == "translate" and len(values) in (1, 2):
        return 1.0, 0.0, 0.0, 1.0, values[0], values[1] if len(values) == 2 else 0.0
    if name == "scale" and len(values) in (1, 2):
        return values[0], 0.0, 0.0, values[-1], 0.0, 0.0
    if name == "matrix" and len(values) == 6:
        return values[0], values[1], values[2], values[3], values[4], values[5]
    if name == "rotate" and len(values) in (1, 3):
        angle = math.radians(values[0])
        x, y = (values[1], values[2]) if len(values) == 3 else (0.0, 0.0)
        turn = (math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle), 0.0, 0.0)
        return _times(_times((1.0, 0.0, 0.0, 1.0, x, y), turn), (1.0, 0.0, 0.0, 1.0, -x, -y))
    return None


def _path(text: str) -> tuple[list[list[Point]], int, bool]:
    """The parts of a path as points, the number of its curves, and whether all of it is closed."""
    parts: list[list[Point]] = []
    curves = closes = 0
    x = y = 0.0
    command, values = "", list[float]()
    need = {"m": 2, "l": 2, "h": 1, "v": 1, "c": 6, "s": 4, "q": 4, "t": 2, "a": 7}
    for letter, number in _PATH.findall(text):
        if letter:
            command, values = letter, []
            if letter in "Zz":
                closes += 1
                if parts and parts[-1]:
                    x, y = parts[-1][0]
            continue
        values.append(float(number))
        low = command.lower()
        if low not in need or len(values) < need[low]:
            continue
        base = (x, y) if command.islower() else (0.0, 0.0)
        if low == "h":
            x = values[0] + base[0]
        elif low == "v":
            y = values[0] + base[1]
        else:
            x, y = values[-2] + base[0], values[-1] + base[1]
        if low == "m":
            parts.append([])
            command = "l" if command == "m" else "L"
        elif low in "csqta":
            curves += 1
            if parts and low in "csq":
                inner = values[:-2]
                parts[-1] += [(inner[k] + base[0], inner[k + 1] + base[1]) for k in range(0, len(inner) - 1, 2)]
        if not parts:
            parts.append([])
        parts[-1].append((x, y))
        values = []
    return parts, curves, closes >= len(parts) > 0


def _inside(point: Point, box: tuple[float, float, float, float]) -> bool:
    return box[0] - 0.5 <= point[0] <= box[2] + 0.5 and box[1] - 0.5 <= point[1] <= box[3] + 0.5


def _holds(shape: _Shape, point: Point) -> bool:
    """Does a filled shape hold a point? By the number of its edges to the right of it."""
    if not (shape.box[0] <= point[0] <= shape.box[2] and shape.box[1] <= point[1] <= shape.box[3]):
        return False
    if shape.round:
        return True
    x, y = point
    odd = False
    for (x1, y1), (x2, y2) in zip(shape.polygon, shape.polygon[1:] + shape.polygon[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            odd = not odd
    return odd


def _near(shape: _Shape, point: Point) -> bool:
    """Does a point lie under the line of a shape?"""
    for (x1, y1), (x2, y2) in zip(shape.polygon, shape.polygon[1:], strict=False):
        long = (x2 - x1) ** 2 + (y2 - y1) ** 2
        part = 0.0 if long == 0 else ((point[0] - x1) * (x2 - x1) + (point[1] - y1) * (y2 - y1)) / long
        part = min(max(part, 0.0), 1.0)
        if math.dist(point, (x1 + part * (x2 - x1), y1 + part * (y2 - y1))) <= shape.stroke / 2:
            return True
    return False
