"""Multiple imputation: pooling against R's mice on the same completed data sets, and what the draws must be like."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats import Problem
from analysis.stats.imputation import UNKNOWN, Variable, chained, within_arms
from analysis.stats.linear import adjusted_differences
from analysis.stats.pooling import Pooled, pool
from analysis.stats.regression import Fit, logistic

REFERENCE = Path(__file__).parents[1] / "reference"
with (REFERENCE / "imputation.csv").open() as handle:
    R = {row["statistic"]: float(row["value"]) for row in csv.DictReader(handle)}
SETS = np.genfromtxt(REFERENCE / "imputation-sets.csv", delimiter=",", skip_header=1)
COMPLETED = [SETS[SETS[:, 0] == number, 1:] for number in np.unique(SETS[:, 0])]


def agrees(found: Pooled, stem: str) -> None:
    wanted = {name.partition(".")[2]: value for name, value in R.items() if name.startswith(f"{stem}.")}
    for part, value in wanted.items():
        assert getattr(found, part) == pytest.approx(value, rel=1e-8), part


def linear(adjusted: bool) -> Pooled:
    tests = [
        adjusted_differences(one[:, 2], one[:, 0].astype(np.int64), 2, one[:, [1]] if adjusted else one[:, []])[0]
        for one in COMPLETED
    ]
    return pool(np.array([t.difference for t in tests]), np.array([t.se for t in tests]) ** 2, float(tests[0].df))


def test_pooled_differences_are_those_of_mice():
    agrees(linear(True), "adjusted")
    agrees(linear(False), "plain")


def test_pooled_log_odds_ratio_is_that_of_mice():
    fits = [logistic(one[:, 3], np.column_stack([np.ones(len(one)), one[:, 0]])) for one in COMPLETED]
    assert all(isinstance(fit, Fit) for fit in fits)
    found = pool(np.array([f.beta[1] for f in fits]), np.array([f.se[1] ** 2 for f in fits]), len(COMPLETED[0]) - 2.0)
    # R's glm stops at a tolerance of 1e-8 of the deviance, so that its estimate near 0 has fewer digits
    assert found.estimate == pytest.approx(R["odds.estimate"], abs=1e-8)
    for part in ("se", "df", "fmi", "ci_low", "ci_high", "p"):
        assert getattr(found, part) == pytest.approx(R[f"odds.{part}"], rel=1e-6), part


@pytest.mark.parametrize(("stem", "complete"), [("risk", 58.0), ("risk_large", math.inf)])
def test_pooled_scalars_are_those_of_mice(stem, complete):
    estimates, variances = [], []
    for one in COMPLETED:
        groups = [one[one[:, 0] == arm, 3] for arm in (0, 1)]
        means = [group.mean() for group in groups]
        estimates.append(means[1] - means[0])
        variances.append(sum(m * (1 - m) / len(g) for m, g in zip(means, groups, strict=True)))
    agrees(pool(np.array(estimates), np.array(variances), complete), stem)


def test_pooling_needs_two_data_sets_and_variation():
    assert isinstance(pool(np.array([1.0]), np.array([1.0]), 10).estimate, Problem)
    nothing = pool(np.array([1.0, 1.0]), np.array([0.0, 0.0]), 10)
    assert nothing.estimate == 1 and isinstance(nothing.p, Problem)
    same = pool(np.array([1.0, 1.0]), np.array([4.0, 4.0]), math.inf)
    assert (same.se, same.df) == (2, math.inf) and same.p == pytest.approx(0.6170750774519738)


# What is drawn --------------------------------------------------------------------------------------------------------


def trial(seed: int, n: int = 400) -> tuple[np.ndarray, dict[str, Variable], np.ndarray]:
    """A trial whose later value is missing where the earlier one is high: missing at random, given that. The
    difference between the arms is 5; the outcome is related to the earlier value within the treated arm only."""
    random = np.random.default_rng(seed)
    arm = np.repeat([0, 1], n // 2)
    before = random.normal(50, 10, n)
    after = np.where(arm == 1, before + 5, 50) + random.normal(0, 5, n)
    seen = np.where((arm == 1) & (random.random(n) < 1 / (1 + np.exp(-(before - 50) / 8))), np.nan, after)
    return arm, {"before": Variable(before), "after": Variable(seen)}, after


@pytest.mark.parametrize("draw", ["pmm", "normal"])
def test_the_pooled_estimate_recovers_what_complete_cases_miss(draw):
    pooled, complete = [], []
    for seed in range(6):
        arm, variables, full = trial(seed)
        seen = variables["after"].values
        truth = full[arm == 1].mean() - full[arm == 0].mean()
        complete.append(np.nanmean(seen[arm == 1]) - np.nanmean(seen[arm == 0]) - truth)
        sets = chained(variables, arm, 5, seed, draw)
        assert not isinstance(sets, Problem)
        drawn = [one["after"][arm == 1].mean() - one["after"][arm == 0].mean() for one in sets]
        pooled.append(np.mean(drawn) - truth)
    assert np.mean(complete) < -4  # those with high values are gone more often
    assert abs(np.mean(pooled)) < (1.2 if draw == "pmm" else 0.5)  # high donors are few


def test_imputed_events_recover_a_risk():
    random = np.random.default_rng(8)
    arm = np.repeat([0, 1], 1500)
    severe = (random.random(3000) < 0.5).astype(float)
    died = (random.random(3000) < np.where(severe == 1, 0.6, 0.1)).astype(float)
    seen = np.where((severe == 1) & (random.random(3000) < 0.7), np.nan, died)  # mostly the severe are lost
    sets = chained({"severe": Variable(severe, True), "died": Variable(seen, True)}, arm, 5, 1)
    assert not isinstance(sets, Problem)
    risks = [one["died"].mean() for one in sets]
    assert np.nanmean(seen) < 0.26 and np.mean(risks) == pytest.approx(0.35, abs=0.02)
    assert np.std(risks) > 0


def test_events_that_a_variable_tells_apart_are_drawn_all_the_same():
    x = np.repeat([0.0, 1.0], 20)
    y = x.copy()
    y[[3, 30]] = np.nan
    sets = chained({"x": Variable(x, True), "y": Variable(y, True)}, np.tile([0, 1], 20), 20, 3)
    assert not isinstance(sets, Problem)
    drawn = [one["y"][[3, 30]] for one in sets]
    assert np.isin(drawn, [0, 1]).all() and np.mean(drawn, axis=0)[0] < 0.4 < 0.6 < np.mean(drawn, axis=0)[1]


def test_predictive_mean_matching_draws_observed_values_only():
    arm, variables, _ = trial(1, 120)
    sets = chained(variables, arm, 3, 2, "pmm")
    assert not isinstance(sets, Problem)
    seen = variables["after"].values
    assert all(np.isin(one["after"], seen[~np.isnan(seen)]).all() for one in sets)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), gaps=st.integers(0, 12), draw=st.sampled_from(["pmm", "normal"]))
def test_observed_cells_never_change_and_the_seed_tells_all(seed, gaps, draw):
    random = np.random.default_rng(seed)
    arm = np.tile([0, 1], 12)
    x, y = random.normal(size=24), random.normal(size=24)
    event = (random.random(24) < 0.4).astype(float)
    for values in (x, y, event):
        values[random.choice(24, gaps, replace=False)] = np.nan
    variables = {"x": Variable(x), "y": Variable(y), "event": Variable(event, True), "flat": Variable(np.ones(24))}
    once, again = (chained(variables, arm, 2, seed, draw) for _ in range(2))
    assert not isinstance(once, Problem) and not isinstance(again, Problem)
    for one, other in zip(once, again, strict=True):
        assert set(one) == ({"x", "y", "event"} if gaps else set())
        for name, now in one.items():
            was = variables[name].values
            assert np.array_equal(now[~np.isnan(was)], was[~np.isnan(was)])
            assert np.isfinite(now).all() and np.array_equal(now, other[name])


def test_each_arm_has_a_model_of_its_own_where_it_has_patients_enough():
    arm = np.repeat([0, 1], 14)
    values = np.arange(28.0)
    values[0] = np.nan
    assert within_arms({"y": Variable(values)}, arm)
    assert not within_arms({"y": Variable(values), **{str(k): Variable(np.ones(28)) for k in range(4)}}, arm)


def test_a_variable_without_values_is_a_problem():
    assert chained({"y": Variable(np.full(4, np.nan))}, np.array([0, 0, 1, 1]), 2, 1) is UNKNOWN
