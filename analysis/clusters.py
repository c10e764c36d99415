"""Trials that assign whole clusters (practices, wards, villages): who is in which, how many, how alike they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.context import Context, Floats
from analysis.describing import Record
from analysis.stats import Problem, Value, parts
from analysis.stats.clustered import How, codes_of, intracluster, mean_of, proportion_of
from analysis.study import Design, Study

Ints = NDArray[np.int64]

FEW_IN_ALL, FEW_IN_AN_ARM = 40, 5
"""Fewer clusters than these are few: robust errors are too small then (Murray et al 2004; Donner & Klar 2000)."""

NOT_TESTED = Problem(
    "not_defined", "Whole clusters were assigned, so that no test of single patients is made before treatment."
)


def is_clustered(study: Study) -> bool:
    """Whether whole clusters were assigned."""
    return study.design.type == "cluster"


def how_of(design: Design) -> How:
    """`mixed` or `robust`: how means are compared."""
    return design.cluster.analysis if design.cluster else "mixed"


def clusters_of(context: Context, patients: pd.Index[Any]) -> NDArray[np.generic]:
    """The cluster of each patient, as it is called."""
    return context.people[str(context.role("cluster"))].reindex(patients).to_numpy(dtype=str)


def together(context: Context, groups: dict[str, pd.Index[Any]]) -> NDArray[np.generic]:
    """The clusters of the patients of all groups, in their order."""
    return np.concatenate([clusters_of(context, patients) for patients in groups.values()])


def warnings_of(context: Context, arm: Ints, clusters: Ints) -> list[str]:
    """A sentence where an analysis has few clusters, in an arm or in all.

    Args:
        arm: of the patients analysed.
        clusters: of the same patients, from `codes_of`.
    """
    cluster = context.study.design.cluster
    if cluster is None or clusters.size == 0:
        return []
    arm_of = arm[np.unique(clusters, return_index=True)[1]]
    many = np.bincount(arm_of, minlength=len(context.study.arms))
    if many.min() < FEW_IN_AN_ARM:
        return [f"A group has fewer than {FEW_IN_AN_ARM} {cluster.plural}, too few for intervals to be relied on."]
    if many.sum() < FEW_IN_ALL:
        return [f"With fewer than {FEW_IN_ALL} {cluster.plural}, intervals may be too narrow and P values too small."]
    return []


# What is recorded of clusters -----------------------------------------------------------------------------------------


def put_flow(context: Context, name: str) -> None:
    """`flow.clusters`, and `flow.G.clusters` and `flow.G.cluster_size.{mean,min,max}` of patients assigned."""
    study, out = context.study, context.out
    if not is_clustered(study):
        return
    everybody = clusters_of(context, context.people.index)
    unit = study.design.cluster.plural if study.design.cluster else "clusters"
    for arm in study.arms:
        size = np.unique(everybody[(context.arm == arm).to_numpy()], return_counts=True)[1]
        out.put(f"flow.{arm}.clusters", int(size.size), statistic="n", unit=unit, analysis=name, group=arm)
        for part, value in (("mean", float(size.mean())), ("min", int(size.min())), ("max", int(size.max()))):
            at = f"flow.{arm}.cluster_size.{part}"
            out.put(at, value, statistic=part, unit="patients", analysis=name, group=arm)
    out.put("flow.clusters", int(np.unique(everybody).size), statistic="n", unit=unit, analysis=name)


def put_analysed(
    context: Context, stem: str, name: str, groups: dict[str, pd.Index[Any]], seen: dict[str, NDArray[np.bool_]]
) -> None:
    """`<stem>.G.clusters`: clusters with a patient whom an analysis uses."""
    cluster = context.study.design.cluster
    unit = cluster.plural if cluster else "clusters"
    for arm, patients in groups.items():
        many = int(np.unique(clusters_of(context, patients)[seen[arm]]).size)
        context.out.put(f"{stem}.{arm}.clusters", many, statistic="n", unit=unit, analysis=name, group=arm)


def put_icc(
    context: Context, stem: str, record: Record, y: Floats, arm: Ints, clusters: Ints, *, events: bool = False
) -> None:
    """`<stem>.{icc,icc_ci_low,icc_ci_high}`: intracluster correlation within the groups.

    Args:
        y: outcome of the patients analysed; arm, clusters: of the same patients.
        events: whether it is 0 or 1, so that there is no interval.
    """
    found = parts(intracluster(y, arm, clusters, context.level, events=events))
    label, how = "intracluster correlation by analysis of variance", None if events else "variance_ratio"
    name = record(f"{stem}.icc", "anova_icc", label, role="descriptive", ci_method=how)
    for part, value in found.items():
        last = part if part == "icc" else f"icc_{part}"
        context.out.put(f"{stem}.{last}", value, statistic=part, unit="correlation", analysis=name)


def mean_limits(context: Context, arrays: dict[str, Floats], clusters: dict[str, NDArray[np.generic]]) -> Limits:
    """Cluster-robust limits of each group's mean; arrays with NaN where missing."""
    return _limits(arrays, clusters, lambda y, codes: _ends(mean_of(y, codes, context.level)))


def proportion_limits(context: Context, arrays: dict[str, Floats], clusters: dict[str, NDArray[np.generic]]) -> Limits:
    """The same of proportions of 0 and 1."""
    return _limits(arrays, clusters, lambda y, codes: proportion_of(y, codes, context.level))


Limits = dict[str, tuple[Value, Value]]


def _ends(found: Any) -> tuple[Value, Value]:
    return found.ci_low, found.ci_high


def _limits(
    arrays: dict[str, Floats],
    clusters: dict[str, NDArray[np.generic]],
    interval: Callable[[Floats, Ints], tuple[Value, Value]],
) -> Limits:
    def one() -> Iterator[tuple[str, tuple[Value, Value]]]:
        for group, array in arrays.items():
            seen = ~np.isnan(array)
            yield group, interval(array[seen], codes_of(clusters[group][seen]))

    return dict(one())
