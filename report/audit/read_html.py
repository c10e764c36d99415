"""A finished HTML file as blocks of visible text.

What a reader does not see, or sees otherwise than it is read, is not among the blocks: it is told as unreadable, with
the reason. html_css works out the style sheets, html_seen judges what they make of each element, html_svg looks at
drawings, html_page at scripts, frames and markup that programs read in different ways.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

import lxml.etree

from report.audit.errors import AuditError
from report.audit.html_page import fault_in_drawing, fault_of, faults_of_markup
from report.audit.html_seen import PLAIN, Sight, Sights, sights_of
from report.audit.html_svg import look_at, name_of
from report.audit.load import sha256
from report.audit.model import BOUNDARY, Block, Document, Image, Place, Unreadable

MAX_BYTES = 64_000_000
"""Bytes of an HTML file that is read at all."""
MAX_ELEMENTS = 1_500_000
"""Elements of an HTML file."""
MAX_SHEETS = 500_000
"""Letters of all its style sheets together."""

_SKIP = frozenset(("head", "script", "style", "template", "noscript", "iframe", "object", "audio", "video", "canvas"))
_BLOCK = frozenset(
    (
        "html", "body", "p", "div", "section", "article", "aside", "header", "footer", "main", "nav", "h1", "h2", "h3",
        "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "td", "th",
        "caption", "figure", "figcaption", "blockquote", "pre", "address", "details", "summary", "form", "fieldset",
        "hr", "svg",
    )
)  # fmt: skip
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_RAISED = frozenset(("sup", "sub"))
_SPACE = re.compile(r"[ \t\r\n\f]+")
_TELLS = re.compile(r"[^\W_]")
"""A letter or digit."""
_TURNED = re.compile("[\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")
_OVERLAID = re.compile("\\d[\u0300-\u036f\u0488\u0489\u20d0-\u20ff]")
_DIGIT = re.compile(r"\d")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_SMALLEST = 24
"""Width and height of a picture, in px, below which nobody reads it."""
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([A-Za-z0-9_-]+)""", re.IGNORECASE)
SVG = "{http://www.w3.org/2000/svg}"
MAX_COLUMNS = 1000
"""Columns of a table, those that cells span included."""


