"""Time to an event: Kaplan–Meier, log-rank, Cox, restricted mean. Times from 0 on, 1 for an event and 0 for none.

Written here, and not taken from statsmodels or lifelines: statsmodels has neither R's median nor log-log limits, its
Cox model neither a check of proportionality nor a word on separation; lifelines holds pandas below 3, and its median
on a flat step is not R's. An event at time 0 counts, as in R.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.stats import NO_DATA, NO_EVENTS, NO_VARIATION, TOO_FEW, Problem, Value
from analysis.stats.likelihood import NOT_SEPARABLE, Fit, Ratio, dummies, independent, likelihood_ratio, maximise, ratio
from analysis.stats.odds import interaction_designs
from analysis.stats.proportions import Test

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOT_REACHED = Problem("not_reached", "Fewer than half of the patients had the event in the time observed.")
LIMIT_NOT_REACHED = Problem("not_reached", "This limit was not reached in the time observed.")
NOT_OBSERVED = Problem("not_observed", "Nobody in this group was observed for so long.")
BEFORE_EVENTS = Problem("no_events", "There was no event up to this time, so there is no interval.")
AFTER_EVENTS = Problem("all_events", "Everybody had had the event by this time, so there is no interval.")


@dataclass(frozen=True)
class Curve:
    """Kaplan–Meier's estimate at each time at which something happened, in order.

    Attributes:
        time: the times.
        at_risk: patients observed up to the time, those with the event then included.
        events: events at the time.
        survival: fraction free of the event just after the time.
        low, high: limits, NaN where survival is 1 or 0.
    """

    time: Floats
    at_risk: Floats
    events: Floats
    survival: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Estimate:
    """A number with its interval."""

    value: Value
    ci_low: Value
    ci_high: Value


@dataclass(frozen=True)
class MeanDifference:
    """Restricted mean of the first group minus that of the second."""

    difference: Value
    ci_low: Value
    ci_high: Value
    statistic: Value
    p: Value


@dataclass(frozen=True)
class Cox:
    """Hazard ratios of the groups from 1 on against group 0, with the test of each one's proportionality."""

    ratios: list[Ratio]
    proportional: list[Test]


# Kaplan–Meier ---------------------------------------------------------------------------------------------------


def kaplan_meier(time: Floats, event: Floats, level: float = 0.95) -> Curve:
    """The product-limit estimate (Kaplan & Meier 1958), with limits from Greenwood's variance of log(-log S).

    R: `survfit(Surv(time, event) ~ 1, conf.type = "log-log")`.
    """
    times, first = np.unique(np.sort(time), return_index=True)
    at_risk = (time.size - first).astype(np.float64)
    events = np.bincount(np.searchsorted(times, time), weights=event, minlength=times.size).astype(np.float64)
    survival = np.asarray(np.cumprod(1 - events / at_risk), dtype=np.float64)
    left = at_risk - events
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(np.cumsum(np.where(left > 0, events / (at_risk * left), np.inf)))
        inside = (survival > 0) & (survival < 1)
        log = np.log(np.where(inside, survival, np.nan))
        half = stats.norm.ppf((1 + level) / 2) * se / log
        low, high = np.exp(-np.exp(np.log(-log) - half)), np.exp(-np.exp(np.log(-log) + half))
    return Curve(times, at_risk, events, survival, low, high)


def at_risk(time: Floats, t: float) -> int:
    """Patients observed up to `t`. R: `summary(survfit(…), times = t)$n.risk`."""
    return int((time >= t).sum())


def survival_at(curve: Curve, t: float) -> Estimate:
    """Fraction free of the event just after `t`; a problem after the last time, unless nobody is left free of it."""
    if curve.time.size == 0:
        return Estimate(NO_DATA, NO_DATA, NO_DATA)
    i = int(np.searchsorted(curve.time, t, side="right")) - 1
    survival = float(curve.survival[i]) if i >= 0 else 1.0
    if survival == 0:
        return Estimate(0.0, AFTER_EVENTS, AFTER_EVENTS)
    if t > curve.time[-1]:
        return Estimate(NOT_OBSERVED, NOT_OBSERVED, NOT_OBSERVED)
    if survival == 1:
        return Estimate(1.0, BEFORE_EVENTS, BEFORE_EVENTS)
    return Estimate(survival, float(curve.low[i]), float(curve.high[i]))


def median(curve: Curve) -> Estimate:
    """The time at which half had the event, and the times at which the limits of the curve cross one half.

    Brookmeyer & Crowley 1982, log-log. Where the curve lies at one half for a while, the middle of that step is the
    median. R: `print(survfit(…, conf.type = "log-log"))`.
    """
    if curve.time.size == 0:
        return Estimate(NO_DATA, NO_DATA, NO_DATA)
    middle = _crossing(curve.time, curve.survival)
    low, high = _crossing(curve.time, curve.low), _crossing(curve.time, curve.high)
    return Estimate(
        NOT_REACHED if middle is None else middle,
        LIMIT_NOT_REACHED if low is None else low,
        LIMIT_NOT_REACHED if high is None else high,
    )


