"""What a rule is, and what it says when it is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from report.audit.verdict import Spot

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Fault:
    """Two numbers that cannot both be right."""

    text: str
    """What is printed or recorded."""
    why: str
    """A sentence that names the numbers which contradict each other."""
    expected: str = ""
    """What would agree, where one number follows from the others."""
    name: str = ""
    """The statistic, for a rule over results."""
    spot: Spot | None = None
    """The place in the file, for a rule over text."""
    others: tuple[Spot, ...] = ()
    """The places of the other numbers that the contradiction is with."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[Read]):
    """Arithmetic that must hold whoever computed it."""

    id: str
    title: str
    """What must hold, as a sentence."""
    source: str
    """Why it must hold: a definition, or who made it a check."""
    check: Callable[[Read], Iterator[Fault]]

    @property
    def reads(self) -> str:
        return "results" if self.id.startswith("R-") else "text"


def shown(value: float) -> str:
    """A number for a sentence: whole numbers as such, others to six significant digits."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.6g}"
