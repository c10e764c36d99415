"""Cox regression with Efron's ties, and a check of proportional hazards.

statsmodels' PHReg fits the same model, but has no check of proportional hazards and gives a very large coefficient
where there is no finite one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.stats import NO_DATA, NO_EVENTS, Problem
from analysis.stats.likelihood import ONE_LEVEL, Peak, interaction_designs, likelihood_ratio, maximise
from analysis.stats.proportions import Test
from analysis.stats.regression import NOT_SEPARABLE, Fit

Floats = NDArray[np.float64]
Strata = NDArray[np.int64]

RUNAWAY = Problem(
    "separation", "The events of the groups do not overlap in time, or a group had none, so that the ratio is infinite."
)
ALONE = Problem(
    "no_variation", "At no event were patients of more than one kind at risk, so there is nothing to compare."
)
FLAT = Problem("no_variation", "There are too few times of events to check proportional hazards.")


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

    R: `coxph(Surv(time, event) ~ x + strata(strata), ties = "efron")` and `cox.zph(fit, terms = FALSE)` (survival 3.0
    on: the score test of Grambsch & Therneau 1994 with time transformed to 1 - the Kaplan–Meier curve of everybody).

    Args:
        time: from 0 on; event: 1 seen, 0 censored; x: covariates, shape (n, k), without a constant; strata: integers.
        No missing values.
    """
    if time.size == 0:
        return NO_DATA
    if not np.any(event == 1):
        return NO_EVENTS
    centre, scale = x.mean(axis=0), x.std(axis=0)
    if np.any(scale == 0) or np.linalg.matrix_rank((x - centre) / scale) < x.shape[1]:
        return NOT_SEPARABLE
    partial = Partial(time, event, (x - centre) / scale, np.zeros(time.size, np.int64) if strata is None else strata)
    none, _, information = partial.derivatives(np.zeros(x.shape[1]))
    if np.linalg.matrix_rank(information) < x.shape[1]:
        return ALONE
    peak = maximise(partial.derivatives, np.zeros(x.shape[1]))
    if peak is None:
        return RUNAWAY
    covariance = peak.covariance / np.outer(scale, scale)
    fit = Fit(peak.at / scale, np.sqrt(np.diag(covariance)), peak.log_likelihood, covariance)
    each, together = _proportional(time, event, partial, peak)
    return Cox(fit, likelihood_ratio(peak.log_likelihood, none, x.shape[1]), each, together)


def hazard_interaction(time: Floats, event: Floats, arm: Strata, level_of: Strata) -> Test:
    """Likelihood ratio test of the interaction of two groups (0, 1) with the levels of a category, in Cox's model.

    R: `anova(coxph(… ~ arm + level), coxph(… ~ arm * level))`.
    """
    full, reduced = interaction_designs(arm, level_of)
    if time.size and full.shape[1] == reduced.shape[1]:
        return Test(ONE_LEVEL, ONE_LEVEL, ONE_LEVEL)
    one, other = cox(time, event, full), cox(time, event, reduced)
    if isinstance(one, Problem):
        return Test(one, one, one)
    if isinstance(other, Problem):
        return Test(other, other, other)
    return likelihood_ratio(one.fit.log_likelihood, other.fit.log_likelihood, full.shape[1] - reduced.shape[1])


class Partial:
    """Efron's partial likelihood of some data; one term for each event."""

    def __init__(self, time: Floats, event: Floats, x: Floats, strata: Strata) -> None:
        order = np.lexsort((-time, strata))
        self.x, self.seen, time, strata = x[order], event[order] == 1, time[order], strata[order]
        first = np.append(True, (np.diff(strata) != 0) | (np.diff(time) != 0))
        moment = np.cumsum(first) - 1  # rows of one stratum and time
        begins = np.flatnonzero(np.append(True, np.diff(strata) != 0))
        stratum = np.searchsorted(begins, np.arange(time.size), side="right") - 1
        self.moment = moment[self.seen]
        self.last = (np.append(np.flatnonzero(first)[1:], time.size) - 1)[self.moment]  # last row at risk at each event
        self.before = begins[stratum[self.seen]] - 1  # last row of the stratum before
        tied = np.bincount(self.moment, minlength=moment[-1] + 1)
        self.share = (np.arange(self.moment.size) - (np.cumsum(tied) - tied)[self.moment]) / tied[self.moment]
        self.time = time[self.seen]

    def terms(self, beta: Floats) -> tuple[Floats, Floats, Floats]:
        """For each event: log likelihood, score, and covariance of the columns among those at risk."""
        linear = self.x @ beta
        linear = linear - linear.max()
        weight = np.exp(linear)
        first = weight[:, None] * self.x
        total, mean, square = (self._at_risk(one) for one in (weight, first, first[:, :, None] * self.x[:, None, :]))
        total = np.maximum(total, np.finfo(np.float64).tiny)
        mean = mean / total[:, None]
        covariance = square / total[:, None, None] - mean[:, :, None] * mean[:, None, :]
        return linear[self.seen] - np.log(total), self.x[self.seen] - mean, covariance

    def _at_risk(self, values: Floats) -> Floats:
        """Sums over those at risk at each event; of d events at once the k-th leaves out k / d of their own."""
        summed = np.cumsum(np.concatenate([np.zeros((1, *values.shape[1:])), values]), axis=0)
        own = np.zeros((int(self.moment[-1]) + 1, *values.shape[1:]))
        np.add.at(own, self.moment, values[self.seen])
        share = self.share.reshape(-1, *[1] * (values.ndim - 1))
        risk = summed[self.last + 1] - summed[self.before + 1] - share * own[self.moment]
        return np.asarray(risk, dtype=np.float64)

    def derivatives(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """Log likelihood, gradient and Hessian."""
        value, score, covariance = self.terms(beta)
        return float(value.sum()), score.sum(axis=0), -covariance.sum(axis=0)


def _proportional(time: Floats, event: Floats, partial: Partial, peak: Peak) -> tuple[tuple[Test, ...], Test]:
    """Score tests of `beta + gamma g(time)` at gamma = 0, g = 1 - the survival of everybody just before each time."""
    distinct, deaths = np.unique(time[event == 1], return_counts=True)
    risk = time.size - np.searchsorted(np.sort(time), distinct)
    g = 1 - np.append(1.0, np.cumprod(1 - deaths / risk)[:-1])[np.searchsorted(distinct, partial.time)]
    g = g - g.mean()  # a constant changes nothing, since the score of beta is 0
    _, scores, covariances = partial.terms(peak.at)
    u = g @ scores
    cross, own = np.tensordot(g, covariances, 1), np.tensordot(g**2, covariances, 1)
    left = own - cross @ peak.covariance @ cross
    none = Test(FLAT, FLAT, FLAT)
    least = 1e-10 * max(1e-300, float(np.abs(np.diag(own)).max()))

    def test(statistic: float, df: int) -> Test:
        return Test(float(statistic), float(df), float(stats.chi2.sf(statistic, df)))

    each = tuple(test(u[j] ** 2 / left[j, j], 1) if left[j, j] > least else none for j in range(u.size))
    if np.linalg.matrix_rank(left, tol=least) < u.size:
        return each, none
    return each, test(float(u @ np.linalg.solve(left, u)), u.size)
