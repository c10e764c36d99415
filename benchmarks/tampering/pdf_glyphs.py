"""What a page of a PDF shows: each glyph with its text and place, and the operator of the content stream it is from.

Form XObjects are followed. Text that is not painted (render modes 3 and 7) is not shown and left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pikepdf

from benchmarks.tampering.pdf_fonts import Font, read_font

Matrix = tuple[float, float, float, float, float, float]
Path = tuple[int, ...]
"""A content stream: the page's index, then the indices of the `Do` operators that lead to it."""

IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_DEEPEST = 12
_INK = frozenset(("g", "rg", "k", "cs", "sc", "scn"))
_INVISIBLE = (3, 7)


def times(m: Matrix, n: Matrix) -> Matrix:
    """First m, then n."""
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


@dataclass(frozen=True, slots=True)
class Marked:
    """Where the marked content is from: `mcid` ties it to the tree of tags, `artifact` names what is no content."""

    mcid: int | None = None
    artifact: str = ""
    replaced: tuple[Path, int] | None = None
    """The operator that gives the text another reading (ActualText)."""


@dataclass(frozen=True, slots=True)
class State:
    ctm: Matrix = IDENTITY
    font: Font | None = None
    resource: str = ""
    size: float = 0.0
    char: float = 0.0
    word: float = 0.0
    wide: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0
    ink: tuple[Any, ...] = ()
    """The operators that set the colour."""


@dataclass(eq=False)
class Show:
    """One operator that shows text. Lengths along the text are in its own space until they are asked for by page."""

    path: Path
    at: int
    state: State
    matrix: Matrix
    """From its text space, where it begins, to the page."""
    marked: Marked
    glyphs: list[Glyph] = field(default_factory=list)
    end: float = 0.0

    @cached_property
    def along(self) -> float:
        """Page units of one unit along the line."""
        return math.hypot(self.matrix[0], self.matrix[1])

    @cached_property
    def direction(self) -> tuple[float, float]:
        return self.matrix[0] / self.along, self.matrix[1] / self.along

    @cached_property
    def across(self) -> float:
        """Page units of one unit up, negative where the page is mirrored."""
        x, y = self.direction
        return self.matrix[3] * x - self.matrix[2] * y

    @cached_property
    def u(self) -> float:
        return self.matrix[4] * self.direction[0] + self.matrix[5] * self.direction[1]

    @cached_property
    def v(self) -> float:
        return self.matrix[5] * self.direction[0] - self.matrix[4] * self.direction[1]


@dataclass(eq=False, slots=True)
class Glyph:
    """A shown glyph. On its page it begins at `u` along its line's direction, on the base line `v`."""

    show: Show
    text: str
    code: int
    u: float
    v: float
    width: float
    em: float
    """Its size on the page."""

    @property
    def font(self) -> Font:
        assert self.show.state.font is not None
        return self.show.state.font

    @property
    def end(self) -> float:
        return self.u + self.width


@dataclass
class Page:
    index: int
    width: float
    height: float
    glyphs: list[Glyph]
    streams: dict[Path, list[pikepdf.ContentStreamInstruction]]
    fonts: list[Font]


