"""Factorial trials: each treatment at the margins, all patients with it against all without, and the interactions.

Every comparison is adjusted for the other treatments; an interaction is the product of two treatments in the model of
all of them. The comparisons of single arms ("inside the table") are those of the other modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.context import DAYS_PER_YEAR, Context, Floats, values
from analysis.continuous import arrays_of
from analysis.counts import EVERYBODY, events_by_patient
from analysis.describing import Record, percent, sizes
from analysis.graded import levels_of
from analysis.risks import covariates, event_of
from analysis.stats import NO_DATA, Problem, Value, parts
from analysis.stats.cox import Cox, cox
from analysis.stats.factorial import RateFit, rate_model
from analysis.stats.linear import adjusted_differences
from analysis.stats.means import describe
from analysis.stats.odds import no_odds
from analysis.stats.proportional_odds import proportional_odds
from analysis.stats.rates import poisson_rate
from analysis.stats.regression import Fit, Ratio, logistic, ratio_of
from analysis.stats.stratified import mantel_haenszel
from analysis.survival import times_of

Ints = NDArray[np.int64]
Ratios = Callable[[Floats], list[Ratio]]
"""Ratios of the columns of a design, from the model of an outcome."""

SIDES = {"with": 1, "without": 0}
MARGINS = "All patients with a treatment against all without it, adjusted for the other treatments."
PRODUCT = "The product of two treatments, in the model of all treatments."
_RATE_LABEL = {
    "negative_binomial": "negative binomial regression",
    "poisson_robust": "Poisson regression with robust standard errors",
}
_LIMITS = {"wald": "wald", "negative_binomial": "wald", "poisson_robust": "wald_robust"}


@dataclass(frozen=True)
class Table:
    """The patients of a population by arm, in order of the arms, and which treatments each has."""

    context: Context
    population: str

    @cached_property
    def groups(self) -> dict[str, pd.Index[Any]]:
        return self.context.by_arm(self.population)

    @property
    def factors(self) -> list[str]:
        return list(self.context.study.design.factors)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return list(combinations(self.factors, 2))

    @cached_property
    def columns(self) -> Floats:
        """1 with the treatment and 0 without: a row a patient, a column a factor."""
        declared = self.context.study.design.factors.values()
        rows = [[float(arm in factor.arms) for factor in declared] for arm in self.groups]
        return np.repeat(np.array(rows), [len(one) for one in self.groups.values()], axis=0)

    @cached_property
    def arm(self) -> Ints:
        """Number of each patient's arm."""
        return np.repeat(np.arange(len(self.groups)), [len(one) for one in self.groups.values()])

    def has(self, factor: str) -> Floats:
        return np.asarray(self.columns[:, self.factors.index(factor)], dtype=np.float64)

    def others(self, factor: str) -> Floats:
        return np.delete(self.columns, self.factors.index(factor), axis=1)

    def product(self, pair: tuple[str, str]) -> Floats:
        return self.has(pair[0]) * self.has(pair[1])

    def counts(self, used: NDArray[np.bool_]) -> dict[str, int]:
        """Patients by arm."""
        found = np.bincount(self.arm[used], minlength=len(self.groups))
        return {arm: int(n) for arm, n in zip(self.groups, found, strict=True)}

    def sides(self, used: NDArray[np.bool_]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """(`factor_F.with` or `factor_F.without`, which patients) of each treatment."""
        for factor in self.factors:
            for side, code in SIDES.items():
                yield f"factor_{factor}.{side}", used & (self.has(factor) == code)


def factorial(context: Context) -> None:
    """All statistics at the margins: `design.factor_F.levels`, `O.T.factor_F.*` and `O.T.factor_interaction.F.G.*` of
    every outcome but skewed ones (`O.factor_F.cox.*` of a time to event), and `harms.any.factor_F.*`.

    Nothing in a trial that is not factorial.
    """
    study = context.study
    if study.design.type != "factorial":
        return
    for factor in study.design.factors:
        context.out.put(f"design.factor_{factor}.levels", len(SIDES), statistic="n", unit="levels", analysis="flow")
    kinds: dict[str, Callable[[Context, str, Table, str], None]] = {
        "continuous": _score,
        "ordinal": _score,
        "count": _count,
        "binary": _binary,
        "graded": _graded,
    }
    for key, outcome in study.outcomes.items():
        table = Table(context, study.population_of(outcome.population))
        if outcome.kind == "time_to_event":
            _time_to_event(context, key, table)
            continue
        for time in outcome.timepoints if outcome.kind in kinds else ():
            kinds[outcome.kind](context, key, table, time)
    _harms(context)


def _recorder(context: Context, key: str, table: Table, time: str | None, n: Mapping[str, int]) -> Record:
    outcome = context.study.outcomes[key]

    def record(name: str, method: str, label: str, **more: Any) -> str:
        about: dict[str, Any] = {
            "population": table.population,
            "outcome": key,
            "time": time,
            "role": outcome.role,
            "prespecified": outcome.prespecified,
            "n_analysed": n,
            "n_available": sizes(table.groups),
            "note": MARGINS,
        }
        return context.out.analysis(name, method=method, label=label, **{**about, **more})

    return record


def _put(context: Context, stem: str, found: Mapping[str, Value], unit: str | None, name: str) -> None:
    """`<stem>.<part>` of each part; `unit` is that of the estimate and its limits."""
    for part, value in found.items():
        plain = part in ("statistic", "df", "p", "proportional_p", "dispersion")
        statistic = {"proportional_p": "p", "of": "n"}.get(part, part)
        context.out.put(f"{stem}.{part}", value, statistic=statistic, unit=None if plain else unit, analysis=name)


def _put_ratio(context: Context, stem: str, noun: str, ratio: Ratio, name: str, **more: Value) -> None:
    """`<stem>.{<noun>,ci_low,ci_high,statistic,p}` and what else there is."""
    found = {noun: ratio.estimate, "ci_low": ratio.ci_low, "ci_high": ratio.ci_high}
    _put(context, stem, {**found, "statistic": ratio.statistic, "p": ratio.p, **more}, "ratio", name)


def _ratios_of(fit: Fit | Problem, columns: int, level: float) -> list[Ratio]:
    return [ratio_of(fit, i, level) for i in range(columns)]


def _put_interactions(
    context: Context,
    stem: str,
    table: Table,
    used: NDArray[np.bool_],
    model: Ratios,
    record: Record,
    about: tuple[str, str],
) -> None:
    """`<stem>.factor_interaction.F.G.{ratio,ci_low,ci_high,statistic,p}`: the ratio of two ratios, with one treatment
    over without the other.

    Args:
        model: gives the ratios of columns.
        about: method and label of the model.
    """
    for pair in table.pairs:
        name = record(
            f"{stem}.factorial.{'.'.join(pair)}.interaction", *about, ci_method=_LIMITS["wald"], null=1, note=PRODUCT
        )
        ratio = model(np.column_stack([table.columns, table.product(pair)])[used])[-1]
        _put_ratio(context, f"{stem}.factor_interaction.{'.'.join(pair)}", "ratio", ratio, name)


# Scores ---------------------------------------------------------------------------------------------------------


def _score(context: Context, key: str, table: Table, time: str) -> None:
    """`O.T.factor_F.{difference,se,ci_low,ci_high,statistic,df,p}` by least squares on all treatments, the value
    before and the columns of `adjust_for`, where there are any; `O.T.factor_F.{with,without}.{n,mean,sd}`.

    R: `lm(y ~ a + b + baseline)`, and `lm(y ~ a * b + baseline)` for the interaction.
    """
    study = context.study
    outcome, first = study.outcomes[key], study.first_timepoint
    if time == first and len(outcome.timepoints) > 1:
        return
    stem, unit = f"{key}.{time}", outcome.unit
    y = np.concatenate(list(arrays_of(context, key, time).values()))
    more = np.concatenate([covariates(context, outcome.adjust_for, one) for one in table.groups.values()])
    before = first in outcome.timepoints and time != first
    if before:
        more = np.column_stack([np.concatenate(list(arrays_of(context, key, first).values())), more])
    seen = ~np.isnan(y)
    used = seen & ~np.isnan(more).any(axis=1)
    record = _recorder(context, key, table, time, table.counts(used))
    name = record(f"{stem}.factorial.summary", "summary", "summary", role="descriptive", n_analysed=table.counts(seen))
    for side, who in table.sides(seen):
        described = describe(y[who])
        _put(context, f"{stem}.{side}", {"n": described.n}, "patients", name)
        _put(context, f"{stem}.{side}", {"mean": described.mean, "sd": described.sd}, unit, name)
    adjusted = [*([f"{key}.{first}"] if before else []), *outcome.adjust_for]
    about: dict[str, Any] = {"adjusted_for": adjusted, "ci_method": "t", "null": 0}
    label = "least squares with all treatments"

    def difference(column: Floats, others: Floats) -> dict[str, Value]:
        table_of_others = np.column_stack([others, more])[used]
        return parts(adjusted_differences(y[used], column[used].astype(int), 2, table_of_others, context.level)[0])

    name = record(f"{stem}.factorial", "linear", label, **about)
    for factor in table.factors:
        _put(context, f"{stem}.factor_{factor}", difference(table.has(factor), table.others(factor)), unit, name)
    for pair in table.pairs:
        at = ".".join(pair)
        name = record(f"{stem}.factorial.{at}.interaction", "linear", label, **about, note=PRODUCT)
        found = difference(table.product(pair), table.columns)
        _put(context, f"{stem}.factor_interaction.{at}", found, unit, name)


# Events ---------------------------------------------------------------------------------------------------------


def _put_risks(context: Context, stem: str, table: Table, y: Floats, record: Record) -> None:
    """`<stem>.factor_F.{with,without}.{n,of,percent}`, the common risk difference, risk ratio and odds ratio over the
    strata that the other treatments make (Mantel–Haenszel), and the Cochran–Mantel–Haenszel test as
    `<stem>.factor_F.{statistic,p}`. R: `mantelhaen.test(table(a, event, b), correct = FALSE)`."""
    out, used = context.out, ~np.isnan(y)
    name = record(f"{stem}.factorial.summary", "count", "patients with the event", role="descriptive")
    for side, who in table.sides(used):
        at = f"{stem}.{side}"
        _put(context, at, {"n": int(y[who].sum()), "of": int(who.sum())}, "patients", name)
        out.percent(f"{at}.percent", f"{at}.n", f"{at}.of", analysis=name)
    found = {factor: mantel_haenszel(*_strata(table, factor, y, used), context.level) for factor in table.factors}
    test = record(f"{stem}.factorial.test", "cochran_mantel_haenszel", "Cochran–Mantel–Haenszel test", null=1)
    for factor, one in found.items():
        _put(context, f"{stem}.factor_{factor}", {"statistic": one.test.statistic, "p": one.test.p}, None, test)
    for noun, prefix, label, null in (
        ("risk_difference", "rd", "common difference of proportions", 0),
        ("risk_ratio", "rr", "common ratio of proportions", 1),
        ("odds_ratio", "or", "common ratio of odds", 1),
    ):
        name = record(f"{stem}.factorial.{noun}", "mantel_haenszel", label, ci_method="mantel_haenszel", null=null)
        for factor, one in found.items():
            pooled = getattr(one, noun)
            for part, value, statistic in (
                (noun, pooled.estimate, noun),
                (f"{prefix}_ci_low", pooled.ci_low, "ci_low"),
                (f"{prefix}_ci_high", pooled.ci_high, "ci_high"),
            ):
                out.put(
                    f"{stem}.factor_{factor}.{part}",
                    value if null else percent(value),
                    statistic=statistic,
                    unit="ratio" if null else "percent",
                    analysis=name,
                )


def _strata(table: Table, factor: str, y: Floats, used: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats, Floats]:
    """Events and patients with and without a treatment, in each combination of the others."""
    others = table.others(factor)
    code = (others @ 2 ** np.arange(others.shape[1])).astype(np.int64)

    def counted(side: int) -> tuple[Floats, Floats]:
        who = used & (table.has(factor) == side)
        patients = np.bincount(code[who], minlength=2 ** others.shape[1])
        events = np.bincount(code[who], weights=y[who], minlength=patients.size)
        return events.astype(np.float64), patients.astype(np.float64)

    return *counted(SIDES["with"]), *counted(SIDES["without"])


def _binary(context: Context, key: str, table: Table, time: str) -> None:
    """As `_put_risks`; the interaction is the ratio of two odds ratios, by logistic regression."""
    series = event_of(context, key, time)
    y = np.concatenate([values(series, patients) for patients in table.groups.values()])
    used = ~np.isnan(y)
    record = _recorder(context, key, table, time, table.counts(used))
    _put_risks(context, f"{key}.{time}", table, y, record)

    def model(columns: Floats) -> list[Ratio]:
        fit = no_odds(y[used]) or logistic(y[used], np.column_stack([np.ones(len(columns)), columns]))
        return _ratios_of(fit, 1 + columns.shape[1], context.level)[1:]

    about = ("logistic", "logistic regression with all treatments")
    _put_interactions(context, f"{key}.{time}", table, used, model, record, about)


def _harms(context: Context) -> None:
    """`harms.any.factor_F.*` as of a binary outcome, without an interaction."""
    study = context.study
    chosen = study.adverse_events
    if chosen is None:
        return
    table = Table(context, study.population_of(chosen.denominator))
    who = context.data.frames[chosen.file][str(study.files[chosen.file].role("patient"))]
    y = np.concatenate([members.isin(who).astype(float) for members in table.groups.values()])
    n = sizes(table.groups)

    def record(name: str, method: str, label: str, **more: Any) -> str:
        about: dict[str, Any] = {"role": "harms", "prespecified": chosen.prespecified, "note": MARGINS}
        return context.out.analysis(
            name, method=method, label=label, population=table.population, n_analysed=n, n_available=n,
            **{**about, **more},
        )  # fmt: skip

    _put_risks(context, "harms.any", table, y, record)


# Rates ----------------------------------------------------------------------------------------------------------


def _count(context: Context, key: str, table: Table, time: str) -> None:
    """`O.T.factor_F.rate.{ratio,ci_low,ci_high,statistic,p,dispersion}` by one model of all treatments, and
    `O.T.factor_F.{with,without}.{events,person_years,rate,rate_ci_low,rate_ci_high}`; everybody's person-time counts.
    """
    study, out, stem = context.study, context.out, f"{key}.{time}"
    outcome, window = study.outcomes[key], int(study.timepoints[time].window_days or 0)
    number = events_by_patient(context, str(outcome.file), window)
    days = context.followup_days
    followed = pd.Series(0.0, index=context.people.index) if days is None else days.astype(float)
    events, years = (
        np.concatenate([values(series, patients) for patients in table.groups.values()])
        for series in (number, followed.clip(upper=window) / DAYS_PER_YEAR)
    )
    used = years > 0
    record = _recorder(context, key, table, time, table.counts(used))
    name = record(
        f"{stem}.factorial.summary", "poisson_exact", "rate with exact Poisson interval",
        role="descriptive", ci_method="exact", note=EVERYBODY,
    )  # fmt: skip
    for side, who in table.sides(used):
        at, total, person = f"{stem}.{side}", int(events[who].sum()), float(years[who].sum())
        out.put(f"{at}.events", total, statistic="events", unit=outcome.unit, analysis=name)
        out.put(f"{at}.person_years", person, statistic="person_years", unit="years", analysis=name)
        for part, value in parts(poisson_rate(total, person, context.level)).items():
            made_of = {"numerator": f"{at}.events", "denominator": f"{at}.person_years"} if part == "rate" else {}
            last = part if part == "rate" else f"rate_{part}"
            out.put(f"{at}.{last}", value, statistic=part, unit="per person-year", analysis=name, **made_of)

    def model(columns: Floats) -> RateFit:
        if not used.any():
            return RateFit("negative_binomial", NO_DATA, NO_DATA)
        return rate_model(events[used], years[used], columns[used])

    def recorded(name: str, found: RateFit, note: str) -> str:
        return record(
            name, found.method, f"{_RATE_LABEL[found.method]} with all treatments", ci_method=_LIMITS[found.method],
            null=1, note=note, warnings=found.warnings,
        )  # fmt: skip

    found = model(table.columns)
    name = recorded(f"{stem}.factorial", found, MARGINS)
    for i, factor in enumerate(table.factors):
        ratio = ratio_of(found.fit, i, context.level)
        _put_ratio(context, f"{stem}.factor_{factor}.rate", "ratio", ratio, name, dispersion=found.dispersion)
    for pair in table.pairs:
        at = ".".join(pair)
        found = model(np.column_stack([table.columns, table.product(pair)]))
        name = recorded(f"{stem}.factorial.{at}.interaction", found, PRODUCT)
        ratio = ratio_of(found.fit, len(table.factors), context.level)
        _put_ratio(context, f"{stem}.factor_interaction.{at}", "ratio", ratio, name)


# Grades ---------------------------------------------------------------------------------------------------------


def _graded(context: Context, key: str, table: Table, time: str) -> None:
    """`O.T.factor_F.odds.{odds_ratio,ci_low,ci_high,statistic,p}` by proportional odds of all treatments, and
    `O.T.factor_F.{with,without}.n`. R: `MASS::polr(y ~ a + b)`."""
    stem = f"{key}.{time}"
    number = {level: float(i) for i, level in enumerate(levels_of(context, key))}
    series = context.scores(str(context.study.outcomes[key].column), time).map(number)
    y = np.concatenate([values(series, patients) for patients in table.groups.values()])
    used = ~np.isnan(y)
    record = _recorder(context, key, table, time, table.counts(used))
    name = record(f"{stem}.factorial.summary", "count", "patients", role="descriptive")
    for side, who in table.sides(used):
        _put(context, f"{stem}.{side}", {"n": int(who.sum())}, "patients", name)

    def model(columns: Floats) -> list[Ratio]:
        fit = proportional_odds(y[used].astype(np.int64), columns)
        return _ratios_of(fit, columns.shape[1], context.level)

    about = ("proportional_odds", "proportional odds model with all treatments")
    name = record(f"{stem}.factorial", *about, ci_method="wald", null=1)
    for factor, ratio in zip(table.factors, model(table.columns[used]), strict=True):
        _put_ratio(context, f"{stem}.factor_{factor}.odds", "odds_ratio", ratio, name)
    _put_interactions(context, stem, table, used, model, record, about)


# Times to events ------------------------------------------------------------------------------------------------


def _time_to_event(context: Context, key: str, table: Table) -> None:
    """`O.factor_F.cox.{hazard_ratio,ci_low,ci_high,statistic,p,proportional_p}` by Cox regression on all treatments,
    and `O.factor_F.{with,without}.{n,events}`. R: `coxph(Surv(time, event) ~ a + b)`, `cox.zph(terms = FALSE)`."""
    every = times_of(context, key)
    time, event = (np.concatenate([one[i] for one in every.values()]) for i in (0, 1))
    used = ~np.isnan(time)
    record = _recorder(context, key, table, None, table.counts(used))
    name = record(f"{key}.factorial.summary", "count", "patients with the event", role="descriptive")
    for side, who in table.sides(used):
        _put(context, f"{key}.{side}", {"n": int(who.sum()), "events": int(event[who].sum())}, "patients", name)
    found = cox(time[used], event[used], table.columns[used])
    about = ("cox", "Cox regression with all treatments")
    name = record(f"{key}.factorial", *about, ci_method="wald", null=1)
    for i, factor in enumerate(table.factors):
        ratio = ratio_of(found.fit if isinstance(found, Cox) else found, i, context.level)
        proportional = found.proportional[i].p if isinstance(found, Cox) else found
        _put_ratio(context, f"{key}.factor_{factor}.cox", "hazard_ratio", ratio, name, proportional_p=proportional)

    def model(columns: Floats) -> list[Ratio]:
        fit = cox(time[used], event[used], columns)
        return _ratios_of(fit.fit if isinstance(fit, Cox) else fit, columns.shape[1], context.level)

    _put_interactions(context, key, table, used, model, record, about)
