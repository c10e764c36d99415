"""What is wrong with a study, in sentences that a clinician can act on.

A fault is a value; a study that has any raises one `StudyError` that carries all of them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        where: the place, as a reader would look it up: `study.yml, line 12, reference_arm` or
            `visits.csv, line 7, column edss, patient P03`.
        what: one sentence that says what was found there, ending in a full stop.
        cure: one sentence that says what to do about it, or an empty text.
    """

    where: str
    what: str
    cure: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" {self.cure}" if self.cure else "")


class StudyError(Exception):
    """A study cannot be used; `faults` holds every reason, in a fixed order, never none."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: list[Fault] = list(dict.fromkeys(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def nearest(name: object, valid: Iterable[object]) -> str:
    """The valid name most like `name`, or an empty text when none is near.

    >>> nearest("referense_arm", ["reference_arm", "arms"])
    'reference_arm'
    """
    names = [str(one) for one in valid]
    found = difflib.get_close_matches(str(name), names, n=1, cutoff=0.6)
    if not found:
        lowered = {one.lower(): one for one in names}
        found = [lowered[one] for one in difflib.get_close_matches(str(name).lower(), list(lowered), n=1, cutoff=0.6)]
    return found[0] if found else ""


def listing(names: Iterable[object], most: int = 12) -> str:
    """Names as a phrase, `a, b and c`, cut after `most` of them."""
    texts = [str(one) for one in names]
    if len(texts) > most:
        return ", ".join(texts[:most]) + f" and {len(texts) - most} more"
    if len(texts) < 2:
        return "".join(texts)
    return ", ".join(texts[:-1]) + " and " + texts[-1]


def suggestion(name: object, valid: Iterable[object], noun: str = "name") -> str:
    """The cure for an unknown name: the nearest valid one, or the list of valid ones."""
    names = [str(one) for one in valid]
    near = nearest(name, names)
    if near:
        return f"Did you mean {near}?"
    if not names:
        return ""
    return f"Valid {noun}s: {listing(names)}." if len(names) > 1 else f"The only valid {noun} is {names[0]}."