class Reader:
    """Reads pages; fonts are read once for the whole file."""

    def __init__(self) -> None:
        self.fonts: dict[tuple[int, int] | int, Font] = {}

    def page(self, page: pikepdf.Page, index: int) -> Page:
        box = [float(x) for x in page.mediabox]
        out = Page(index, box[2] - box[0], box[3] - box[1], [], {}, [])
        resources = page.obj.get("/Resources") or pikepdf.Dictionary()
        self._stream(page, resources, (index,), State(), Marked(), out)
        return out

    def font(self, source: pikepdf.Object) -> Font:
        key = source.objgen if source.is_indirect else id(source)
        if key not in self.fonts:
            self.fonts[key] = read_font(source)
        return self.fonts[key]

    def _stream(
        self, holder: Any, resources: pikepdf.Object, path: Path, state: State, outer: Marked, out: Page
    ) -> None:
        instructions = list(pikepdf.parse_content_stream(holder))
        out.streams[path] = instructions
        saved: list[State] = []
        marks = [outer]
        line = text = IDENTITY
        for at, instruction in enumerate(instructions):
            operator, args = str(instruction.operator), instruction.operands
            match operator:
                case "q":
                    saved.append(state)
                case "Q":
                    state = saved.pop() if saved else state
                case "cm":
                    state = replace(state, ctm=times(_matrix(args), state.ctm))
                case "BT":
                    line = text = IDENTITY
                case "Tm":
                    line = text = _matrix(args)
                case "Td" | "TD":
                    if operator == "TD":
                        state = replace(state, leading=-float(args[1]))
                    line = text = times((1, 0, 0, 1, float(args[0]), float(args[1])), line)
                case "T*":
                    line = text = times((1, 0, 0, 1, 0, -state.leading), line)
                case "Tf":
                    source = (resources.get("/Font") or pikepdf.Dictionary()).get(str(args[0]))
                    font = self.font(source) if source is not None else None
                    if font is not None and font not in out.fonts:
                        out.fonts.append(font)
                    state = replace(state, font=font, resource=str(args[0]), size=float(args[1]))
                case "Tc":
                    state = replace(state, char=float(args[0]))
                case "Tw":
                    state = replace(state, word=float(args[0]))
                case "Tz":
                    state = replace(state, wide=float(args[0]) / 100)
                case "TL":
                    state = replace(state, leading=float(args[0]))
                case "Ts":
                    state = replace(state, rise=float(args[0]))
                case "Tr":
                    state = replace(state, mode=int(args[0]))
                case "Tj" | "TJ" | "'" | '"':
                    if operator == '"':
                        state = replace(state, word=float(args[0]), char=float(args[1]))
                    if operator in "'\"":
                        line = text = times((1, 0, 0, 1, 0, -state.leading), line)
                    if state.font is not None:
                        show = Show(path, at, state, times(text, state.ctm), marks[-1])
                        _show(show, args[-1])
                        if state.mode not in _INVISIBLE and show.along > 0:
                            out.glyphs += show.glyphs
                        text = times((1, 0, 0, 1, show.end, 0), text)
                case "BMC" | "BDC":
                    marks.append(_marked(marks[-1], operator, args, resources, (path, at)))
                case "EMC":
                    if len(marks) > 1:
                        marks.pop()
                case "Do":
                    form = (resources.get("/XObject") or pikepdf.Dictionary()).get(str(args[0]))
                    if form is not None and form.get("/Subtype") == "/Form" and len(path) < _DEEPEST:
                        inside = replace(state, ctm=times(_matrix(form.get("/Matrix", IDENTITY)), state.ctm))
                        own = form.get("/Resources", resources)
                        self._stream(form, own, (*path, at), inside, marks[-1], out)
                case _ if operator in _INK:
                    kept = state.ink if operator in ("sc", "scn") else ()
                    state = replace(state, ink=(*(i for i in kept if str(i.operator) == "cs"), instruction))


def _matrix(args: Any) -> Matrix:
    a, b, c, d, e, f = (float(x) for x in args)
    return a, b, c, d, e, f


def _show(show: Show, shown: Any) -> None:
    """Puts the glyphs of a shown string, or an array of strings and distances, into `show`."""
    state = show.state
    font = state.font
    assert font is not None
    x = 0.0
    if not show.along:
        return
    for item in shown if isinstance(shown, pikepdf.Array) else (shown,):
        if not isinstance(item, (pikepdf.String, bytes)):
            x -= float(item) / 1000 * state.size * state.wide
            continue
        for code in font.codes(bytes(item)):
            width = font.width(code) / 1000 * state.size * state.wide
            text = font.text(code)
            glyph = Glyph(
                show, text, code, show.u + x * show.along, show.v + state.rise * show.across,
                width * show.along, state.size * abs(show.across),
            )  # fmt: skip
            if text:
                font.drawn.setdefault(text, code)
            show.glyphs.append(glyph)
            x += advance(state, font, code, state.size, state.wide)
    show.end = x


def advance(state: State, font: Font, code: int, size: float, wide: float) -> float:
    """How far a glyph moves what comes after it, in text space."""
    space = state.word if code == 32 and not font.two_bytes else 0.0
    return (font.width(code) / 1000 * size + state.char + space) * wide


def _marked(outer: Marked, operator: str, args: Any, resources: pikepdf.Object, at: tuple[Path, int]) -> Marked:
    properties: Any = args[1] if operator == "BDC" else pikepdf.Dictionary()
    if isinstance(properties, pikepdf.Name):
        properties = (resources.get("/Properties") or pikepdf.Dictionary()).get(str(properties)) or pikepdf.Dictionary()
    artifact = outer.artifact
    if args[0] == "/Artifact":
        artifact = str(properties.get("/Subtype", properties.get("/Type", "/Artifact"))).lstrip("/")
    mcid = properties.get("/MCID")
    replaced = at if "/ActualText" in properties else outer.replaced
    return Marked(int(mcid) if mcid is not None else outer.mcid, artifact, replaced)


