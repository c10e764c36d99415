"""Pictures of a PDF's page in grey, and where a place of the page lies in them."""

from __future__ import annotations

import math
from ctypes import byref, c_int, c_ubyte
from dataclasses import dataclass
from typing import Any

import pypdfium2
from pypdfium2 import raw

from report.audit.pdf_objects import Matrix, Rect, placed

MAX_PIXELS = 6_000_000
"""A page so large that its picture would hold more is drawn smaller."""
_FINE = 100
"""Parts of a pixel that pdfium, which tells places on the picture in whole numbers, is asked for."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page in grey: one byte for each pixel, 0 black, 255 white, rows from above."""

    data: memoryview
    stride: int
    width: int
    height: int
    matrix: Matrix
    """From points of the page to pixels."""
    scale: float
    """Pixels to a point."""

    def pixels(self, box: Rect, inset: float = 0.0) -> tuple[int, int, int, int]:
        """The pixels (left, upper, right, lower; the last two exclusive) that a box covers, rounded to the nearest."""
        left, upper, right, lower = placed(box, self.matrix)
        return (
            max(0, round(left + inset)),
            max(0, round(upper + inset)),
            min(self.width, round(right - inset)),
            min(self.height, round(lower - inset)),
        )

    def crop(self, x1: int, y1: int, x2: int, y2: int) -> bytes:
        """The bytes of a rectangle of pixels, row after row."""
        data, stride = self.data, self.stride
        return b"".join([data[at + x1 : at + x2] for at in range(y1 * stride, y2 * stride, stride)])


def page_matrix(page: pypdfium2.PdfPage, scale: float) -> Matrix:
    """From points of the page (crop box and rotation minded) to pixels of a picture of that scale."""
    width, height = page.get_size()
    wide, high = math.ceil(width * scale) * _FINE, math.ceil(height * scale) * _FINE
    x, y = c_int(), c_int()

    def place(px: float, py: float) -> tuple[float, float]:
        raw.FPDF_PageToDevice(page.raw, 0, 0, wide, high, 0, px, py, byref(x), byref(y))
        return x.value / _FINE, y.value / _FINE

    (e, f), (ax, ay), (cx, cy) = place(0, 0), place(100, 0), place(0, 100)
    return ((ax - e) / 100, (ay - f) / 100, (cx - e) / 100, (cy - f) / 100, e, f)


@dataclass(slots=True)
class Sheet:
    """Memory for pictures that are painted one after the other: each takes the place of the one before."""

    memory: Any = None

    def bitmap(self, width: int, height: int, **more: Any) -> pypdfium2.PdfBitmap:
        """What `PdfBitmap.new_native` makes of a byte to a pixel, on this memory."""
        if self.memory is None or len(self.memory) < width * height:
            self.memory = (c_ubyte * (width * height))()
        return pypdfium2.PdfBitmap.new_native(width, height, buffer=self.memory, **more)


def picture(
    page: pypdfium2.PdfPage, scale: float, *, annotations: bool = True, sheet: Sheet | None = None
) -> Picture:  # fmt: skip
    """The page as it is seen; on a sheet where it need last only until the next one."""
    width, height = page.get_size()
    scale = min(scale, math.sqrt(MAX_PIXELS / max(1.0, width * height)))
    bitmap = page.render(
        scale=scale, grayscale=True, may_draw_forms=False, draw_annots=annotations,
        bitmap_maker=(sheet or Sheet()).bitmap,
    )  # fmt: skip
    try:
        data = memoryview(bitmap.buffer).cast("B")  # Python's own memory, which the bitmap leaves behind
        return Picture(data, bitmap.stride, bitmap.width, bitmap.height, page_matrix(page, scale), scale)
    finally:
        bitmap.close()
