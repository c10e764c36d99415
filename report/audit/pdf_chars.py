"""The characters of a PDF's page: what each is said to be, where it stands, and which object draws it."""

from __future__ import annotations

from array import array
from ctypes import CFUNCTYPE, addressof, byref, c_double, c_int, c_void_p, cast
from dataclasses import dataclass
from typing import Any

import pypdfium2
from pypdfium2 import raw

from report.audit.pdf_objects import Rect

# These are called for each character, and ctypes' checks of the arguments would cost more than the calls.
_LOOSE: Any = CFUNCTYPE(c_int, c_void_p, c_int, c_void_p)(cast(raw.FPDFText_GetLooseCharBox, c_void_p).value)  # type: ignore[arg-type]
_OWNER: Any = CFUNCTYPE(c_void_p, c_void_p, c_int)(cast(raw.FPDFText_GetTextObject, c_void_p).value)  # type: ignore[arg-type]


@dataclass(slots=True)
class Chars:
    """The characters of a page, in the order of its content, with the spaces and line ends that pdfium puts between."""

    text: str
    edges: array[float]
    """Left, upper, right, lower edge of each, with the room that its font leaves round a letter; in points."""
    owners: list[int | None]
    """The address of the text object that draws each; None for what pdfium put in."""

    def box(self, k: int) -> Rect:
        edges = self.edges
        return edges[4 * k], edges[4 * k + 3], edges[4 * k + 2], edges[4 * k + 1]

    def around(self, first: int, last: int) -> Rect | None:
        """Round the characters first..last-1; None where none of them is drawn."""
        drawn = [self.box(k) for k in range(first, last) if self.owners[k] is not None]
        if not drawn:
            return None
        left, bottom, right, top = zip(*drawn, strict=True)
        return min(left), min(bottom), max(right), max(top)


def read_chars(text_page: pypdfium2.PdfTextPage) -> Chars:
    handle = cast(text_page.raw, c_void_p).value
    count = text_page.count_chars()
    text = text_page.get_text_range() if count else ""
    if len(text) != count:  # pdfium leaves out what it has no character for
        codes = [raw.FPDFText_GetUnicode(text_page.raw, k) for k in range(count)]
        text = "".join(chr(u) if 0 < u < 0x110000 and not 0xD800 <= u < 0xE000 else "\ufffd" for u in codes)
    rects = (raw.FS_RECTF * count)()
    at = addressof(rects)
    for k in range(count):
        _LOOSE(handle, k, at + 16 * k)
    edges = array("f")
    edges.frombytes(bytes(rects))
    return Chars(text, edges, [_OWNER(handle, k) for k in range(count)])


def ink_box(text_page: pypdfium2.PdfTextPage, k: int) -> Rect:
    """The rectangle that the shape of a character fills."""
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    raw.FPDFText_GetCharBox(text_page.raw, k, byref(left), byref(right), byref(bottom), byref(top))
    return left.value, bottom.value, right.value, top.value


def origin(text_page: pypdfium2.PdfTextPage, k: int) -> tuple[float, float]:
    """Where a character's origin lies, on its base line."""
    x, y = c_double(), c_double()
    raw.FPDFText_GetCharOrigin(text_page.raw, k, byref(x), byref(y))
    return x.value, y.value