class _Reader:
    def __init__(self, sights: Sights, faults: dict[lxml.etree._Element, str]) -> None:
        self.sights = sights
        self.faults = faults
        """Elements that may show something else than their text."""
        self.unreadable: list[Unreadable] = []
        self.blocks: list[Block] = []
        self.images: list[Image] = []
        self.text: list[str] = []
        self.kind = "paragraph"
        self.section = ""
        self.paragraph = 0
        self.tables = 0
        self.cell: tuple[int, int, int] | None = None
        self.notes: list[str] = []

    def place(self) -> Place:
        table, row, column = self.cell or (0, 0, 0)
        return Place(section=self.section, paragraph=self.paragraph, table=table, row=row, column=column)

    def flush(self) -> None:
        if not self.text:
            return
        text = _SPACE.sub(" ", "".join(self.text)).strip(" ")
        self.text.clear()
        if not text.strip(BOUNDARY + " "):
            return
        turned = _otherwise(text)
        if turned:
            self.unread(text, turned)
            return
        kind = "cell" if self.cell else self.kind
        if kind == "heading":
            self.section, self.paragraph = text.replace(BOUNDARY, ""), 0
        elif kind == "paragraph":
            self.paragraph += 1
        self.blocks.append(Block(kind, text, self.place()))

    def part(self) -> None:
        """The edge of a block: inside a table's cell, which stays one block, it is only a space."""
        if self.cell is None:
            self.flush()
        else:
            self.text.append(" ")

    def add(self, kind: str, text: str) -> None:
        if text.strip():
            self.blocks.append(Block(kind, text, self.place()))

    def unread(self, text: str, why: str) -> None:
        text, place = " ".join(text.replace(BOUNDARY, "").split()), self.place()
        last = self.unreadable[-1] if self.unreadable else None
        if last is not None and text and last.text and (last.why, last.place) == (why, place):
            self.unreadable[-1] = Unreadable(f"{last.text} {text}", place, why)
        else:
            self.unreadable.append(Unreadable(text, place, why))

    def lost(self, element: lxml.etree._Element, why: str, *, always: bool = False) -> None:
        """An element that is not seen as it is read: told where it holds letters, digits or pictures, or `always`."""
        text = _text(element)
        pictures = element.tag in ("img", "svg") or any(True for _ in element.iter("img", "svg", SVG + "svg"))
        if always or pictures or _TELLS.search(text):
            self.unread(text, why)

    def sight(self, element: lxml.etree._Element) -> Sight:
        """How an element is seen; what is wrong with it is told here."""
        fault = self.faults.pop(element, "")
        if fault:
            self.unread(_text(element)[:200] if element.tag in _SKIP else "", fault)
        for why in self.sights.printed.get(element, ()):
            self.unread("", why)
        return self.sights.of.get(element, PLAIN)

    def seen(self, element: lxml.etree._Element) -> bool:
        """Is an element seen as it is read? Where not, that is told, and it must be passed over."""
        sight = self.sight(element)
        if sight.gone:
            self.lost(element, sight.gone, always=sight.covers)
        return not sight.gone

    def say(self, element: lxml.etree._Element, text: str | None) -> None:
        """Text that stands in an element directly."""
        if not text:
            return
        sight = self.sights.of.get(element)
        if sight is not None and sight.unseen:
            if _TELLS.search(text):
                self.unread(text, sight.unseen)
            text = " "
        self.text.append(text)

    def walk(self, element: lxml.etree._Element) -> None:
        tag = element.tag
        if not isinstance(tag, str):  # a comment or a processing instruction
            if element in self.faults:
                self.unread("", self.faults.pop(element))
            return
        if tag in _SKIP:
            self.sight(element)
            if tag in ("template", "noscript"):
                self.lost(element, f"it stands in a <{tag}>, which is not shown, or only where scripts are off")
            return
        if not self.seen(element):
            return
        if tag == "svg" or tag == SVG + "svg":
            self.flush()
            self.svg(element)
            return
        if tag == "img":
            self.image(element)
            return
        if tag == "br":
            self.text.append("\n")
            return
        if tag == "table":
            self.part()
            self.table(element)
            return
        if tag in ("input", "textarea", "select", "option", "button"):
            value = element.get("value")
            if value and element.get("type") != "hidden":
                self.text.append(f" {value} ")
        if tag == "details" and element.get("open") is None:
            self.closed(element)
            return
        is_block = tag in _BLOCK
        if is_block:
            self.part()
        before = self.kind
        if tag in _HEADINGS:
            self.kind = "heading"
        elif tag in ("figcaption", "caption"):
            self.kind = "caption"
        entry = "csl-entry" in (element.get("class") or "").split()
        if entry:  # one reference: its label and its text are blocks of their own, but belong together
            self.flush()
            self.text.append(" ".join(self.plain(element).split()))
            self.kind = "reference"
            self.flush()
            self.kind = before
            return
        raised = tag in _RAISED
        if raised:
            self.text.append(BOUNDARY)
        self.inside(element)
        if raised:
            self.text.append(BOUNDARY)
        if is_block:
            self.part()
            self.kind = before

    def table(self, element: lxml.etree._Element) -> None:
        if self.cell is not None:  # a table inside a cell is read as text of that cell
            self.inside(element)
            self.text.append(" ")
            return
        self.tables += 1
        taken: dict[int, int] = {}  # column -> rows that a cell above still covers
        row = 0
        for child in element:
            if child.tag == "caption":
                self.walk(child)
        for line in self.rows(element):
            row += 1
            column = 1
            for cell in line:
                if cell.tag not in ("td", "th"):
                    continue
                while taken.get(column, 0) > 0:
                    taken[column] -= 1
                    column += 1
                wide, high = _span(cell.get("colspan")), _span(cell.get("rowspan"))
                self.cell = (self.tables, row, column)
                if self.seen(cell):
                    self.inside(cell)
                    self.flush()
                self.cell = None
                for covered in range(column, column + wide):
                    taken[covered] = high - 1
                column += wide
                if column > MAX_COLUMNS + 1:
                    raise AuditError(
                        f"Table {self.tables} of the page has more than {MAX_COLUMNS} columns; it was not read."
                    )
            while taken.get(column, 0) > 0:
                taken[column] -= 1
                column += 1

    def rows(self, table: lxml.etree._Element) -> Iterator[lxml.etree._Element]:
        """The rows of a table that are seen, not those of tables inside it."""
        for child in table:
            if child.tag == "tr":
                if self.seen(child):
                    yield child
            elif child.tag in ("thead", "tbody", "tfoot"):
                if self.seen(child):
                    yield from (line for line in child if line.tag == "tr" and self.seen(line))
            elif child.tag in ("colgroup", "col"):
                self.seen(child)

    def inside(self, element: lxml.etree._Element) -> None:
        self.say(element, element.text)
        for child in element:
            self.walk(child)
            self.say(element, child.tail)

    def closed(self, element: lxml.etree._Element) -> None:
        """Of details that are not open only the summary is seen."""
        summary = next((child for child in element if child.tag == "summary"), None)
        if summary is not None:
            self.walk(summary)
        for child in element:
            if child is not summary and isinstance(child.tag, str):
                self.lost(child, "it is folded away (details)")
        loose = (element.text or "") + "".join(child.tail or "" for child in element)
        if _TELLS.search(loose):
            self.unread(loose, "it is folded away (details)")

    def plain(self, element: lxml.etree._Element) -> str:
        """The text of an element and all in it, on one line."""
        if not isinstance(element.tag, str) or element.tag in _SKIP or not self.seen(element):
            return ""
        hides = self.sights.of.get(element, PLAIN).unseen
        own = (element.text or "") + "".join(child.tail or "" for child in element)
        if hides and _TELLS.search(own):
            self.unread(own, hides)
        space = " " if element.tag in _BLOCK else ""
        mark = BOUNDARY if element.tag in _RAISED else ""
        inner = "".join(self.plain(child) + ("" if hides else child.tail or "") for child in element)
        return space + mark + ("" if hides else element.text or "") + inner + mark + space

    def drawing(self, root: lxml.etree._Element, ground: tuple[float, float, float] | None) -> None:
        """The texts of a drawing that are seen are one block; the others, and what is not read, are told."""
        drawn, faults = look_at(root, ground or (1.0, 1.0, 1.0))
        lost = [text for text in drawn if text.why]
        self.add("figure", "\n".join([text.text for text in drawn if not text.why] if lost else svg_texts(root)))
        for text in lost:
            self.unread(text.text, text.why)
        for why in faults:
            self.unread("", why)

    def svg(self, element: lxml.etree._Element) -> None:
        """The text of a drawn figure, in drawing order, and its text alternative."""
        self.drawing(element, self.sights.grounds.get(element))
        alternatives = [element.get("aria-label") or ""]
        alternatives += [
            _text(child)
            for child in element
            if isinstance(child.tag, str) and child.tag.rpartition("}")[2] in ("desc", "title")
        ]
        for text in dict.fromkeys(" ".join(text.split()) for text in alternatives):
            self.add("alt", text)

    def image(self, element: lxml.etree._Element) -> None:
        source = element.get("src") or ""
        alt = element.get("alt")
        if alt:
            self.add("alt", alt)
        if any(
            size.isdigit() and int(size) < _SMALLEST for size in (element.get("width", ""), element.get("height", ""))
        ):
            self.unread("", "a picture is too small to be read")
        data = _data_url(source)
        if data is None:
            self.images.append(Image("", source[:80], self.place()))
            return
        root = parse_svg(data)
        if root is not None:
            self.drawing(root, None)
        else:
            self.images.append(Image(sha256(data), "embedded image", self.place()))


