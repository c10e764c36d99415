"""Descriptions of numbers, and tests of means: Welch, Student, paired t."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.stats import NO_DATA, NO_VARIATION, TOO_FEW, Problem, Value, finite

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


def _constant(x: Floats) -> bool:
    """Whether all values are equal (their SD need not be exactly 0, as their mean may differ in the last bit)."""
    return bool(x.min() == x.max())


def _sd(x: Floats) -> float:
    return 0.0 if _constant(x) else float(np.std(x, ddof=1))


def _failed(difference: Value, problem: Problem) -> TTest:
    return TTest(difference, *([problem] * 6))


def _record(difference: float, se: float, test: Any, level: float) -> TTest:
    """A record from scipy's result, which does not give the standard error."""
    interval = test.confidence_interval(level)
    return TTest(
        difference,
        finite(se),
        finite(interval.low),
        finite(interval.high),
        finite(test.statistic),
        finite(test.df),
        finite(test.pvalue),
    )


def welch(first: Floats, second: Floats, level: float = 0.95) -> TTest:
    """Mean of `first` minus mean of `second`, variances not assumed equal (Welch 1947). R: `t.test(first, second)`."""
    return _independent(first, second, level, equal_var=False)


def student(first: Floats, second: Floats, level: float = 0.95) -> TTest:
    """The same with one pooled variance. R: `t.test(first, second, var.equal = TRUE)`."""
    return _independent(first, second, level, equal_var=True)


def _independent(first: Floats, second: Floats, level: float, equal_var: bool) -> TTest:
    a, b = first[~np.isnan(first)], second[~np.isnan(second)]
    if a.size == 0 or b.size == 0:
        return _failed(NO_DATA, NO_DATA)
    difference = float(a.mean() - b.mean())
    if (a.size + b.size if equal_var else 1 + min(a.size, b.size)) < 3:
        return _failed(difference, TOO_FEW)
    if _constant(a) and _constant(b):
        return _failed(difference, NO_VARIATION)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of values that are the same in one group
        if equal_var:
            pooled = (a.var() * a.size + b.var() * b.size) / (a.size + b.size - 2)
            se = np.sqrt(pooled / a.size + pooled / b.size)
        else:
            se = np.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)
        test = stats.ttest_ind(a, b, equal_var=equal_var)
    return _record(difference, float(se), test, level)


def mean_interval(values: Floats, level: float = 0.95) -> tuple[Value, Value]:
    """Interval of the mean of the observed values, by Student's t. R: `t.test(values)$conf.int`."""
    x = values[~np.isnan(values)]
    problem = NO_DATA if x.size == 0 else TOO_FEW if x.size < 2 else NO_VARIATION if _constant(x) else None
    if problem is not None:
        return problem, problem
    low, high = stats.t.interval(level, x.size - 1, x.mean(), np.std(x, ddof=1) / np.sqrt(x.size))
    return finite(low), finite(high)


def paired(after: Floats, before: Floats, level: float = 0.95) -> TTest:
    """Mean of `after - before` over pairs that are both observed. R: `t.test(after, before, paired = TRUE)`."""
    change = after - before
    change = change[~np.isnan(change)]
    if change.size == 0:
        return _failed(NO_DATA, NO_DATA)
    mean = float(change.mean())
    if change.size < 2:
        return _failed(mean, TOO_FEW)
    if _constant(change):
        return _failed(mean, NO_VARIATION)
    return _record(mean, float(stats.sem(change)), stats.ttest_1samp(change, 0.0), level)
