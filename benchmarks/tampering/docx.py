"""A Word paper that can be edited: texts of runs change, in whichever part they stand; marks and properties stay."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence

import lxml.etree

from benchmarks.tampering.nodes import Edit, Node
from benchmarks.tampering.pieces import Piece, grouped, rewritten

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PARTS = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_SHOWN = {W + "tab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "\u2011"}
_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_EMBED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_STYLES = (("title", "title"), ("heading", "heading"), ("caption", "caption"), ("note", "note"), ("bibliography", "reference"))  # fmt: skip  # noqa: E501


class DocxPaper:
    """`Editable` over the text of all parts of a Word file. Texts of fields (page numbers) cannot be edited: Word makes
    them anew."""

    def __init__(self, data: bytes) -> None:
        self._members = parts_of(data)
        self._roots: dict[str, lxml.etree._Element] = {}
        self._nodes: list[Node] = []
        self._pieces: list[list[Piece]] = []
        self._texts: list[tuple[str, lxml.etree._Element]] = []
        """Part and element of each piece; a piece's handle counts these."""
        for name, member in self._members:
            if _PARTS.fullmatch(name):
                self._roots[name] = lxml.etree.fromstring(member)
                self._read(name, self._roots[name])

    @property
    def nodes(self) -> Sequence[Node]:
        return self._nodes

    def edited(self, edits: Sequence[Edit]) -> bytes:
        before: list[tuple[lxml.etree._Element, str | None]] = []
        touched: set[str] = set()
        try:
            for node, own in grouped(edits).items():
                for at, text in rewritten(self._pieces[node], own).items():
                    part, element = self._texts[at]
                    before.append((element, element.text))
                    element.text = text
                    element.set(_XML_SPACE, "preserve")
                    touched.add(part)
            return packed_from(
                (name, lxml.etree.tostring(self._roots[name], encoding="UTF-8", xml_declaration=True, standalone=True))
                if name in touched
                else (name, data)
                for name, data in self._members
            )
        finally:
            for element, text in before:
                element.text = text

    def images(self) -> list[str]:
        """The members of the package that are pictures of the body, in the order in which they are shown."""
        members = dict(self._members)
        relations = lxml.etree.fromstring(members["word/_rels/document.xml.rels"])
        targets = {relation.get("Id"): f"word/{relation.get('Target')}" for relation in relations}
        shown = (targets.get(blip.get(_EMBED)) for blip in self._roots["word/document.xml"].iter(_BLIP))
        return [name for name in dict.fromkeys(shown) if name in members]

    def member(self, name: str) -> bytes:
        return dict(self._members)[name]

    def with_member(self, name: str, data: bytes) -> bytes:
        """The file with another content of one member."""
        return packed_from((own, data if own == name else old) for own, old in self._members)

    def _read(self, part: str, root: lxml.etree._Element) -> None:
        kind = next((kind for kind in ("header", "footer") if kind in part), "note" if "notes" in part else "")
        places: dict[lxml.etree._Element, tuple[int, int, int]] = {}
        for number, table in enumerate((t for t in root.iter(W + "tbl") if _outer(t)), 1):
            for row, line in enumerate(table.iter(W + "tr"), 1):
                column = 1
                for cell in line.iter(W + "tc"):
                    places[cell] = (number, row, column)
                    span = cell.find(f"{W}tcPr/{W}gridSpan")
                    column += int(span.get(W + "val", "1")) if span is not None else 1
        for paragraph in root.iter(W + "p"):
            pieces: list[Piece] = []
            depth = 0
            for element in _runs(paragraph):
                if element.tag == W + "fldChar":
                    depth += {"begin": 1, "end": -1}.get(str(element.get(W + "fldCharType")), 0)
                elif depth and element.tag == W + "t":
                    pieces.append(Piece(element.text or "", None))
                elif element.tag == W + "t":
                    if element.text:
                        self._texts.append((part, element))
                        pieces.append(Piece(element.text, len(self._texts) - 1))
                elif element.tag in _SHOWN:
                    pieces.append(Piece(_SHOWN[element.tag], None))
            text = "".join(piece.text for piece in pieces)
            if not text.strip():
                continue
            cell = next((a for a in paragraph.iterancestors(W + "tc")), None)
            table, row, column = places.get(cell, (0, 0, 0)) if cell is not None else (0, 0, 0)
            style = paragraph.find(f"{W}pPr/{W}pStyle")
            named = "" if style is None else str(style.get(W + "val")).lower()
            own = kind or ("cell" if table else next((k for mark, k in _STYLES if mark in named), "paragraph"))
            place = f"table {table}, row {row}, column {column}" if table else kind
            self._nodes.append(Node(text, own, place, table, row, column))
            self._pieces.append(pieces)


def parts_of(data: bytes) -> list[tuple[str, bytes]]:
    """The members of a zip archive, in order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def packed_from(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip archive of the members; pictures are not packed a second time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in members:
            stored = name.endswith((".png", ".jpeg", ".jpg"))
            archive.writestr(name, data, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _outer(table: lxml.etree._Element) -> bool:
    return next(table.iterancestors(W + "tbl"), None) is None


def _runs(paragraph: lxml.etree._Element) -> Iterator[lxml.etree._Element]:
    """What a paragraph shows, in order, without text boxes in it and what a tracked change took away."""
    for child in paragraph:
        if not isinstance(child.tag, str) or child.tag in (W + "pPr", W + "rPr", W + "del", W + "moveFrom", W + "p"):
            continue
        if child.tag in (W + "t", W + "fldChar") or child.tag in _SHOWN:
            yield child
        else:
            yield from _runs(child)
