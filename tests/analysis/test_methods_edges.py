"""The methods for any trial at their edges and under exchange: a number, or a problem with its reason, never NaN."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.stats import Problem, parts
from analysis.stats.cox import Cox, cox
from analysis.stats.logscale import geometric_mean, geometric_ratio
from analysis.stats.proportional_odds import proportional_odds, proportionality, superiority
from analysis.stats.regression import Fit, logistic, modified_poisson, poisson, ratio_of
from analysis.stats.score import difference_z, score_difference, score_ratio
from analysis.stats.several import dunnett, holm, kruskal_wallis, welch_anova
from analysis.stats.stratified import mantel_haenszel
from analysis.stats.survival import kaplan_meier, log_rank, median, restricted_difference, restricted_mean, survival_at

Z = 1.959963984540054


def sound(record: object) -> None:
    """All parts are finite numbers or problems with a sentence."""
    for name, value in parts(record).items():
        if isinstance(value, Problem):
            assert value.message.endswith("."), name
        elif isinstance(value, float | int):
            assert math.isfinite(value), name


counts = st.tuples(st.integers(1, 40), st.integers(1, 40)).flatmap(
    lambda n: st.tuples(st.integers(0, n[0]), st.just(n[0]), st.integers(0, n[1]), st.just(n[1]))
)


@settings(deadline=None)
@given(counts)
def test_score_intervals(c: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = c
    one, two = score_difference(*c), score_difference(x2, n2, x1, n1)
    sound(one)
    assert isinstance(one.ci_low, float)
    assert isinstance(one.ci_high, float)
    assert -1 <= one.ci_low <= x1 / n1 - x2 / n2 <= one.ci_high <= 1
    assert (two.ci_low, two.ci_high) == pytest.approx((-one.ci_high, -one.ci_low), abs=1e-9)
    for limit, z in ((one.ci_low, Z), (one.ci_high, -Z)):
        if -1 < limit < 1:
            assert difference_z(*c, limit) == pytest.approx(z, abs=1e-6)
    if isinstance(one.p, float) and abs(one.p - 0.05) > 1e-9:
        assert (one.p < 0.05) == (not one.ci_low < 0 < one.ci_high)
    ratio, turned = score_ratio(*c), score_ratio(x2, n2, x1, n1)
    sound(ratio)
    if isinstance(ratio.ci_low, float) and ratio.ci_low > 0:
        assert isinstance(turned.ci_high, float)
        assert turned.ci_high == pytest.approx(1 / ratio.ci_low, rel=1e-8)
    assert isinstance(ratio.ci_high, Problem) == (x2 == 0)


def test_score_prints_what_newcombe_printed() -> None:
    """Newcombe 1998, table II, method 6, contrast (a)."""
    assert [round(float(v), 4) for v in list(parts(score_difference(56, 70, 48, 80)).values())[1:3]] == [0.0528, 0.3382]  # type: ignore[arg-type]


tables = st.lists(counts, min_size=1, max_size=5)


@settings(deadline=None)
@given(tables)
def test_mantel_haenszel(strata: list[tuple[int, int, int, int]]) -> None:
    x1, n1, x2, n2 = (np.array(column, float) for column in zip(*strata, strict=True))
    one, two = mantel_haenszel(x1, n1, x2, n2), mantel_haenszel(x2, n2, x1, n1)
    for part in (one.test, one.odds_ratio, one.risk_ratio, one.risk_difference):
        sound(part)
    empty = mantel_haenszel(*(np.append(column, extra) for column, extra in ((x1, 1), (n1, 2), (x2, 0), (n2, 0))))
    assert empty == one  # a stratum with one group only tells nothing
    if isinstance(one.odds_ratio.ci_low, float) and isinstance(two.odds_ratio.ci_high, float):
        assert two.odds_ratio.ci_high == pytest.approx(1 / one.odds_ratio.ci_low, rel=1e-9)
    if isinstance(one.test.p, float):
        assert two.test.p == pytest.approx(one.test.p, rel=1e-9)


def test_nothing_to_pool() -> None:
    none = np.zeros(2)
    found = mantel_haenszel(none, none + 5, none, none + 4)
    assert isinstance(found.test.p, Problem)
    assert isinstance(found.odds_ratio.estimate, Problem)


def test_a_separated_variable_leaves_the_others() -> None:
    """Nobody of one centre had the event: its coefficient is infinite, the arm's is that of the other centre."""
    arm = np.tile([0.0, 1.0], 20)
    centre = np.repeat([0.0, 1.0], 20)
    y = np.where(centre == 1, 0.0, np.array([0, 1, 1, 1, 0, 0, 0, 1, 0, 1] * 4, float))
    whole = logistic(y, np.column_stack([np.ones(40), arm, centre]))
    part = logistic(y[:20], np.column_stack([np.ones(20), arm[:20]]))
    assert isinstance(whole, Fit)
    assert isinstance(part, Fit)
    assert (whole.determined, part.determined) == (20, 0)
    assert whole.beta[1] == pytest.approx(part.beta[1], rel=1e-8)
    assert whole.se[1] == pytest.approx(part.se[1], rel=1e-8)
    assert isinstance(ratio_of(whole, 2).estimate, Problem)


