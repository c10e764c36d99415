"""A finished PDF as text that can be edited: the content streams are rewritten so that other glyphs are shown.

It is made for the PDFs of typst, whose tags tell paragraphs, cells and figures; a PDF without tags is read by lines.
New characters are drawn with the same font; where its subset lacks one, with another font of the page or the file; as a
last resort with a standard font. `edited` changes what is drawn, `overlaid` draws something else on top of it.
"""

from __future__ import annotations

import io
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pikepdf
import pypdfium2

from benchmarks.tampering.nodes import Edit, Node, edited_texts
from benchmarks.tampering.pdf_fonts import Font, standard_dictionary, standard_font
from benchmarks.tampering.pdf_glyphs import (
    Glyph,
    Page,
    Path,
    Reader,
    Show,
    Tag,
    advance,
    lines_of,
    read_tags,
)
from benchmarks.tampering.pdf_lines import BREAK, Placed, Room, Text, edited, relaid

_FLOAT = re.compile(r"(Table|Figure)\s[0-9A-Z]+[.:]")
_MARGINS = {"Header": "header", "Footer": "footer"}
_BLANK = " \n\u00a0\u2009\u202f\u200a\u2002\u2003\u2007"
_LIMIT = 32767
Box = tuple[float, float, float, float]
"""Left, bottom, right, top of a stretch of a page, in points."""


@dataclass(frozen=True, slots=True)
class Ink:
    """A glyph to be drawn by an operator that showed others. Lengths in points of the page."""

    u: float
    v: float
    font: Font
    code: int
    em: float
    across: float
    """Its horizontal size."""
    like: Glyph


@dataclass(slots=True)
class _Place:
    """A node, where it is drawn."""

    page: int
    text: Text


