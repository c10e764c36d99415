"""Graded outcomes: patients on each of several levels in order, a common odds ratio, ranks."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.context import Context, Floats, observed, values
from analysis.describing import sizes
from analysis.names import level_name
from analysis.risks import put_ratio
from analysis.several import put_family, put_global, several_arms
from analysis.stats import NO_DATA, Problem, parts
from analysis.stats.proportional_odds import proportional_odds, proportionality
from analysis.stats.proportions import Test, expected_counts
from analysis.stats.ranks import rank_sum
from analysis.stats.regression import Fit, ratio_of
from analysis.stats.several import kruskal_wallis

APPROXIMATE = "Some expected counts are below 5, so the check of proportional odds is approximate."
PAIRS = "Each arm is compared with the reference arm by a model of these two."


def graded(context: Context, key: str) -> None:
    """All statistics of a graded outcome: `O.T.{G,total}.*`, `O.T.LEVEL.*`, `O.T.C.{odds,ranks}.*`."""
    for time in context.study.outcomes[key].timepoints:
        _at_time(context, key, time)


def levels_of(context: Context, key: str) -> list[str]:
    """Levels of a graded outcome, lowest first."""
    outcome = context.study.outcomes[key]
    file, _, name = str(outcome.column).partition(".")
    return outcome.order or list(context.study.files[file].columns[name].levels or {})


def _at_time(context: Context, key: str, time: str) -> None:
    study, out = context.study, context.out
    outcome, levels = study.outcomes[key], levels_of(context, key)
    population = study.population_of(outcome.population)
    groups = context.by_arm(population)
    number = {level: float(i) for i, level in enumerate(levels)}
    series = context.scores(str(outcome.column), time).map(number)
    grades = {arm: values(series, patients) for arm, patients in groups.items()}
    n = {arm: observed(array) for arm, array in grades.items()}
    stem = f"{key}.{time}"

    def record(name: str, method: str, label: str, role: str = outcome.role, **more: Any) -> str:
        return out.analysis(
            name,
            method=method,
            label=label,
            population=population,
            outcome=key,
            time=time,
            role=role,
            prespecified=outcome.prespecified,
            n_analysed=n,
            n_available=sizes(groups),
            **more,
        )

    name = record(f"{stem}.summary", "count", "patients on each level", "descriptive")
    counts = {arm: _counts(array, len(levels)) for arm, array in grades.items()}
    for group, array in {**grades, "total": np.concatenate(list(grades.values()))}.items():
        count = observed(array)
        at = f"{stem}.{group}"
        out.put(f"{at}.n", count, statistic="n", unit="patients", analysis=name, group=group)
        out.put(f"{at}.missing", array.size - count, statistic="missing", unit="patients", analysis=name, group=group)
        for level, patients in zip(levels, _counts(array, len(levels)), strict=True):
            on = f"{stem}.{level_name(level)}.{group}"
            out.put(f"{on}.n", int(patients), statistic="n", unit="patients", analysis=name, group=group)
            out.percent(f"{on}.percent", f"{on}.n", f"{at}.n", analysis=name, group=group)
    found = {arm: _model(grades[reference], grades[arm]) for arm, reference in study.contrasts}
    note = PAIRS if len(found) > 1 else None
    odds = record(f"{stem}.odds", "proportional_odds", "proportional odds model", ci_method="wald", null=1, note=note)
    check = record(
        f"{stem}.odds.assumption",
        "proportional_odds",
        "likelihood ratio test of proportional odds against an odds ratio at each cut",
        "descriptive",
        note=note,
        warnings=[APPROXIMATE]
        if any(_small(counts[arm], counts[reference]) for arm, reference in study.contrasts)
        else [],
    )
    ranks = record(f"{stem}.ranks", "mann_whitney", "Mann–Whitney test", null=0)
    for arm, reference in study.contrasts:
        at, contrast = f"{stem}.{context.vs(arm)}", (arm, reference)
        fit, assumption = found[arm]
        put_ratio(context, f"{at}.odds", ratio_of(fit, 0, context.level), "odds_ratio", odds, contrast)
        out.put(f"{at}.odds.assumption_p", assumption.p, statistic="p", analysis=check, contrast=contrast)
        test = parts(rank_sum(grades[arm], grades[reference]))
        for part, unit in (("statistic", None), ("p", None), ("superiority", "probability")):
            out.put(f"{at}.ranks.{part}", test[part], statistic=part, unit=unit, analysis=ranks, contrast=contrast)
    if several_arms(context):
        alike = kruskal_wallis(list(grades.values()))
        put_global(context, stem, record, "kruskal_wallis", "Kruskal–Wallis test", alike)
    put_family(context, stem, record, "odds.p")


def _counts(grades: Floats, levels: int) -> Floats:
    return np.bincount(grades[~np.isnan(grades)].astype(np.int64), minlength=levels).astype(np.float64)


def _model(reference: Floats, arm: Floats) -> tuple[Fit | Problem, Test]:
    """Odds of a higher grade in an arm against the reference, and the check that they are proportional."""
    both = np.concatenate([reference, arm])
    group = np.repeat([0, 1], [reference.size, arm.size])[~np.isnan(both)]
    grade = both[~np.isnan(both)].astype(np.int64)
    if not 0 < group.sum() < group.size:
        return NO_DATA, Test(NO_DATA, NO_DATA, NO_DATA)
    return proportional_odds(grade, group[:, None].astype(np.float64)), proportionality(grade, group)


def _small(*rows: Floats) -> bool:
    """Whether some expected count is below 5."""
    table = np.array(rows)
    table = table[:, table.sum(axis=0) > 0]
    return bool(table.sum(axis=1).all()) and bool((expected_counts(table) < 5).any())
