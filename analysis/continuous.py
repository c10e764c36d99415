"""Scores: each arm and time, change within arms, differences between arms, adjusted for the baseline."""

from __future__ import annotations

from collections import Counter

import numpy as np

from analysis.context import Context, Floats, observed, values
from analysis.describing import put_summary, put_t_test, sizes
from analysis.stats.ancova import ancova
from analysis.stats.means import describe, paired, welch


def arrays_of(context: Context, key: str, time: str) -> dict[str, Floats]:
    """Values of an outcome at a time, by arm, NaN where missing; patients in the same order at every time."""
    outcome = context.study.outcomes[key]
    series = context.scores(str(outcome.column), time)
    groups = context.by_arm(context.study.population_of(outcome.population))
    return {arm: values(series, patients) for arm, patients in groups.items()}


def continuous(context: Context, key: str) -> None:
    """All statistics of a continuous outcome: `O.T.*`, `O.change_T.*`, `O.T.C.*`, `O.T.C.adjusted.*`."""
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
    for time in outcome.timepoints:
        now = arrays_of(context, key, time)
        n = {arm: observed(array) for arm, array in now.items()}
        name = record(f"{key}.{time}.summary", time, "summary", "summary", n, available)
        put_summary(context, f"{key}.{time}", name, outcome.unit, {**now, "total": np.concatenate(list(now.values()))})
        name = record(f"{key}.{time}.welch", time, "welch", "Welch's t test", n, n, ci_method="t", null=0)
        for arm, reference in study.contrasts:
            test = welch(now[arm], now[reference], context.level)
            put_t_test(context, f"{key}.{time}.{context.vs(arm)}", name, outcome.unit, test, (arm, reference))
        if time == first or not has_baseline:
            continue
        _change(context, key, time, now, before, n)
        out.pairs[f"{key}.{time}"] = {arm: joint_counts(before[arm], now[arm]) for arm in now}
        tests, used = ancova(now, before, study.reference_arm, context.level)
        name = record(
            f"{key}.{time}.ancova",
            time,
            "ancova",
            "analysis of covariance",
            used,
            n,
            adjusted_for=[f"{key}.{first}"],
            ci_method="t",
            null=0,
        )
        for arm, reference in study.contrasts:
            stem = f"{key}.{time}.{context.vs(arm)}.adjusted"
            put_t_test(context, stem, name, outcome.unit, tests[arm], (arm, reference), se=True)


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
