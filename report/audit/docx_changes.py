"""Tracked changes: text in pieces that know what happened to them, and the two views made of these pieces.

*Accepted* is the document as if every tracked change were accepted, *rejected* as if every one were rejected. A mark of
the accepted view covers text that was inserted, or stands, with the text, where something was deleted; in the rejected
view it is the other way round.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from report.audit.load import sha256
from report.audit.model import BOUNDARY, Block, Image, Mark, Place

VIEWS = ("accepted", "rejected")

_SPACE = re.compile(r"[ \t\r\n\f]+")


class Change(NamedTuple):
    kind: str
    """inserted, moved here, deleted, moved away; for looks: formatted."""
    by: str
    when: str


class Piece(NamedTuple):
    """A stretch of text with one fate. `why` says why nobody sees it (the empty string: it is seen), `why_before` the
    same for the rejected view, and `formatted` who changed its looks."""

    text: str
    inserted: Change | None = None
    deleted: Change | None = None
    why: str = ""
    why_before: str = ""
    formatted: Change | None = None

    def shown(self, view: str) -> bool:
        return (self.deleted if view == "accepted" else self.inserted) is None

    def unseen(self, view: str) -> str:
        return self.why if view == "accepted" else self.why_before


Cell = tuple[int, int, int]
"""Table, row and column; zero for those that the view does not have."""


@dataclass(slots=True)
class Raw:
    """A paragraph, cell, text box or alternative text with all its pieces, for both views."""

    kind: str
    kind_before: str
    part: str
    pieces: list[Piece]
    cell: tuple[Cell, Cell] | None = None
    """The cell's place in the accepted and in the rejected view."""
    end_inserted: Change | None = None
    """Who inserted the end of the paragraph: rejected, it runs on into the next one."""
    end_deleted: Change | None = None
    inside: bool = False
    """It stands in a text box or the like: it neither begins a section nor counts as a paragraph."""
    notes: list[Piece] = field(default_factory=list)
    """Things that are no text and cannot be read, said as the reason of a piece."""
    images: list[tuple[bytes | None, Piece]] = field(default_factory=list)
    """Bytes (None: they are not there, or not what is seen) and name of each image."""
    page_numbers: list[Piece] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    """Ids of the comments that are about it."""

    def __bool__(self) -> bool:
        return bool(self.pieces or self.notes or self.images or self.page_numbers or self.comments)


class Unseen(NamedTuple):
    """Text that a view holds and nobody sees as it is read."""

    text: str
    place: Place
    why: str
    change: Change | None


@dataclass(slots=True)
class View:
    """What one view holds."""

    blocks: list[Block] = field(default_factory=list)
    unseen: list[Unseen] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    page_numbers: int = 0
    comments: dict[str, Place] = field(default_factory=dict)


@dataclass(slots=True)
class _Making:
    """A block in the making."""

    kind: str
    place: Place
    text: list[str] = field(default_factory=list)
    length: int = 0
    open: bool = True
    """The text so far is empty or ends in a space: a further space is dropped."""
    marks: list[Mark] = field(default_factory=list)
    dim: list[tuple[str, str, Change | None]] = field(default_factory=list)

    def add(self, piece: Piece, view: str) -> None:
        if piece.inserted is not None and piece.deleted is not None and not piece.shown(view):
            return  # typed and taken out again: in neither view
        change = piece.inserted or piece.deleted
        text = _SPACE.sub(" ", piece.text)
        if not piece.shown(view):
            if text and change is not None:
                self.mark(change, self.length, self.length, text)
            return
        why = piece.unseen(view)
        if why:
            told = change or piece.formatted
            if self.dim and self.dim[-1][1:] == (why, told):
                text = self.dim.pop()[0] + text
            self.dim.append((text, why, told))
            return
        if self.open and text.startswith(" "):
            text = text[1:]
        if not text:
            return
        self.text.append(text)
        at, self.length = self.length, self.length + len(text)
        self.open = text.endswith(" ") or (self.open and text == BOUNDARY)
        if change is not None:
            self.mark(change, at, self.length)

    def mark(self, change: Change, start: int, end: int, text: str = "") -> None:
        last = self.marks[-1] if self.marks else None
        if last is not None and (last.kind, last.by, last.when) == change and last.end == start:
            if last.start < last.end and start < end:  # Word splits runs as it likes
                self.marks[-1] = Mark(last.kind, last.start, end, "", last.by, last.when)
                return
            if last.start == last.end and start == end:
                self.marks[-1] = Mark(last.kind, start, end, last.text + text, last.by, last.when)
                return
        self.marks.append(Mark(change.kind, start, end, text, change.by, change.when))

    def block(self) -> Block:
        text = "".join(self.text).rstrip(" ")
        if not text.strip(BOUNDARY + " "):
            text = ""
        size = len(text)
        marks = [
            Mark(m.kind, min(m.start, size), min(m.end, size), m.text, m.by, m.when)
            for m in self.marks
            if m.text or m.start < size
        ]
        return Block(self.kind, text, self.place, tuple(marks))


