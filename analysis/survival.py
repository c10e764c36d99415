"""Time to an event: survival in each arm with its curve, and hazards and restricted means compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.context import Context, Floats, values
from analysis.describing import sizes
from analysis.graded import PAIRS
from analysis.risks import NO_RATIO, arm_codes, covariates, is_event, percent, put_ratio
from analysis.stats import NO_DATA, Value, parts
from analysis.stats.proportions import Test
from analysis.stats.survival import (
    Cox,
    Curve,
    Estimate,
    at_risk,
    cox,
    kaplan_meier,
    log_rank,
    mean_difference,
    median,
    restricted_mean,
    survival_at,
)

Times = dict[str, tuple[Floats, Floats]]


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
        _put(context, f"{key}.{arm}.median", median(curve), "median", outcome.unit, name, arm)
        out.curves[f"{key}.{arm}"] = _steps(curve)
        left = curve.at_risk - np.append(curve.at_risk[1:], 0.0) - curve.events
        out.censoring[f"{key}.{arm}"] = [
            [float(t), int(many)] for t, many in zip(curve.time, left, strict=True) if many > 0
        ]
    for time in outcome.timepoints:
        label = "Kaplan–Meier estimate at a time"
        name = record(f"{key}.{time}.km", "kaplan_meier", label, time, ci_method="log-log")
        at = float(study.timepoints[time].at or 0)
        for arm, curve in curves.items():
            stem = f"{key}.{time}.{arm}"
            count = at_risk(times[arm][0], at)
            out.put(f"{stem}.at_risk", count, statistic="at_risk", unit="patients", analysis=name, group=arm)
            found = survival_at(curve, at)
            in_percent = Estimate(*(percent(one) for one in parts(found).values()))
            _put(context, f"{stem}.survival", in_percent, "survival", "percent", name, arm)
    _put_log_rank(context, key, record, times)
    put_cox(context, f"{key}.cox", record, every, groups, [])
    if outcome.adjust_for:
        put_cox(context, f"{key}.adjusted", record, every, groups, outcome.adjust_for)
    _put_restricted(context, key, record, curves)


def _steps(curve: Curve) -> list[list[float | None]]:
    """[time, percent, low, high] from 0 on; limits None where there are none."""
    steps: list[list[float | None]] = []
    if not curve.time.size or curve.time[0] > 0:
        steps.append([0.0, 100.0, None, None])
    for time, *rest in zip(curve.time, curve.survival, curve.low, curve.high, strict=True):
        steps.append([float(time), *(None if np.isnan(one) else 100 * float(one) for one in rest)])
    return steps


def _put(context: Context, stem: str, found: Estimate, noun: str, unit: str, name: str, arm: str) -> None:
    """`<stem>`, `<stem>_ci_low` and `<stem>_ci_high` of an arm."""
    for end, value, statistic in (
        ("", found.value, noun),
        ("_ci_low", found.ci_low, "ci_low"),
        ("_ci_high", found.ci_high, "ci_high"),
    ):
        context.out.put(f"{stem}{end}", value, statistic=statistic, unit=unit, analysis=name, group=arm)


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


def _put_log_rank(context: Context, key: str, record: Any, times: Times) -> None:
    contrasts = context.study.contrasts
    note = PAIRS.replace("a model", "a test") if len(contrasts) > 1 else None
    name = record(f"{key}.logrank", "logrank", "log-rank test", null=1, note=note)
    for arm, reference in contrasts:
        (first, second), pair = (times[arm], times[reference]), (arm, reference)
        group = np.repeat([1, 0], [first[0].size, second[0].size])
        test = log_rank(np.concatenate([first[0], second[0]]), np.concatenate([first[1], second[1]]), group)
        for part, value in (("statistic", test.statistic), ("p", test.p)):
            at = f"{key}.{context.vs(arm)}.logrank.{part}"
            context.out.put(at, value, statistic=part, analysis=name, contrast=pair)


def put_cox(
    context: Context, name: str, record: Any, every: Times, groups: dict[str, Any], adjust_for: list[str]
) -> None:
    """`<stem>.C.<last>.{hazard_ratio,ci_low,ci_high,statistic,p,proportional_p}` where `name` is `<stem>.<last>`.

    Args:
        name: name of the analysis.
        record: records it.
        every: time and event of the patients of `groups`, NaN where missing.
        adjust_for: columns of the participants' file.
    """
    time, event = (np.concatenate([one[i] for one in every.values()]) for i in (0, 1))
    table = np.concatenate([covariates(context, adjust_for, patients) for patients in groups.values()])
    arm, others = arm_codes(context, groups)
    used = ~np.isnan(time) & ~np.isnan(table).any(axis=1)
    everyone = [context.study.reference_arm, *others]
    n = {one: int((used & (arm == code)).sum()) for code, one in enumerate(everyone)}
    found = Cox([NO_RATIO] * len(others), [Test(NO_DATA, NO_DATA, NO_DATA)] * len(others))
    if all(n.values()):
        found = cox(time[used], event[used], arm[used], table[used], context.level)
    label = "Cox regression"
    model = record(name, "cox", label, adjusted_for=adjust_for, n_analysed=n, ci_method="wald", null=1)
    test = record(f"{name}.proportional", "cox", "score test of proportional hazards", n_analysed=n)
    stem, _, last = name.rpartition(".")
    for one, ratio, check in zip(others, found.ratios, found.proportional, strict=True):
        at, pair = f"{stem}.{context.vs(one)}.{last}", (one, context.study.reference_arm)
        put_ratio(context, at, ratio, "hazard_ratio", model, pair)
        context.out.put(f"{at}.proportional_p", check.p, statistic="p", analysis=test, contrast=pair)


def _put_restricted(context: Context, key: str, record: Any, curves: dict[str, Curve]) -> None:
    """`O.G.rmst.{mean,ci_low,ci_high}` and `O.C.rmst.{difference,ci_low,ci_high,statistic,p}`, up to the last time."""
    study = context.study
    outcome = study.outcomes[key]
    last = outcome.timepoints[-1]
    horizon = float(study.timepoints[last].at or 0)
    label = "restricted mean time"
    name = record(f"{key}.rmst", "rmst", label, last, ci_method="normal", null=0)
    for arm, curve in curves.items():
        mean, _ = restricted_mean(curve, horizon, context.level)
        for part, value in (("mean", mean.value), ("ci_low", mean.ci_low), ("ci_high", mean.ci_high)):
            at = f"{key}.{arm}.rmst.{part}"
            context.out.put(at, value, statistic=part, unit=outcome.unit, analysis=name, group=arm)
    for arm, reference in study.contrasts:
        difference: dict[str, Value] = parts(mean_difference(curves[arm], curves[reference], horizon, context.level))
        for part, value in difference.items():
            unit = outcome.unit if part in ("difference", "ci_low", "ci_high") else None
            at = f"{key}.{context.vs(arm)}.rmst.{part}"
            context.out.put(at, value, statistic=part, unit=unit, analysis=name, contrast=(arm, reference))
