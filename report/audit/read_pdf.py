"""A finished PDF as blocks of visible text: each page's body, and what stands in its upper and lower margin.

The order is that of the page's content, which is the reading order of every program that writes papers. Lines are
joined to running text; a hyphen that a line's end brought in is made soft. What nobody sees is left out, and told
(`pdf_seen`). A line is taken for a running header or
footer by its position (the same height on most pages, above or below all else) and its text (the same but for its
digits).
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from dataclasses import dataclass
from operator import attrgetter

import pypdfium2

from report.audit.errors import AuditError
from report.audit.model import Block, Document, Image, Place, Unreadable
from report.audit.pdf_glyphs import MOST, Fonts
from report.audit.pdf_objects import Rect
from report.audit.pdf_places import Places
from report.audit.pdf_seen import Seen, look

MAX_PAGES = 5000
SHOWN = 300
"""Characters of a hidden stretch that are told."""
# pdfium joins a line that ends in a hyphen to what is drawn next, be it the page's footer: a line ends there too.
_BREAK = re.compile("\r\n|\r|\n|(?<=[\ufffe\x02])")
_DIGITS = re.compile("[0-9]+")


@dataclass(slots=True)
class _Line:
    """A line and its distances from the page's upper and lower edge, which a turned page keeps."""

    text: str
    at: list[int]
    """For each character of the text its number on the page."""
    below: float
    above: float


def read_pdf(data: bytes, name: str) -> Document:
    """The blocks of a PDF, and what of it is seen otherwise than it is read. Raises AuditError."""
    if b"%%EOF" not in data[-2048:]:
        raise AuditError(f"{name} is cut short: the mark that ends every PDF is missing.")
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise AuditError(f"{name} is encrypted with a password and cannot be read.") from None
        raise AuditError(f"{name} is damaged: it cannot be opened as a PDF.") from None
    pages: list[list[_Line]] = []
    seen: list[Seen] = []
    try:
        count = len(document)
        if count > MAX_PAGES:
            raise AuditError(f"{name} has {count} pages; at most {MAX_PAGES} are read.")
        if count == 0:
            raise AuditError(f"{name} has no pages.")
        fonts = Fonts(document)
        for index in range(count):
            try:
                page = document[index]
            except pypdfium2.PdfiumError:
                raise AuditError(f"{name} is damaged: its page {index + 1} cannot be read.") from None
            try:
                seen.append(look(document, page, fonts, index + 1))
                pages.append(_lines(seen[-1], page.get_bbox()))
            except pypdfium2.PdfiumError:
                raise AuditError(f"{name} is damaged: its page {index + 1} cannot be read.") from None
            finally:
                page.close()
        lies = fonts.lies()
    finally:
        document.close()
    if not any(pages):
        raise AuditError(f"{name} holds no readable text: its pages are images or outlines.")
    notes = tuple(f"Page {number} holds no text." for number, lines in enumerate(pages, 1) if not lines)
    headers, footers = _margin(pages, upper=True), _margin(pages, upper=False)
    blocks: list[Block] = []
    for number, (lines, page_seen) in enumerate(zip(pages, seen, strict=True), 1):
        header = [line for line in lines if round(line.below) in headers]
        footer = [line for line in lines if round(line.above) in footers]
        body = [line for line in lines if line not in header and line not in footer]
        for part, kind, of, between in (
            ("header", "header", header, " "), ("body", "page", body, "\n"), ("footer", "footer", footer, " "),
        ):  # fmt: skip
            if of:
                text, at = _joined(of, between)
                box = Places(page_seen.chars.edges, at, text).box
                blocks.append(Block(kind, text, Place(part, page=number), box=box))
    unreadable = [
        Unreadable(text, Place(page=number), why)
        for number, page_seen in enumerate(seen, 1)
        for text, why in (*_hidden(page_seen), *page_seen.unreadable)
    ]
    unreadable += [
        Unreadable(digit, Place(page=number), f"the font {font} draws what looks like a {other} for the digit {digit}")
        for font, digit, other, number in lies
    ]
    if fonts.beyond:
        why = f"the file has more than {MOST:,} digits of fonts: of those from here on it is not known what they show"
        unreadable.append(Unreadable("", Place(page=fonts.beyond), why))
    images = [
        Image(hashed, size, Place(section=f"page {number}", page=number))
        for number, page_seen in enumerate(seen, 1)
        for hashed, size in page_seen.images
    ]
    return Document("pdf", tuple(blocks), tuple(images), notes=notes, unreadable=tuple(unreadable))


def _hidden(seen: Seen) -> list[tuple[str, str]]:
    """(text, why) of each stretch that nobody sees."""
    text, found = seen.chars.text, []
    run: list[int] = []
    for k in [*sorted(seen.hidden), -1]:
        goes_on = run and k >= 0 and seen.hidden[k] == seen.hidden[run[-1]] and not text[run[-1] + 1 : k].strip()
        if run and not goes_on:
            found.append((" ".join(text[run[0] : run[-1] + 1].split())[:SHOWN], seen.hidden[run[0]]))
            run = []
        run.append(k)
    return found


def _lines(seen: Seen, edge: Rect) -> list[_Line]:
    """The lines of a page, of what is seen."""
    chars, hidden = seen.chars, seen.hidden
    text = chars.text
    lines: list[_Line] = []
    position = 0
    glue = _Line("", [], 0.0, 0.0)
    for match in [*_BREAK.finditer(text), None]:
        end = match.start() if match else len(text)
        kept = [k for k in range(position, end) if k not in hidden] if hidden else range(position, end)
        position = match.end() if match else end
        line = "".join([text[k] for k in kept]) if hidden else text[kept.start : end]  # type: ignore[union-attr]
        stripped = line.strip()
        if not stripped:
            continue
        first = line.index(stripped)
        at = list(kept[first : first + len(stripped)])
        _, bottom, _, top = chars.box(at[0])
        if len(stripped) == 1 and match and chars.owners[at[0]] in seen.turned:
            # the first letter of turned text comes as a line of its own
            glue = _Line(glue.text + stripped, glue.at + at, 0.0, 0.0)
        else:
            lines.append(_Line(glue.text + stripped, glue.at + at, edge[3] - top, bottom - edge[1]))
            glue = _Line("", [], 0.0, 0.0)
    if glue.text:
        half = (edge[3] - edge[1]) / 2
        lines.append(_Line(glue.text, glue.at, half, half))
    return lines


def _joined(lines: list[_Line], between: str) -> tuple[str, array[int]]:
    """Lines as running text, and the place of each character: one that ends in a hyphen goes on in the next line
    without a gap."""
    text = ""
    at: array[int] = array("l")
    for line in lines:
        if text and text[-1] not in "\ufffe\x02":
            text += between
            at.append(-1)
        text += line.text
        at.extend(line.at)
    return soften(text), at


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
