"""Analysis of covariance: groups compared at follow-up, adjusted for the baseline value."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analysis.stats import NO_DATA, NO_VARIATION, TOO_FEW, Problem, finite
from analysis.stats.distributions import t_p, t_quantile
from analysis.stats.means import TTest

Floats = NDArray[np.float64]


def ancova(
    follow_up: dict[str, Floats], baseline: dict[str, Floats], reference: str, level: float = 0.95
) -> tuple[dict[str, TTest], dict[str, int]]:
    """Adjusted difference of every group from the reference.

    Least squares of `follow_up ~ group + baseline` over patients with both values; t interval with the residual
    degrees of freedom (Vickers & Altman 2001). With one covariate the solution is closed (Snedecor & Cochran, chapter
    18): the slope is the pooled one within groups, and
    SE² = s² (1 / n + 1 / n_ref + (difference of baseline means)² / S_xx within groups).
    R: `lm(follow_up ~ group + baseline)`, `confint`.

    Args:
        follow_up: values by group, NaN where missing.
        baseline: values of the same patients, in the same order.
        reference: group that the others are compared with.
        level: of the confidence intervals.

    Returns:
        A test by group, and the number of patients used by group.
    """
    groups = [group for group in follow_up if group != reference]
    kept = {group: ~np.isnan(follow_up[group]) & ~np.isnan(baseline[group]) for group in follow_up}
    y = {group: follow_up[group][mask] for group, mask in kept.items()}
    x = {group: baseline[group][mask] for group, mask in kept.items()}
    n = {group: int(mask.sum()) for group, mask in kept.items()}
    df = sum(n.values()) - len(n) - 1
    if any(count == 0 for count in n.values()):
        return dict.fromkeys(groups, _failed(NO_DATA)), n
    everybody = np.concatenate(list(x.values()))
    if everybody.min() == everybody.max():
        constant = Problem("no_variation", "The baseline values do not vary, so there is nothing to adjust for.")
        return dict.fromkeys(groups, _failed(constant)), n
    if df < 1:
        return dict.fromkeys(groups, _failed(TOO_FEW)), n
    mean_x = {group: float(x[group].mean()) for group in x}
    mean_y = {group: float(y[group].mean()) for group in y}
    within = sum(float(((x[group] - mean_x[group]) ** 2).sum()) for group in x)
    if within <= 1e-12 * float(((everybody - everybody.mean()) ** 2).sum()):
        confounded = Problem("not_separable", "Group and baseline value cannot be told apart in these data.")
        return dict.fromkeys(groups, _failed(confounded)), n
    slope = sum(float(((x[group] - mean_x[group]) * (y[group] - mean_y[group])).sum()) for group in x) / within
    residual = sum(float(((y[group] - mean_y[group] - slope * (x[group] - mean_x[group])) ** 2).sum()) for group in x)
    scale = max(float(np.abs(array).max()) for array in y.values()) or 1.0
    found: dict[str, TTest] = {}
    for group in groups:
        apart = mean_x[group] - mean_x[reference]
        difference = mean_y[group] - mean_y[reference] - slope * apart
        se = math.sqrt(residual / df * (1 / n[group] + 1 / n[reference] + apart * apart / within))
        if se <= 1e-12 * scale:
            found[group] = TTest(difference, *([NO_VARIATION] * 6))
            continue
        half, statistic = t_quantile(level, df) * se, difference / se
        p = finite(t_p(statistic, df))
        found[group] = TTest(difference, se, difference - half, difference + half, statistic, float(df), p)
    return found, n


def _failed(problem: Problem) -> TTest:
    return TTest(*([problem] * 7))
