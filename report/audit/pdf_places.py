"""Where the characters of a block of a PDF stand on their page."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from report.audit.model import Box


@dataclass(frozen=True, slots=True)
class Places:
    """The characters of a page, and which of them a block is made of."""

    edges: array[float]
    """Left, upper, right, lower edge of each character of the page, in points."""
    at: array[int]
    """For each character of the block its number on the page, or -1."""
    text: str
    """The block's text as it was read."""

    def box(self, start: int, end: int) -> Box | None:
        """Where the characters start..end-1 of the block are drawn; None where they are not."""
        edges = self.edges
        drawn = [edges[4 * k : 4 * k + 4] for k in self.at[start:end] if k >= 0 and edges[4 * k + 2] > edges[4 * k]]
        if not drawn:
            return None
        left, top, right, bottom = zip(*drawn, strict=True)
        return Box(min(left), min(bottom), max(right), max(top))

    def offset(self, text: str) -> int:
        """Where a part of the block begins, which lost lines at its head or end; -1 for another text."""
        if text == self.text or self.text.startswith(text):
            return 0
        return self.text.find(text)
