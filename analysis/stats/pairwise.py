"""Order statistics of all differences between two groups, without making the differences, which may be 10^11.

The method is that of Johnson & Mizoguchi (1978, SIAM J Comput 7:147): differences to a sorted group are sorted by rows,
the weighted median of the rows' medians splits what is left, and at least a quarter of it goes at each step. Patients
who share a value are one row with a weight. Each comparison is of the difference as floating-point arithmetic gives it,
so that the result is the one that sorting all differences gives, to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEW = 1 << 20
"""Up to so many differences of distinct values are made and sorted."""


def smallest_differences(first: Floats, second: Floats, places: Sequence[int]) -> list[float]:
    """The k-th smallest of all differences first minus second, ties counted as often as they occur.

    R: `sort(outer(first, second, "-"))[places]`.

    Args:
        first, second: values, none missing, at least one each.
        places: which of the sorted differences, from 1 to len(first) * len(second).
    """
    (u, u_weight), (v, v_weight) = (np.unique(one, return_counts=True) for one in (first, second))
    if u.size * v.size <= FEW:
        differences = np.subtract.outer(u, v).ravel()
        order = np.argsort(differences)
        counted = np.cumsum(np.multiply.outer(u_weight, v_weight).ravel()[order])
        return [float(differences[order[one]]) for one in np.searchsorted(counted, places)]
    before = np.concatenate([[0], np.cumsum(v_weight)])
    return [_select(u, u_weight, v, before, place) for place in places]


def _select(u: Floats, weight: Ints, v: Floats, before: Ints, place: int) -> float:
    """The difference at a place. Of each row, the columns from `start` to `stop` are left, in falling order."""
    start, stop = np.zeros(u.size, np.int64), np.full(u.size, v.size, np.int64)
    while True:
        rows = np.flatnonzero(start < stop)
        middle = np.searchsorted(before, (before[start[rows]] + before[stop[rows]]) // 2, side="right") - 1
        medians, left = u[rows] - v[middle], weight[rows] * (before[stop[rows]] - before[start[rows]])
        order = np.argsort(medians)
        summed = np.cumsum(left[order])
        pivot = float(medians[order[np.searchsorted(summed, summed[-1] / 2)]])
        at, below = _first(u, v, pivot, False), _first(u, v, pivot, True)
        up_to, under = (int(weight @ (before[-1] - before[one])) for one in (at, below))
        if under < place <= up_to:
            return pivot
        if place <= under:
            start = np.maximum(start, below)
        else:
            stop = np.minimum(stop, at)


def _first(u: Floats, v: Floats, pivot: float, strictly: bool) -> Ints:
    """For each row the first column whose difference is at most the pivot, or strictly below it."""
    found = np.searchsorted(v, u - pivot, side="right" if strictly else "left").astype(np.int64)

    def low_enough(row: Ints, column: Ints) -> NDArray[np.bool_]:
        difference = u[row] - v[column]
        return np.asarray(difference < pivot if strictly else difference <= pivot)

    # u - pivot is rounded, and the differences are too: the neighbours tell
    rows = np.arange(u.size)
    while (rows := rows[found[rows] > 0]).size:
        rows = rows[low_enough(rows, found[rows] - 1)]
        found[rows] -= 1
    rows = np.arange(u.size)
    while (rows := rows[found[rows] < v.size]).size:
        rows = rows[~low_enough(rows, found[rows])]
        found[rows] += 1
    return found