# ---- the tree of tags --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tag:
    """The element of the tree that a text belongs to: `id` tells it from others."""

    id: int
    kind: str
    table: int = 0
    row: int = 0
    column: int = 0
    figure: int = 0


_INLINE = frozenset(("Span", "Link", "Strong", "Em", "Quote", "Code", "Reference", "Annot", "Sub", "NonStruct"))


def read_tags(pdf: pikepdf.Pdf) -> dict[tuple[int, int], Tag]:
    """(page index, mark) → element, for a tagged file; else nothing."""
    root = pdf.Root.get("/StructTreeRoot")
    if root is None:
        return {}
    pages = {page.objgen: index for index, page in enumerate(pdf.pages)}
    out: dict[tuple[int, int], Tag] = {}
    counts = {"id": 0, "Table": 0, "Figure": 0}
    roles = {str(a): str(b) for a, b in (root.get("/RoleMap") or {}).items()}

    def walk(element: Any, tag: Tag, page: int | None, grid: _Grid | None) -> None:
        if isinstance(element, int):
            if page is not None:
                out[page, int(element)] = tag
            return
        if isinstance(element, pikepdf.Array):
            for item in element:
                walk(item, tag, page, grid)
            return
        if not isinstance(element, pikepdf.Dictionary):
            return
        if (own := element.get("/Pg")) is not None:
            page = pages.get(own.objgen, page)
        if "/MCID" in element:
            walk(int(element.MCID), tag, page, grid)
            return
        kind = str(element.get("/S", "")).lstrip("/")
        kind = roles.get("/" + kind, "/" + kind).lstrip("/")
        if kind and kind not in _INLINE:
            counts["id"] += 1
            if kind in ("Table", "Figure"):
                counts[kind] += 1
            if kind == "Table":
                grid = _Grid()
            elif kind == "TR" and grid is not None:
                grid.next_row()
            if kind in ("TD", "TH") and grid is not None:
                row, column = grid.place(*_spans(element))
                tag = Tag(counts["id"], "cell", counts["Table"], row, column)
            elif kind == "Figure":
                tag = Tag(counts["id"], "figure", figure=counts["Figure"])
            elif tag.kind not in ("cell", "figure"):
                tag = Tag(counts["id"], "heading" if kind[:1] == "H" else "paragraph")
        if "/K" in element:
            walk(element.K, tag, page, grid)

    walk(root.get("/K"), Tag(0, "paragraph"), None, None)
    return out


def _spans(element: pikepdf.Object) -> tuple[int, int]:
    attributes = element.get("/A", [])
    rows = columns = 1
    for item in attributes if isinstance(attributes, pikepdf.Array) else [attributes]:
        if isinstance(item, pikepdf.Dictionary):
            rows, columns = int(item.get("/RowSpan", rows)), int(item.get("/ColSpan", columns))
    return rows, columns


class _Grid:
    """Rows and columns of a table with spans, counted from 1."""

    def __init__(self) -> None:
        self.row = 0
        self.taken: set[tuple[int, int]] = set()

    def next_row(self) -> None:
        self.row += 1

    def place(self, rows: int, columns: int) -> tuple[int, int]:
        column = next(k for k in range(1, 10_000) if (self.row, k) not in self.taken)
        self.taken |= {(self.row + r, column + c) for r in range(rows) for c in range(columns)}
        return self.row, column


def lines_of(glyphs: Sequence[Glyph], same: Sequence[object], parted: Sequence[bool]) -> Iterator[list[Glyph]]:
    """Glyphs in the order of the content, parted where the line, its direction or what it belongs to (`same`) becomes
    another, and at wide gaps where `parted`."""
    line: list[Glyph] = []
    for k, glyph in enumerate(glyphs):
        if line:
            last = line[-1]
            turned = math.dist(last.show.direction, glyph.show.direction) > 0.01
            lower = abs(glyph.v - last.v) > 0.55 * max(glyph.em, last.em)
            back = glyph.u < last.u - 0.3 * max(glyph.em, last.em)
            far = glyph.u > last.end + 1.5 * max(glyph.em, last.em) and parted[k]
            if turned or lower or back or far or same[k] != same[k - 1]:
                yield line
                line = []
        line.append(glyph)
    if line:
        yield line
