"""A finished Word file as blocks of visible text, read from its parts.

Read: body, tables (nested too), headers, footers, footnotes, endnotes, text boxes, content controls, hyperlinks,
results of simple and complex fields, smart tags, tracked insertions and moved-to text (deletions and moved-from text
are left out: the view with all changes accepted), tabs, breaks, no-break hyphens, symbols, Office Math, alternative
texts, and the hashes of images. Not read: comments and hidden text (both noted), and drawings that are charts or
objects (reported as unreadable).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

import lxml.etree

from report.audit.errors import AuditError
from report.audit.load import open_zip, sha256
from report.audit.model import BOUNDARY, Block, Document, Image, Place

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
V = "{urn:schemas-microsoft-com:vml}"
STRICT_W = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
SVG_BLIP = "{http://schemas.microsoft.com/office/drawing/2016/SVG/main}svgBlip"
READABLE = ("/picture", "/wordprocessingShape", "/wordprocessingGroup", "/wordprocessingCanvas", "/lockedCanvas")
DOCUMENT = "word/document.xml"

_SPACE = re.compile(r"[ \t\r\n\f]+")
_LEFT_OUT = frozenset(
    W + name
    for name in (
        "del", "moveFrom", "delText", "delInstrText", "instrText", "pPr", "rPr", "tblPr", "tblGrid", "trPr", "tcPr",
        "sectPr", "sdtPr", "sdtEndPr", "fldData", "commentReference", "footnoteRef", "endnoteRef", "annotationRef",
        "separator", "continuationSeparator", "bookmarkStart", "bookmarkEnd", "proofErr", "lastRenderedPageBreak",
        "rubyPr", "rt", "smartTagPr", "customXmlPr",
    )
)  # fmt: skip
_PAGE_FIELDS = frozenset(("PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION"))
_OFF = frozenset(("0", "false", "off"))


class _Field:
    """A complex field being read: its instruction until `separate`, then its result."""

    __slots__ = ("instruction", "result")

    def __init__(self) -> None:
        self.instruction = ""
        self.result = False


class _Part:
    """Reads one part of the package."""

    def __init__(self, reader: _Reader, part: str, relations: Mapping[str, str]) -> None:
        self.reader = reader
        self.part = part
        self.relations = relations
        self.fields: list[_Field] = []
        self.text: list[str] = []
        self.floating: list[Block] = []
        self.cell: tuple[int, int, int] | None = None
        self.style = ""
        self.section = ""
        self.paragraph = 0
        self.kind = {"header": "header", "footer": "footer", "body": "paragraph"}.get(part, "note")

    # -- inline -------------------------------------------------------------------------------------------------

    def hidden_by_field(self) -> bool:
        return any(not field.result or _word(field.instruction) in _PAGE_FIELDS for field in self.fields)

    def say(self, text: str | None) -> None:
        if text and not (self.fields and self.hidden_by_field()):
            self.text.append(text)

    def inline(self, element: lxml.etree._Element) -> None:
        for child in element:
            tag = child.tag
            if tag == W + "r":
                self.run(child)
            elif tag == W + "p":
                self.paragraph_in_passing(child)
            elif tag in _LEFT_OUT or not isinstance(tag, str):
                if tag in (W + "del", W + "moveFrom"):
                    self.reader.tracked += 1
            elif tag == W + "fldSimple":
                if _word(child.get(W + "instr") or "") in _PAGE_FIELDS:
                    self.reader.page_numbers += 1
                else:
                    self.inline(child)
            elif tag == MC + "AlternateContent":
                self.alternate(child)
            elif tag == M + "t":
                self.say(child.text)
            elif tag == W + "tbl":
                self.table(child)
            else:
                if tag in (W + "ins", W + "moveTo"):
                    self.reader.tracked += 1
                self.inline(child)

    def run(self, run: lxml.etree._Element) -> None:
        properties = run.find(W + "rPr")
        raised = False
        if properties is not None:
            if _on(properties.find(W + "vanish")) or _on(properties.find(W + "webHidden")):
                self.reader.hidden += 1
                for mark in run.iter(W + "fldChar"):
                    self.field_mark(mark)
                return
            align = properties.find(W + "vertAlign")
            raised = align is not None and align.get(W + "val") in ("superscript", "subscript")
        if raised:
            self.text.append(BOUNDARY)
        self.run_content(run)
        if raised:
            self.text.append(BOUNDARY)

    def run_content(self, run: lxml.etree._Element) -> None:
        for child in run:
            tag = child.tag
            if tag == W + "t":
                self.say(child.text)
            elif tag in (W + "tab", W + "br", W + "cr", W + "ptab"):
                self.say(" ")
            elif tag == W + "noBreakHyphen":
                self.say("‑")
            elif tag == W + "softHyphen":
                self.say("\u00ad")
            elif tag == W + "sym":
                self.say(_symbol(child.get(W + "char")))
            elif tag == W + "fldChar":
                self.field_mark(child)
            elif tag == W + "instrText":
                if self.fields and not self.fields[-1].result:
                    self.fields[-1].instruction += child.text or ""
            elif tag == W + "pgNum":
                self.reader.page_numbers += 1
            elif tag in (W + "drawing", W + "pict", W + "object"):
                self.drawing(child)
            elif tag == MC + "AlternateContent":
                self.alternate(child)
            elif tag == W + "ruby":
                base = child.find(W + "rubyBase")
                if base is not None:
                    self.inline(base)
            elif tag == M + "t":
                self.say(child.text)

    def field_mark(self, mark: lxml.etree._Element) -> None:
        kind = mark.get(W + "fldCharType")
        if kind == "begin":
            self.fields.append(_Field())
        elif kind == "separate" and self.fields:
            self.fields[-1].result = True
        elif kind == "end" and self.fields and _word(self.fields.pop().instruction) in _PAGE_FIELDS:
            self.reader.page_numbers += 1

    def alternate(self, element: lxml.etree._Element) -> None:
        """Two ways to say one thing: the first choice is read, the fallback only where there is none."""
        chosen = element.find(MC + "Choice")
        if chosen is None:
            chosen = element.find(MC + "Fallback")
        if chosen is None:
            return
        self.run_content(chosen)
        self.inline_except_runs(chosen)

    def inline_except_runs(self, element: lxml.etree._Element) -> None:
        for child in element:
            if child.tag in (W + "r", W + "p", W + "ins", W + "hyperlink", W + "sdt"):
                self.inline(element)
                return

    def drawing(self, element: lxml.etree._Element) -> None:
        reader = self.reader
        for properties in element.iter(WP + "docPr"):
            alt = properties.get("descr")
            if alt and properties.get("hidden") not in ("1", "true"):
                self.floating.append(Block("alt", alt, self.place()))
        for data in element.iter(A + "graphicData"):
            if not (data.get("uri") or "").endswith(READABLE):
                reader.images.append(Image("", "a chart or an embedded object", self.place()))
        if element.tag == W + "object":
            reader.images.append(Image("", "an embedded object", self.place()))
        for blip in element.iter(A + "blip"):
            reader.image(self.relations.get(blip.get(R + "embed") or ""), self.place())
        for blip in element.iter(SVG_BLIP):
            reader.image(self.relations.get(blip.get(R + "embed") or ""), self.place(), vector=True)
        for picture in element.iter(V + "imagedata"):
            reader.image(self.relations.get(picture.get(R + "id") or ""), self.place())
        for box in element.iter(W + "txbxContent"):
            if any(up.tag == MC + "Fallback" for up in box.iterancestors()) or any(
                up.tag == W + "txbxContent" for up in box.iterancestors()
            ):
                continue
            inner = _Part(reader, self.part, self.relations)
            inner.section, inner.kind = self.section, "note" if self.kind == "paragraph" else self.kind
            inner.cell = self.cell
            self.floating.extend(inner.read(box))

    # -- blocks -------------------------------------------------------------------------------------------------

    def place(self) -> Place:
        table, row, column = self.cell or (0, 0, 0)
        return Place(self.part, self.section, self.paragraph, table, row, column)

    def read(self, root: lxml.etree._Element) -> list[Block]:
        self.out: list[Block] = []
        self.content(root)
        return self.out

    def content(self, element: lxml.etree._Element) -> None:
        for child in element:
            tag = child.tag
            if tag == W + "p":
                self.paragraph_block(child)
            elif tag == W + "tbl":
                self.table(child)
            elif tag in _LEFT_OUT or not isinstance(tag, str):
                continue
            elif tag == MC + "AlternateContent":
                chosen = child.find(MC + "Choice")
                self.content(chosen if chosen is not None else child)
            elif tag in (W + "r", W + "hyperlink"):
                self.inline([child])  # type: ignore[arg-type]  # a run that stands outside a paragraph
            else:  # content controls, custom XML, insertions around blocks, footnotes
                self.content(child)

    def paragraph_block(self, element: lxml.etree._Element) -> None:
        if self.cell is not None:
            self.inline(element)
            self.text.append(" ")
            return
        self.style = ""
        numbered = False
        properties = element.find(W + "pPr")
        if properties is not None:
            style = properties.find(W + "pStyle")
            if style is not None:
                self.style = (style.get(W + "val") or "").lower().replace(" ", "")
            numbered = properties.find(W + "numPr") is not None
        self.inline(element)
        text = self.take()
        if text:
            kind = self.kind
            if kind == "paragraph":
                if self.style.startswith("heading") or (
                    properties is not None and properties.find(W + "outlineLvl") is not None
                ):
                    kind, self.section, self.paragraph = "heading", text.replace(BOUNDARY, ""), 0
                elif "caption" in self.style:
                    kind = "caption"
                elif self.style == "bibliography" or numbered:
                    kind = "reference" if self.style == "bibliography" else kind
                if kind == "paragraph":
                    self.paragraph += 1
            self.out.append(Block(kind, text, self.place()))
        self.out.extend(self.floating)
        self.floating.clear()

    def paragraph_in_passing(self, element: lxml.etree._Element) -> None:
        self.inline(element)
        self.text.append(" ")

    def take(self) -> str:
        text = _SPACE.sub(" ", "".join(self.text)).strip(" ")
        self.text.clear()
        return text if text.strip(BOUNDARY + " ") else ""

    def table(self, element: lxml.etree._Element) -> None:
        if self.cell is not None:  # a table inside a cell is read as text of that cell
            for cell in element.iter(W + "tc"):
                if next((up for up in cell.iterancestors(W + "tbl")), None) is element:
                    self.content(cell)
                    self.text.append(" ")
            return
        self.reader.tables += 1
        number = self.reader.tables
        for row_number, row in enumerate(_rows(element), 1):
            column = 1
            before = row.find(W + "trPr/" + W + "gridBefore")
            if before is not None:
                column += _int(before.get(W + "val"), 0)
            for cell in _cells(row):
                properties = cell.find(W + "tcPr")
                wide, covered = 1, False
                if properties is not None:
                    span = properties.find(W + "gridSpan")
                    wide = _int(span.get(W + "val"), 1) if span is not None else 1
                    merge = properties.find(W + "vMerge")
                    covered = merge is not None and merge.get(W + "val") != "restart"
                if not covered:
                    self.cell = (number, row_number, column)
                    self.content(cell)
                    text = self.take()
                    if text:
                        self.out.append(Block("cell" if self.part == "body" else self.kind, text, self.place()))
                    self.out.extend(self.floating)
                    self.floating.clear()
                    self.cell = None
                column += wide


class _Reader:
    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self.parts = parts
        self.images: list[Image] = []
        self.tables = 0
        self.page_numbers = 0
        self.tracked = 0
        self.hidden = 0
        self.vectors: set[str] = set()

    def image(self, part: str | None, place: Place, *, vector: bool = False) -> None:
        data = self.parts.get(part or "")
        if data is None:
            self.images.append(Image("", "an image kept outside the file", place))
        elif vector:
            self.images.append(Image(sha256(data), "a vector image", place))
        else:
            self.images.append(Image(sha256(data), posixpath.basename(part or ""), place))


def _rows(table: lxml.etree._Element) -> list[lxml.etree._Element]:
    rows: list[lxml.etree._Element] = []
    for child in table:
        if child.tag == W + "tr":
            properties = child.find(W + "trPr")
            if properties is not None and properties.find(W + "del") is not None:
                continue  # a row that was deleted with changes tracked
            rows.append(child)
        elif isinstance(child.tag, str) and child.tag in (W + "sdt", W + "sdtContent", W + "customXml", W + "ins"):
            rows.extend(_rows(child))
    return rows


def _cells(row: lxml.etree._Element) -> list[lxml.etree._Element]:
    cells: list[lxml.etree._Element] = []
    for child in row:
        if child.tag == W + "tc":
            cells.append(child)
        elif isinstance(child.tag, str) and child.tag in (W + "sdt", W + "sdtContent", W + "customXml"):
            cells.extend(_cells(child))
    return cells


def _word(instruction: str) -> str:
    words = instruction.split(None, 1)
    return words[0].upper() if words else ""


def _on(element: lxml.etree._Element | None) -> bool:
    return element is not None and (element.get(W + "val") or "").lower() not in _OFF


def _int(text: str | None, default: int) -> int:
    return min(int(text), 1000) if text and text.isascii() and text.isdigit() else default


def _symbol(code: str | None) -> str:
    try:
        number = int(code or "", 16)
    except ValueError:
        return ""
    if 0xF000 <= number <= 0xF0FF:
        number -= 0xF000
    return chr(number) if 32 <= number < 0x110000 else ""


def _xml(data: bytes, name: str, part: str) -> lxml.etree._Element:
    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data[:65536]:
        raise AuditError(f"{name} was not read: its part {part} declares a document type, which Word files never do.")
    try:
        return lxml.etree.fromstring(data, parser)
    except (lxml.etree.XMLSyntaxError, ValueError):
        raise AuditError(f"{name} is damaged: its part {part} is not readable as XML.") from None


def _relations(parts: Mapping[str, bytes], part: str, name: str) -> list[tuple[str, str, str]]:
    """(id, kind, target part) of each relation of a part."""
    folder, base = posixpath.split(part)
    path = f"{folder}/_rels/{base}.rels"
    if path not in parts:
        return []
    found = []
    for relation in _xml(parts[path], name, path):
        target = relation.get("Target") or ""
        if relation.get("TargetMode") == "External":
            continue
        target = posixpath.normpath(target[1:] if target.startswith("/") else posixpath.join(folder, target))
        found.append((relation.get("Id") or "", (relation.get("Type") or "").rpartition("/")[2], target))
    return found


def read_docx(data: bytes, name: str) -> Document:
    parts = open_zip(name, data)
    if DOCUMENT not in parts:
        raise AuditError(f"{name} is not a Word file: it has no {DOCUMENT}.")
    if STRICT_W in parts[DOCUMENT][:4096]:
        raise AuditError(f"{name} is in the Strict Open XML form; save it as an ordinary Word document (.docx).")
    reader = _Reader(parts)
    relations = _relations(parts, DOCUMENT, name)
    body = _xml(parts[DOCUMENT], name, DOCUMENT).find(W + "body")
    if body is None:
        raise AuditError(f"{name} is damaged: its document has no body.")
    blocks: list[Block] = []
    try:
        blocks += _Part(reader, "body", {i: t for i, _, t in relations}).read(body)
        if not blocks:
            raise AuditError(f"{name} holds no readable text.")
        seen: set[str] = set()
        for _, kind, target in relations:
            part = {"header": "header", "footer": "footer", "footnotes": "footnote", "endnotes": "endnote"}.get(kind)
            if part is None or target in seen or target not in parts:
                continue
            seen.add(target)
            inner = {i: t for i, _, t in _relations(parts, target, name)}
            blocks += _Part(reader, part, inner).read(_xml(parts[target], name, target))
    except RecursionError:
        raise AuditError(f"{name} is nested too deeply to be read.") from None
    notes = []
    if reader.tracked:
        notes.append(f"{reader.tracked} tracked changes were read as accepted.")
    if reader.hidden:
        notes.append(f"{reader.hidden} hidden pieces of text were left out.")
    if any(kind == "comments" and b"<w:comment " in parts.get(target, b"") for _, kind, target in relations):
        notes.append("Comments were not read.")
    return Document("docx", tuple(blocks), tuple(reader.images), reader.page_numbers, tuple(notes))