class EditablePdf:
    """An opened PDF. Raises pikepdf.PdfError where it cannot be opened."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._pdf = pikepdf.open(io.BytesIO(data))
        self._grounds = _Grounds(data)
        reader = Reader()
        self._pages = [reader.page(page, index) for index, page in enumerate(self._pdf.pages)]
        self._fonts = list(reader.fonts.values())
        self._places: list[_Place] = []
        nodes: list[Node] = []
        tags = read_tags(self._pdf)
        for page in self._pages:
            for lines, tag in _parts(page, tags):
                place = _Place(page.index, Text(lines))
                if place.text.text.strip():
                    nodes.append(_node(place, tag))
                    self._places.append(place)
        self._nodes = _kinds(nodes, self._places)
        self._words = Counter(word for node in nodes for word in re.findall(r"\w[\w-]*", node.text))

    @property
    def nodes(self) -> Sequence[Node]:
        return self._nodes

    def edited(self, edits: Sequence[Edit]) -> bytes:
        """The file with all edits made (see nodes.Editable)."""
        edited_texts(self._nodes, edits)  # raises where they overlap
        of: dict[int, list[Edit]] = {}
        for edit in edits:
            of.setdefault(edit.node, []).append(edit)
        changed: dict[Show, dict[int, list[Ink]]] = {}
        for node, mine in of.items():
            for show, inks in self._inks(node, mine).items():
                changed.setdefault(show, {})[node] = inks
        work = _Rewriting(pikepdf.open(io.BytesIO(self._data)), self._pages)
        home = {glyph: node for node in of for line in self._places[node].text.lines for glyph in line}
        for show, by_node in changed.items():
            work.replace(show, _merged(show, by_node, home))
        return work.saved()

    def overlaid(self, edits: Sequence[Edit]) -> bytes:
        """The file with each edited stretch covered by a rectangle in the colour of its ground, on which the new text
        is drawn; what was there before is still in the file. Raises ValueError where a stretch is not on one line."""
        edited_texts(self._nodes, edits)
        work = _Rewriting(pikepdf.open(io.BytesIO(self._data)), self._pages)
        for edit in edits:
            place = self._places[edit.node]
            glyphs = _covered(place.text, edit.start, edit.end)
            if not glyphs or max(g.v for g in glyphs) - min(g.v for g in glyphs) > 0.6 * glyphs[0].em:
                raise ValueError("only a stretch of one line can be drawn over")
            work.overlay(place.page, glyphs, self._set_over(glyphs, edit.new), self._grounds)
        return work.saved()

    # ---- setting ------------------------------------------------------------------------------------------------

    def _inks(self, node: int, edits: Sequence[Edit]) -> dict[Show, list[Ink]]:
        """What each operator of the node is to draw."""
        place = self._places[node]
        text = Text(place.text.lines)  # atoms are changed by setting them
        atoms, touched, glued = edited(text, edits, self._draw)
        placed = relaid(text, atoms, touched, glued, self._room(place), lambda word: word in self._words)
        out: dict[Show, list[Ink]] = {}
        for line in range(max((p.line for p in placed), default=0) + 1):
            shows = list(dict.fromkeys(g.show for g in text.lines[min(line, len(text.lines) - 1)]))
            at = len(shows) - 1 if line >= len(text.lines) else 0
            for item in (p for p in placed if p.line == line):
                own = item.atom.like.show
                if own in shows[at:]:
                    at = shows.index(own, at)
                out.setdefault(shows[at], []).append(_ink(item, text))
        for glyphs in text.lines:
            for glyph in glyphs:
                out.setdefault(glyph.show, [])
        return {show: inks for show, inks in out.items() if not _as_before(show, inks, text)}

    def _draw(self, char: str, like: Glyph) -> tuple[Font, int] | None:
        """A font with that character, as near as can be to the glyph's own."""
        page = self._pages[like.show.path[0]]

        def distance(font: Font) -> tuple[bool, bool, bool]:
            return font.family != like.font.family, font.style != like.font.style, font not in page.fonts

        own = like.font.drawn.get(char)
        if own is not None:
            return like.font, own
        if char in _BLANK:
            return None
        others = sorted((font for font in self._fonts if char in font.drawn), key=distance)
        added = standard_font(like.font, char)
        font = next((f for f in others if f.serif == like.font.serif), added or next(iter(others), None))
        if font is None:
            raise ValueError(f"no font has the character {char!r}")
        return font, font.drawn[char]

    def _room(self, place: _Place) -> Room:
        """What the node may fill without lying over another text."""
        mine = {glyph for line in place.text.lines for glyph in line}
        first = place.text.lines[0][0]
        others = [
            g
            for g in self._pages[place.page].glyphs
            if g not in mine and g.show.direction == first.show.direction and not g.text.isspace()
        ]
        shown = [g for g in mine if not g.text.isspace()] or list(mine)
        low, high = min(g.v for g in shown), max(g.v + 0.7 * g.em for g in shown)
        left, right = min(g.u for g in shown), max(g.end for g in shown)
        gap = 0.4 * first.em
        beside = [g for g in others if g.v < high and g.v + 0.7 * g.em > low]
        turned = abs(first.show.direction[0]) < 0.5
        edge = self._pages[place.page].height if turned else self._pages[place.page].width
        margin = max((g.end for g in (*others, *shown)), default=edge)
        limit_right = min((g.u - gap for g in beside if g.u > right - 0.5), default=max(margin, right))
        limit_left = max((g.end + gap for g in beside if g.end < left + 0.5), default=min(left, 36.0))
        lines = 0
        leading = place.text.leading
        while lines < 4 and leading > 0:
            base = place.text.base(len(place.text.lines) + lines)
            under = [g for g in others if g.v + 0.85 * g.em > base - 0.3 * first.em and g.v < low]
            if any(g.u < limit_right and g.end > left for g in under):
                break
            box = _box(first.show, left, base - 0.3 * first.em, right, base + 0.8 * first.em)
            if min(box) < 0 or not self._grounds.empty(place.page, box):
                break
            lines += 1
        return Room(limit_left, max(limit_right, right), lines)

    def _set_over(self, glyphs: list[Glyph], new: str) -> list[Ink]:
        """The new text in the place of those glyphs, closer set where it is longer."""
        like = glyphs[0]
        across = like.show.state.size * like.show.state.wide * like.show.along
        drawn = [self._draw(char, like) for char in new]
        widths = [(d[0].width(d[1]) / 1000 if d else 0.25) * across for d in drawn]
        room = glyphs[-1].end - like.u
        narrow = min(1.0, room / sum(widths)) if new else 1.0
        out, u = [], like.u + max(0.0, room - sum(widths)) / 2
        for item, width in zip(drawn, widths, strict=True):
            if item is not None:
                out.append(Ink(u, like.v, *item, like.em, across * narrow, like))
            u += width * narrow
        return out


