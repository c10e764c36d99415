"""What of a PDF's page a reader sees otherwise than a program reads it.

The structure of the page tells of texts that are painted invisibly, too small or beyond the edge, of texts over which
something is painted later, and of texts over texts. A picture of the page tells whether ink is there, and stands out,
where a text should be. Whatever seems not to be seen is looked at closely: the page is painted large with it and
without it, and it alone on white. Numbers are then painted again (`pdf_redraw`), and the rest of the page is searched
for what is seen but cannot be read (`pdf_shapes`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from ctypes import create_string_buffer
from dataclasses import dataclass, field
from itertools import product
from unicodedata import normalize

import pypdfium2
from pypdfium2 import raw

from report.audit.pdf_calls import plain
from report.audit.pdf_chars import Chars, ink_box, read_chars
from report.audit.pdf_glyphs import Fonts
from report.audit.pdf_objects import (
    TEXT,
    Drawn,
    Rect,
    TooMuch,
    activate,
    drawn_size,
    marks_of,
    objects_of,
    overlap,
    without_actual_text,
)
from report.audit.pdf_redraw import redraw
from report.audit.pdf_render import Picture, picture
from report.audit.pdf_shapes import images, over_the_page, shapes

_has_transparency = plain(raw.FPDFPageObj_HasTransparency)
_set_fill_colour = plain(raw.FPDFPageObj_SetFillColor)
_set_render_mode = plain(raw.FPDFTextObj_SetTextRenderMode)
_set_blend_mode = plain(raw.FPDFPageObj_SetBlendMode)
_text_of = plain(raw.FPDFTextObj_GetText)

SCALE, CLOSE = 1.5, 3.0
"""Pixels to a point of the first picture of a page, and of a close look."""
TINY = 2.0
"""Points under which text is too small to read."""
DARK = 110
"""Ink up to this level of grey (of 255) is dark: where it is seen on light ground, it stands out."""
INK, GROUND = 210, 225
"""Levels of grey up to which a pixel of the first picture shows dark ink, and from which on it shows light ground."""
FAINT = 24
"""Levels of grey by which a pixel full of ink must stand out."""
HIDDEN = 0.3
"""The part of a character's ink from which on it counts as hidden."""
WHOLE = 0.7
"""The part of a character's height and width that must be there."""
OVER = 0.3
"""The part of the smaller of two characters that lies under the other, from which on they are over each other."""
KERNED = 0.18
"""The part of their size by which two neighbours may be pushed together."""
CLASHES = 500
"""Pairs of texts of one page over each other that are looked at."""
MOST = 4_000_000
"""Pairs of objects of one page that are looked at."""

COVERED = "text is covered by what is drawn over it"
FADED = "text is drawn in the colour of its ground, or all but transparent"
CUT = "text is cut away, wholly or in part, or is not painted at all"
TURNED = "marks turn the direction of writing, so that it is seen in another order than it is read"
NAMELESS = "a glyph is drawn of which the file does not tell the character"

_CLASSES = bytes(1 if k <= INK else 2 if k >= GROUND else 0 for k in range(256))
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NAMELESS = re.compile("[\x01\x03-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")


@dataclass(slots=True)
class Seen:
    """A page as it was read, and what of it is seen otherwise."""

    chars: Chars
    hidden: dict[int, str] = field(default_factory=dict)
    """Characters that nobody sees, and why."""
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    """(text, why) of what is seen, but otherwise than it is read, or cannot be read."""
    images: list[tuple[str, str]] = field(default_factory=list)
    """(hash of its bytes, its size in words) of each image."""
    turned: set[int] = field(default_factory=set)
    """The addresses of texts that do not run from left to right."""


def look(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, fonts: Fonts, number: int) -> Seen:
    """Reads a page (its number counts from 1) and says what of it is not seen as it is read.

    `fonts` gathers the digits whose shapes are to be looked at. Raises pypdfium2.PdfiumError where the page's text
    cannot be read.
    """
    try:
        objects = objects_of(page)
        texts = [drawn for drawn in objects if drawn.kind == TEXT]
        marks = [marks_of(text) for text in texts]
        instead = [(text, said) for text, (said, _) in zip(texts, marks, strict=True) if said is not None]
        for text, _ in instead:
            without_actual_text(text)
        text_page = page.get_textpage()
        try:
            seen = Seen(read_chars(text_page))
            layers = {text.order for text, (_, layer) in zip(texts, marks, strict=True) if layer}
            _Page(document, page, text_page, objects, texts, layers, seen, fonts, number).judge()
            seen.unreadable += _instead(instead, text_page)
            return seen
        finally:
            text_page.close()
    except TooMuch:
        text_page = page.get_textpage()
        try:
            seen = Seen(read_chars(text_page))
        finally:
            text_page.close()
        seen.unreadable.append(
            ("", "the page holds so many things, nested or over each other, that it was not looked at")
        )
        return seen


