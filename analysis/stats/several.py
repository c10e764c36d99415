"""More than two groups: global tests, and comparisons with a reference that keep the error of the family.

scipy's `dunnett` integrates by random numbers, which give another P value each time from its fourth digit on; here
Dunnett's integral is computed by Gauss–Legendre quadrature, which gives the same each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests

from analysis.stats import NO_DATA, NO_VARIATION, TOO_FEW
from analysis.stats.means import TTest
from analysis.stats.proportions import Test

Floats = NDArray[np.float64]


def holm(p: Sequence[float]) -> list[float]:
    """P values adjusted for their number by Holm's method (1979), in their order. R: `p.adjust(p, "holm")`."""
    return [float(q) for q in multipletests(np.asarray(p, dtype=float), method="holm")[1]] if len(p) else []


def welch_anova(groups: Sequence[Floats]) -> Test:
    """Equal means, variances not assumed equal (Welch 1951); `df` is that of the denominator. R: `oneway.test`."""
    observed = [g[~np.isnan(g)] for g in groups]
    if any(g.size == 0 for g in observed):
        return Test(NO_DATA, NO_DATA, NO_DATA)
    if len(observed) < 2 or any(g.size < 2 for g in observed):
        return Test(TOO_FEW, TOO_FEW, TOO_FEW)
    if any(g.min() == g.max() for g in observed):
        return Test(NO_VARIATION, NO_VARIATION, NO_VARIATION)
    from statsmodels.stats.oneway import anova_oneway

    found = anova_oneway(observed, use_var="unequal", welch_correction=True)
    return Test(float(found.statistic), float(found.df_denom), float(found.pvalue))


def kruskal_wallis(groups: Sequence[Floats]) -> Test:
    """Rank test of several groups, corrected for ties (Kruskal & Wallis 1952). R: `kruskal.test`."""
    observed = [g[~np.isnan(g)] for g in groups]
    if any(g.size == 0 for g in observed):
        return Test(NO_DATA, NO_DATA, NO_DATA)
    everybody = np.concatenate(observed)
    if len(observed) < 2 or everybody.min() == everybody.max():
        return Test(NO_VARIATION, NO_VARIATION, NO_VARIATION)
    found = stats.kruskal(*observed)
    return Test(float(found.statistic), float(len(observed) - 1), float(found.pvalue))


def dunnett(groups: Sequence[Floats], reference: Floats, level: float = 0.95) -> list[TTest]:
    """Each group minus the reference, two-sided, with P values and intervals for all comparisons together.

    Dunnett 1955: one pooled variance; the comparisons' correlation is that of a shared reference, whatever the sizes.
    R: `multcomp::glht(aov(y ~ group), mcp(group = "Dunnett"))`, which integrates by random numbers too.
    """
    a, b = [g[~np.isnan(g)] for g in groups], reference[~np.isnan(reference)]
    everybody = [b, *a]
    if any(g.size == 0 for g in everybody):
        return [TTest(*([NO_DATA] * 7)) for _ in a]
    differences = [float(g.mean() - b.mean()) for g in a]
    df = sum(g.size for g in everybody) - len(everybody)
    if df < 1:
        return [TTest(d, *([TOO_FEW] * 6)) for d in differences]
    if all(g.min() == g.max() for g in everybody):
        return [TTest(d, *([NO_VARIATION] * 6)) for d in differences]
    pooled = float(np.sqrt(sum(((g - g.mean()) ** 2).sum() for g in everybody) / df))
    loadings = tuple(float(np.sqrt(g.size / (g.size + b.size))) for g in a)
    half = _critical(level, loadings, df)
    found = []
    for g, difference in zip(a, differences, strict=True):
        se = pooled * float(np.sqrt(1 / g.size + 1 / b.size))
        t = difference / se
        p = min(1.0, max(0.0, 1 - _all_within(abs(t), loadings, df)))
        found.append(TTest(difference, se, difference - half * se, difference + half * se, t, float(df), p))
    return found


@lru_cache(maxsize=64)
def _critical(level: float, loadings: tuple[float, ...], df: int) -> float:
    low = float(stats.t.ppf((1 + level) / 2, df))
    high = float(stats.t.ppf(1 - (1 - level) / 2 / max(2, len(loadings)), df)) * 1.01  # Bonferroni's is above
    return float(optimize.brentq(lambda c: _all_within(c, loadings, df) - level, 0.99 * low, high, xtol=1e-12))


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)


def _all_within(c: float, loadings: tuple[float, ...], df: int) -> float:
    """P(|T_i| < c for all i): given the pooled SD over its expectation, s, and the reference's error, u, the groups
    are independent."""
    u = 9 * _NODES
    ends = np.sqrt(stats.chi2.ppf([1e-14, 1 - 1e-14], df) / df)
    s = ends[0] + (ends[1] - ends[0]) * (_NODES + 1) / 2
    product = np.ones((s.size, u.size))
    for loading in loadings:
        rest = np.sqrt(1 - loading**2)
        middle, width = loading * u[None, :] / rest, c * s[:, None] / rest
        product *= stats.norm.cdf(middle + width) - stats.norm.cdf(middle - width)
    inner = product @ (9 * _WEIGHTS * stats.norm.pdf(u))
    density = 2 * df * s * stats.chi2.pdf(df * s**2, df) * _WEIGHTS * (ends[1] - ends[0]) / 2
    return float(inner @ density)
