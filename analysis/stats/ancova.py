"""Analysis of covariance: groups compared at follow-up, adjusted for the baseline value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.stats import NO_DATA, NO_VARIATION, TOO_FEW, Problem, Value, finite
from analysis.stats.distributions import t_p, t_quantile
from analysis.stats.means import TTest

Floats = NDArray[np.float64]


def ancova(
    follow_up: dict[str, Floats], baseline: dict[str, Floats], reference: str, level: float = 0.95
) -> tuple[dict[str, TTest], dict[str, int]]:
    """Adjusted difference of every group from the reference.

    Ordinary least squares of `follow_up ~ group + baseline` over patients with both values; t interval with the
    residual degrees of freedom (Vickers & Altman 2001). R: `lm(follow_up ~ group + baseline)`, `confint`.

    Args:
        follow_up: values by group, NaN where missing.
        baseline: values of the same patients, in the same order.
        reference: group that the others are compared with.
        level: of the confidence intervals.

    Returns:
        A test by group, and the number of patients used by group.
    """
    kept = {group: ~np.isnan(follow_up[group]) & ~np.isnan(baseline[group]) for group in follow_up}
    n = {group: int(mask.sum()) for group, mask in kept.items()}
    groups = [group for group in follow_up if group != reference]
    y = np.concatenate([follow_up[group][kept[group]] for group in (reference, *groups)])
    before = np.concatenate([baseline[group][kept[group]] for group in (reference, *groups)])
    x = np.zeros((y.size, 2 + len(groups)))
    x[:, 0] = 1
    # centring changes neither the differences nor their errors, and keeps the problem well conditioned
    x[:, -1] = before - before.mean() if before.size else before
    start = n[reference]
    for column, group in enumerate(groups, 1):
        x[start : start + n[group], column] = 1
        start += n[group]
    df = y.size - x.shape[1]
    problem = _impossible(n, x, before, df)
    if problem is not None:
        return {group: _failed(problem) for group in groups}, n
    beta, *_ = np.linalg.lstsq(x, y, rcond=None)
    residuals = y - x @ beta
    variance = float(residuals @ residuals) / df
    inverse = np.linalg.inv(x.T @ x)
    scale = float(np.abs(y).max()) or 1.0
    found: dict[str, TTest] = {}
    for column, group in enumerate(groups, 1):
        difference = float(beta[column])
        se = float(np.sqrt(variance * inverse[column, column]))
        if se <= 1e-12 * scale:
            found[group] = TTest(difference, *([NO_VARIATION] * 6))
            continue
        half, statistic = t_quantile(level, df) * se, difference / se
        p: Value = finite(t_p(statistic, df))
        found[group] = TTest(difference, se, difference - half, difference + half, statistic, float(df), p)
    return found, n


def _impossible(n: dict[str, int], x: Floats, before: Floats, df: int) -> Problem | None:
    if any(count == 0 for count in n.values()):
        return NO_DATA
    if before.min() == before.max():
        return Problem("no_variation", "The baseline values do not vary, so there is nothing to adjust for.")
    if df < 1:
        return TOO_FEW
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return Problem("not_separable", "Group and baseline value cannot be told apart in these data.")
    return None


def _failed(problem: Problem) -> TTest:
    return TTest(*([problem] * 7))
