"""The characters of a PDF's page: what each is said to be, where it stands, and which object draws it."""

from __future__ import annotations

import re
from array import array
from collections import deque
from ctypes import addressof, c_double
from dataclasses import dataclass, field
from itertools import repeat

import pypdfium2
from pypdfium2 import raw

from report.audit.pdf_calls import address_of, plain
from report.audit.pdf_objects import Rect

_loose_box = plain(raw.FPDFText_GetLooseCharBox)
_char_box = plain(raw.FPDFText_GetCharBox)
_char_origin = plain(raw.FPDFText_GetCharOrigin)
_owner = plain(raw.FPDFText_GetTextObject)

_WORD = re.compile(r"\s|[^\s\ufffe\x02]+|.", re.DOTALL)


@dataclass(slots=True)
class Chars:
    """The characters of a page, in the order of its content, with the spaces and line ends that pdfium puts between."""

    text: str
    edges: array[float]
    """Left, upper, right, lower edge of each, with the room that its font leaves round a letter; in points."""
    owners: list[int | None]
    """The address of the text object that draws each; None for spaces and what pdfium put in."""
    _drawn: dict[int, list[int]] = field(default_factory=dict)

    def box(self, k: int) -> Rect:
        edges = self.edges
        return edges[4 * k], edges[4 * k + 3], edges[4 * k + 2], edges[4 * k + 1]

    def drawn_by(self, owner: int) -> list[int]:
        """The characters that an object draws, but spaces."""
        if not self._drawn:
            for k, address in enumerate(self.owners):
                if address is not None and not self.text[k].isspace():
                    self._drawn.setdefault(address, []).append(k)
        return self._drawn.get(owner, [])

    def around(self, first: int, last: int) -> Rect | None:
        """Round the characters first..last-1; None where none of them is drawn."""
        drawn = [self.box(k) for k in range(first, last) if self.owners[k] is not None]
        if not drawn:
            return None
        left, bottom, right, top = zip(*drawn, strict=True)
        return min(left), min(bottom), max(right), max(top)


def read_chars(text_page: pypdfium2.PdfTextPage) -> Chars:
    handle = address_of(text_page.raw)
    count = text_page.count_chars()
    text = text_page.get_text_range() if count else ""
    if len(text) != count:  # pdfium leaves out what it has no character for
        codes = [raw.FPDFText_GetUnicode(text_page.raw, k) for k in range(count)]
        text = "".join(chr(u) if 0 < u < 0x110000 and not 0xD800 <= u < 0xE000 else "\ufffd" for u in codes)
    rects = (raw.FS_RECTF * count)()
    at = addressof(rects)
    deque(map(_loose_box, repeat(handle), range(count), range(at, at + 16 * count, 16)), maxlen=0)  # fills the array
    edges = array("f")
    edges.frombytes(bytes(rects))
    return Chars(text, edges, _owners(handle, text))


def _owners(handle: int, text: str) -> list[int | None]:
    """The object of each character. An object's characters follow each other, so that of a word most need no asking."""
    owners: list[int | None] = []
    for match in _WORD.finditer(text):
        first, last = match.span()
        if text[first].isspace():
            owners.append(None)
            continue
        head, tail = _owner(handle, first), _owner(handle, last - 1)
        if head == tail:
            owners += [head] * (last - first)
        else:
            owners += [head, *(_owner(handle, k) for k in range(first + 1, last - 1)), tail]
    return owners


_FOUR, _TWO = c_double * 4, c_double * 2


def ink_box(text_page: pypdfium2.PdfTextPage, k: int) -> Rect:
    """The rectangle that the shape of a character fills."""
    edges = _FOUR()
    at = addressof(edges)
    _char_box(text_page.raw, k, at, at + 8, at + 16, at + 24)
    left, right, bottom, top = edges
    return left, bottom, right, top


def origin(text_page: pypdfium2.PdfTextPage, k: int) -> tuple[float, float]:
    """Where a character's origin lies, on its base line."""
    place = _TWO()
    at = addressof(place)
    _char_origin(text_page.raw, k, at, at + 8)
    x, y = place
    return x, y
