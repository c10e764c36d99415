"""Groups of whole clusters compared: patients of one practice, ward or village are more alike than others.

Two ways for means: a linear mixed model with a random intercept of the cluster, fitted by REML, and least squares with
cluster-robust standard errors. Ratios (risks, odds, rates) have cluster-robust standard errors only. statsmodels'
MixedLM stops its search early, or at the boundary not at all; with one random intercept the restricted likelihood has
one unknown, the ratio of the two variances, and every step of it costs a sum over clusters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from analysis.stats import NO_DATA, NO_VARIATION, TOO_FEW, Problem, Value, finite
from analysis.stats.likelihood import Ints, dummies, independent
from analysis.stats.linear import CONFOUNDED
from analysis.stats.means import TTest
from analysis.stats.proportions import Test
from analysis.stats.regression import Fit, Ratio, ratio_of, robust_poisson_or_logistic

Floats = NDArray[np.float64]
How = Literal["mixed", "robust"]

FEW_CLUSTERS = Problem(
    "too_few_clusters",
    "There are fewer than two clusters in a group, so that the variation between clusters and the difference between "
    "the groups cannot be told apart.",
)
ALIKE = Problem(
    "no_variation", "All patients of a cluster have the same value, so that the mixed model has no residual variance."
)
AT_ZERO = (
    "The variance between clusters was estimated as 0, its smallest value, so that the estimate is that of a model "
    "without clusters."
)
NOT_OF_EVENTS = Problem("not_defined", "No interval of the intracluster correlation is given for events.")
NO_ICC = Problem("too_few_clusters", "No cluster has more than one patient, or no group more than one cluster.")

_RATIOS = np.concatenate([[0.0], np.logspace(-6, 8, 57)])
"""Ratios of the variances (between clusters over within) at which the likelihood is first looked at."""


@dataclass(frozen=True)
class Linear:
    """Coefficients of a linear model with what their errors are.

    Attributes:
        beta, covariance: of the columns of the design.
        df: degrees of freedom of their t.
        between, within: variances between and within clusters; NaN of a model without them.
    """

    beta: Floats
    covariance: Floats
    df: float
    between: float = float("nan")
    within: float = float("nan")


@dataclass(frozen=True)
class Compared:
    """Each group from 1 on against group 0, the test of all groups, and sentences that the reader must know."""

    tests: tuple[TTest, ...]
    all_groups: Test
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Icc:
    """Intracluster correlation with its interval."""

    icc: Value
    ci_low: Value
    ci_high: Value


def codes_of(clusters: NDArray[np.generic]) -> Ints:
    """Numbers of clusters from 0 on without gaps, in sorted order of what they are called."""
    return np.asarray(np.unique(clusters, return_inverse=True)[1], dtype=np.int64)


# Linear models --------------------------------------------------------------------------------------------------------


def random_intercept(y: Floats, x: Floats, clusters: Ints) -> Linear | Problem:
    """Linear mixed model with a random intercept of the cluster, by restricted maximum likelihood.

    R: `nlme::lme(y ~ x, random = ~ 1 | cluster)`. For a ratio r of the variances the inverse of a cluster's covariance
    is I - r / (1 + n r) J (n its patients), so that the coefficients are a weighted least squares of sums; r is the
    root of the slope of the restricted likelihood (Laird & Ware 1982; Pinheiro & Bates 2000, 2.2.5). The degrees of
    freedom are those of a variable that is constant within clusters: clusters minus the columns of x that are so.

    Args:
        y: shape (n,), no missing values.
        x: design with a constant, shape (n, k), of full rank.
        clusters: of each patient, from `codes_of`.
    """
    n, k = x.shape
    size = np.bincount(clusters).astype(np.float64)
    least_squares = np.linalg.lstsq(x, y, rcond=None)[0]
    e = y - x @ least_squares  # what is left is fitted: the differences keep their digits
    s = np.column_stack([np.bincount(clusters, weights=column) for column in x.T])
    t = np.bincount(clusters, weights=e)
    xx, xe, ee = x.T @ x, x.T @ e, float(e @ e)
    constant = np.diag(xx) - (s**2 / size[:, None]).sum(axis=0) <= 1e-10 * np.diag(xx)
    df = float(size.size - constant.sum())
    if df < 1 or n - k < 1:
        return TOO_FEW
    tiny = 1e-24 * n * (float(np.abs(y).max()) or 1.0) ** 2
    if ee <= tiny:
        return NO_VARIATION

    def solve(ratio: float) -> tuple[Floats, Floats, float]:
        w = ratio / (1 + ratio * size)
        a = xx - (s * w[:, None]).T @ s
        b = xe - s.T @ (w * t)
        beta = np.asarray(np.linalg.solve(a, b), dtype=np.float64)
        return beta, a, ee - float(w @ t**2) - float(beta @ b)

    def deviance(ratio: float) -> float:
        _, a, rss = solve(ratio)
        if rss <= tiny:
            return np.inf
        return float(np.log1p(ratio * size).sum() + np.linalg.slogdet(a)[1] + (n - k) * np.log(rss))

    def slope(ratio: float) -> float:
        beta, a, rss = solve(ratio)
        shrunk = 1 / (1 + ratio * size) ** 2
        trace = float((np.linalg.inv(a) * ((s * shrunk[:, None]).T @ s)).sum())
        left = float(shrunk @ (t - s @ beta) ** 2)
        total: float = (size / (1 + ratio * size)).sum()
        return float(total - trace - (n - k) * left / rss)

    within = ee - float((t**2 / size).sum()) if size.max() > 1 else np.inf
    if within <= 1e-20 * n * (float(np.abs(y).max()) or 1.0) ** 2:
        return ALIKE
    best = int(np.argmin([deviance(ratio) for ratio in _RATIOS])) if size.max() > 1 else 0
    low, high = _RATIOS[max(0, best - 1)], _RATIOS[min(best + 1, _RATIOS.size - 1)]
    if slope(low) < 0 < slope(high):
        ratio = float(optimize.brentq(slope, low, high, xtol=1e-16, rtol=1e-14))
    elif best == 0:
        ratio = 0.0
    else:
        return Problem("not_converged", "The mixed model did not converge.")
    beta, a, rss = solve(ratio)
    variance = rss / (n - k)
    return Linear(
        least_squares + beta, variance * np.asarray(np.linalg.inv(a), np.float64), df, ratio * variance, variance
    )


def robust_least_squares(y: Floats, x: Floats, clusters: Ints) -> Linear | Problem:
    """Least squares with cluster-robust covariance, times G / (G - 1) (n - 1) / (n - k); t on G - 1.

    Liang & Zeger 1986; G are the clusters, k the columns. R: `sandwich::vcovCL(lm(y ~ x), cluster, type = "HC1")`.
    Arguments as `random_intercept`.
    """
    groups = int(clusters.max()) + 1
    if groups < 2 or y.size <= x.shape[1]:
        return TOO_FEW
    from statsmodels.regression.linear_model import OLS

    fit = OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": True}, use_t=True)
    return Linear(np.asarray(fit.params), np.asarray(fit.cov_params()), float(groups - 1))


def compare_means(
    y: Floats, arm: Ints, arms: int, clusters: Ints, covariates: Floats, how: How, level: float = 0.95
) -> Compared:
    """Each group's mean minus that of group 0, patients in clusters that lie in one group each.

    Refused where a group has fewer than two clusters. Covariates that are constant or sums of others are dropped.

    Args:
        y: shape (n,), no missing values.
        arm: group of each patient, 0 for the reference.
        arms: how many groups there should be.
        clusters: of each patient, from `codes_of`.
        covariates: shape (n, m), m may be 0.
        how: `mixed` for `random_intercept`, `robust` for `robust_least_squares`.
    """
    problem = unfit(arm, arms, clusters)
    if problem:
        return _failed(problem, arms)
    design = np.column_stack([np.ones(y.size), dummies(arm, arms), independent(covariates)])
    if np.linalg.matrix_rank(design) < min(design.shape):
        return _failed(CONFOUNDED, arms)
    fit = random_intercept(y, design, clusters) if how == "mixed" else robust_least_squares(y, design, clusters)
    if isinstance(fit, Problem):
        return _failed(fit, arms)
    scale = float(np.abs(y).max()) or 1.0
    tests = tuple(_t_test(fit, column, level, scale) for column in range(1, arms))
    warnings = (AT_ZERO,) if fit.between == 0 else ()
    return Compared(tests, all_equal(fit.beta[1:arms], fit.covariance[1:arms, 1:arms], fit.df), warnings)


def unfit(arm: Ints, arms: int, clusters: Ints) -> Problem | None:
    """Why groups of clusters cannot be compared: one has no patient, or fewer than two clusters."""
    if np.unique(arm).size < arms:
        return NO_DATA
    many = np.bincount(arm[np.unique(clusters, return_index=True)[1]], minlength=arms)
    return FEW_CLUSTERS if many.min() < 2 else None


def _failed(problem: Problem, arms: int) -> Compared:
    return Compared((TTest(*([problem] * 7)),) * (arms - 1), Test(problem, problem, problem))


def _t_test(fit: Linear, column: int, level: float, scale: float) -> TTest:
    b, se = float(fit.beta[column]), float(np.sqrt(max(0.0, fit.covariance[column, column])))
    if not se > 1e-12 * scale:  # a perfect fit leaves rounding only
        return TTest(b, *([NO_VARIATION] * 6))
    low, high = stats.t.interval(level, fit.df, b, se)
    return TTest(b, se, finite(low), finite(high), b / se, fit.df, float(2 * stats.t.sf(abs(b / se), fit.df)))


def all_equal(beta: Floats, covariance: Floats, df: float) -> Test:
    """Wald's test that all coefficients are 0, as F; `df` of the denominator. R: `anova(lme)` for one term."""
    if np.linalg.matrix_rank(covariance) < beta.size:
        return Test(NO_VARIATION, NO_VARIATION, NO_VARIATION)
    statistic = float(beta @ np.linalg.solve(covariance, beta)) / beta.size
    return Test(statistic, df, float(stats.f.sf(statistic, beta.size, df)))


