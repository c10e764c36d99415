"""Ratios adjusted for other variables: odds ratios, risk ratios and rate ratios from generalised linear models."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from analysis.stats import NO_DATA, TOO_FEW, UNBOUNDED, Problem, Value, finite

Floats = NDArray[np.float64]

SEPARATED = Problem(
    "separated", "The outcome is told apart completely by the variables of the model, so that it has no estimate."
)
NOT_SEPARABLE = Problem("not_separable", "The variables of the model cannot be told apart in these data.")
NOT_CONVERGED = Problem("not_converged", "The model did not converge.")


@dataclass(frozen=True)
class Fit:
    """Coefficients on the log scale and their standard errors, in order of the design's columns."""

    beta: Floats
    se: Floats
    log_likelihood: float


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


def ratio_of(fit: Fit | Problem, column: int, level: float = 0.95) -> Ratio:
    """The ratio that belongs to a column of the design; a problem in all its places where there is no fit."""
    if isinstance(fit, Problem):
        return Ratio(*([fit] * 7))
    b, se = float(fit.beta[column]), float(fit.se[column])
    low, high = np.exp(stats.norm.interval(level, b, se))
    p = float(2 * stats.norm.sf(abs(b / se)))
    return Ratio(finite(np.exp(b), UNBOUNDED), float(low), finite(high, UNBOUNDED), b / se, p, b, se)


def logistic(y: Floats, x: Floats) -> Fit | Problem:
    """Logistic regression by maximum likelihood; expected information. R: `glm(y ~ x, family = binomial)`.

    Args:
        y: 0 or 1, shape (n,), without missing values.
        x: design with a constant, shape (n, k).

    Returns:
        The fit; `SEPARATED` where a linear combination of the columns tells the outcomes apart, completely or but for
        ties (found by linear programming, Konis 2007), where R warns and prints large numbers.
    """
    fit = _fit(y, x, families.Binomial())
    return SEPARATED if fit is NOT_CONVERGED and separated(y, x) else fit


def modified_poisson(y: Floats, x: Floats) -> Fit | Problem:
    """Risk ratios of a 0/1 outcome by Poisson regression with robust (HC0) standard errors (Zou 2004).

    R: `fit <- glm(y ~ x, poisson); sandwich::vcovHC(fit, type = "HC0")`. Arguments as `logistic`.
    """
    return _fit(y, x, families.Poisson(), cov_type="HC0")


def poisson(y: Floats, x: Floats, time: Floats | None = None) -> Fit | Problem:
    """Rate ratios by Poisson regression with model-based standard errors; `time` (above 0) as log offset.

    R: `glm(y ~ x, poisson, offset = log(time))`.
    """
    return _fit(y, x, families.Poisson(), None if time is None else np.log(time))


def separated(y: Floats, x: Floats) -> bool:
    """Whether some b has x b >= 0 wherever y = 1 and <= 0 wherever y = 0, and not 0 everywhere."""
    signed = (2 * y - 1)[:, None] * x
    found = optimize.linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(y.size), bounds=(-1, 1), method="highs")
    return bool(found.status == 0 and -found.fun > 1e-9 * max(1.0, float(np.abs(x).max())))


def _fit(y: Floats, x: Floats, family: families.Family, offset: Floats | None = None, **more: Any) -> Fit | Problem:
    if y.size == 0:
        return NO_DATA
    if y.size <= x.shape[1]:
        return TOO_FEW
    scale = np.abs(x).max(axis=0)
    scale[scale == 0] = 1.0
    if np.linalg.matrix_rank(x / scale) < x.shape[1]:
        return NOT_SEPARABLE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say is looked up in the fit
        try:
            model = GLM(y, x / scale, family=family, offset=offset)
            fit = model.fit(maxiter=30, tol=1e-10, tol_criterion="params", **more)
            beta, se, value = np.asarray(fit.params) / scale, np.asarray(fit.bse) / scale, float(fit.llf)
        except (ArithmeticError, ValueError, np.linalg.LinAlgError):
            return NOT_CONVERGED
    # a coefficient that runs away grows by about 1 in each step until its exponential is rounding
    fine = fit.converged and np.all(np.isfinite(np.concatenate([beta, se, [value]]))) and np.all(se > 0)
    return Fit(beta, se, value) if fine and float(np.abs(fit.fittedvalues).min()) > 1e-12 else NOT_CONVERGED
