"""Cox regression with Efron's ties, and a check of proportional hazards."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.duration.hazard_regression import PHReg

from analysis.stats import NO_DATA, NO_EVENTS, Problem
from analysis.stats.proportions import Test
from analysis.stats.regression import NOT_CONVERGED, NOT_SEPARABLE, Fit

Floats = NDArray[np.float64]
Strata = NDArray[np.int64]

RUNAWAY = Problem(
    "separated", "The events of the groups do not overlap in time, or a group had none, so that the ratio is infinite."
)


@dataclass(frozen=True)
class Cox:
    """A fit (log hazard ratios), the likelihood ratio test of all covariates, and a check of each and of all.

    Attributes:
        fit: coefficients in order of the columns; `regression.ratio_of` makes hazard ratios of them.
        likelihood_ratio: against the model without covariates.
        proportional: by covariate, the score test of a coefficient that changes with time.
        proportional_all: of all covariates together.
    """

    fit: Fit
    likelihood_ratio: Test
    proportional: tuple[Test, ...]
    proportional_all: Test


def cox(time: Floats, event: Floats, x: Floats, strata: Strata | None = None) -> Cox | Problem:
    """Proportional hazards regression (Cox 1972; ties Efron 1977).

    R: `coxph(Surv(time, event) ~ x + strata(strata), ties = "efron")` and `cox.zph(fit)` (survival 3.0 on: the score
    test of Grambsch & Therneau 1994 with time transformed to 1 - the Kaplan–Meier curve of everybody).

    Args:
        time: 0 or more; event: 1 seen, 0 censored; x: covariates, shape (n, k), without a constant; strata: integers.
        No missing values.
    """
    if time.size == 0:
        return NO_DATA
    if not np.any(event == 1):
        return NO_EVENTS
    groups = np.zeros(time.size, dtype=np.int64) if strata is None else strata
    centre, scale = x.mean(axis=0), x.std(axis=0)
    if np.any(scale == 0) or np.linalg.matrix_rank((x - centre) / scale) < x.shape[1]:
        return NOT_SEPARABLE
    z = (x - centre) / scale
    beta = _maximum(time, event, z, groups)
    if isinstance(beta, Problem):
        return beta
    steps = list(_steps(time, event, z, groups, beta))
    value, none = (sum(step.value for step in s) for s in (steps, _steps(time, event, z, groups, 0 * beta)))
    information = np.sum([step.variance for step in steps], axis=0)
    covariance = np.linalg.inv(information) / np.outer(scale, scale)
    k = x.shape[1]
    ratio = 2 * (value - none)
    likelihood_ratio = Test(ratio, float(k), float(stats.chi2.sf(ratio, k)))
    each, together = _proportional(time, event, steps, information)
    return Cox(Fit(beta / scale, np.sqrt(np.diag(covariance)), value, covariance), likelihood_ratio, each, together)


@dataclass(frozen=True)
class Step:
    """One time of events in one stratum: its share of the log-likelihood, the score and the information."""

    time: float
    value: float
    score: Floats
    variance: Floats


def _maximum(time: Floats, event: Floats, z: Floats, strata: Strata) -> Floats | Problem:
    """The coefficients by statsmodels, then brought to rounding by Newton's steps on `_steps`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fit = PHReg(time, z, status=event, strata=strata, ties="efron").fit(disp=0)
            beta = np.asarray(fit.params, dtype=float)
            for _ in range(30):
                if not np.all(np.isfinite(beta)) or np.abs(beta).max() > 15:
                    return RUNAWAY
                steps = list(_steps(time, event, z, strata, beta))
                information = np.sum([step.variance for step in steps], axis=0)
                change = np.linalg.solve(information, np.sum([step.score for step in steps], axis=0))
                beta = beta + change
                if np.abs(change).max() < 1e-11 * max(1.0, float(np.abs(beta).max())):
                    return beta
        except (ArithmeticError, ValueError, np.linalg.LinAlgError):
            return RUNAWAY
    return NOT_CONVERGED


def _steps(time: Floats, event: Floats, z: Floats, strata: Strata, beta: Floats) -> Iterator[Step]:
    """Efron's sums at each time of events: with d of them, the k-th term leaves out k / d of the events' own risk."""
    for stratum in np.unique(strata):
        chosen = strata == stratum
        t, e, x = time[chosen], event[chosen] == 1, z[chosen]
        weight = np.exp(x @ beta)
        order = np.argsort(-t, kind="stable")
        s0 = np.cumsum(weight[order])
        s1 = np.cumsum(weight[order, None] * x[order], axis=0)
        s2 = np.cumsum(weight[order, None, None] * x[order, :, None] * x[order, None, :], axis=0)
        falling = -t[order]
        died = np.argsort(np.where(e, t, np.inf), kind="stable")[: int(e.sum())]
        for at, first, d in zip(*np.unique(t[died], return_index=True, return_counts=True), strict=True):
            who = died[first : first + d]
            last = int(np.searchsorted(falling, -at, side="right")) - 1
            w, xs = weight[who], x[who]
            own0, own1 = w.sum(), w @ xs
            own2 = (w[:, None, None] * xs[:, :, None] * xs[:, None, :]).sum(axis=0)
            share = (np.arange(d) / d)[:, None]
            risk = s0[last] - share[:, 0] * own0
            mean = (s1[last] - share * own1) / risk[:, None]
            square = (s2[last] - share[:, :, None] * own2) / risk[:, None, None]
            yield Step(
                float(at),
                float((xs @ beta).sum() - np.log(risk).sum()),
                xs.sum(axis=0) - mean.sum(axis=0),
                (square - mean[:, :, None] * mean[:, None, :]).sum(axis=0),
            )


def _proportional(time: Floats, event: Floats, steps: list[Step], information: Floats) -> tuple[tuple[Test, ...], Test]:
    """Score tests of `beta + gamma g(time)` at gamma = 0, g = 1 - the survival of everybody just before each time."""
    at = np.array([step.time for step in steps])
    distinct = np.unique(time[event == 1])
    ordered, times = np.sort(time), np.sort(time[event == 1])
    risk = time.size - np.searchsorted(ordered, distinct, side="left")
    deaths = np.searchsorted(times, distinct, side="right") - np.searchsorted(times, distinct, side="left")
    before = np.concatenate([[1.0], np.cumprod(1 - deaths / risk)[:-1]])
    g = 1 - before[np.searchsorted(distinct, at)]
    g = g - g.mean()  # a constant changes nothing, since the score of beta is 0
    scores, variances = np.array([s.score for s in steps]), np.array([s.variance for s in steps])
    u = g @ scores
    cross, own = np.tensordot(g, variances, 1), np.tensordot(g**2, variances, 1)
    left = own - cross @ np.linalg.solve(information, cross)
    flat = Problem("no_variation", "There are too few times of events to check proportional hazards.")
    none = Test(flat, flat, flat)
    scale = max(1e-300, float(np.abs(np.diag(own)).max()))

    def test(statistic: float, df: int) -> Test:
        return Test(float(statistic), float(df), float(stats.chi2.sf(statistic, df)))

    each = tuple(test(u[j] ** 2 / left[j, j], 1) if left[j, j] > 1e-10 * scale else none for j in range(u.size))
    if np.linalg.matrix_rank(left, tol=1e-10 * scale) < u.size:
        return each, none
    return each, test(float(u @ np.linalg.solve(left, u)), u.size)
