"""Multiple imputation by chained equations: each variable with gaps is drawn from a model on all others, in turn.

statsmodels' MICE is not used: it draws from NumPy's global generator, has no logistic draw for events, and pools
without Barnard and Rubin's degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.stats import Problem
from analysis.stats.likelihood import dummies

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Draw = Literal["pmm", "normal"]

ITERATIONS = 10
DONORS = 5
LEAST_DF = 10
"""Observed values in every arm beyond the coefficients, from which on each arm has a model of its own."""

UNKNOWN = Problem("not_imputable", "A variable of the imputation model has no observed value.")


@dataclass(frozen=True)
class Variable:
    """A variable of the imputation model.

    Attributes:
        values: shape (n,), NaN where missing; or (n, k), the dummy columns of a category without gaps.
        binary: whether its values are 0 and 1, which are drawn by logistic regression.
    """

    values: Floats
    binary: bool = False

    @property
    def gaps(self) -> NDArray[np.bool_]:
        """Patients without a value."""
        return np.asarray(np.isnan(self.values.reshape(len(self.values), -1)).any(axis=1), dtype=np.bool_)


def within_arms(variables: Mapping[str, Variable], arm: Ints) -> bool:
    """Whether every arm has observed values enough for models of its own."""
    columns = sum(1 if one.values.ndim == 1 else one.values.shape[1] for one in variables.values())
    return all(
        (~one.gaps & (arm == code)).sum() >= columns + LEAST_DF
        for one in variables.values()
        if one.gaps.any()
        for code in np.unique(arm)
    )


def chained(
    variables: Mapping[str, Variable], arm: Ints, imputations: int, seed: int, draw: Draw = "pmm"
) -> Iterator[dict[str, Floats]] | Problem:
    """Completed variables, once for each imputation (van Buuren & Groothuis-Oudshoorn 2011).

    R: `mice(data, m, method = c("pmm" or "norm", "logreg"), maxit = 10)`, within each arm where `within_arms` says so,
    else with the arm as a variable of each model. The random numbers differ from R's.

    Args:
        variables: in any order; those with the fewest gaps are filled first.
        arm: of each patient, from 0 on; never missing.
        seed: of the generator (PCG64); equal input and seed give equal output.
        draw: of numbers: predictive mean matching with 5 donors, or Bayesian linear regression.
    """
    if any(one.gaps.all() for one in variables.values()):
        return UNKNOWN
    return _sets(dict(variables), arm, imputations, np.random.Generator(np.random.PCG64(seed)), draw)


def _sets(
    variables: dict[str, Variable], arm: Ints, imputations: int, random: np.random.Generator, draw: Draw
) -> Iterator[dict[str, Floats]]:
    order = sorted((name for name, one in variables.items() if one.gaps.any()), key=lambda k: variables[k].gaps.sum())
    apart = within_arms(variables, arm)
    codes = np.unique(arm)
    groups = [arm == code for code in codes] if apart else [np.ones(arm.size, dtype=bool)]
    arms = np.empty((arm.size, 0)) if apart else dummies(np.searchsorted(codes, arm), codes.size)
    for _ in range(imputations):
        now = {name: one.values.copy() for name, one in variables.items()}
        for name in order:
            gaps = variables[name].gaps
            now[name][gaps] = random.choice(variables[name].values[~gaps], int(gaps.sum()))
        for _ in range(ITERATIONS):
            for name in order:
                others = np.column_stack([arms, *(one for key, one in now.items() if key != name)])
                for group in groups:
                    _fill(now[name], variables[name], others, group, random, draw)
        yield {name: now[name] for name in order}


def _fill(
    now: Floats, variable: Variable, others: Floats, group: NDArray[np.bool_], random: np.random.Generator, draw: Draw
) -> None:
    """Draw the missing values of one group of patients anew, in place."""
    gaps, seen = variable.gaps & group, ~variable.gaps & group
    if not gaps.any():
        return
    columns = _scaled(others[gaps | seen])[:, : max(0, int(seen.sum()) - 2)]  # a degree of freedom is left in any case
    x = np.column_stack([np.ones(len(columns)), columns])
    here = seen[gaps | seen]
    known, wanted, y = x[here], x[~here], variable.values[seen]
    if variable.binary:
        now[gaps] = _logistic(y, known, wanted, random)
    else:
        now[gaps] = (_matched if draw == "pmm" else _normal)(y, known, wanted, random)


def _scaled(columns: Floats) -> Floats:
    """Columns about their means in units of their SD; those that are constant are 0."""
    centred = columns - columns.mean(axis=0)
    sd = centred.std(axis=0)
    still = sd <= 1e-10 * np.maximum(1.0, np.abs(columns).max(axis=0, initial=0.0))
    found: Floats = np.where(still, 0.0, centred / np.where(still, 1.0, sd))
    return found


def _inverse(information: Floats) -> tuple[Floats, Floats]:
    """The inverse of a symmetric matrix, and a root of it, both without the directions of which the data tell nothing
    (constant columns, sums of others)."""
    values, vectors = np.linalg.eigh(information)
    told = values > 1e-9 * max(float(values[-1]), 1e-300)
    root = vectors[:, told] / np.sqrt(values[told])
    return root @ root.T, root


def _drawn(y: Floats, x: Floats, random: np.random.Generator) -> tuple[Floats, Floats, float]:
    """Coefficients by least squares, and coefficients and residual SD drawn from their posterior under Jeffreys' prior
    (Rubin 1987, p. 167)."""
    inverse, root = _inverse(x.T @ x)
    beta = inverse @ (x.T @ y)
    squares = float(((y - x @ beta) ** 2).sum())
    sd = float(np.sqrt(squares / random.chisquare(max(1, y.size - root.shape[1]))))
    return beta, beta + sd * (root @ random.standard_normal(root.shape[1])), sd


def _normal(y: Floats, known: Floats, wanted: Floats, random: np.random.Generator) -> Floats:
    _, beta, sd = _drawn(y, known, random)
    found: Floats = wanted @ beta + sd * random.standard_normal(len(wanted))
    return found


def _matched(y: Floats, known: Floats, wanted: Floats, random: np.random.Generator) -> Floats:
    """Predictive mean matching, type 1: the value of one of the nearest donors."""
    beta, drawn, _ = _drawn(y, known, random)
    predicted = known @ beta
    donors = min(DONORS, y.size)
    found = np.empty(len(wanted))
    for i, mean in enumerate(wanted @ drawn):
        distance = np.abs(predicted - mean)
        shuffled = random.permutation(y.size)  # so that ties are broken by chance
        nearest = shuffled[np.argsort(distance[shuffled], kind="stable")[:donors]]
        found[i] = y[nearest[random.integers(donors)]]
    return found


def _logistic(y: Floats, known: Floats, wanted: Floats, random: np.random.Generator) -> Floats:
    """Events drawn by Bayesian logistic regression, with the few weightless rows added that keep every coefficient
    finite (White, Daniel & Royston 2010)."""
    columns = known.shape[1] - 1
    extra = np.tile(known.mean(axis=0), (4 * columns, 1))
    spread = known.std(axis=0)
    for j in range(columns):
        extra[4 * j : 4 * j + 4, j + 1] += spread[j + 1] * np.array([1, 1, -1, -1])
    outcome = np.concatenate([y, np.tile([0.0, 1.0], 2 * columns)])
    weights = np.concatenate([np.ones(y.size), np.full(4 * columns, known.shape[1] / max(1, 4 * columns))])
    if not columns:  # the constant alone: Jeffreys' half event on both sides
        outcome, weights = np.concatenate([y, [0.0, 1.0]]), np.concatenate([weights, [0.5, 0.5]])
        extra = np.ones((2, 1))
    beta, root = _weighted_logistic(outcome, np.vstack([known, extra]), weights)
    linear = wanted @ (beta + root @ random.standard_normal(root.shape[1]))
    return np.asarray(random.random(len(wanted)) < 1 / (1 + np.exp(-np.clip(linear, -700, 700))), dtype=np.float64)


def _weighted_logistic(y: Floats, x: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Maximum likelihood with weights by Newton's method, and a root of its covariance; it exists, since no column
    tells the outcomes apart."""
    beta, root = np.zeros(x.shape[1]), np.eye(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        inverse, root = _inverse((x * (weights * p * (1 - p))[:, None]).T @ x)
        step = inverse @ (x.T @ (weights * (y - p)))
        beta = beta + np.clip(step, -2, 2)
        if float(np.abs(step).max()) < 1e-8:
            break
    return beta, root
