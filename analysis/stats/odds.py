"""Odds: the ratio of two, and logistic regression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats
from scipy.stats.contingency import odds_ratio as conditional

from analysis.stats import NO_DATA, NO_EVENTS, UNBOUNDED, Problem, Value
from analysis.stats.likelihood import (
    NOT_SEPARABLE,
    SEPARATION,
    Fit,
    Ratio,
    dummies,
    independent,
    likelihood_ratio,
    maximise,
    ratio,
)
from analysis.stats.proportions import Comparison, Test

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALL_EVENTS = Problem("all_events", "Every patient had the event, so this is not defined.")


def odds_ratio(x1: int, n1: int, x2: int, n2: int, level: float = 0.95) -> Comparison:
    """Ratio of two odds, first over second.

    Woolf's interval (1955, normal on the log scale; R: `exp(confint.default(glm(…, binomial)))`). Where a cell of the
    table is 0, the exact conditional interval (Cornfield; R: `fisher.test(…)$conf.int`), one limit of which is
    infinite or 0; the method is `conditional` then.
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
    infinite = Problem("no_events", "The odds in one group are 0 or infinite, so the ratio is infinite.")
    none = x1 == 0 or x2 == n2
    estimate: Value = 0.0 if none else infinite
    return Comparison(estimate, 0.0 if none else float(low), float(high) if none else UNBOUNDED, "conditional")


def logistic(y: Floats, arm: Ints, covariates: Floats, level: float = 0.95) -> list[Ratio]:
    """Adjusted odds ratio of each group against the first.

    Logistic regression by maximum likelihood, Wald's interval. R: `glm(y ~ arm + …, family = binomial)`.

    Args:
        y: 1 for an event, else 0.
        arm: group of each patient, 0 for the reference.
        covariates: a column for each number or level to adjust for, without an intercept; no NaN.
        level: of the confidence intervals.

    Returns:
        One ratio for each group from 1 on; a problem `separation` where there is no finite estimate.
    """
    groups = int(arm.max(initial=0)) + 1
    failed = _no_model(y)
    if failed is None and groups < 2:
        failed = NO_DATA
    if failed is None:
        about = independent(covariates)
        design = np.column_stack([np.ones(y.size), dummies(arm, groups), about])
        fit = _fit(y, design) if np.linalg.matrix_rank(design) == design.shape[1] else NOT_SEPARABLE
        if isinstance(fit, Fit):
            return [ratio(fit, group, level) for group in range(1, groups)]
        failed = fit
    return [Ratio(*([failed] * 5)) for _ in range(1, max(2, groups))]


def logistic_interaction(y: Floats, arm: Ints, level_of: Ints) -> Test:
    """Likelihood ratio test of the interaction of two groups with the levels of a category.

    R: `anova(glm(y ~ arm + level, binomial), glm(y ~ arm * level, binomial), test = "LRT")`.

    Args:
        y: 1 for an event, else 0.
        arm: 0 or 1.
        level_of: number of the patient's level, from 0.
    """
    failed = _no_model(y)
    if failed is not None:
        return Test(failed, failed, failed)
    full, reduced = interaction_designs(arm, level_of)
    if full.shape[1] == reduced.shape[1]:
        one = Problem("one_level", "No two levels have patients of both groups, so there is no interaction to test.")
        return Test(one, one, one)
    ones = np.ones(y.size)
    return likelihood_ratio(_fit(y, np.column_stack([ones, full])), _fit(y, np.column_stack([ones, reduced])))


def interaction_designs(arm: Ints, level_of: Ints) -> tuple[Floats, Floats]:
    """Columns of the model with and without the interaction of group and level; empty levels make none."""
    _, codes = np.unique(level_of, return_inverse=True)
    levels = dummies(codes, int(codes.max(initial=0)) + 1)
    main = independent(np.column_stack([arm.astype(np.float64), levels]))
    full = independent(np.column_stack([arm.astype(np.float64), levels, levels * arm[:, None]]))
    return full, main


def _no_model(y: Floats) -> Problem | None:
    if y.size == 0:
        return NO_DATA
    return NO_EVENTS if not y.any() else ALL_EVENTS if y.all() else None


def _fit(y: Floats, design: Floats) -> Fit | Problem:
    def derivatives(beta: Floats) -> tuple[float, Floats, Floats]:
        linear = design @ beta
        p = special.expit(linear)
        likelihood = float((y * linear - np.logaddexp(0, linear)).sum())
        return likelihood, design.T @ (y - p), -(design.T * (p * (1 - p))) @ design

    return maximise(derivatives, np.zeros(design.shape[1]))


__all__ = ["ALL_EVENTS", "SEPARATION", "interaction_designs", "logistic", "logistic_interaction", "odds_ratio"]
