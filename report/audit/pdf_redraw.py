"""Numbers of a PDF's page painted again from what was read, by their own fonts, and compared with what is seen.

Pdfium puts the same glyph in the same place into the same pixels. So where a number looks otherwise than its painting
again, the font says the same of two glyphs of which one was read as the other, or something is drawn into the number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pypdfium2
from pypdfium2 import raw

from report.audit.pdf_calls import plain
from report.audit.pdf_chars import Chars, ink_box, origin
from report.audit.pdf_glyphs import DIGITS, Fonts, apart, coded_object, insert, is_slanted, looks_like, nearest, shape
from report.audit.pdf_objects import PATH, TEXT, Drawn, Rect, activate, outlines
from report.audit.pdf_render import Picture, picture

_font_of = plain(raw.FPDFTextObj_GetFont)
_set_active = plain(raw.FPDFPageObj_SetIsActive)
_set_fill_colour = plain(raw.FPDFPageObj_SetFillColor)
_count_segments = plain(raw.FPDFPath_CountSegments)

CLOSE = 4.0
"""Pixels to a point of a close look."""
FULL, EMPTY = 0.7, 0.2
"""Pixels with so much ink count as full, with less as empty."""
SHIFTS = (0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)
"""Pdfium moves glyphs of a long text by up to one pixel, to even out the gaps that rounding leaves."""
OTHER = 0.2
"""The part of a character's ink that differs where its glyph is another one."""
CODES = 6
"""Glyphs of one font for the same character that are tried."""
ALIKE = 0.12
"""How far two forms of one digit in a font may lie apart (`pdf_glyphs.apart`)."""
SHOWN = 8
"""Words of a page that are named for one fault."""
LEAST_STEP = 0.1
"""The part of its size by which a character's middle stands behind that of the one before it at least."""
SPECK = 0.25
"""Square points of ink that something drawn into a number has at least."""

_RUN = re.compile("[<>≤≥=±−–+]|[0-9](?:[0-9.,·]*[0-9])?%?")


@dataclass(slots=True, eq=False)
class _Run:
    """Characters of a number that one object draws, closed up: first..last-1."""

    first: int
    last: int
    text: Drawn
    box: Rect
    font: int
    """The address of its font."""


def redraw(
    page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage, chars: Chars,
    objects: Sequence[Drawn], owners: Mapping[int, Drawn], hidden: Collection[int], first: Picture, fonts: Fonts,
    number: int,
) -> list[tuple[str, str]]:  # fmt: skip
    """(text, why) for each number of the page that is not seen as it is read."""
    found: list[tuple[str, str]] = []
    known: dict[int | None, int] = {}
    runs: list[_Run] = []
    half = page.get_rotation() == 180
    for match in _RUN.finditer(chars.text):
        for run in _runs(match.start(), match.end(), chars, owners, hidden, known):
            runs.append(run)
            a, b, c, d, _, _ = run.text.matrix
            sign = 1 if run.text.size > 0 else -1
            if a * d - b * c < 0 or (sign * a < 0 and abs(b) < abs(a) and not half):
                found.append((match.group(), "a number is drawn upside down or mirrored"))
        if match.end() - match.start() > 1 and not _in_order(match.start(), match.end(), chars, owners, hidden):
            found.append(
                (match.group(), "the characters of a number are not drawn in the order in which they are read")
            )
    for run in runs:
        for k in range(run.first, run.last):
            fonts.ask(run.font, chars.text[k], number)
    paint = _Painter(page, text_page, chars, objects, fonts)
    plain: list[_Run] = []
    doubtful: list[_Run] = []
    for run in runs:
        dark = run.text.grey < 128 and run.text.mode == 0 and run.text.alpha > 250
        (plain if dark else doubtful).append(run)
    again = paint(plain, first.scale)
    single = [
        _single(run, k, chars) for run in plain if not _same(first, again, run) for k in range(run.first, run.last)
    ]
    if single:  # each on its own: the gaps between digits may not be those of the font
        again = paint(single, first.scale)
        single = [run for run in single if not _same(first, again, run)]
    if single:
        single = _by_other_codes(single, first, paint, number)
    if single or doubtful:
        found += _other_glyphs(page, paint, [*single, *doubtful])
    return found + _drawn_into(page, chars, objects, runs)


