"""Names of statistics: paths of keys, never of labels."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
"""What a key of study.yml that becomes part of a statistic's name looks like."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]+\Z")


def slug(text: str) -> str:
    """A free text as one part of a statistic's name.

    Lower case ASCII letters, digits and underscores. A text of which nothing is left (Chinese, for
    example) becomes `x` and eight digits of its SHA-256, so that it has a stable name all the same.

    >>> slug("Adverse reaction (liver)")
    'adverse_reaction_liver'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    short = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return short or "x" + hashlib.sha256(text.encode()).hexdigest()[:8]


_SIGNS = {"<=": "at most", "≤": "at most", ">=": "at least", "≥": "at least", "<": "under", ">": "over"}


def level_name(level: str) -> str:
    """A category's level, or a column, as one part of a name: itself where it can be, else its slug, with signs of
    comparison as words.

    >>> level_name("<6m"), level_name(">6m")
    ('under_6m', 'over_6m')
    """
    if _PLAIN.match(level):
        return level
    for sign, words in _SIGNS.items():
        level = level.replace(sign, f" {words} ")
    return slug(level)


def slugs(texts: Iterable[str]) -> dict[str, str]:
    """Slug of each distinct text; texts that would share one get `_2`, `_3` … in sorted order."""
    taken: dict[str, str] = {}
    for text in sorted(set(texts)):
        base = slug(text)
        name, count = base, 1
        while name in taken.values():
            count += 1
            name = f"{base}_{count}"
        taken[text] = name
    return taken
