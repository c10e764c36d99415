"""What templates say of margins, strata, geometric means and families of comparisons. Nothing here is computed: the
claims carry predicates that the audit evaluates again from results.json."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from report import numbers
from report.claims import Predicate
from report.context import INDENT, Context, Contrast, joined, phrase
from report.emit import Emitter
from report.kinds import Binary, Outcome, Survival
from report.markdown import Md

FAMILIES = {"holm": "Holm's method", "dunnett": "Dunnett's method"}
_MOST_DECIMALS = 3  # of a margin: they are declared with few, but a ratio's other end (1 / 1.3) has more


@dataclass(frozen=True)
class _Interval:
    """The interval that is held against a margin: the estimate's statistic, its limits, the stem of all, and what they
    are of."""

    stem: str
    statistic: str
    ends: str
    what: Md
    unit: str


@dataclass(frozen=True)
class Designs:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    @property
    def emit(self) -> Emitter:
        return self.paper.emit

    # ---- margins -----------------------------------------------------------------------

    def margins(self) -> list[Outcome]:
        """The outcomes that have a margin in the results."""
        return [o for o in self.paper.outcomes if any(True for _ in self._judged(o))]

    def _judged(self, o: Outcome) -> Iterator[tuple[str, Contrast]]:
        for t in o.times[-1:] if isinstance(o, Survival) else o.times:
            for c in self.paper.contrasts:
                at = f"{self._at(o, t, c)}.margin"
                if self.emit.has(f"{at}.value") or self.emit.has(f"{at}.low"):
                    yield t, c

    def _at(self, o: Outcome, t: str, c: Contrast) -> str:
        """What the names of a comparison begin with; a time to event has no time there."""
        return f"{o.id}.{c.id}" if isinstance(o, Survival) else f"{o.id}.{t}.{c.id}"

    def _interval(self, o: Outcome, t: str, c: Contrast) -> _Interval:
        at, margin = self._at(o, t, c), o.declared["margin"]
        if isinstance(o, Survival):
            return _Interval(f"{at}.cox", "hazard_ratio", "ci", Md("hazard ratio by Cox regression"), "")
        if isinstance(o, Binary):
            kind, ends = ("risk ratio", "rr_ci") if margin["scale"] == "ratio" else ("risk difference", "rd_ci")
            points = "" if margin["scale"] == "ratio" else "percentage points"
            said = Md(f"{kind} by the method of Miettinen and Nurminen")
            return _Interval(f"{at}.score", kind.replace(" ", "_"), ends, said, points)
        if margin["scale"] == "ratio":
            return _Interval(f"{at}.geometric", "ratio", "ci", Md("ratio of geometric means"), "")
        unit = self.emit.declared(f"outcomes.{o.id}.unit")
        if self.emit.has(f"{at}.mixed.difference"):
            what = Md("difference in least-squares means")
            return _Interval(f"{at}.mixed", "difference", "ci", what, unit)
        if self.emit.has(f"{at}.adjusted.difference"):
            return _Interval(f"{at}.adjusted", "difference", "ci", Md("adjusted difference in means"), unit)
        return _Interval(at, "difference", "ci", Md("difference in means"), unit)

    def _number(self, name: str) -> Md:
        """A margin with all the digits that were declared."""
        places = -int(numbers.exact(self.emit.value(name) or 0).normalize().as_tuple().exponent)
        return self.emit.n(name, decimals=min(_MOST_DECIMALS, max(0, places)))

    def _verdict(self, o: Outcome, t: str, c: Contrast) -> tuple[str, Predicate]:
        """'held' where the interval lies on the right side of the margins, 'open' where it does not, with what the
        audit must find true; 'unknown' with the limit that could not be computed."""
        at, interval = f"{self._at(o, t, c)}.margin", self._interval(o, t, c)
        low, high = f"{interval.stem}.{interval.ends}_low", f"{interval.stem}.{interval.ends}_high"
        if self.emit.has(f"{at}.low"):
            asked = [(low, "gt", "le", f"{at}.low"), (high, "lt", "ge", f"{at}.high")]
        elif (o.declared["better"] == "higher") != isinstance(o, Survival):  # longer times are lower hazards
            asked = [(low, "gt", "le", f"{at}.value")]
        else:
            asked = [(high, "lt", "ge", f"{at}.value")]
        found: list[Predicate] = []
        for limit, right, wrong, margin in asked:
            if not self.emit.estimable(limit):
                return "unknown", {"op": "null", "of": limit}
            value, than = float(self.emit.value(limit) or 0), float(self.emit.value(margin) or 0)
            if not (value > than if right == "gt" else value < than):
                return "open", {"op": wrong, "of": limit, "than": than}
            found.append({"op": right, "of": limit, "than": than})
        return "held", found[0] if len(found) == 1 else {"op": "and", "all": found}

    def _better(self, o: Outcome, t: str, c: Contrast) -> Predicate | None:
        """What makes a treatment that is not inferior superior too: the interval excludes no difference, on the better
        side (CPMP 2000, points to consider on switching between superiority and non-inferiority)."""
        interval = self._interval(o, t, c)
        null = self.paper.claims.null(f"{interval.stem}.{interval.statistic}")
        up = (o.declared["better"] == "higher") != isinstance(o, Survival)
        limit = f"{interval.stem}.{interval.ends}_{'low' if up else 'high'}"
        if not self.emit.estimable(limit):
            return None
        value = float(self.emit.value(limit) or 0)
        if not (value > null if up else value < null):
            return None
        return {"op": "gt" if up else "lt", "of": limit, "than": null}

    def _verdict_said(self, o: Outcome, t: str, c: Contrast, first: Md, second: Md) -> Md:
        """'A was non-inferior to B', or that this was not shown, as a claim."""
        state, predicate = self._verdict(o, t, c)
        equal = self.emit.has(f"{self._at(o, t, c)}.margin.low")
        name = f"{self._interval(o, t, c).stem} against its margin: {state}"
        if state == "held":
            word = self.emit.claim("equivalent" if equal else "non-inferior", name, predicate)
            better = None if equal else self._better(o, t, c)
            if better is None:
                return phrase("{} was {} to {}", first, word, second)
            told = f"{self._interval(o, t, c).stem}: its interval excludes no difference, on the better side"
            return phrase("{} was {}, and {}, to {}", first, word, self.emit.claim("superior", told, better), second)
        aim = "equivalence" if equal else "non-inferiority"
        if state == "open":
            said = self.emit.claim(f"{aim} was not shown", name, predicate)
            return phrase("{} for {} in comparison with {}", said, first, second)
        return phrase("{}", self.emit.claim(f"{aim} could not be judged, because a limit is missing", name, predicate))

    def _subject(self, o: Outcome, t: str) -> Md:
        if isinstance(o, Binary):
            return self.paper.at_time(self.paper.risk_of(o), o, t)
        if isinstance(o, Survival):
            return phrase("hazard of {}", o.short)
        return phrase("mean {} {}", o.short, self.paper.when(t))

    def margin_section(self) -> str:
        """The section after whose table that of the margins stands; '' where there is none."""
        sections = [o.section for o in self.margins()]
        return next((section for section in reversed(self.paper.sections) if section in sections), "")

    def margin_rows(self, o: Outcome) -> Md:
        """The rows of an outcome in the table of margins: what is compared, then a row for each comparison."""
        lines, before = [], ""
        for t, c in self._judged(o):
            at, interval = self._at(o, t, c), self._interval(o, t, c)
            if t != before:
                what = phrase("{}, {}", interval.what, interval.unit) if interval.unit else interval.what
                label = self.emit.declared(f"outcomes.{o.id}.label")
                lines.append(phrase("{}: {}", label if isinstance(o, Survival) else self.paper.label_at(o, t), what))
                before = t
            both = self.emit.has(f"{at}.margin.low")
            margin = joined([self._number(f"{at}.margin.{end}") for end in (("low", "high") if both else ("value",))])
            p = f"{at}.{'equivalence' if both else 'noninferiority'}.p"
            cells = [
                phrase(
                    "{}{} compared with {}", INDENT, self.paper.group_short(c.arm), self.paper.group_short(c.reference)
                ),
                self.emit.estimate(f"{interval.stem}.{interval.statistic}", interval.ends),
                margin,
                self.emit.n(p) if self.emit.has(p) else Md(""),
                self._verdict_cell(o, t, c),
            ]
            lines.append(self.paper.cells(cells))
        return Md("\n".join(lines))

    def _verdict_cell(self, o: Outcome, t: str, c: Contrast) -> Md:
        state, predicate = self._verdict(o, t, c)
        aim = "equivalent" if self.emit.has(f"{self._at(o, t, c)}.margin.low") else "non-inferior"
        if state == "unknown":
            return self.emit.n(str(predicate["of"]))
        word = aim if state == "held" else "not shown"
        return self.emit.claim(word, f"{self._interval(o, t, c).stem} against its margin: {state}", predicate)

    def margin_sentence(self, o: Outcome, t: str, c: Contrast) -> Md:
        """Interval, margin, one-sided P and verdict; nothing where the outcome has no margin at this time."""
        if (t, c) not in list(self._judged(o)):
            return Md("")
        at, interval = self._at(o, t, c), self._interval(o, t, c)
        equal = self.emit.has(f"{at}.margin.low")
        unit = phrase(" {}", interval.unit) if interval.unit else Md("")
        verdict = self._verdict_said(o, t, c, self.paper.group(c.arm), self.paper.group(c.reference))
        p = f"{at}.{'equivalence' if equal else 'noninferiority'}.p"
        tested = phrase(" (one-sided {})", self.emit.p(p)) if self.emit.estimable(p) else Md("")
        if self.paper.crowded():
            return phrase("By the margin, {}{}.", verdict, tested)
        limits = self.emit.ci(interval.stem, interval.ends)
        subject = self.paper.at_time(o.name if isinstance(o, Binary) else o.short, o, t)
        subject = o.short if isinstance(o, Survival) else subject
        ends = [self._number(f"{at}.margin.{end}") for end in (("low", "high") if equal else ("value",))]
        margin = phrase("the margins of {} and {}{}" if equal else "the margin of {}{}", *ends, unit)
        start = phrase(
            "The interval ({}{}) of the {} for {} was held against {}", limits, unit, interval.what, subject, margin
        )
        return phrase("{}: {}{}.", start, verdict, tested)

    def margin_conclusions(self, c: Contrast) -> list[Md]:
        """The verdicts in a sentence each, of the last time of each outcome with a margin."""
        said = []
        for o in self.margins():
            t = [time for time, other in self._judged(o) if other == c][-1]
            verdict = self._verdict_said(o, t, c, self.paper.treatment(c.arm), self.paper.treatment(c.reference))
            said.append(phrase("By the declared margin for the {}, {}.", self._subject(o, t), verdict))
        return said

    # ---- strata, geometric means, families ----------------------------------------------

    def strata(self, o: Outcome) -> list[Md]:
        return [self.paper.column_label(column, lower=True) for column in o.declared.get("stratify_by") or []]

    def stratified_sentence(self, o: Outcome, t: str, c: Contrast) -> Md:
        """The comparison within strata; ``t`` is not used of a time to event."""
        if not o.declared.get("stratify_by"):
            return Md("")
        emit = self.emit
        at = f"{o.id}.{c.id}" if isinstance(o, Survival) else f"{o.id}.{t}.{c.id}"
        wanted = [("hazard_ratio", "ci", "hazard ratio", "")] if isinstance(o, Survival) else [
            ("risk_difference", "rd_ci", "common risk difference", " percentage points"),
            ("risk_ratio", "rr_ci", "common risk ratio", ""),
            ("odds_ratio", "or_ci", "common odds ratio", ""),
        ]  # fmt: skip
        told = []
        for noun, ends, words, unit in wanted:
            name = f"{at}.stratified.{noun}"
            if emit.estimable(name, f"{at}.stratified.{ends}_low", f"{at}.stratified.{ends}_high"):
                interval = emit.ci(f"{at}.stratified", ends)
                told.append(phrase("the {} was {}{} ({})", words, emit.n(name), unit, interval))
            else:
                told.append(phrase("the {} {}", words, self.paper.claims.not_estimable(name)))
        p = f"{at}.stratified_logrank.p" if isinstance(o, Survival) else f"{at}.stratified.p"
        test = "stratified log-rank" if isinstance(o, Survival) else "Cochran–Mantel–Haenszel"
        tested = phrase("; the {} test gave {}", test, emit.p(p)) if emit.estimable(p) else Md("")
        within = phrase("Within strata of {}, {}{}.", joined(self.strata(o)), joined(told), tested)
        return Md(" ".join(filter(None, [within, self._adjusted_within(o, at)])))

    def _adjusted_within(self, o: Outcome, at: str) -> Md:
        """The hazard ratio with covariates and strata, where there is one."""
        name = f"{at}.stratified_adjusted.hazard_ratio"
        if not self.emit.has(name):
            return Md("")
        said = phrase(
            "With adjustment for {} within these strata, the hazard ratio", joined(self.paper.adjusted_for(o))
        )
        if not self.emit.estimable(name):
            return phrase("{} {}.", said, self.paper.claims.not_estimable(name))
        interval, p = self.emit.ci(name.rpartition(".")[0], "ci"), f"{at}.stratified_adjusted.p"
        return phrase("{} was {} ({}; {}).", said, self.emit.n(name), interval, self.emit.p(p))

    def geometric_sentence(self, o: Outcome, t: str, c: Contrast) -> Md:
        at = f"{o.id}.{t}.{c.id}.geometric"
        if not self.emit.has(f"{at}.ratio"):
            return Md("")
        if not self.emit.estimable(f"{at}.ratio", f"{at}.ci_low", f"{at}.ci_high", f"{at}.p"):
            return phrase("The ratio of geometric means {}.", self.paper.claims.not_estimable(f"{at}.ratio"))
        return phrase(
            "The ratio of geometric means, {} over {}, was {} ({}; {}).",
            self.paper.group(c.arm),
            self.paper.group(c.reference),
            self.emit.n(f"{at}.ratio"),
            self.emit.ci(at),
            self.emit.p(f"{at}.p"),
        )

    def several_sentence(self, o: Outcome, t: str) -> Md:
        """The test of all groups, and how the P values were adjusted for the number of comparisons."""
        emit, paper = self.emit, self.paper
        at = o.id if isinstance(o, Survival) else f"{o.id}.{t}"
        said = []
        if emit.estimable(f"{at}.global.p"):
            path = f"analyses.{at}.global.label"
            label = emit.literal(str(emit.results["analyses"][f"{at}.global"]["label"]), "constant", path)
            said.append(phrase("The test of all groups ({}) gave {}.", label, emit.p(f"{at}.global.p")))
        named = [f"{at}.{c.id}.multiplicity.p" for c in paper.contrasts]
        told = [p for p in named if emit.estimable(p)]
        if told:
            method = paper.claims.is_(f"analyses.{at}.multiplicity.method", FAMILIES, where="results")
            simultaneous = emit.has(told[0].removesuffix("p") + "difference")
            rest = "the simultaneous intervals are too" if simultaneous else "the intervals are not adjusted"
            said.append(
                phrase(
                    "The multiplicity-adjusted *P* {} by {} for the number of comparisons with {}; {}.",
                    "value is" if len(told) == 1 else "values are",
                    method,
                    paper.group(paper.contrasts[0].reference),
                    rest,
                )
            )
        return Md(" ".join(said))

    def _analyses(self, part: str) -> list[tuple[Outcome, str]]:
        """Outcomes with the names of their analyses that end with ``part``, in order."""
        analyses = self.emit.results["analyses"]
        return [
            (o, name)
            for o in self.paper.outcomes
            for name in (f"{o.id}.{part}", *(f"{o.id}.{t}.{part}" for t in o.times))
            if name in analyses
        ]

    def global_tests_said(self) -> Md:
        """The tests of all groups whose P values are given, with their outcomes."""
        found: dict[str, tuple[str, dict[str, Md]]] = {}
        for o, name in self._analyses("global"):
            if self.emit.estimable(f"{name}.p"):
                label = str(self.emit.results["analyses"][name]["label"])
                found.setdefault(label, (name, {}))[1].setdefault(o.id, o.name)
        said = [
            phrase(
                "{}{} for {}",
                "" if "'s " in label else "the ",
                self.emit.literal(label, "constant", f"analyses.{name}.label"),
                joined(outcomes.values()),
            )
            for label, (name, outcomes) in found.items()
        ]
        return phrase("All groups together were compared by {}.", joined(said, apart=True)) if said else Md("")

    def families_said(self) -> Md:
        """The methods by which P values are adjusted for the number of comparisons, with their outcomes."""
        found: dict[str, tuple[str, dict[str, Md]]] = {}
        for o, name in self._analyses("multiplicity"):
            method = str(self.emit.results["analyses"][name]["method"])
            found.setdefault(method, (name, {}))[1].setdefault(o.id, o.name)
        said = [
            phrase("{} for {}", self.paper.claims.is_(f"analyses.{name}.method", FAMILIES, where="results"), joined(of))
            for name, of in ((name, outcomes.values()) for name, outcomes in found.values())
        ]
        if not said:
            return Md("")
        return phrase(
            "The comparisons of an outcome at one time with {} are a family; their *P* values were adjusted by {}.",
            self.paper.group(self.paper.study["reference_arm"]),
            joined(said, apart=True),
        )

    def rmst_used(self) -> bool:
        """Whether a restricted mean time is given."""
        return any(self.emit.estimable(f"{o.id}.{g}.rmst.mean") for o in self.paper.survivals for g in self.paper.arms)

    def scored_subgroups(self) -> bool:
        """Whether a risk ratio of a subgroup has a score interval, since a group had no event."""
        analyses = self.emit.results["analyses"].items()
        return any(".by_" in name and about["method"] == "score" for name, about in analyses)

    def margin_binaries(self) -> list[Outcome]:
        """The binary outcomes that are compared against a margin."""
        return [o for o in self.margins() if o.section == "binaries"]

    def covaried(self) -> list[Outcome]:
        """Scores whose analysis of covariance adjusts for columns that study.yml names."""
        return [o for o in self.paper.scores if o.declared.get("adjust_for") and not o.declared.get("repeated")]

    def logged(self) -> list[Outcome]:
        """Scores whose geometric means are compared too."""
        return [o for o in self.paper.scores if o.declared.get("scale") == "log"]

    def stratified(self) -> list[Outcome]:
        return [o for o in self.paper.outcomes if o.declared.get("stratify_by")]

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("emit", "paper", "globals")]
        return {k: getattr(self, k) for k in own}
