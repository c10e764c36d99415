"""The first letter of a declared name inside a sentence and at its start: *placebo* of Placebo, but BtheB and Beck."""

from __future__ import annotations

import re
from collections.abc import Iterable

_FIRST = re.compile(r"[^\s-]+")  # "Non-Hodgkin" begins with "Non", but "Kaplan–Meier" is a name whole
_NAME = re.compile(r"\s+[A-Z][a-z]+")
_WORDS = (
    "the a an no any all not in at on by of for to from with without after before during within until there it each "
    "every this these one"
)
_PLAIN = frozenset(_WORDS.split())
"""Words that are no part of a name, even where one follows: 'The Cox model', 'Before Christmas'."""


def lowered(text: str, names: Iterable[str] = ()) -> str:
    """``text`` as it stands inside a sentence: its first letter small, but where it begins with an abbreviation, a word
    with a capital inside, one of ``names``, or a proper name, that is with a word before another that has a capital
    too (Beck Depression Inventory; not Serum CRP, Drug A)."""
    first = _FIRST.match(text)
    if first is None or not text[:1].isupper():
        return text
    word = first.group()
    if any(name and re.match(re.escape(name) + r"(?!\w)", text) for name in names):
        return text
    if any(letter.isupper() for letter in word[1:]) or not word[1:2].islower():
        return text
    if word.lower() not in _PLAIN and _NAME.match(text, first.end()):
        return text
    return text[0].lower() + text[1:]


def capitalised(text: str, names: Iterable[str] = ()) -> str:
    """``text`` at the start of a sentence or a row: names such as pH, mRNA and those of ``names`` stay."""
    first = _FIRST.match(text)
    if first is None or any(name and re.match(re.escape(name) + r"(?!\w)", text) for name in names):
        return text
    word = first.group()
    own = any(letter.isupper() for letter in word[1:]) or not word[1:2].islower()
    return text if own else text[0].upper() + text[1:]