def mean_of(y: Floats, clusters: Ints, level: float = 0.95) -> TTest:
    """Mean of patients in clusters, with cluster-robust standard error; t on clusters minus 1.

    It stands as `difference`. R: `sandwich::vcovCL(lm(y ~ 1), cluster, type = "HC1")`.
    """
    if y.size == 0:
        return TTest(*([NO_DATA] * 7))
    mean = float(y.mean())
    if clusters.max() < 1:
        return TTest(mean, *([replace(FEW_CLUSTERS, message="There are fewer than two clusters.")] * 6))
    fit = robust_least_squares(y, np.ones((y.size, 1)), clusters)
    if isinstance(fit, Problem):
        return TTest(mean, *([fit] * 6))
    return _t_test(replace(fit, beta=np.array([mean])), 0, level, float(np.abs(y).max()) or 1.0)


# Ratios ---------------------------------------------------------------------------------------------------------------


def compare_ratios(
    y: Floats,
    arm: Ints,
    arms: int,
    clusters: Ints,
    covariates: Floats,
    family: Literal["poisson", "logistic"],
    level: float = 0.95,
    time: Floats | None = None,
) -> tuple[list[Ratio], float]:
    """Each group's risk or rate (`poisson`) or odds (`logistic`) over that of group 0; Wald's t on clusters minus 1.

    Regression with cluster-robust covariance, times G / (G - 1) (n - 1) / (n - k): of risks, the modified Poisson
    regression of Zou & Donner 2013. R: `sandwich::vcovCL(glm(y ~ x, poisson or binomial), cluster, type = "HC1")`.
    Arguments as `compare_means`; `time` is person-time, as log offset.

    Returns:
        A ratio for each group from 1 on, and the degrees of freedom.
    """
    fit: Fit | Problem | None = unfit(arm, arms, clusters)
    df = float(np.unique(clusters).size - 1)
    if fit is None:
        design = np.column_stack([np.ones(y.size), dummies(arm, arms), independent(covariates)])
        fit = robust_poisson_or_logistic(y, design, clusters, family, time)
    return [ratio_of(fit, column, level, df) for column in range(1, arms)], df


