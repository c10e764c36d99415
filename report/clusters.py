"""What templates say of trials that assigned whole clusters: their numbers, their correlation, and the methods in use.

Nothing here is computed; methods are said as the results name them, by claims that the audit looks up again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from report.context import Context, Contrast, joined, phrase
from report.emit import Emitter
from report.kinds import Outcome
from report.markdown import Md

_METHODS = {
    "cluster_mixed": "a linear mixed model with a random intercept of the cluster",
    "cluster_robust": "least squares with cluster-robust standard errors",
    "cluster_poisson": "Poisson regression with cluster-robust standard errors",
    "cluster_logistic": "logistic regression with cluster-robust standard errors",
}


@dataclass(frozen=True)
class Clusters:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    def clustered(self) -> bool:
        """Whether whole clusters were assigned."""
        return bool(self.paper.study["design"]["type"] == "cluster")

    def cluster_noun(self) -> Md:
        return self.emit.declared("design.cluster.noun")

    def cluster_nouns(self, capital: bool = False) -> Md:
        said = self.emit.declared("design.cluster.plural")
        return Md(str(said)[:1].upper() + str(said)[1:]) if capital else said

    def clusters_counted(self, name: str) -> Md:
        """'twelve practices', 'a single practice' by its number."""
        noun = self.cluster_noun() if self.emit.value(name) == 1 else self.cluster_nouns()
        return phrase("{} {}", self.emit.n(name, words=True), noun)

    def cluster_arms(self) -> list[Md]:
        """'twelve practices (150 patients) to placebo' for each group."""
        to = "{} ({} patients) treated with {}" if self.paper.non_randomised else "{} ({} patients) to {}"
        return [
            phrase(
                to,
                self.clusters_counted(f"flow.{g}.clusters"),
                self.emit.n(f"flow.{g}.assigned"),
                self.paper.treatment(g),
            )
            for g in self.paper.arms
        ]

    def cluster_sizes(self) -> list[Md]:
        """'12.5 (from 3 to 30) in the placebo group': patients of a cluster."""
        said = []
        for g in self.paper.arms:
            at = f"flow.{g}.cluster_size"
            mean, low, high = (self.emit.n(f"{at}.{part}") for part in ("mean", "min", "max"))
            said.append(phrase("{} (from {} to {}) in {}", mean, low, high, self.paper.group(g)))
        return said

    def icc_sentence(self, o: Outcome, t: str) -> Md:
        """The intracluster correlation of an outcome, and the clusters with patients in its analysis."""
        at = f"{o.id}.{t}"
        if not self.emit.has(f"{at}.icc"):
            return Md("")
        seen = [
            phrase("{} in {}", self.clusters_counted(f"{at}.{g}.clusters"), self.paper.group(g))
            for g in self.paper.arms
        ]
        where = phrase("; the patients analysed were of {}", joined(seen))
        what = phrase("The intracluster correlation of {} {}", o.short, self.paper.when(t))
        if not self.emit.estimable(f"{at}.icc"):
            return phrase("{} {}{}.", what, self.paper.claims.not_estimable(f"{at}.icc"), where)
        known = self.emit.estimable(f"{at}.icc_ci_low", f"{at}.icc_ci_high")
        limits = phrase(" ({})", self.emit.ci(at, "icc_ci")) if known else Md("")
        return phrase("{} was {}{}{}.", what, self.emit.n(f"{at}.icc"), limits, where)

    def has_iccs(self) -> bool:
        return any(name.endswith(".icc") for name in self.emit.results["statistics"])

    def harm_p(self, c: Contrast) -> str:
        """The statistic's name of the P value of patients with any harm."""
        name = f"harms.any.{c.id}.fisher_p"
        return name if self.emit.has(name) else f"harms.any.{c.id}.p"

    def cluster_method(self, items: Sequence[Outcome], part: str) -> Md:
        """The method of the analyses ``O.T.part`` of these outcomes, as the results name it; each once."""
        analyses = self.emit.results["analyses"]
        names = [f"{o.id}.{t}.{part}" for o in items for t in o.times]
        first = {analyses[name]["method"]: name for name in reversed(names) if name in analyses}
        said = [self.cluster_method_of(name) for name in first.values()]
        return joined(said, "or")

    def uses_cluster_model(self) -> bool:
        """Whether a mixed model is in use."""
        return any(about["method"] == "cluster_mixed" for about in self.emit.results["analyses"].values())

    def cluster_method_of(self, analysis: str) -> Md:
        return self.paper.claims.is_(f"analyses.{analysis}.method", _METHODS, where="results")

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("emit", "paper", "globals")]
        return {k: getattr(self, k) for k in own}