@dataclass(slots=True)
class _Page:
    document: pypdfium2.PdfDocument
    page: pypdfium2.PdfPage
    text_page: pypdfium2.PdfTextPage
    objects: list[Drawn]
    texts: list[Drawn]
    layers: set[int]
    seen: Seen
    fonts: Fonts
    number: int

    def judge(self) -> None:
        chars, seen = self.seen.chars, self.seen
        owners = {text.address: text for text in self.texts}
        seen.turned = {text.address for text in self.texts if not text.matrix[0] > 10 * abs(text.matrix[1])}
        alive = set(chars.owners)
        plain: list[Drawn] = []
        close: list[Drawn] = []
        edge = self.page.get_bbox()
        for text in self.texts:
            left, bottom, right, top = text.box
            empty = right <= left or top <= bottom  # a space, or what is too small to have a size
            if text.address not in alive or (empty and not chars.drawn_by(text.address)):
                continue
            size = drawn_size(text)
            if text.mode in (3, 7):
                seen.hidden |= dict.fromkeys(chars.drawn_by(text.address), "text is drawn invisibly")
            elif size < TINY:
                why = f"text is drawn {size:.2g} points high, too small to be read"
                seen.hidden |= dict.fromkeys(chars.drawn_by(text.address), why)
            elif self.needs_care(text, edge):
                close.append(text)
            else:
                plain.append(text)
        over, places = over_the_page(self.page)
        seen.unreadable += over
        painted_over = _covered(self.objects, plain, places)
        pairs = _over_each_other(plain + close)
        under = {id(one) for one, _ in pairs} | painted_over
        close += [text for text in plain if id(text) in under]
        plain = [text for text in plain if id(text) not in under]
        first = picture(self.page, SCALE)
        faint = [text for text in plain if not _stands_out(first, text)]
        close += faint
        if faint:
            gone = {id(text) for text in faint}
            plain = [text for text in plain if id(text) not in gone]
        seen.unreadable += shapes(self.document, self.objects)
        seen.images += images(self.objects)
        seen.unreadable += self.unread(alive, first)
        if close:
            self.look_closely(close, edge, painted_over)
        blots: set[int] = set()
        for one, two in pairs:
            blots |= self.judge_pair(chars.drawn_by(one.address), chars.drawn_by(two.address), one, two)
        seen.unreadable += [(_near(chars.text, m.start()), TURNED) for m in _BIDI.finditer(chars.text)]
        seen.unreadable += [
            (_near(chars.text, m.start()), NAMELESS)
            for m in _NAMELESS.finditer(chars.text)
            if chars.owners[m.start()] is not None and m.start() not in seen.hidden
        ]
        aside = blots.union(seen.hidden)
        seen.unreadable += redraw(
            self.page, self.text_page, chars, self.objects, owners, aside, first, self.fonts, self.number
        )

    def needs_care(self, text: Drawn, edge: Rect) -> bool:
        """Is a text painted so that it may not be seen?"""
        left, bottom, right, top = text.box
        return (
            text.mode != 0
            or text.grey > DARK
            or text.alpha < 250
            or text.clipped
            or text.inside
            or text.order in self.layers
            or left < edge[0]
            or bottom < edge[1]
            or right > edge[2]
            or top > edge[3]
            or bool(_has_transparency(text.address))
        )

    def unread(self, alive: Collection[int | None], first: Picture) -> list[tuple[str, str]]:
        """Texts that are painted, and give a program no character. (Pdfium leaves out what is painted twice.)"""
        dumb = []
        for text in self.texts:
            left, bottom, right, top = text.box
            space = right - left < 0.1 or top - bottom < 0.1
            if text.address not in alive and not space and text.mode not in (3, 7) and drawn_size(text) >= TINY:
                dumb.append(text)
        if not dumb:
            return []
        boxes = {tuple(round(edge) for edge in other.box) for other in self.texts if other.address in alive}
        again = (product(*((math.floor(value), math.ceil(value)) for value in text.box)) for text in dumb)
        found = [text for text, near in zip(dumb, again, strict=True) if boxes.isdisjoint(near)]
        return [("", "text is drawn that gives a program no characters") for text in found if _stands_out(first, text)]

    def look_closely(self, close: list[Drawn], edge: Rect, painted_over: set[int]) -> None:
        """Each character of these texts: is its ink there, and does it change what is seen?"""
        with_them = picture(self.page, CLOSE)
        activate(close, False)
        without = picture(self.page, CLOSE)
        mine = {id(text) for text in close}
        others = [drawn for drawn in self.objects if id(drawn) not in mine]
        activate(others, False)
        activate(close, True)
        for text in close:
            _set_fill_colour(text.address, 0, 0, 0, 255)
            _set_render_mode(text.address, raw.FPDF_TEXTRENDERMODE_FILL)
            _set_blend_mode(text.address, b"Normal")
        alone = picture(self.page, CLOSE, annotations=False)
        activate(others, True)
        for text in close:
            for k in self.seen.chars.drawn_by(text.address):
                box = ink_box(self.text_page, k)
                if box[2] - box[0] <= 0 or box[3] - box[1] <= 0:
                    continue
                why = _not_there(alone, box)
                if why and text.order in self.layers:
                    why = "text stands in a layer that is switched off"
                elif why and not overlap(box, edge):
                    why = "text lies outside the page"
                elif not why and _lost(with_them, without, alone, box):
                    why = COVERED if id(text) in painted_over or (text.grey <= DARK and text.alpha >= 250) else FADED
                if why:
                    self.seen.hidden[k] = why

    def judge_pair(self, ones: Sequence[int], twos: Sequence[int], one: Drawn, two: Drawn) -> set[int]:
        """Two texts that lie over each other, of which neither is hidden: their characters that do so."""
        chars, hidden = self.seen.chars, self.seen.hidden
        boxes = {k: ink_box(self.text_page, k) for k in (*ones, *twos) if k not in hidden}
        clash = [(a, b) for a in ones for b in twos if a in boxes and b in boxes and _share(boxes[a], boxes[b]) > OVER]
        same = all(
            chars.text[a] == chars.text[b] and abs(chars.box(a)[0] - chars.box(b)[0]) < 0.2 * drawn_size(one)
            for a, b in clash
        )  # bold that is made by painting twice
        sizes = sorted((drawn_size(one), drawn_size(two)))
        if clash and not same and sizes[1] < 3 * sizes[0]:
            said = "".join(chars.text[k] for k in sorted({a for a, _ in clash}))
            other = "".join(chars.text[k] for k in sorted({b for _, b in clash}))
            self.seen.unreadable.append((said, f"another text (“{other}”) is drawn over it"))
            return {k for both in clash for k in both}
        return set()


