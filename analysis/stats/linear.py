"""Linear regression: groups compared with a reference, adjusted for any covariates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.stats import NO_DATA, NO_VARIATION, TOO_FEW, Problem, finite
from analysis.stats.likelihood import Ints, dummies, independent
from analysis.stats.means import TTest

Floats = NDArray[np.float64]

CONFOUNDED = Problem("not_separable", "Groups and variables adjusted for cannot be told apart in these data.")


def adjusted_differences(y: Floats, arm: Ints, arms: int, covariates: Floats, level: float = 0.95) -> list[TTest]:
    """Each group's adjusted mean minus that of group 0, by least squares of `y` on group and covariates.

    R: `lm(y ~ arm + covariates)`, `confint`. Covariates that are constant or sums of others are dropped, as R does.

    Args:
        y: outcome, shape (n,), no missing values.
        arm: group of each patient, 0 for the reference.
        arms: how many groups there should be.
        covariates: shape (n, k), no missing values.

    Returns:
        A test for each group from 1 on.
    """
    if np.unique(arm).size < arms:
        return [TTest(*([NO_DATA] * 7))] * (arms - 1)
    design = np.column_stack([np.ones(y.size), dummies(arm, arms), independent(covariates)])
    if np.linalg.matrix_rank(design) < min(design.shape):
        return [TTest(*([CONFOUNDED] * 7))] * (arms - 1)
    if y.size - design.shape[1] < 1:
        return [TTest(*([TOO_FEW] * 7))] * (arms - 1)
    from statsmodels.regression.linear_model import OLS

    fit = OLS(y, design).fit()
    limits = fit.conf_int(1 - level)
    scale = float(np.abs(y).max()) or 1.0
    found = []
    for i in range(1, arms):
        difference, se = float(fit.params[i]), float(fit.bse[i])
        if not se > 1e-12 * scale:  # a perfect fit leaves rounding only
            found.append(TTest(difference, *([NO_VARIATION] * 6)))
            continue
        low, high = (finite(limit) for limit in limits[i])
        df = float(y.size - design.shape[1])
        found.append(TTest(difference, se, low, high, finite(fit.tvalues[i]), df, finite(fit.pvalues[i])))
    return found
