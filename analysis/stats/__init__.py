"""Statistics as pure functions: arrays in, frozen records out, no study and no labels.

Each function names its formula's source and R's equivalent. What cannot be computed is a `Problem` in the place of
the number, so that one empty group costs one number and not the paper. The numbers come from `scipy.stats` and
`statsmodels`; what is here are the choices (which method, which correction), the edges at which a library would warn
or give NaN, and what the libraries lack: the limits of the Hodges–Lehmann shift, standardised differences, and
Koopman's interval where a group has no events or only such (statsmodels' is wrong there).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Why a statistic has no value: a code for programs and a sentence for people."""

    code: str
    message: str


Value = float | Problem
"""A finite number, or why there is none."""

TOO_FEW = Problem("too_few", "There are too few observations to compute this.")
NO_DATA = Problem("no_data", "There are no observations.")
NO_VARIATION = Problem("no_variation", "The observations do not vary, so this is not defined.")
NO_EVENTS = Problem("no_events", "There were no events, so this is not defined.")
UNBOUNDED = Problem("unbounded", "This limit is infinite.")


def finite(value: float, problem: Problem = NO_VARIATION) -> Value:
    """A value as a plain float; `problem` where it is not finite."""
    number = float(value)
    return number if number - number == 0 else problem


def parts(record: object) -> dict[str, Value]:
    """The numbers of a record by name, in order of its fields (`dataclasses.asdict` would open problems too)."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}  # type: ignore[attr-defined]
