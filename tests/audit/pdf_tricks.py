"""Tricks that make a PDF show something else than a program reads in it, played on a finished file."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name


@dataclass(frozen=True)
class At:
    """Where a text stands: its page (from 0), and its edges in points."""

    page: int
    left: float
    bottom: float
    right: float
    top: float

    @property
    def rectangle(self) -> str:
        wide, high = self.right - self.left, self.top - self.bottom
        return f"{self.left:.3f} {self.bottom:.3f} {wide:.3f} {high:.3f} re"


def find(data: bytes, text: str, *, nth: int = 0) -> At:
    """Where a text stands for the nth time in the file."""
    document = pypdfium2.PdfDocument(data)
    try:
        for index in range(len(document)):
            page = document[index].get_textpage()
            for match in re.finditer(re.escape(text), page.get_text_range()):
                if nth:
                    nth -= 1
                    continue
                boxes = [page.get_charbox(k) for k in range(*match.span()) if not text[k - match.start()].isspace()]
                left, bottom, right, top = zip(*boxes, strict=True)
                return At(index, min(left), min(bottom), max(right), max(top))
    finally:
        document.close()
    raise AssertionError(f"{text} is not there")


class Tampered:
    """A PDF being tampered with."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.pdf = pikepdf.open(io.BytesIO(data))

    def bytes(self) -> bytes:
        out = io.BytesIO()
        self.pdf.save(out)
        return out.getvalue()

    def resources(self, page: int, kind: str, name: str, value: pikepdf.Object) -> None:
        have = self.pdf.pages[page].obj.Resources
        if kind not in have:
            have[kind] = Dictionary()
        have[kind][name] = value

    def helvetica(self, page: int) -> None:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
        self.resources(page, "/Font", "/Helv", font)

    def append(self, page: int, content: str) -> None:
        """Adds content at the end of a page, in the page's own coordinates."""
        stream = self.pdf.make_stream(b"q\n" + content.encode("latin-1") + b"\nQ\n")
        self.pdf.pages[page].contents_add(stream)

    def prepend(self, page: int, content: str) -> None:
        stream = self.pdf.make_stream(b"q\n" + content.encode("latin-1") + b"\nQ\n")
        self.pdf.pages[page].contents_add(stream, prepend=True)

    def write(
        self, page: int, x: float, y: float, text: str, *, size: float = 10, before: str = "", matrix: str = "1 0 0 1"
    ) -> None:
        """Writes in Helvetica; `before` are operators that set colour, mode and the like."""
        self.helvetica(page)
        self.append(page, f"{before} BT /Helv {size} Tf {matrix} {x:.3f} {y:.3f} Tm ({text}) Tj ET")

    def cover(self, at: At, colour: str = "1 g") -> None:
        self.append(at.page, f"{colour} {at.rectangle} f")

    def annotate(self, page: int, subtype: str, at: At, contents: str = "", appearance: str = "") -> None:
        box = Array([at.left - 1, at.bottom - 1, at.right + 1, at.top + 1])
        annotation = Dictionary(Type=Name.Annot, Subtype=Name(subtype), Rect=box, Contents=contents, F=4)
        if appearance:
            font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
            form = self.pdf.make_stream(appearance.encode())
            form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, box
            form.Resources = Dictionary(Font=Dictionary(Helv=font))
            annotation.AP = Dictionary(N=form)
        obj = self.pdf.pages[page].obj
        if "/Annots" not in obj:
            obj.Annots = self.pdf.make_indirect(Array())
        obj.Annots.append(self.pdf.make_indirect(annotation))

    def image(self, name: str, page: int, width: int = 8, height: int = 4) -> None:
        """An image, half black and half white, as a resource of the page."""
        row = b"\0" * (width // 2) + b"\xff" * (width - width // 2)
        stream = self.pdf.make_stream(row * height)
        stream.Type, stream.Subtype = Name.XObject, Name.Image
        stream.Width, stream.Height, stream.BitsPerComponent, stream.ColorSpace = width, height, 8, Name.DeviceGray
        self.resources(page, "/XObject", name, stream)

    def layer(self, page: int, *, on: bool) -> None:
        """A layer /Lay as a property of the page, switched on or off."""
        group = self.pdf.make_indirect(Dictionary(Type=Name.OCG, Name="Layer"))
        self.pdf.Root.OCProperties = Dictionary(
            OCGs=Array([group]), D=Dictionary(Order=Array([group]), **{"ON" if on else "OFF": Array([group])})
        )
        self.resources(page, "/Properties", "/Lay", group)

    def fonts(self) -> Iterator[pikepdf.Object]:
        """The fonts of all pages that have a map to Unicode, each once."""
        seen = set()
        for page in self.pdf.pages:
            for font in page.obj.Resources.get("/Font", {}).values():
                if "/ToUnicode" in font and font.objgen not in seen:
                    seen.add(font.objgen)
                    yield font

    def remap(self, change: Callable[[dict[str, str]], dict[str, str]]) -> int:
        """Changes the maps to Unicode: {code: character}, both in hexadecimal digits. Returns how many were changed."""
        count = 0
        for font in self.fonts():
            said = font.ToUnicode.read_bytes().decode("latin-1")
            old = dict(re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*\n", said))
            new = change(dict(old))
            if new == old:
                continue
            for code, char in new.items():
                said = re.sub(rf"<{code}>\s*<{old[code]}>\s*\n", f"<{code}> <{char}>\n", said)
            font.ToUnicode = self.pdf.make_stream(said.encode("latin-1"))
            count += 1
        return count


@contextmanager
def tampering(data: bytes) -> Iterator[Tampered]:
    tampered = Tampered(data)
    try:
        yield tampered
    finally:
        tampered.data = tampered.bytes()
        tampered.pdf.close()


def outline_of(digit: str, x: float, y: float, size: float) -> str:
    """The outline of a digit of Helvetica, as path operators."""
    from ctypes import byref, c_float

    from pypdfium2 import raw

    document = pypdfium2.PdfDocument.new()
    font = raw.FPDFText_LoadStandardFont(document.raw, b"Helvetica")
    path = raw.FPDFFont_GetGlyphPath(font, ord(digit), 1.0)
    px, py = c_float(), c_float()
    out: list[str] = []
    curve: list[str] = []
    for k in range(raw.FPDFGlyphPath_CountGlyphSegments(path)):
        segment = raw.FPDFGlyphPath_GetGlyphPathSegment(path, k)
        raw.FPDFPathSegment_GetPoint(segment, byref(px), byref(py))
        point = f"{px.value * size + x:.3f} {py.value * size + y:.3f}"
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_BEZIERTO:
            curve.append(point)
            if len(curve) == 3:
                out.append(" ".join(curve) + " c")
                curve = []
        else:
            out.append(point + (" m" if kind == raw.FPDF_SEGMENT_MOVETO else " l"))
        if raw.FPDFPathSegment_GetClose(segment):
            out.append("h")
    document.close()
    return "\n".join(out)
