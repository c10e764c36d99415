"""Each statistical function against R, on small data sets; the R code is tests/reference/small.R."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from analysis.stats import parts
from analysis.stats.ancova import ancova
from analysis.stats.means import describe, paired, student, welch
from analysis.stats.proportions import chi_square, clopper_pearson, fisher, newcombe, risk_ratio, wilson
from analysis.stats.ranks import mann_whitney, signed_rank
from analysis.stats.rates import (
    EDGE,
    NegativeBinomial,
    exact_ratio,
    negative_binomial,
    poisson_rate,
    poisson_robust,
    rate_ratios,
)
from analysis.stats.smd import smd_levels, smd_means

FILE = Path(__file__).parents[1] / "reference" / "small.csv"
with FILE.open() as handle:
    R = [(row["set"], row["quantity"], float(row["value"])) for row in csv.DictReader(handle)]

A0 = np.array([4, 3.5, 5, 6, 2, 4.5, 3, 4, 6.5, 5.5, 3.5, 4])
A1 = np.array([3, 3, 4.5, 6, 1.5, 3, 2.5, 3.5, 5.5, 5.5, 2, 3])
B0 = np.array([4.5, 3, 5.5, 6, 2.5, 4, 3.5, 4, 6, 5, 3])
B1 = np.array([4, 3, 5.5, 5, 2, 4, 3, 4.5, 5.5, 4.5, 3])
YA = np.array([0, 0, 1, 0, 3, 0, 0, 1, 0, 5, 0, 0, 0, 2, 0.0])
TA = np.array([1, 1, 1, 0.8, 1, 1, 0.5, 1, 1, 1, 1, 0.9, 1, 1, 1])
YB = np.array([1, 0, 2, 4, 0, 0, 1, 0, 6, 1, 0, 2, 0, 0, 3, 1.0])
TB = np.array([1, 1, 1, 1, 0.4, 1, 1, 1, 1, 0.7, 1, 1, 1, 1, 1, 0.6])


def _design() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    group = np.repeat([0.0, 1.0], [16, 15])
    return np.concatenate([YB, YA]), np.column_stack([np.ones(31), group]), np.concatenate([TB, TA])


def _ours() -> dict[str, dict[str, object]]:
    y, x, t = _design()
    fit = negative_binomial(y, x, t)
    assert isinstance(fit, NegativeBinomial)
    beta, se = poisson_robust(y, x, t)
    one, _ = ancova({"b": B1, "a": A1}, {"b": B0, "a": A0}, "b")
    third = {"c": np.append(A1 - 1, 7)}
    third0 = {"c": np.append(A0[::-1], 6)}
    three, _ = ancova({"b": B1, "a": A1, **third}, {"b": B0, "a": A0, **third0}, "b")

    def comparison(x1: int, n1: int, x2: int, n2: int) -> dict[str, object]:
        found = newcombe(x1, n1, x2, n2)
        return {"difference": found.estimate, "ci_low": found.ci_low, "ci_high": found.ci_high}

    wilson_a, exact_a = wilson(4, 30), clopper_pearson(4, 30)
    return {
        "welch": parts(welch(A1, B1)),
        "welch90": parts(welch(A1, B1, 0.9)),
        "student": parts(student(A1, B1)),
        "paired": parts(paired(A1, A0)),
        "signed_rank": parts(signed_rank(A1, A0)),
        "signed_rank_b": parts(signed_rank(B1, B0)),
        "mann_whitney": parts(mann_whitney(A1, B1)),
        "quantiles": parts(describe(A1)),
        "ancova": parts(one["a"]),
        "ancova3": {
            "d1": three["a"].difference, "se1": three["a"].se, "d2": three["c"].difference, "p2": three["c"].p,
            "low2": three["c"].ci_low,
        },
        "negative_binomial": {
            "log_ratio": fit.beta[1], "se": fit.se[1], "dispersion": fit.dispersion,
            "log_likelihood": fit.log_likelihood,
        },
        "poisson_robust": {"log_ratio": beta[1], "se": se[1]},
        "poisson_rate": parts(poisson_rate(int(YA.sum()), float(TA.sum()))),
        "poisson_rate_0": parts(poisson_rate(0, 12.5)),
        "exact_ratio": parts(exact_ratio(12, 14.2, 21, 14.7)),
        "exact_ratio_0": parts(exact_ratio(0, 14.2, 7, 14.7)),
        "exact_ratio_inf": parts(exact_ratio(5, 14.2, 0, 14.7)),
        "wilson": {"ci_low": wilson_a[0], "ci_high": wilson_a[1]},
        "wilson_0": {"ci_high": wilson(0, 30)[1]},
        "clopper_pearson": {"ci_low": exact_a[0], "ci_high": exact_a[1]},
        "clopper_pearson_all": {"ci_low": clopper_pearson(30, 30)[0]},
        "newcombe_a": comparison(56, 70, 48, 80),
        "newcombe_h": comparison(10, 10, 0, 20),
        "newcombe_0": comparison(0, 30, 4, 30),
        "fisher": parts(fisher(4, 30, 9, 29)),
        "fisher_0": parts(fisher(0, 30, 4, 30)),
        "chi_square": parts(chi_square(np.array([[4.0, 26], [9, 20]]))),
        "chi_square_3": parts(chi_square(np.array([[4.0, 12, 14], [9, 8, 12]]))),
        "koopman_0": parts(risk_ratio(0, 30, 4, 30)),
        "koopman_inf": parts(risk_ratio(5, 30, 0, 29)),
        "smd": parts(smd_means(A0, B0)),
        "smd_binary": parts(smd_levels(np.array([25.0, 5]), np.array([27.0, 2]))),
        "smd_3": parts(smd_levels(np.array([4.0, 12, 14]), np.array([9.0, 8, 12]))),
    }  # fmt: skip


OURS = _ours()
TOLERANCE = {
    # R's uniroot stops within 1e-4 of the limit; ours is the limit
    ("mann_whitney", "shift_ci_low"): 1e-4,
    ("mann_whitney", "shift_ci_high"): 1e-4,
    # glm.nb fits coefficients and theta in turn and stops when the deviance settles
    ("negative_binomial", "se"): 1e-6,
    ("negative_binomial", "log_ratio"): 1e-6,
    ("negative_binomial", "dispersion"): 1e-6,
    # the reference maximises a likelihood numerically (optimize)
    ("koopman_0", "ci_high"): 1e-6,
    ("koopman_inf", "ci_low"): 1e-6,
}


@pytest.mark.parametrize(("name", "quantity", "expected"), [row for row in R if row[:2] != ("negative_binomial", "p")])
def test_equals_r(name: str, quantity: str, expected: float) -> None:
    found = OURS[name][quantity]
    assert found == pytest.approx(expected, rel=TOLERANCE.get((name, quantity), 1e-8), abs=1e-14)


def test_limits_of_the_shift_are_differences_that_occur() -> None:
    found = mann_whitney(A1, B1)
    assert {found.shift_ci_low, found.shift_ci_high} <= set(np.subtract.outer(A1, B1).ravel())


def test_newcombe_prints_what_the_paper_printed() -> None:
    """Newcombe 1998, table II, method 10, contrasts (a) and (h)."""
    assert [round(float(v), 4) for v in list(parts(newcombe(56, 70, 48, 80)).values())[1:3]] == [0.0524, 0.3339]  # type: ignore[arg-type]
    assert round(float(newcombe(10, 10, 0, 20).ci_low), 4) == 0.6791  # type: ignore[arg-type]


def test_negative_binomial_equals_statsmodels() -> None:
    """The library's estimates; its standard errors are from the observed information and may differ a little."""
    from statsmodels.discrete.discrete_model import NegativeBinomial as Library

    y, x, t = _design()
    fit = negative_binomial(y, x, t)
    assert isinstance(fit, NegativeBinomial)
    library = Library(y, x, exposure=t).fit(disp=0, method="newton", maxiter=200, tol=1e-12)
    assert [*fit.beta, fit.dispersion] == pytest.approx(list(library.params), rel=1e-6)
    assert fit.log_likelihood == pytest.approx(library.llf, rel=1e-9)
    assert list(fit.se) == pytest.approx(list(library.bse[:2]), rel=0.05)


