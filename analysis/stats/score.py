"""Two proportions by the score method of Miettinen and Nurminen: intervals and a test that always agree.

statsmodels' `confint_proportions_2indep(method="score")` is not it for ratios where two roots of its cubic coincide
(see `proportions._koopman_upper`), and leaves the factor N / (N - 1) to a switch; here the constrained maximum is found
as the root of the likelihood's slope, which has one in every table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from analysis.stats import NO_DATA, NO_EVENTS, UNBOUNDED, Problem, Value

INFINITE = Problem("no_events", "There were no events in the reference group, so the ratio is infinite.")


@dataclass(frozen=True)
class Score:
    """An estimate, its interval, and z and two-sided P of the same method for no difference."""

    estimate: Value
    ci_low: Value
    ci_high: Value
    statistic: Value
    p: Value


def difference_z(x1: int, n1: int, x2: int, n2: int, difference: float) -> float:
    """z of the hypothesis that the risk in the first group is `difference` above that in the second (-1 to 1).

    Miettinen & Nurminen 1985 (Stat Med 4:213): the observed difference minus this one, over its standard error at the
    maximum of the likelihood under the hypothesis, with the factor N / (N - 1). For non-inferiority, `difference` is
    the margin.
    """
    lowest, highest = max(0.0, -difference), min(1.0, 1.0 - difference)

    def slope(p: float) -> float:
        return _slope(x1, n1, p + difference) + _slope(x2, n2, p)

    p2 = _falling_root(slope, lowest, highest)
    return _z(x1 / n1 - x2 / n2 - difference, p2 + difference, n1, p2, n2, 1.0)


def ratio_z(x1: int, n1: int, x2: int, n2: int, ratio: float) -> float:
    """z of the hypothesis that the risk in the first group is `ratio` (above 0) times that in the second."""
    both, total = x1 + x2, n1 + n2
    b = n1 * ratio + x1 + n2 + x2 * ratio
    p2 = 2 * both / (b + np.sqrt(max(0.0, b * b - 4 * total * ratio * both)))
    return _z(x1 / n1 - ratio * x2 / n2, min(1.0, ratio * p2), n1, min(1.0, p2), n2, ratio)


def score_difference(x1: int, n1: int, x2: int, n2: int, level: float = 0.95) -> Score:
    """Difference of two proportions, first minus second. R: `ratesci::scoreci(x1, n1, x2, n2, contrast = "RD")`
    without skewness correction."""
    if n1 == 0 or n2 == 0:
        return Score(*([NO_DATA] * 5))
    estimate = x1 / n1 - x2 / n2
    quantile = float(stats.norm.ppf((1 + level) / 2))

    def z(difference: float) -> float:
        return difference_z(x1, n1, x2, n2, difference)

    low = -1.0 if estimate == -1 else _limit(lambda d: z(d) - quantile, -1.0, estimate)
    high = 1.0 if estimate == 1 else _limit(lambda d: z(d) + quantile, estimate, 1.0)
    return Score(estimate, low, high, *_test(z(0.0), x1 + x2, n1 + n2))


def score_ratio(x1: int, n1: int, x2: int, n2: int, level: float = 0.95) -> Score:
    """Ratio of two proportions, first over second; a limit that is infinite is the problem `unbounded`.
    R: `ratesci::scoreci(contrast = "RR")` without skewness correction."""
    if n1 == 0 or n2 == 0:
        return Score(*([NO_DATA] * 5))
    if x1 + x2 == 0:
        return Score(*([NO_EVENTS] * 5))
    quantile = float(stats.norm.ppf((1 + level) / 2))

    def z(log_ratio: float) -> float:
        return ratio_z(x1, n1, x2, n2, float(np.exp(log_ratio)))

    estimate = (x1 / n1) / (x2 / n2) if x2 else INFINITE
    inside = -40.0 if x1 == 0 else 40.0 if x2 == 0 else float(np.log((x1 / n1) / (x2 / n2)))
    low = 0.0 if x1 == 0 else float(np.exp(_limit(lambda r: z(r) - quantile, -40.0, inside)))
    high: Value = UNBOUNDED if x2 == 0 else float(np.exp(_limit(lambda r: z(r) + quantile, inside, 40.0)))
    return Score(estimate, low, high, *_test(z(0.0), x1 + x2, n1 + n2))


def _test(z: float, events: int, total: int) -> tuple[Value, Value]:
    if events == 0:
        return NO_EVENTS, NO_EVENTS
    if events == total:
        everybody = Problem("all_events", "Every patient had the event, so there is no test.")
        return everybody, everybody
    return z, float(2 * stats.norm.sf(abs(z)))


def _slope(x: int, n: int, p: float) -> float:
    """Derivative of a binomial log-likelihood; infinite at the ends that the data exclude."""
    rise = 0.0 if x == 0 else x / p if p > 0 else np.inf
    fall = 0.0 if x == n else (n - x) / (1 - p) if p < 1 else np.inf
    return rise - fall


def _falling_root(slope: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses 0; the end that it points to where it does not."""
    step = 1e-14 * max(high - low, 1e-300)
    if high - low < 1e-15 or slope(low + step) <= 0:
        return low
    if slope(high - step) >= 0:
        return high
    return float(optimize.brentq(slope, low + step, high - step, xtol=1e-16, rtol=1e-15))


def _z(distance: float, p1: float, n1: int, p2: float, n2: int, ratio: float) -> float:
    p1, p2 = min(1.0, max(0.0, p1)), min(1.0, max(0.0, p2))
    total = n1 + n2
    variance = (p1 * (1 - p1) / n1 + ratio**2 * p2 * (1 - p2) / n2) * total / (total - 1)
    if variance <= 0:
        return 0.0 if distance == 0 else float(np.copysign(np.inf, distance))
    return float(distance / np.sqrt(variance))


def _limit(excess: Callable[[float], float], low: float, high: float) -> float:
    """Where z, which falls from `low` to `high`, crosses the quantile."""

    def bounded(at: float) -> float:
        return float(np.clip(excess(at), -1e6, 1e6))

    if bounded(low) <= 0:
        return low
    if bounded(high) >= 0:
        return high
    return float(optimize.brentq(bounded, low, high, xtol=1e-14, rtol=1e-14))