def _ink(placed: Placed, text: Text) -> Ink:
    atom, like = placed.atom, placed.atom.like
    assert atom.drawn is not None
    state = like.show.state
    down = text.base(placed.line) - text.base(atom.line)
    across = state.size * state.wide * like.show.along * placed.narrow
    return Ink(placed.u, like.v + down, *atom.drawn, like.em, across, like)


def _box(show: Show, left: float, bottom: float, right: float, top: float) -> Box:
    """Where a stretch along the line of a text is on the page."""
    x, y = show.direction
    corners = [(u * x - v * y, u * y + v * x) for u in (left, right) for v in (bottom, top)]
    across, up = zip(*corners, strict=True)
    return min(across), min(up), max(across), max(up)


def _as_before(show: Show, inks: list[Ink], text: Text) -> bool:
    mine = {glyph for line in text.lines for glyph in line}
    old = [glyph for glyph in show.glyphs if glyph in mine]
    return len(old) == len(inks) and all(
        ink.like is glyph
        and ink.code == glyph.code
        and ink.font is glyph.font
        and abs(ink.u - glyph.u) < 0.003
        and ink.v == glyph.v
        for ink, glyph in zip(inks, old, strict=True)
    )


def _merged(show: Show, by_node: dict[int, list[Ink]], home: dict[Glyph, int]) -> list[Ink]:
    """All that the operator is to draw: the edited nodes' glyphs in the place of theirs, the others as they are."""
    out: list[Ink] = []
    done: set[int] = set()
    state = show.state
    for glyph in show.glyphs:
        node = home.get(glyph)
        if node is None or node not in by_node:
            across = state.size * state.wide * show.along
            out.append(Ink(glyph.u, glyph.v, glyph.font, glyph.code, glyph.em, across, glyph))
        elif node not in done:
            done.add(node)
            out += by_node[node]
    return out


def _covered(text: Text, start: int, end: int) -> list[Glyph]:
    out = []
    position = 0
    for atom in text.atoms:
        if position < end and position + len(atom.text) > start and atom.text != BREAK and atom.drawn is not None:
            out.append(atom.like)
        position += len(atom.text)
    return out


# ---- nodes -----------------------------------------------------------------------------------------------------------


def _parts(page: Page, tags: dict[tuple[int, int], Tag]) -> list[tuple[list[list[Glyph]], Tag | None]]:
    """The lines of each node of a page, in the order of the content."""
    glyphs = [glyph for glyph in page.glyphs if glyph.text]
    of: list[Tag | None] = []
    for glyph in glyphs:
        marked = glyph.show.marked
        if marked.artifact:
            of.append(Tag(-1, _MARGINS.get(marked.artifact, "line")))
        else:
            of.append(None if marked.mcid is None else tags.get((page.index, marked.mcid)))
    by_line = [tag is None or tag.kind in ("figure", "line") for tag in of]
    parts: list[tuple[list[list[Glyph]], Tag | None]] = []
    k = 0
    for line in lines_of(glyphs, of, by_line):
        tag = of[k]
        if parts and not by_line[k] and parts[-1][1] == tag and of[k - 1] == tag:
            parts[-1][0].append(line)
        else:
            parts.append(([line], tag))
        k += len(line)
    return parts


def _node(place: _Place, tag: Tag | None) -> Node:
    number = place.page + 1
    if tag is None:
        return Node(place.text.text, "line", f"page {number}", page=number)
    where = f"page {number}"
    if tag.kind == "cell":
        where = f"table {tag.table}, row {tag.row}, column {tag.column}, {where}"
    elif tag.kind == "figure":
        where = f"figure {tag.figure}, {where}"
    elif tag.kind in ("header", "footer"):
        where = f"{tag.kind}, {where}"
    return Node(place.text.text, tag.kind, where, tag.table, tag.row, tag.column, number, tag.figure)


