"""An author's text as sentences in which only the author's own words are left to be judged.

Everything else is masked by letters that belong to no word, one for one, so that places stay what they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MASK = "·"
_CITATION = re.compile(r"\[@[^\]]*\]")
_EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_LIMITATION = re.compile(r"\{#-?\s*limitation\s*-?#\}", re.IGNORECASE)
# Words in quotation marks, which may hold apostrophes; words in italics, where they are many enough to be a title.
_QUOTATION = re.compile(
    r"“[^”]*”|‘[^’]*(?:’(?=\w)[^’]*)*’|\"[^\"\n]+\"|(?<!\w)'[^'\n]*(?:(?<=\w)'(?=\w)[^'\n]*)*'(?!\w)"
    r"|(?<![\w*])\*(?=\S)[^*\n]+\s[^*\n]+\s[^*\n]+(?<=\S)\*(?![\w*])"
)
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|al|Fig|Figs|Tab|Dr|Prof|St|approx|resp|No|Nos|ca|Eq|Ref|Refs|Suppl|Inc|Ltd)|\b[A-Z])\.$"
)
_END = re.compile(r"[.!?]+[)\]”’\"'·]*(?=\s)")


@dataclass(frozen=True)
class Sentence:
    """One sentence.

    Attributes:
        text: as the author wrote it, white space as single spaces.
        words: the same length as in the file, with all masked that is not the author's own word.
        start: place of its first character in the file's text.
        cited: it holds a citation.
        limitation: the author marked it as stating a limitation, by ``{# limitation #}`` in or directly before it.
    """

    text: str
    words: str
    start: int
    cited: bool
    limitation: bool


def _hide(found: re.Match[str]) -> str:
    return MASK * len(found.group())


def sentences(source: str, names: Iterable[str] = ()) -> Iterator[Sentence]:
    """The sentences of an author's text: Markdown with citations, emphasis and Jinja expressions.

    ``names`` of instruments and the like are masked as quotations are.
    """
    words = _CITATION.sub(_hide, _EXPRESSION.sub(_hide, source))
    words = _QUOTATION.sub(_hide, words)
    for name in names:
        words = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _hide, words)
    for start, end in _bounds(words):
        original = source[start:end]
        yield Sentence(
            text=" ".join(original.split()),
            words=re.sub(r"\s", " ", words[start:end]),
            start=start,
            cited=bool(_CITATION.search(original)),
            limitation=bool(_LIMITATION.search(original)),
        )


def _bounds(words: str) -> Iterator[tuple[int, int]]:
    """Where sentences begin and end; a paragraph's end ends one, too."""
    at = 0
    for gap in [*_PARAGRAPH.finditer(words), None]:
        stop = gap.start() if gap else len(words)
        for end in _END.finditer(words, at, stop):
            if _ABBREVIATION.search(words, at, end.end()):
                continue
            following = words[end.end() : stop].lstrip()
            if following and (following[0].islower()):
                continue
            yield from _trimmed(words, at, end.end())
            at = end.end()
        yield from _trimmed(words, at, stop)
        at = gap.end() if gap else stop


def _trimmed(words: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = words[start:end]
    left = start + len(piece) - len(piece.lstrip())
    if piece.strip():
        yield left, left + len(piece.strip())


def line_of(source: str, place: int) -> int:
    """The line, counted from 1, of a place in a text."""
    return source.count("\n", 0, place) + 1
