"""Standardised mean differences of two groups, first minus second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.stats import NO_DATA, NO_VARIATION, TOO_FEW, Problem, Value

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Smd:
    """A standardised difference (in SDs) with its interval."""

    smd: Value
    smd_ci_low: Value
    smd_ci_high: Value


def _failed(problem: Problem) -> Smd:
    return Smd(problem, problem, problem)


def _interval(smd: float, n1: int, n2: int, level: float) -> Smd:
    """Large-sample interval of Hedges & Olkin 1985: SE² = (n1 + n2) / (n1 n2) + smd² / (2 (n1 + n2))."""
    se = np.sqrt((n1 + n2) / (n1 * n2) + smd * smd / (2 * (n1 + n2)))
    low, high = stats.norm.interval(level, smd, se)
    return Smd(smd, float(low), float(high))


def smd_means(first: Floats, second: Floats, level: float = 0.95) -> Smd:
    """Difference of means over sqrt((s1² + s2²) / 2) (Austin 2009). R: `stddiff::stddiff.numeric`."""
    a, b = first[~np.isnan(first)], second[~np.isnan(second)]
    if a.size == 0 or b.size == 0:
        return _failed(NO_DATA)
    if a.size < 2 or b.size < 2:
        return _failed(TOO_FEW)
    if a.min() == a.max() and b.min() == b.max():
        return _failed(NO_VARIATION)
    spread = float(np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2))
    return _interval(float(a.mean() - b.mean()) / spread, a.size, b.size, level)


def smd_levels(first: Floats, second: Floats, level: float = 0.95) -> Smd:
    """Standardised difference of a category from its counts by level.

    Two levels: difference of the proportions of the first level over sqrt((p1 q1 + p2 q2) / 2), signed
    (R: `stddiff::stddiff.binary`). More: the Mahalanobis distance of Yang & Dalton 2012, without sign
    (R: `stddiff::stddiff.category`); levels that nobody has are left out.

    Args:
        first: counts of the first group, shape (levels,).
        second: counts of the second group.
        level: of the confidence interval.
    """
    n1, n2 = int(first.sum()), int(second.sum())
    if n1 == 0 or n2 == 0:
        return _failed(NO_DATA)
    binary = first.size == 2
    if not binary:
        used = (first + second) > 0
        first, second = first[used], second[used]
    if first.size < 2:
        return _failed(NO_VARIATION)
    p1, p2 = first / n1, second / n2
    if binary:
        spread = float(np.sqrt((p1[0] * p1[1] + p2[0] * p2[1]) / 2))
        if spread == 0:
            return _failed(NO_VARIATION)
        return _interval(float(p1[0] - p2[0]) / spread, n1, n2, level)
    d = p1[1:] - p2[1:]
    covariance = (np.diag(p1[1:]) - np.outer(p1[1:], p1[1:]) + np.diag(p2[1:]) - np.outer(p2[1:], p2[1:])) / 2
    if np.linalg.matrix_rank(covariance) < d.size:
        return _failed(NO_VARIATION)
    return _interval(float(np.sqrt(d @ np.linalg.solve(covariance, d))), n1, n2, level)
