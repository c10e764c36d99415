"""What templates say of trends over groups in order. Nothing is called a trend but the result of a test for trend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from report.context import Context, joined, phrase
from report.emit import Emitter
from report.kinds import Binary, Graded, Outcome, Skewed
from report.markdown import Md

_METHODS = {
    "cochran_armitage": "the Cochran–Armitage test",
    "linear_contrast": "a linear contrast of the means with the variance within groups",
    "jonckheere_terpstra": "the Jonckheere–Terpstra test",
}


@dataclass(frozen=True)
class Trends:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    def trended(self) -> list[Outcome]:
        """The outcomes whose trend was tested, in the paper's order."""
        chosen = self.paper.study.get("trend") or {}
        return [o for o in self.paper.outcomes if o.id in (chosen.get("outcomes") or [])]

    def _noun(self) -> Md:
        return self.emit.declared("trend.noun")

    def _subject(self, o: Outcome, t: str) -> Md:
        if isinstance(o, Binary):
            return self.paper.at_time(self.paper.risk_of(o), o, t)
        if isinstance(o, Graded):
            return self.paper.at_time(self.paper.odds_of(o), o, t)
        return self.paper.at_time(o.name if isinstance(o, Skewed) else phrase("mean {}", o.short), o, t)

    def trend_sentence(self, o: Outcome, t: str) -> Md:
        """' The risk of death rose with the dose (slope …; P = 0.01 by the …).'; nothing without a test."""
        at = f"{o.id}.{t}.trend"
        if not self.emit.has(f"{at}.p"):
            return Md("")
        subject, claims = self._subject(o, t), self.paper.claims
        if not self.emit.estimable(f"{at}.p"):
            return phrase(" The test for trend in the {} {}.", subject, claims.not_estimable(f"{at}.p"))
        label = self.emit.literal(str(self.emit.results["analyses"][at]["label"]), "constant", f"analyses.{at}.label")
        told = phrase("{}{}, {}", self._slope(o, at), label, self.emit.p(f"{at}.p"))
        if claims.trending(at):
            return phrase(" The {} {} with the {} ({}).", subject, claims.trend(at), self._noun(), told)
        return phrase(" There was {} in the {} with the {} ({}).", claims.no_trend(at), subject, self._noun(), told)

    def _slope(self, o: Outcome, at: str) -> Md:
        """'slope 2.1 points per mg; 95% CI 0.4 to 3.8; ' of means; the proportions of groups tell their own."""
        name = f"{at}.slope"
        if isinstance(o, Binary) or not self.emit.has(name) or not self.emit.estimable(name, f"{at}.ci_low"):
            return Md("")
        unit = self.paper.unit_of(name, self.emit.declared(f"outcomes.{o.id}.unit"))
        named = self.paper.study["trend"]["unit"]
        per = self.emit.declared("trend.unit") if named else phrase("unit of the {}", self._noun())
        return phrase("slope {} {} per {}; {}; ", self.emit.n(name), unit, per, self.emit.ci(at))

    # ---- methods -------------------------------------------------------------------------

    def trend_methods(self) -> Md:
        """How trends were tested, with the score of each group; nothing where none was."""
        outcomes = self.trended()
        if not outcomes:
            return Md("")
        by: dict[str, list[Outcome]] = {}
        for o in outcomes:
            at = next(f"{o.id}.{t}.trend" for t in o.times if self.emit.has(f"{o.id}.{t}.trend.p"))
            by.setdefault(at, []).append(o)
        methods: dict[str, list[str]] = {}
        for at in by:
            methods.setdefault(str(self.emit.results["analyses"][at]["method"]), []).append(at)
        told = [
            phrase(
                "for {} by {}",
                joined(o.name if isinstance(o, Skewed | Binary) else o.short for at in names for o in by[at]),
                self.paper.claims.is_(f"analyses.{names[0]}.method", _METHODS, where="results"),
            )
            for names in methods.values()
        ]
        arms = sorted(self.paper.arms, key=lambda arm: float(self.paper.study["trend"]["scores"][arm]))
        unit = phrase(" {}", self.emit.declared("trend.unit")) if self.paper.study["trend"]["unit"] else Md("")
        scores = [
            phrase("{}{} for {}", self.emit.declared(f"trend.scores.{arm}"), unit, self.paper.group(arm))
            for arm in arms
        ]
        said = phrase(
            "Trends over the groups in their order, with the {} as score ({}), were tested {}.",
            self._noun(),
            joined(scores),
            joined(told),
        )
        if self.paper.study["trend"]["prespecified"]:
            return said
        words = self.paper.claims.unplanned(["trend"])
        return phrase("{} These tests were {} and are exploratory.", said, words)

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("emit", "paper", "globals")]
        return {k: getattr(self, k) for k in own}
