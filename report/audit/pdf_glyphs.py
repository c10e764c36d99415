"""What digits look like: does a font's glyph for "7" show a seven?

A PDF's font says for each glyph which character it is. That may be a lie: the paper then shows one number and every
program reads another. Each digit of each font that draws numbers is painted large, and its shape is compared with the
digits of the fonts that pdfium itself brings (Helvetica, Times, Courier in some styles). It is a lie where the shape is
plainly nearer to another digit than to the one it says it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref, c_float, c_int, c_uint32, create_string_buffer
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter

import pypdfium2
from pypdfium2 import raw

from report.audit.pdf_calls import address_of, plain
from report.audit.pdf_objects import Matrix
from report.audit.pdf_render import Sheet, picture

_new_text = plain(raw.FPDFPageObj_CreateTextObj)
_set_text = plain(raw.FPDFText_SetText)
_set_codes = plain(raw.FPDFText_SetCharcodes)
_set_matrix = plain(raw.FPDFPageObj_SetMatrix)
_font_of = plain(raw.FPDFTextObj_GetFont)
_font_flags = plain(raw.FPDFFont_GetFlags)
_font_name = plain(raw.FPDFFont_GetBaseFontName)
_italic_angle = plain(raw.FPDFFont_GetItalicAngle)
_char_object = plain(raw.FPDFText_GetTextObject)
_destroy = plain(raw.FPDFPageObj_Destroy)
insert = plain(raw.FPDFPage_InsertObject)
"""(page, object): puts a new object into a page, to which it then belongs."""

DIGITS = "0123456789"
OWN_FONTS = (
    "Helvetica", "Helvetica-Bold", "Times-Roman", "Times-Bold", "Courier", "Courier-Bold", "Helvetica-Oblique",
    "Helvetica-BoldOblique", "Times-Italic", "Times-BoldItalic", "Courier-Oblique",
)  # fmt: skip
UPRIGHT, ITALIC = 6, 1 << 6
"""How many of them are upright, and the flag by which a PDF tells italic fonts."""
GRID = 24
"""Shapes are compared on a grid of so many rows and columns."""
SLOT, SIZE, COLUMNS = 48.0, 32.0, 20
"""Points between the glyphs of a sheet, their size, and how many stand in a row."""
PLAINLY, ZERO = 0.045, 0.1
"""A shape is plainly another digit where that one is nearer by this part of the grid; a slashed zero is much like 8."""
HARDLY, UNLIKE = 0.02, 0.19
"""The same for a font with two glyphs for a digit, of which one is a little nearer to another digit, and lies this far
from its sister. (Raised figures lie up to 0.24 from ordinary ones, but each is nearest to its own digit, or is within
0.18.)"""
CODES = 1024
"""Codes of a font of which it is asked which character each stands for."""
SAME = 0.02
"""Shapes that differ in less of the grid are one glyph."""
MOST = 2000
"""Digits of fonts that are looked at in one document."""
LEAST_HOLE = 4
"""Cells of the grid that a hole has at least."""
HOLE = 0.1
"""What a hole more or less, or in another third of the height, counts for, as a part of the grid."""
WIDTH = 0.3
"""What a difference in width counts for, as a part of it."""
NARROW = 6
"""Shapes of fewer columns are not drawn out."""
_DARK = bytes(int(k < 176) for k in range(256))
_ASCII = bytes.maketrans(b"\0\1", b"01")


_SIX = c_float * 6


def text_object(document: pypdfium2.PdfDocument, font: int, size: float, text: str, matrix: Matrix) -> int:
    """The address of a new text of the document, in no page yet: 0 where the font (its address) cannot draw it."""
    made = _new_text(document.raw, font, size)
    if not made:
        return 0
    if not _set_text(made, text.encode("utf-16-le") + b"\0\0"):
        _destroy(made)
        return 0
    _set_matrix(made, _SIX(*matrix))
    return int(made)


def coded_object(document: pypdfium2.PdfDocument, font: int, size: float, codes: Sequence[int], matrix: Matrix) -> int:
    """The same of a font's own codes."""
    made = _new_text(document.raw, font, size)
    if not made:
        return 0
    if not _set_codes(made, (c_uint32 * len(codes))(*codes), len(codes)):
        _destroy(made)
        return 0
    _set_matrix(made, _SIX(*matrix))
    return int(made)


