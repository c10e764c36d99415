"""What a PDF's page is painted of: its texts and its other objects, in the order of painting, each with its place.

Objects inside of form XObjects are given like those of the page itself, with the form's transformation worked in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from ctypes import POINTER, byref, c_float, c_int, c_uint, c_ulong, c_ushort, c_void_p, cast, create_string_buffer
from dataclasses import dataclass
from typing import Any

import pypdfium2
from pypdfium2 import raw

TEXT, PATH, IMAGE, SHADING, FORM = 1, 2, 3, 4, 5
MAX_DEPTH = 12
"""Forms inside forms that are followed."""
MAX_OBJECTS = 400_000
"""Objects of one page that are looked at."""

Matrix = tuple[float, float, float, float, float, float]
Rect = tuple[float, float, float, float]
"""Left, bottom, right, top, in points of the page."""
PLAIN: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class TooMuch(Exception):
    """A page of more objects, or of forms nested deeper, than are looked at."""


@dataclass(slots=True)
class Drawn:
    """An object of the page. `grey` is 0 for black to 255 for white, of the colour that it is filled with (stroked,
    where it is not filled); `alpha` is 0 to 255."""

    order: int
    kind: int
    handle: Any
    box: Rect
    matrix: Matrix
    """Text: from its own units to points of the page, without its size. Else: that of the forms it stands in."""
    grey: int = 0
    alpha: int = 255
    mode: int = 0
    """Text: its render mode. Path: 1 filled, 2 stroked, 3 both, 0 neither."""
    size: float = 0.0
    """Text: its size in its own units."""
    address: int = 0
    """Text: the address of its object, by which characters name what draws them."""
    clipped: bool = False
    inside: bool = False
    """It stands in a form."""


def address_of(handle: Any) -> int:
    return cast(handle, c_void_p).value or 0


def joined(first: Matrix, second: Matrix) -> Matrix:
    """The transformation by `first`, then by `second`."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def placed(box: Rect, matrix: Matrix) -> Rect:
    """The upright rectangle round a transformed one."""
    if matrix == PLAIN:
        return box
    a, b, c, d, e, f = matrix
    xs = [a * x + c * y + e for x in (box[0], box[2]) for y in (box[1], box[3])]
    ys = [b * x + d * y + f for x in (box[0], box[2]) for y in (box[1], box[3])]
    return min(xs), min(ys), max(xs), max(ys)


def overlap(one: Rect, two: Rect, least: float = 0.0) -> bool:
    """Do two rectangles share more than `least` points in both directions?"""
    return min(one[2], two[2]) - max(one[0], two[0]) > least and min(one[3], two[3]) - max(one[1], two[1]) > least


def objects_of(page: pypdfium2.PdfPage) -> list[Drawn]:
    """All objects of a page but the forms that hold them. Raises TooMuch."""
    found: list[Drawn] = []
    handle = page.raw
    _walk(lambda k: raw.FPDFPage_GetObject(handle, k), raw.FPDFPage_CountObjects(handle), PLAIN, False, 0, found)
    return found


def _walk(get: Callable[[int], Any], count: int, outer: Matrix, clipped: bool, depth: int, found: list[Drawn]) -> None:
    if depth > MAX_DEPTH or len(found) + count > MAX_OBJECTS:
        raise TooMuch
    matrix = raw.FS_MATRIX()
    left, bottom, right, top = (c_float() for _ in range(4))
    edges = (byref(left), byref(bottom), byref(right), byref(top))
    red, green, blue, alpha = (c_uint() for _ in range(4))
    colour = (byref(red), byref(green), byref(blue), byref(alpha))
    filled, stroked = c_int(), c_int()
    for k in range(count):
        handle = get(k)
        kind = raw.FPDFPageObj_GetType(handle)
        clip = clipped or raw.FPDFClipPath_CountPaths(raw.FPDFPageObj_GetClipPath(handle)) > 0
        if kind == FORM:
            raw.FPDFPageObj_GetMatrix(handle, byref(matrix))
            inner = joined((matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f), outer)
            form = handle
            _walk(
                lambda q, form=form: raw.FPDFFormObj_GetObject(form, q),  # type: ignore[misc]
                raw.FPDFFormObj_CountObjects(form), inner, clip, depth + 1, found,
            )  # fmt: skip
            continue
        box: Rect = (0.0, 0.0, 0.0, 0.0)
        if raw.FPDFPageObj_GetBounds(handle, *edges):
            box = placed((left.value, bottom.value, right.value, top.value), outer)
        drawn = Drawn(len(found), kind, handle, box, outer, clipped=clip, inside=depth > 0)
        if kind == TEXT:
            raw.FPDFPageObj_GetMatrix(handle, byref(matrix))
            drawn.matrix = (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)
            if outer != PLAIN:
                drawn.matrix = joined(drawn.matrix, outer)
            drawn.address = address_of(handle)
            drawn.mode = raw.FPDFTextObj_GetTextRenderMode(handle)
            raw.FPDFTextObj_GetFontSize(handle, byref(left))
            drawn.size = left.value
        elif kind == PATH:
            raw.FPDFPath_GetDrawMode(handle, byref(filled), byref(stroked))
            drawn.mode = (1 if filled.value else 0) + (2 if stroked.value else 0)
        if kind in (TEXT, PATH):
            stroke_only = drawn.mode in (1, 5) if kind == TEXT else drawn.mode == 2
            ask = raw.FPDFPageObj_GetStrokeColor if stroke_only else raw.FPDFPageObj_GetFillColor
            if ask(handle, *colour):
                drawn.grey = (299 * red.value + 587 * green.value + 114 * blue.value) // 1000
                drawn.alpha = alpha.value
        found.append(drawn)