def _crossing(time: Floats, curve: Floats) -> float | None:
    """Where a falling curve first reaches one half; None where it does not. As R, with its tolerance of rounding."""
    tolerance = float(np.sqrt(np.finfo(np.float64).eps))
    reached = curve < 0.5 + tolerance  # NaN is not
    if not reached.any():
        return None
    time, curve = time[reached], curve[reached]
    below = curve < curve[0]
    if abs(curve[0] - 0.5) < tolerance and below.any():
        return float((time[0] + time[below][0]) / 2)
    return float(time[0])


# Groups ---------------------------------------------------------------------------------------------------------


def log_rank(time: Floats, event: Floats, group: Ints) -> Test:
    """Log-rank test of two groups, 0 and 1 (Mantel 1966). R: `survdiff(Surv(time, event) ~ group)`."""
    if group.size == 0 or group.min() == group.max():
        return Test(NO_DATA, NO_DATA, NO_DATA)
    if not event.any():
        return Test(NO_EVENTS, NO_EVENTS, NO_EVENTS)
    times = np.unique(time[event == 1])
    n, n1 = (one.size - np.searchsorted(np.sort(one), times) for one in (time, time[group == 1]))
    where = np.searchsorted(times, time[event == 1])
    d = np.bincount(where, minlength=times.size)
    excess = float((event * group).sum() - (d * n1 / n).sum())
    variance = float((d * (n1 / n) * (1 - n1 / n) * (n - d) / np.maximum(n - 1, 1)).sum())
    if not variance > 0:
        return Test(NO_VARIATION, NO_VARIATION, NO_VARIATION)
    statistic = excess**2 / variance
    return Test(statistic, 1.0, float(stats.chi2.sf(statistic, 1)))


def restricted_mean(curve: Curve, horizon: float, level: float = 0.95) -> tuple[Estimate, float]:
    """Mean time free of the event up to `horizon`, the area under the curve, with its standard error.

    Royston & Parmar 2013; Greenwood's variance. R: `print(survfit(…), rmean = horizon)`, `survRM2::rmst2`. A problem
    where the curve ends before the horizon (the standard error is 0 then).
    """
    if curve.time.size == 0:
        return Estimate(NO_DATA, NO_DATA, NO_DATA), 0.0
    if horizon > curve.time[-1] and curve.survival[-1] > 0:
        return Estimate(NOT_OBSERVED, NOT_OBSERVED, NOT_OBSERVED), 0.0
    kept = curve.time < horizon
    times = np.concatenate([[0.0], curve.time[kept], [horizon]])
    areas = np.diff(times) * np.concatenate([[1.0], curve.survival[kept]])
    after = np.cumsum(areas[::-1])[::-1][1:]  # area from each time on
    left = curve.at_risk[kept] - curve.events[kept]
    greenwood = np.where(left > 0, curve.events[kept] / (curve.at_risk[kept] * np.maximum(left, 1)), 0.0)
    se = float(np.sqrt((after**2 * greenwood).sum()))
    mean, half = float(areas.sum()), float(stats.norm.ppf((1 + level) / 2)) * se
    if se == 0:
        return Estimate(mean, NO_VARIATION, NO_VARIATION), 0.0
    return Estimate(mean, mean - half, mean + half), se


def mean_difference(first: Curve, second: Curve, horizon: float, level: float = 0.95) -> MeanDifference:
    """Difference of two restricted means, first minus second, by the normal distribution."""
    (one, se1), (two, se2) = restricted_mean(first, horizon, level), restricted_mean(second, horizon, level)
    for mean in (one.value, two.value):
        if isinstance(mean, Problem):
            return MeanDifference(*([mean] * 5))
    difference = float(one.value) - float(two.value)  # type: ignore[arg-type]
    se = float(np.hypot(se1, se2))
    if se == 0:
        return MeanDifference(difference, *([NO_VARIATION] * 4))
    half, z = float(stats.norm.ppf((1 + level) / 2)) * se, difference / se
    return MeanDifference(difference, difference - half, difference + half, z, float(2 * stats.norm.sf(abs(z))))


# Cox's model ----------------------------------------------------------------------------------------------------


