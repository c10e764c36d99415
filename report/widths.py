"""How wide a table's columns must be, and whether it needs a page on its side: from the texts of its cells.

The renderers get shares of the page's width. What matters here is which texts may break: a label breaks between its
words, a number with its interval does not. Widths are estimates for the type of the finished files, a little generous.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

UPRIGHT_MM, SIDEWAYS_MM = 160.0, 247.0  # the text's width on a page of A4, and on one that lies on its side
_EM_MM = 3.15  # the size of a table's type, 8.8 points, in millimetres
_PADDING_MM = 2.8
_INDENT_MM = 3.2
_WHOLE_MM = 36.0  # the longest text of a column of numbers that is kept on one line
_LABEL_MM = 62.0  # as much as the first column asks for, where there is room
_NARROW, _WIDE = frozenset("iljtfrI.,;:|'’()[]!/ \u00a0-"), frozenset("mwMW%—")


@dataclass(frozen=True)
class Words:
    """A cell's text as it is printed. ``indent``: how deep; ``columns``: how many columns it spans."""

    text: str
    columns: int = 1
    indent: int = 0
    bold: bool = False


@dataclass(frozen=True)
class Fit:
    """``widths`` in millimetres, one a column; ``sideways``: the page must lie on its side to hold them."""

    widths: tuple[float, ...]
    sideways: bool


def text_mm(text: str, bold: bool = False) -> float:
    """The width of a text on one line."""
    ems = sum(0.32 if c in _NARROW else 0.85 if c in _WIDE else 0.66 if c.isupper() else 0.5 for c in text)
    return ems * _EM_MM * (1.06 if bold else 1.0)


def _longest_word(text: str, bold: bool) -> float:
    """Lines break at spaces, and after a hyphen or a slash; not at a no-break space."""
    return max((text_mm(word, bold) for word in re.split(r"[ \n]|(?<=[/-])(?=\w{3})", text)), default=0.0)


def _needs(cell: Words, column: int, head: bool) -> tuple[float, float]:
    """The least width of a cell, and the one that it would like."""
    word, whole = _longest_word(cell.text, cell.bold), text_mm(cell.text, cell.bold)
    around = _PADDING_MM + cell.indent * _INDENT_MM
    if head:
        return word + around, max(word, whole / 2) + around
    if column == 0:
        return word + around, min(max(word, whole), max(word, _LABEL_MM)) + around
    kept = whole if whole <= _WHOLE_MM else word
    return kept + around, min(whole, max(kept, _WHOLE_MM)) + around


def fit(head: Sequence[Sequence[Words | None]], body: Sequence[Sequence[Words | None]]) -> Fit:
    """Widths for the columns of a table; None stands where a neighbour spans. Cells that span columns take what these
    have, but no less than their longest word."""
    columns = len((head or body)[0])
    least, wanted = [_PADDING_MM] * columns, [_PADDING_MM] * columns
    for rows, is_head in ((head, True), (body, False)):
        for row in rows:
            for k, cell in enumerate(row):
                if cell is not None and cell.text and cell.columns == 1:
                    low, high = _needs(cell, k, is_head)
                    least[k], wanted[k] = max(least[k], low), max(wanted[k], high)
    for row in head:
        for k, cell in enumerate(row):
            if cell is not None and 1 < cell.columns < columns:
                lack = _longest_word(cell.text, cell.bold) + _PADDING_MM - sum(least[k : k + cell.columns])
                for other in range(k, k + cell.columns):
                    least[other] += max(0.0, lack) / cell.columns
    wanted = [max(pair) for pair in zip(least, wanted, strict=True)]
    sideways = sum(least) > UPRIGHT_MM
    return Fit(_spread(least, wanted, SIDEWAYS_MM if sideways else UPRIGHT_MM), sideways)


def _spread(least: Sequence[float], wanted: Sequence[float], room: float) -> tuple[float, ...]:
    """The room given out: what each column needs, then what each would like, then the rest by size."""
    spare = room - sum(least)
    if spare < 0:
        return tuple(round(room * low / sum(least), 1) for low in least)
    wishes = [high - low for low, high in zip(least, wanted, strict=True)]
    granted = min(1.0, spare / sum(wishes)) if sum(wishes) else 0.0
    given = [low + wish * granted for low, wish in zip(least, wishes, strict=True)]
    rest = room - sum(given)
    return tuple(round(width * (1 + rest / sum(given)), 1) for width in given)