def _kinds(nodes: list[Node], places: list[_Place]) -> list[Node]:
    """With what the tags do not tell: the title, captions, the list of references."""
    sizes = [place.text.lines[0][0].em for place in places]
    title = max((k for k, node in enumerate(nodes) if node.page == 1), key=lambda k: sizes[k], default=None)
    if title is not None and (nodes[title].kind != "paragraph" or sizes[title] < 1.3 * statistics.median(sizes)):
        title = None
    headings = (k for k, node in enumerate(nodes) if node.kind == "heading" and node.text.strip() == "References")
    references = max(headings, default=-1)
    out: list[Node] = []
    for k, node in enumerate(nodes):
        kind = node.kind
        if k == title:
            kind = "title"
        elif kind == "paragraph" and _FLOAT.match(node.text):
            kind = "caption"
        elif kind == "paragraph" and 0 <= references < k:
            kind = "reference"
        out.append(Node(node.text, kind, node.place, node.table, node.row, node.column, node.page, node.figure))
    return out


# ---- rewriting -------------------------------------------------------------------------------------------------------


class _Grounds:
    """What the pages look like without the texts that are asked for: from pictures of them."""

    SCALE = 2.0

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._pictures: dict[int, Any] = {}

    def _piece(self, page: int, box: Box) -> Any:
        if page not in self._pictures:
            document = pypdfium2.PdfDocument(self._data)
            self._pictures[page] = document[page].render(scale=self.SCALE, rev_byteorder=True).to_pil().convert("RGB")
            document.close()
        picture = self._pictures[page]
        left, bottom, right, top = (x * self.SCALE for x in box)
        return picture.crop((int(left), int(picture.height - top), int(right) + 1, int(picture.height - bottom) + 1))

    def colour(self, page: int, box: Box) -> tuple[float, ...]:
        """Red, green and blue, 0 to 1, most frequent within the box."""
        piece = self._piece(page, box)
        return tuple(x / 255 for x in max(piece.getcolors(piece.width * piece.height))[1])

    def empty(self, page: int, box: Box) -> bool:
        """Is nothing drawn within the box but a ground?"""
        return all(low == high for low, high in self._piece(page, box).getextrema())


