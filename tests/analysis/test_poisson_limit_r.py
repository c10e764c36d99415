"""Modified Poisson regression with a level without events against R; the R code is tests/reference/poisson_limit.R."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from analysis.stats.regression import NOT_CONVERGED, SEPARATED, Fit, modified_poisson, ratio_of

FILE = Path(__file__).parents[1] / "reference" / "poisson_limit.csv"
with FILE.open() as handle:
    R = {(row["set"], row["quantity"]): float(row["value"]) for row in csv.DictReader(handle)}

ROW = np.arange(80)
G = (ROW % 2).astype(float)
AGE = 40.0 + (ROW * 7) % 31
LEVEL = np.where(np.isin(ROW, [5, 18, 44]), 2, (ROW // 3) % 2)
Y = np.where(LEVEL == 2, 0.0, ((ROW * 13 + 5 * (ROW % 2)) % 11 < 4).astype(float))
TIME = 0.5 + (ROW % 5) / 4
X = np.column_stack([np.ones(80), G, AGE, LEVEL == 1, LEVEL == 2]).astype(float)


@pytest.mark.parametrize(("name", "time"), [("remaining", None), ("remaining_time", TIME)])
def test_the_limit_is_the_fit_of_the_patients_that_remain(name: str, time: np.ndarray | None) -> None:
    fit = modified_poisson(Y, X, time)
    assert isinstance(fit, Fit)
    found = {"log_ratio": fit.beta[1], "se": fit.se[1], "age": fit.beta[2], "age_se": fit.se[2]}
    for quantity, value in found.items():
        assert value == pytest.approx(R[name, quantity], rel=1e-6), quantity
    assert fit.determined == 3
    assert np.isnan(fit.beta[4])
    assert ratio_of(fit, 4).estimate is SEPARATED


def test_r_prints_the_same_with_everybody() -> None:
    fit = modified_poisson(Y, X)
    assert isinstance(fit, Fit)
    assert fit.beta[1] == pytest.approx(R["everybody", "log_ratio"], rel=1e-6)
    assert R["everybody", "level_2"] < -15


def test_a_treatment_without_events_has_no_estimate() -> None:
    fit = modified_poisson(np.where(G == 1, 0.0, Y), X)
    assert isinstance(fit, Fit)
    assert ratio_of(fit, 1).estimate is SEPARATED


def test_a_finite_fit_is_left_alone() -> None:
    fit = modified_poisson(Y[LEVEL < 2], X[LEVEL < 2, :4])
    assert isinstance(fit, Fit)
    assert fit.determined == 0
    assert modified_poisson(np.zeros(80), X) in (NOT_CONVERGED, SEPARATED)
