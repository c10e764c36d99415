"""Checks of `trend`: arms in order, each with a score, and the outcomes whose trend is tested."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analysis.faults import Fault, suggestion
from analysis.yaml_file import Loc

if TYPE_CHECKING:
    from analysis.study_references import References

TRENDING = ("binary", "continuous", "ordinal", "skewed", "graded")
"""Kinds of outcomes for which there is a test for trend."""
FEWEST = 3


def trend_faults(refs: References) -> Iterator[Fault]:
    """What is wrong with `trend`, and with what a study of another design cannot have."""
    if refs.raw.get("trend") is None:
        return
    loc: Loc = ("trend",)
    kind = refs.group("design").get("type") or "parallel"
    if kind != "parallel":
        what = f"A {kind} trial is not analysed by tests for trend over its arms."
        yield refs.fault(loc, what, "Remove trend, or write design.type: parallel.")
    elif len(refs.arms) < FEWEST:
        yield refs.fault(loc, "A trend needs three arms or more.", "Remove trend.")
    scores = refs.group("trend", "scores")
    for arm in scores:
        yield from refs.known((*loc, "scores", arm), arm, refs.arms, "arm")
    missing = [arm for arm in refs.arms if arm not in scores]
    if scores and missing:
        what = f"{', '.join(missing)} {'has' if len(missing) == 1 else 'have'} no score."
        yield refs.fault((*loc, "scores"), what, "Give each arm its score, such as its dose.")
    numbers = [value for value in scores.values() if isinstance(value, int | float)]
    if len(set(numbers)) < len(numbers):
        yield refs.fault((*loc, "scores"), "Two arms have the same score.", "Give each arm a score of its own.")
    given = refs.group("trend").get("outcomes")
    listed = given if isinstance(given, list) else []
    for i, name in enumerate(listed):
        at: Loc = (*loc, "outcomes", i)
        if not isinstance(name, str) or name not in refs.outcomes:
            what = f"{name} is not one of the outcomes."
            yield refs.fault(at, what, suggestion(str(name), refs.outcomes, "outcome"))
            continue
        if listed.index(name) < i:
            yield refs.fault(at, f"{name} stands twice.", "Keep one of the two.")
        of = refs.outcomes[name].get("kind")
        if of in ("count", "time_to_event"):
            what = f"{name} is of the kind {of}, for which there is no test for trend here."
            yield refs.fault(at, what, f"Name an outcome of the kinds {', '.join(TRENDING)}.")
