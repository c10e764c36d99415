"""Models fitted by maximum likelihood: one way to the maximum, Wald's interval, the likelihood ratio test.

What uses this are likelihoods without a second maximum (logistic, proportional odds, Cox), so that a search that does
not settle means that the likelihood rises for ever: the groups, or values of a covariate, are separated by the
outcome. statsmodels fits the first two as well, but returns a very large coefficient then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.stats import UNBOUNDED, Problem, Value, finite
from analysis.stats.proportions import Test

Floats = NDArray[np.float64]

SEPARATION = Problem(
    "separation", "The model has no finite estimate, because the outcome is the same throughout a group or combination."
)
NOT_SEPARABLE = Problem("not_separable", "The groups cannot be told apart from the variables adjusted for.")
STEPS = 40


@dataclass(frozen=True)
class Fit:
    """Coefficients at the maximum, their covariance (inverse observed information), and the log likelihood there."""

    beta: Floats
    covariance: Floats
    log_likelihood: float


@dataclass(frozen=True)
class Ratio:
    """exp of a coefficient: a ratio of odds or hazards; `statistic` is Wald's z."""

    ratio: Value
    ci_low: Value
    ci_high: Value
    statistic: Value
    p: Value


def maximise(derivatives: Callable[[Floats], tuple[float, Floats, Floats]], start: Floats) -> Fit | Problem:
    """Newton's method with halved steps, on a log likelihood that has at most one maximum.

    Args:
        derivatives: log likelihood, gradient and Hessian at some coefficients; those of covariates should be of
            the order of 1.
        start: where to begin.

    Returns:
        The fit, or SEPARATION where the steps do not become small: far out each step of a likelihood that rises for
        ever is about 1, while at a maximum the number of right digits doubles.
    """
    beta = start
    value, gradient, hessian = derivatives(beta)
    for _ in range(STEPS):
        try:
            step = np.linalg.solve(-hessian, gradient)
        except np.linalg.LinAlgError:
            return SEPARATION
        if not np.isfinite(step).all():
            return SEPARATION
        moved = derivatives(beta + step)
        while not moved[0] >= value - 1e-12 * (1 + abs(value)):
            step = step / 2
            if np.abs(step).max() < 1e-12:
                break
            moved = derivatives(beta + step)
        beta, (value, gradient, hessian) = beta + step, moved
        if np.abs(step).max() <= 1e-9 * max(1.0, float(np.abs(beta).max())):
            return Fit(beta, np.asarray(np.linalg.inv(-hessian), dtype=np.float64), value)
    return SEPARATION


def ratio(fit: Fit, column: int, level: float = 0.95) -> Ratio:
    """exp of a coefficient with Wald's interval and test. R: `exp(confint.default(fit))`, `summary(fit)`."""
    beta, se = float(fit.beta[column]), float(np.sqrt(fit.covariance[column, column]))
    half = float(stats.norm.ppf((1 + level) / 2)) * se
    z = beta / se
    with np.errstate(over="ignore"):
        low, high = float(np.exp(beta - half)), finite(np.exp(beta + half), UNBOUNDED)
    return Ratio(float(np.exp(beta)), low, high, z, float(2 * stats.norm.sf(abs(z))))


def likelihood_ratio(full: Fit | Problem, reduced: Fit | Problem) -> Test:
    """Likelihood ratio test of two nested models. R: `anova(reduced, full, test = "LRT")`."""
    for one in (full, reduced):
        if isinstance(one, Problem):
            return Test(one, one, one)
    assert isinstance(full, Fit) and isinstance(reduced, Fit)
    df = full.beta.size - reduced.beta.size
    if df < 1:
        return Test(NOT_SEPARABLE, NOT_SEPARABLE, NOT_SEPARABLE)
    statistic = max(0.0, 2 * (full.log_likelihood - reduced.log_likelihood))
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


def dummies(codes: NDArray[np.int64], levels: int) -> Floats:
    """A column of 0 and 1 for each level from 1 on; level 0 has none."""
    return np.asarray(codes[:, None] == np.arange(1, levels), dtype=np.float64)
