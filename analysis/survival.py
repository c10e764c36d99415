"""Time to an event: survival in each arm with its curve, and hazards and restricted means compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.context import Context, Floats, values
from analysis.describing import percent, sizes
from analysis.graded import PAIRS
from analysis.margins import put_hazard_margin
from analysis.risks import arm_codes, covariates, is_event, put_ratio
from analysis.several import put_family, put_global, several_arms
from analysis.stats import NO_DATA, Problem, Value
from analysis.stats.cox import Cox, cox
from analysis.stats.likelihood import dummies, independent
from analysis.stats.proportions import Test
from analysis.stats.regression import Ratio, ratio_of
from analysis.stats.survival import (
    Curve,
    kaplan_meier,
    log_rank,
    median,
    restricted_difference,
    restricted_mean,
    survival_at,
)
from analysis.strata import strata_of

Times = dict[str, tuple[Floats, Floats]]

MOST_STEPS = 1000
"""A curve is kept for its figure, in which more steps than these cannot be told apart; the analyses use all."""


def times_of(context: Context, key: str) -> Times:
    """Time and event (1 or 0) of each patient by arm; both NaN where either is missing."""
    outcome = context.study.outcomes[key]
    groups = context.by_arm(context.study.population_of(outcome.population))
    name = str(outcome.event_column).partition(".")[2]
    event = is_event(context.people[name], outcome.event or [])
    time = context.people[str(outcome.column).partition(".")[2]] + 0 * event
    event = event + 0 * time
    return {arm: (values(time, patients), values(event, patients)) for arm, patients in groups.items()}


def known(times: Times) -> Times:
    """The patients whose time is known."""
    return {arm: (time[~np.isnan(time)], event[~np.isnan(time)]) for arm, (time, event) in times.items()}


def time_to_event(context: Context, key: str) -> None:
    """All statistics of a time-to-event outcome: `O.G.*`, `O.T.G.*`, `O.C.{logrank,cox,adjusted,rmst}.*`."""
    study, out = context.study, context.out
    outcome = study.outcomes[key]
    population = study.population_of(outcome.population)
    groups = context.by_arm(population)
    every = times_of(context, key)
    times = known(every)
    n = {arm: time.size for arm, (time, _) in times.items()}

    def record(name: str, method: str, label: str, time: str | None = None, **more: Any) -> str:
        return out.analysis(
            name,
            method=method,
            label=label,
            population=population,
            outcome=key,
            time=time,
            prespecified=outcome.prespecified,
            n_available=sizes(groups),
            **{"role": "descriptive" if method == "kaplan_meier" else outcome.role, "n_analysed": n, **more},
        )

    curves = {arm: kaplan_meier(*one, context.level) for arm, one in times.items()}
    name = record(f"{key}.km", "kaplan_meier", "Kaplan–Meier estimate", ci_method="log-log")
    _put_totals(context, key, name, every)
    for arm, curve in curves.items():
        middle = median(curve)
        limits = (middle.ci_low, middle.ci_high)
        _put(context, f"{key}.{arm}.median", middle.estimate, limits, "median", outcome.unit, name, arm)
        if isinstance(curve, Curve):
            time, event = times[arm]
            out.curves[f"{key}.{arm}"] = _steps(curve)
            out.censoring[f"{key}.{arm}"] = _ends(time[event == 0])
    for point in outcome.timepoints:
        label = "Kaplan–Meier estimate at a time"
        name = record(f"{key}.{point}.km", "kaplan_meier", label, point, ci_method="log-log")
        at = float(study.timepoints[point].at or 0)
        for arm, curve in curves.items():
            stem = f"{key}.{point}.{arm}"
            left = int((times[arm][0] >= at).sum())
            out.put(f"{stem}.at_risk", left, statistic="at_risk", unit="patients", analysis=name, group=arm)
            found = survival_at(curve, at)
            limits = (percent(found.ci_low), percent(found.ci_high))
            _put(context, f"{stem}.survival", percent(found.survival), limits, "survival", "percent", name, arm)
    _put_log_rank(context, key, record, times)
    hazards = put_cox(context, f"{key}.cox", record, every, groups, [])
    put_hazard_margin(context, key, record, hazards)
    if outcome.adjust_for:
        put_cox(context, f"{key}.adjusted", record, every, groups, outcome.adjust_for)
    if outcome.stratify_by:
        _put_stratified(context, key, record, every, groups)
    if several_arms(context):
        put_global(context, key, record, "logrank", "log-rank test", _log_rank_of(list(times.values())))
    put_family(context, key, record, "logrank.p")
    _put_restricted(context, key, record, curves)


def _steps(curve: Curve) -> list[list[float | None]]:
    """[time, percent, low, high] from 0 to the last time; limits None where there are none."""
    steps: list[list[float | None]] = [[0.0, 100.0, None, None]]
    kept = _seen(curve.times)
    columns = (one[kept] for one in (curve.times, curve.survival, curve.low, curve.high))
    for time, *rest in zip(*columns, strict=True):
        steps.append([float(time), *(None if np.isnan(one) else 100 * float(one) for one in rest)])
    if curve.last > float(steps[-1][0] or 0):
        steps.append([curve.last, *steps[-1][1:]])
    return steps


def _ends(times: Floats) -> list[list[float | int]]:
    """[time, patients] at which observation ended without an event."""
    ended, many = np.unique(times, return_counts=True)
    kept = _seen(ended)
    through = np.cumsum(many)[kept]
    return [[float(t), int(k)] for t, k in zip(ended[kept], np.diff(through, prepend=0), strict=True)]


def _seen(times: Floats) -> NDArray[np.int64]:
    """Places of the times, in order and distinct, that a figure can show: all, or of very many the last one in each
    of `MOST_STEPS` equal parts of the longest time."""
    if times.size <= MOST_STEPS:
        return np.arange(times.size)
    part = np.ceil(times / times[-1] * MOST_STEPS)
    return np.flatnonzero(np.append(part[1:] != part[:-1], True))


def _put(
    context: Context, stem: str, value: Value, limits: tuple[Value, Value], noun: str, unit: str, name: str, arm: str
) -> None:
    """`<stem>`, `<stem>_ci_low` and `<stem>_ci_high` of an arm."""
    for end, one, statistic in (
        ("", value, noun),
        ("_ci_low", limits[0], "ci_low"),
        ("_ci_high", limits[1], "ci_high"),
    ):
        context.out.put(f"{stem}{end}", one, statistic=statistic, unit=unit, analysis=name, group=arm)


def _put_totals(context: Context, key: str, name: str, every: Times) -> None:
    """`O.{G,total}.{n,missing,events,censored,person_time}`."""
    unit = context.study.outcomes[key].unit
    time, event = (np.concatenate([one[i] for one in every.values()]) for i in (0, 1))
    for group, (times, events) in {**every, "total": (time, event)}.items():
        missing, happened = int(np.isnan(times).sum()), int(np.nansum(events))
        for part, value, measured in (
            ("n", times.size - missing, "patients"),
            ("missing", missing, "patients"),
            ("events", happened, "patients"),
            ("censored", times.size - missing - happened, "patients"),
            ("person_time", float(np.nansum(times)), unit),
        ):
            context.out.put(f"{key}.{group}.{part}", value, statistic=part, unit=measured, analysis=name, group=group)


def _log_rank_of(times: list[tuple[Floats, Floats]], strata: list[NDArray[np.int64]] | None = None) -> Test:
    """The log-rank test of some groups' times and events."""
    group = np.repeat(np.arange(len(times)), [time.size for time, _ in times])
    time, event = (np.concatenate([one[i] for one in times]) for i in (0, 1))
    return log_rank(time, event, group, None if strata is None else np.concatenate(strata))


