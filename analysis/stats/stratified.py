"""Two groups compared within strata: the Cochran–Mantel–Haenszel test, and pooled odds, risks and differences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from analysis.stats import NO_EVENTS, UNBOUNDED, Problem, finite
from analysis.stats.proportions import Comparison, Test

Counts = NDArray[np.float64]

UNINFORMATIVE = Problem(
    "no_stratum", "No stratum holds patients of both groups of whom some had the event and some had not."
)

ALIKE = Problem(
    "no_variation", "In every stratum all patients of a group are alike, so the difference has no standard error."
)


@dataclass(frozen=True)
class Stratified:
    """The Mantel–Haenszel analysis: a test of the common odds ratio, and three pooled measures."""

    test: Test
    odds_ratio: Comparison
    risk_ratio: Comparison
    risk_difference: Comparison


def mantel_haenszel(
    x1: Counts, n1: Counts, x2: Counts, n2: Counts, level: float = 0.95, correction: bool = False
) -> Stratified:
    """Events `x1` of `n1` and `x2` of `n2` by stratum, first group against second.

    Odds ratio with the interval of Robins, Breslow & Greenland 1986, and the test: R's
    `mantelhaen.test(table, correct = correction)`. Risk ratio and difference with the intervals of Greenland & Robins
    1985. A stratum in which one group is empty tells nothing and is left out.
    """
    used = (n1 > 0) & (n2 > 0)
    a, m, b, n = (array[used].astype(float) for array in (x1, n1, x2, n2))
    events, total = a + b, m + n
    none = Comparison(UNINFORMATIVE, UNINFORMATIVE, UNINFORMATIVE, "mantel_haenszel")
    if not np.any((events > 0) & (events < total)):
        return Stratified(Test(UNINFORMATIVE, UNINFORMATIVE, UNINFORMATIVE), none, none, none)
    tables = np.array([[a, m - a], [b, n - b]])
    informative = tables[:, :, (events > 0) & (events < total)]
    found = StratifiedTable(informative)
    null = found.test_null_odds(correction=correction)
    test = Test(float(null.statistic), 1.0, float(null.pvalue))
    z = float(stats.norm.ppf((1 + level) / 2))
    return Stratified(test, _odds(found, informative, level), _risk(a, m, b, n, z), _difference(a, m, b, n, z))


def _odds(found: StratifiedTable, tables: Counts, level: float) -> Comparison:
    total = tables.sum(axis=(0, 1))
    with_, against = (tables[0, 0] * tables[1, 1] / total).sum(), (tables[0, 1] * tables[1, 0] / total).sum()
    if with_ == 0 or against == 0:
        one = Problem("one_sided", "All strata point one way without exception, so the interval does not exist.")
        return Comparison(0.0 if against else UNBOUNDED, one, one, "mantel_haenszel")
    low, high = found.oddsratio_pooled_confint(1 - level)
    return Comparison(float(found.oddsratio_pooled), float(low), float(high), "mantel_haenszel")


def _risk(a: Counts, m: Counts, b: Counts, n: Counts, z: float) -> Comparison:
    total = m + n
    first, second = float((a * n / total).sum()), float((b * m / total).sum())
    if first == 0 or second == 0:
        none = NO_EVENTS
        return Comparison(0.0 if second else none, none, none, "mantel_haenszel")
    se = np.sqrt(((m * n * (a + b) - a * b * total) / total**2).sum() / (first * second))
    ratio = first / second
    return Comparison(
        ratio, float(ratio * np.exp(-z * se)), finite(ratio * np.exp(z * se), UNBOUNDED), "mantel_haenszel"
    )


def _difference(a: Counts, m: Counts, b: Counts, n: Counts, z: float) -> Comparison:
    weight = m * n / (m + n)
    p, q = a / m, b / n
    difference = float((weight * (p - q)).sum() / weight.sum())
    se = float(np.sqrt((weight**2 * (p * (1 - p) / m + q * (1 - q) / n)).sum()) / weight.sum())
    if not se > 0:
        return Comparison(difference, ALIKE, ALIKE, "mantel_haenszel")
    return Comparison(difference, difference - z * se, difference + z * se, "mantel_haenszel")