def project(raws: list[Raw], view: str) -> View:
    """One part in one view.

    What was deleted as a whole leaves its text, after a line feed, as a mark at the end of the block before it.
    """
    out = View()
    blocks = out.blocks
    section, paragraph = "", 0
    index = 0 if view == "accepted" else 1
    carried: list[Mark] = []
    making: _Making | None = None
    for at, raw in enumerate(raws):
        kind = (raw.kind, raw.kind_before)[index]
        cell = raw.cell[index] if raw.cell is not None else None
        if making is None:
            making = _Making(kind, Place(raw.part, section, paragraph, *(cell or (0, 0, 0))))
        for piece in raw.pieces:
            making.add(piece, view)
        _gather(raw, making.place, view, out)
        ended = raw.end_deleted if view == "accepted" else raw.end_inserted
        if ended is not None and at + 1 < len(raws) and _runs_on(raw, raws[at + 1]):
            making.mark(ended, making.length, making.length, "\n")
            # the paragraph takes its looks from the end that is left
            making.kind = (raws[at + 1].kind, raws[at + 1].kind_before)[index]
            continue
        block = making.block()
        if block.text:
            if not raw.inside and cell is None and block.place.part == "body":
                if making.kind == "heading":
                    section, paragraph = block.text.replace(BOUNDARY, ""), 0
                elif making.kind == "paragraph":
                    paragraph += 1
                block = replace(block, place=Place(raw.part, section, paragraph))
            _hang(blocks, carried)
            if carried and not blocks:
                block = replace(block, marks=(*carried, *block.marks))
            carried = []
            blocks.append(block)
        elif block.marks:
            carried += [
                replace(mark, start=0, end=0, text="\n" + mark.text) for mark in block.marks if mark.text.strip()
            ]
        for text, why, change in making.dim:
            if any(char.isalnum() for char in text):
                out.unseen.append(Unseen(text.strip(), block.place, why, change))
        making = None
    _hang(blocks, carried)
    return out


def _hang(blocks: list[Block], carried: list[Mark]) -> None:
    """What was deleted as a whole, put at the end of the block before it."""
    if carried and blocks:
        size = len(blocks[-1].text)
        marks = (replace(mark, start=size, end=size) for mark in carried)
        blocks[-1] = replace(blocks[-1], marks=(*blocks[-1].marks, *marks))


def _gather(raw: Raw, place: Place, view: str, out: View) -> None:
    """What a paragraph or cell holds beside its text."""
    for piece in raw.notes:
        if piece.shown(view) and piece.unseen(view):
            change = piece.inserted or piece.deleted or piece.formatted
            out.unseen.append(Unseen(piece.text, place, piece.unseen(view), change))
    for data, piece in raw.images:
        if piece.shown(view):
            hashed = sha256(data) if data is not None else ""
            out.images.append(Image(hashed, piece.text, place, data or b""))
    out.page_numbers += sum(piece.shown(view) for piece in raw.page_numbers)
    for name in raw.comments:
        out.comments.setdefault(name, place)


def _runs_on(raw: Raw, after: Raw) -> bool:
    """Only paragraphs of one story run into each other; a table stays a table."""
    same = raw.inside == after.inside and raw.cell is None and after.cell is None
    return same and "alt" not in (raw.kind, after.kind)
