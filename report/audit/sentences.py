"""Where the sentences of a text begin."""

from __future__ import annotations

import re

Key = tuple[int, int]
"""A sentence: its block, and the place among the block's sentences."""

_END = re.compile(
    # a citation after the full stop belongs to the sentence before; "59.3 (" is no end of one
    r"(?:(?<=[^\W\d_])|(?<=[)\]”\"%]))[.!?](?:\u2063*\s*[\[(]?[0-9,–\-\s]*[\])]?\u2063*)?\s+(?=[A-Z\"“(])"
    r"|[.!?]\s+(?=[A-Z\"“(])"
)


def sentence_starts(text: str) -> list[int]:
    """Where each sentence begins, in order; the first at 0."""
    return [0, *(match.end() for match in _END.finditer(text))]


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence that holds text[start:end] begins and ends."""
    starts = sentence_starts(text)
    low = max(at for at in starts if at <= start)
    return low, min((at for at in starts if at > end - 1 and at > low), default=len(text))