def _text(element: lxml.etree._Element) -> str:
    return (element.text or "") + "".join(_text(child) + (child.tail or "") for child in element)


def _is_hidden(element: lxml.etree._Element) -> bool:
    """A part of a drawing that is not drawn."""
    return element.get("display") == "none" or element.get("visibility") in ("hidden", "collapse")


def _otherwise(text: str) -> str:
    """Why a reader sees the letters of a text otherwise than they follow each other."""
    if _TURNED.search(text):
        return "signs in it change the direction of its letters"
    if _DIGIT.search(text):
        if _RIGHT_TO_LEFT.search(text):
            return "letters that run from right to left change the order of its numbers"
        if _OVERLAID.search(text):
            return "signs are drawn over its digits"
    return ""


def _span(text: str | None) -> int:
    """Columns or rows that a cell spans: as browsers do, at least 1 and at most 1000."""
    digits = (text or "").strip().lstrip("0")
    return min(int(digits[:5]), 1000) if digits.isascii() and digits.isdigit() else 1


def _data_url(source: str) -> bytes | None:
    if not source.startswith("data:"):
        return None
    head, _, body = source.partition(",")
    if head.endswith(";base64"):
        try:
            return base64.b64decode(re.sub(r"\s+", "", body))
        except (binascii.Error, ValueError):
            return None
    return unquote_to_bytes(body)


def parse_svg(data: bytes) -> lxml.etree._Element | None:
    """The root of an svg file, or None if it is something else."""
    if b"<svg" not in data[:20_000]:
        return None
    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = lxml.etree.fromstring(data, parser)
    except lxml.etree.XMLSyntaxError:
        return None
    return root if isinstance(root.tag, str) and root.tag.rpartition("}")[2] == "svg" else None


def svg_texts(root: lxml.etree._Element) -> list[str]:
    """The texts of a drawing in the order they are drawn; definitions and hidden parts are not drawn."""
    texts: list[str] = []

    def visit(element: lxml.etree._Element) -> None:
        if not isinstance(element.tag, str) or _is_hidden(element):
            return
        name = element.tag.rpartition("}")[2]
        if name in ("defs", "title", "desc", "metadata", "style", "script", "symbol", "clipPath", "clippath", "mask"):
            return
        if name in ("text", "foreignObject", "foreignobject"):
            text = _SPACE.sub(" ", _svg_text(element)).strip()  # a thin space between thousands stays
            if text:
                texts.append(text)
            return
        for child in element:
            visit(child)

    visit(root)
    return texts


