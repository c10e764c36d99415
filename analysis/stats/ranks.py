"""Rank tests: Mann–Whitney with the Hodges–Lehmann shift, and Wilcoxon's signed-rank test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats import NO_DATA, NO_VARIATION, Problem, Value
from analysis.stats.distributions import z_p, z_quantile

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MannWhitney:
    """Two independent groups compared by ranks.

    Attributes:
        statistic: W of R, the number of pairs in which the first group's value is higher, ties counted half.
        p: two-sided, by the normal approximation.
        shift: Hodges–Lehmann estimate, the median of all differences first minus second.
        superiority: W / (n1 n2), the probability that a value of the first group is higher, ties counted half.
    """

    statistic: Value
    p: Value
    shift: Value
    shift_ci_low: Value
    shift_ci_high: Value
    superiority: Value


@dataclass(frozen=True)
class SignedRank:
    """Wilcoxon's signed-rank test: V of R (sum of the ranks of positive differences) and two-sided P."""

    statistic: Value
    p: Value


def _ranks(values: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Average ranks, and how often each distinct value occurs. R: `rank(x)`, `table(x)`."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse], counts.astype(np.int64)


def mann_whitney(first: Floats, second: Floats, level: float = 0.95) -> MannWhitney:
    """Mann–Whitney by the normal approximation, corrected for ties and continuity, whatever the sample size.

    R: `wilcox.test(first, second, exact = FALSE, correct = TRUE, conf.int = TRUE)`, which is what R does by itself
    when there are ties. The interval inverts the test (Bauer 1972): its limits are the differences at which the
    standardised statistic crosses the normal quantile. R searches these points by `uniroot` with tolerance 1e-4;
    here they are exact. The shift is the median of all pairwise differences (R prints the root of the statistic, which
    may lie elsewhere on a flat step).
    """
    a, b = first[~np.isnan(first)], second[~np.isnan(second)]
    m, n = a.size, b.size
    if m == 0 or n == 0:
        return MannWhitney(*([NO_DATA] * 6))
    ranks, ties = _ranks(np.concatenate([a, b]))
    w = float(ranks[:m].sum() - m * (m + 1) / 2)
    differences = np.sort(np.subtract.outer(a, b), axis=None)
    shift = float(np.median(differences))
    superiority = w / (m * n)
    sigma = _sigma(m, n, ties)
    if sigma == 0:
        return MannWhitney(w, NO_VARIATION, shift, NO_VARIATION, NO_VARIATION, superiority)
    distance = w - m * n / 2
    p = z_p((distance - np.sign(distance) * 0.5) / sigma)
    low, high = _invert(a, b, differences, level)
    return MannWhitney(w, p, shift, low, high, superiority)


def _sigma(m: int, n: int, ties: NDArray[np.int64]) -> float:
    """SD of W under the hypothesis of no difference, corrected for ties (Lehmann 1975, section 1.4)."""
    total = m + n
    if total < 2:
        return 0.0
    lost = float((ties.astype(float) ** 3 - ties).sum()) / (total * (total - 1))
    return float(np.sqrt(max(0.0, m * n / 12 * (total + 1 - lost))))


def _invert(a: Floats, b: Floats, differences: Floats, level: float) -> tuple[Value, Value]:
    """Limits of the shift: where the statistic of `(a - d, b)`, a falling step function of d, crosses the quantile.

    Between two neighbouring differences nothing is tied across the groups, so there the statistic depends only on how
    many differences exceed d.
    """
    m, n = a.size, b.size
    ties = np.concatenate([np.unique(a, return_counts=True)[1], np.unique(b, return_counts=True)[1]])
    sigma = _sigma(m, n, ties)
    if sigma == 0:
        return NO_VARIATION, NO_VARIATION
    points, counts = np.unique(differences, return_counts=True)
    above = m * n - np.cumsum(counts)  # differences greater than d, for d just above each point
    distance = above - m * n / 2
    z = (distance - np.sign(distance) * 0.5) / sigma
    quantile = z_quantile(level)
    low = points[int(np.argmax(z < quantile))]
    high = points[int(np.argmax(z < -quantile))] if (z < -quantile).any() else points[-1]
    return float(low), float(high)


def signed_rank(after: Floats, before: Floats) -> SignedRank:
    """Wilcoxon's signed-rank test of `after - before`, pairs without change dropped (Wilcoxon 1945).

    Normal approximation, corrected for ties and continuity. R: `wilcox.test(after, before, paired = TRUE,
    exact = FALSE)`, which is what R does by itself when there are ties or zeros.
    """
    change = after - before
    change = change[~np.isnan(change)]
    if change.size == 0:
        return SignedRank(NO_DATA, NO_DATA)
    moved = change[change != 0]
    if moved.size == 0:
        return SignedRank(0.0, Problem("no_change", "No patient's value changed, so there is no test."))
    ranks, ties = _ranks(np.abs(moved))
    v = float(ranks[moved > 0].sum())
    n = moved.size
    sigma = float(np.sqrt(n * (n + 1) * (2 * n + 1) / 24 - float((ties.astype(float) ** 3 - ties).sum()) / 48))
    distance = v - n * (n + 1) / 4
    return SignedRank(v, z_p((distance - np.sign(distance) * 0.5) / sigma))
