"""Words that the design cannot carry, in what the templates wrote: a second net under the templates themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import yaml

from report.ledger import Block
from report.wording.rules import FOLDER

# Where an author's source is not what is printed: citations, expressions, emphasis, the ends of paragraphs.
_BREAKS = re.compile(r"\[@[^\]]*\]|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\*|\n[ \t]*\n", re.DOTALL)


@lru_cache(maxsize=1)
def _banned() -> dict[str, list[tuple[re.Pattern[str], str]]]:
    raw = yaml.safe_load((FOLDER / "generated.yml").read_text(encoding="utf-8"))
    return {
        design: [(re.compile(rule["pattern"], re.IGNORECASE), rule["instead"]) for rule in rules]
        for design, rules in raw.items()
    }


def pieces(sources: Iterable[str]) -> tuple[str, ...]:
    """What authors wrote, cut where it is not printed as written; white space as single spaces."""
    cut = (" ".join(piece.split()) for source in sources for piece in _BREAKS.split(source))
    return tuple(dict.fromkeys(piece for piece in cut if piece))


def overclaims(block: Block, allocation: str, authors: Iterable[str]) -> Iterator[str]:
    """Sentences about words of a block that the design cannot carry. What came from an entry of the ledger, or from
    ``authors`` (`pieces`), whose words are judged by `report.wording.study`, is passed over."""
    for pattern, instead in _banned().get(allocation, []):
        for match in pattern.finditer(block.text):
            if any(a <= match.start() and match.end() <= b for _, a, b in block.spans):
                continue
            if not any(_holds(block.text, piece, match) for piece in authors if match.group() in piece):
                yield f"'{match.group()}' does not fit a study that is {allocation}. {instead}"


def _holds(text: str, piece: str, match: re.Match[str]) -> bool:
    """Whether the match lies in an occurrence of the piece."""
    at = text.find(piece)
    while at >= 0:
        if at <= match.start() and match.end() <= at + len(piece):
            return True
        at = text.find(piece, at + 1)
    return False
