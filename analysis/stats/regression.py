"""Ratios adjusted for other variables: odds ratios, risk ratios and rate ratios from generalised linear models."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from analysis.stats import NO_DATA, TOO_FEW, UNBOUNDED, Problem, Value, finite

Floats = NDArray[np.float64]

SEPARATED = Problem(
    "separation", "The outcome is told apart completely by the variables of the model, so that it has no estimate."
)
NOT_SEPARABLE = Problem("not_separable", "The variables of the model cannot be told apart in these data.")
NOT_CONVERGED = Problem("not_converged", "The model did not converge.")
EVEN = Problem(
    "no_variation",
    "The patients or clusters of each group are all alike in this model, so that the ratio has no standard error.",
)


@dataclass(frozen=True)
class Fit:
    """Coefficients on the log scale and their standard errors, in order of the design's columns.

    Attributes:
        covariance: of the coefficients that were fitted.
        beta, se: NaN where a coefficient is infinite and the others are not.
        determined: patients whose outcome such coefficients determine; the others' estimates do not depend on them.
    """

    beta: Floats
    se: Floats
    log_likelihood: float
    covariance: Floats
    determined: int = 0


@dataclass(frozen=True)
class Ratio:
    """exp(coefficient) with Wald's interval, z and P, which are of one model and always agree."""

    estimate: Value
    ci_low: Value
    ci_high: Value
    statistic: Value
    p: Value
    log_estimate: Value
    se: Value


def ratio_of(fit: Fit | Problem, column: int, level: float = 0.95, df: float = np.inf) -> Ratio:
    """The ratio that belongs to a column of the design; a problem in all its places where there is no fit.

    Limits and P are those of Student's t with `df`, of the normal distribution where there are none. A robust standard
    error of 0 (clusters that are all alike, groups whose patients are) leaves nothing to tell the ratio's error from;
    that of another column, such as the constant's, says nothing about this one.
    """
    if isinstance(fit, Problem):
        return Ratio(*([fit] * 7))
    b, se = float(fit.beta[column]), float(fit.se[column])
    if np.isnan(b):
        return Ratio(*([SEPARATED] * 7))
    if not se > 1e-9:  # of a logarithm: what is left is rounding
        return Ratio(*([EVEN] * 7))
    with np.errstate(over="ignore"):  # an infinite limit is told as such
        low, high = np.exp(stats.norm.interval(level, b, se) if np.isinf(df) else stats.t.interval(level, df, b, se))
    p = float(2 * (stats.norm.sf(abs(b / se)) if np.isinf(df) else stats.t.sf(abs(b / se), df)))
    return Ratio(finite(np.exp(b), UNBOUNDED), float(low), finite(high, UNBOUNDED), b / se, p, b, se)


def logistic(y: Floats, x: Floats) -> Fit | Problem:
    """Logistic regression by maximum likelihood; expected information. R: `glm(y ~ x, family = binomial)`.

    Args:
        y: 0 or 1, shape (n,), without missing values.
        x: design with a constant, shape (n, k).

    Returns:
        The fit, or `SEPARATED` where the columns tell all outcomes apart. Where they do so for some patients only (no
        patient of one centre had the event), the coefficients that are infinite are NaN, and the others their limit,
        which is the fit without these patients (Albert & Anderson 1984; found by linear programming, Konis 2007). R
        warns and prints the same for the others, and large numbers for the infinite ones.
    """
    return _at_limit(y, x, lambda rows, design: _fit(y[rows], design, "binomial"), _determined)


def _at_limit(
    y: Floats,
    x: Floats,
    fitted: Callable[[NDArray[np.bool_], Floats], Fit | Problem],
    determined: Callable[[Floats, Floats], NDArray[np.bool_]],
) -> Fit | Problem:
    """The fit, or where coefficients are infinite its limit: the fit of the patients that are not determined, in the
    combinations of coefficients that they tell of.

    Args:
        y, x: outcome and design of all patients.
        fitted: the fit of some patients with a design of their own.
        determined: those patients whose mean is at its bound in the limit.
    """
    left, k = np.ones(y.size, dtype=bool), x.shape[1]
    fit = fitted(left, x)
    if fit is not NOT_CONVERGED:
        return fit
    for _ in range(k):
        away = determined(y[left], x[left])
        if not away.any():
            return NOT_CONVERGED
        left[np.flatnonzero(left)[away]] = False
        if not left.any():
            return SEPARATED
        rows = np.linalg.svd(x[left], full_matrices=False)
        basis = rows.Vh[rows.S / rows.S[0] > 1e-10].T  # what the patients that are left tell of the coefficients
        if basis.shape[1] >= left.sum():
            return SEPARATED
        fit = fitted(left, x[left] @ basis)
        if isinstance(fit, Problem):
            continue
        told = np.isclose((basis**2).sum(axis=1), 1.0, rtol=0, atol=1e-9)
        if not told.any():
            return SEPARATED
        se = np.sqrt(np.einsum("ij,jk,ik->i", basis, fit.covariance, basis))
        beta = np.where(told, basis @ fit.beta, np.nan)
        return Fit(beta, np.where(told, se, np.nan), fit.log_likelihood, fit.covariance, int((~left).sum()))
    return SEPARATED


