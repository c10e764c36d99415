"""Time to an event: Kaplan–Meier curves with their median, log-rank tests, restricted mean survival time.

Numbers at risk and the log-rank test are statsmodels'. What is here are R's conventions: the median of a curve that is
flat at one half (statsmodels takes the end of the step; lifelines 0.30, which holds pandas below 3, differs from R
too), with limits by the complementary log-log method, and the restricted mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from analysis.stats import NO_DATA, NO_EVENTS, Problem, Value
from analysis.stats.proportions import Test

Floats = NDArray[np.float64]

NOT_REACHED = Problem("not_reached", "The curve does not fall to one half while patients are observed.")
LIMIT_NOT_REACHED = Problem("not_reached", "This limit is not reached while patients are observed.")
BEYOND = Problem("beyond_followup", "Nobody was followed until this time.")
NO_INTERVAL = Problem("no_interval", "The curve lies at its beginning or its end, where this method has no interval.")


@dataclass(frozen=True)
class Curve:
    """A Kaplan–Meier curve at the times of events.

    Attributes:
        times, survival: the curve's steps; it is 1 before the first.
        risk: patients observed until just before each time.
        log_se: standard error of log survival (Greenwood 1926), infinite where the curve is 0.
        low, high: complementary log-log limits, NaN where the curve is 0 or 1.
        observed: every patient's time.
        last: the longest time.
    """

    times: Floats
    survival: Floats
    risk: Floats
    log_se: Floats
    low: Floats
    high: Floats
    observed: Floats
    last: float


@dataclass(frozen=True)
class Estimate:
    """A number with its interval."""

    estimate: Value
    ci_low: Value
    ci_high: Value


@dataclass(frozen=True)
class AtTime:
    """Survival at a time (a fraction), its standard error and interval, and the patients then still at risk."""

    survival: Value
    se: Value
    ci_low: Value
    ci_high: Value
    risk: Value


@dataclass(frozen=True)
class Restricted:
    """Mean time up to a limit, in the unit of the times."""

    mean: Value
    se: Value
    ci_low: Value
    ci_high: Value


def kaplan_meier(time: Floats, event: Floats, level: float = 0.95) -> Curve | Problem:
    """The curve with pointwise limits exp(-exp(log(-log S) ± z se / log S)) (Kalbfleisch & Prentice 1980).

    R: `survfit(Surv(time, event) ~ 1, conf.type = "log-log")`.

    Args:
        time: 0 or more, shape (n,); event: 1 where the event was seen, 0 where censored. No missing values.
        level: of the limits.

    Returns:
        The curve (without steps where there is no event), or a problem where there is nobody.
    """
    if time.size == 0:
        return NO_DATA
    found = SurvfuncRight(time, event)
    events = np.asarray(found.n_events) > 0
    times = np.asarray(found.surv_times, dtype=float)[events]
    deaths, risk = np.asarray(found.n_events, float)[events], np.asarray(found.n_risk, float)[events]
    survival = np.cumprod(1 - deaths / risk)
    survival[risk == deaths] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        log_se = np.sqrt(np.cumsum(deaths / (risk * (risk - deaths))))
        half = stats.norm.ppf((1 + level) / 2) * log_se / np.log(survival)
        low, high = (np.exp(-np.exp(np.log(-np.log(survival)) + sign * half)) for sign in (-1, 1))
    low[survival == 0] = high[survival == 0] = np.nan
    return Curve(times, survival, risk, log_se, low, high, np.sort(time), float(time.max()))


def median(curve: Curve | Problem) -> Estimate:
    """Median time, and as its limits the medians of the curve's lower and upper limits (Brookmeyer & Crowley 1982).

    Where a curve is flat at one half, the middle of the flat step (up to the last time where it stays there), as R:
    `quantile(survfit(…, conf.type = "log-log"), 0.5)`. Who never reach one half have none.
    """
    if isinstance(curve, Problem):
        return Estimate(*([curve] * 3))
    middle, low, high = (_half(curve, values) for values in (curve.survival, curve.low, curve.high))
    return Estimate(
        NOT_REACHED if middle is None else middle,
        LIMIT_NOT_REACHED if low is None else low,
        LIMIT_NOT_REACHED if high is None else high,
    )


def _half(curve: Curve, values: Floats) -> float | None:
    near = 1.5e-8  # R's tolerance, the square root of the machine's
    with np.errstate(invalid="ignore"):
        reached = np.flatnonzero(values <= 0.5 + near)
        below = np.flatnonzero(values < 0.5 - near)
    if reached.size == 0:
        return None
    first = curve.times[reached[0]]
    if below.size and below[0] == reached[0]:
        return float(first)
    return float((first + (curve.times[below[0]] if below.size else curve.last)) / 2)


def survival_at(curve: Curve | Problem, time: float) -> AtTime:
    """The curve at a time. R: `summary(survfit(…, conf.type = "log-log"), times = time)`."""
    if isinstance(curve, Problem):
        return AtTime(*([curve] * 5))
    if time > curve.last and not (curve.survival == 0).any():
        return AtTime(*([BEYOND] * 5))
    risk = float((curve.observed >= time).sum())
    step = int(np.searchsorted(curve.times, time, side="right")) - 1
    if step < 0:
        return AtTime(1.0, 0.0, NO_INTERVAL, NO_INTERVAL, risk)
    s, low, high = float(curve.survival[step]), float(curve.low[step]), float(curve.high[step])
    if s == 0:
        return AtTime(0.0, NO_INTERVAL, NO_INTERVAL, NO_INTERVAL, risk)
    return AtTime(s, s * float(curve.log_se[step]), low, high, risk)


def log_rank(time: Floats, event: Floats, group: NDArray[np.int64], strata: NDArray[np.int64] | None = None) -> Test:
    """Log-rank test of two or more groups, within strata where given (Mantel 1966; Peto & Peto 1972).

    R: `survdiff(Surv(time, event) ~ group + strata(strata))`: chi-square with the hypergeometric variance.
    """
    if np.unique(group).size < 2:
        return Test(NO_DATA, NO_DATA, NO_DATA)
    if not np.any(event == 1):
        return Test(NO_EVENTS, NO_EVENTS, NO_EVENTS)
    try:
        statistic, p = survdiff(time, event, group, strata=strata)
    except np.linalg.LinAlgError:
        statistic = p = np.nan
    if not np.isfinite(statistic):
        alone = Problem("no_variation", "At no event was more than one group at risk, so there is no test.")
        return Test(alone, alone, alone)
    return Test(float(statistic), float(np.unique(group).size - 1), float(p))


def restricted_mean(curve: Curve | Problem, limit: float, level: float = 0.95) -> Restricted:
    """Area under the curve up to `limit` (Irwin 1949), with Greenwood's variance. R: `survfit`, `rmean = limit`.

    Refused where the last patient is censored before the limit: the curve is not known that far (R draws it level).
    """
    if isinstance(curve, Problem):
        return Restricted(*([curve] * 4))
    if limit > curve.last and not (curve.survival == 0).any():
        return Restricted(*([BEYOND] * 4))
    inside = curve.times < limit
    edges = np.concatenate([[0.0], curve.times[inside], [limit]])
    heights = np.concatenate([[1.0], curve.survival[inside]])
    areas = np.diff(edges) * heights
    after = areas.sum() - np.cumsum(areas)[: int(inside.sum())]  # area to the right of each event
    with np.errstate(invalid="ignore"):
        variance = np.diff(curve.log_se[inside] ** 2, prepend=0.0)
    seen = (after > 0) & (curve.survival[inside] > 0)  # nothing is to the right of 0 but what rounding leaves
    mean, se = float(areas.sum()), float(np.sqrt((after[seen] ** 2 * variance[seen]).sum()))
    if se == 0:
        return Restricted(mean, se, NO_INTERVAL, NO_INTERVAL)
    low, high = stats.norm.interval(level, mean, se)
    return Restricted(mean, se, float(low), float(high))


def restricted_difference(first: Restricted, second: Restricted, level: float = 0.95) -> tuple[Estimate, Value]:
    """Difference of two restricted means, first minus second, with its normal interval, and its P.

    R: `survRM2::rmst2` (unadjusted; its variance is the same)."""
    parts = (first.mean, first.se, second.mean, second.se)
    for part in parts:
        if isinstance(part, Problem):
            return Estimate(part, part, part), part
    a, s, b, t = (float(part) for part in parts if not isinstance(part, Problem))
    se = float(np.hypot(s, t))
    if se == 0:
        return Estimate(a - b, NO_INTERVAL, NO_INTERVAL), NO_INTERVAL
    low, high = stats.norm.interval(level, a - b, se)
    return Estimate(a - b, float(low), float(high)), float(2 * stats.norm.sf(abs(a - b) / se))