def test_separation_by_the_arm_is_refused() -> None:
    arm = np.repeat([0.0, 1.0], 8)
    x = np.column_stack([np.ones(16), arm])
    assert isinstance(logistic(arm, x), Problem)
    none_in_one = np.where(arm == 1, 0.0, np.tile([0.0, 1.0], 8))
    for fit in (logistic(none_in_one, x), modified_poisson(none_in_one, x), poisson(none_in_one, x)):
        assert isinstance(ratio_of(fit, 1).estimate, Problem)
    same = np.column_stack([np.ones(16), arm, arm])
    assert isinstance(logistic(none_in_one, same), Problem)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(2, 30), st.sampled_from([1e-3, 1.0, 1e4]))
def test_models_of_any_data(seed: int, n: int, unit: float) -> None:
    pick = np.random.default_rng(seed)
    arm, age = pick.integers(0, 2, n).astype(float), pick.normal(50, 10, n)
    y = (pick.random(n) < 0.4).astype(float)
    for model in (logistic, modified_poisson, poisson):
        one = ratio_of(model(y, np.column_stack([np.ones(n), arm, age])), 1)
        two = ratio_of(model(y, np.column_stack([np.ones(n), arm, age * unit])), 1)
        turned = ratio_of(model(y, np.column_stack([np.ones(n), 1 - arm, age])), 1)
        sound(one)
        if isinstance(one.log_estimate, float) and isinstance(two.log_estimate, float):
            assert two.log_estimate == pytest.approx(one.log_estimate, rel=1e-6, abs=1e-8)
        if isinstance(one.log_estimate, float) and isinstance(turned.log_estimate, float):
            assert turned.log_estimate == pytest.approx(-one.log_estimate, rel=1e-6, abs=1e-8)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 30), st.sampled_from([0.0, 0.5, 1.0]))
def test_survival_of_any_data(seed: int, n: int, seen: float) -> None:
    pick = np.random.default_rng(seed)
    time, event = pick.integers(1, 9, n).astype(float), (pick.random(n) < seen).astype(float)
    arm = pick.integers(0, 2, n)
    whole = kaplan_meier(time, event)
    for record in (median(whole), survival_at(whole, 4), survival_at(whole, 0.5), restricted_mean(whole, 6)):
        sound(record)
    middle, later = median(whole), median(kaplan_meier(time * 7, event))
    if isinstance(middle.estimate, float):
        assert isinstance(later.estimate, float)
        assert later.estimate == pytest.approx(7 * middle.estimate)
    areas = [restricted_mean(kaplan_meier(time[arm == g], event[arm == g]), 5) for g in (0, 1)]
    sound(restricted_difference(*areas)[0])
    one, two = log_rank(time, event, arm), log_rank(time, event, 1 - arm)
    sound(one)
    if isinstance(one.p, float):
        assert two.p == pytest.approx(one.p, rel=1e-8)
    fit, turned = cox(time, event, arm[:, None].astype(float)), cox(time, event, 1.0 - arm[:, None])
    if isinstance(fit, Cox):
        assert isinstance(turned, Cox)
        assert turned.fit.beta[0] == pytest.approx(-fit.fit.beta[0], rel=1e-8, abs=1e-10)
        sound(ratio_of(fit.fit, 0))
        for test in (fit.likelihood_ratio, *fit.proportional, fit.proportional_all):
            sound(test)


