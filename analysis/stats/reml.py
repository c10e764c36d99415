"""Restricted maximum likelihood of values that are repeated in patients, with any of them missing.

The values of a patient at all visits have the covariance V = θ₁B₁ + θ₂B₂ + …, with known matrices B: so derivatives are
sums of traces (Searle, Casella & McCulloch 1992, chapter 6; Harville 1977). Patients who were seen at the same visits
share their V, so that a step costs as much as there are such patterns, and one pass over the patients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.stats.likelihood import maximise

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SETTLED, SINGULAR = 1e-10, 1e-9
"""A fit is one where a further step would raise the likelihood by less than the first, and where the smallest
eigenvalue of the visits' correlations lies above the second."""


@dataclass(frozen=True)
class Model:
    """What a likelihood is of.

    Args:
        y: values, shape (patients, visits), NaN where missing; every patient has one.
        u: what the means depend on, shape (patients, w).
        columns: shape (visits * w, p): a patient's design is (identity ⊗ u) @ columns.
        basis: the matrices B, shape (parameters, visits, visits).
    """

    y: Floats
    u: Floats
    columns: Floats
    basis: Floats


@dataclass(frozen=True)
class _Patterns:
    """Patients by the visits at which they were seen, and sums over them."""

    rows: list[NDArray[np.int64]]
    seen: Bools  # (patterns, visits)
    sizes: Floats
    uu: Floats  # (patterns, w, w)
    uy: Floats  # (patterns, visits, w)


@dataclass(frozen=True)
class Fit:
    """Estimates at the maximum.

    Attributes:
        beta, covariance: coefficients, and their covariance by generalised least squares.
        theta: parameters of the covariance of a patient's values.
        visits: that covariance, shape (visits, visits).
        information: observed information of theta.
        slopes: shape (parameters, p, p): derivative of the inverse of `covariance` by each parameter, with minus.
        log_likelihood: restricted, as `nlme` has it (without the determinant of X'X).
    """

    beta: Floats
    covariance: Floats
    theta: Floats
    visits: Floats
    information: Floats
    slopes: Floats
    log_likelihood: float


@dataclass(frozen=True)
class _Point:
    fit: Fit
    gradient: Floats
    expected: Floats


def fit(model: Model, start: Floats) -> Fit | None:
    """The maximum of the restricted likelihood, by Newton's method.

    Where the observed information is not positive definite a step takes the expected one (Fisher scoring).
    R: `nlme::gls`, `nlme::lme` with `method = "REML"`.

    Args:
        model: its parameters should be of the order of 1.
        start: parameters to begin with; their covariance must be positive definite.

    Returns:
        None where the iterations do not settle, or lead to a covariance that is singular.
    """
    patterns = _patterns(model)

    def derivatives(theta: Floats) -> tuple[float, Floats, Floats]:
        point = _at(model, patterns, theta)
        if point is None:
            return -np.inf, np.zeros_like(theta), -np.eye(theta.size)
        information = point.fit.information if _positive(point.fit.information) else point.expected
        return point.fit.log_likelihood, point.gradient, -information

    peak = maximise(derivatives, start)
    point = _at(model, patterns, peak.at) if peak is not None else None
    if point is None or not _positive(point.fit.information):
        return None
    rise = point.gradient @ np.linalg.solve(point.fit.information, point.gradient)
    scale = np.sqrt(np.diag(point.fit.visits))
    smallest = np.linalg.eigvalsh(point.fit.visits / np.outer(scale, scale)).min()
    return point.fit if rise < SETTLED and smallest > SINGULAR else None


def _positive(matrix: Floats) -> bool:
    if not np.isfinite(matrix).all():
        return False
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def _inverse(matrix: Floats) -> Floats | None:
    """None on the edge of singular, where a Cholesky factor may be found on one machine and no inverse on it."""
    try:
        return np.asarray(np.linalg.inv(matrix))
    except np.linalg.LinAlgError:
        return None