def _svg_text(element: lxml.etree._Element) -> str:
    if not isinstance(element.tag, str) or _is_hidden(element):
        return ""
    if element.tag.rpartition("}")[2] in ("title", "desc", "style"):
        return ""
    out = element.text or ""
    for child in element:
        # a part that is placed by itself begins a new word
        moved = isinstance(child.tag, str) and (child.get("x") is not None or child.get("y") is not None)
        out += (" " if moved else "") + _svg_text(child) + (child.tail or "")
    return out


def read_html(data: bytes, name: str) -> Document:
    """Reads a finished HTML file. Raises AuditError where it is no HTML, damaged, or too large to be read."""
    if len(data) > MAX_BYTES:
        raise AuditError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB of HTML and was not read.")
    encoding = _encoding(data)
    try:
        text = data.decode("utf-8-sig" if encoding in ("utf-8", "utf8", "") else encoding)
    except (UnicodeDecodeError, LookupError):
        raise AuditError(f"{name} is damaged: it holds bytes that are not {encoding or 'utf-8'} text.") from None
    if "</html>" not in text[-4096:].lower():
        raise AuditError(f"{name} is cut short: it has no closing </html>.")
    if "\0" in text:
        raise AuditError(f"{name} is damaged: it holds null characters.")
    try:
        # not lxml.html's parser: that asks Python for a class of its own for each element
        root = lxml.etree.fromstring(text.encode(), lxml.etree.HTMLParser(encoding="utf-8", huge_tree=True))
    except (lxml.etree.LxmlError, ValueError):
        root = None
    if root is None:
        raise AuditError(f"{name} is not readable as HTML.")
    try:
        faults, sheets = _scan(root, name)
        reader = _Reader(sights_of(root, sheets), faults)
        for why in _whole(text, encoding, data):
            reader.unread("", why)
        reader.walk(root)
        reader.flush()
    except RecursionError:
        raise AuditError(f"{name} is nested too deeply to be read.") from None
    reader.cell, reader.section, reader.paragraph = None, "", 0
    for why in dict.fromkeys([*reader.sights.faults, *faults.values()]):  # in the head, or in what is passed over
        reader.unread("", why)
    for printed in dict.fromkeys(reader.sights.page_texts):
        if set(re.findall(r"\w+", printed.lower())) - {"page", "of"}:
            reader.unread(printed, "a style sheet prints it in the margins of pages")
    if not reader.blocks:
        raise AuditError(f"{name} holds no readable text.")
    return Document(
        "html",
        tuple(reader.blocks),
        tuple(reader.images),
        notes=tuple(reader.notes),
        unreadable=tuple(reader.unreadable),
    )


def _encoding(data: bytes) -> str:
    """The encoding that the file names, in small letters; empty where it names none."""
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8"
    found = _CHARSET.search(_COMMENT.sub(b"", data[:4096]))
    return found.group(1).decode("ascii").lower() if found is not None else ""


def _whole(text: str, encoding: str, data: bytes) -> Iterator[str]:
    """What is wrong with the file as a whole."""
    if not data.isascii():
        if not encoding:
            yield "it does not say how its letters are encoded, and programs guess differently"
        elif encoding not in ("utf-8", "utf8"):
            yield f"its letters are encoded as {encoding}, which programs read differently"
    yield from faults_of_markup(text)


def _scan(root: lxml.etree._Element, name: str) -> tuple[dict[lxml.etree._Element, str], list[tuple[str, str]]]:
    """Elements that may show something else than their text, and the style sheets of the file as (text, media)."""
    faults: dict[lxml.etree._Element, str] = {}
    sheets: list[tuple[str, str]] = []
    drawn = 0  # elements of a drawing that are still to come: html_svg looks at these
    for number, element in enumerate(root.iter()):
        if number > MAX_ELEMENTS:
            raise AuditError(f"{name} holds more than {MAX_ELEMENTS:,} elements and was not read.")
        tag = name_of(element)
        if tag == "style" and (element.get("type") or "text/css").strip().lower() == "text/css":
            sheets.append((element.text or "", element.get("media") or ""))
        if drawn:
            drawn -= 1
            why = fault_in_drawing(element)
        else:
            why = fault_of(element)
            if tag == "svg":
                drawn = sum(1 for _ in element.iter()) - 1
        if why:
            faults[element] = why
    if sum(len(text) for text, _ in sheets) > MAX_SHEETS:
        raise AuditError(f"{name} holds style sheets of more than {MAX_SHEETS:,} letters and was not read.")
    return faults, sheets
