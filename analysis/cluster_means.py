"""Scores in a trial of clusters: groups compared by a mixed model, or by least squares with cluster-robust errors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.clusters import (
    clusters_of,
    how_of,
    mean_limits,
    put_analysed,
    put_icc,
    together,
    warnings_of,
)
from analysis.context import Context, Floats, observed
from analysis.continuous import arrays_of, joint_counts
from analysis.describing import put_summary, put_t_test, sizes
from analysis.margins import put_mean_margin, t_test
from analysis.risks import arm_codes, covariates
from analysis.several import put_family, put_global, several_arms
from analysis.stats.clustered import Compared, codes_of, compare_means, mean_of
from analysis.stats.means import TTest, describe

METHODS = {
    "mixed": ("cluster_mixed", "linear mixed model with a random intercept of the cluster"),
    "robust": ("cluster_robust", "least squares with cluster-robust standard errors"),
}


def clustered_continuous(context: Context, key: str) -> None:
    """What `continuous` gives, by methods for clusters: `O.T.*`, `O.change_T.*`, `O.T.C.*`, `O.T.C.adjusted.*`, and
    `O.T.G.clusters`, `O.T.{icc,icc_ci_low,icc_ci_high}`."""
    study, out = context.study, context.out
    outcome = study.outcomes[key]
    population = study.population_of(outcome.population)
    groups = context.by_arm(population)
    first = study.first_timepoint
    has_baseline = first in outcome.timepoints
    before = arrays_of(context, key, first) if has_baseline else {}
    clusters = {arm: clusters_of(context, patients) for arm, patients in groups.items()}
    clusters["total"] = together(context, groups)
    method, label = METHODS[how_of(study.design)]

    def record(name: str, method: str, label: str, **more: Any) -> str:
        shared = {"role": "descriptive" if time == first else outcome.role, "n_analysed": n, "n_available": n}
        return out.analysis(
            name,
            method=method,
            label=label,
            population=population,
            outcome=key,
            time=time,
            prespecified=outcome.prespecified,
            **{**shared, **more},
        )

    for time in outcome.timepoints:
        now, stem = arrays_of(context, key, time), f"{key}.{time}"
        n = {arm: observed(array) for arm, array in now.items()}
        arrays = {**now, "total": np.concatenate(list(now.values()))}
        name = record(
            f"{stem}.summary",
            "summary",
            "summary",
            role="descriptive",
            n_available=sizes(groups),
            ci_method="t_cluster",
        )
        put_summary(context, stem, name, outcome.unit, arrays, mean_limits(context, arrays, clusters))
        put_analysed(context, stem, name, groups, {arm: ~np.isnan(array) for arm, array in now.items()})
        found, _, warned = _compare(context, now, groups, np.empty((arrays["total"].size, 0)))
        about: dict[str, Any] = {"ci_method": "t_cluster", "null": 0}
        name = record(f"{stem}.clustered", method, label, warnings=warned, **about)
        main = _put(context, stem, name, outcome.unit, found)
        _put_icc(context, stem, record, now, groups)
        if time == first and len(outcome.timepoints) > 1:
            continue
        last = "p"
        covaried = time != first and has_baseline
        if covaried:
            _put_change(context, key, time, now, before, clusters)
            out.pairs[stem] = {arm: joint_counts(before[arm], now[arm]) for arm in now}
        if covaried or outcome.adjust_for:
            table = np.concatenate([covariates(context, outcome.adjust_for, one) for one in groups.values()])
            if covaried:
                table = np.column_stack([np.concatenate(list(before.values())), table])
            found, used, warned = _compare(context, now, groups, table, "In the adjusted analysis")
            adjusted_for = [*([f"{key}.{first}"] if covaried else []), *outcome.adjust_for]
            more = {"adjusted_for": adjusted_for, "n_analysed": used, "warnings": warned}
            name = record(f"{stem}.clustered_adjusted", method, label, **about, **more)
            main = _put(context, f"{stem}", name, outcome.unit, found, adjusted=True)
            last = "adjusted.p"
        if time == first:
            continue
        if several_arms(context):
            put_global(context, stem, record, "cluster_wald", "Wald test of all groups", found.all_groups)
        put_family(context, stem, record, last)
        if outcome.margin:
            put_mean_margin(context, stem, record, main, t_test)


def _compare(
    context: Context, now: dict[str, Floats], groups: dict[str, pd.Index[Any]], table: Floats, where: str = ""
) -> tuple[Compared, dict[str, int], list[str]]:
    """The comparison over the patients with all values, their number by arm, and warnings that begin with `where`."""
    y, used, arm, clusters = _analysed(context, now, groups, table)
    others = [one for one, _ in context.study.contrasts]
    how = how_of(context.study.design)
    found = compare_means(y, arm, len(now), clusters, table[used], how, context.level)
    n = {one: int((arm == i).sum()) for i, one in enumerate([context.study.reference_arm, *others])}
    return found, n, [*warnings_of(context, arm, clusters), *within(where, found.warnings)]


def within(where: str, warnings: Iterable[str]) -> list[str]:
    """Sentences that say where they hold: 'In the adjusted analysis, the variance …'."""
    return [f"{where}, {text[0].lower()}{text[1:]}" if where else text for text in warnings]


def _analysed(
    context: Context, now: dict[str, Floats], groups: dict[str, pd.Index[Any]], table: Floats
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Outcome, who is used, arm and cluster of those."""
    y = np.concatenate(list(now.values()))
    used = ~np.isnan(y) & ~np.isnan(table).any(axis=1)
    arm, _ = arm_codes(context, groups)
    return y[used], used, arm[used], codes_of(together(context, groups)[used])