def _by_other_codes(runs: list[_Run], first: Picture, paint: _Painter, number: int) -> list[_Run]:
    """Characters of fonts that have two glyphs for one: those that are seen as none of them."""
    fonts, text = paint.fonts, paint.chars.text
    codes = {run: fonts.others(run.font, text[run.first]) for run in runs}
    left = dict.fromkeys(runs)
    for turn in range(min(CODES, max(map(len, codes.values())))):
        tried = [run for run in left if turn < len(codes[run])]
        again = paint(tried, first.scale, {run: codes[run][turn] for run in tried})
        for run in tried:
            if _same(first, again, run):
                code = codes[run][turn]
                fonts.ask(run.font, text[run.first], number, code)
                fonts.usual[run.font, text[run.first]] = code
                del left[run]
    return list(left)


def _runs(
    first: int,
    last: int,
    chars: Chars,
    owners: Mapping[int, Drawn],
    hidden: Collection[int],
    known: dict[int | None, int],
) -> Iterator[_Run]:
    """The stretches of a number that can be painted as one text: of one object, and not set apart."""
    edges = chars.edges
    start = first
    for k in range(first, last):
        owner = chars.owners[k]
        ends = (
            k + 1 == last
            or chars.owners[k + 1] != owner
            or abs(edges[4 * k + 2] - edges[4 * k + 4]) > 0.02
            or abs(edges[4 * k + 1] - edges[4 * k + 5]) > 0.02
            or k + 1 in hidden
        )
        if ends:
            text = owners.get(owner) if owner is not None else None
            if text is not None and not (hidden and any(i in hidden for i in range(start, k + 1))):
                if owner not in known:
                    known[owner] = _font_of(text.address) or 0
                x1, y1, x2, y2 = chars.box(start)
                if k > start:
                    _, low, x3, high = chars.box(k)
                    x1, y1, x2, y2 = min(x1, edges[4 * k]), min(y1, low), max(x2, x3), max(y2, high)
                yield _Run(start, k + 1, text, (x1, y1, x2, y2), known[owner])
            start = k + 1


def _single(run: _Run, k: int, chars: Chars) -> _Run:
    return _Run(k, k + 1, run.text, chars.box(k), run.font)


def _in_order(first: int, last: int, chars: Chars, owners: Mapping[int, Drawn], hidden: Collection[int]) -> bool:
    """Do the characters of a number follow each other in the direction of their text?"""
    before: Rect | None = None
    for k in range(first, last):
        owner = chars.owners[k]
        if owner is None or owner not in owners or k in hidden:
            before = None
            continue
        a, b, _, _, _, _ = owners[owner].matrix
        if owners[owner].size < 0:
            a, b = -a, -b
        length = math.hypot(a, b) or 1.0
        box = chars.box(k)
        if before is not None:
            step = (box[0] + box[2] - before[0] - before[2]) * a + (box[1] + box[3] - before[1] - before[3]) * b
            if step / 2 / length < LEAST_STEP * abs(owners[owner].size) * length:
                return False
        before = box
    return True