def rate_of(events: Floats, time: Floats, clusters: Ints, level: float = 0.95) -> tuple[Value, Value, Value]:
    """A rate with its interval on the logarithmic scale, cluster-robust, t on clusters minus 1."""
    if not time.sum() > 0:
        return NO_DATA, NO_DATA, NO_DATA
    rate = float(events.sum() / time.sum())
    if rate == 0 or clusters.max() < 1:
        none = Problem(
            "no_interval", "There were no events, or fewer than two clusters, so that the rate has no interval."
        )
        return rate, none, none
    fit = robust_poisson_or_logistic(events, np.ones((events.size, 1)), clusters, "poisson", time)
    one = ratio_of(fit, 0, level, float(clusters.max()))
    return rate, one.ci_low, one.ci_high


def proportion_of(y: Floats, clusters: Ints, level: float = 0.95) -> tuple[Value, Value]:
    """Interval of a proportion on the logit scale, cluster-robust, t on clusters minus 1."""
    if y.size == 0:
        return NO_DATA, NO_DATA
    found = mean_of(y, clusters, level)
    if isinstance(found.se, Problem):
        return found.se, found.se
    p, df = float(y.mean()), float(clusters.max())
    logit, half = np.log(p / (1 - p)), float(stats.t.ppf((1 + level) / 2, df)) * found.se / (p * (1 - p))
    low, high = (float(1 / (1 + np.exp(-one))) for one in (logit - half, logit + half))
    return low, high


