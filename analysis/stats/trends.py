"""Tests for trend over groups in order, each with a score such as its dose. Nothing else is called a trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.stats import NO_DATA, NO_EVENTS, NO_VARIATION, TOO_FEW, Problem, Value

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trend:
    """``slope``: change for one unit of the score; ``statistic``: z or t, above 0 where values rise with the score."""

    statistic: Value
    p: Value
    slope: Value = NO_DATA
    se: Value = NO_DATA
    ci_low: Value = NO_DATA
    ci_high: Value = NO_DATA
    df: Value = NO_DATA


def _none(problem: Problem) -> Trend:
    return Trend(*([problem] * 7))


def cochran_armitage(events: Sequence[int], n: Sequence[int], scores: Sequence[float]) -> Trend:
    """Trend of proportions; ``slope`` as a fraction for one unit of the score, by least squares over all patients.

    Cochran 1954, Armitage 1955. R: `prop.trend.test(events, n, scores)`, whose X-squared is the square of z.
    """
    x, size, s = (np.asarray(one, dtype=float) for one in (events, n, scores))
    if not size.all():
        return _none(NO_DATA)
    if not x.any():
        return _none(NO_EVENTS)
    if (x == size).all():
        return _none(NO_VARIATION)
    p = x.sum() / size.sum()
    centred = s - (size * s).sum() / size.sum()
    spread = float((size * centred**2).sum())
    over = float((x * centred).sum())
    z = over / float(np.sqrt(p * (1 - p) * spread))
    return Trend(z, float(2 * stats.norm.sf(abs(z))), over / spread)


def linear_contrast(groups: Sequence[Floats], scores: Sequence[float], level: float = 0.95) -> Trend:
    """Linear contrast of the means of an analysis of variance, with the variance within groups.

    ``slope`` is the contrast over the sum of its squared weights, which are the scores less their mean.
    R: the linear term of `summary(lm(y ~ group))` with `contrasts(group) <- contr.poly(k, scores)`.
    """
    observed = [g[~np.isnan(g)] for g in groups]
    if any(g.size == 0 for g in observed):
        return _none(NO_DATA)
    df = sum(g.size for g in observed) - len(observed)
    weights = np.asarray(scores, dtype=float) - np.mean(scores)
    slope = float((weights * [g.mean() for g in observed]).sum() / (weights**2).sum())
    if df < 1:
        return Trend(TOO_FEW, TOO_FEW, slope, TOO_FEW, TOO_FEW, TOO_FEW, TOO_FEW)
    if all(g.min() == g.max() for g in observed):
        return Trend(NO_VARIATION, NO_VARIATION, slope, NO_VARIATION, NO_VARIATION, NO_VARIATION, float(df))
    variance = float(sum(((g - g.mean()) ** 2).sum() for g in observed)) / df
    se = float(np.sqrt(variance * (weights**2 / [g.size for g in observed]).sum()) / (weights**2).sum())
    half = float(stats.t.ppf((1 + level) / 2, df)) * se
    t = slope / se
    return Trend(t, float(2 * stats.t.sf(abs(t), df)), slope, se, slope - half, slope + half, float(df))


def jonckheere_terpstra(groups: Sequence[Floats]) -> Trend:
    """Ordered alternative of the groups, which come in their order: z of the sum of the Mann–Whitney counts, with the
    variance corrected for ties and without correction for continuity (Jonckheere 1954; Hollander & Wolfe 1999, 6.2).

    R: `cor.test(group, y, method = "kendall", exact = FALSE)`, the same z.
    """
    observed = [g[~np.isnan(g)] for g in groups]
    if any(g.size == 0 for g in observed):
        return _none(NO_DATA)
    everybody = np.concatenate(observed)
    if everybody.min() == everybody.max():
        return _none(NO_VARIATION)
    counted = sum(_above(one, other) for i, one in enumerate(observed) for other in observed[i + 1 :])
    sizes = np.array([g.size for g in observed], dtype=float)
    ties = np.unique(everybody, return_counts=True)[1].astype(float)
    total = float(sizes.sum())
    expected = (total**2 - float((sizes**2).sum())) / 4

    def first(m: Floats) -> float:
        return float((m * (m - 1) * (2 * m + 5)).sum())

    def second(m: Floats) -> float:
        return float((m * (m - 1) * (m - 2)).sum())

    def third(m: Floats) -> float:
        return float((m * (m - 1)).sum())

    variance = (first(np.array([total])) - first(sizes) - first(ties)) / 72
    if total > 2:
        variance += second(sizes) * second(ties) / (36 * total * (total - 1) * (total - 2))
    variance += third(sizes) * third(ties) / (8 * total * (total - 1))
    if variance <= 0:
        return _none(TOO_FEW)
    z = (counted - expected) / float(np.sqrt(variance))
    return Trend(z, float(2 * stats.norm.sf(abs(z))))


def _above(low: Floats, high: Floats) -> float:
    """Pairs in which the value of ``high`` is above that of ``low``, ties as halves."""
    ranks = stats.rankdata(np.concatenate([low, high]))
    return float(ranks[low.size :].sum() - high.size * (high.size + 1) / 2)
