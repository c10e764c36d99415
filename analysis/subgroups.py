"""Comparisons of the arms within the levels of a category, and whether they differ: the interaction."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.context import Context, values
from analysis.names import level_name
from analysis.risks import event_of, put_counts, put_difference_and_ratio, put_test
from analysis.stats.odds import logistic_interaction
from analysis.study import Subgroup

INTERACTION = "likelihood ratio test of the interaction in logistic regression"


def subgroups(context: Context) -> None:
    """`O.T.by_V.*` for each entry of `subgroups` in study.yml."""
    for one in context.study.subgroups:
        outcome = context.study.outcomes[one.outcome]
        for time in outcome.timepoints:
            _binary(context, one, time)


def _binary(context: Context, one: Subgroup, time: str) -> None:
    """`O.T.by_V.LEVEL.{G,C}.*` and `O.T.by_V.C.interaction_p`; patients without a level are left out."""
    study, out = context.study, context.out
    outcome = study.outcomes[one.outcome]
    population = study.population_of(outcome.population)
    groups = context.by_arm(population)
    series, cells = event_of(context, one.outcome, time), context.people[one.column]
    levels = list(study.files[study.participants].columns[one.column].levels or {})
    code = cells.map({level: float(i) for i, level in enumerate(levels)})
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
        put_difference_and_ratio(context, at, record, events, n)
        put_test(context, at, record, outcome.test, events, n)
    available = {arm: int((~np.isnan(array)).sum()) for arm, array in y.items()}
    n = {arm: int((~np.isnan(y[arm] + of[arm])).sum()) for arm in groups}
    name = record(f"{stem}.interaction", "logistic_interaction", INTERACTION)
    for arm, reference in study.contrasts:
        both = np.concatenate([y[reference], y[arm]])
        level_of = np.concatenate([of[reference], of[arm]])
        group = np.repeat([0, 1], [y[reference].size, y[arm].size])
        used = ~np.isnan(both + level_of)
        test = logistic_interaction(both[used], group[used], level_of[used].astype(np.int64))
        contrast = (arm, reference)
        out.put(f"{stem}.{context.vs(arm)}.interaction_p", test.p, statistic="p", analysis=name, contrast=contrast)
