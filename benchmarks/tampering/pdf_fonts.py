"""The fonts of a PDF: which text a code stands for, how wide it is drawn, and which code draws a text.

A code is taken to draw a text where the file draws it somewhere: a subset holds no more than that for certain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import pikepdf
from fontTools import agl
from fontTools.afmLib import AFM
from fontTools.encodings.MacRoman import MacRoman
from fontTools.encodings.StandardEncoding import StandardEncoding

_HEX = re.compile(rb"<([0-9A-Fa-f\s]*)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(<[0-9A-Fa-f\s]*>|\[[^\]]*\])")
_LATIN = frozenset(bytes(range(32, 256)).decode("cp1252", "ignore"))
_WIDTH = 500.0
"""For a font that tells no widths."""


@dataclass(slots=True)
class Font:
    """A font of a file. `source` is its dictionary there, or None for a standard font that was added."""

    name: str
    source: pikepdf.Object | None
    two_bytes: bool
    texts: dict[int, str]
    widths: dict[int, float]
    """In thousandths of the size."""
    default: float
    drawn: dict[str, int] = field(default_factory=dict)
    """Texts that the file draws with it, and by which code."""

    @property
    def family(self) -> str:
        """Its name without the mark of a subset and what tells weight and slope."""
        return re.split("[-,]", re.sub("^[A-Z]{6}[+]", "", self.name))[0]

    @property
    def style(self) -> tuple[bool, bool]:
        """Is it bold, is it slanted."""
        return "bold" in self.name.lower(), bool(re.search("italic|oblique", self.name, re.IGNORECASE))

    @property
    def serif(self) -> bool:
        return bool(re.search("(?<!sans)serif|times|roman", self.name.replace("-", ""), re.IGNORECASE))

    def codes(self, data: bytes) -> list[int]:
        if not self.two_bytes:
            return list(data)
        return [int.from_bytes(data[k : k + 2], "big") for k in range(0, len(data) - 1, 2)]

    def data(self, code: int) -> bytes:
        return code.to_bytes(2 if self.two_bytes else 1, "big")

    def width(self, code: int) -> float:
        return self.widths.get(code, self.default)

    def text(self, code: int) -> str:
        return self.texts.get(code, "")


def read_font(source: pikepdf.Object) -> Font:
    """A font from its dictionary."""
    name = str(source.get("/BaseFont", source.get("/Name", "/Unnamed"))).lstrip("/")
    wide = source.get("/Subtype") == "/Type0"
    texts = {} if wide else _simple_encoding(source)
    if isinstance(map_ := source.get("/ToUnicode"), pikepdf.Stream):
        texts |= _to_unicode(map_.read_bytes())
    if wide:
        below = source.DescendantFonts[0]
        return Font(name, source, True, texts, _cid_widths(below.get("/W", [])), float(below.get("/DW", 1000)))
    scale = float(source.FontMatrix[0]) * 1000 if source.get("/Subtype") == "/Type3" else 1.0
    first = int(source.get("/FirstChar", 0))
    widths = {first + k: float(w) * scale for k, w in enumerate(source.get("/Widths", []))}
    if not widths:
        metrics = _metrics(_standard_name(name))
        widths = {code: metrics[glyph] for code, char in texts.items() if (glyph := _glyph_name(char)) in metrics}
    missing = source.get("/FontDescriptor", pikepdf.Dictionary()).get("/MissingWidth", _WIDTH)
    return Font(name, source, False, texts, widths, float(missing) * scale)


def _cid_widths(items: object) -> dict[int, float]:
    """The array /W: `c [w w …]` or `first last w`."""
    out: dict[int, float] = {}
    rest = list(items)  # type: ignore[call-overload]
    k = 0
    while k + 1 < len(rest):
        first = int(rest[k])
        if isinstance(rest[k + 1], pikepdf.Array):
            out |= {first + n: float(w) for n, w in enumerate(rest[k + 1])}
            k += 2
        else:
            out |= dict.fromkeys(range(first, int(rest[k + 1]) + 1), float(rest[k + 2]))
            k += 3
    return out


def _to_unicode(data: bytes) -> dict[int, str]:
    out: dict[int, str] = {}

    def said(digits: bytes) -> str:
        return bytes.fromhex(digits.decode("ascii")).decode("utf-16-be", "replace")

    for body in re.findall(rb"beginbfchar(.*?)endbfchar", data, re.DOTALL):
        found = _HEX.findall(body)
        out |= {int(code, 16): said(text) for code, text in zip(found[::2], found[1::2], strict=False)}
    for body in re.findall(rb"beginbfrange(.*?)endbfrange", data, re.DOTALL):
        for low, high, target in _RANGE.findall(body):
            first, last = int(low, 16), int(high, 16)
            if target.startswith(b"["):
                out |= dict(zip(range(first, last + 1), map(said, _HEX.findall(target)), strict=False))
            else:
                text = said(target.strip(b"<>"))
                out |= {first + k: text[:-1] + chr(ord(text[-1]) + k) for k in range(last - first + 1)}
    return out


def _simple_encoding(source: pikepdf.Object) -> dict[int, str]:
    encoding = source.get("/Encoding")
    base = encoding if isinstance(encoding, pikepdf.Name) else None
    if isinstance(encoding, pikepdf.Dictionary):
        base = encoding.get("/BaseEncoding")
    if base == "/WinAnsiEncoding":
        out = {code: bytes([code]).decode("cp1252", "ignore") for code in range(32, 256)}
    else:
        names = MacRoman if base == "/MacRomanEncoding" else StandardEncoding
        out = {code: agl.toUnicode(name) for code, name in enumerate(names) if name != ".notdef"}
    if isinstance(encoding, pikepdf.Dictionary):
        code = 0
        for item in encoding.get("/Differences", []):
            if isinstance(item, pikepdf.Name):
                out[code] = agl.toUnicode(str(item)[1:])
                code += 1
            else:
                code = int(item)
    return out


# ---- standard fonts, as a last resort ----------------------------------------------------------------------------


def _standard_name(name: str) -> str:
    like = Font(name, None, False, {}, {}, 0)
    bold, slanted = like.style
    if re.search("mono|courier", name, re.IGNORECASE):
        family, slope, plain = "Courier", "Oblique", ""
    elif like.serif:
        family, slope, plain = "Times", "Italic", "Roman"
    else:
        family, slope, plain = "Helvetica", "Oblique", ""
    look = ("Bold" if bold else "") + (slope if slanted else "") or plain
    return f"{family}-{look}" if look else family


@cache
def _metrics(standard: str) -> dict[str, float]:
    """The widths of a standard font's glyphs, from Adobe's metrics, which matplotlib carries."""
    import matplotlib

    afm = AFM(str(Path(matplotlib.get_data_path()) / "fonts" / "pdfcorefonts" / f"{standard}.afm"))
    return {name: float(afm[name][1]) for name in afm.chars()}


def _glyph_name(char: str) -> str:
    return agl.UV2AGL.get(ord(char), "") if len(char) == 1 else ""


def standard_font(like: Font, text: str) -> Font | None:
    """The standard font most like a given one, with the characters of `text`; None where it has not all of them."""
    chars = sorted(set(text))
    name = _standard_name(like.name)
    if not all(char in _LATIN for char in chars):
        name = "Symbol"  # readers draw standard fonts with their own, which need not have more than this
    metrics = _metrics(name)
    if not all(_glyph_name(char) in metrics for char in chars):
        return None
    texts = dict(enumerate(chars, 33))
    widths = {code: metrics[_glyph_name(char)] for code, char in texts.items()}
    return Font(name, None, False, texts, widths, _WIDTH, {char: code for code, char in texts.items()})


_MAP_LINE = b"<%02X> <%04X>"
_MAP = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def /CMapName /Custom def /CMapType 2 def
1 begincodespacerange <00> <FF> endcodespacerange
%d beginbfchar
%s
endbfchar
endcmap CMapName currentdict /CMap defineresource pop end end
"""


def standard_dictionary(font: Font, pdf: pikepdf.Pdf) -> pikepdf.Dictionary:
    """The dictionary of a font that `standard_font` made, for a file."""
    codes = sorted(font.texts)
    assert all(b - a == 1 for a, b in pairwise(codes))
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name("/" + font.name),
        FirstChar=codes[0],
        LastChar=codes[-1],
        Widths=[font.widths[code] for code in codes],
        ToUnicode=pdf.make_stream(_MAP % (len(codes), b"\n".join(_MAP_LINE % (c, ord(font.texts[c])) for c in codes))),
        Encoding=pikepdf.Dictionary(
            Type=pikepdf.Name.Encoding,
            Differences=[codes[0], *(pikepdf.Name("/" + _glyph_name(font.texts[code])) for code in codes)],
        ),
    )