# Intracluster correlation ---------------------------------------------------------------------------------------------


def intracluster(y: Floats, arm: Ints, clusters: Ints, level: float = 0.95, *, events: bool = False) -> Icc:
    """Intracluster correlation within groups by the analysis of variance; below 0 where clusters are too alike.

    (MSB - MSW) / (MSB + (m - 1) MSW), with m the patients of a cluster, corrected for unequal ones, and the groups'
    means taken out (Donner & Klar 2000; Ukoumunne et al 1999). Its interval is that of the ratio of the mean squares
    (Searle 1971), with m for unequal clusters an approximation; none of `events`.
    R: the mean squares of `aov(y ~ arm + Error(cluster))`, by definition.
    """
    if y.size == 0:
        return Icc(NO_DATA, NO_DATA, NO_DATA)
    size = np.bincount(clusters).astype(np.float64)
    arm_of = arm[np.unique(clusters, return_index=True)[1]]
    of = np.bincount(arm)
    groups = int((of > 0).sum())
    between, inside = float(size.size - groups), float(y.size - size.size)
    if between < 1 or inside < 1:
        return Icc(NO_ICC, NO_ICC, NO_ICC)
    y = y - y.mean()
    mean = np.bincount(clusters, weights=y) / size
    mean_arm = np.bincount(arm, weights=y) / np.maximum(of, 1)
    msb = float((size * (mean - mean_arm[arm_of]) ** 2).sum()) / between
    msw = float(((y - mean[clusters]) ** 2).sum()) / inside
    m = (y.size - float((size**2 / of[arm_of]).sum())) / between
    if not msb + (m - 1) * msw > 0:
        return Icc(NO_VARIATION, NO_VARIATION, NO_VARIATION)
    icc = (msb - msw) / (msb + (m - 1) * msw)
    if events or not msw > 0:
        none = NOT_OF_EVENTS if events else ALIKE
        return Icc(icc, none, none)
    f = msb / msw
    low, high = (f / float(stats.f.ppf(q, between, inside)) for q in ((1 + level) / 2, (1 - level) / 2))
    return Icc(icc, (low - 1) / (low + m - 1), (high - 1) / (high + m - 1))