def cox(time: Floats, event: Floats, arm: Ints, covariates: Floats, level: float = 0.95) -> Cox:
    """Hazard ratio of each group against the first, adjusted (Cox 1972, ties by Efron 1977, Wald's interval).

    R: `coxph(Surv(time, event) ~ arm + …)`; the proportionality is `cox.zph(fit, transform = "km", terms = FALSE)`, the
    score test of a hazard ratio that changes with the Kaplan–Meier estimate (Grambsch & Therneau 1994).

    Args:
        time: times, from 0 on.
        event: 1 for an event, 0 where observation ended.
        arm: group of each patient, 0 for the reference.
        covariates: columns to adjust for; no NaN.
        level: of the confidence intervals.
    """
    groups = int(arm.max(initial=0)) + 1
    failed = NO_DATA if groups < 2 else NO_EVENTS if not event.any() else None
    if failed is None:
        own = dummies(arm, groups)
        about = independent(covariates)
        design = np.column_stack([own - own.mean(axis=0), about])
        partial = _Partial(time, event, design)
        fit = partial.fit() if np.linalg.matrix_rank(design) == design.shape[1] else NOT_SEPARABLE
        if isinstance(fit, Fit):
            return Cox(
                [ratio(fit, i, level) for i in range(groups - 1)],
                [partial.proportional(fit, i) for i in range(groups - 1)],
            )
        failed = fit
    many = max(1, groups - 1)
    return Cox([Ratio(*([failed] * 5))] * many, [Test(failed, failed, failed)] * many)


def cox_interaction(time: Floats, event: Floats, arm: Ints, level_of: Ints) -> Test:
    """Likelihood ratio test of the interaction of two groups with the levels of a category, in Cox's model.

    R: `anova(coxph(… ~ arm + level), coxph(… ~ arm * level))`.
    """
    if arm.size == 0 or not event.any():
        failed = NO_DATA if arm.size == 0 else NO_EVENTS
        return Test(failed, failed, failed)
    full, reduced = interaction_designs(arm, level_of)
    if full.shape[1] == reduced.shape[1]:
        one = Problem("one_level", "No two levels have patients of both groups, so there is no interaction to test.")
        return Test(one, one, one)
    return likelihood_ratio(_Partial(time, event, full).fit(), _Partial(time, event, reduced).fit())


class _Partial:
    """Efron's partial likelihood of a design; one row of the sums for each event, in order of time."""

    def __init__(self, time: Floats, event: Floats, x: Floats) -> None:
        order = np.argsort(-time, kind="stable")
        self.x, self.event = x[order], event[order] == 1
        descending = -time[order]
        times = np.unique(descending[self.event])  # latest first
        self.last = np.searchsorted(descending, times, side="right") - 1  # last row still at risk
        self.moment = np.searchsorted(times, descending[self.event])  # of each event
        many = np.bincount(self.moment, minlength=times.size)
        before = np.cumsum(many) - many
        self.share = (np.arange(many.sum()) - np.repeat(before, many)) / np.repeat(many, many)
        self.of = np.repeat(np.arange(times.size), many)  # moment of each row
        self.time, self.moments, self.original = -times, times.size, (time, event)

    def sums(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """Log likelihood, and for each event the weighted mean and covariance of the columns among those at risk."""
        linear = self.x @ beta
        linear = linear - linear.max()
        weight = np.exp(linear)
        first = weight[:, None] * self.x
        second = first[:, :, None] * self.x[:, None, :]
        total, mean, square = (self._left(one) for one in (weight, first, second))
        total = np.maximum(total, np.finfo(np.float64).tiny)
        mean = mean / total[:, None]
        covariance = square / total[:, None, None] - mean[:, :, None] * mean[:, None, :]
        return float(linear[self.event].sum() - np.log(total).sum()), mean, covariance

    def _left(self, values: Floats) -> Floats:
        """Sums over those at risk, less Efron's share of those with the event at the same time."""
        risk = np.cumsum(values, axis=0)[self.last]
        tied = np.zeros((self.moments, *values.shape[1:]))
        np.add.at(tied, self.moment, values[self.event])
        share = self.share.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray(risk[self.of] - share * tied[self.of], dtype=np.float64)

    def fit(self) -> Fit | Problem:
        columns = self.x.shape[1]
        start = np.zeros(columns)
        if np.linalg.matrix_rank(self.sums(start)[2].sum(axis=0)) < columns:
            return TOO_FEW
        observed = self.x[self.event].sum(axis=0)

        def derivatives(beta: Floats) -> tuple[float, Floats, Floats]:
            value, mean, covariance = self.sums(beta)
            return value, observed - mean.sum(axis=0), -covariance.sum(axis=0)

        return maximise(derivatives, start)

    def proportional(self, fit: Fit, column: int) -> Test:
        """Score test that the coefficient of a column does not change with 1 - S(t-), S of all patients."""
        curve = kaplan_meier(*self.original)
        g = 1 - np.append(1.0, curve.survival)[np.searchsorted(curve.time, self.time)][self.of]
        g = g - g.mean()
        _, mean, covariance = self.sums(fit.beta)
        rows = np.argsort(self.moment, kind="stable")
        observed = self.x[self.event][rows, column]
        score = float((g * (observed - mean[:, column])).sum())
        cross = (g[:, None] * covariance[:, :, column]).sum(axis=0)
        information = float((g**2 * covariance[:, column, column]).sum() - cross @ fit.covariance @ cross)
        if not information > 1e-12:
            return Test(TOO_FEW, TOO_FEW, TOO_FEW)
        statistic = score**2 / information
        return Test(statistic, 1.0, float(stats.chi2.sf(statistic, 1)))
