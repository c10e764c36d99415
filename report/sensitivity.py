"""What templates say of sensitivity analyses: beside the main estimate of their outcome, with what each assumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from report.context import INDENT, Context, Contrast, joined, phrase
from report.errors import ReportError
from report.kinds import Binary, Count, Graded, Outcome, Score, Skewed, Survival
from report.markdown import Md

FILLED = ("multiple_imputation", "worst_case", "best_case")
"""Methods that fill in missing values."""
_ESTIMATES = (
    ("difference", "ci", "difference in means"),
    ("shift", "shift_ci", "Hodges–Lehmann shift"),
    ("risk_difference", "rd_ci", "risk difference"),
    ("risk_ratio", "ci", "risk ratio"),
    ("odds_ratio", "ci", "odds ratio"),
    ("hazard_ratio", "ci", "hazard ratio"),
    ("ratio", "ci", "ratio"),
)
"""Last part of an estimate's name, the stem of its limits, and what it is called."""
_RATIOS = {"geometric": "ratio of geometric means"}
_LABELS = {"multiple_imputation": "Multiple imputation", "worst_case": "Worst case", "best_case": "Best case"}
_WORDS = {
    "multiple_imputation": "with multiple imputation",
    "worst_case": "in the worst case",
    "best_case": "in the best case",
}
_CHANGES: dict[str, dict[str, str]] = {
    "kind": {"skewed": "by ranks", "continuous": "by means"},
    "adjust_for": {"": "adjusted for {}", "none": "without adjustment{}"},
    "adjusted_by": {"logistic": "by logistic regression", "modified_poisson": "by Poisson regression"},
    "test": {"fisher": "with Fisher's exact test", "chi_square": "with the chi-square test"},
    "interval": {
        "newcombe": "with Newcombe's interval",
        "miettinen_nurminen": "with the interval of Miettinen and Nurminen",
    },
    "scale": {"log": "on the logarithmic scale", "linear": "on the linear scale"},
    "repeated": {
        "unstructured": "by a mixed model for repeated measures",
        "random_intercept": "by a mixed model with a random intercept of the patient",
    },
    "stratify_by": {"": "within strata of {}", "none": "without strata{}"},
}
"""What each key of a changed model is called, by its value."""
_MODELS = {"scores": "analysis of covariance", "binaries": "logistic regression"}
"""What adjusts for variables, by kind of outcome, where it is not named with the main analysis."""
_STRATIFIED = {
    "binaries": " by the Cochran–Mantel–Haenszel test and Mantel–Haenszel estimates",
    "survivals": " by the stratified log-rank test and a stratified Cox model",
}
_CHAINED = {
    "chained_pmm": "numbers by predictive mean matching, events by logistic regression, with the group as a variable",
    "chained_pmm_within": "numbers by predictive mean matching, events by logistic regression, within each group",
    "chained_normal": (
        "numbers by Bayesian linear regression, events by logistic regression, with the group as a variable"
    ),
    "chained_normal_within": "numbers by Bayesian linear regression, events by logistic regression, within each group",
}


@dataclass(frozen=True)
class Compared:
    """An estimate with the stem of its limits, its P, and what it is called."""

    name: str
    stem: str
    p: str
    called: str


@dataclass(frozen=True)
class Again:
    """A sensitivity analysis: its key, and the outcome and time that it is of."""

    key: str
    outcome: Outcome
    time: str
    declared: Mapping[str, Any]

    @property
    def path(self) -> str:
        """Where it stands in study.yml, and what the names of its statistics begin with."""
        return f"sensitivity.{self.key}"


