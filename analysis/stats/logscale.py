"""Skewed values on the logarithmic scale: geometric means and their ratio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats import UNBOUNDED, Problem, Value, finite
from analysis.stats.means import TTest, mean_interval, welch

Floats = NDArray[np.float64]

NOT_POSITIVE = Problem("not_positive", "Some values are not above zero, and these have no logarithm.")


@dataclass(frozen=True)
class GeometricMean:
    """exp(mean of logs) in the unit of the data, with its interval by Student's t on the logs."""

    mean: Value
    ci_low: Value
    ci_high: Value


@dataclass(frozen=True)
class GeometricRatio:
    """Ratio of two geometric means with Welch's interval, t, degrees of freedom and P, all on the logs."""

    ratio: Value
    ci_low: Value
    ci_high: Value
    statistic: Value
    df: Value
    p: Value


def geometric_mean(values: Floats, level: float = 0.95) -> GeometricMean:
    """Of the observed values (NaN is missing). R: `exp(mean(log(x)))`, `exp(t.test(log(x))$conf.int)`."""
    x = values[~np.isnan(values)]
    if np.any(x <= 0):
        return GeometricMean(*([NOT_POSITIVE] * 3))
    if x.size == 0:
        low, high = mean_interval(x, level)
        return GeometricMean(low, low, high)
    low, high = mean_interval(np.log(x), level)
    return GeometricMean(float(np.exp(np.log(x).mean())), _exp(low), _exp(high))


def geometric_ratio(first: Floats, second: Floats, level: float = 0.95) -> GeometricRatio:
    """First over second, by Welch's method on the logarithms. R: `exp(t.test(log(first), log(second))$conf.int)`."""
    test = log_test(first, second, level)
    return GeometricRatio(_exp(test.difference), _exp(test.ci_low), _exp(test.ci_high), test.statistic, test.df, test.p)


def log_test(first: Floats, second: Floats, level: float = 0.95) -> TTest:
    """Welch's test of the logarithms, first minus second. R: `t.test(log(first), log(second))`."""
    if np.any(first <= 0) or np.any(second <= 0):
        return TTest(*([NOT_POSITIVE] * 7))
    return welch(np.log(first), np.log(second), level)


def _exp(value: Value) -> Value:
    if isinstance(value, Problem):
        return value
    with np.errstate(over="ignore"):
        return finite(np.exp(value), UNBOUNDED)