@dataclass
class _Rewriting:
    """A copy of the file while its content streams are being changed."""

    pdf: pikepdf.Pdf
    pages: list[Page]
    streams: dict[Path, dict[int, list[pikepdf.ContentStreamInstruction]]] = field(default_factory=dict)
    fonts: dict[Path, dict[str, Font]] = field(default_factory=dict)
    over: dict[int, list[bytes]] = field(default_factory=dict)
    known: list[Font] = field(default_factory=list)

    def replace(self, show: Show, inks: list[Ink]) -> None:
        """Lets an operator draw those glyphs instead; what comes after it stays where it is."""
        old = self.pages[show.path[0]].streams[show.path][show.at]
        out = _Operators()
        operator = str(old.operator)
        if operator == '"':
            out.add("Tw", old.operands[0])
            out.add("Tc", old.operands[1])
        if operator in "'\"":
            out.add("T*")
        state = show.state
        assert state.font is not None
        normal = (state.resource, state.size, state.wide, state.rise, state.ink)
        now = normal
        x = 0.0
        for ink in inks:
            size = ink.em / abs(show.across)
            wide = ink.across / (size * show.along)
            rise = (ink.v - show.v) / show.across
            if abs(rise - state.rise) < 1e-4:
                rise = state.rise
            size, wide = _near(size, state.size), _near(wide, state.wide)
            wanted = (self.resource(show, ink.font), size, wide, rise, ink.like.show.state.ink)
            out.become(now, wanted)
            now = wanted
            out.move((ink.u - show.u) / show.along - x, size * wide)
            out.text(ink.font.data(ink.code))
            x = (ink.u - show.u) / show.along + advance(state, ink.font, ink.code, size, wide)
        out.become(now, normal)
        out.move(show.end - x, state.size * state.wide)
        self.streams.setdefault(show.path, {})[show.at] = out.done()
        if show.marked.replaced is not None:
            path, at = show.marked.replaced
            mark = self.pages[path[0]].streams[path][at]
            self.streams.setdefault(path, {})[at] = [_without_reading(mark)]

    def resource(self, show: Show, font: Font) -> str:
        return show.state.resource if font is show.state.font else self.name(show.path, font)

    def name(self, path: Path, font: Font) -> str:
        """What the stream shall call that font."""
        if font not in self.known:
            same = [k for k in self.known if k.source is None and font.source is None]
            self.known.append(next((k for k in same if (k.name, k.texts) == (font.name, font.texts)), font))
        name = f"/EveryNumber{self.known.index(font)}"
        self.fonts.setdefault(path, {})[name] = font
        self.streams.setdefault(path, {})
        return name

    def overlay(self, page: int, glyphs: list[Glyph], inks: list[Ink], grounds: _Grounds) -> None:
        show = glyphs[0].show
        x, y = show.direction
        top, bottom = max(g.v + 0.78 * g.em for g in glyphs), min(g.v - 0.22 * g.em for g in glyphs)
        left, right = glyphs[0].u, glyphs[-1].end
        box = _box(show, left, bottom, right, top)
        colour = grounds.colour(page, box)
        parts = [
            b"q %.4f %.4f %.4f rg %.3f %.3f %.3f %.3f re f Q"
            % (*colour, box[0], box[1], box[2] - box[0], box[3] - box[1]),
            b"q 0 g" if not show.state.ink else b"q " + pikepdf.unparse_content_stream(list(show.state.ink)),
            b"BT 0 Tr",
        ]
        spaces = self._colour_spaces(show)
        if spaces:
            parts[1] = b"q 0 g"
        for ink in inks:
            name = self.name((page,), ink.font)
            px, py = ink.u * x - ink.v * y, ink.u * y + ink.v * x
            shown = ink.font.data(ink.code).hex().encode()
            parts.append(
                b"%s %.4f Tf %.4f Tz %.6f %.6f %.6f %.6f %.4f %.4f Tm <%s> Tj"
                % (name.encode(), ink.em, 100 * ink.across / ink.em, x, y, -y, x, px, py, shown)
            )  # fmt: skip
        self.over.setdefault(page, []).append(b"\n".join([*parts, b"ET Q"]))
        self.streams.setdefault((page,), {})

    @staticmethod
    def _colour_spaces(show: Show) -> bool:
        """Does the colour need a name that the page's own stream may not have?"""
        return len(show.path) > 1 and any(str(i.operator) == "cs" for i in show.state.ink)

    def saved(self) -> bytes:
        """The file with its changed streams."""
        paths = {path[:n] for path in self.streams for n in range(1, len(path) + 1)}
        for path in sorted(paths, key=len, reverse=True):
            if len(path) > 1:
                name = f"/EveryNumberForm{len(self.streams.setdefault(path[:-1], {}))}x{path[-1]}"
                do = pikepdf.ContentStreamInstruction([pikepdf.Name(name)], pikepdf.Operator("Do"))
                self.streams[path[:-1]][path[-1]] = [do]
        made: dict[Path, tuple[str, pikepdf.Object]] = {}
        for path in sorted(paths, key=len, reverse=True):
            new = self.streams.get(path, {})
            stream: list[pikepdf.ContentStreamInstruction] = []
            for at, instruction in enumerate(self.pages[path[0]].streams[path]):
                stream += new.get(at, [instruction])
            data = pikepdf.unparse_content_stream(stream)
            forms = {name: form for child, (name, form) in made.items() if child[:-1] == path}
            if len(path) == 1:
                self._page(path[0], data, forms)
            else:
                name = str(self.streams[path[:-1]][path[-1]][0].operands[0])
                made[path] = (name, self._form(path, data, forms))
        out = io.BytesIO()
        self.pdf.save(out, compress_streams=True, recompress_flate=False, deterministic_id=True)
        return out.getvalue()

    def _page(self, index: int, data: bytes, forms: dict[str, pikepdf.Object]) -> None:
        page = self.pdf.pages[index].obj
        if index in self.over:
            data = b"q\n" + data + b"\nQ\n" + b"\n".join(self.over[index])
        page.Contents = self.pdf.make_stream(data)
        page.Resources = self._resources(page.get("/Resources"), (index,), forms)

    def _form(self, path: Path, data: bytes, forms: dict[str, pikepdf.Object]) -> pikepdf.Object:
        old = self._find_form(path)
        form = self.pdf.make_stream(data)
        for key, value in old.items():
            if key not in ("/Length", "/Filter", "/DecodeParms"):
                form[key] = value
        left, bottom, right, top = (float(x) for x in old.BBox)
        form.BBox = [left - 100, bottom - 100, right + 100, top + 100]  # a longer text shall not be cut
        form.Resources = self._resources(old.get("/Resources"), path, forms)
        return form

    def _find_form(self, path: Path) -> pikepdf.Object:
        holder = self.pdf.pages[path[0]].obj
        for depth in range(1, len(path)):
            name = str(self.pages[path[0]].streams[path[:depth]][path[depth]].operands[0])
            holder = holder.Resources.XObject[name]
        return holder

    def _resources(self, old: Any, path: Path, forms: dict[str, pikepdf.Object]) -> pikepdf.Dictionary:
        """A copy of the stream's resources with what it needs now."""
        out = pikepdf.Dictionary(old or {})
        fonts = {name: self._font(font) for name, font in self.fonts.get(path, {}).items()}
        for key, more in (("/Font", fonts), ("/XObject", forms)):
            if more:
                out[key] = pikepdf.Dictionary({**dict((old or {}).get(key, {})), **more})
        return out

    def _font(self, font: Font) -> pikepdf.Object:
        if font.source is None:
            return standard_dictionary(font, self.pdf)
        if not font.source.is_indirect:
            raise ValueError(f"the font {font.name} cannot be used elsewhere")
        return self.pdf.get_object(*font.source.objgen)


