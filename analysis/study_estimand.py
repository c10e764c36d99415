"""The estimand of a primary outcome in the study file (ICH E9(R1)): its model, and what can be wrong with it.

Arms, time points, kind and population of the outcome tell the rest of the attributes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from analysis.faults import Fault
from analysis.study_values import Part, Text
from analysis.yaml_file import Loc

if TYPE_CHECKING:
    from analysis.study_references import References

Strategy = Literal["treatment policy", "hypothetical", "composite", "while on treatment", "principal stratum"]
EXPLAINED = {
    "hypothetical": "what would have been the case had it not occurred",
    "principal stratum": "which patients are meant, and how they are known",
}
"""Strategies that say nothing without `how`, with what it has to tell."""


class Intercurrent(Part):
    """An event after the start of treatment that bears on the outcome or its meaning, and how it is dealt with."""

    event: Text = Field(description="the event, as it stands in a sentence")
    strategy: Strategy = Field(description="strategy of ICH E9(R1)")
    how: Text | None = Field(
        default=None,
        description="a clause: what that means here; needed with `hypothetical` and `principal stratum`",
    )


class Estimand(Part):
    """What is estimated by a primary outcome: the attributes of ICH E9(R1) that no other key tells."""

    prespecified: bool = Field(description="whether it was stated before the data was seen")
    intercurrent: list[Intercurrent] | None = Field(
        default=None, description="events after the start of treatment; an empty list where none was considered"
    )
    population: Text | None = Field(
        default=None, description="the patients meant, as it stands in a sentence (else: those who are eligible)"
    )
    treatments: Text | None = Field(
        default=None,
        description="the conditions compared, as it stands in a sentence (else: the treatments of the arms)",
    )


def estimand_faults(refs: References, loc: Loc, outcome: dict[str, Any]) -> Iterator[Fault]:
    """What is wrong with the estimand of an outcome, but for the types of its keys."""
    estimand = outcome.get("estimand")
    if not isinstance(estimand, dict):
        return
    at: Loc = (*loc, "estimand")
    if outcome.get("role") in ("secondary", "exploratory"):
        what = f"This outcome is {outcome['role']}, and estimands are stated for primary outcomes only."
        yield refs.fault(at, what, "Remove it, or write role: primary.")
    if estimand.get("prespecified") is True and outcome.get("prespecified") is False:
        what = "The estimand is said to be prespecified, and its outcome not."
        yield refs.fault((*at, "prespecified"), what, "Correct one of the two.")
    given = estimand.get("intercurrent")
    seen: set[str] = set()
    for i, one in enumerate(given if isinstance(given, list) else []):
        if not isinstance(one, dict):
            continue
        event, strategy = one.get("event"), one.get("strategy")
        if isinstance(event, str):
            if (name := " ".join(event.casefold().split())) in seen:
                yield refs.fault((*at, "intercurrent", i, "event"), f"{event} stands twice.", "Keep one of the two.")
            seen.add(name)
        if isinstance(strategy, str) and strategy in EXPLAINED and not one.get("how"):
            what = f"The {strategy} strategy is not clear without an explanation."
            yield refs.fault((*at, "intercurrent", i), what, f"Add how: a clause that tells {EXPLAINED[strategy]}.")