def modified_poisson(y: Floats, x: Floats, time: Floats | None = None) -> Fit | Problem:
    """Risk ratios of a 0/1 outcome by Poisson regression with robust (HC0) standard errors (Zou 2004).

    Of counts in person-time (`time`, above 0, as log offset) they are rate ratios.
    R: `fit <- glm(y ~ x, poisson); sandwich::vcovHC(fit, type = "HC0")`. Arguments as `logistic`.

    Where the columns set the mean of some patients to 0 (nobody of one level had the event), the coefficients that
    are infinite are NaN and the others those of the limit, as in `logistic`: such patients have no residual there and
    add nothing to the sandwich. R runs on until rounding stops it, warns of nothing, prints the same for the others
    and large negative numbers for the infinite ones.
    """
    offset = None if time is None else np.log(time)

    def fitted(rows: NDArray[np.bool_], design: Floats) -> Fit | Problem:
        return _fit(y[rows], design, "poisson", None if offset is None else offset[rows], cov_type="HC0")

    return _at_limit(y, x, fitted, _eventless)


def poisson(y: Floats, x: Floats, time: Floats | None = None) -> Fit | Problem:
    """Rate ratios by Poisson regression with model-based standard errors; `time` (above 0) as log offset.

    R: `glm(y ~ x, poisson, offset = log(time))`.
    """
    return _fit(y, x, "poisson", None if time is None else np.log(time))


def robust_poisson_or_logistic(
    y: Floats, x: Floats, clusters: NDArray[np.int64], family: str, time: Floats | None = None
) -> Fit | Problem:
    """Log risk or rate ratios (`poisson`) or log odds ratios (`logistic`) with cluster-robust standard errors.

    The sandwich of Liang & Zeger 1986, sums over clusters, times G / (G - 1) (n - 1) / (n - k).
    R: `sandwich::vcovCL(glm(y ~ x, poisson), cluster, type = "HC1")`. Arguments as `logistic`; `time` as `poisson`.
    """
    kind = "poisson" if family == "poisson" else "binomial"
    robust = {"cov_type": "cluster", "cov_kwds": {"groups": clusters, "use_correction": True}}
    fit = _fit(y, x, kind, None if time is None else np.log(time), **robust)
    return SEPARATED if fit is NOT_CONVERGED else fit


def _determined(y: Floats, x: Floats) -> NDArray[np.bool_]:
    """Patients with x b != 0 for a b with x b >= 0 wherever y = 1 and <= 0 wherever y = 0: nobody, if there is none."""
    scale = np.abs(x).max(axis=0)
    scale[scale == 0] = 1.0
    signed = (2 * y - 1)[:, None] * (x / scale)
    found = optimize.linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(y.size), bounds=(-1, 1), method="highs")
    if found.status != 0:
        return np.zeros(y.size, dtype=bool)
    return np.asarray(signed @ found.x > 1e-9)


def _eventless(y: Floats, x: Floats) -> NDArray[np.bool_]:
    """Patients with x b < 0 for a b with x b = 0 wherever y > 0 and <= 0 wherever y = 0: nobody, if there is none."""
    scale = np.abs(x).max(axis=0)
    scale[scale == 0] = 1.0
    scaled, some = x / scale, y > 0
    none = scaled[~some]
    if not none.size or not some.any():
        return np.zeros(y.size, dtype=bool)
    found = optimize.linprog(
        none.sum(axis=0),
        A_ub=none,
        b_ub=np.zeros(len(none)),
        A_eq=scaled[some],
        b_eq=np.zeros(int(some.sum())),
        bounds=(-1, 1),
        method="highs",
    )
    if found.status != 0:
        return np.zeros(y.size, dtype=bool)
    return np.asarray(~some & (scaled @ found.x < -1e-9))


def _fit(y: Floats, x: Floats, family: str, offset: Floats | None = None, **more: Any) -> Fit | Problem:
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    if y.size == 0:
        return NO_DATA
    if y.size <= x.shape[1]:
        return TOO_FEW
    distribution = {"poisson": families.Poisson, "binomial": families.Binomial}[family]()
    scale = np.abs(x).max(axis=0)
    scale[scale == 0] = 1.0
    if np.linalg.matrix_rank(x / scale) < x.shape[1]:
        return NOT_SEPARABLE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say is looked up in the fit
        try:
            model = GLM(y, x / scale, family=distribution, offset=offset)
            fit = model.fit(maxiter=30, tol=1e-10, tol_criterion="params", **more)
            covariance = np.asarray(fit.cov_params()) / np.outer(scale, scale)
            variances = np.maximum(np.diag(covariance), 0.0)  # below 0 is rounding: a robust variance may be 0
            beta, se, value = np.asarray(fit.params) / scale, np.sqrt(variances), float(fit.llf)
        except (ArithmeticError, ValueError, np.linalg.LinAlgError):
            return NOT_CONVERGED
    # a coefficient that runs away grows by about 1 in each step until its exponential is rounding
    fine = fit.converged and np.all(np.isfinite(np.concatenate([beta, se, [value]])))
    return Fit(beta, se, value, covariance) if fine and float(np.abs(fit.fittedvalues).min()) > 1e-12 else NOT_CONVERGED