def test_robust_poisson_equals_statsmodels() -> None:
    from statsmodels.discrete.discrete_model import Poisson

    y, x, t = _design()
    library = Poisson(y, x, exposure=t).fit(disp=0, cov_type="HC0", tol=1e-14)
    beta, se = poisson_robust(y, x, t)
    assert [*beta, *se] == pytest.approx([*library.params, *library.bse], rel=1e-7)


@pytest.mark.parametrize("counts", [(0, 30, 0, 30), (30, 30, 29, 29), (1, 2, 1, 3), (7, 31, 20, 29), (0, 5, 5, 5)])
def test_exact_tests_equal_scipy(counts: tuple[int, int, int, int]) -> None:
    from scipy.stats import fisher_exact

    x1, n1, x2, n2 = counts
    found = fisher(*counts).p
    if 0 < x1 + x2 < n1 + n2:
        assert found == pytest.approx(fisher_exact([[x1, n1 - x1], [x2, n2 - x2]]).pvalue, rel=1e-9)
    else:
        assert not isinstance(found, float)


def test_score_interval_of_a_ratio_of_ones() -> None:
    """All patients had the event: the limits are then Wilson's, n / (n + z²), of one group or the other."""
    z2 = 1.959963984540054**2
    found = risk_ratio(30, 30, 29, 29)
    assert found.method == "score"
    assert (found.ci_low, found.ci_high) == pytest.approx((30 / (30 + z2), (29 + z2) / 29), rel=1e-8)


