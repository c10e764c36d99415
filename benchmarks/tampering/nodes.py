"""A finished paper as text that can be edited, whatever its format.

`html.py`, `docx.py` and `pdf.py` each open a file as an `Editable`. They know their format and nothing of the audit or
the ledger; the classes of tampering (`classes.py`) know nothing of formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

KINDS = frozenset(
    (
        "title", "heading", "paragraph", "caption", "cell", "note", "reference", "header", "footer", "figure", "alt",
        "line",
    )
)  # fmt: skip
"""`line` is for a format that does not tell what its lines are."""


@dataclass(frozen=True, slots=True)
class Node:
    """A stretch of text that a reader sees as one: a paragraph, a cell, one text of a figure …

    `text` is what a reader sees, in reading order, without markup. A line break of the layout inside a node is "\\n" or
    a space; a word hyphenated there, or a break inside a number, stays as it is drawn. Joined in order, the texts hold
    every block of the ledger, but for white space.
    """

    text: str
    kind: str
    """One of KINDS; a hint where the format does not tell for certain."""
    place: str = ""
    """For people: "table 2, row 3, column 1", "page 4", "header"."""
    table: int = 0
    """Which table of the file, counted from 1; 0 for none or not told."""
    row: int = 0
    column: int = 0
    page: int = 0
    figure: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """In node number `node` (counted from 0) `text[start:end]` becomes `new`.

    Where `start` equals `end`, `new` is inserted there; an empty `new` deletes. `Edit(node, 0, len(text), "")` empties
    a node. `new` is plain text of one line.
    """

    node: int
    start: int
    end: int
    new: str


class Editable(Protocol):
    """An opened paper. Editing leaves it as it is: each call begins with the file that was opened."""

    @property
    def nodes(self) -> Sequence[Node]: ...

    def edited(self, edits: Sequence[Edit]) -> bytes:
        """The file with all edits made, as a reader would then see it: neighbouring text makes room or closes up, and
        what was inserted looks like the text before it.

        Edits may come in any order and may not overlap (ValueError). Raises ValueError where an edit cannot be made so
        that it shows as intended.
        """
        ...


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text of one node after its edits. Raises ValueError where they overlap or reach outside."""
    last = len(text)
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        if not 0 <= edit.start <= edit.end <= last:
            raise ValueError(f"{edit} overlaps another edit or reaches outside the text")
        text = text[: edit.start] + edit.new + text[edit.end :]
        last = edit.start
    return text


def edited_texts(nodes: Sequence[Node], edits: Iterable[Edit]) -> dict[int, str]:
    """The new text of each node that is edited."""
    of: dict[int, list[Edit]] = {}
    for edit in edits:
        of.setdefault(edit.node, []).append(edit)
    return {node: apply(nodes[node].text, mine) for node, mine in of.items()}
