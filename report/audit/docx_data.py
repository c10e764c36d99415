"""What Word shows that is no text of the document: numbers of lists, and data that content controls are bound to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import lxml.etree

from report.audit.docx_parts import W15, Element, Package, W, attribute, number
from report.audit.docx_seen import Style
from report.audit.errors import AuditError

_BUILT_IN = {
    "{6C3C8BC8-F283-45AE-878A-BAB7291924A1}": "docProps/core.xml",
    "{6668398D-A668-4E3E-A5EB-62B293D839F1}": "docProps/app.xml",
}
"""The properties of the file, to which controls may be bound as well."""
_BINDING = (W + "dataBinding", W15 + "dataBinding")
_PREFIX = re.compile(r"""xmlns:([\w.-]+)\s*=\s*['"]([^'"]*)['"]""")


class Label(NamedTuple):
    """What Word prints before a paragraph of a list."""

    text: str
    """As the list has it: "%1." """
    harmless: bool
    """It counts from one and is set off by a mark, so that it cannot pass for a number of the sentence."""


@dataclass(slots=True)
class Numbering:
    """The lists of one file."""

    levels: Mapping[tuple[str, int], tuple[str, str, int]]
    """(list, level) to form of number, text and start."""

    def label(self, properties: Element | None, chain: Sequence[Style]) -> Label | None:
        """What Word prints before a paragraph with these properties and styles (the most general first), if that holds
        a number."""
        chosen = properties.find(W + "numPr") if properties is not None else None
        for style in reversed(chain):
            if chosen is None and style.paragraph is not None:
                chosen = style.paragraph.find(W + "numPr")
        if chosen is None:
            return None
        name, depth = chosen.find(W + "numId"), chosen.find(W + "ilvl")
        key = (name.get(W + "val") or "") if name is not None else ""
        level = number(depth.get(W + "val")) if depth is not None else 0
        found = self.levels.get((key, level))
        if key in ("", "0") or found is None:
            return None
        form, text, start = found
        literal = re.sub("%[1-9]", "", text)
        if any(char.isdigit() for char in literal):
            return Label(text, False)
        if form in ("bullet", "none") or "%" not in text:
            return None
        return Label(text, start == 1 and bool(re.search(r"[.):\]]$", text.strip()) or "." in text))


def read_numbering(package: Package, part: str | None) -> Numbering:
    if part is None:
        return Numbering({})
    root = package.xml(part)
    abstract: dict[str, dict[int, tuple[str, str, int]]] = {}
    for item in root.iterfind(W + "abstractNum"):
        abstract[item.get(W + "abstractNumId") or ""] = dict(_level(lvl) for lvl in item.iterfind(W + "lvl"))
    levels: dict[tuple[str, int], tuple[str, str, int]] = {}
    for item in root.iterfind(W + "num"):
        name = item.get(W + "numId") or ""
        link = item.find(W + "abstractNumId")
        own = dict(abstract.get((link.get(W + "val") or "") if link is not None else "", {}))
        for override in item.iterfind(W + "lvlOverride"):
            at = number(override.get(W + "ilvl"))
            whole, start = override.find(W + "lvl"), override.find(W + "startOverride")
            if whole is not None:
                own[at] = _level(whole)[1]
            if start is not None and at in own:
                own[at] = (own[at][0], own[at][1], number(start.get(W + "val"), 1))
        levels |= {(name, at): level for at, level in own.items()}
    return Numbering(levels)


def _level(element: Element) -> tuple[int, tuple[str, str, int]]:
    def value(name: str) -> str | None:
        child = element.find(W + name)
        return child.get(W + "val") if child is not None else None

    return number(element.get(W + "ilvl")), (
        value("numFmt") or "decimal", value("lvlText") or "", number(value("start"), 0)
    )  # fmt: skip


@dataclass(slots=True)
class Bindings:
    """The custom data of one file, by the id under which controls name them."""

    package: Package
    stores: Mapping[str, str]
    _roots: dict[str, Element | None] = field(default_factory=dict)

    def value(self, properties: Element | None) -> str | None:
        """The text that a content control with these properties shows instead of its content; None where it shows its
        content (it is not bound, or what it is bound to is not there)."""
        if properties is None:
            return None
        binding = next((child for child in properties if child.tag in _BINDING), None)
        if binding is None:
            return None
        root = self._root((binding.get(W + "storeItemID") or "").upper())
        path = binding.get(W + "xpath") or ""
        if root is None or not path or len(path) > 2000:
            return None
        spaces = dict(_PREFIX.findall(binding.get(W + "prefixMappings") or ""))
        try:
            found = root.xpath(path, namespaces=spaces)
        except (lxml.etree.XPathError, ValueError):
            return None
        first = found[0] if isinstance(found, list) and found else None if isinstance(found, list) else found
        if first is None:
            return None
        if isinstance(first, lxml.etree._Element):
            return "".join(str(text) for text in first.itertext())
        return str(first)

    def _root(self, store: str) -> Element | None:
        part = self.stores.get(store) or _BUILT_IN.get(store)
        if part is None or part not in self.package.parts:
            return None
        if part not in self._roots:
            try:
                self._roots[part] = self.package.xml(part)
            except AuditError:
                self._roots[part] = None
        return self._roots[part]


def read_bindings(package: Package, parts: Sequence[str]) -> Bindings:
    """The custom XML parts (named) of a file."""
    stores: dict[str, str] = {}
    for part in parts:
        for relation in package.relations(part):
            if relation.kind == "customXmlProps" and relation.target in package.parts:
                root = package.xml(relation.target)
                stores[attribute(root, "itemID").upper()] = part
    return Bindings(package, stores)
