"""The tails that the rules compute by the standard library, against scipy."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from report.audit.rules.distributions import (
    beta_fraction,
    gamma_upper,
    p_of_chi_square,
    p_of_f,
    p_of_fisher,
    p_of_t,
    p_of_z,
)
from report.audit.rules.results_estimates import newcombe

QUICK = settings(max_examples=150, deadline=None)
positive = st.floats(0.05, 5000)


@QUICK
@given(st.floats(0, 60), st.floats(0.6, 1e5))
def test_t(t: float, df: float) -> None:
    assert p_of_t(t, df) == pytest.approx(2 * stats.t.sf(t, df), rel=1e-8, abs=1e-280)


@QUICK
@given(st.floats(0, 35))
def test_z(z: float) -> None:
    assert p_of_z(z) == pytest.approx(2 * stats.norm.sf(z), rel=1e-10, abs=1e-290)


@QUICK
@given(st.floats(0.001, 300), st.integers(1, 200), st.integers(1, 2000))
def test_f(f: float, df1: int, df2: int) -> None:
    assert p_of_f(f, df1, df2) == pytest.approx(stats.f.sf(f, df1, df2), rel=1e-7, abs=1e-250)


@QUICK
@given(st.floats(0, 800), st.floats(0.5, 400))
def test_chi_square(x: float, df: float) -> None:
    assert p_of_chi_square(x, df) == pytest.approx(stats.chi2.sf(x, df), rel=1e-8, abs=1e-13)


@QUICK
@given(positive, positive, st.floats(0, 1))
def test_incomplete_beta(a: float, b: float, x: float) -> None:
    assert beta_fraction(a, b, x) == pytest.approx(special.betainc(a, b, x), rel=1e-7, abs=1e-11)


@QUICK
@given(st.floats(0.05, 500), st.floats(0, 1500))
def test_incomplete_gamma(a: float, x: float) -> None:
    assert gamma_upper(a, x) == pytest.approx(special.gammaincc(a, x), rel=1e-8, abs=1e-13)


@QUICK
@given(st.integers(1, 80), st.integers(1, 80), st.data())
def test_fisher(n1: int, n2: int, data: st.DataObject) -> None:
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    expected = stats.fisher_exact([[x1, n1 - x1], [x2, n2 - x2]]).pvalue
    assert p_of_fisher(x1, n1, x2, n2) == pytest.approx(expected, rel=1e-8)


def test_newcombe_gives_the_published_intervals() -> None:
    """Newcombe 1998, table II, method 10: 56/70 - 48/80 and 9/10 - 3/10."""
    assert newcombe(56, 70, 48, 80, 0.95) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert newcombe(9, 10, 3, 10, 0.95) == pytest.approx((0.1705, 0.8090), abs=5e-5)