def _put_stratified(context: Context, key: str, record: Any, every: Times, groups: dict[str, Any]) -> None:
    """`O.C.stratified_logrank.{statistic,p}`, and Cox's model with strata as `O.C.stratified.*`; with covariates
    too as `O.C.stratified_adjusted.*`."""
    study = context.study
    columns = study.outcomes[key].stratify_by
    stratum = {arm: strata_of(context, columns, patients) for arm, patients in groups.items()}
    used = {arm: (stratum[arm] >= 0) & ~np.isnan(time) for arm, (time, _) in every.items()}
    times = {arm: (time[used[arm]], event[used[arm]]) for arm, (time, event) in every.items()}
    n = {arm: int(one.sum()) for arm, one in used.items()}
    note = PAIRS.replace("a model", "a test") if len(study.contrasts) > 1 else None
    name = record(
        f"{key}.stratified_logrank",
        "logrank",
        "stratified log-rank test",
        adjusted_for=columns,
        n_analysed=n,
        null=1,
        note=note,
    )
    for arm, reference in study.contrasts:
        both = [reference, arm]
        test = _log_rank_of([times[one] for one in both], [stratum[one][used[one]] for one in both])
        for part, value in (("statistic", test.statistic), ("p", test.p)):
            at = f"{key}.{context.vs(arm)}.stratified_logrank.{part}"
            context.out.put(at, value, statistic=part, analysis=name, contrast=(arm, reference))
    put_cox(context, f"{key}.stratified", record, every, groups, [], columns)
    if adjust_for := study.outcomes[key].adjust_for:
        put_cox(context, f"{key}.stratified_adjusted", record, every, groups, adjust_for, columns)


