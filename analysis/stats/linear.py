"""Linear algebra of a few unknowns in plain Python.

BLAS libraries choose their kernels by processor and environment, and with them the last digits of a sum. Results must
be the same bytes wherever the same software runs, so the small systems here are solved without them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def weighted_cross(x: Floats, weight: Floats) -> Floats:
    """X' W X of a design matrix, shape (k, k). R: `t(X) %*% (X * w)`."""
    k = x.shape[1]
    return np.array([[float((x[:, i] * weight * x[:, j]).sum()) for j in range(k)] for i in range(k)])


def predict(x: Floats, beta: Floats) -> Floats:
    """X beta, shape (n,)."""
    return np.asarray((x * beta).sum(axis=1), dtype=np.float64)


def solve(a: Floats, b: Floats) -> Floats | None:
    """The x of A x = b, by Gaussian elimination with partial pivoting; None where A is singular.

    Args:
        a: shape (k, k).
        b: shape (k,) or (k, m).
    """
    k = a.shape[0]
    rows = [[float(v) for v in a[i]] + [float(v) for v in np.atleast_1d(b[i])] for i in range(k)]
    largest = max(abs(v) for row in rows for v in row[:k])
    for i in range(k):
        pivot = max(range(i, k), key=lambda j: abs(rows[j][i]))
        if not abs(rows[pivot][i]) > 1e-13 * largest:
            return None
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for j in range(k):
            if j != i:
                factor = rows[j][i] / rows[i][i]
                rows[j] = [v - factor * w for v, w in zip(rows[j], rows[i], strict=True)]
    found = np.array([[v / rows[i][i] for v in rows[i][k:]] for i in range(k)])
    return found[:, 0] if b.ndim == 1 else found


def inverse(a: Floats) -> Floats | None:
    """The inverse of A, or None."""
    return solve(a, np.eye(a.shape[0]))
