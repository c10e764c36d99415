"""A finished Word file as blocks of visible text, read from its parts: body, headers, footers, notes, text boxes.

Both views are read at once: with all tracked changes accepted, and with all rejected (`docx_changes.py`). Text that
nobody sees, or that Word shows otherwise than it is written, is in no block but among what is unreadable
(`docx_seen.py`). Comments are kept apart. Parts that Word does not show are not read: building blocks (glossary),
headers of a kind that no section uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from report.audit.docx_changes import Change, Piece, Raw, View, project
from report.audit.docx_data import read_bindings, read_numbering
from report.audit.docx_parts import DOCUMENT, STRICT_W, Element, Package, R, Relation, W, number, on
from report.audit.docx_seen import read_styles
from report.audit.docx_text import Reading, Story
from report.audit.errors import AuditError
from report.audit.load import open_zip
from report.audit.model import Comment, Document, Place, Unreadable

_NOTES = {"footnotes": "footnote", "endnotes": "endnote"}


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment as its part holds it."""

    text: str
    by: str
    when: str


@dataclass(frozen=True, slots=True)
class WordFile:
    """A Word file, read once, for both views."""

    name: str
    parts: tuple[tuple[Raw, ...], ...]
    """The pieces of each part that is shown, the body first."""
    remarks: Mapping[str, Remark]
    tracked: int
    """How many tracked changes it holds."""
    notes: tuple[str, ...]
    fonts: tuple[str, ...] = ()
    """Names of fonts that the file brings along."""

    def view(self, which: str = "accepted") -> Document:
        """The file with all tracked changes accepted, or all rejected."""
        return self.seen(which)[0]

    def seen(self, which: str) -> tuple[Document, dict[Unreadable, Change]]:
        """The view, and for what is unreadable in it the tracked change that made it so."""
        views = [project(list(raws), which) for raws in self.parts]
        blocks = tuple(block for view in views for block in view.blocks)
        if not blocks:
            raise AuditError(f"{self.name} holds no readable text.")
        unreadable: list[Unreadable] = []
        made: dict[Unreadable, Change] = {}
        for view in views:
            for text, place, why, change in view.unseen:
                item = Unreadable(text, place, why)
                unreadable.append(item)
                if change is not None:
                    made[item] = change
        why = "the file brings this font along: its signs may look otherwise than they are read"
        unreadable += [Unreadable(font, Place(), why) for font in self.fonts]
        document = Document(
            "docx",
            blocks,
            tuple(image for view in views for image in view.images),
            sum(view.page_numbers for view in views),
            (*([f"{self.tracked} tracked changes were read as {which}."] if self.tracked else []), *self.notes),
            tuple(unreadable),
            tuple(self._comments(views)),
        )
        return document, made

    def _comments(self, views: list[View]) -> list[Comment]:
        places: dict[str, Place] = {}
        for view in views:
            places = view.comments | places
        return [
            Comment(remark.text, places.get(name, Place("comment")), remark.by, remark.when)
            for name, remark in self.remarks.items()
        ]


def read_docx(data: bytes, name: str, view: str = "accepted") -> Document:
    """The bytes of a Word file, and its name for messages, to a document in one view: "accepted" or "rejected".

    Raises AuditError where it is no Word file, is damaged, or holds no text.
    """
    return read_word(data, name).view(view)


def read_word(data: bytes, name: str) -> WordFile:
    """The bytes of a Word file, read for both views. Raises AuditError as `read_docx`."""
    package = Package(name, open_zip(name, data))
    main = package.main()
    if STRICT_W in package.parts[main][:4096]:
        raise AuditError(f"{name} is in the Strict Open XML form; save it as an ordinary Word document (.docx).")
    try:
        return _read(package, main)
    except RecursionError:
        raise AuditError(f"{name} is nested too deeply to be read.") from None


