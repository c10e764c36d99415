"""Groups compared at several visits by one model: of repeated measures (MMRM), or with a random intercept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.stats import NO_VARIATION, Problem, Value
from analysis.stats.likelihood import Ints, independent
from analysis.stats.linear import CONFOUNDED
from analysis.stats.means import TTest
from analysis.stats.reml import Fit, Model, fit

Floats = NDArray[np.float64]
Structure = Literal["unstructured", "random_intercept"]

EMPTY = Problem(
    "no_data", "A group has no value at one of the times, so that the model cannot estimate its mean there."
)
FEW = Problem("too_few", "There are too few patients for a model of repeated measures.")
APART = Problem(
    "not_identified", "No patient has values at both of two times, so their covariance cannot be estimated."
)
ONCE = Problem("not_identified", "No patient has values at more than one time, so these are no repeated measures.")
UNSETTLED = Problem(
    "not_converged", "The iterations did not settle on a covariance of the repeated measures that is not singular."
)
CONSTANT = Problem("no_variation", "The baseline values do not vary, so there is nothing to adjust for.")
BOUNDARY = (
    "The variance between patients was estimated as zero, so that repeated values of a patient count as independent."
)


@dataclass(frozen=True)
class Mean:
    """A least-squares mean with its confidence interval."""

    mean: Value
    ci_low: Value
    ci_high: Value


@dataclass(frozen=True)
class Mixed:
    """A model of repeated measures.

    Attributes:
        tests: by visit, then by group from 1 on: its mean minus that of group 0.
        means: by visit, then by group.
        patients: used, by group.
        observations: values used.
        log_likelihood: restricted; covariates in units of their SD, the baseline and the values in their own.
        covariance: of a patient's values, shape (visits, visits); None where there is no fit.
        warnings: of the fit.
        problem: why there is no fit.
    """

    tests: list[list[TTest]]
    means: list[list[Mean]]
    patients: list[int]
    observations: int
    log_likelihood: Value
    covariance: Floats | None
    warnings: tuple[str, ...] = ()
    problem: Problem | None = None


def mixed_model(
    y: Floats,
    arm: Ints,
    arms: int,
    baseline: Floats | None,
    covariates: Floats,
    structure: Structure,
    level: float = 0.95,
) -> Mixed:
    """Means of each group at each visit, and each group's minus that of group 0, by restricted maximum likelihood.

    The means depend on group × visit, baseline × visit and the covariates. All patients with any value of `y`, and with
    baseline and covariates, are used: valid where values are missing at random. Least-squares means are those at the
    mean baseline and covariates of these patients. The degrees of freedom are Satterthwaite's: 2v² / (g'A⁻¹g), v the
    variance of a contrast, g its gradient by the parameters of the covariance, A their observed information (Fai &
    Cornelius 1996).

    `unstructured`: any covariance of a patient's values at the visits. R: `nlme::gls(correlation = corSymm(form =
    ~ visit | patient), weights = varIdent(form = ~ 1 | visit))`.
    `random_intercept`: one variance between patients and one within (compound symmetry). R: `nlme::lme(random =
    ~ 1 | patient)`. With a variance between of 0 it is that of independent values, and a warning says so.

    Args:
        y: shape (patients, visits), NaN where missing; at least two visits.
        arm: group of each patient, 0 for the reference.
        arms: how many groups there should be.
        baseline: of each patient, NaN where missing; None where there is none.
        covariates: shape (patients, k), NaN where missing; constant ones and sums of others are dropped.
        structure: of the covariance.
        level: of the confidence intervals.
    """
    used = ~np.isnan(y).all(axis=1) & ~np.isnan(covariates).any(axis=1)
    if baseline is not None:
        used &= ~np.isnan(baseline)
    y, arm, seen = y[used], arm[used], ~np.isnan(y[used])
    patients = [int((arm == group).sum()) for group in range(arms)]
    observations, visits = int(seen.sum()), y.shape[1]

    def refused(problem: Problem) -> Mixed:
        tests = [[TTest(*([problem] * 7))] * (arms - 1)] * visits
        means = [[Mean(problem, problem, problem)] * arms] * visits
        return Mixed(tests, means, patients, observations, problem, None, (), problem)

    if any(not seen[arm == group].any(axis=0).all() for group in range(arms)):
        return refused(EMPTY)
    together = seen.T.astype(int) @ seen.astype(int)
    if structure == "unstructured" and not together.all():
        return refused(APART)
    if not (seen.sum(axis=1) > 1).any():
        return refused(ONCE)
    size = float(np.abs(y[seen]).max()) or 1.0  # large numbers stay finite when they are squared
    y = y / size
    u, spread = np.asarray(arm[:, None] == np.arange(arms), dtype=np.float64), 1.0
    if baseline is not None:
        before = baseline[used] / (float(np.abs(baseline[used]).max()) or 1.0)
        spread = float(before.std())
        if spread <= 1e-12:
            return refused(CONSTANT)
        u = np.column_stack([u, (before - before.mean()) / spread])
        spread *= float(np.abs(baseline[used]).max())
    crossed = u.shape[1]
    u = np.column_stack([u, independent(covariates[used])])
    columns = _columns(visits, crossed, u.shape[1])
    p = columns.shape[1]
    least = visits if structure == "unstructured" else 1
    if len(y) - crossed < least or observations - p < 2 or (seen.sum(axis=0) <= crossed).any():
        return refused(FEW)

    residuals = _least_squares(y, u, columns, seen)
    if residuals is None:
        return refused(CONFOUNDED)
    found, warnings = _fitted(y, u, columns, residuals, structure)
    if isinstance(found, Problem):
        return refused(found)
    likelihood = found.log_likelihood - (observations - p) * np.log(size)
    likelihood -= visits * np.log(spread)  # 0 without a baseline
    with np.errstate(over="ignore"):
        covariance = found.visits * size * size
    spreads = np.asarray(np.linalg.inv(found.information), dtype=np.float64)
    cells = np.eye(p)[: visits * crossed].reshape(visits, crossed, p)[:, :arms]
    return Mixed(
        [[_test(found, spreads, cell[g] - cell[0], size, level) for g in range(1, arms)] for cell in cells],
        [[_mean(_test(found, spreads, one, size, level)) for one in cell] for cell in cells],
        patients,
        observations,
        float(likelihood),
        covariance,
        warnings,
    )


def _columns(visits: int, crossed: int, width: int) -> Floats:
    """The design of all visits: the first `crossed` columns have a coefficient at each visit, the others share one."""
    shared = width - crossed
    made = np.zeros((visits, width, visits * crossed + shared))
    for t in range(visits):
        made[t, :crossed, t * crossed : (t + 1) * crossed] = np.eye(crossed)
        made[t, crossed:, visits * crossed :] = np.eye(shared)
    return made.reshape(visits * width, -1)


def _least_squares(y: Floats, u: Floats, columns: Floats, seen: NDArray[np.bool_]) -> Floats | None:
    """Residuals of all values as if they were independent, NaN where missing; None where columns follow from others."""
    visits, width = y.shape[1], u.shape[1]
    gram, right = np.zeros((visits, width, visits, width)), np.zeros((visits, width))
    for t in range(visits):
        there = u[seen[:, t]]
        gram[t, :, t], right[t] = there.T @ there, there.T @ y[seen[:, t], t]
    of_columns = columns.T @ gram.reshape(visits * width, -1) @ columns
    length = np.sqrt(np.diag(of_columns))
    if not (length > 0).all() or np.linalg.eigvalsh(of_columns / np.outer(length, length)).min() < 1e-10:
        return None
    beta = np.linalg.solve(of_columns, columns.T @ right.ravel())
    return np.asarray(y - u @ (columns @ beta).reshape(visits, width).T)


def _fitted(
    y: Floats, u: Floats, columns: Floats, residuals: Floats, structure: Structure
) -> tuple[Fit | Problem, tuple[str, ...]]:
    """The fit, and its warnings. Parameters are relative to the residuals' variances, so that they are about 1."""
    visits = y.shape[1]
    sd = np.sqrt(np.nanmean(residuals**2, axis=0))
    if structure == "unstructured":
        if (sd <= 1e-10).any():
            return NO_VARIATION, ()
        rows, others = np.tril_indices(visits)
        basis = np.zeros((rows.size, visits, visits))
        for k, (s, t) in enumerate(zip(rows, others, strict=True)):
            basis[k, s, t] = basis[k, t, s] = sd[s] * sd[t]
        start = _correlations(residuals / sd)[rows, others]
        found = fit(Model(y, u, columns, basis), start)
        return (UNSETTLED, ()) if found is None else (found, ())
    variance = float(np.nanmean(residuals**2))
    if variance <= 1e-20:
        return NO_VARIATION, ()
    basis = variance * np.array([np.ones((visits, visits)), np.eye(visits)])
    pairs = _correlations(residuals / np.sqrt(variance))[np.tril_indices(visits, -1)]
    share = float(np.clip(pairs.mean(), 0.05, 0.95))
    found = fit(Model(y, u, columns, basis), np.array([share, 1 - share]))
    if found is not None and found.theta[0] > 0:
        return found, ()
    independent_values = fit(Model(y, u, columns, basis[1:]), np.array([1.0]))
    if found is None or independent_values is None:
        return UNSETTLED, ()
    return independent_values, (BOUNDARY,)


def _correlations(z: Floats) -> Floats:
    """Covariances of standardised residuals over the patients who have both, drawn to 0 until they belong together."""
    known, seen = np.nan_to_num(z), (~np.isnan(z)).astype(np.float64)
    together = np.maximum(seen.T @ seen, 1)
    moments = known.T @ known / together
    diagonal = np.diag(np.diag(moments))
    share = 1.0
    while np.linalg.eigvalsh(diagonal + share * (moments - diagonal)).min() < 0.05 and share > 1e-3:
        share *= 0.8
    return np.asarray(diagonal + share * (moments - diagonal))


def _test(found: Fit, spreads: Floats, contrast: Floats, size: float, level: float) -> TTest:
    """The t test of a sum of coefficients, in units of the values.

    Args:
        spreads: covariance of the parameters of the covariance.
    """
    direction = found.covariance @ contrast
    variance = float(contrast @ direction)
    gradient = np.einsum("kab,a,b->k", found.slopes, direction, direction)
    estimate, se = float(contrast @ found.beta), float(np.sqrt(variance))
    df = float(2 * variance**2 / (gradient @ spreads @ gradient))
    t = estimate / se
    half = float(stats.t.ppf((1 + level) / 2, df)) * se
    limits = (estimate - half) * size, (estimate + half) * size
    return TTest(estimate * size, se * size, *limits, t, df, float(2 * stats.t.sf(abs(t), df)))


def _mean(test: TTest) -> Mean:
    return Mean(test.difference, test.ci_low, test.ci_high)
