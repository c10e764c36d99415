"""Levels in order: proportional odds, and whether they are proportional. Counts in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from analysis.stats import NO_DATA, Problem
from analysis.stats.likelihood import Fit, Ratio, maximise, ratio
from analysis.stats.proportions import Test, expected_counts

Floats = NDArray[np.float64]

ONE_LEVEL = Problem("one_level", "All patients are on one level, so this is not defined.")
TWO_LEVELS = Problem("not_defined", "With two levels there is one odds ratio only, and nothing to check.")


@dataclass(frozen=True)
class ProportionalOdds:
    """The common odds ratio of a higher level, and the test that it is common.

    Attributes:
        odds: of the second group against the first.
        assumption: likelihood ratio test against an odds ratio of its own at each cut.
        small: whether counts below 5 are expected, so that the test is approximate.
    """

    odds: Ratio
    assumption: Test
    small: bool


def proportional_odds(table: Floats, level: float = 0.95) -> ProportionalOdds:
    """Odds of a higher level in the second group over those in the first (McCullagh 1980).

    Cumulative logistic regression by maximum likelihood, Wald's interval from the observed information. Levels that
    nobody is on are left out, which changes nothing. R: `ordinal::clm(grade ~ group)`; the test is its
    `nominal_test`, for with two groups the model with an odds ratio at each cut is the table itself.

    Args:
        table: patients on each level, lowest first, in two rows, the reference group first.
        level: of the confidence interval.
    """
    if not table.sum(axis=1).all():
        return ProportionalOdds(Ratio(*([NO_DATA] * 5)), Test(*([NO_DATA] * 3)), False)
    table = table[:, table.sum(axis=0) > 0]
    cuts = table.shape[1] - 1
    if cuts == 0:
        return ProportionalOdds(Ratio(*([ONE_LEVEL] * 5)), Test(*([ONE_LEVEL] * 3)), False)
    below = np.cumsum(table.sum(axis=0))[:-1] / table.sum()
    fit = maximise(lambda beta: _derivatives(table, beta), np.append(special.logit(below), 0.0))
    small = bool((expected_counts(table) < 5).any())
    if not isinstance(fit, Fit):
        return ProportionalOdds(Ratio(*([fit] * 5)), Test(*([fit] * 3)), small)
    if cuts == 1:
        return ProportionalOdds(ratio(fit, cuts, level), Test(*([TWO_LEVELS] * 3)), small)
    shares = table / table.sum(axis=1, keepdims=True)
    statistic = max(0.0, 2 * (float(special.xlogy(table, shares).sum()) - fit.log_likelihood))
    assumption = Test(statistic, float(cuts - 1), float(stats.chi2.sf(statistic, cuts - 1)))
    return ProportionalOdds(ratio(fit, cuts, level), assumption, small)


def _derivatives(table: Floats, beta: Floats) -> tuple[float, Floats, Floats]:
    """Log likelihood of cuts and effect (the last coefficient), gradient and Hessian."""
    cuts = beta.size - 1
    total, gradient, hessian = 0.0, np.zeros(cuts + 1), np.zeros((cuts + 1, cuts + 1))
    for x, counts in enumerate(table):
        below = special.expit(beta[:cuts] - x * beta[cuts])
        p = np.diff(below, prepend=0.0, append=1.0)
        if (p <= 0).any():
            return -np.inf, gradient, hessian
        total += float((counts * np.log(p)).sum())
        slope = below * (1 - below)
        first, second = counts / p, counts / p**2
        score = slope * (first[:-1] - first[1:])
        bend = np.diag(score * (1 - 2 * below) - slope**2 * (second[:-1] + second[1:]))
        beside = slope[:-1] * slope[1:] * second[1:-1]
        bend += np.diag(beside, 1) + np.diag(beside, -1)
        of = np.column_stack([np.eye(cuts), np.full(cuts, -float(x))])
        gradient += of.T @ score
        hessian += of.T @ bend @ of
    return total, gradient, hessian
