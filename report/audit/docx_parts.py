"""A Word file as a package: its parts, what they refer to, and their XML, read without trust."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import lxml.etree

from report.audit.errors import AuditError

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
W15 = "{http://schemas.microsoft.com/office/word/2012/wordml}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
WPS = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
V = "{urn:schemas-microsoft-com:vml}"
STRICT_W = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
DOCUMENT = "word/document.xml"

MAX_TAGS = 2_000_000
"""Elements of one part that is read at all: as a tree each takes some hundred bytes."""
DEEPEST = 256
"""How deep elements may lie in each other; libxml2 has the same limit."""

Element = lxml.etree._Element

_TAG = re.compile(rb"""<(/?)([A-Za-z_][\w:.-]*)(?:[^<>"']|"[^"<]*"|'[^'<]*')*?(/?)>""")
_OFF = frozenset(("0", "false", "off"))


class Relation(NamedTuple):
    id: str
    kind: str
    """The last word of its type: header, footnotes, image …"""
    target: str
    """The part it leads to, or the address outside the file."""
    outside: bool


@dataclass(slots=True)
class Package:
    """The parts of one Word file. `repaired` holds the names of parts whose XML had to be mended to be read."""

    name: str
    parts: Mapping[str, bytes]
    repaired: list[str] = field(default_factory=list)

    def xml(self, part: str, *, mend: bool = False) -> Element:
        """A part's root element. With `mend`, tags closed in the wrong order (LibreOffice writes such files) are put
        right. Raises AuditError for anything else that is not well-formed."""
        data = self.parts[part]
        parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        if data.count(b"<") > 2 * MAX_TAGS:
            raise AuditError(f"{self.name} holds a part of more than {MAX_TAGS:,} elements and was not read.")
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise self._with_dtd(part)
        try:
            root = lxml.etree.fromstring(data, parser)
        except (lxml.etree.XMLSyntaxError, ValueError) as error:
            damaged = AuditError(f"{self.name} is damaged: its part {part} is not readable as XML.")
            if not mend or "tag mismatch" not in str(error):
                raise damaged from None
            try:
                root = lxml.etree.fromstring(_mended(data), parser)
            except (lxml.etree.XMLSyntaxError, ValueError):
                raise damaged from None
            self.repaired.append(part)
        if getattr(root.getroottree().docinfo, "doctype", ""):  # in an encoding in which the bytes above are others
            raise self._with_dtd(part)
        return root

    def _with_dtd(self, part: str) -> AuditError:
        return AuditError(
            f"{self.name} was not read: its part {part} declares a document type, which Word files never do."
        )

    def relations(self, part: str) -> list[Relation]:
        """What a part (the empty string: the package) refers to."""
        folder, base = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{base}.rels")
        if path not in self.parts:
            return []
        found = []
        for item in self.xml(path):
            target = item.get("Target") or ""
            outside = item.get("TargetMode") == "External"
            if not outside:
                target = posixpath.normpath(target[1:] if target.startswith("/") else posixpath.join(folder, target))
            kind = (item.get("Type") or "").rpartition("/")[2]
            found.append(Relation(item.get("Id") or "", kind, target, outside))
        return found

    def main(self) -> str:
        """The part that holds the document: the one that the package names, as Word takes it."""
        named = [item.target for item in self.relations("") if item.kind == "officeDocument" and not item.outside]
        part = next((target for target in named if target in self.parts), DOCUMENT)
        if part not in self.parts:
            raise AuditError(f"{self.name} is not a Word file: it has no {DOCUMENT}.")
        return part


def _mended(data: bytes) -> bytes:
    """XML whose tags are closed in the wrong order, with the order put right: what is open inside an element that ends
    is closed before it, and its own end, when it comes, left out. The text stays as it is."""
    out: list[bytes] = []
    open_tags: list[bytes] = []
    closed_early: Counter[bytes] = Counter()
    at = 0
    for match in _TAG.finditer(data):
        out.append(data[at : match.start()])
        at = match.end()
        closing, name, alone = match.groups()
        if closing and (not open_tags or open_tags[-1] != name):
            if closed_early[name] or name not in open_tags:
                closed_early[name] -= 1
                continue
            while open_tags[-1] != name:
                inner = open_tags.pop()
                closed_early[inner] += 1
                out.append(b"</" + inner + b">")
        out.append(match.group())
        if closing:
            open_tags.pop()
        elif not alone:
            open_tags.append(name)
            if len(open_tags) > DEEPEST:
                return data
    return b"".join(out) + data[at:]


def attribute(element: Element, name: str) -> str:
    """An attribute by its local name, whatever namespace the program that wrote it gave it."""
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), "")


def on(element: Element | None) -> bool:
    """Is a switch such as <w:vanish/> there and not turned off?"""
    return element is not None and (element.get(W + "val") or "").lower() not in _OFF


def number(text: str | None, default: int = 0) -> int:
    """An attribute's whole number (also "12pt" and "-3.5"), or the default."""
    match = re.match(r"\s*(-?[0-9]{1,9})", text or "", re.ASCII)
    return int(match.group(1)) if match else default