def _near(value: float, usual: float) -> float:
    return usual if abs(value - usual) < 1e-4 * max(1.0, abs(usual)) else value


def _without_reading(mark: pikepdf.ContentStreamInstruction) -> pikepdf.ContentStreamInstruction:
    """The mark without the text that is to be read in place of what is shown."""
    properties = mark.operands[1]
    if not isinstance(properties, pikepdf.Dictionary):
        return pikepdf.ContentStreamInstruction([mark.operands[0]], pikepdf.Operator("BMC"))
    kept = pikepdf.Dictionary({key: value for key, value in properties.items() if key != "/ActualText"})
    return pikepdf.ContentStreamInstruction([mark.operands[0], kept], pikepdf.Operator("BDC"))


@dataclass
class _Operators:
    """Operators in the making; glyphs and distances are gathered into one TJ."""

    out: list[pikepdf.ContentStreamInstruction] = field(default_factory=list)
    shown: list[Any] = field(default_factory=list)
    run: bytes = b""

    def add(self, operator: str, *operands: Any) -> None:
        self.flush()
        self.out.append(pikepdf.ContentStreamInstruction(list(operands), pikepdf.Operator(operator)))

    def text(self, data: bytes) -> None:
        self.run += data

    def move(self, distance: float, size: float) -> None:
        """By that much to the right, in text space; `size` is the horizontal size of the font."""
        if abs(distance) < 0.002:
            return
        if self.run:
            self.shown.append(pikepdf.String(self.run))
            self.run = b""
        steps = -distance * 1000 / size
        while abs(steps) > _LIMIT:  # some readers keep such numbers in 16 bits
            part = _LIMIT if steps > 0 else -_LIMIT
            self.shown.append(part)
            steps -= part
        self.shown.append(round(steps, 3))

    def become(self, now: tuple[Any, ...], wanted: tuple[Any, ...]) -> None:
        if now == wanted:
            return
        self.flush()
        if now[:2] != wanted[:2]:
            self.add("Tf", pikepdf.Name(wanted[0]), round(wanted[1], 5))
        if now[2] != wanted[2]:
            self.add("Tz", round(wanted[2] * 100, 4))
        if now[3] != wanted[3]:
            self.add("Ts", round(wanted[3], 4))
        if now[4] != wanted[4] and wanted[4]:
            self.out += wanted[4]

    def flush(self) -> None:
        if self.run:
            self.shown.append(pikepdf.String(self.run))
            self.run = b""
        if self.shown:
            self.out.append(pikepdf.ContentStreamInstruction([pikepdf.Array(self.shown)], pikepdf.Operator("TJ")))
            self.shown = []

    def done(self) -> list[pikepdf.ContentStreamInstruction]:
        self.flush()
        return self.out


def open_pdf(data: bytes) -> EditablePdf:
    """A PDF as an Editable."""
    return EditablePdf(data)