def test_cox_without_events_in_an_arm_is_refused() -> None:
    time, arm = np.arange(1.0, 13), np.tile([0.0, 1.0], 6)
    assert isinstance(cox(time, 1 - arm, arm[:, None]), Problem)
    assert isinstance(cox(time, 0 * arm, arm[:, None]), Problem)


def test_a_curve_is_not_drawn_beyond_the_last_patient() -> None:
    curve = kaplan_meier(np.array([2.0, 3, 5]), np.array([1.0, 1, 0]))
    assert isinstance(restricted_mean(curve, 6).mean, Problem)
    assert isinstance(survival_at(curve, 5.5).survival, Problem)
    assert restricted_mean(curve, 5).mean == pytest.approx(2 + 2 / 3 + 2 / 3)
    gone = kaplan_meier(np.array([2.0, 4]), np.ones(2))
    assert restricted_mean(gone, 9).mean == pytest.approx(3)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), min_size=1, max_size=40))
def test_ordinal_of_any_data(rows: list[tuple[int, int]]) -> None:
    level, arm = (np.array(column) for column in zip(*rows, strict=True))
    fit, turned = (proportional_odds(order, arm[:, None].astype(float)) for order in (level, 3 - level))
    sound(ratio_of(fit, 0))
    if isinstance(fit, Fit):
        assert isinstance(turned, Fit)
        assert turned.beta[0] == pytest.approx(-fit.beta[0], rel=1e-7, abs=1e-9)
    sound(proportionality(level, arm))
    a, b = level[arm == 1].astype(float), level[arm == 0].astype(float)
    found = superiority(a, b)
    sound(found)
    if isinstance(found.p, float):
        assert found.p == pytest.approx(float(stats.brunnermunzel(a, b).pvalue), rel=1e-8)


def test_levels_told_apart_are_refused() -> None:
    arm = np.repeat([0.0, 1.0], 5)
    assert isinstance(proportional_odds(arm.astype(int), arm[:, None]), Problem)


def test_logarithms_need_positive_values() -> None:
    sound(geometric_mean(np.array([1.0, 4, np.nan])))
    assert geometric_mean(np.array([1.0, 4])).mean == pytest.approx(2)
    assert isinstance(geometric_ratio(np.array([0.0, 4]), np.array([1.0, 2])).ratio, Problem)
    assert isinstance(geometric_mean(np.array([])).mean, Problem)
    sound(geometric_ratio(np.array([1e-300, 1e300]), np.array([1e-300, 1e290])))


@pytest.mark.parametrize(("k", "df", "critical"), [(2, 20, 2.38), (3, 20, 2.54), (4, 30, 2.58), (2, 10, 2.57)])
def test_dunnett_has_the_tabled_quantiles(k: int, df: int, critical: float) -> None:
    """Dunnett 1964, table II (two-sided 5%, equal groups)."""
    from analysis.stats.several import _critical

    assert round(_critical(0.95, tuple([math.sqrt(0.5)] * k), df), 2) == critical


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 5), st.lists(st.integers(1, 8), min_size=1, max_size=4))
def test_several_groups_of_any_data(seed: int, n: int, sizes: list[int]) -> None:
    pick = np.random.default_rng(seed)
    groups, reference = (
        [pick.integers(0, 4, size).astype(float) for size in sizes],
        pick.integers(0, 4, n).astype(float),
    )
    for found in dunnett(groups, reference):
        sound(found)
        if isinstance(found.p, float) and isinstance(found.ci_low, float) and isinstance(found.ci_high, float):
            plain = 2 * stats.t.sf(abs(found.statistic), found.df)
            assert plain - 1e-10 <= found.p <= min(1, len(groups) * plain) + 1e-10
            if abs(found.p - 0.05) > 1e-8:
                assert (found.p < 0.05) == (not found.ci_low <= 0 <= found.ci_high)
    sound(welch_anova([reference, *groups]))
    sound(kruskal_wallis([reference, *groups]))


def test_holm_is_monotone_and_not_above_one() -> None:
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]
