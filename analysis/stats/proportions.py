"""Proportions, and two of them compared. Counts in, proportions as fractions of 1 out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.stats.contingency import expected_freq
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from analysis.stats import NO_DATA, NO_EVENTS, UNBOUNDED, Problem, Value


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
    low, high = proportion_confint(x, n, 1 - level, method="wilson")
    return (0.0 if x == 0 else float(low), 1.0 if x == n else float(high))


def clopper_pearson(x: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a proportion (Clopper & Pearson 1934). R: `binom.test(x, n)$conf.int`."""
    low, high = proportion_confint(x, n, 1 - level, method="beta")
    return float(low), float(high)


def newcombe(x1: int, n1: int, x2: int, n2: int, level: float = 0.95) -> Comparison:
    """Difference of two proportions, first minus second, with Newcombe's hybrid score interval.

    Newcombe 1998 (Stat Med 17:873), method 10: the Wilson limits of each proportion combined, no continuity
    correction. R: `DescTools::BinomDiffCI(x1, n1, x2, n2, method = "score")`.
    """
    if n1 == 0 or n2 == 0:
        return Comparison(NO_DATA, NO_DATA, NO_DATA, "newcombe")
    low, high = confint_proportions_2indep(x1, n1, x2, n2, compare="diff", method="newcomb", alpha=1 - level)
    return Comparison(x1 / n1 - x2 / n2, max(-1.0, float(low)), min(1.0, float(high)), "newcombe")


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
        lower = 0.0 if x1 == 0 else 1 / _koopman_upper(x2, n2, x1, n1, level)
        upper: Value = UNBOUNDED if x2 == 0 else _koopman_upper(x1, n1, x2, n2, level)
        no_ratio = Problem("no_events", "There were no events in the reference group, so the ratio is infinite.")
        ratio: Value = no_ratio if x2 == 0 else (x1 / n1) / (x2 / n2)
        return Comparison(ratio, lower, upper, "score")
    low, high = confint_proportions_2indep(x1, n1, x2, n2, compare="ratio", method="log", alpha=1 - level)
    return Comparison((x1 / n1) / (x2 / n2), float(low), float(high), "katz")


def _koopman_upper(x1: int, n1: int, x2: int, n2: int, level: float) -> float:
    """Largest ratio that the score test does not reject; `x2` above 0. The lower limit is 1 / that of 1 / ratio.

    statsmodels' `confint_proportions_2indep(compare="ratio", method="score")` solves a cubic of which two roots
    coincide where a group has all events, and there gives complex numbers or the wrong root: 0 of 4 against 4 of 4.
    """
    both, limit = x1 + x2, float(stats.chi2.ppf(level, 1))

    def excess(log_ratio: float) -> float:
        ratio = float(np.exp(log_ratio))
        b = n1 * ratio + x1 + n2 + x2 * ratio
        p2 = 2 * both / (b + float(np.sqrt(max(0.0, b * b - 4 * (n1 + n2) * ratio * both))))
        pairs = ((x1, n1, min(1.0, ratio * p2)), (x2, n2, min(1.0, p2)))
        return sum((x - n * p) ** 2 / (n * p * (1 - p)) for x, n, p in pairs if p < 1) - limit

    inside = -40.0 if x1 == 0 else float(np.log((x1 / n1) / (x2 / n2)))
    return float(np.exp(optimize.brentq(excess, inside, 40.0)))


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
    return Test(exact, exact, float(stats.fisher_exact([[x1, n1 - x1], [x2, n2 - x2]]).pvalue))


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
    found = stats.chi2_contingency(table, correction=False)
    return Test(float(found.statistic), float(found.dof), float(found.pvalue))


def expected_counts(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counts expected from the margins. R: `chisq.test(x)$expected`."""
    return np.asarray(expected_freq(table), dtype=np.float64)
