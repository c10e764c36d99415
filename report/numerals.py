"""Finding digits, number words and claim words in text that is about to be printed.

This belongs to the writing side. The audit has a tokeniser of its own, so that a gap here shows there.
"""

from __future__ import annotations

import re
from functools import lru_cache

import yaml

from report.paths import TEMPLATES

_UNITS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_OTHERS = "hundred thousand million twice thrice half halved halves dozen double doubled triple tripled quadruple"
NUMBER_WORD = re.compile(
    rf"\b(?:(?:{'|'.join(_TENS.split())})(?:-\w+)?|{'|'.join(_UNITS.split())}|{'|'.join(_OTHERS.split())})\b",
    re.IGNORECASE,
)
# Digits with the marks that belong to them (the hyphen of "SF-36" is no sign); \d covers digits of every script.
DIGITS = re.compile(r"[<>≤≥]?\s?(?:(?<!\w)[+\-−])?\d[\d.,·\u2009\u202f]*(?<![.,])%?")
# Raised and lowered digits are numerals of their own: "m²", "10⁹".
ODD_DIGITS = r"[⁺⁻]?[⁰¹²³⁴-⁹]+|[₀-₉]+"
NUMERAL = re.compile(rf"{DIGITS.pattern}|{ODD_DIGITS}|{NUMBER_WORD.pattern}", re.IGNORECASE)


@lru_cache(maxsize=1)
def claim_pattern() -> re.Pattern[str]:
    """One pattern over all claim words of ``templates/claim_words.yml``."""
    words = yaml.safe_load((TEMPLATES / "claim_words.yml").read_text(encoding="utf-8"))["claims"]
    return re.compile("|".join(w["pattern"] for w in words), re.IGNORECASE)
