"""Patients before treatment: Table 1, with standardised differences and (not always printed) tests."""

from __future__ import annotations

import numpy as np

from analysis.clusters import NOT_TESTED, is_clustered
from analysis.context import Context, Floats, observed, values
from analysis.describing import put_summary, sizes
from analysis.names import level_name
from analysis.stats import Value, parts
from analysis.stats.means import welch
from analysis.stats.proportions import chi_square, expected_counts, fisher
from analysis.stats.ranks import rank_sum
from analysis.stats.smd import Smd, smd_levels, smd_means
from analysis.study import BaselineRow, Column


def baseline(context: Context) -> None:
    """`baseline.V.*` for each row of `baseline` in study.yml."""
    for row in context.study.baseline:
        file = context.study.files[context.study.participants]
        if row.outcome is not None:
            outcome = context.study.outcomes[row.outcome]
            series = context.scores(str(outcome.column), context.study.first_timepoint)
            _numeric(context, row, series, outcome.unit)
        elif file.columns[str(row.column)].type == "category":
            _category(context, row, file.columns[str(row.column)])
        else:
            column = file.columns[str(row.column)]
            _numeric(context, row, context.people[str(row.column)], column.unit)


def _contrasts(context: Context) -> list[tuple[str, str]]:
    """The arms that are compared before treatment: none in a cross-over, where each patient is his own control."""
    return [] if context.study.crossover else context.study.contrasts


def _analyses(
    context: Context,
    row: BaselineRow,
    n: dict[str, int],
    available: dict[str, int],
    test: str,
    label: str,
    warning: str = "",
) -> tuple[str, str, str]:
    """Records a variable's summary and, where groups are compared, standardised difference and test; their names."""
    out, stem = context.out, f"baseline.{row.key}"
    population = context.study.population_of(None)

    def record(
        name: str, method: str, text: str, null: float | None = None, ci: str | None = None, warn: str = ""
    ) -> str:
        return out.analysis(
            name,
            method=method,
            label=text,
            population=population,
            role="descriptive",
            prespecified=False,
            n_analysed=n,
            n_available=available,
            null=null,
            ci_method=ci,
            warnings=[warn] if warn else [],
            outcome=row.outcome,
            time=context.study.first_timepoint,
        )

    summary = record(stem, "summary", "summary")
    if not _contrasts(context):
        return summary, "", ""
    smd = record(f"{stem}.smd", "smd", "standardised mean difference", 0, "normal")
    if is_clustered(context.study):
        return summary, smd, smd
    return summary, smd, record(f"{stem}.test", test, label, warn=warning)


def _put_comparison(context: Context, stem: str, smd_name: str, smd: Smd, test_name: str, p: object, arm: str) -> None:
    out, contrast = context.out, (arm, context.study.reference_arm)
    at = f"{stem}.{context.vs(arm)}"
    found = parts(smd)
    if is_clustered(context.study):
        found |= {"smd_ci_low": NOT_TESTED, "smd_ci_high": NOT_TESTED}
    for key, statistic in (("smd", "smd"), ("smd_ci_low", "ci_low"), ("smd_ci_high", "ci_high")):
        out.put(f"{at}.{key}", found[key], statistic=statistic, unit="sd", analysis=smd_name, contrast=contrast)
    out.put(f"{at}.p", p, statistic="p", analysis=test_name, contrast=contrast)  # type: ignore[arg-type]


def _numeric(context: Context, row: BaselineRow, series: object, unit: str | None) -> None:
    study = context.study
    groups = context.by_arm(study.population_of(None))
    arrays: dict[str, Floats] = {arm: values(series, patients) for arm, patients in groups.items()}  # type: ignore[arg-type]
    n = {arm: observed(array) for arm, array in arrays.items()}
    method, label = ("welch", "Welch's t test") if row.summary == "mean" else ("mann_whitney", "Mann–Whitney test")
    summary, smd_name, test_name = _analyses(context, row, n, sizes(groups), method, label)
    stem = f"baseline.{row.key}"
    everybody = {**arrays, "total": np.concatenate(list(arrays.values()))}
    limits = dict.fromkeys(everybody, (NOT_TESTED, NOT_TESTED)) if is_clustered(study) else None
    put_summary(context, stem, summary, unit, everybody, limits)
    for arm, reference in _contrasts(context):
        first, second = arrays[arm], arrays[reference]
        p: Value
        if is_clustered(study):
            p = NOT_TESTED
        elif row.summary == "mean":
            p = welch(first, second, context.level).p
        else:
            p = rank_sum(first, second).p
        _put_comparison(context, stem, smd_name, smd_means(first, second, context.level), test_name, p, arm)


def _category(context: Context, row: BaselineRow, column: Column) -> None:
    """Levels of a category: n and percent of those with a value."""
    study, out = context.study, context.out
    groups = context.by_arm(study.population_of(None))
    cells = context.people[str(row.column)]
    levels = list(column.levels or {})
    counts = {
        group: np.array([float((cells.reindex(patients) == level).sum()) for level in levels])
        for group, patients in {**groups, "total": context.members(study.population_of(None))}.items()
    }
    n = {arm: int(counts[arm].sum()) for arm in groups}
    tables = {arm: np.array([counts[arm], counts[reference]]) for arm, reference in _contrasts(context)}
    exact = len(levels) == 2
    small = any(table.sum() > 0 and bool((expected_counts(table) < 5).any()) for table in tables.values())
    method, label, warning = "chi_square", "chi-square test", ""
    if small and exact:
        method, label = "fisher", "Fisher's exact test"
    elif small:
        warning = "Some expected counts are below 5, so the chi-square test is approximate."
    summary, smd_name, test_name = _analyses(context, row, n, sizes(groups), method, label, warning)
    stem = f"baseline.{row.key}"
    for group, count in counts.items():
        total = int(count.sum())
        every = len(context.members(study.population_of(None), None if group == "total" else group))
        out.put(f"{stem}.{group}.n", total, statistic="n", unit="patients", analysis=summary, group=group)
        out.put(
            f"{stem}.{group}.missing",
            every - total,
            statistic="missing",
            unit="patients",
            analysis=summary,
            group=group,
        )
        for level, number in zip(levels, count, strict=True):
            at = f"{stem}.{level_name(level)}.{group}"
            out.put(f"{at}.n", int(number), statistic="n", unit="patients", analysis=summary, group=group)
            out.percent(f"{at}.percent", f"{at}.n", f"{stem}.{group}.n", analysis=summary, group=group)
    shown = levels.index(row.show[0]) if row.show and exact else 0  # two levels: signed for the one that is printed
    for arm, reference in _contrasts(context):
        one, two = np.roll(counts[arm], -shown), np.roll(counts[reference], -shown)
        p: Value
        if is_clustered(study):
            p = NOT_TESTED
        elif method == "fisher":
            p = fisher(int(one[0]), int(one.sum()), int(two[0]), int(two.sum())).p
        else:
            p = chi_square(tables[arm]).p
        _put_comparison(context, stem, smd_name, smd_levels(one, two, context.level), test_name, p, arm)
