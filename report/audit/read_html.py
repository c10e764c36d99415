"""A finished HTML file as blocks of visible text.

What is skipped because no reader sees it: head, scripts, styles, templates, comments, elements that are hidden by
attribute or by their own style. Rules of style sheets are not worked out.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

import lxml.etree
import lxml.html

from report.audit.errors import AuditError
from report.audit.load import sha256
from report.audit.model import BOUNDARY, Block, Document, Image, Place

_SKIP = frozenset(
    ("head", "script", "style", "template", "noscript", "iframe", "object", "embed", "audio", "video", "canvas")
)
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
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([A-Za-z0-9_-]+)""", re.IGNORECASE)
SVG = "{http://www.w3.org/2000/svg}"


class _Reader:
    def __init__(self) -> None:
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

    def walk(self, element: lxml.etree._Element) -> None:
        tag = element.tag
        if not isinstance(tag, str):  # a comment or a processing instruction
            return
        if tag in _SKIP or _is_hidden(element):
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
            self.text.append(" ".join(_plain(element).split()))
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
            for inner in element.iter("td", "th"):
                self.inside(inner)
                self.text.append(" ")
            return
        self.tables += 1
        taken: dict[int, int] = {}  # column -> rows that a cell above still covers
        row = 0
        for child in element:
            if child.tag == "caption":
                self.walk(child)
        for line in _rows(element):
            if _is_hidden(line):
                continue
            row += 1
            column = 1
            for cell in line:
                if cell.tag not in ("td", "th"):
                    continue
                while taken.get(column, 0) > 0:
                    taken[column] -= 1
                    column += 1
                wide, high = _span(cell.get("colspan")), _span(cell.get("rowspan"))
                if not _is_hidden(cell):
                    self.cell = (self.tables, row, column)
                    self.inside(cell)
                    self.flush()
                    self.cell = None
                for covered in range(column, column + wide):
                    taken[covered] = high - 1
                column += wide
            while taken.get(column, 0) > 0:
                taken[column] -= 1
                column += 1

    def inside(self, element: lxml.etree._Element) -> None:
        if element.text:
            self.text.append(element.text)
        for child in element:
            self.walk(child)
            if child.tail:
                self.text.append(child.tail)

    def svg(self, element: lxml.etree._Element) -> None:
        """The text of a drawn figure, in drawing order, and its text alternative."""
        self.add("figure", "\n".join(svg_texts(element)))
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
        data = _data_url(source)
        if data is None:
            self.images.append(Image("", source[:80], self.place()))
            return
        root = parse_svg(data)
        if root is not None:
            self.add("figure", "\n".join(svg_texts(root)))
        else:
            self.images.append(Image(sha256(data), "embedded image", self.place()))


def _rows(table: lxml.etree._Element) -> list[lxml.etree._Element]:
    """The rows of a table, not those of tables inside it."""
    rows: list[lxml.etree._Element] = []
    for child in table:
        if child.tag == "tr":
            rows.append(child)
        elif child.tag in ("thead", "tbody", "tfoot") and not _is_hidden(child):
            rows += [line for line in child if line.tag == "tr"]
    return rows


def _plain(element: lxml.etree._Element) -> str:
    if not isinstance(element.tag, str) or element.tag in _SKIP or _is_hidden(element):
        return ""
    space = " " if element.tag in _BLOCK else ""
    mark = BOUNDARY if element.tag in _RAISED else ""
    inner = "".join(_plain(child) + (child.tail or "") for child in element)
    return space + mark + (element.text or "") + inner + mark + space


def _text(element: lxml.etree._Element) -> str:
    return (element.text or "") + "".join(_text(child) + (child.tail or "") for child in element)


def _is_hidden(element: lxml.etree._Element) -> bool:
    if not element.attrib:
        return False
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    if style and _HIDDEN.search(style):
        return True
    return element.get("display") == "none" or element.get("visibility") in ("hidden", "collapse")


def _span(text: str | None) -> int:
    return min(int(text), 1000) if text and text.isascii() and text.isdigit() and text.strip("0") else 1


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
            text = " ".join(_svg_text(element).split())
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
    encoding = "utf-8"
    found = _CHARSET.search(data[:4096])
    if found is not None:
        encoding = found.group(1).decode("ascii")
    try:
        text = data.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except (UnicodeDecodeError, LookupError):
        raise AuditError(f"{name} is damaged: it holds bytes that are not {encoding} text.") from None
    if "</html>" not in text[-4096:].lower():
        raise AuditError(f"{name} is cut short: it has no closing </html>.")
    if "\0" in text:
        raise AuditError(f"{name} is damaged: it holds null characters.")
    try:
        root = lxml.html.document_fromstring(
            text.encode(), parser=lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
        )
    except (lxml.etree.LxmlError, ValueError):
        raise AuditError(f"{name} is not readable as HTML.") from None
    reader = _Reader()
    try:
        reader.walk(root)
    except RecursionError:
        raise AuditError(f"{name} is nested too deeply to be read.") from None
    reader.flush()
    if not reader.blocks:
        raise AuditError(f"{name} holds no readable text.")
    return Document("html", tuple(reader.blocks), tuple(reader.images), notes=tuple(reader.notes))