def _covered(objects: Sequence[Drawn], texts: Sequence[Drawn], places: Sequence[Rect]) -> set[int]:
    """Texts (by id) in whose place something that is not text is painted later, or an annotation lies."""
    found: set[int] = set()
    if not texts:
        return found
    first = min(text.order for text in texts)
    painters = [o for o in objects if o.kind != TEXT and o.order > first and (o.mode or o.kind > 2)]
    if len(painters) * len(texts) > MOST:
        raise TooMuch
    places_of = [(*text.box, text.order, id(text)) for text in texts]
    for order, box in [*((painter.order, painter.box) for painter in painters), *((1 << 40, box) for box in places)]:
        left, bottom, right, top = box
        for x1, y1, x2, y2, earlier, name in places_of:
            if y1 < top and y2 > bottom and x1 < right and x2 > left and earlier < order:
                found.add(name)
    return found


def _over_each_other(texts: Sequence[Drawn]) -> list[tuple[Drawn, Drawn]]:
    """Pairs of texts, the earlier first, that share a good part of their height, and more width than kerning makes."""
    found: list[tuple[Drawn, Drawn]] = []
    active: list[tuple[float, float, float, Drawn]] = []
    seen = 0
    for text in sorted(texts, key=lambda text: text.box[0]):
        left, bottom, right, top = text.box
        if top <= bottom:
            continue
        active = [other for other in active if other[0] > left + 0.3]
        seen += len(active)
        if seen > MOST:
            raise TooMuch
        for far, low, high, other in active:
            if low < top and high > bottom:
                shared = min(top, high) - max(bottom, low)
                if shared > OVER * min(top - bottom, high - low):
                    kerned = KERNED * min(drawn_size(text), drawn_size(other))
                    if min(right, far) - left > kerned:
                        found.append((other, text) if other.order < text.order else (text, other))
        active.append((right, bottom, top, text))
    if len(found) > CLASHES:
        raise TooMuch
    return found


