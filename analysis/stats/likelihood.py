"""The maximum of a likelihood that has at most one: Newton's method, the test of two models, columns of a design."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.stats import Problem
from analysis.stats.proportions import Test

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STEPS = 40
FAR, LOOSE = 15.0, 1000.0
"""A coefficient beyond the first, or with a standard error beyond the second, is on its way to infinity: e to the 15th
is more than there are patients, and where nothing bends the likelihood but rounding, steps are small too."""

ONE_LEVEL = Problem("one_level", "No two levels have patients of both groups, so there is no interaction to test.")


@dataclass(frozen=True)
class Peak:
    """Coefficients at the maximum, their covariance (inverse observed information), and the log likelihood there."""

    at: Floats
    covariance: Floats
    log_likelihood: float


def maximise(derivatives: Callable[[Floats], tuple[float, Floats, Floats]], start: Floats) -> Peak | None:
    """Newton's method with halved steps.

    Args:
        derivatives: log likelihood, gradient and Hessian at some coefficients; those of covariates should be of
            the order of 1.
        start: where to begin.

    Returns:
        The peak, or None where the steps do not become small, or lead too far. For these likelihoods that means that
        they rise for ever: each step is about 1 then, while near a maximum the number of right digits doubles.
    """
    with np.errstate(all="ignore"):  # a step too far may give infinities; it is halved
        return _climb(derivatives, start)


def _climb(derivatives: Callable[[Floats], tuple[float, Floats, Floats]], beta: Floats) -> Peak | None:
    value, gradient, hessian = derivatives(beta)
    for _ in range(STEPS):
        try:
            covariance = np.asarray(np.linalg.inv(-hessian), dtype=np.float64)
        except np.linalg.LinAlgError:
            return None
        step = covariance @ gradient
        if not np.isfinite(step).all():
            return None
        moved = derivatives(beta + step)
        while not moved[0] >= value - 1e-12 * (1 + abs(value)) and np.abs(step).max() > 1e-12:
            step = step / 2
            moved = derivatives(beta + step)
        beta, (value, gradient, hessian) = beta + step, moved
        if np.abs(beta).max() > FAR:
            return None
        if np.abs(step).max() <= 1e-9 * max(1.0, float(np.abs(beta).max())):
            return Peak(beta, covariance, value) if (np.sqrt(np.diag(covariance)) < LOOSE).all() else None
    return None


def likelihood_ratio(full: float, reduced: float, df: int) -> Test:
    """Likelihood ratio test from two log likelihoods. R: `anova(reduced, full, test = "LRT")`."""
    statistic = max(0.0, 2 * (full - reduced))
    return Test(statistic, float(df), float(stats.chi2.sf(statistic, df)))


def independent(columns: Floats) -> Floats:
    """The columns that are neither constant nor sums of those before them, about their means, in units of their SD.

    R drops such columns too (a coefficient of NA); the others' coefficients do not change by that.
    """
    kept = np.empty((columns.shape[0], 0))
    for column in columns.T:
        centred = column - column.mean() if column.size else column
        scale = float(centred.std()) if column.size else 0.0
        if scale <= 1e-10 * max(1.0, float(np.abs(column).max(initial=0.0))):
            continue
        wider = np.column_stack([kept, centred / scale])
        if np.linalg.matrix_rank(wider) == wider.shape[1]:
            kept = wider
    return kept


def dummies(codes: Ints, levels: int) -> Floats:
    """A column of 0 and 1 for each level from 1 on; level 0 has none."""
    return np.asarray(codes[:, None] == np.arange(1, levels), dtype=np.float64)


def interaction_designs(arm: Ints, level_of: Ints) -> tuple[Floats, Floats]:
    """Columns of the models with and without the interaction of two groups (0, 1) with levels; empty levels have none.

    R: `~ arm * level` and `~ arm + level`, without the constant.
    """
    _, codes = np.unique(level_of, return_inverse=True)
    levels = dummies(codes, int(codes.max(initial=0)) + 1)
    main = np.column_stack([arm.astype(np.float64), levels])
    return independent(np.column_stack([main, levels * arm[:, None]])), independent(main)
