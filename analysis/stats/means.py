"""Descriptions of numbers, and tests of means: Welch, Student, paired t."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats import NO_DATA, NO_VARIATION, TOO_FEW, Problem, Value, finite
from analysis.stats.distributions import t_p, t_quantile

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Description:
    """Observed n, mean, SD (n - 1), median, quartiles and range, in the unit of the data."""

    n: Value
    mean: Value
    sd: Value
    median: Value
    q1: Value
    q3: Value
    min: Value
    max: Value


@dataclass(frozen=True)
class TTest:
    """A difference in means with its confidence interval and t test."""

    difference: Value
    se: Value
    ci_low: Value
    ci_high: Value
    statistic: Value
    df: Value
    p: Value


def describe(values: Floats) -> Description:
    """Describe the observed values (NaN is missing).

    Quartiles are R's type 7, the default of `quantile()`: linear between order statistics at 1 + (n - 1) p
    (Hyndman & Fan 1996). R: `mean`, `sd`, `quantile`, `range`.
    """
    x = values[~np.isnan(values)]
    if x.size == 0:
        return Description(0.0, *([NO_DATA] * 7))
    q1, median, q3 = (float(q) for q in np.quantile(x, [0.25, 0.5, 0.75], method="linear"))
    sd: Value = TOO_FEW if x.size < 2 else _sd(x)
    return Description(float(x.size), float(np.mean(x)), sd, median, q1, q3, float(x.min()), float(x.max()))


def _sd(x: Floats) -> float:
    """SD that is exactly 0 when all values are equal (their mean may differ in the last bit)."""
    return 0.0 if x.min() == x.max() else float(np.std(x, ddof=1))


def _failed(difference: Value, problem: Problem) -> TTest:
    return TTest(difference, *([problem] * 6))


def _t_test(difference: float, se: float, df: float, level: float) -> TTest:
    if not se > 0 or not np.isfinite(se):
        return _failed(difference, NO_VARIATION)
    half = t_quantile(level, df) * se
    statistic = difference / se
    return TTest(
        difference,
        se,
        finite(difference - half),
        finite(difference + half),
        finite(statistic),
        df,
        finite(t_p(statistic, df)),
    )


def welch(first: Floats, second: Floats, level: float = 0.95) -> TTest:
    """Mean of `first` minus mean of `second`, variances not assumed equal (Welch 1947). R: `t.test(first, second)`."""
    a, b = first[~np.isnan(first)], second[~np.isnan(second)]
    if a.size == 0 or b.size == 0:
        return _failed(NO_DATA, NO_DATA)
    difference = float(a.mean() - b.mean())
    if a.size < 2 or b.size < 2:
        return _failed(difference, TOO_FEW)
    va, vb = _sd(a) ** 2 / a.size, _sd(b) ** 2 / b.size
    if va + vb == 0:
        return _failed(difference, NO_VARIATION)
    df = (va + vb) ** 2 / (va**2 / (a.size - 1) + vb**2 / (b.size - 1))
    return _t_test(difference, float(np.sqrt(va + vb)), float(df), level)


def student(first: Floats, second: Floats, level: float = 0.95) -> TTest:
    """The same with one pooled variance. R: `t.test(first, second, var.equal = TRUE)`."""
    a, b = first[~np.isnan(first)], second[~np.isnan(second)]
    if a.size == 0 or b.size == 0:
        return _failed(NO_DATA, NO_DATA)
    difference = float(a.mean() - b.mean())
    df = a.size + b.size - 2
    if a.size < 1 or b.size < 1 or df < 1:
        return _failed(difference, TOO_FEW)
    squares = sum((x.size - 1) * _sd(x) ** 2 for x in (a, b) if x.size > 1)
    return _t_test(difference, float(np.sqrt(squares / df * (1 / a.size + 1 / b.size))), float(df), level)


def mean_interval(values: Floats, level: float = 0.95) -> tuple[Value, Value]:
    """Interval of the mean of the observed values, by Student's t. R: `t.test(values)$conf.int`."""
    test = paired(values, np.zeros_like(values), level)
    return test.ci_low, test.ci_high


def paired(after: Floats, before: Floats, level: float = 0.95) -> TTest:
    """Mean of `after - before` over pairs that are both observed. R: `t.test(after, before, paired = TRUE)`."""
    change = after - before
    change = change[~np.isnan(change)]
    if change.size == 0:
        return _failed(NO_DATA, NO_DATA)
    mean = float(change.mean())
    if change.size < 2:
        return _failed(mean, TOO_FEW)
    return _t_test(mean, _sd(change) / float(np.sqrt(change.size)), float(change.size - 1), level)
