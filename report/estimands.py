"""What templates say of the estimand of each primary outcome, in the attributes of ICH E9(R1): population, treatment
conditions, variable, intercurrent events with their strategies, and the measure that the conclusion rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from report import vocabulary
from report.claims import Predicate
from report.context import Context, joined, phrase
from report.factorial import Factorial
from report.kinds import Binary, Count, Crossed, Graded, Outcome, Score, Skewed, Survival
from report.markdown import Md

_STRATEGIES = ("treatment policy", "hypothetical", "composite", "while on treatment", "principal stratum")
_MEANINGS = {
    "treatment policy": "the outcome counted whether or not it occurred",
    "composite": "its occurrence was part of the outcome",
    "while on treatment": "the outcome counted up to its occurrence",
}
"""What a strategy means, where the author does not say more."""
_RATIO_MEASURES = ("rate ratio", "common odds ratio", "hazard ratio", "risk ratio", "ratio of geometric means")


@dataclass(frozen=True)
class Estimands:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context
    factorial: Factorial

    def estimands(self) -> list[list[Outcome]]:
        """The primary outcomes that are compared, alike in all but variable and measure together."""
        found: dict[str, list[Outcome]] = {}
        for o in self._primary():
            alike = repr((o.declared.get("estimand"), o.declared.get("population"), self.factorial.at_margins(o)))
            found.setdefault(alike, []).append(o)
        return list(found.values())

    def _primary(self) -> list[Outcome]:
        compared = (o for o in self.paper.outcomes if not isinstance(o, Score) or o.later)
        return [o for o in compared if o.declared["role"] == "primary"]

    def estimand_of(self, these: Sequence[Outcome]) -> Md:
        """'the primary outcome, death', or 'death, a primary outcome' where other primary outcomes are told apart."""
        names = joined([o.name for o in these])
        if len(these) == len(self._primary()):
            return phrase("the primary {}, {}", self.paper.plural([*these], "outcome"), names)
        return phrase("{}, {}", names, "a primary outcome" if len(these) == 1 else "primary outcomes")

    def estimand_when(self, these: Sequence[Outcome]) -> Md:
        """When the estimand was stated: a claim, which study.yml must bear out."""
        one = len(these) == 1
        if not these[0].declared.get("estimand"):
            return Md("is described by what its analysis estimates" if one else
                      "are described by what their analyses estimate")  # fmt: skip
        planned = bool(these[0].declared["estimand"]["prespecified"])
        words = vocabulary.STATED.words[0 if planned else 1][0]
        paths = [f"outcomes.{o.id}.estimand.prespecified" for o in these]
        parts: list[Predicate] = [{"op": "is", "path": path, "value": planned} for path in paths]
        name = f"{', '.join(paths)}: {planned}"
        claim = self.paper.emit.claim(words, name, parts[0] if one else {"op": "and", "all": parts})
        return phrase("{} stated {}", "was" if one else "were", claim)

    def estimand_population(self, these: Sequence[Outcome]) -> Md:
        emit, first = self.paper.emit, these[0]
        if (first.declared.get("estimand") or {}).get("population"):
            return emit.declared(f"outcomes.{first.id}.estimand.population", lower_first=True)
        populations = self.paper.study["populations"]
        key = first.declared.get("population") or next(iter(populations))
        if self.paper.study["eligibility"].get("summary"):
            said = phrase("patients with {}", emit.declared("eligibility.summary", lower_first=True))
        else:
            said = Md("patients who met the criteria of eligibility")
        if populations[key]["where"] is None:
            return said
        return phrase("{}, restricted to {}", said, emit.declared(f"populations.{key}.label", lower_first=True))

    def estimand_treatments(self, these: Sequence[Outcome]) -> Md:
        """'assignment to A and assignment to B'; what was received where nobody was randomised."""
        paper, first = self.paper, these[0]
        if (first.declared.get("estimand") or {}).get("treatments"):
            return paper.emit.declared(f"outcomes.{first.id}.estimand.treatments", lower_first=True)
        if self.factorial.at_margins(first):
            pairs = [(self.factorial.factor_name(f), self.factorial.instead(f)) for f in self.factorial.factors]
            return joined([phrase("assignment to {} or to {}", *pair) for pair in pairs])
        reference = paper.study["reference_arm"]
        arms = [*(c.arm for c in paper.contrasts), reference]
        if paper.crossover:
            return phrase("{} in the same patients", self._each("treatment with {}", arms))
        if not paper.non_randomised:
            return self._each("assignment to {}", arms)
        routine = paper.study["design"]["assigned_by"] == "routine care"
        given = "received in routine care" if routine else "given"
        return phrase("{}, as {}", self._each("treatment with {}", arms), given)

    def _each(self, words: str, arms: Sequence[str]) -> Md:
        return joined([phrase(words, self.paper.treatment(arm)) for arm in arms], apart=True)

    def estimand_variable(self, o: Outcome) -> Md:
        """What is observed of each patient, at the time that the conclusion speaks of."""
        paper, t = self.paper, o.times[-1]
        if isinstance(o, Crossed):
            return phrase("{} in each period", o.name)
        if isinstance(o, Count):
            return phrase("the number of {} {}", o.noun, paper.until(t))
        if isinstance(o, Survival):
            given = o.declared.get("origin")
            origin = paper.emit.declared(f"outcomes.{o.id}.origin") if given else paper.start_said()
            end = paper.until(t) if paper.begins_itself(t) else phrase("up to {}", paper.time_lower(t))
            return phrase("{} from {}, {}", o.name, origin, end)
        return paper.at_time(o.short if isinstance(o, Score) else o.name, o, t)

    def estimand_measures(self, these: Sequence[Outcome]) -> Md:
        """'the risk difference (A minus B)'; with the outcomes' names where the measures differ."""
        said: dict[str, list[Outcome]] = {}
        for o in these:
            said.setdefault(self._measure(o), []).append(o)
        told = [phrase("the {} ({})", measure, self._sides(measure, of[0])) for measure, of in said.items()]
        if len(told) == 1:
            return told[0]
        names = [joined([o.short if isinstance(o, Score) else o.name for o in of]) for of in said.values()]
        return joined([phrase("{} for {}", one, of) for one, of in zip(told, names, strict=True)], apart=True)

    def estimand_measured(self, these: Sequence[Outcome]) -> list[str]:
        """The measures, each once."""
        return list(dict.fromkeys(self._measure(o) for o in these))

    def _measure(self, o: Outcome) -> str:
        """The measure of the comparison that the conclusion rests on, and that a margin is held against."""
        if isinstance(o, Crossed):
            return "risk difference within patients" if o.binary else "mean difference within patients"
        ratio = (o.declared.get("margin") or {}).get("scale") == "ratio"
        if isinstance(o, Binary):
            return "risk ratio" if ratio else "risk difference"
        if isinstance(o, Score):
            return "ratio of geometric means" if ratio else f"{self._adjusted(o)} means".strip()
        kinds = {Count: "rate ratio", Graded: "common odds ratio", Skewed: "Hodges–Lehmann shift"}
        return kinds.get(type(o), "hazard ratio")

    def _adjusted(self, o: Score) -> str:
        paper = self.paper
        if self.factorial.at_margins(o):
            covaried = "adjusted " if o.declared.get("adjust_for") else "baseline-adjusted " if o.first else ""
            return f"{covaried}difference in"
        main = paper.main_estimate(o, o.times[-1], paper.contrasts[0])
        if main.mixed:
            return "difference in least-squares"
        covaried = "adjusted " if o.declared.get("adjust_for") else "baseline-adjusted "
        return f"{covaried if main.adjusted else ''}difference in"

    def _sides(self, measure: str, o: Outcome) -> Md:
        """'A minus B' of differences, 'A over B' of ratios."""
        paper = self.paper
        by = "over" if measure in _RATIO_MEASURES else "minus"
        if self.factorial.at_margins(o):
            return Md(f"with each treatment {by} without it")
        reference = paper.study["reference_arm"]
        if paper.several():
            first = Md("each other treatment" if paper.crossover else "each other group")
        else:
            first = paper.group_in_text(paper.contrasts[0].arm)
        return phrase("{} {} {}", first, by, paper.group_in_text(reference))

    def intercurrent(self, these: Sequence[Outcome]) -> list[Md]:
        """'stopping the treatment (treatment policy strategy: …)' for each intercurrent event."""
        o = these[0]
        given = (o.declared.get("estimand") or {}).get("intercurrent") or []
        return [self._intercurrent(f"outcomes.{o.id}.estimand.intercurrent.{i}", one) for i, one in enumerate(given)]

    def _intercurrent(self, path: str, one: dict[str, Any]) -> Md:
        emit = self.paper.emit
        strategy = self.paper.claims.is_(f"{path}.strategy", {name: name for name in _STRATEGIES})
        if one.get("how"):
            how = emit.literal(str(one["how"]).strip().removesuffix("."), "constant", f"{path}.how", lower_first=True)
        else:
            how = Md(_MEANINGS[one["strategy"]])
        return phrase("{} ({} strategy: {})", emit.declared(f"{path}.event", lower_first=True), strategy, how)

    def intercurrent_considered(self, these: Sequence[Outcome]) -> bool:
        """Whether the author says which events were considered, be it none."""
        return (these[0].declared.get("estimand") or {}).get("intercurrent") is not None

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("paper", "factorial", "globals")]
        return {k: getattr(self, k) for k in own}
