"""A finished PDF as blocks of visible text: each page's body, and what stands in its upper and lower margin.

The order is that of the page's content, which is the reading order of every program that writes papers. Lines are
joined to running text; a hyphen that a line's end brought in is made soft. A line is taken for a running header or
footer by its position (the same height on most pages, above or below all else) and its text (the same but for its
digits).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from operator import attrgetter

import pypdfium2
from pypdfium2 import raw

from report.audit.errors import AuditError
from report.audit.model import Block, Document, Place

MAX_PAGES = 5000
# pdfium joins a line that ends in a hyphen to what is drawn next, be it the page's footer: a line ends there too.
_BREAK = re.compile("\r\n|\r|\n|(?<=[\ufffe\x02])")
_DIGITS = re.compile("[0-9]+")


@dataclass(slots=True)
class _Line:
    """A line and its distances from the page's upper and lower edge, which a turned page keeps."""

    text: str
    below: float
    above: float


def read_pdf(data: bytes, name: str) -> Document:
    if b"%%EOF" not in data[-2048:]:
        raise AuditError(f"{name} is cut short: the mark that ends every PDF is missing.")
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise AuditError(f"{name} is encrypted with a password and cannot be read.") from None
        raise AuditError(f"{name} is damaged: it cannot be opened as a PDF.") from None
    try:
        if len(document) > MAX_PAGES:
            raise AuditError(f"{name} has {len(document)} pages; at most {MAX_PAGES} are read.")
        if len(document) == 0:
            raise AuditError(f"{name} has no pages.")
        pages = [_page(document, index, name) for index in range(len(document))]
    finally:
        document.close()
    if not any(pages):
        raise AuditError(f"{name} holds no readable text: its pages are images or outlines.")
    notes = tuple(f"Page {number} holds no text." for number, lines in enumerate(pages, 1) if not lines)
    headers, footers = _margin(pages, upper=True), _margin(pages, upper=False)
    blocks: list[Block] = []
    for number, lines in enumerate(pages, 1):
        place = Place(page=number)
        header = [line for line in lines if round(line.below) in headers]
        footer = [line for line in lines if round(line.above) in footers]
        body = [line for line in lines if line not in header and line not in footer]
        if header:
            blocks.append(Block("header", _joined(header, " "), Place("header", page=number)))
        if body:
            blocks.append(Block("page", _joined(body, "\n"), place))
        if footer:
            blocks.append(Block("footer", _joined(footer, " "), Place("footer", page=number)))
    return Document("pdf", tuple(blocks), notes=notes)


def _page(document: pypdfium2.PdfDocument, index: int, name: str) -> list[_Line]:
    try:
        page = document[index]
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        raise AuditError(f"{name} is damaged: its page {index + 1} cannot be read.") from None
    try:
        text = text_page.get_text_range()
        count = text_page.count_chars()
        height = page.get_height()
        lines: list[_Line] = []
        position = 0
        glue = ""
        for match in [*_BREAK.finditer(text), None]:
            end = match.start() if match else len(text)
            line = text[position:end]
            stripped = line.strip()
            if stripped:
                at = min(position + line.index(stripped), count - 1)
                _, bottom, _, top = text_page.get_charbox(at)
                if len(stripped) == 1 and match and raw.FPDFText_GetCharAngle(text_page.raw, at) > 0.1:
                    glue += stripped  # the first letter of turned text comes as a line of its own
                else:
                    lines.append(_Line(glue + stripped, height - top, bottom))
                    glue = ""
            position = match.end() if match else end
        if glue:
            lines.append(_Line(glue, height / 2, height / 2))
        return lines
    finally:
        text_page.close()
        page.close()


def _joined(lines: list[_Line], between: str) -> str:
    """Lines as running text: one that ends in a hyphen goes on in the next without a gap."""
    return soften(re.sub(f"(?<=[\ufffe\x02]){between}", "", between.join(line.text for line in lines)))


def soften(text: str) -> str:
    """The mark that pdfium puts for a hyphen at a line's end: soft between letters, else a hyphen."""
    if "\ufffe" not in text and "\x02" not in text:
        return text
    text = text.replace("\x02", "\ufffe")
    text = re.sub(r"(?<=[^\W\d_])\ufffe(?=[^\W\d_])", "\u00ad", text)
    return text.replace("\ufffe", "-")


def _margin(pages: list[list[_Line]], *, upper: bool) -> set[float]:
    """The distances from the edge at which the running header (or footer) of most pages stands."""
    distance = attrgetter("below" if upper else "above")
    found: set[float] = set()
    full = [lines for lines in pages if lines]
    if len(full) < 2:
        return found
    for _ in range(3):  # a header may have some lines
        edges = []
        for lines in full:
            left = [line for line in lines if round(distance(line)) not in found]
            if left:
                edges.append(min(left, key=distance))
        common = Counter((round(distance(line)), _DIGITS.sub("#", " ".join(line.text.split()))) for line in edges)
        if not common:
            break
        (height, _), count = common.most_common(1)[0]
        if count < 2 or count < 0.6 * len(full):
            break
        found.add(height)
    return found