def _patterns(model: Model) -> _Patterns:
    seen, which = np.unique(~np.isnan(model.y), axis=0, return_inverse=True)
    rows = [np.flatnonzero(which.ravel() == g) for g in range(len(seen))]
    known = np.nan_to_num(model.y)
    return _Patterns(
        rows,
        seen,
        np.array([float(len(one)) for one in rows]),
        np.array([model.u[one].T @ model.u[one] for one in rows]),
        np.array([known[one].T @ model.u[one] for one in rows]),
    )


def _at(model: Model, patterns: _Patterns, theta: Floats) -> _Point | None:
    """Likelihood and derivatives at some parameters; None where their covariance is not positive definite.

    With P = V⁻¹ − V⁻¹X(X'V⁻¹X)⁻¹X'V⁻¹ the slope by a parameter is −½ tr(PB) + ½ y'PBPy, the observed information of two
    −½ tr(PBPB') + y'PBPB'Py, the expected one ½ tr(PBPB').
    """
    count, visits = len(theta), model.basis.shape[1]
    width, p = model.u.shape[1], model.columns.shape[1]
    sigma = np.tensordot(theta, model.basis, 1)
    if not _positive(sigma):
        return None
    both = patterns.seen[:, :, None] & patterns.seen[:, None, :]
    v = np.where(both, sigma, np.eye(visits))  # a visit without a value: variance 1, nothing to do with the others
    inverse = _inverse(v)
    if inverse is None:
        return None
    w = np.where(both, inverse, 0.0)

    def crossed(weights: Floats) -> Floats:
        """The sum of X'MX over patients, for matrices M of each pattern (first axis); shape (…, p, p)."""
        summed = np.tensordot(weights, patterns.uu, (0, 0)).reshape(-1, visits, visits, width, width)
        large = summed.transpose(0, 1, 3, 2, 4).reshape(-1, visits * width, visits * width)
        return np.asarray(model.columns.T @ large @ model.columns)

    precision = crossed(w)[0]
    covariance = _inverse(precision) if _positive(precision) else None
    if covariance is None:
        return None
    beta = covariance @ (model.columns.T @ np.einsum("gst,gtu->su", w, patterns.uy).ravel())
    means = (model.columns @ beta).reshape(visits, width)
    squares, with_u = np.empty_like(w), np.empty_like(patterns.uy)
    for g, rows in enumerate(patterns.rows):
        u = model.u[rows]
        residual = np.where(patterns.seen[g], model.y[rows] - u @ means.T, 0.0)
        squares[g], with_u[g] = residual.T @ residual, residual.T @ u

    spread = (model.columns @ covariance @ model.columns.T).reshape(visits, width, visits, width)
    fitted = np.einsum("sutv,guv->gst", spread, patterns.uu, optimize=True)  # XCX', summed
    wb = np.einsum("gst,ktu->gksu", w, model.basis, optimize=True)
    wbw = wb @ w[:, None]
    slopes = crossed(wbw)
    b = np.einsum("gkst,gtu->ksu", wbw, with_u, optimize=True).reshape(count, -1) @ model.columns

    def traces(left: Floats, right: Floats) -> Floats:
        return np.asarray(np.tensordot(left, right, ((0, 2, 3), (0, 3, 2))))

    first = traces(wb * patterns.sizes[:, None, None, None], wb)
    scaled = (covariance @ slopes).reshape(count, p, p)
    second = np.asarray(np.tensordot(scaled, scaled, ((1, 2), (2, 1))))
    by_fit, by_squares = (traces(wb, wbw @ one[:, None]) for one in (fitted, squares))
    expected = first / 2 - by_fit + second / 2
    observed = -first / 2 + by_fit + by_squares - second / 2 - b @ covariance @ b.T
    slope = np.einsum("gkst,gts->k", wbw, fitted + squares, optimize=True)
    slope -= np.einsum("gkss,g->k", wb, patterns.sizes)
    n = float(patterns.seen.sum(axis=1) @ patterns.sizes)
    value = (n - p) * np.log(2 * np.pi) + patterns.sizes @ np.linalg.slogdet(v)[1] + np.linalg.slogdet(precision)[1]
    value += np.einsum("gst,gts->", w, squares)
    found = Fit(beta, covariance, theta, sigma, (observed + observed.T) / 2, slopes, float(-value / 2))
    return _Point(found, slope / 2, (expected + expected.T) / 2)
