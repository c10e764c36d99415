"""What every reader returns, whatever the format: blocks of visible text, each with its place, and the images."""

from __future__ import annotations

from dataclasses import dataclass

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
class Block:
    """A stretch of visible text: a paragraph, a heading, a table's cell, or a whole page of a PDF.

    `kind` is a hint, one of: paragraph, heading, cell, caption, page, figure, alt, header, footer, note, reference.
    """

    kind: str
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Image:
    """An image whose text cannot be read: known only by the hash of its bytes."""

    sha256: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Document:
    """A finished file, read."""

    format: str
    blocks: tuple[Block, ...]
    images: tuple[Image, ...] = ()
    page_numbers: int = 0
    """Page numbers that stand in the file's margins and were found to be what they should be (or are fields)."""
    notes: tuple[str, ...] = ()
