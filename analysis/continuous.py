"""Scores: each arm and time, change within arms, differences between arms, adjusted for the baseline."""

from __future__ import annotations

from collections import Counter

import numpy as np

from analysis.context import Context, Floats, observed, values
from analysis.describing import Record, put_summary, put_t_test, sizes
from analysis.margins import geometric_test, put_mean_margin, t_test
from analysis.repeated import put_mixed
from analysis.results import MOST_DRAWN
from analysis.risks import arm_codes, covariates
from analysis.several import put_family, put_family_of_means, put_global, several_arms
from analysis.stats import parts
from analysis.stats.ancova import ancova
from analysis.stats.linear import adjusted_differences
from analysis.stats.logscale import geometric_mean, geometric_ratio, log_test
from analysis.stats.means import TTest, describe, paired, welch
from analysis.stats.several import welch_anova

_RATIO = ("ratio", "ci_low", "ci_high")


def arrays_of(context: Context, key: str, time: str) -> dict[str, Floats]:
    """Values of an outcome at a time, by arm, NaN where missing; patients in the same order at every time."""
    outcome = context.study.outcomes[key]
    series = context.scores(str(outcome.column), time)
    groups = context.by_arm(context.study.population_of(outcome.population))
    return {arm: values(series, patients) for arm, patients in groups.items()}


def continuous(context: Context, key: str) -> None:
    """All statistics of a continuous outcome: `O.T.*`, `O.change_T.*`, `O.T.C.*`, `O.T.C.adjusted.*`,
    or `O.mixed.*`, `O.T.C.mixed.*` and `O.T.G.mixed.*`."""
    study, out = context.study, context.out
    outcome = study.outcomes[key]
    population = study.population_of(outcome.population)
    available = sizes(context.by_arm(population))
    first = study.first_timepoint
    has_baseline = first in outcome.timepoints

    def record(
        name: str, time: str, method: str, label: str, n: dict[str, int], base: dict[str, int], **more: object
    ) -> str:
        descriptive = time == first or method == "summary"
        return out.analysis(
            name,
            method=method,
            label=label,
            population=population,
            outcome=key,
            time=time,
            prespecified=outcome.prespecified,
            role="descriptive" if descriptive else outcome.role,
            n_analysed=n,
            n_available=base,
            **more,  # type: ignore[arg-type]
        )

    before = arrays_of(context, key, first) if has_baseline else {}
    values_at = {time: arrays_of(context, key, time) for time in outcome.timepoints}
    later = {time: arrays for time, arrays in values_at.items() if time != first}
    mixed = put_mixed(context, key, later, before) if outcome.repeated else {}
    for time, now in values_at.items():
        n = {arm: observed(array) for arm, array in now.items()}
        name = record(f"{key}.{time}.summary", time, "summary", "summary", n, available)
        put_summary(context, f"{key}.{time}", name, outcome.unit, {**now, "total": np.concatenate(list(now.values()))})
        name = record(f"{key}.{time}.welch", time, "welch", "Welch's t test", n, n, ci_method="t", null=0)
        tests = {arm: welch(now[arm], now[reference], context.level) for arm, reference in study.contrasts}
        for arm, reference in study.contrasts:
            put_t_test(context, f"{key}.{time}.{context.vs(arm)}", name, outcome.unit, tests[arm], (arm, reference))

        def of_time(name: str, method: str, label: str, time: str = time, n: dict[str, int] = n, **more: object) -> str:
            return record(name, time, method, label, **{"n": n, "base": n, **more})  # type: ignore[arg-type]

        logs = put_geometric(context, key, time, now, of_time) if outcome.scale == "log" else {}
        if time == first and len(outcome.timepoints) > 1:
            continue
        covaried = time != first and has_baseline
        if covaried:
            _change(context, key, time, now, before, n)
            if sum(array.size for array in now.values()) <= MOST_DRAWN:
                out.pairs[f"{key}.{time}"] = {arm: joint_counts(before[arm], now[arm]) for arm in now}
        adjusted = (covaried or bool(outcome.adjust_for)) and not mixed
        if adjusted:
            if outcome.adjust_for:
                tests, used = _with_covariates(context, key, now, before if covaried else {})
            else:
                tests, used = ancova(now, before, study.reference_arm, context.level)
            name = record(
                f"{key}.{time}.ancova",
                time,
                "linear" if outcome.adjust_for else "ancova",
                "analysis of covariance",
                used,
                n,
                adjusted_for=[*([f"{key}.{first}"] if covaried else []), *outcome.adjust_for],
                ci_method="t",
                null=0,
            )
            for arm, reference in study.contrasts:
                stem = f"{key}.{time}.{context.vs(arm)}.adjusted"
                put_t_test(context, stem, name, outcome.unit, tests[arm], (arm, reference), se=True)
        if several_arms(context) and time != first:
            test = welch_anova(list(now.values()))
            put_global(context, f"{key}.{time}", of_time, "welch_anova", "Welch's analysis of variance", test)
        if mixed:
            tests = mixed[time]
            put_family(context, f"{key}.{time}", of_time, "mixed.p")
        elif adjusted:
            put_family(context, f"{key}.{time}", of_time, "adjusted.p")
        elif time != first:
            put_family_of_means(context, f"{key}.{time}", of_time, now, "p")
        if outcome.margin and outcome.margin.scale == "ratio":
            put_mean_margin(context, f"{key}.{time}", of_time, logs, geometric_test)
        elif outcome.margin:
            put_mean_margin(context, f"{key}.{time}", of_time, tests, t_test)


