"""Ordinal outcomes: the proportional odds model with a check of it, and the probability of superiority."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

from analysis.stats import NO_DATA, NO_VARIATION, TOO_FEW, Problem, Value
from analysis.stats.proportions import Test
from analysis.stats.regression import NOT_CONVERGED, NOT_SEPARABLE, SEPARATED, Fit

Floats = NDArray[np.float64]
Levels = NDArray[np.int64]


@dataclass(frozen=True)
class Superiority:
    """Probability that a value of the first group is higher, ties counted half, with Brunner and Munzel's test."""

    superiority: Value
    ci_low: Value
    ci_high: Value
    statistic: Value
    df: Value
    p: Value


def proportional_odds(y: Levels, x: Floats) -> Fit | Problem:
    """Log odds ratios of being in a higher level, the same at every cut (McCullagh 1980), by maximum likelihood.

    Standard errors from the observed information, as R's `MASS::polr(factor(y) ~ x, Hess = TRUE)` and `ordinal::clm`,
    whose signs these are. `regression.ratio_of` makes odds ratios of the columns.

    Args:
        y: level of each patient; only their order counts, shape (n,).
        x: covariates, shape (n, k), without a constant.

    Returns:
        The fit (coefficients of x only); `SEPARATED` where a coefficient is infinite.
    """
    used, level = np.unique(y, return_inverse=True)
    if y.size == 0:
        return NO_DATA
    if used.size < 2:
        return NO_VARIATION
    centre, scale = x.mean(axis=0), x.std(axis=0)
    if np.any(scale == 0) or np.linalg.matrix_rank((x - centre) / scale) < x.shape[1]:
        return NOT_SEPARABLE
    z = (x - centre) / scale
    k, cuts = x.shape[1], used.size - 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = OrderedModel(level, z, distr="logit")
            start = model.fit(method="bfgs", maxiter=200, disp=False, skip_hessian=True).params
            b = np.concatenate([start[:k], model.transform_threshold_params(start)[1:-1]])
            for _ in range(50):
                value, score, information = _likelihood(level, z, b, cuts)
                step = np.linalg.solve(information, score)
                b = b + step
                if not np.all(np.isfinite(b)) or np.abs(b[:k]).max() > 15:
                    return SEPARATED
                if np.abs(step).max() < 1e-11 * max(1.0, float(np.abs(b).max())):
                    covariance = np.linalg.inv(information)[:k, :k] / np.outer(scale, scale)
                    return Fit(b[:k] / scale, np.sqrt(np.diag(covariance)), value, covariance)
        except (ArithmeticError, ValueError, np.linalg.LinAlgError):
            return SEPARATED
    return NOT_CONVERGED


def _likelihood(level: Levels, z: Floats, b: Floats, cuts: int) -> tuple[float, Floats, Floats]:
    """Log-likelihood, its gradient and the negative of its second derivatives, at slopes and cut points."""
    k, n = z.shape[1], level.size
    eta = z @ b[:k]
    edges = np.concatenate([[-np.inf], b[k:], [np.inf]])
    upper, lower = edges[level + 1] - eta, edges[level] - eta
    cdf_u, cdf_l = stats.logistic.cdf(upper), stats.logistic.cdf(lower)
    p = np.where(lower > 0, stats.logistic.sf(lower) - stats.logistic.sf(upper), cdf_u - cdf_l)
    pdf_u, pdf_l = stats.logistic.pdf(upper), stats.logistic.pdf(lower)
    in_upper, in_lower = np.zeros((n, k + cuts)), np.zeros((n, k + cuts))
    in_upper[:, :k] = in_lower[:, :k] = -z
    has_upper, has_lower = level < cuts, level > 0
    in_upper[has_upper, k + level[has_upper]] = 1
    in_lower[has_lower, k + level[has_lower] - 1] = 1
    gradient = (in_upper * pdf_u[:, None] - in_lower * pdf_l[:, None]) / p[:, None]
    bend_u, bend_l = pdf_u * (1 - 2 * cdf_u) / p, pdf_l * (1 - 2 * cdf_l) / p
    second = in_upper.T @ (in_upper * bend_u[:, None]) - in_lower.T @ (in_lower * bend_l[:, None])
    return float(np.log(p).sum()), gradient.sum(axis=0), gradient.T @ gradient - second


def proportionality(y: Levels, group: Levels) -> Test:
    """Likelihood ratio test of one odds ratio per group at every cut, against odds ratios that are free at each.

    The free model is the table of levels by group itself. R: deviance of `polr` against that of the table. Degrees of
    freedom: (levels - 2) (groups - 1); with two levels there is nothing to check.
    """
    used = np.unique(y)
    groups = np.unique(group)
    if groups.size < 2 or used.size < 3:
        none = Problem("not_defined", "Two groups and three levels are needed to check proportional odds.")
        return Test(none, none, none)
    fit = proportional_odds(y, np.column_stack([group == g for g in groups[1:]]).astype(float))
    if isinstance(fit, Problem):
        return Test(fit, fit, fit)
    table = np.array([[np.sum((group == g) & (y == level)) for level in used] for g in groups], dtype=float)
    share = table / table.sum(axis=1, keepdims=True)
    free = float((table[table > 0] * np.log(share[table > 0])).sum())
    statistic = max(0.0, 2 * (free - fit.log_likelihood))
    df = (used.size - 2) * (groups.size - 1)
    return Test(statistic, float(df), float(stats.chi2.sf(statistic, df)))


def superiority(first: Floats, second: Floats, level: float = 0.95) -> Superiority:
    """Probability of superiority with the interval and test of Brunner & Munzel 2000 (t, Satterthwaite's df).

    R: `lawstat::brunner.munzel.test(second, first)`. Refused where the groups do not overlap or do not vary: there its
    variance is 0. Interval and P are of one method; the limits may leave 0 to 1 and are cut there.
    """
    a, b = first[~np.isnan(first)], second[~np.isnan(second)]
    if a.size == 0 or b.size == 0:
        return Superiority(*([NO_DATA] * 6))
    both, n, m = stats.rankdata(np.concatenate([a, b])), a.size, b.size
    place_a = (both[:n] - stats.rankdata(a)) / m  # for each value of a group, the share of the other that it exceeds
    place_b = (both[n:] - stats.rankdata(b)) / n
    chance = float(place_a.mean())
    if n < 2 or m < 2:
        return Superiority(chance, *([TOO_FEW] * 5))
    va, vb = float(place_a.var(ddof=1)) / n, float(place_b.var(ddof=1)) / m
    if va + vb < 1e-14:
        return Superiority(chance, *([NO_VARIATION] * 5))
    se, df = np.sqrt(va + vb), (va + vb) ** 2 / (va**2 / (n - 1) + vb**2 / (m - 1))
    t, half = (chance - 0.5) / se, stats.t.ppf((1 + level) / 2, df) * se
    p = float(2 * stats.t.sf(abs(t), df))
    return Superiority(chance, float(max(0, chance - half)), float(min(1, chance + half)), float(t), float(df), p)