def _stands_out(seen: Picture, text: Drawn) -> bool:
    """Is there dark ink and light ground in the place of a text? Its middle is looked at first."""
    x1, y1, x2, y2 = seen.pixels(text.box)
    x1, x2 = max(0, x1 - 1), min(seen.width, x2 + 1)
    at = (y1 + y2) // 2 * seen.stride
    row = bytes(seen.data[at + x1 : at + x2]).translate(_CLASSES)
    if 1 in row and 2 in row:
        return True
    place = seen.crop(x1, max(0, y1 - 1), x2, min(seen.height, y2 + 1)).translate(_CLASSES)
    return 1 in place and 2 in place


def _not_there(alone: Picture, box: Rect) -> str:
    """Why a character, painted alone in black, is not there as a whole; empty where it is."""
    x1, y1, x2, y2 = alone.pixels(box)
    ink = alone.crop(x1, y1, x2, y2)
    rows = [y for y in range(y2 - y1) if min(ink[y * (x2 - x1) : (y + 1) * (x2 - x1)], default=255) < 215]
    wide, high = placed_size(alone, box)
    columns = [x for x in range(x2 - x1) if min(ink[x :: x2 - x1], default=255) < 215]
    if not rows or len(rows) + 1.5 < WHOLE * high or len(columns) + 1.5 < WHOLE * wide:
        return CUT
    return ""


def placed_size(seen: Picture, box: Rect) -> tuple[float, float]:
    """Width and height, in pixels, of a box that may lie outside of the picture in part."""
    a, b, c, d, _, _ = seen.matrix
    wide, high = box[2] - box[0], box[3] - box[1]
    return abs(a) * wide + abs(c) * high, abs(b) * wide + abs(d) * high


def _lost(with_it: Picture, without: Picture, alone: Picture, box: Rect) -> bool:
    """Does a good part of a character's ink change nothing of what is seen?"""
    place = alone.pixels(box, -0.5)
    seen, ground = with_it.crop(*place), without.crop(*place)
    darkest = min(alone.crop(*place), default=255)
    ink = [k for k, value in enumerate(alone.crop(*place)) if value < max(128, darkest + 30)]
    lost = sum(abs(seen[k] - ground[k]) < FAINT for k in ink)
    return lost > HIDDEN * len(ink)


def _near(text: str, at: int) -> str:
    return " ".join(text[max(0, at - 15) : at + 20].split())


def _share(one: Rect, two: Rect) -> float:
    """The part of the smaller of two rectangles that lies in the other."""
    wide = min(one[2], two[2]) - max(one[0], two[0])
    high = min(one[3], two[3]) - max(one[1], two[1])
    if wide <= 0 or high <= 0:
        return 0.0
    area = min((r[2] - r[0]) * (r[3] - r[1]) for r in (one, two))
    return wide * high / area if area > 0 else 0.0


def _instead(marked: Sequence[tuple[Drawn, str]], text_page: pypdfium2.PdfTextPage) -> list[tuple[str, str]]:
    """Where marked content gives programs a text that is not the one of the glyphs."""
    groups: list[tuple[int, str, str]] = []
    for text, said in marked:
        own = _own_text(text, text_page)
        if groups and groups[-1][0] == text.order - 1 and groups[-1][1] == said:
            own = groups.pop()[2] + own
        groups.append((text.order, said, own))
    return [
        (said, f"the file gives programs this text where it draws “{own.strip()}”")
        for _, said, own in groups
        if _plain(own) != _plain(said)
    ]


def _own_text(text: Drawn, text_page: pypdfium2.PdfTextPage) -> str:
    length = _text_of(text.address, text_page.raw, None, 0)
    buffer = create_string_buffer(length + 2)
    _text_of(text.address, text_page.raw, buffer, length)
    return buffer.raw[: max(0, length - 2)].decode("utf-16-le", "replace")


def _plain(text: str) -> str:
    """Without what a line's end or a ligature changes: hyphens, soft hyphens and spaces are nothing."""
    text = re.sub("[-\u00ad\u2010\u2011\ufffe\\x00-\\x1f]", "", normalize("NFKC", text))
    return "".join(text.split())
