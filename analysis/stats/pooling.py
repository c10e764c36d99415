"""Rubin's rules: one estimate from those of several completed data sets."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.stats import NO_VARIATION, TOO_FEW, Value

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pooled:
    """A pooled estimate with its standard error, interval, t, degrees of freedom and P.

    Attributes:
        fmi: fraction of missing information, from 0 to 1.
    """

    estimate: Value
    se: Value
    ci_low: Value
    ci_high: Value
    statistic: Value
    df: Value
    p: Value
    fmi: Value


def pool(estimates: Floats, variances: Floats, complete_df: float, level: float = 0.95) -> Pooled:
    """Pool estimates by Rubin's rules (Rubin 1987), with the degrees of freedom of Barnard & Rubin (1999).

    R: `mice::pool.scalar(estimates, variances, n, k)`, where n - k is `complete_df`; `fmi` as there.

    Args:
        estimates, variances: of each completed data set, shape (m,), m of at least 2; on a scale on which the
            estimate is about normal (logarithms of ratios).
        complete_df: degrees of freedom that the analysis of complete data has; infinite for a normal one.
        level: of the interval, which is Student's.
    """
    m = estimates.size
    if m < 2:
        return Pooled(*([TOO_FEW] * 8))
    estimate, within, between = float(estimates.mean()), float(variances.mean()), float(estimates.var(ddof=1))
    total = within + (1 + 1 / m) * between
    if not (math.isfinite(total) and within > 0):
        return Pooled(estimate, *([NO_VARIATION] * 7))
    increase, share = (1 + 1 / m) * between / within, (1 + 1 / m) * between / total
    df = _degrees(m, share, complete_df)
    se = math.sqrt(total)
    low, high = (float(x) for x in stats.t.interval(level, df, estimate, se))
    t = estimate / se
    fmi = (increase + 2 / (df + 3)) / (increase + 1)
    return Pooled(estimate, se, low, high, t, df, float(2 * stats.t.sf(abs(t), df)), fmi)


def _degrees(m: int, share: float, complete: float) -> float:
    """Barnard & Rubin's; `share` is that of the variance which is due to what is missing."""
    large = (m - 1) / share**2 if share > 0 else math.inf
    if math.isinf(complete):
        return large
    seen = (complete + 1) / (complete + 3) * complete * (1 - share)
    return seen if math.isinf(large) else large * seen / (large + seen)