@dataclass(frozen=True, slots=True)
class _Painter:
    """Paints a page with nothing but some runs, in black, from the characters that were read."""

    page: pypdfium2.PdfPage
    text_page: pypdfium2.PdfTextPage
    chars: Chars
    objects: Sequence[Drawn]
    fonts: Fonts

    def __call__(self, runs: Sequence[_Run], scale: float, codes: Mapping[_Run, int] | None = None) -> Picture:
        made = []
        for run in runs:
            a, b, c, d, _, _ = run.text.matrix
            matrix = (a, b, c, d, *origin(self.text_page, run.first))
            size = run.text.size
            if codes is None:
                said = self.chars.text[run.first : run.last]
                new = self.fonts.painted(run.font, size, said, matrix)
            else:
                new = coded_object(self.fonts.document, run.font, size, [codes[run]], matrix)
            if new:
                made.append(new)
        activate(self.objects, False)
        for new in made:
            insert(self.page.raw, new)
        try:
            return picture(self.page, scale, annotations=False, sheet=self.fonts.sheet)
        finally:
            for new in made:  # to take them out of the page again would take longer; they go with it
                _set_active(new, False)
            activate(self.objects, True)


def _same(seen: Picture, again: Picture, run: _Run) -> bool:
    """Is a run seen as it is painted again? A pixel that is full of ink in one may not be without ink in the other."""
    x1, y1, x2, y2 = seen.pixels(run.box)
    x1, y1 = max(1, x1), max(1, y1)
    x2, y2 = min(seen.width - 1, x2), min(seen.height - 1, y2)
    width = x2 - x1
    if width < 1:
        return False
    mine = again.crop(x1, y1, x2, y2)
    ink = mine.translate(_cut(0, 0.3))
    first, last = ink.find(1), ink.rfind(1)
    if first < 0:
        return False
    low, high = first // width, last // width + 1
    mine = mine[low * width : high * width]
    full, some = mine.translate(_cut(0, FULL)), mine.translate(_cut(0, EMPTY))
    grey = run.text.grey
    for dx, dy in SHIFTS:
        theirs = seen.crop(x1 + dx, y1 + low + dy, x2 + dx, y1 + high + dy)
        if not _without(full, theirs.translate(_cut(grey, EMPTY))) and not _without(
            theirs.translate(_cut(grey, FULL)), some
        ):
            return True
    return False


@lru_cache(maxsize=1024)
def _cut(grey: int, part: float) -> bytes:
    """A table that turns levels of grey into 1 where ink of that grey, on white, fills this part of a pixel, else 0."""
    level = 255 - part * (255 - grey)
    return bytes(int(k <= level) for k in range(256))


def _without(one: bytes, two: bytes) -> int:
    """How many ones of the first have none in the second."""
    return (int.from_bytes(one, "big") & ~int.from_bytes(two, "big")).bit_count()


def _other_glyphs(page: pypdfium2.PdfPage, paint: _Painter, runs: Sequence[_Run]) -> list[tuple[str, str]]:
    """The runs painted again, and the page's texts alone, both large: is another glyph there than was read?"""
    chars, text_page, objects = paint.chars, paint.text_page, paint.objects
    single = [_single(run, k, chars) for run in runs for k in range(run.first, run.last)]
    again = paint(single, CLOSE)
    texts = [drawn for drawn in objects if drawn.kind == TEXT]
    rest = [drawn for drawn in objects if drawn.kind != TEXT]
    activate(rest, False)
    for text in texts:
        _set_fill_colour(text.address, 0, 0, 0, 255)
    alone = picture(page, CLOSE, annotations=False)
    activate(rest, True)
    found: dict[str, list[str]] = {}
    for run in single:
        char = chars.text[run.first]
        x1, y1, x2, y2 = again.pixels(ink_box(text_page, run.first), -1)
        mine = again.crop(x1, y1, x2, y2)
        theirs = min(
            (alone.crop(x1 + dx, y1 + dy, x2 + dx, y2 + dy) for dx, dy in SHIFTS if x1 + dx >= 0 and y1 + dy >= 0),
            key=lambda ink: _differ(mine, ink),
        )
        other = _other(char, mine, theirs, x2 - x1, is_slanted(run.font))
        if other:
            why = f"the glyph that its font says is “{char}” is drawn {other}"
            found.setdefault(why, []).append(_word(chars.text, run.first))
    return [(_listed(words), why) for why, words in found.items()]


