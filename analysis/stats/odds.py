"""Odds: the ratio of two, and whether it differs among subgroups."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.stats.contingency import odds_ratio as conditional

from analysis.stats import NO_DATA, NO_EVENTS, UNBOUNDED, Problem
from analysis.stats.likelihood import ONE_LEVEL, interaction_designs, likelihood_ratio
from analysis.stats.proportions import Comparison, Test
from analysis.stats.regression import SEPARATED, logistic

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALL_EVENTS = Problem("all_events", "Every patient had the event, so this is not defined.")


def odds_ratio(x1: int, n1: int, x2: int, n2: int, level: float = 0.95) -> Comparison:
    """Ratio of two odds, first over second.

    Woolf's interval (1955, normal on the log scale; R: `exp(confint.default(glm(…, binomial)))`). Where a cell of the
    table is 0, the exact conditional interval (Cornfield; R: `fisher.test(…)$conf.int`, which stops its search at
    about 1e-6), one limit of which is infinite or 0; the method is `conditional` then.
    """
    if n1 == 0 or n2 == 0:
        return Comparison(NO_DATA, NO_DATA, NO_DATA, "woolf")
    for total, problem in ((0, NO_EVENTS), (n1 + n2, ALL_EVENTS)):
        if x1 + x2 == total:
            return Comparison(problem, problem, problem, "woolf")
    cells = np.array([[x1, n1 - x1], [x2, n2 - x2]])
    if cells.all():
        log = float(np.log(x1 / (n1 - x1)) - np.log(x2 / (n2 - x2)))
        half = float(stats.norm.ppf((1 + level) / 2) * np.sqrt((1 / cells).sum()))
        return Comparison(float(np.exp(log)), float(np.exp(log - half)), float(np.exp(log + half)), "woolf")
    low, high = conditional(cells, kind="conditional").confidence_interval(level)
    if x1 == 0 or x2 == n2:
        return Comparison(0.0, 0.0, float(high), "conditional")
    infinite = Problem("no_events", "The odds in one group are 0 or infinite, so the ratio is infinite.")
    return Comparison(infinite, float(low), UNBOUNDED, "conditional")


def no_odds(y: Floats) -> Problem | None:
    """Why nothing can be said about the odds of an event, whatever the groups."""
    if y.size == 0:
        return NO_DATA
    return NO_EVENTS if not y.any() else ALL_EVENTS if y.all() else None


def odds_interaction(y: Floats, arm: Ints, level_of: Ints) -> Test:
    """Likelihood ratio test of the interaction of two groups with the levels of a category, in logistic regression.

    R: `anova(glm(y ~ arm + level, binomial), glm(y ~ arm * level, binomial), test = "LRT")`.

    Refused where nobody, or everybody, of a group in a level had the event: that level's odds ratio is 0 or infinite.

    Args:
        y: 1 for an event, else 0.
        arm: 0 or 1.
        level_of: number of the patient's level, from 0.
    """
    failed = no_odds(y)
    if failed is not None:
        return Test(failed, failed, failed)
    full, reduced = interaction_designs(arm, level_of)
    if full.shape[1] == reduced.shape[1]:
        return Test(ONE_LEVEL, ONE_LEVEL, ONE_LEVEL)
    ones = np.ones(y.size)
    one, other = (logistic(y, np.column_stack([ones, columns])) for columns in (full, reduced))
    for fit in (one, other):
        if isinstance(fit, Problem) or fit.determined:
            failed = fit if isinstance(fit, Problem) else SEPARATED
            return Test(failed, failed, failed)
    assert not isinstance(one, Problem) and not isinstance(other, Problem)
    return likelihood_ratio(one.log_likelihood, other.log_likelihood, full.shape[1] - reduced.shape[1])
