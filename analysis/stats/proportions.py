"""Proportions, and two of them compared. Counts in, proportions as fractions of 1 out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.stats import NO_DATA, NO_EVENTS, UNBOUNDED, Problem, Value
from analysis.stats.distributions import chi_square_p, z_quantile


@dataclass(frozen=True)
class Comparison:
    """An estimate with its interval."""

    estimate: Value
    ci_low: Value
    ci_high: Value
    method: str


@dataclass(frozen=True)
class Test:
    """A statistic (where the test has one), its degrees of freedom and its P."""

    statistic: Value
    df: Value
    p: Value


def wilson(x: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion (Wilson 1927). R: `prop.test(x, n, correct = FALSE)$conf.int`."""
    z = z_quantile(level)
    p = x / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    return (0.0 if x == 0 else centre - half, 1.0 if x == n else centre + half)


def clopper_pearson(x: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a proportion (Clopper & Pearson 1934). R: `binom.test(x, n)$conf.int`."""
    tail = (1 - level) / 2
    low = 0.0 if x == 0 else float(special.betaincinv(x, n - x + 1, tail))
    high = 1.0 if x == n else float(special.betaincinv(x + 1, n - x, 1 - tail))
    return low, high


def newcombe(x1: int, n1: int, x2: int, n2: int, level: float = 0.95) -> Comparison:
    """Difference of two proportions, first minus second, with Newcombe's hybrid score interval.

    Newcombe 1998 (Stat Med 17:873), method 10: the Wilson limits of each proportion combined, no continuity
    correction. R: `DescTools::BinomDiffCI(x1, n1, x2, n2, method = "score")`.
    """
    if n1 == 0 or n2 == 0:
        return Comparison(NO_DATA, NO_DATA, NO_DATA, "newcombe")
    p1, p2 = x1 / n1, x2 / n2
    (l1, u1), (l2, u2) = wilson(x1, n1, level), wilson(x2, n2, level)
    d = p1 - p2
    low = d - float(np.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2))
    high = d + float(np.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2))
    return Comparison(d, max(-1.0, low), min(1.0, high), "newcombe")


def risk_ratio(x1: int, n1: int, x2: int, n2: int, level: float = 0.95) -> Comparison:
    """Ratio of two proportions, first over second.

    Interval of Katz et al 1978 (normal on the log scale; R: `DescTools::RelRisk(method = "wald")`). Where a count is 0,
    or both equal their totals, that one does not exist, and the score interval of Koopman 1984 is given instead
    (R: `PropCIs::riskscoreci`); a limit that is infinite is a problem `unbounded`.
    """
    if n1 == 0 or n2 == 0:
        return Comparison(NO_DATA, NO_DATA, NO_DATA, "katz")
    if x1 == 0 and x2 == 0:
        return Comparison(NO_EVENTS, NO_EVENTS, NO_EVENTS, "score")
    if x1 == 0 or x2 == 0 or (x1 == n1 and x2 == n2):
        low, high = _koopman(x1, n1, x2, n2, level)
        no_ratio = Problem("no_events", "There were no events in the reference group, so the ratio is infinite.")
        ratio: Value = no_ratio if x2 == 0 else (x1 / n1) / (x2 / n2)
        return Comparison(ratio, low, high, "score")
    ratio = (x1 / n1) / (x2 / n2)
    half = z_quantile(level) * float(np.sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2))
    return Comparison(ratio, float(ratio * np.exp(-half)), float(ratio * np.exp(half)), "katz")


def _koopman(x1: int, n1: int, x2: int, n2: int, level: float) -> tuple[Value, Value]:
    """Ratios that the score test does not reject, found by bisection on the log scale."""
    limit = z_quantile(level) ** 2

    def statistic(ratio: float) -> float:
        a = (n1 + n2) * ratio
        b = n1 * ratio + x1 + n2 + x2 * ratio
        p2 = (b - float(np.sqrt(max(0.0, b * b - 4 * a * (x1 + x2))))) / (2 * a)
        p1 = min(1.0, ratio * p2)
        chi = 0.0
        for x, n, p in ((x1, n1, p1), (x2, n2, p2)):
            if 0 < p < 1:
                chi += (x - n * p) ** 2 / (n * p * (1 - p))
            elif abs(x - n * p) > 1e-9:
                return float("inf")
        return chi

    def root(inside: float, outside: float) -> Value:
        if statistic(float(np.exp(outside))) <= limit:
            return UNBOUNDED
        for _ in range(200):
            middle = (inside + outside) / 2
            if statistic(float(np.exp(middle))) <= limit:
                inside = middle
            else:
                outside = middle
        return float(np.exp((inside + outside) / 2))

    far = 60.0
    if x1 == 0:
        return 0.0, root(-far, far)
    if x2 == 0:
        return root(far, -far), UNBOUNDED
    return root(0.0, -far), root(0.0, far)


def fisher(x1: int, n1: int, x2: int, n2: int) -> Test:
    """Fisher's exact test of a fourfold table, two-sided: tables no more probable than the one seen.

    R: `fisher.test(rbind(c(x1, n1 - x1), c(x2, n2 - x2)))$p.value` (the same tolerance of 1e-7 among probabilities).
    """
    exact = Problem("not_defined", "An exact test has no statistic.")
    if n1 == 0 or n2 == 0:
        return Test(NO_DATA, NO_DATA, NO_DATA)
    events = x1 + x2
    if events == 0:
        return Test(exact, exact, NO_EVENTS)
    if events == n1 + n2:
        return Test(exact, exact, Problem("all_events", "Every patient had the event, so there is no test."))
    k = np.arange(max(0, events - n2), min(events, n1) + 1)
    logs = _log_choose(n1, k) + _log_choose(n2, events - k) - _log_choose(n1 + n2, np.array(events))
    probabilities = np.exp(logs)
    probabilities /= probabilities.sum()
    seen = probabilities[x1 - k[0]]
    return Test(exact, exact, float(min(1.0, probabilities[probabilities <= seen * (1 + 1e-7)].sum())))


def _log_choose(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1), dtype=np.float64)


def chi_square(table: NDArray[np.float64]) -> Test:
    """Pearson's chi-square of a table of counts, without continuity correction. R: `chisq.test(x, correct = FALSE)`.

    Rows and columns without any count are left out.
    """
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if table.size == 0:
        return Test(NO_DATA, NO_DATA, NO_DATA)
    rows, columns = table.shape
    if rows < 2 or columns < 2:
        one = Problem("one_level", "All patients are alike in this, or all in one group, so there is no test.")
        return Test(one, one, one)
    expected = expected_counts(table)
    statistic = float(((table - expected) ** 2 / expected).sum())
    df = (rows - 1) * (columns - 1)
    return Test(statistic, float(df), chi_square_p(statistic, df))


def expected_counts(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counts expected from the margins. R: `chisq.test(x)$expected`."""
    return np.asarray(np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum(), dtype=np.float64)
