"""Rank tests: Mann–Whitney with the Hodges–Lehmann shift, and Wilcoxon's signed-rank test."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.stats import NO_DATA, NO_VARIATION, Problem, Value
from analysis.stats.pairwise import smallest_differences

Floats = NDArray[np.float64]

NO_LIMITS = Problem("unbounded", "The groups are too small for limits at this confidence level.")
"""Not even values that all lie on one side would be significant: every shift is inside the interval."""


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
class RankSum:
    """Statistic, P and probability of superiority of `MannWhitney`."""

    statistic: Value
    p: Value
    superiority: Value


@dataclass(frozen=True)
class SignedRank:
    """Wilcoxon's signed-rank test: V of R (sum of the ranks of positive differences) and two-sided P."""

    statistic: Value
    p: Value


def mann_whitney(first: Floats, second: Floats, level: float = 0.95) -> MannWhitney:
    """Mann–Whitney by the normal approximation, corrected for ties and continuity, whatever the sample size.

    R: `wilcox.test(first, second, exact = FALSE, correct = TRUE, conf.int = TRUE)`, which is what R does by itself
    when there are ties. The interval inverts the test (Bauer 1972): its limits are the differences at which the
    standardised statistic crosses the normal quantile. R searches these points by `uniroot` with tolerance 1e-4;
    here they are exact. Where the groups are too small for the test to reject any shift at this level (3 and 3 without
    ties, at 95%), both limits are the problem `unbounded`; R returns the range of the differences. The shift is the
    median of all pairwise differences (R prints the root of the statistic, which may lie elsewhere on a flat step).
    """
    a, b = first[~np.isnan(first)], second[~np.isnan(second)]
    m, n = a.size, b.size
    if m == 0 or n == 0:
        return MannWhitney(*([NO_DATA] * 6))
    middle = [(m * n + 1) // 2, m * n // 2 + 1]
    test = rank_sum(a, b)
    limits = test.p if isinstance(test.p, Problem) else _places(a, b, level)
    if isinstance(limits, Problem):
        one, other = smallest_differences(a, b, middle)
        return MannWhitney(test.statistic, test.p, (one + other) / 2, limits, limits, test.superiority)
    one, other, low, high = smallest_differences(a, b, [*middle, *limits])
    return MannWhitney(test.statistic, test.p, (one + other) / 2, low, high, test.superiority)


def rank_sum(first: Floats, second: Floats) -> RankSum:
    """The test of `mann_whitney` alone, without the shift, for which all pairs of values are needed.

    R: `wilcox.test(first, second, exact = FALSE, correct = TRUE)`.
    """
    a, b = first[~np.isnan(first)], second[~np.isnan(second)]
    m, n = a.size, b.size
    if m == 0 or n == 0:
        return RankSum(NO_DATA, NO_DATA, NO_DATA)
    everybody = np.concatenate([a, b])
    if everybody.min() == everybody.max():
        return RankSum(m * n / 2, NO_VARIATION, 0.5)
    test = stats.mannwhitneyu(a, b, use_continuity=True, alternative="two-sided", method="asymptotic")
    w = float(test.statistic)
    return RankSum(w, float(test.pvalue), w / (m * n))


def _places(a: Floats, b: Floats, level: float) -> tuple[int, int] | Problem:
    """Which of the sorted differences are the limits of the shift: where the statistic of `(a - d, b)`, a falling step
    function of d, crosses the quantile.

    Between two neighbouring differences nothing is tied across the groups, so there the statistic depends only on how
    many differences exceed d, and its SD on the ties within each group (Lehmann 1975, section 1.4). scipy and
    statsmodels have no such interval.
    """
    m, n = a.size, b.size
    within = stats.tiecorrect(np.concatenate([stats.rankdata(a), m + stats.rankdata(b)]))
    sigma = np.sqrt(m * n * (m + n + 1) / 12 * within)
    quantile = stats.norm.ppf((1 + level) / 2)
    if (m * n / 2 - 0.5) / sigma < quantile:
        return NO_LIMITS

    def z(place: int) -> float:
        """The statistic just above the difference at a place, where all later ones are greater."""
        distance = m * n - place - m * n / 2
        return float((distance - np.sign(distance) * 0.5) / sigma)

    places = range(1, m * n + 1)
    low, high = (bisect_left(places, True, key=lambda one: z(one) < limit) for limit in (quantile, -quantile))
    return low + 1, min(high + 1, m * n)


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
    v = float(stats.rankdata(np.abs(moved))[moved > 0].sum())  # scipy's statistic is the smaller of the two sums
    test = stats.wilcoxon(moved, zero_method="wilcox", correction=True, alternative="two-sided", method="approx")
    return SignedRank(v, float(test.pvalue))
