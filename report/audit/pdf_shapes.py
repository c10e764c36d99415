"""What a reader sees on a PDF's page and no program reads: shapes like drawn letters, patterns, images, annotations."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import POINTER, byref, c_ubyte, c_ushort, cast, create_string_buffer
from hashlib import sha256
from itertools import pairwise

import pypdfium2
from pypdfium2 import raw

from report.audit.pdf_calls import plain
from report.audit.pdf_objects import IMAGE, PATH, SHADING, Drawn, Rect, TooMuch, outlines

_count_segments = plain(raw.FPDFPath_CountSegments)
_fill_pattern = plain(raw.FPDFPageObj_GetRenderedFillPattern)
_stroke_pattern = plain(raw.FPDFPageObj_GetRenderedStrokePattern)
_destroy = plain(raw.FPDFBitmap_Destroy)
_image_data = plain(raw.FPDFImageObj_GetImageDataRaw)

LETTER = 72.0
"""Points that a letter drawn as an outline is high and wide at most."""
LEAST = 1.5
"""Points that it is high at least."""
BENT = 0.02
"""How far, as a part of its size squared, an outline must turn inwards to count as bent."""
STRAIGHT = 3
"""Points that no letter is drawn with: lines and corners."""
POINTS = 400_000
"""Points of all shapes of a page that are looked at."""
QUIET = {
    raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_HIGHLIGHT, raw.FPDF_ANNOT_UNDERLINE,
    raw.FPDF_ANNOT_SQUIGGLY, raw.FPDF_ANNOT_TEXT, raw.FPDF_ANNOT_FILEATTACHMENT,
}  # fmt: skip
"""Kinds of annotation that put no text over the page, as long as they draw neither text nor image."""
KINDS = {
    raw.FPDF_ANNOT_FREETEXT: "a text",
    raw.FPDF_ANNOT_STAMP: "a stamp",
    raw.FPDF_ANNOT_WIDGET: "a field of a form",
    raw.FPDF_ANNOT_INK: "a drawing by hand",
    raw.FPDF_ANNOT_REDACT: "a redaction",
    raw.FPDF_ANNOT_STRIKEOUT: "a line that strikes text out",
}

Points = list[tuple[float, float]]


def shapes(document: pypdfium2.PdfDocument, objects: Sequence[Drawn]) -> list[tuple[str, str]]:
    """Shapes that may be text drawn as outlines, and areas filled with what may show anything.

    Rules, frames, boxes, arrowheads, circles and the other shapes of our figures do not turn inwards and have no
    holes; of the digits that is true of none.
    """
    found: list[tuple[str, str]] = []
    letters: list[Rect] = []
    left = POINTS
    for drawn in objects:
        if drawn.kind == SHADING:
            found.append(("", "an area is shaded, which may show anything"))
        if drawn.kind != PATH or not drawn.mode:
            continue
        count = _count_segments(drawn.address)
        left -= count
        if left < 0:
            raise TooMuch
        if _pattern(document, drawn):
            found.append(("", "an area is filled with a pattern, which may show anything"))
        elif count > STRAIGHT and _letters(drawn):
            letters.append(drawn.box)
    if letters:
        more = f", and {len(letters) - 1} more on this page" if len(letters) > 1 else ""
        found.append(("", f"a shape that may be text drawn as an outline, {_where(letters[0])}{more}"))
    return found


def _where(box: Rect) -> str:
    return f"{box[0]:.0f} points from the left and {box[1]:.0f} from below"


def _pattern(document: pypdfium2.PdfDocument, drawn: Drawn) -> bool:
    for ask in (_fill_pattern, _stroke_pattern):
        bitmap = ask(document.raw, drawn.address)
        if bitmap:
            _destroy(bitmap)
            return True
    return False


def _letters(drawn: Drawn) -> bool:
    if drawn.box[3] - drawn.box[1] < LEAST:
        return False
    boxes: list[Rect] = []
    for points in outlines(drawn):
        xs, ys = [x for x, _ in points], [y for _, y in points]
        box = (min(xs), min(ys), max(xs), max(ys))
        if box[2] - box[0] > LETTER or not LEAST <= box[3] - box[1] <= LETTER:
            continue
        if bent(points):
            return True
        boxes.append(box)
    boxes.sort(key=lambda box: (box[0], -box[2]))
    return any(
        one[0] < two[0] and two[2] < one[2] and one[1] < two[1] and two[3] < one[3] for one, two in pairwise(boxes)
    )


def bent(points: Points) -> bool:
    """Does an outline turn to both sides on its way round?"""
    steps = zip(points, [*points[1:], points[0]], strict=True)
    ring = [p for p, q in steps if abs(p[0] - q[0]) + abs(p[1] - q[1]) > 1e-4]
    if len(ring) < 4:
        return False
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    least = BENT * max(max(xs) - min(xs), max(ys) - min(ys)) ** 2
    sides = {
        turn > 0
        for a, b, c in zip(ring, [*ring[1:], ring[0]], [*ring[2:], *ring[:2]], strict=True)
        if abs(turn := (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])) > least
    }
    return len(sides) > 1


def images(objects: Sequence[Drawn]) -> list[tuple[str, str]]:
    """(hash of its bytes as they lie in the file, its place and size in words) for each image."""
    found = []
    for drawn in objects:
        if drawn.kind == IMAGE:
            length = _image_data(drawn.address, None, 0)
            buffer = (c_ubyte * length)()
            _image_data(drawn.address, buffer, length)
            left, bottom, right, top = drawn.box
            size = f"image of {right - left:.0f} by {top - bottom:.0f} points, {_where(drawn.box)}"
            found.append((sha256(bytes(buffer)).hexdigest(), size))
    return found


def over_the_page(page: pypdfium2.PdfPage) -> tuple[list[tuple[str, str]], list[Rect]]:
    """Annotations that show something over the page, and the places of all that paint at all."""
    found, places = [], []
    rect = raw.FS_RECTF()
    for k in range(raw.FPDFPage_GetAnnotCount(page.raw)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, k)
        if not annotation:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if raw.FPDFAnnot_GetFlags(annotation) & raw.FPDF_ANNOT_FLAG_HIDDEN:
                continue
            drawn = {
                raw.FPDFPageObj_GetType(raw.FPDFAnnot_GetObject(annotation, n))
                for n in range(raw.FPDFAnnot_GetObjectCount(annotation))
            }
            if kind not in QUIET or drawn - {PATH}:
                what = KINDS.get(kind, "something")
                found.append((_contents(annotation), f"an annotation shows {what} over the page"))
            if drawn and raw.FPDFAnnot_GetRect(annotation, byref(rect)):
                places.append((rect.left, rect.bottom, rect.right, rect.top))
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return found, places


def _contents(annotation: raw.FPDF_ANNOTATION) -> str:
    length = raw.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0)
    buffer = create_string_buffer(length + 2)
    raw.FPDFAnnot_GetStringValue(annotation, b"Contents", cast(buffer, POINTER(c_ushort)), length)
    return buffer.raw[: max(0, length - 2)].decode("utf-16-le", "replace").strip()[:200]
