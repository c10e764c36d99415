"""Anchors: marks in a template (or an author's text) before the words that answer an item of the checklist.

`{{ item("9") }}` says that what follows answers item 9, up to the next anchor or the end of the paragraph;
`{{ item() }}` that what follows answers none. A mark leaves nothing in the printed text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from report.checklist.guidelines import anchors
from report.emit import nearest
from report.errors import ReportError
from report.markdown import CLOSE, OPEN, Md

ANSWERS = ("reported", "not done", "not reported")
"""What a sentence does with an item: reports it, says that it was not done, or that it was not reported."""
Span = tuple[str, str, int, int]
"""Item, one of ANSWERS, start and end in the block's text."""
_ANCHOR = re.compile(f"{OPEN}(item[0-9]+){CLOSE}")
_MARKS = re.compile(f"[ \\t]*(?:{OPEN}item[0-9]+{CLOSE}[ \\t]*)+")


@dataclass
class Anchors:
    """The anchors of one paper, by the mark that stands for each in the text."""

    said: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)

    def item(self, *ids: str, says: str = "reported") -> Md:
        """An anchor. Raises ReportError for an item that no guideline has."""
        for one in ids:
            if one not in anchors():
                raise ReportError(f"There is no item '{one}' in a checklist.{nearest(one, sorted(anchors()))}")
        if says not in ANSWERS:
            raise ReportError(f"An anchor says one of {', '.join(ANSWERS)}, not '{says}'.")
        name = f"item{len(self.said) + 1}"
        self.said[name] = (ids, says)
        return Md(f"{OPEN}{name}{CLOSE}")

    def before(self, markdown: str, *ids: str) -> Md:
        """Markdown of several paragraphs with an anchor at the head of each (headings apart)."""
        if not ids:
            return Md(markdown)
        parts = re.split(r"(\n[ \t]*\n)", markdown)
        return Md("".join(p if not p.strip() or p.lstrip().startswith("#") else f"{self.item(*ids)}{p}" for p in parts))

    def spans(self, text: str, found: tuple[tuple[str, int, int], ...]) -> tuple[Span, ...]:
        """What each anchor of a block covers; an anchor with nothing behind it covers nothing and is left out."""
        marks = [(name, start) for name, start, _ in found if name in self.said]
        ends = [*(start for _, start in marks[1:]), len(text)][: len(marks)]
        out: list[Span] = []
        for (name, start), end in zip(marks, ends, strict=True):
            ids, says = self.said[name]
            shown = text[start:end].rstrip()
            if any(c.isalnum() for c in shown):
                out += [(one, says, start, start + len(shown)) for one in ids]
        return tuple(out)


def settle(markdown: str) -> str:
    """The Markdown of a paragraph with the blanks round its anchors before them, one at most, so that a mark leaves
    nothing in the printed text."""

    def blanks(found: re.Match[str]) -> str:
        marks = re.sub(r"[ \t]+", "", found.group())
        inside = found.start() > 0 and found.end() < len(text)
        return f" {marks}" if inside and marks != found.group() else marks

    text = markdown.strip()
    return _MARKS.sub(blanks, text)


def without(markdown: str) -> str:
    """The Markdown without anchors."""
    return _ANCHOR.sub("", markdown)
