"""What a PDF's page is painted of: its texts and its other objects, in the order of painting, each with its place.

Objects inside of form XObjects are given like those of the page itself, with the form's transformation worked in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from ctypes import addressof, byref, c_char, c_float, c_int, c_uint, c_ulong, create_string_buffer
from dataclasses import dataclass
from itertools import repeat

import pypdfium2
from pypdfium2 import raw

from report.audit.pdf_calls import address_of, plain

_page_object = plain(raw.FPDFPage_GetObject)
_form_object = plain(raw.FPDFFormObj_GetObject)
_count_form_objects = plain(raw.FPDFFormObj_CountObjects)
_kind_of = plain(raw.FPDFPageObj_GetType)
_clip_path = plain(raw.FPDFPageObj_GetClipPath)
_count_paths = plain(raw.FPDFClipPath_CountPaths)
_bounds = plain(raw.FPDFPageObj_GetBounds)
_matrix = plain(raw.FPDFPageObj_GetMatrix)
_fill_colour = plain(raw.FPDFPageObj_GetFillColor)
_stroke_colour = plain(raw.FPDFPageObj_GetStrokeColor)
_set_active = plain(raw.FPDFPageObj_SetIsActive)
_render_mode = plain(raw.FPDFTextObj_GetTextRenderMode)
_font_size = plain(raw.FPDFTextObj_GetFontSize)
_draw_mode = plain(raw.FPDFPath_GetDrawMode)
_count_segments = plain(raw.FPDFPath_CountSegments)
_segment = plain(raw.FPDFPath_GetPathSegment)
_segment_kind = plain(raw.FPDFPathSegment_GetType)
_segment_point = plain(raw.FPDFPathSegment_GetPoint)
_count_marks = plain(raw.FPDFPageObj_CountMarks)
_mark = plain(raw.FPDFPageObj_GetMark)
_remove_mark = plain(raw.FPDFPageObj_RemoveMark)
_mark_name = plain(raw.FPDFPageObjMark_GetName)
_mark_kind = plain(raw.FPDFPageObjMark_GetParamValueType)
_mark_text = plain(raw.FPDFPageObjMark_GetParamStringValue)

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
    address: int
    """Where pdfium has it in memory; by that characters name what draws them."""
    box: Rect
    matrix: Matrix
    """Text: from its own units to points of the page, without its size. Else: that of the forms it stands in."""
    grey: int = 0
    alpha: int = 255
    mode: int = 0
    """Text: its render mode. Path: 1 filled, 2 stroked, 3 both, 0 neither."""
    size: float = 0.0
    """Text: its size in its own units."""
    clipped: bool = False
    inside: bool = False
    """It stands in a form."""


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
    count = raw.FPDFPage_CountObjects(page.raw)
    _walk(_page_object, address_of(page.raw), count, PLAIN, False, 0, found)
    return found


def _walk(
    get: Callable[[int, int], int | None], holder: int, count: int, outer: Matrix, clipped: bool, depth: int,
    found: list[Drawn],
) -> None:  # fmt: skip
    """Adds the objects of a page or form (`holder`), which `get` gives by their numbers."""
    if depth > MAX_DEPTH or len(found) + count > MAX_OBJECTS:
        raise TooMuch
    numbers = (c_float * 6)()
    first = addressof(numbers)
    edges = (first, first + 4, first + 8, first + 12)
    levels = (c_uint * 4)()
    colour = tuple(range(addressof(levels), addressof(levels) + 16, 4))
    filled, stroked = c_int(), c_int()
    for address in map(get, repeat(holder), range(count)):
        kind = _kind_of(address)
        clip = clipped or _count_paths(_clip_path(address)) > 0
        if kind == FORM:
            inner = joined(_six(numbers), outer) if _matrix(address, first) else outer
            _walk(_form_object, address or 0, _count_form_objects(address), inner, clip, depth + 1, found)
            continue
        box: Rect = (0.0, 0.0, 0.0, 0.0)
        if _bounds(address, *edges):
            left, bottom, right, top, _, _ = numbers
            box = placed((left, bottom, right, top), outer)
        drawn = Drawn(len(found), kind, address or 0, box, outer, clipped=clip, inside=depth > 0)
        if kind == TEXT:
            if _matrix(address, first):
                drawn.matrix = joined(_six(numbers), outer) if outer != PLAIN else _six(numbers)
            drawn.mode = _render_mode(address)
            if _font_size(address, first):
                drawn.size = numbers[0]
        elif kind == PATH and _draw_mode(address, byref(filled), byref(stroked)):
            drawn.mode = (1 if filled.value else 0) + (2 if stroked.value else 0)
        if kind in (TEXT, PATH):
            stroke_only = drawn.mode in (1, 5) if kind == TEXT else drawn.mode == 2
            if (_stroke_colour if stroke_only else _fill_colour)(address, *colour):
                red, green, blue, drawn.alpha = levels
                drawn.grey = (299 * red + 587 * green + 114 * blue) // 1000
        found.append(drawn)


def _six(numbers: Iterable[float]) -> Matrix:
    a, b, c, d, e, f = numbers
    return a, b, c, d, e, f


def activate(objects: Iterable[Drawn], on: bool) -> None:
    """Paints objects, or leaves them out, in the pictures to come."""
    for drawn in objects:
        _set_active(drawn.address, on)


def drawn_size(text: Drawn) -> float:
    """The size of a text as it is drawn, in points: of its height and its width the smaller."""
    a, b, c, d, _, _ = text.matrix
    return abs(text.size) * min(math.hypot(a, b), math.hypot(c, d))


def outlines(path: Drawn) -> Iterator[list[tuple[float, float]]]:
    """The strokes and shapes that a path is made of, each as the points it is drawn by, in points of the page."""
    a, b, c, d, e, f = path.matrix
    own = raw.FS_MATRIX()
    if _matrix(path.address, byref(own)):
        a, b, c, d, e, f = joined((own.a, own.b, own.c, own.d, own.e, own.f), path.matrix)
    x, y = c_float(), c_float()
    place = byref(x), byref(y)
    points: list[tuple[float, float]] = []
    for k in range(_count_segments(path.address)):
        segment = _segment(path.address, k)
        if _segment_kind(segment) == raw.FPDF_SEGMENT_MOVETO and points:
            yield points
            points = []
        _segment_point(segment, *place)
        points.append((a * x.value + c * y.value + e, b * x.value + d * y.value + f))
    if points:
        yield points


_ACTUAL = b"ActualText"
_LAYER = "OC".encode("utf-16-le")
_NAME = c_char * 8


def marks_of(drawn: Drawn) -> tuple[str | None, bool]:
    """What marked content says of an object: the text that it gives in place of what is drawn (None where it gives
    none), and whether the object stands in a layer (optional content)."""
    said, layer = None, False
    for k in range(_count_marks(drawn.address)):
        mark = _mark(drawn.address, k)
        name, length = _NAME(), c_ulong()
        _mark_name(mark, name, 8, byref(length))
        layer = layer or (length.value == 6 and name.raw[:4] == _LAYER)
        if _mark_kind(mark, _ACTUAL) == raw.FPDF_OBJECT_STRING:
            _mark_text(mark, _ACTUAL, None, 0, byref(length))
            buffer = create_string_buffer(length.value + 2)
            _mark_text(mark, _ACTUAL, buffer, length.value, byref(length))
            said = buffer.raw[: max(0, length.value - 2)].decode("utf-16-le", "replace")
    return said, layer


def without_actual_text(text: Drawn) -> None:
    """Takes the marks away that say otherwise than what is drawn (in memory; the file stays as it is)."""
    for k in reversed(range(_count_marks(text.address))):
        mark = _mark(text.address, k)
        if _mark_kind(mark, _ACTUAL) == raw.FPDF_OBJECT_STRING:
            _remove_mark(text.address, mark)