def drawn_size(text: Drawn) -> float:
    """The size of a text as it is drawn, in points: of its height and its width the smaller."""
    a, b, c, d, _, _ = text.matrix
    return abs(text.size) * min(math.hypot(a, b), math.hypot(c, d))


def outlines(path: Drawn) -> Iterator[list[tuple[float, float]]]:
    """The strokes and shapes that a path is made of, each as the points it is drawn by, in points of the page."""
    a, b, c, d, e, f = path.matrix
    own = raw.FS_MATRIX()
    if raw.FPDFPageObj_GetMatrix(path.handle, byref(own)):
        a, b, c, d, e, f = joined((own.a, own.b, own.c, own.d, own.e, own.f), path.matrix)
    x, y = c_float(), c_float()
    points: list[tuple[float, float]] = []
    for k in range(raw.FPDFPath_CountSegments(path.handle)):
        segment = raw.FPDFPath_GetPathSegment(path.handle, k)
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO and points:
            yield points
            points = []
        raw.FPDFPathSegment_GetPoint(segment, byref(x), byref(y))
        points.append((a * x.value + c * y.value + e, b * x.value + d * y.value + f))
    if points:
        yield points


_ACTUAL = b"ActualText"
_LAYER = "OC".encode("utf-16-le")


def marks_of(drawn: Drawn) -> tuple[str | None, bool]:
    """What marked content says of an object: the text that it gives in place of what is drawn (None where it gives
    none), and whether the object stands in a layer (optional content)."""
    said, layer = None, False
    for k in range(raw.FPDFPageObj_CountMarks(drawn.handle)):
        mark = raw.FPDFPageObj_GetMark(drawn.handle, k)
        raw.FPDFPageObjMark_GetName(mark, _ROOM, 8, byref(_LENGTH))
        layer = layer or (_LENGTH.value == 6 and _NAME.raw[:4] == _LAYER)
        if raw.FPDFPageObjMark_GetParamValueType(mark, _ACTUAL) == raw.FPDF_OBJECT_STRING:
            length = c_ulong()
            raw.FPDFPageObjMark_GetParamStringValue(mark, _ACTUAL, None, 0, byref(length))
            buffer = create_string_buffer(length.value + 2)
            room = cast(buffer, POINTER(c_ushort))
            raw.FPDFPageObjMark_GetParamStringValue(mark, _ACTUAL, room, length.value, byref(length))
            said = buffer.raw[: max(0, length.value - 2)].decode("utf-16-le", "replace")
    return said, layer


_NAME = create_string_buffer(8)
_ROOM = cast(_NAME, POINTER(c_ushort))
_LENGTH = c_ulong()


def without_actual_text(text: Drawn) -> None:
    """Takes the marks away that say otherwise than what is drawn (in memory; the file stays as it is)."""
    for k in reversed(range(raw.FPDFPageObj_CountMarks(text.handle))):
        mark = raw.FPDFPageObj_GetMark(text.handle, k)
        if raw.FPDFPageObjMark_GetParamValueType(mark, _ACTUAL) == raw.FPDF_OBJECT_STRING:
            raw.FPDFPageObj_RemoveMark(text.handle, mark)
