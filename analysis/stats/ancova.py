"""Analysis of covariance: groups compared at follow-up, adjusted for the baseline value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.stats import NO_DATA, NO_VARIATION, TOO_FEW, Problem, finite
from analysis.stats.means import TTest

Floats = NDArray[np.float64]


def ancova(
    follow_up: dict[str, Floats], baseline: dict[str, Floats], reference: str, level: float = 0.95
) -> tuple[dict[str, TTest], dict[str, int]]:
    """Adjusted difference of every group from the reference.

    Least squares of `follow_up ~ group + baseline` over patients with both values; t interval with the residual
    degrees of freedom (Vickers & Altman 2001).
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
    # the covariate about its mean: the same group coefficients, better conditioned
    arm = np.repeat(list(n), list(n.values()))
    design = np.column_stack([np.ones(arm.size), *(arm == group for group in groups), everybody - everybody.mean()])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        confounded = Problem("not_separable", "Group and baseline value cannot be told apart in these data.")
        return dict.fromkeys(groups, _failed(confounded)), n
    outcome = np.concatenate(list(y.values()))
    from statsmodels.regression.linear_model import OLS

    fit = OLS(outcome, design).fit()
    limits = fit.conf_int(1 - level)
    scale = float(np.abs(outcome).max()) or 1.0
    found: dict[str, TTest] = {}
    for i, group in enumerate(groups, 1):
        difference, se = float(fit.params[i]), float(fit.bse[i])
        if not se > 1e-12 * scale:  # a perfect fit leaves rounding only
            found[group] = TTest(difference, *([NO_VARIATION] * 6))
            continue
        low, high = (finite(limit) for limit in limits[i])
        found[group] = TTest(difference, se, low, high, finite(fit.tvalues[i]), float(df), finite(fit.pvalues[i]))
    return found, n


def _failed(problem: Problem) -> TTest:
    return TTest(*([problem] * 7))
