"""Rates by several factors at once: one model for all of them, with which the product of two can be tested."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from analysis.stats import NO_VARIATION, Problem, Value
from analysis.stats.likelihood import Floats
from analysis.stats.rates import negative_binomial, poisson_robust
from analysis.stats.regression import NOT_SEPARABLE, Fit

ONE_SIDED = Problem(
    "no_events", "There were no events with, or none without, some of the treatments, so that no finite ratio exists."
)


@dataclass(frozen=True)
class RateFit:
    """Log rate ratios of some columns, by which model they were found, and why it was not the first of the two.

    Attributes:
        method: `negative_binomial` or `poisson_robust`.
        fit: coefficients in order of the columns of the design; `regression.ratio_of` makes rate ratios of them.
        dispersion: of the negative binomial model (variance mu + a mu²).
    """

    method: str
    fit: Fit | Problem
    dispersion: Value
    warnings: tuple[str, ...] = ()


def rate_model(events: Floats, time: Floats, columns: Floats) -> RateFit:
    """Rates by columns of 0 and 1: negative binomial regression (NB2, log person-time as offset).

    Where its dispersion is at the edge or it does not converge, Poisson regression with robust standard errors, as for
    two groups (`rates.rate_ratios`). R: `MASS::glm.nb(y ~ a + b + offset(log(time)))`.

    Args:
        events: number of each patient, shape (n,).
        time: person-time of each patient, above 0.
        columns: 0 or 1, shape (n, k), without a constant.

    Returns:
        The fit; a `Problem` in its place where no finite ratio exists or the columns cannot be told apart.
    """
    design = np.column_stack([np.ones(events.size), columns])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return RateFit("negative_binomial", NOT_SEPARABLE, NOT_SEPARABLE)
    if _runs_away(events, design):
        return RateFit("negative_binomial", ONE_SIDED, ONE_SIDED)
    found = negative_binomial(events, design, time)
    if isinstance(found, Problem):
        beta, se = poisson_robust(events, design, time)
        return RateFit("poisson_robust", _fit(beta, se), found, (found.message,))
    return RateFit("negative_binomial", _fit(found.beta, found.se), found.dispersion)


def _runs_away(events: Floats, design: Floats) -> bool:
    """Whether the likelihood rises for ever: in a direction that changes no rate where there were events, and lowers
    those of some patients without (Santos Silva & Tenreyro 2010; found by linear programming)."""
    rows, which = np.unique(design, axis=0, return_inverse=True)
    seen = np.bincount(which.ravel(), weights=events, minlength=len(rows)) > 0
    none = rows[~seen]
    if not len(none):
        return False
    found = optimize.linprog(
        none.sum(axis=0),
        A_ub=none,
        b_ub=np.zeros(len(none)),
        A_eq=rows[seen] if seen.any() else None,
        b_eq=np.zeros(int(seen.sum())) if seen.any() else None,
        bounds=(-1, 1),
        method="highs",
    )
    return bool(found.status == 0 and found.fun < -1e-9)


def _fit(beta: Floats, se: Floats) -> Fit | Problem:
    """The columns' own coefficients; counts that do not vary leave rounding only."""
    if not np.all((se > 1e-9) & np.isfinite(se) & np.isfinite(beta)):
        return NO_VARIATION
    return Fit(beta[1:], se[1:], float("nan"), np.empty((0, 0)))
