"""What templates say of a factorial trial: each treatment at the margins, and the interactions. Nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from report.context import Conclusion, Context, Contrast, joined, phrase
from report.emit import Emitter
from report.kinds import Binary, Count, Graded, Outcome, Score, Survival
from report.markdown import Md
from report.panels import numbered

MARGINS = (Score, Binary, Count, Graded, Survival)
"""Outcomes that are compared at the margins; the others are compared inside the table only."""


@dataclass(frozen=True)
class Margin:
    """All patients with a treatment against all without it; ``id`` as in statistics' names."""

    id: str
    factor: str


@dataclass(frozen=True)
class Estimate:
    """A statistic with the stem of its limits, its P, what it is called (before its subject too), and its unit."""

    name: str
    ends: str
    p: str
    words: str
    unit: Md
    of: str = ""


@dataclass(frozen=True)
class Interaction:
    """The product of a pair of treatments: its estimate."""

    pair: tuple[str, str]
    estimate: Estimate


@dataclass(frozen=True)
class Factorial:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    @property
    def factors(self) -> list[str]:
        """Keys of the treatments; none where the trial is not factorial."""
        return list(self.paper.study["design"].get("factors") or {})

    # ---- names -------------------------------------------------------------------------

    def crossing(self) -> Md:
        """'2×2': the levels of each treatment."""
        return Md("×".join(self.emit.n(f"design.factor_{f}.levels") for f in self.factors))

    def factor_label(self, f: str) -> Md:
        return self.emit.declared(f"design.factors.{f}.label")

    def factor_name(self, f: str) -> Md:
        """The treatment as it stands in a sentence."""
        return self.emit.declared(f"design.factors.{f}.label", lower_first=True)

    def factor_names(self) -> list[Md]:
        return [self.factor_name(f) for f in self.factors]

    def _against(self, f: str) -> bool:
        return bool(self.paper.study["design"]["factors"][f].get("against"))

    def without(self, f: str) -> Md:
        """'without it', or 'with placebo' where the others have that in its place."""
        if not self._against(f):
            return Md("without it")
        return phrase("with {}", self.emit.declared(f"design.factors.{f}.against"))

    def instead(self, f: str) -> Md:
        """What a treatment is compared with: 'no aspirin', or 'placebo'."""
        if not self._against(f):
            return phrase("no {}", self.factor_name(f))
        return self.emit.declared(f"design.factors.{f}.against")

    def factors_against(self) -> list[Md]:
        """'aspirin (against placebo)' for each treatment."""
        return [
            phrase("{} (against {})", self.factor_name(f), self.instead(f)) if self._against(f) else self.factor_name(f)
            for f in self.factors
        ]

    def cells_of_margins(self) -> Md:
        """Which groups of the flow diagram have each treatment: 'Aspirin was given in groups A and A + B; …'"""
        factors = self.paper.study["design"]["factors"]
        said = []
        for f in self.factors:
            groups = [self.paper.group_short(g) for g in self.paper.arms if g in factors[f]["arms"]]
            where = phrase("group {}" if len(groups) == 1 else "groups {}", joined(groups))
            said.append(phrase("{}: {}", self.factor_label(f), where))
        return phrase("Margins: {}.", Md("; ".join(said)))

    def factor_pair(self, pair: Sequence[str]) -> Md:
        return joined([self.factor_name(f) for f in pair])

    # ---- which comparisons there are ------------------------------------------------------

    def at_margins(self, o: Outcome) -> bool:
        """Whether an outcome is compared at the margins."""
        return bool(self.factors) and isinstance(o, MARGINS)

    def margin_outcomes(self, section: str) -> list[Outcome]:
        return [o for o in self.paper.outcomes if o.section == section and self.at_margins(o) and self.margin_times(o)]

    def margin_sections(self) -> list[str]:
        return [section for section in self.paper.sections if self.margin_outcomes(section)]

    def only_inside(self) -> list[Outcome]:
        """Outcomes of a factorial trial that are not compared at the margins."""
        return [o for o in self.paper.outcomes if self.factors and not self.at_margins(o)]

    def margin_tables(self) -> dict[str, str]:
        """The name of the table at the margins of each section."""
        sections = self.margin_sections()
        return dict(zip(sections, numbered("table-factorial", len(sections)), strict=True))

    def margin_table_of(self, name: str) -> list[Outcome]:
        """The outcomes of a table at the margins; none where ``name`` is another table."""
        return next((self.margin_outcomes(s) for s, table in self.margin_tables().items() if table == name), [])

    def margin_times(self, o: Outcome) -> tuple[str, ...]:
        if isinstance(o, Score):
            return o.later
        return o.times[-1:] if isinstance(o, Survival) else o.times

    def margin_stem(self, o: Outcome, t: str) -> str:
        """What the names of an outcome's statistics at the margins begin with."""
        return o.id if isinstance(o, Survival) else f"{o.id}.{t}"

    def margin_estimate(self, o: Outcome, t: str, f: str) -> Estimate:
        at = f"{self.margin_stem(o, t)}.factor_{f}"
        if isinstance(o, Score):
            return Estimate(f"{at}.difference", "ci", f"{at}.p", "difference", phrase("{}", o.unit), "difference in")
        if isinstance(o, Binary):
            return Estimate(
                f"{at}.risk_difference", "rd_ci", f"{at}.p", "risk difference", Md("percentage points"), "difference in"
            )
        if isinstance(o, Count):
            return Estimate(f"{at}.rate.ratio", "ci", f"{at}.rate.p", "rate ratio", Md(""), "ratio of")
        if isinstance(o, Graded):
            return Estimate(f"{at}.odds.odds_ratio", "ci", f"{at}.odds.p", "common odds ratio", Md(""), "ratio of")
        return Estimate(f"{at}.cox.hazard_ratio", "ci", f"{at}.cox.p", "hazard ratio", Md(""), "ratio of")

    def margin_subject(self, o: Outcome, t: str) -> Md:
        """What is compared, without an article."""
        if isinstance(o, Score):
            covaried = "adjusted " if o.declared.get("adjust_for") else "baseline-adjusted " if o.first else ""
            return self.paper.at_time(phrase("{}mean {}", covaried, o.short), o, t)
        if isinstance(o, Binary):
            return self.paper.at_time(self.paper.risk_of(o), o, t)
        if isinstance(o, Count):
            return phrase("rate of {} {}", o.noun, self.paper.until(t))
        if isinstance(o, Graded):
            return self.paper.at_time(self.paper.odds_of(o), o, t)
        return phrase("hazard of {}", o.short)

    def interaction_label(self, one: Interaction) -> Md:
        """A row's label: the pair of treatments is named where there are several."""
        of = phrase(" of {}", self.factor_pair(one.pair)) if len(self.factors) > 2 else Md("")
        return phrase("Interaction{} ({})", of, one.estimate.words)

    def factor_interactions(self, o: Outcome, t: str) -> list[Interaction]:
        words = {Score: "difference of differences", Count: "ratio of rate ratios", Survival: "ratio of hazard ratios"}
        out = []
        for pair in combinations(self.factors, 2):
            at = f"{self.margin_stem(o, t)}.factor_interaction.{'.'.join(pair)}"
            if isinstance(o, Score):
                made = Estimate(f"{at}.difference", "ci", f"{at}.p", words[Score], phrase("{}", o.unit))
            else:
                made = Estimate(f"{at}.ratio", "ci", f"{at}.p", words.get(type(o), "ratio of odds ratios"), Md(""))
            out.append(Interaction(pair, made))
        return out

    def margin_covariates(self, o: Score) -> list[Md]:
        """What the means of a score are adjusted for beside the treatments."""
        first = [phrase("the value {}", self.paper.when(o.first))] if o.first else []
        return first + self.paper.adjusted_for(o)

    # ---- cells of tables ------------------------------------------------------------------

    def margin_cells(self, e: Estimate) -> list[Md]:
        """Estimate with interval, and P."""
        return [self.emit.estimate(e.name, e.ends), self.emit.n(e.p)]

    def margin_risks(self, stem: str) -> list[Md]:
        return [
            self.emit.estimate(f"{stem}.risk_difference", "rd_ci"),
            self.emit.estimate(f"{stem}.risk_ratio", "rr_ci"),
            self.emit.n(f"{stem}.p"),
        ]

    def margin_rates(self, stem: str) -> list[Md]:
        """'12 (30.1)' on both sides of a treatment: events and person-years."""
        sides = [f"{stem}.{side}" for side in ("with", "without")]
        return [phrase("{} ({})", self.emit.n(f"{x}.events"), self.emit.n(f"{x}.person_years")) for x in sides]

    # ---- what the paper concludes ----------------------------------------------------------

    def compared(self) -> list[Contrast | Margin]:
        """The comparisons that the conclusion speaks of: those at the margins where there are any."""
        return [Margin(f"factor_{f}", f) for f in self.factors] or [*self.paper.contrasts]

    def first_of(self, c: Contrast | Margin) -> Md:
        return self.factor_name(c.factor) if isinstance(c, Margin) else self.paper.treatment(c.arm)

    def second_of(self, c: Contrast | Margin) -> Md:
        return self.instead(c.factor) if isinstance(c, Margin) else self.paper.treatment(c.reference)

    def concluded(self, c: Contrast | Margin) -> list[Conclusion]:
        """As ``conclusions`` of two groups, for a treatment at the margins."""
        if isinstance(c, Contrast):
            return self.paper.conclusions(c)
        out = []
        for o in self.paper.outcomes:
            if not self.at_margins(o) or not self.margin_times(o):
                continue
            t = self.margin_times(o)[-1]
            e = self.margin_estimate(o, t, c.factor)
            subject = self.margin_subject(o, t) if not isinstance(o, Score) else self._mean(o, t)
            settled = o.confirmatory and not self._shown(o, t)
            out.append(self.paper.conclusion_on(o, e.name, e.ends, e.p, subject, settled))
        if self.paper.harms:
            noun, at = self.emit.declared("adverse_events.noun"), f"harms.any.factor_{c.factor}"
            subject = phrase("recorded incidence of {}s", noun)
            out.append(Conclusion(f"{at}.risk_difference", "rd_ci", f"{at}.p", subject, False, "a ", "adverse_events"))
        return out

    def _shown(self, o: Outcome, t: str) -> bool:
        """Whether an interaction is shown, so that the margins do not speak for themselves."""
        states = [self.paper.claims.state(one.estimate.name) for one in self.factor_interactions(o, t)]
        return any(state in ("above", "below") for state in states)

    def _mean(self, o: Score, t: str) -> Md:
        return self.paper.at_time(phrase("mean {}", o.short), o, t)

    def _last_interactions(self) -> list[tuple[Outcome, Interaction]]:
        """The interactions of each outcome at its last time."""
        return [
            (o, found)
            for o in self.paper.outcomes
            if self.at_margins(o)
            for t in self.margin_times(o)[-1:]
            for found in self.factor_interactions(o, t)
        ]

    def interactions_concluded(self) -> Md:
        """'The interval of the interaction includes none for death (P = 0.4).' Each list of outcomes is one claim."""
        kinds: dict[str, list[tuple[Outcome, Interaction]]] = {"open": [], "shown": [], "unknown": []}
        for o, one in self._last_interactions():
            state = self.paper.claims.state(one.estimate.name)
            kinds["open" if state == "unclear" else "unknown" if state == "not_estimable" else "shown"].append((o, one))
        said = []
        for kind, op, words in (("open", "includes", "include none"), ("shown", "excludes", "exclude its absence")):
            if found := kinds[kind]:
                word = words if len(found) > 1 else words.replace("clude", "cludes")
                limits = [f"{one.estimate.name.rpartition('.')[0]}.ci" for _, one in found]
                every: list[dict[str, Any]] = [
                    {
                        "op": op,
                        "low": f"{at}_low",
                        "high": f"{at}_high",
                        "null": self.paper.claims.null(one.estimate.name),
                    }
                    for at, (_, one) in zip(limits, found, strict=True)
                ]
                name = f"interactions of {', '.join(one.estimate.name for _, one in found)}: {word}"
                claim = self.emit.claim(word, name, every[0] if len(every) == 1 else {"op": "and", "all": every})
                noun = "interval" if len(found) == 1 else "intervals"
                told = joined([self._interaction_name(o, one) for o, one in found])
                end = ", where the single groups have to be compared too" if kind == "shown" else ""
                said.append(phrase("The {} of the interaction {} for {}{}.", noun, claim, told, end))
        for o, one in kinds["unknown"]:
            told = self.paper.claims.not_estimable(one.estimate.name)
            said.append(phrase("The interaction for {} {}.", self._interaction_name(o, one), told))
        return Md(" ".join(said))

    def _interaction_name(self, o: Outcome, one: Interaction) -> Md:
        """'death (P = 0.4)'; with the pair of treatments where there are several."""
        of = phrase(", {}", self.factor_pair(one.pair)) if len(self.factors) > 2 else Md("")
        p = self.emit.p(one.estimate.p) if self.emit.estimable(one.estimate.p) else Md("")
        brackets = phrase(" ({}{})", p, of) if p else of
        return phrase("{}{}", o.name, brackets)

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("emit", "paper", "globals")]
        return {k: getattr(self, k) for k in own}
