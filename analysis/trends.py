"""Trends over arms in order (doses): one test for each outcome and time that study.yml names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analysis.context import Context, Floats, observed, values
from analysis.describing import percent, sizes
from analysis.graded import levels_of
from analysis.risks import event_of
from analysis.stats.trends import Trend, cochran_armitage, jonckheere_terpstra, linear_contrast

LABELS = {
    "cochran_armitage": "Cochran–Armitage test for trend",
    "linear_contrast": "linear contrast",
    "jonckheere_terpstra": "Jonckheere–Terpstra test",
}
METHODS = {
    "binary": "cochran_armitage",
    "continuous": "linear_contrast",
    "ordinal": "jonckheere_terpstra",
    "skewed": "jonckheere_terpstra",
    "graded": "jonckheere_terpstra",
}


def trends(context: Context) -> None:
    """`O.T.trend.{statistic,p}`, of proportions also `slope`, of means also `{slope,se,ci_low,ci_high,df}`: changes for
    one unit of the score, proportions in percentage points."""
    chosen = context.study.trend
    if chosen is None:
        return
    arms = sorted(chosen.scores, key=lambda arm: chosen.scores[arm])
    scores = [float(chosen.scores[arm]) for arm in arms]
    for key in chosen.outcomes:
        outcome = context.study.outcomes[key]
        for time in outcome.timepoints:
            if time != context.study.first_timepoint or len(outcome.timepoints) == 1:
                _put(context, key, time, arms, scores)


def _put(context: Context, key: str, time: str, arms: list[str], scores: list[float]) -> None:
    study, out = context.study, context.out
    outcome, chosen = study.outcomes[key], study.trend
    population = study.population_of(outcome.population)
    groups = context.by_arm(population)
    cells = {arm: _cells(context, key, time)(arm) for arm in arms}
    method = METHODS[outcome.kind]
    found = _test(method, list(cells.values()), scores, context.level)
    name = out.analysis(
        f"{key}.{time}.trend",
        method=method,
        label=LABELS[method],
        population=population,
        outcome=key,
        time=time,
        prespecified=bool(chosen and chosen.prespecified),
        role=outcome.role,
        ci_method="t" if method == "linear_contrast" else None,
        null=0,
        n_analysed={arm: observed(array) for arm, array in cells.items()},
        n_available=sizes(groups),
    )
    at, unit = f"{key}.{time}.trend", "percent" if outcome.kind == "binary" else outcome.unit
    if method == "cochran_armitage":
        out.put(f"{at}.slope", percent(found.slope), statistic="slope", unit=unit, analysis=name)
    elif method == "linear_contrast":
        for part in ("slope", "se", "ci_low", "ci_high"):
            out.put(f"{at}.{part}", getattr(found, part), statistic=part, unit=unit, analysis=name)
        out.put(f"{at}.df", found.df, statistic="df", analysis=name)
    out.put(f"{at}.statistic", found.statistic, statistic="statistic", analysis=name)
    out.put(f"{at}.p", found.p, statistic="p", analysis=name)


def _cells(context: Context, key: str, time: str) -> Callable[[str], Floats]:
    """The values of an arm's patients: numbers, 1 and 0 for an event, or the place of a level in its order."""
    outcome = context.study.outcomes[key]
    groups = context.by_arm(context.study.population_of(outcome.population))
    if outcome.kind == "binary":
        series = event_of(context, key, time)
    else:
        series = context.scores(str(outcome.column), time)
        if outcome.kind == "graded":
            series = series.map({level: float(i) for i, level in enumerate(levels_of(context, key))})
    return lambda arm: values(series, groups[arm])


def _test(method: str, cells: list[Floats], scores: list[float], level: float) -> Trend:
    if method == "cochran_armitage":
        return cochran_armitage([int(np.nansum(one)) for one in cells], [observed(one) for one in cells], scores)
    if method == "linear_contrast":
        return linear_contrast(cells, scores, level)
    return jonckheere_terpstra(cells)