def test_score_interval_of_none_against_all() -> None:
    """0 of n against all of n: the limit is Wilson's of 0 of n over 1; turned round, its inverse."""
    z2 = 1.959963984540054**2
    limit = z2 / (8 + z2)
    found, turned = risk_ratio(0, 8, 9, 9), risk_ratio(9, 9, 0, 8)
    assert (found.ci_low, found.ci_high) == pytest.approx((0, z2 / (8 + z2)), rel=1e-8)
    assert turned.ci_low == pytest.approx(1 / limit, rel=1e-8)
    assert not isinstance(turned.ci_high, float)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_score_interval_equals_statsmodels_where_its_roots_differ(level: float) -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    for counts in ((0, 30, 4, 30), (0, 8, 1, 9), (0, 200, 7, 100)):
        library = confint_proportions_2indep(
            *counts, compare="ratio", method="score", alpha=1 - level, correction=False
        )
        assert risk_ratio(*counts, level).ci_high == pytest.approx(library[1], rel=1e-8)


def test_negative_binomial_at_its_edges() -> None:
    _, x, t = _design()
    for y in (np.ones(31), np.tile([0.0, 1.0], 16)[:31]):
        assert negative_binomial(y, x, t) == EDGE
    heavy = np.zeros(31)
    heavy[[0, 20]] = 60, 20  # two patients with all the events: a large dispersion, not a failure
    fit = negative_binomial(heavy, x, np.ones(31))
    assert isinstance(fit, NegativeBinomial)
    assert fit.dispersion > 5


def test_counts_that_do_not_vary_have_no_standard_error() -> None:
    same = {"a": np.ones(6), "b": np.ones(5)}
    model = rate_ratios(same, same, "a")
    assert model.method == "poisson_robust"
    assert model.ratios["b"].ratio == pytest.approx(1)
    assert not isinstance(model.ratios["b"].p, float)


def test_student_with_one_value_in_a_group() -> None:
    """R: `t.test(5, c(1, 2, 4), var.equal = TRUE)`: t = 8 / 3 / (sqrt(7 / 3) sqrt(4 / 3)), 2 degrees of freedom."""
    found = student(np.array([5.0]), np.array([1.0, 2.0, 4.0]))
    assert (found.df, found.statistic) == pytest.approx((2, 8 / 3 / np.sqrt(28 / 9)))
