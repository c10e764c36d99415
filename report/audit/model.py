"""What every reader returns, whatever the format: blocks of visible text, each with its place, and the images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

BOUNDARY = "\u2063"
"""Put by readers at the edges of raised and lowered text, so that `12.3` with a raised `1` is not read as `12.31`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands in a file. Zero and the empty string mean: does not apply, or the format does not tell."""

    part: str = "body"
    section: str = ""
    paragraph: int = 0
    table: int = 0
    row: int = 0
    column: int = 0
    page: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A tracked change of a Word file: `start`..`end` of the block's text was inserted ("inserted", "moved here"), or
    `text` was taken away at `start` ("deleted", "moved away", when `start` equals `end`)."""

    kind: str
    start: int
    end: int
    text: str = ""
    by: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a text is drawn on its page, in points from the page's lower left corner."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of visible text: a paragraph, a heading, a table's cell, or a whole page of a PDF.

    `kind` is a hint, one of: paragraph, heading, cell, caption, page, figure, alt, header, footer, note, reference.
    """

    kind: str
    text: str
    place: Place
    marks: tuple[Mark, ...] = ()
    box: Callable[[int, int], Box | None] | None = field(default=None, compare=False)
    """PDF: where `text[start:end]` is drawn."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something whose text a reader of the file sees otherwise than it can be read, or cannot be read at all."""

    text: str
    place: Place
    why: str
    """A clause: "text is drawn in the colour of its ground"."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark in the margin of a Word file."""

    text: str
    place: Place
    by: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """An image whose text cannot be read: known only by the hash of its bytes."""

    sha256: str
    name: str
    place: Place
    data: bytes = field(default=b"", compare=False, repr=False)
    """Its bytes, where they are at hand."""


@dataclass(frozen=True, slots=True)
class Document:
    """A finished file, read."""

    format: str
    blocks: tuple[Block, ...]
    images: tuple[Image, ...] = ()
    page_numbers: int = 0
    """Page numbers that stand in the file's margins and were found to be what they should be (or are fields)."""
    notes: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    comments: tuple[Comment, ...] = ()