@dataclass(frozen=True)
class Sensitivities:
    """Methods are the templates' functions, through ``globals()``."""

    paper: Context

    def sensitivities(self) -> list[list[Again]]:
        """The analyses by outcome and time, in the order of study.yml."""
        found: dict[tuple[str, str], list[Again]] = {}
        by_id = {o.id: o for o in self.paper.outcomes}
        for key, one in (self.paper.study.get("sensitivity") or {}).items():
            o = by_id[one["outcome"]]
            time = one.get("timepoint") or o.times[-1]
            found.setdefault((o.id, time), []).append(Again(key, o, time, one))
        return list(found.values())

    def filled_used(self) -> bool:
        """Whether an analysis fills in missing values."""
        return any(one.declared["method"] in FILLED for these in self.sensitivities() for one in these)

    # ---- estimates -----------------------------------------------------------------------

    def main_of(self, one: Again, c: Contrast) -> Compared:
        """The main estimate of the outcome."""
        o, stem = one.outcome, f"{one.outcome.id}.{one.time}.{c.id}"
        if isinstance(o, Score):
            main = self.paper.main_estimate(o, one.time, c)
            name, p = main.name, main.p
        elif isinstance(o, Survival):
            name, p = f"{o.id}.{c.id}.cox.hazard_ratio", f"{o.id}.{c.id}.logrank.p"
        else:
            last, p = {
                Skewed: ("ranks.shift", "ranks.p"),
                Count: ("rate.ratio", "rate.p"),
                Binary: ("risk_difference", "p"),
                Graded: ("odds.odds_ratio", "odds.p"),
            }[type(o)]
            name, p = f"{stem}.{last}", f"{stem}.{p}"
        return self._compared(name.rpartition(".")[0], p, o)

    def again_of(self, one: Again, c: Contrast) -> Compared:
        """The estimate of the sensitivity analysis."""
        stem = f"{one.path}.{c.id}"
        return self._compared(stem, f"{stem}.p", one.outcome)

    def _compared(self, stem: str, p: str, o: Outcome) -> Compared:
        emit = self.paper.emit
        found = next((e for e in _ESTIMATES if emit.has(f"{stem}.{e[0]}")), None)
        if found is None:
            words = ", ".join(e[0] for e in _ESTIMATES)
            raise ReportError(f"The results hold no estimate of {stem} ({words}), which the paper needs.")
        last, limits, called = found
        name = f"{stem}.{last}"
        about = emit.results["analyses"][emit.record(name)["analysis"]]
        if last == "ratio":
            called = _RATIOS.get(about["method"], "rate ratio")
        elif isinstance(o, Graded):
            called = "common odds ratio"
        elif about["adjusted_for"]:
            called = f"adjusted {called}"
        return Compared(name, limits, p, called)

    def unit_said(self, found: Compared) -> Md:
        """The unit after an estimate in text, with its blank; nothing after a ratio."""
        record = self.paper.emit.record(found.name)
        if record["unit"] in (None, "ratio"):
            return Md("")
        unit: object = "percentage points" if record["unit"] == "percent" else self._declared_unit(record["outcome"])
        return phrase(" {}", self.paper.unit_of(found.name, unit))

    def _declared_unit(self, outcome: str) -> Md:
        return self.paper.emit.declared(f"outcomes.{outcome}.unit")

    def estimate_said(self, found: Compared) -> Md:
        """'6.2 points (95% CI 1.9 to 10.6; P = 0.006)', or that it could not be estimated."""
        emit = self.paper.emit
        if not emit.estimable(found.name):
            return self.paper.claims.not_estimable(found.name)
        limits = emit.ci(found.name.rpartition(".")[0], found.stem)
        p = phrase("; {}", emit.p(found.p)) if emit.estimable(found.p) else Md("")
        return phrase("{}{} ({}{})", emit.n(found.name), self.unit_said(found), limits, p)

    # ---- words ---------------------------------------------------------------------------

    def of_what(self, one: Again) -> Md:
        """'ADL at 6 months'."""
        o = one.outcome
        if isinstance(o, Count):
            return phrase("{} {}", o.noun, self.paper.until(one.time))
        return o.name if isinstance(o, Survival) else self.paper.at_time(o.short, o, one.time)

    def of_what_head(self, one: Again) -> Md:
        """The same as a row begins with it."""
        o = one.outcome
        label = self.paper.emit.declared(f"outcomes.{o.id}.label")
        if isinstance(o, Survival):
            return label
        return (
            phrase("{} {}", label, self.paper.until(one.time))
            if isinstance(o, Count)
            else self.paper.label_at(o, one.time)
        )

    def nothing_missing(self, one: Again) -> bool:
        """Whether an analysis that fills in missing values found none."""
        emit = self.paper.emit
        return one.declared["method"] in FILLED and not any(
            emit.value(f"{one.path}.{g}.filled") for g in self.paper.arms
        )

    def sensitivity_label(self, one: Again) -> Md:
        """The name of an analysis, as a row begins with it."""
        emit, method = self.paper.emit, one.declared["method"]
        if one.declared.get("label"):
            return emit.declared(f"{one.path}.label", capital=True)
        if method == "population":
            return emit.declared(f"populations.{one.declared['population']}.label", capital=True)
        return self._changes(one, True) if method == "model" else Md(_LABELS[method])

    def sensitivity_words(self, one: Again, capital: bool = False) -> Md:
        """The same as a part of a sentence: 'with multiple imputation', 'by ranks'; ``capital``: at its start."""
        emit, method = self.paper.emit, one.declared["method"]
        if method == "population":
            label = emit.declared(f"populations.{one.declared['population']}.label", lower_first=True)
            said = phrase("In {}" if capital else "in {}", label)
        elif method == "model":
            said = self._changes(one, capital)
        else:
            words = _WORDS[method]
            said = Md(words[0].upper() + words[1:] if capital else words)
        if not one.declared.get("label"):
            return said
        return phrase("{} ({})", said, emit.declared(f"{one.path}.label", lower_first=True))

    def _changes(self, one: Again, capital: bool) -> Md:
        """What a model changes, in words: 'adjusted for age and sex', 'by ranks'."""
        change = {key: value for key, value in one.declared["model"].items() if value is not None}
        said: list[Md] = []
        for key in (key for key in _CHANGES if key in change):
            first = capital and not said
            if isinstance(change[key], list):
                columns = joined([self.paper.column_label(column, lower=True) for column in change[key]])
                words = _CHANGES[key]["" if change[key] else "none"]
                said.append(phrase(words[0].upper() + words[1:] if first else words, columns))
            else:
                words_of = {k: w[0].upper() + w[1:] if first else w for k, w in _CHANGES[key].items()}
                said.append(self.paper.claims.is_(f"{one.path}.model.{key}", words_of))
        return Md(", ".join(said))

    def assumed(self, one: Again) -> Md:
        """What a changed model assumes, in a few words."""
        change = {key for key, value in one.declared["model"].items() if value}
        if "kind" in change:
            skewed = one.declared["model"]["kind"] == "skewed"
            return Md(
                "the Mann–Whitney test and the Hodges–Lehmann shift assume nothing of the shape of the distributions"
                if skewed
                else "the means, compared by Welch's method, are taken to describe the groups"
            )
        if "repeated" in change:
            return Md("values are taken to be missing at random, given the other times")
        if change & {"adjust_for", "adjusted_by"}:
            model = "model" if "adjusted_by" in change else _MODELS.get(one.outcome.section, "model")
            return Md(
                f"the relation with these variables is taken to have the form of the {model}, alike in all groups"
            )
        if "stratify_by" in change:
            methods = _STRATIFIED.get(one.outcome.section, "")
            return Md(f"the comparison{methods} is taken to be alike in all strata")
        if "scale" in change:
            return Md("the ratio comes from Welch's method on the logarithms, which are taken to be about normal")
        return Md("")

    def imputed_from(self, one: Again) -> list[Md]:
        """The variables of an imputation model: 'ADL at baseline', 'age', …"""
        said = []
        outcomes = {o.id: o for o in self.paper.outcomes}
        model = self.paper.emit.results["analyses"].get(f"{one.path}.imputation")
        if model is None:
            raise ReportError(f"There is no analysis '{one.path}.imputation' in the results.")
        for name in model["adjusted_for"]:
            outcome, _, time = name.partition(".")
            if time and outcome in outcomes:
                said.append(self.paper.at_time(outcomes[outcome].short, outcomes[outcome], time))
            else:
                said.append(self.paper.column_label(name, lower=True))
        return said

    def imputed_how(self, one: Again) -> Md:
        """How values were drawn, as the results name it."""
        return self.paper.claims.is_(f"analyses.{one.path}.imputation.method", _CHAINED, where="results")

    def by_method(self, these: list[Again], *methods: str) -> list[Again]:
        return [one for one in these if one.declared["method"] in methods]

    def planned(self, these: list[Again], yes: bool) -> list[Again]:
        return [one for one in these if one.declared["prespecified"] is yes]

    def unplanned_of(self, these: list[Again]) -> Md:
        return self.paper.claims.unplanned([one.path for one in these])

    # ---- the table -----------------------------------------------------------------------

    def sensitivity_rows(self, these: list[Again], c: Contrast, depth: int = 1) -> Md:
        """The rows of one outcome and comparison: the main analysis first."""
        emit, first = self.paper.emit, these[0]
        arms = [c.arm, c.reference] if self.paper.several() else self.paper.arms
        main = [self.paper.analysed(g, first.outcome, first.time) for g in arms]
        n = [emit.n(name) if name else Md("") for name in main]
        rows = [self._row(Md("Main analysis"), n, self.main_of(first, c), depth)]
        for one in these:
            n = [emit.n(f"{one.path}.{g}.n") for g in arms]
            rows.append(self._row(self.sensitivity_label(one), n, self.again_of(one, c), depth))
        return Md("\n".join(rows))

    def _row(self, label: Md, n: list[Md], found: Compared, depth: int) -> Md:
        emit = self.paper.emit
        p = emit.n(found.p) if emit.has(found.p) else Md("")
        called = f"{found.called[:1].upper()}{found.called[1:]}"
        unit = self._unit_head(found)
        said = phrase("{}, {}", called, unit) if unit else Md(called)
        return self.paper.cells(
            phrase("{}{}", Md(INDENT * depth), label), n, said, emit.estimate(found.name, found.stem), p
        )

    def _unit_head(self, found: Compared) -> Md:
        record = self.paper.emit.record(found.name)
        if record["unit"] in (None, "ratio"):
            return Md("")
        return Md("percentage points") if record["unit"] == "percent" else self._declared_unit(record["outcome"])

    def sensitivity_nulls(self) -> bool:
        return any(
            k.startswith("sensitivity.") and r["value"] is None
            for k, r in self.paper.emit.results["statistics"].items()
        )

    def globals(self) -> dict[str, Any]:
        own = [k for k in dir(self) if not k.startswith("_") and k not in ("paper", "globals")]
        return {k: getattr(self, k) for k in own}