def _put(
    context: Context, stem: str, name: str, unit: str, found: Compared, *, adjusted: bool = False
) -> dict[str, TTest]:
    tests = dict(zip([arm for arm, _ in context.study.contrasts], found.tests, strict=True))
    for arm, reference in context.study.contrasts:
        at = f"{stem}.{context.vs(arm)}" + (".adjusted" if adjusted else "")
        put_t_test(context, at, name, unit, tests[arm], (arm, reference), se=adjusted)
    return tests


def _put_icc(
    context: Context, stem: str, record: Any, now: dict[str, Floats], groups: dict[str, pd.Index[Any]]
) -> None:
    y, _, arm, clusters = _analysed(context, now, groups, np.empty((sum(a.size for a in now.values()), 0)))
    put_icc(context, stem, record, y, arm, clusters)


def _put_change(
    context: Context,
    key: str,
    time: str,
    now: dict[str, Floats],
    before: dict[str, Floats],
    clusters: dict[str, NDArray[np.generic]],
) -> None:
    """`O.change_T.G.{n,mean,sd,ci_low,ci_high,statistic,df,p}`: mean change with cluster-robust standard error."""
    outcome = context.study.outcomes[key]
    change = {arm: now[arm] - before[arm] for arm in now}
    name = context.out.analysis(
        f"{key}.change_{time}.clustered",
        method="cluster_robust",
        label="mean change with cluster-robust standard error",
        outcome=key,
        time=time,
        population=context.study.population_of(outcome.population),
        prespecified=outcome.prespecified,
        role=outcome.role,
        ci_method="t_cluster",
        null=0,
        n_analysed={arm: observed(array) for arm, array in change.items()},
        n_available={arm: observed(array) for arm, array in now.items()},
    )
    for arm, array in change.items():
        seen = ~np.isnan(array)
        described, test = describe(array), mean_of(array[seen], codes_of(clusters[arm][seen]), context.level)
        for part, value, unit in (
            ("n", described.n, "patients"),
            ("mean", described.mean, outcome.unit),
            ("sd", described.sd, outcome.unit),
            ("ci_low", test.ci_low, outcome.unit),
            ("ci_high", test.ci_high, outcome.unit),
            ("statistic", test.statistic, None),
            ("df", test.df, None),
            ("p", test.p, None),
        ):
            at = f"{key}.change_{time}.{arm}.{part}"
            context.out.put(at, value, statistic=part, unit=unit, analysis=name, group=arm)
