"""What templates say of the choices of method that study.yml leaves to a study, as the results name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from report.context import Context, joined, phrase
from report.kinds import Binary, Count
from report.markdown import Md

SAME_METHOD = "miettinen_nurminen"
"""The method of binary outcomes whose interval and P value always agree."""


@dataclass(frozen=True)
class Choices:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    def by_interval(self, items: Sequence[Binary]) -> list[tuple[list[Binary], Md]]:
        """The outcomes by the interval that was chosen for them, and ' of infection' where there are several."""
        found: dict[str, list[Binary]] = {}
        for o in items:
            about = self.paper.emit.results["analyses"][f"{o.id}.{o.times[0]}.risk_difference"]
            found.setdefault(str(about["method"]), []).append(o)
        several = len(found) > 1
        return [
            (these, phrase(" of {}", joined(o.name for o in these)) if several else Md("")) for these in found.values()
        ]

    def two_methods(self, items: Sequence[Binary]) -> bool:
        """Whether an outcome's interval and its P value are of different methods."""
        analyses = self.paper.emit.results["analyses"]
        return any(analyses[f"{o.id}.{o.times[0]}.test"]["method"] != SAME_METHOD for o in items)

    def exact_tests(self, items: Sequence[Binary]) -> bool:
        """Whether an outcome is compared by an exact test."""
        analyses = self.paper.emit.results["analyses"]
        return any(analyses[f"{o.id}.{o.times[0]}.test"]["method"] == "fisher" for o in items)

    def adjusted_path(self, o: Binary | Count, t: str) -> str:
        """Where the results name the model of an adjusted ratio."""
        return f"analyses.{o.id}.{t}.adjusted.method"

    def adjusted_ratio(self, x: str) -> str:
        """The name of the adjusted ratio of a comparison: an odds ratio, or a risk ratio."""
        risk = f"{x}.adjusted.risk_ratio"
        return risk if self.paper.emit.has(risk) else f"{x}.adjusted.odds_ratio"

    def recurrent(self) -> list[Count]:
        """The counts whose times of events are compared, too."""
        return [o for o in self.paper.counts if o.declared.get("recurrent")]

    def names_of_events(self, items: Sequence[Count]) -> list[Md]:
        return [o.noun for o in items]

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("paper", "globals")]
        return {k: getattr(self, k) for k in own}