def _put_log_rank(context: Context, key: str, record: Any, times: Times) -> None:
    contrasts = context.study.contrasts
    note = PAIRS.replace("a model", "a test") if len(contrasts) > 1 else None
    name = record(f"{key}.logrank", "logrank", "log-rank test", null=1, note=note)
    for arm, reference in contrasts:
        pair, test = (arm, reference), _log_rank_of([times[reference], times[arm]])
        for part, value in (("statistic", test.statistic), ("p", test.p)):
            at = f"{key}.{context.vs(arm)}.logrank.{part}"
            context.out.put(at, value, statistic=part, analysis=name, contrast=pair)


def put_cox(
    context: Context,
    name: str,
    record: Any,
    every: Times,
    groups: dict[str, Any],
    adjust_for: list[str],
    stratify_by: Sequence[str] = (),
) -> dict[str, Ratio]:
    """`<stem>.C.<last>.{hazard_ratio,ci_low,ci_high,statistic,p,proportional_p}` where `name` is `<stem>.<last>`.

    Args:
        name: name of the analysis.
        record: records it.
        every: time and event of the patients of `groups`, NaN where missing.
        adjust_for: columns of the participants' file.
        stratify_by: categories of the participants' file, each combination with a baseline hazard of its own.

    Returns:
        The hazard ratio of each arm.
    """
    time, event = (np.concatenate([one[i] for one in every.values()]) for i in (0, 1))
    table = np.concatenate([covariates(context, adjust_for, patients) for patients in groups.values()])
    arm, others = arm_codes(context, groups)
    strata = np.concatenate([strata_of(context, list(stratify_by), patients) for patients in groups.values()])
    used = ~np.isnan(time) & ~np.isnan(table).any(axis=1) & (strata >= 0)
    everyone = [context.study.reference_arm, *others]
    n = {one: int((used & (arm == code)).sum()) for code, one in enumerate(everyone)}
    found: Cox | Problem = NO_DATA
    if all(n.values()):
        columns = np.column_stack([dummies(arm[used], len(n)), independent(table[used])])
        found = cox(time[used], event[used], columns, strata[used])
    label = "stratified Cox regression" if stratify_by else "Cox regression"
    model = record(name, "cox", label, adjusted_for=[*adjust_for, *stratify_by], n_analysed=n, ci_method="wald", null=1)
    test = record(f"{name}.proportional", "cox", "score test of proportional hazards", n_analysed=n)
    stem, _, last = name.rpartition(".")
    fit = found.fit if isinstance(found, Cox) else found
    ratios = {one: ratio_of(fit, i, context.level) for i, one in enumerate(others)}
    for i, one in enumerate(others):
        at, pair = f"{stem}.{context.vs(one)}.{last}", (one, context.study.reference_arm)
        put_ratio(context, at, ratios[one], "hazard_ratio", model, pair)
        p = found.proportional[i].p if isinstance(found, Cox) else found
        context.out.put(f"{at}.proportional_p", p, statistic="p", analysis=test, contrast=pair)
    return ratios


def _put_restricted(context: Context, key: str, record: Any, curves: dict[str, Curve | Problem]) -> None:
    """`O.G.rmst.{mean,ci_low,ci_high}` and `O.C.rmst.{difference,ci_low,ci_high,statistic,p}`, up to the last time."""
    study = context.study
    outcome = study.outcomes[key]
    last = outcome.timepoints[-1]
    horizon = float(study.timepoints[last].at or 0)
    label = "restricted mean time"
    name = record(f"{key}.rmst", "rmst", label, last, ci_method="normal", null=0)
    means = {arm: restricted_mean(curve, horizon, context.level) for arm, curve in curves.items()}
    for arm, one in means.items():
        for part, value in (("mean", one.mean), ("ci_low", one.ci_low), ("ci_high", one.ci_high)):
            at = f"{key}.{arm}.rmst.{part}"
            context.out.put(at, value, statistic=part, unit=outcome.unit, analysis=name, group=arm)
    for arm, reference in study.contrasts:
        found, p = restricted_difference(means[arm], means[reference], context.level)
        for part, value, unit in (
            ("difference", found.estimate, outcome.unit),
            ("ci_low", found.ci_low, outcome.unit),
            ("ci_high", found.ci_high, outcome.unit),
            ("p", p, None),
        ):
            at = f"{key}.{context.vs(arm)}.rmst.{part}"
            context.out.put(at, value, statistic=part, unit=unit, analysis=name, contrast=(arm, reference))
