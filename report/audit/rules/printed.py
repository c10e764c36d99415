"""Printed numbers as the intervals of the values that they may stand for, and the patterns that find them.

A number printed as 47% stands for anything from 46.5 to 47.5, both ends included, since ties may be rounded either way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from report.audit.model import BOUNDARY
from report.audit.tokens import Value, tokenise, value_of

_THIN = "\u00a0\u2007\u2009\u202f"
PLAIN = rf"(?:\d{{1,3}}(?:[,{_THIN}]\d{{3}})+(?!\d)|\d+)(?:[.·]\d+)?(?!\d)|(?<!\d)[.·]\d+"
"""Digits without a sign: 12, 1,234, 1 234 with thin spaces, 0.05, .05."""
NUMBER = rf"[-−–+]?(?:{PLAIN})"
COUNT = rf"(?:\d{{1,3}}(?:[,{_THIN}]\d{{3}})+(?![\d.])|\d+(?![\d.·]\d))(?!\d)"
"""A whole number."""
START = r"(?<![\w.·,])"
"""What must stand before a number that is none's part."""

_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Printed:
    """All values that a printed number may stand for: `low` to `high`, both included."""

    low: float
    high: float
    value: float
    digits: int
    """Digits from the first that is not 0."""

    def may_be(self, low: float, high: float | None = None) -> bool:
        """Could a value in low..high (or at low) be printed so?"""
        high = low if high is None else high
        slack = _SLACK * max(1.0, abs(low) if math.isfinite(low) else 0.0)
        return self.low <= high + slack and low <= self.high + slack

    def overlaps(self, other: Printed) -> bool:
        return self.may_be(other.low, other.high)

    def __abs__(self) -> Printed:
        if self.low >= 0:
            return self
        ends = sorted((abs(self.low), abs(self.high)))
        return Printed(0.0 if self.high > 0 else ends[0], ends[1], abs(self.value), self.digits)


def read(text: str, comparison: str = "") -> Printed | None:
    """The number that a text consists of; `comparison` (<, >, ≤, ≥) makes it a bound. None if it is not one."""
    tokens = tokenise(text.strip().replace("–", "−"))
    if len(tokens) != 1:
        return None
    found = value_of(tokens[0].norm)
    if found is None or abs(found.number) > 10**12:
        return None  # no count, score or statistic of a trial
    return of_value(found, comparison)


def of_value(found: Value, comparison: str = "") -> Printed:
    """The interval of a number token's value."""
    number, half = float(found.number), float(found.step) / 2
    digits = len(str(abs(found.number)).replace(".", "").lstrip("0"))
    how = comparison.strip().replace("<=", "≤").replace(">=", "≥") or found.comparison
    low, high = number - half, number + half
    if how in ("<", "≤"):
        low, high = -math.inf, math.nextafter(number, -math.inf) if how == "<" else number
    elif how in (">", "≥"):
        low, high = math.nextafter(number, math.inf) if how == ">" else number, math.inf
    return Printed(low, high, number, digits)


def count_of(text: str) -> int | None:
    """A whole number with or without separators."""
    found = read(text)
    return int(found.value) if found and found.value == int(found.value) else None


def clean(text: str) -> str:
    """A stretch of a file's text for a sentence about it."""
    return " ".join(text.replace(BOUNDARY, "").split())