def _read(package: Package, main: str) -> WordFile:
    relations = package.relations(main)
    kinds = {item.kind: item.target for item in relations if not item.outside and item.target in package.parts}
    document = package.xml(main, mend=True)
    body = document.find(W + "body")
    if body is None:
        raise AuditError(f"{package.name} is damaged: its document has no body.")
    reading = Reading(
        package,
        read_styles(package, kinds, body),
        read_numbering(package, kinds.get("numbering")),
        read_bindings(package, [item.target for item in relations if item.kind == "customXml" and not item.outside]),
        _page(body),
    )
    settings = package.xml(kinds["settings"]) if "settings" in kinds else None
    reading.recompute = settings is not None and on(settings.find(W + "updateFields"))
    parts = [tuple(Story(reading, "body", _by_id(relations)).read(body))]
    for target, kind in _margins(body, relations, package, settings):
        story = Story(reading, kind, _by_id(package.relations(target)))
        parts.append(tuple(story.read(package.xml(target, mend=True))))
    for kind, part in _NOTES.items():
        if kind in kinds:
            parts += _notes(reading, package, kinds[kind], part)
    remarks = _remarks(package.xml(kinds["comments"])) if "comments" in kinds else {}
    return WordFile(
        package.name, tuple(parts), remarks, reading.tracked, tuple(_said(reading, package, remarks)),
        _fonts(package, kinds.get("fontTable")),
    )  # fmt: skip


def _said(reading: Reading, package: Package, remarks: Mapping[str, Remark]) -> list[str]:
    notes = []
    if reading.numbered:
        notes.append(f"{reading.numbered} paragraphs are numbered by Word; their numbers are no text.")
    if package.repaired:
        notes.append(
            f"The XML of {', '.join(package.repaired)} is not well-formed (LibreOffice writes such); "
            "all its text could be read, but Word may refuse to open the file."
        )
    if remarks:
        count = len(remarks)
        notes.append(f"{count} comment{'s are' if count > 1 else ' is'} no part of the paper and not judged.")
    return notes


def _by_id(relations: list[Relation]) -> dict[str, Relation]:
    return {item.id: item for item in relations}


def _page(body: Element) -> tuple[int, int]:
    size = next(body.iter(W + "pgSz"), None)
    if size is None:
        return 12_240, 15_840
    return max(number(size.get(W + "w"), 12_240), 1), max(number(size.get(W + "h"), 15_840), 1)


def _margins(
    body: Element, relations: list[Relation], package: Package, settings: Element | None
) -> list[tuple[str, str]]:
    """The header and footer parts that are shown: of each section the ordinary ones, those of the first page where the
    section has such, those of even pages where the file has such."""
    even = settings is not None and on(settings.find(W + "evenAndOddHeaders"))
    targets = {item.id: item.target for item in relations if not item.outside}
    found: dict[str, str] = {}
    for section in body.iter(W + "sectPr"):
        first = on(section.find(W + "titlePg"))
        for kind in ("header", "footer"):
            for item in section.iterfind(f"{W}{kind}Reference"):
                shown = {"first": first, "even": even}.get(item.get(W + "type") or "default", True)
                target = targets.get(item.get(R + "id") or "", "")
                if shown and target in package.parts:
                    found.setdefault(target, kind)
    return list(found.items())


def _notes(reading: Reading, package: Package, target: str, part: str) -> list[tuple[Raw, ...]]:
    """Foot- or endnotes. One to which nothing refers is not shown."""
    relations = _by_id(package.relations(target))
    found = []
    for element in package.xml(target, mend=True):
        if element.tag not in (W + "footnote", W + "endnote") or element.get(W + "type") not in (None, "normal"):
            continue
        story = Story(reading, part, relations)
        fate = reading.notes.get((part, element.get(W + "id") or ""))
        if fate is not None:
            story.inserted, story.deleted = fate
            found.append(tuple(story.read(element)))
            continue
        text = "".join(item.text or "" for item in element.iter(W + "t"))
        if text.strip():
            why = "nothing in the text refers to this note, so that Word does not show it"
            found.append((Raw("note", "note", part, [], notes=[Piece(text, why=why, why_before=why)]),))
    return found


def _remarks(root: Element) -> dict[str, Remark]:
    found = {}
    for element in root.iterfind(W + "comment"):
        paragraphs = (
            "".join(item.text or "" for item in paragraph.iter(W + "t")) for paragraph in element.iter(W + "p")
        )
        text = " ".join(" ".join(paragraphs).split())
        if text:
            name = element.get(W + "id") or ""
            found[name] = Remark(text, element.get(W + "author") or "", element.get(W + "date") or "")
    return found


def _fonts(package: Package, part: str | None) -> tuple[str, ...]:
    if part is None:
        return ()
    return tuple(
        font.get(W + "name") or ""
        for font in package.xml(part).iterfind(W + "font")
        if any(font.find(W + "embed" + face) is not None for face in ("Regular", "Bold", "Italic", "BoldItalic"))
    )


__all__ = ["DOCUMENT", "Remark", "WordFile", "read_docx", "read_word"]
