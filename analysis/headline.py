"""Which of the estimates of an outcome's comparison is the one that the paper leads with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.stats import Problem, Value
from analysis.stats.pooling import Pooled


@dataclass(frozen=True)
class Headline:
    """An estimate and its P, by parts of names after `O.T.C.` (time to event: `O.C.`), and the stem of its limits."""

    estimate: str
    p: str
    limits: str = "ci"

    @property
    def _family(self) -> str:
        return self.estimate.rpartition(".")[0] + "." if "." in self.estimate else ""

    @property
    def last(self) -> str:
        """The last part of the estimate's name."""
        return self.estimate.rpartition(".")[2]

    def parts(self) -> Iterator[tuple[str, str]]:
        """Part of the name, and the part that it has under `sensitivity.KEY.C`."""
        for last in (self.last, "se", f"{self.limits}_low", f"{self.limits}_high", "df"):
            yield f"{self._family}{last}", last
        if self.p.rpartition(".")[0] == self._family.rstrip("."):
            yield f"{self._family}statistic", "statistic"
        yield self.p, "p"

    def of(self, found: Pooled | Problem) -> Iterator[tuple[str, Value, str]]:
        """Last part of the name, value and statistic of a pooled estimate."""
        for last, part, statistic in (
            (self.last, "estimate", self.last),
            ("se", "se", "se"),
            (f"{self.limits}_low", "ci_low", "ci_low"),
            (f"{self.limits}_high", "ci_high", "ci_high"),
            ("statistic", "statistic", "statistic"),
            ("df", "df", "df"),
            ("p", "p", "p"),
            ("fmi", "fmi", "fmi"),
        ):
            yield last, found if isinstance(found, Problem) else getattr(found, part), statistic


def headline(kind: str, change: Mapping[str, Any], found: Mapping[str, Any], stem: str) -> Headline:
    """The first of the estimates that an outcome of a kind can have, of those that are in the results.

    Args:
        change: keys of the outcome that an analysis changes: what they ask for leads.
        found: statistics by name.
        stem: of the comparison's names, `O.T.C`.
    """
    adjusted = bool(change.get("adjust_for") or change.get("adjusted_by"))
    geometric = [Headline("geometric.ratio", "geometric.p")] if change.get("scale") == "log" else []
    stratified = bool(change.get("stratify_by"))
    ways = {
        "continuous": [
            *geometric,
            Headline("mixed.difference", "mixed.p"),
            Headline("adjusted.difference", "adjusted.p"),
            Headline("difference", "p"),
        ],
        "skewed": [*geometric, Headline("ranks.shift", "ranks.p", "shift_ci")],
        "count": [*([Headline("adjusted.ratio", "adjusted.p")] if adjusted else []), Headline("rate.ratio", "rate.p")],
        "binary": [
            *([Headline("stratified.risk_difference", "stratified.p", "rd_ci")] if stratified else []),
            *([Headline("adjusted.odds_ratio", "adjusted.p")] if adjusted else []),
            *([Headline("adjusted.risk_ratio", "adjusted.p")] if adjusted else []),
            Headline("risk_difference", "p", "rd_ci"),
        ],
        "graded": [Headline("odds.odds_ratio", "odds.p")],
        "time_to_event": [
            *([Headline("stratified.hazard_ratio", "stratified_logrank.p")] if stratified else []),
            *([Headline("adjusted.hazard_ratio", "adjusted.p")] if adjusted else []),
            Headline("cox.hazard_ratio", "logrank.p"),
        ],
    }
    these = ways["continuous" if kind == "ordinal" else kind]
    return next(way for way in these if f"{stem}.{way.estimate}" in found)