def codes_of(document: pypdfium2.PdfDocument, font: int) -> dict[str, list[int]]:
    """The codes by which a font draws each character, of its first `CODES`: small capitals, raised figures and the like
    have codes of their own, and so has a glyph that lies."""
    page = document.new_page(100, 100)
    mine: dict[int, int] = {}
    found: dict[str, list[int]] = {}
    try:
        for code in range(CODES):
            place = (1, 0, 0, 1, code % 32 * 3 * SIZE, code // 32 * 3 * SIZE)
            made = coded_object(document, font, SIZE, [code], place)
            if made:
                mine[made] = code
                insert(page.raw, made)
        text = page.get_textpage()
        try:
            for k in range(text.count_chars()):
                code = mine.get(_char_object(text.raw, k) or 0, -1)
                if code >= 0 and not raw.FPDFText_HasUnicodeMapError(text.raw, k):
                    codes = found.setdefault(chr(raw.FPDFText_GetUnicode(text.raw, k)), [])
                    if code not in codes:
                        codes.append(code)
        finally:
            text.close()
    finally:
        page.close()
    return found


def shapes(document: pypdfium2.PdfDocument, glyphs: Sequence[int]) -> list[int]:
    """The shapes of glyphs (texts of one character, made by `text_object` at `SIZE`), as the bits of a grid; 0 for one
    that draws nothing. The glyphs go into a page at the document's end and are no longer the caller's."""
    rows = (len(glyphs) + COLUMNS - 1) // COLUMNS
    page = document.new_page(COLUMNS * SLOT, max(1, rows) * SLOT)
    try:
        for k, glyph in enumerate(glyphs):
            x, y = k % COLUMNS * SLOT + 8, (rows - 1 - k // COLUMNS) * SLOT + 14
            _set_matrix(glyph, _SIX(1, 0, 0, 1, x, y))
            insert(page.raw, glyph)
        seen = picture(page, 1.0, annotations=False)
    finally:
        page.close()
    step = int(SLOT)
    return [
        shape(seen.crop(x := k % COLUMNS * step, y := k // COLUMNS * step, x + step, y + step), step)
        for k in range(len(glyphs))
    ]


def shape(ink: bytes, width: int) -> int:
    """The dark pixels of a picture, brought to one height, in the middle of the grid, as the bits of a number."""
    ink = ink.translate(_DARK)
    first, last = ink.find(1), ink.rfind(1)
    if first < 0:
        return 0
    rows = [ink[at : at + width] for at in range(first // width * width, last + 1, width)]
    across = 0
    for row in rows:
        across |= int.from_bytes(row, "big")
    columns = across.to_bytes(width, "big")
    step = len(rows) / GRID
    middle = (columns.find(1) + columns.rfind(1) + 1) / 2
    pick = itemgetter(*(min(width - 1, max(0, int(middle + (k + 0.5 - GRID / 2) * step))) for k in range(GRID)))
    bits = b"".join([bytes(pick(rows[int((k + 0.5) * step)])) for k in range(GRID)])
    return int(bits.translate(_ASCII), 2)


@lru_cache(maxsize=4096)
def holes(one: int) -> tuple[int, ...]:
    """The white patches that a shape encloses, each as the row (times 2) of its middle."""
    wide = GRID + 2
    full = (1 << wide * wide) - 1
    row = (1 << GRID) - 1
    dark = sum((one >> k * GRID & row) << (k + 1) * wide + 1 for k in range(GRID))

    def spread(seed: int) -> int:
        while True:
            more = seed | (seed << 1) | (seed >> 1) | seed << wide | seed >> wide
            more &= full & ~dark
            if more == seed:
                return seed
            seed = more

    white = full & ~dark & ~spread(1)
    found = []
    while white:
        patch = spread(white & -white)
        white &= ~patch
        if patch.bit_count() >= LEAST_HOLE:
            rows = [k for k in range(wide) if patch >> k * wide & (1 << wide) - 1]
            found.append(2 * wide - (rows[0] + rows[-1]))
    return tuple(sorted(found))


@lru_cache(maxsize=2)
def own_shapes(slanted: bool) -> tuple[tuple[int, ...], ...]:
    """The shapes of each digit in pdfium's own fonts: in the upright ones, or in all."""
    document = pypdfium2.PdfDocument.new()
    try:
        glyphs = []
        for name in OWN_FONTS if slanted else OWN_FONTS[:UPRIGHT]:
            font = address_of(raw.FPDFText_LoadStandardFont(document.raw, name.encode()))
            glyphs += [text_object(document, font, SIZE, digit, (1, 0, 0, 1, 0, 0)) for digit in DIGITS]
        found = shapes(document, glyphs)
    finally:
        document.close()
    return tuple(tuple(found[k :: len(DIGITS)]) for k in range(len(DIGITS)))


@lru_cache(maxsize=4096)
def stretched(one: int) -> tuple[int, int]:
    """A shape drawn out to the width of the grid, and the width that it had."""
    row = (1 << GRID) - 1
    rows = [one >> k * GRID & row for k in range(GRID)]
    across = 0
    for cells in rows:
        across |= cells
    if not across:
        return 0, 0
    low = (across & -across).bit_length() - 1
    wide = across.bit_length() - low
    if wide < NARROW:
        return one, wide
    pick = [low + (2 * k + 1) * wide // (2 * GRID) for k in range(GRID)]
    drawn = (sum((cells >> at & 1) << k for k, at in enumerate(pick)) for cells in rows)
    return sum(cells << k * GRID for k, cells in enumerate(drawn)), wide


def apart(one: int, other: int) -> float:
    """How far two shapes lie apart: the part of the grid that differs, as they are and drawn out to one width, and
    something for each hole that one has more and for a difference in width."""
    mine, theirs = holes(one), holes(other)
    more = abs(len(mine) - len(theirs))
    if not more and len(mine) == 1 and abs(mine[0] - theirs[0]) > GRID * 2 / 6:
        more = 1
    (my_stretched, my_width), (their_stretched, their_width) = stretched(one), stretched(other)
    differ = (one ^ other).bit_count() + (my_stretched ^ their_stretched).bit_count()
    return differ / 2 / GRID**2 + HOLE * more + WIDTH * abs(my_width - their_width) / GRID


@lru_cache(maxsize=4096)
def distances(one: int, slanted: bool) -> tuple[float, ...]:
    """How far a shape lies from each digit, in the font that is nearest; upright ones with upright ones."""
    return tuple(min(apart(one, own) for own in shapes_of) for shapes_of in own_shapes(slanted))


def nearest(one: int, slanted: bool) -> str:
    """The digit that a shape is nearest to; empty for the shape of nothing."""
    away = distances(one, slanted)
    return str(min(range(10), key=away.__getitem__)) if one else ""


def looks_like(digit: str, one: int, slanted: bool) -> str:
    """The other digit that a shape plainly is; empty where it may be what it says."""
    own = min(apart(one, other) for other in own_shapes(slanted)[int(digit)])
    # most shapes differ by more cells than would make them plainly nearer, and need no closer look
    most = (own - PLAINLY) * 2 * GRID**2
    near = {
        d: min(apart(one, other) for other in close)
        for d, shapes_of in enumerate(own_shapes(slanted))
        if d != int(digit) and (close := [other for other in shapes_of if (one ^ other).bit_count() < most])
    }
    if not near:
        return ""
    best = min(near, key=near.__getitem__)
    plainly = ZERO if (digit, best) == ("0", 8) else PLAINLY
    return str(best) if near[best] + plainly < own else ""


def is_slanted(font: int) -> bool:
    """Does a font say that it is an italic one?"""
    angle = c_int()
    _italic_angle(font, byref(angle))
    return angle.value != 0 or bool(_font_flags(font) & ITALIC)


Key = tuple[int, str, int]
"""The address of a font, a character, and the code that draws it, or -1 for the one that the font has first."""


@dataclass
class Fonts:
    """The fonts that draw a document's numbers, gathered page by page, and their digits, looked at together."""

    document: pypdfium2.PdfDocument
    asked: dict[Key, tuple[int, int]] = field(default_factory=dict)
    """Each glyph, and the first page it stands on."""
    codes: dict[int, dict[str, list[int]]] = field(default_factory=dict)
    """By a font's address what `codes_of` gives; only of fonts that have two glyphs for a character."""
    usual: dict[tuple[int, str], int] = field(default_factory=dict)
    """The code by which such a font drew a character where it was last seen."""
    sheet: Sheet = field(default_factory=Sheet)
    """Where numbers are painted again, page after page."""
    beyond: int = 0
    """The first page with a digit of a font that is not looked at, because there are too many; 0 for none."""

    def ask(self, font: int, char: str, page: int, code: int = -1) -> None:
        """Remembers a glyph. With it its font stays in memory, so that no other can come to stand at its address."""
        key = (font, char, code)
        if key not in self.asked and len(self.asked) >= MOST:
            self.beyond = self.beyond or page
        elif key not in self.asked:
            place = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
            if code < 0:
                glyph = text_object(self.document, font, SIZE, char, place)
            else:
                glyph = coded_object(self.document, font, SIZE, [code], place)
            if glyph:
                self.asked[key] = (glyph, page)

    def painted(self, font: int, size: float, text: str, matrix: Matrix) -> int:
        """A text as `text_object` makes it; where the font has two glyphs for a character, by the usual one."""
        known = self.codes.get(font)
        if known is not None and all(char in known for char in text):
            codes = [self.usual.get((font, char), known[char][0]) for char in text]
            return coded_object(self.document, font, size, codes, matrix)
        return text_object(self.document, font, size, text, matrix)

    def others(self, font: int, char: str) -> list[int]:
        """All codes by which a font draws a character."""
        if font not in self.codes:
            self.codes[font] = codes_of(self.document, font)
        return self.codes[font].get(char, [])

    def lies(self) -> list[tuple[str, str, str, int]]:
        """(name of the font, digit that is said, digit that is shown, page), for each lie. To be called once."""
        keys = [key for key in self.asked if key[1] in DIGITS]
        names = {key: _name(self.asked[key][0]) for key in keys}
        slanted = {key: is_slanted(_font_of(self.asked[key][0])) for key in keys}
        drawn = shapes(self.document, [self.asked[key][0] for key in keys]) if keys else []  # the glyphs are gone now
        kin: dict[tuple[int, str], list[int]] = {}
        for (address, digit, _), one in zip(keys, drawn, strict=True):
            kin.setdefault((address, digit), []).append(one)
        found = []
        for key, one in zip(keys, drawn, strict=True):
            address, digit, _ = key
            if not one:
                continue  # whether it is seen is judged where it stands
            twins = [k for k, other in zip(keys, drawn, strict=True) if (one ^ other).bit_count() < SAME * GRID**2]
            twin = next((d for _, d, _ in twins if d != digit), "")
            honest = any(d == digit and a != address for a, d, _ in twins)
            other = looks_like(digit, one, slanted[key]) or _odd(digit, one, kin[address, digit], slanted[key])
            if other or (twin and not honest):
                found.append((names[key], digit, other or twin, self.asked[key][1]))
        for key, (glyph, _) in self.asked.items():
            if key[1] not in DIGITS:
                _destroy(glyph)
        self.asked.clear()
        return found


def _odd(digit: str, one: int, kin: Sequence[int], slanted: bool) -> str:
    """The digit that a glyph is nearest to where a font has another one for its own that is unlike it; else empty."""
    sisters = [other for other in kin if other and other != one]
    if not sisters:
        return ""
    away = distances(one, slanted)
    best = min(range(10), key=away.__getitem__)
    honest = [other for other in sisters if nearest(other, slanted) == digit]
    odd = away[best] + HARDLY < away[int(digit)] and honest and min(apart(one, other) for other in honest) > UNLIKE
    return str(best) if odd else ""


def _name(glyph: int) -> str:
    buffer = create_string_buffer(128)
    length = _font_name(_font_of(glyph), buffer, 128)
    return buffer.raw[: max(0, min(length, 128) - 1)].decode("utf-8", "replace")