def _with_covariates(
    context: Context, key: str, now: dict[str, Floats], before: dict[str, Floats]
) -> tuple[dict[str, TTest], dict[str, int]]:
    """Differences adjusted for the values `before`, where there are any, and for the columns of `adjust_for`.

    Returns:
        A test by arm, and the patients with all values by arm.
    """
    outcome = context.study.outcomes[key]
    groups = context.by_arm(context.study.population_of(outcome.population))
    table = np.concatenate([covariates(context, outcome.adjust_for, patients) for patients in groups.values()])
    if before:
        table = np.column_stack([np.concatenate(list(before.values())), table])
    y = np.concatenate(list(now.values()))
    arm, others = arm_codes(context, groups)
    used = ~np.isnan(y) & ~np.isnan(table).any(axis=1)
    n = {one: int((used & (arm == i)).sum()) for i, one in enumerate([context.study.reference_arm, *others])}
    found = adjusted_differences(y[used], arm[used], len(n), table[used], context.level)
    return dict(zip(others, found, strict=True)), n


def put_geometric(context: Context, key: str, time: str, now: dict[str, Floats], record: Record) -> dict[str, TTest]:
    """`O.T.G.geometric.{mean,ci_low,ci_high}` and `O.T.C.geometric.{ratio,ci_low,ci_high,statistic,df,p}`.

    Returns:
        The test of the logarithms, by arm.
    """
    unit, stem = context.study.outcomes[key].unit, f"{key}.{time}"
    name = record(f"{stem}.geometric", "geometric", "Welch's t test of logarithms", ci_method="t_log", null=1)
    for arm, array in now.items():
        for part, value in parts(geometric_mean(array, context.level)).items():
            at = f"{stem}.{arm}.geometric.{part}"
            context.out.put(at, value, statistic=part, unit=unit, analysis=name, group=arm)
    for arm, reference in context.study.contrasts:
        for part, value in parts(geometric_ratio(now[arm], now[reference], context.level)).items():
            at, scale = f"{stem}.{context.vs(arm)}.geometric.{part}", "ratio" if part in _RATIO else None
            context.out.put(at, value, statistic=part, unit=scale, analysis=name, contrast=(arm, reference))
    return {arm: log_test(now[arm], now[reference], context.level) for arm, reference in context.study.contrasts}


def joint_counts(before: Floats, after: Floats) -> list[list[float | int | None]]:
    """[value before, value after, patients] of each combination that occurs, in order; None where missing.

    What a figure of changes needs, without the rows of patients.
    """
    pairs = [
        (None if np.isnan(b) else float(b), None if np.isnan(a) else float(a))
        for b, a in zip(before, after, strict=True)
    ]
    present = Counter(pair for pair in pairs if pair != (None, None))
    ordered = sorted(present, key=lambda pair: tuple((value is None, value or 0.0) for value in pair))
    return [[*pair, present[pair]] for pair in ordered]


def _change(
    context: Context, key: str, time: str, now: dict[str, Floats], before: dict[str, Floats], available: dict[str, int]
) -> None:
    """`O.change_T.G.{n,mean,sd,ci_low,ci_high,statistic,df,p}`: value at T minus baseline, paired t."""
    outcome = context.study.outcomes[key]
    change = {arm: now[arm] - before[arm] for arm in now}
    name = context.out.analysis(
        f"{key}.change_{time}.paired_t",
        method="paired_t",
        label="paired t test",
        outcome=key,
        time=time,
        population=context.study.population_of(outcome.population),
        prespecified=outcome.prespecified,
        role=outcome.role,
        ci_method="t",
        null=0,
        n_analysed={arm: observed(array) for arm, array in change.items()},
        n_available=available,
    )
    for arm, array in change.items():
        described, test = describe(array), paired(now[arm], before[arm], context.level)
        found = {
            "n": described.n,
            "mean": described.mean,
            "sd": described.sd,
            "ci_low": test.ci_low,
            "ci_high": test.ci_high,
            "statistic": test.statistic,
            "df": test.df,
            "p": test.p,
        }
        for statistic, value in found.items():
            unit = "patients" if statistic == "n" else None if statistic in ("statistic", "df", "p") else outcome.unit
            context.out.put(
                f"{key}.change_{time}.{arm}.{statistic}",
                value,
                statistic=statistic,
                unit=unit,
                analysis=name,
                group=arm,
            )
