"""How many comparisons between groups an analysis holds, so that the paper can say so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from analysis.context import Context

PARTS = ("outcomes", "tests", "interactions", "sensitivity", "harms")
"""Comparisons of two groups in outcomes; tests of all groups at once or of a trend; tests of an interaction, with a
subgroup or between two treatments; comparisons in sensitivity analyses; comparisons of harms."""

Made = tuple[str, ...]
"""What one comparison is of: the part, then what tells it from others of the part."""


def comparisons(context: Context) -> None:
    """`design.comparisons`, its parts `design.comparisons_PART`, and `design.comparisons_adjusted`: of how many P was
    adjusted for multiplicity.

    A comparison is one outcome (or harm, or sensitivity analysis) at one time, between one pair of groups, of which a
    P value or a limit of an interval could be computed: several methods for the same question are one comparison.
    Comparisons before treatment, and estimates within one level of a subgroup, are none.
    """
    out = context.out
    made = {
        one
        for name, found in out.statistics.items()
        if (one := _comparison(name, found, out.analyses, context.study.timepoints)) is not None
    }
    adjusted = sum(n.endswith(".multiplicity.p") and r["value"] is not None for n, r in out.statistics.items())
    counts = {f"comparisons_{part}": sum(one[0] == part for one in made) for part in PARTS}
    for name, count in {"comparisons": len(made), **counts, "comparisons_adjusted": adjusted}.items():
        out.put(f"design.{name}", count, statistic="n", unit="comparisons", analysis="flow")


def _comparison(
    name: str, found: Mapping[str, Any], analyses: Mapping[str, Mapping[str, Any]], times: Collection[str]
) -> Made | None:
    """What a P value or limit compares; None of other statistics. A time to event is compared once, over all times."""
    if found["value"] is None or found["statistic"] not in ("p", "ci_low", "ci_high"):
        return None
    if analyses[found["analysis"]]["role"] == "descriptive":
        return None
    head, *rest = name.split(".")
    if "factor_interaction" in rest or rest[-1] == "interaction_p":
        return "interactions", name.rpartition(".")[0]
    if any(part.startswith("by_") for part in rest):
        return None
    if rest[-2:-1] in (["global"], ["trend"]):
        return "tests", name.rpartition(".")[0]
    pair = found["contrast"] or [part for part in rest if part.startswith("factor_")]
    if not pair:
        return None
    if head in ("harms", "sensitivity"):
        return head, rest[0], *pair
    return "outcomes", head, rest[0] if rest[0] in times else "", *pair