def _differ(one: bytes, two: bytes) -> int:
    """How many pixels are dark in one of two pictures of a glyph, and not in the other."""
    half = _cut(0, 0.5)
    return (int.from_bytes(one.translate(half), "big") ^ int.from_bytes(two.translate(half), "big")).bit_count()


def _listed(words: Sequence[str]) -> str:
    words = list(dict.fromkeys(words))
    return ", ".join(words[:SHOWN]) + (f" and {len(words) - SHOWN} more" if len(words) > SHOWN else "")


def _word(text: str, at: int) -> str:
    """The stretch between spaces that a character stands in."""
    before, after = text[max(0, at - 40) : at], text[at : at + 40]
    head = before.split()[-1] if before.strip() and not before[-1].isspace() else ""
    return head + after.split()[0]


def _other(char: str, again: bytes, alone: bytes, width: int, slanted: bool) -> str:
    """Is a character drawn otherwise than its font draws it from what was read, so that it is plainly another?"""
    one, two = (int.from_bytes(ink.translate(_cut(0, 0.5)), "big") for ink in (again, alone))
    if width < 1 or _differ(again, alone) <= OTHER * one.bit_count():
        return "" if two else "as nothing"
    if char not in DIGITS:
        return "otherwise" if (one & ~two).bit_count() > 0.5 * one.bit_count() else ""
    was, form = shape(again, width), shape(alone, width)
    if not was:  # pdfium does not paint by fonts whose glyphs are little drawings (Type 3)
        other = looks_like(char, form, slanted)
        return f"like “{other}”" if other else ""
    if form and apart(was, form) <= ALIKE:
        return ""  # fonts have more than one form of a digit
    other = nearest(form, slanted)
    return f"like “{other}”" if other not in ("", char) else "otherwise"


def _drawn_into(
    page: pypdfium2.PdfPage, chars: Chars, objects: Sequence[Drawn], runs: Sequence[_Run]
) -> list[tuple[str, str]]:
    """Numbers in whose place something stands that is no text: a stroke through them, a point between their digits."""
    rest = [(drawn, *drawn.box) for drawn in objects if drawn.kind != TEXT and (drawn.mode or drawn.kind != PATH)]
    plain = {id(drawn): _box(drawn) for drawn, *_ in rest}
    places = []
    for run in runs:
        # The room that a font leaves above and below its digits may hold a rule.
        left, bottom, right, top = run.box
        a, b, _, _, _, _ = run.text.matrix
        if abs(a) > abs(b):
            bottom, top = bottom + 0.22 * (top - bottom), top - 0.2 * (top - bottom)
        for drawn, x1, y1, x2, y2 in rest:
            if y1 < top and y2 > bottom and x1 < right and x2 > left:
                around = x1 < left - 1 and x2 > right + 1 and y1 < bottom - 1 and y2 > top + 1
                if not (around and plain[id(drawn)]):
                    places.append((run, (left, bottom, right, top)))
                    break
    if not places:
        return []
    texts = [drawn for drawn in objects if drawn.kind == TEXT]
    activate(texts, False)
    ground = picture(page, 2.0)
    activate(texts, True)
    found = []
    for run, box in places:
        place = ground.crop(*ground.pixels(box))
        common = max(set(place), key=place.count, default=255)
        other = bytes(int(abs(value - common) > 48) for value in range(256))
        if place.translate(other).count(1) / ground.scale**2 >= SPECK:
            found.append((chars.text[run.first : run.last], "something is drawn into the number or through it"))
    return found


def _box(drawn: Drawn) -> bool:
    """Is it a rectangle, which may be the ground or the frame of a number that it surrounds?"""
    return drawn.kind == PATH and _count_segments(drawn.address) <= 6 and sum(1 for _ in outlines(drawn)) == 1
