"""Events in a trial of clusters: binary outcomes and harms, compared with cluster-robust standard errors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.clusters import clusters_of, proportion_limits, put_analysed, put_icc, together, warnings_of
from analysis.context import Context, Floats, values
from analysis.describing import Record, percent, sizes
from analysis.risks import arm_codes, covariates, event_of, put_counts, put_derived, put_ratio
from analysis.several import put_family, put_global, several_arms
from analysis.stats import NO_EVENTS, Problem
from analysis.stats.clustered import codes_of, compare_means, compare_ratios
from analysis.stats.means import TTest
from analysis.stats.odds import ALL_EVENTS
from analysis.stats.proportions import Comparison

ALL_OR_NONE = Problem(
    "no_interval",
    "In a group no patient had the event, or every patient, so that its variation between clusters is not known.",
)


def clustered_binary(context: Context, key: str) -> None:
    """What `binary` gives, by methods for clusters: `O.T.G.*`, `O.T.C.*`, `O.T.C.adjusted.*`, and `O.T.G.clusters`,
    `O.T.icc`; P and its `statistic` and `df` are of the risk difference."""
    study, out = context.study, context.out
    outcome = study.outcomes[key]
    population = study.population_of(outcome.population)
    groups = context.by_arm(population)
    clusters = {arm: clusters_of(context, patients) for arm, patients in groups.items()}
    for time in outcome.timepoints:
        series, stem = event_of(context, key, time), f"{key}.{time}"
        cells = {arm: values(series, patients) for arm, patients in groups.items()}
        events = {arm: int(np.nansum(array)) for arm, array in cells.items()}
        n = {arm: int((~np.isnan(array)).sum()) for arm, array in cells.items()}
        shared: dict[str, Any] = {"role": outcome.role, "n_analysed": n, "n_available": sizes(groups)}

        def record(
            name: str, method: str, label: str, time: str = time, shared: dict[str, Any] = shared, **more: Any
        ) -> str:
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

        label = "proportion with cluster-robust interval on the logit scale"
        name = record(f"{stem}.summary", "cluster_robust", label, role="descriptive", ci_method="logit_cluster")
        total = {"total": sum(n.values())}
        put_counts(context, stem, name, {**events, "total": sum(events.values())}, {**n, **total})
        every = {**cells, "total": np.concatenate(list(cells.values()))}
        limits = proportion_limits(context, every, {**clusters, "total": together(context, groups)})
        for group, array in every.items():
            missing = int(np.isnan(array).sum())
            at = f"{stem}.{group}.missing"
            out.put(at, missing, statistic="missing", unit="patients", analysis=name, group=group)
            for side, limit in zip(("ci_low", "ci_high"), limits[group], strict=True):
                at = f"{stem}.{group}.percent_{side}"
                out.put(at, percent(limit), statistic=side, unit="percent", analysis=name, group=group)
        put_analysed(context, stem, name, groups, {arm: ~np.isnan(array) for arm, array in cells.items()})
        found = put_clustered_risks(context, stem, record, cells, groups, odds=True)
        put_derived(context, stem, found)
        put_family(context, stem, record, "p")
        if outcome.adjust_for:
            _put_adjusted(context, key, stem, record, cells, groups)


def put_clustered_risks(
    context: Context,
    stem: str,
    record: Record,
    cells: dict[str, Floats],
    groups: dict[str, pd.Index[Any]],
    *,
    odds: bool = False,
) -> dict[str, tuple[Comparison, Comparison]]:
    """`<stem>.C.{risk_difference,rd_ci_low,rd_ci_high,statistic,df,p,risk_ratio,rr_ci_low,rr_ci_high}` of every
    contrast; with `odds` also `{odds_ratio,or_ci_low,or_ci_high}`, `<stem>.icc` and the test of several arms.

    The difference is that of least squares of 0 and 1, the ratios of Poisson and logistic regression.

    Args:
        cells: 1, 0 or NaN of each patient by arm, in the order of `groups`.

    Returns:
        Difference (as a fraction) and risk ratio by arm.
    """
    y = np.concatenate(list(cells.values()))
    used = ~np.isnan(y)
    arm, others = arm_codes(context, groups)
    y, arm, clusters = y[used], arm[used], codes_of(together(context, groups)[used])
    none = np.empty((y.size, 0))
    warned = warnings_of(context, arm, clusters)
    compared = compare_means(y, arm, len(groups), clusters, none, "robust", context.level)
    pairs = [(arm == 0) | (arm == i) for i in range(1, len(groups))]
    tests = [_known(one, y[pair], arm[pair]) for one, pair in zip(compared.tests, pairs, strict=True)]
    about: dict[str, Any] = {"null": 0, "warnings": warned}
    label = "difference of proportions with cluster-robust standard errors"
    name = record(f"{stem}.risk_difference", "cluster_robust", label, ci_method="t_cluster", **about)
    test = record(f"{stem}.test", "cluster_robust", "t test of the difference of proportions", **about)
    for (one, reference), found in zip(context.study.contrasts, tests, strict=True):
        at, contrast = f"{stem}.{context.vs(one)}", (one, reference)
        for part, value, statistic, unit, analysis in (
            ("risk_difference", percent(found.difference), "risk_difference", "percent", name),
            ("rd_ci_low", percent(found.ci_low), "ci_low", "percent", name),
            ("rd_ci_high", percent(found.ci_high), "ci_high", "percent", name),
            ("statistic", found.statistic, "statistic", None, test),
            ("df", found.df, "df", None, test),
            ("p", found.p, "p", None, test),
        ):
            context.out.put(f"{at}.{part}", value, statistic=statistic, unit=unit, analysis=analysis, contrast=contrast)
    ratios = _put_ratios(context, stem, record, "risk_ratio", (y, arm, clusters), warned)
    if odds:
        _put_ratios(context, stem, record, "odds_ratio", (y, arm, clusters), warned)
        put_icc(context, stem, record, y, arm, clusters, events=True)
        if several_arms(context):
            put_global(context, stem, record, "cluster_wald", "Wald test of all groups", compared.all_groups)
    differences = {
        one: Comparison(found.difference, found.ci_low, found.ci_high, "cluster_robust")
        for one, found in zip(others, tests, strict=True)
    }
    return {one: (differences[one], ratios[one]) for one in others}


def _known(found: TTest, y: Floats, arm: NDArray[np.int64]) -> TTest:
    """A difference whose interval rests on the variation of both groups, or says why there is none."""
    both = [y[arm == code] for code in np.unique(arm)]
    if y.size and not y.any():
        return replace(found, ci_low=NO_EVENTS, ci_high=NO_EVENTS, statistic=NO_EVENTS, df=NO_EVENTS, p=NO_EVENTS)
    if any(one.size and one.min() == one.max() for one in both) and not isinstance(found.difference, Problem):
        none = ALL_OR_NONE
        return replace(found, se=none, ci_low=none, ci_high=none, statistic=none, df=none, p=none)
    return found


def _put_ratios(
    context: Context,
    stem: str,
    record: Record,
    noun: str,
    data: tuple[Floats, NDArray[np.int64], NDArray[np.int64]],
    warned: list[str],
) -> dict[str, Comparison]:
    """`<stem>.C.{risk_ratio,rr_ci_low,rr_ci_high}` or the same of `odds_ratio`."""
    y, arm, clusters = data
    many = len(context.study.arms)
    risk = noun == "risk_ratio"
    method = "cluster_poisson" if risk else "cluster_logistic"
    label = f"{'Poisson' if risk else 'logistic'} regression with cluster-robust standard errors"
    problem = NO_EVENTS if y.size and not y.any() else ALL_EVENTS if y.size and y.all() and not risk else None
    found: list[Any] = [Comparison(problem, problem, problem, method)] * (many - 1) if problem else []
    if not problem:
        family = "poisson" if risk else "logistic"
        ratios, _ = compare_ratios(y, arm, many, clusters, np.empty((y.size, 0)), family, context.level)  # type: ignore[arg-type]
        found = [Comparison(one.estimate, one.ci_low, one.ci_high, method) for one in ratios]
    name = record(f"{stem}.{noun}", method, label, ci_method="wald_t", null=1, warnings=warned)
    prefix = "rr" if risk else "or"
    for (one, reference), comparison in zip(context.study.contrasts, found, strict=True):
        for part, value, statistic in (
            (noun, comparison.estimate, noun),
            (f"{prefix}_ci_low", comparison.ci_low, "ci_low"),
            (f"{prefix}_ci_high", comparison.ci_high, "ci_high"),
        ):
            at = f"{stem}.{context.vs(one)}.{part}"
            context.out.put(at, value, statistic=statistic, unit="ratio", analysis=name, contrast=(one, reference))
    return {one: comparison for (one, _), comparison in zip(context.study.contrasts, found, strict=True)}


def _put_adjusted(
    context: Context,
    key: str,
    stem: str,
    record: Record,
    cells: dict[str, Floats],
    groups: dict[str, pd.Index[Any]],
) -> None:
    """`O.T.C.adjusted.{odds_ratio,ci_low,ci_high,statistic,df,p}`: logistic regression, cluster-robust."""
    adjust_for = context.study.outcomes[key].adjust_for
    y = np.concatenate(list(cells.values()))
    table = np.concatenate([covariates(context, adjust_for, patients) for patients in groups.values()])
    arm, others = arm_codes(context, groups)
    used = ~np.isnan(y) & ~np.isnan(table).any(axis=1)
    y, arm, clusters = y[used], arm[used], codes_of(together(context, groups)[used])
    n = {one: int((arm == i).sum()) for i, one in enumerate([context.study.reference_arm, *others])}
    ratios, df = compare_ratios(y, arm, len(n), clusters, table[used], "logistic", context.level)
    name = record(
        f"{stem}.adjusted",
        "cluster_logistic",
        "logistic regression with cluster-robust standard errors",
        adjusted_for=adjust_for,
        ci_method="wald_t",
        null=1,
        n_analysed=n,
        n_available={arm: int((~np.isnan(array)).sum()) for arm, array in cells.items()},
        warnings=warnings_of(context, arm, clusters),
    )
    for one, ratio in zip(others, ratios, strict=True):
        at, contrast = f"{stem}.{context.vs(one)}.adjusted", (one, context.study.reference_arm)
        put_ratio(context, at, ratio, "odds_ratio", name, contrast)
        degrees = ratio.p if isinstance(ratio.p, Problem) else df
        context.out.put(f"{at}.df", degrees, statistic="df", analysis=name, contrast=contrast)


def put_clustered_harm(
    context: Context, stem: str, record: Record, who: pd.Series[Any], groups: dict[str, pd.Index[Any]]
) -> None:
    """The comparisons of patients with an adverse event, of `harms`; `who` are the patients of the events."""
    cells = {arm: members.isin(who).astype(np.float64) for arm, members in groups.items()}
    put_clustered_risks(context, stem, record, cells, groups)
