"""What digits look like: does a font's glyph for "7" show a seven?

A PDF's font says for each glyph which character it is. That may be a lie: the paper then shows one number and every
program reads another. Each digit of each font that draws numbers is painted large, and its shape is compared with the
digits of the fonts that pdfium itself brings (Helvetica, Times, Courier in some styles). It is a lie where the shape is
plainly nearer to another digit than to the one it says it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import POINTER, byref, c_ushort, cast, create_string_buffer
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any

import pypdfium2
from pypdfium2 import raw

from report.audit.pdf_objects import Matrix
from report.audit.pdf_render import picture

DIGITS = "0123456789"
OWN_FONTS = (
    "Helvetica", "Helvetica-Bold", "Helvetica-Oblique", "Times-Roman", "Times-Bold", "Times-Italic", "Courier",
    "Courier-Bold",
)  # fmt: skip
GRID = 24
"""Shapes are compared on a grid of so many rows and columns."""
SLOT, SIZE, COLUMNS = 48.0, 32.0, 20
"""Points between the glyphs of a sheet, their size, and how many stand in a row."""
PLAINLY = 0.075
"""A shape is plainly another digit where that one is nearer by this part of the grid."""
SAME = 0.02
"""Shapes that differ in less of the grid are one glyph."""
MOST = 3000
"""Digits of fonts that are looked at in one document."""
LEAST_HOLE = 4
"""Cells of the grid that a hole has at least."""
HOLE = 0.1
"""What a hole more or less, or in another third of the height, counts for, as a part of the grid."""
_DARK = bytes(int(k < 176) for k in range(256))
_ASCII = bytes.maketrans(b"\0\1", b"01")


def text_object(document: pypdfium2.PdfDocument, font: Any, size: float, text: str, matrix: Matrix) -> Any:
    """A new text of the document, in no page yet: None where the font cannot draw it."""
    made = raw.FPDFPageObj_CreateTextObj(document.raw, font, size)
    if not made:
        return None
    buffer = create_string_buffer(text.encode("utf-16-le") + b"\0\0")
    if not raw.FPDFText_SetText(made, cast(buffer, POINTER(c_ushort))):
        raw.FPDFPageObj_Destroy(made)
        return None
    raw.FPDFPageObj_SetMatrix(made, byref(raw.FS_MATRIX(*matrix)))
    return made


def shapes(document: pypdfium2.PdfDocument, glyphs: Sequence[Any]) -> list[int]:
    """The shapes of glyphs (texts of one character, made by `text_object` at `SIZE`), as the bits of a grid; 0 for one
    that draws nothing. The glyphs go into a page at the document's end and are no longer the caller's."""
    rows = (len(glyphs) + COLUMNS - 1) // COLUMNS
    page = document.new_page(COLUMNS * SLOT, max(1, rows) * SLOT)
    try:
        for k, glyph in enumerate(glyphs):
            x, y = k % COLUMNS * SLOT + 8, (rows - 1 - k // COLUMNS) * SLOT + 14
            raw.FPDFPageObj_SetMatrix(glyph, byref(raw.FS_MATRIX(1, 0, 0, 1, x, y)))
            raw.FPDFPage_InsertObject(page.raw, glyph)
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
    bits = bytes(bit for k in range(GRID) for bit in pick(rows[int((k + 0.5) * step)]))
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


@lru_cache(maxsize=1)
def own_shapes() -> tuple[tuple[int, ...], ...]:
    """The shapes of each digit in pdfium's own fonts."""
    document = pypdfium2.PdfDocument.new()
    try:
        glyphs = []
        for name in OWN_FONTS:
            font = raw.FPDFText_LoadStandardFont(document.raw, name.encode())
            glyphs += [text_object(document, font, SIZE, digit, (1, 0, 0, 1, 0, 0)) for digit in DIGITS]
        found = shapes(document, glyphs)
    finally:
        document.close()
    return tuple(tuple(found[k :: len(DIGITS)]) for k in range(len(DIGITS)))


def apart(one: int, other: int) -> float:
    """How far two shapes lie apart: the part of the grid that differs, and `HOLE` for each hole that one has more."""
    mine, theirs = holes(one), holes(other)
    more = abs(len(mine) - len(theirs))
    if not more and len(mine) == 1 and abs(mine[0] - theirs[0]) > GRID * 2 / 6:
        more = 1
    return (one ^ other).bit_count() / GRID**2 + HOLE * more


def distances(one: int) -> list[float]:
    """How far a shape lies from each digit, in the font that is nearest."""
    return [min(apart(one, other) for other in kinds) for kinds in own_shapes()]


def nearest(one: int) -> str:
    """The digit that a shape is nearest to; empty for the shape of nothing."""
    away = distances(one)
    return str(min(range(10), key=away.__getitem__)) if one else ""


def looks_like(digit: str, one: int) -> str:
    """The other digit that a shape plainly is; empty where it may be what it says."""
    away = distances(one)
    best = min(range(10), key=away.__getitem__)
    return str(best) if away[best] + PLAINLY < away[int(digit)] else ""


@dataclass
class Fonts:
    """The digits of a document's fonts, gathered page by page, and looked at together."""

    document: pypdfium2.PdfDocument
    asked: dict[tuple[int, str], tuple[Any, int]] = field(default_factory=dict)
    """(address of the font, digit): its glyph, and the first page it stands on."""

    def ask(self, address: int, font: Any, digit: str, page: int) -> None:
        key = (address, digit)
        if key not in self.asked:
            glyph = text_object(self.document, font, SIZE, digit, (1, 0, 0, 1, 0, 0))
            if glyph:  # it keeps its font, so that no other one can come to stand at the address
                self.asked[key] = (glyph, page)

    def lies(self) -> list[tuple[str, str, str, int]]:
        """(name of the font, digit that is said, digit that is shown, page), for each lie. To be called once."""
        keys = list(self.asked)[:MOST]
        names = {address: _name(self.asked[address, digit][0]) for address, digit in keys}
        found = []
        drawn = shapes(self.document, [self.asked[key][0] for key in keys]) if keys else []
        for key, one in zip(keys, drawn, strict=True):
            address, digit = key
            if not one:
                continue  # whether it is seen is judged where it stands
            twins = [k for k, other in zip(keys, drawn, strict=True) if (one ^ other).bit_count() < SAME * GRID**2]
            twin = next((d for _, d in twins if d != digit), "")
            honest = any(d == digit and a != address for a, d in twins)
            other = looks_like(digit, one)
            if other or (twin and not honest):
                found.append((names[address], digit, other or twin, self.asked[key][1]))
        self.asked.clear()
        return found


def _name(glyph: Any) -> str:
    buffer = create_string_buffer(128)
    length = raw.FPDFFont_GetBaseFontName(raw.FPDFTextObj_GetFont(glyph), buffer, 128)
    return buffer.raw[: max(0, min(length, 128) - 1)].decode("utf-8", "replace")
