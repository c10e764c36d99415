"""Comparisons of the arms within the levels of a category, and whether they differ: the interaction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.context import Context, values
from analysis.names import level_name
from analysis.risks import event_of, put_counts, put_difference_and_ratio, put_test, test_of
from analysis.stats.cox import hazard_interaction
from analysis.stats.odds import odds_interaction
from analysis.study import Subgroup
from analysis.survival import put_cox, times_of

INTERACTION = "likelihood ratio test of the interaction in {}"


def subgroups(context: Context) -> None:
    """`O.T.by_V.*` for each entry of `subgroups` in study.yml."""
    for one in context.study.subgroups:
        outcome = context.study.outcomes[one.outcome]
        if outcome.kind == "time_to_event":
            _times(context, one)
            continue
        for time in outcome.timepoints:
            _binary(context, one, time)


def _codes(context: Context, one: Subgroup) -> tuple[list[str], pd.Series[Any]]:
    """Levels of the category, and the number of each patient's level, NaN where missing."""
    file = context.study.files[context.study.participants]
    levels = list(file.columns[one.column].levels or {})
    return levels, context.people[one.column].map({level: float(i) for i, level in enumerate(levels)})


def _binary(context: Context, one: Subgroup, time: str) -> None:
    """`O.T.by_V.LEVEL.{G,C}.*` and `O.T.by_V.C.interaction_p`; patients without a level are left out."""
    study, out = context.study, context.out
    outcome = study.outcomes[one.outcome]
    population = study.population_of(outcome.population)
    groups = context.by_arm(population)
    series = event_of(context, one.outcome, time)
    levels, code = _codes(context, one)
    y = {arm: values(series, patients) for arm, patients in groups.items()}
    of = {arm: values(code, patients) for arm, patients in groups.items()}
    stem = f"{one.outcome}.{time}.by_{level_name(one.column)}"
    n: dict[str, int] = {}
    available: dict[str, int] = {}

    def record(name: str, method: str, label: str, **more: Any) -> str:
        return out.analysis(
            name,
            method=method,
            label=label,
            population=population,
            outcome=one.outcome,
            time=time,
            prespecified=one.prespecified,
            role="descriptive" if method == "count" else "exploratory",
            n_analysed=n,
            n_available=available,
            **more,
        )

    for i, level in enumerate(levels):
        at = f"{stem}.{level_name(level)}"
        available = {arm: int((of[arm] == i).sum()) for arm in groups}
        here = {arm: y[arm][of[arm] == i] for arm in groups}
        events = {arm: int(np.nansum(array)) for arm, array in here.items()}
        n = {arm: int((~np.isnan(array)).sum()) for arm, array in here.items()}
        put_counts(context, at, record(f"{at}.summary", "count", "patients with an event"), events, n)
        put_difference_and_ratio(context, at, record, events, n, outcome.interval)
        put_test(context, at, record, test_of(outcome), events, n)
    available = {arm: int((~np.isnan(array)).sum()) for arm, array in y.items()}
    n = {arm: int((~np.isnan(y[arm] + of[arm])).sum()) for arm in groups}
    name = record(f"{stem}.interaction", "logistic_interaction", INTERACTION.format("logistic regression"))
    for arm, reference in study.contrasts:
        both = np.concatenate([y[reference], y[arm]])
        level_of = np.concatenate([of[reference], of[arm]])
        group = np.repeat([0, 1], [y[reference].size, y[arm].size])
        used = ~np.isnan(both + level_of)
        test = odds_interaction(both[used], group[used], level_of[used].astype(np.int64))
        contrast = (arm, reference)
        out.put(f"{stem}.{context.vs(arm)}.interaction_p", test.p, statistic="p", analysis=name, contrast=contrast)


def _times(context: Context, one: Subgroup) -> None:
    """`O.by_V.LEVEL.G.{n,events}`, `O.by_V.LEVEL.C.{hazard_ratio,…}` and `O.by_V.C.interaction_p`."""
    study, out = context.study, context.out
    outcome = study.outcomes[one.outcome]
    population = study.population_of(outcome.population)
    groups = context.by_arm(population)
    levels, code = _codes(context, one)
    of = {arm: values(code, patients) for arm, patients in groups.items()}
    times = times_of(context, one.outcome)
    stem = f"{one.outcome}.by_{level_name(one.column)}"

    def record(name: str, method: str, label: str, **more: Any) -> str:
        return out.analysis(
            name,
            method=method,
            label=label,
            population=population,
            outcome=one.outcome,
            prespecified=one.prespecified,
            role="descriptive" if method == "count" else "exploratory",
            **{"n_analysed": n, "n_available": available, **more},
        )

    for i, level in enumerate(levels):
        at = f"{stem}.{level_name(level)}"
        here = {arm: (time[of[arm] == i], event[of[arm] == i]) for arm, (time, event) in times.items()}
        available = {arm: time.size for arm, (time, _) in here.items()}
        n = {arm: int((~np.isnan(time)).sum()) for arm, (time, _) in here.items()}
        name = record(f"{at}.summary", "count", "patients with an event")
        for arm, (_, event) in here.items():
            happened = int(np.nansum(event))
            out.put(f"{at}.{arm}.n", n[arm], statistic="n", unit="patients", analysis=name, group=arm)
            out.put(f"{at}.{arm}.events", happened, statistic="events", unit="patients", analysis=name, group=arm)
        put_cox(context, f"{at}.cox", record, here, {arm: groups[arm][of[arm] == i] for arm in groups}, [])
    available = {arm: int((~np.isnan(time)).sum()) for arm, (time, _) in times.items()}
    n = {arm: int((~np.isnan(time + of[arm])).sum()) for arm, (time, _) in times.items()}
    name = record(f"{stem}.interaction", "cox_interaction", INTERACTION.format("Cox regression"))
    for arm, reference in study.contrasts:
        time, event = (np.concatenate([times[reference][i], times[arm][i]]) for i in (0, 1))
        level_of = np.concatenate([of[reference], of[arm]])
        group = np.repeat([0, 1], [of[reference].size, of[arm].size])
        used = ~np.isnan(time + level_of)
        test = hazard_interaction(time[used], event[used], group[used], level_of[used].astype(np.int64))
        contrast = (arm, reference)
        out.put(f"{stem}.{context.vs(arm)}.interaction_p", test.p, statistic="p", analysis=name, contrast=contrast)
