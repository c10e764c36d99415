"""Trials of clusters: what is refused, the boundary of the mixed model, and what theory says of swapped arms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS
from test_binary import CURED, with_cure
from test_pipeline import check

from analysis.pipeline import analyse_folder
from analysis.stats import Problem
from analysis.stats.clustered import (
    codes_of,
    compare_means,
    compare_ratios,
    intracluster,
    proportion_of,
    random_intercept,
    rate_of,
)

Small = Any
WARDS = ["W1", "W1", "W2", "W2", "W3", "W3", "W4", "W4"]


def wards(small: Small, names: list[str] | None = None) -> Small:
    """The small study as a trial of wards with a score, a binary outcome and a count."""
    with_cure(small)
    lines = small.tables["people"].splitlines()
    names = names or WARDS
    small.tables["people"] = "\n".join(
        [f"{lines[0]},ward", *(f"{line},{name}" for line, name in zip(lines[1:], names, strict=True))]
    )
    small.study["files"]["people"]["columns"]["ward"] = {"type": "text", "role": "cluster"}
    small.study["design"] |= {"type": "cluster", "cluster": {"noun": "ward", "plural": "wards"}}
    small.study["baseline"] = [one for one in small.study["baseline"] if "column" in one]
    del small.study["outcomes"]["edss"]
    small.study["outcomes"]["cure"] = {key: value for key, value in CURED.items() if key != "test"}
    return small


def edit(**keys: Any) -> Callable[[Small], object]:
    return lambda s: s.study["outcomes"]["adl"].update(keys)


REFUSED: dict[str, tuple[Callable[[Small], object], str]] = {
    "no clusters told": (lambda s: s.study["design"].pop("cluster"), "The design does not say what its clusters are."),
    "parallel with clusters": (
        lambda s: s.study["design"].update(type="parallel"),
        "The design has clusters, but its type is not cluster.",
    ),
    "no column": (
        lambda s: s.study["files"]["people"]["columns"]["ward"].pop("role"),
        "No column of the participants' file has role: cluster.",
    ),
    "missing clusters": (
        lambda s: s.study["files"]["people"]["columns"]["ward"].update(missing_allowed=True),
        "no cell of this column may be missing",
    ),
    "ordinal": (edit(kind="ordinal"), "The kind ordinal has no method for clusters yet"),
    "skewed": (edit(kind="skewed"), "The kind skewed has no method for clusters yet"),
    "log scale": (edit(scale="log"), "In a trial of clusters an outcome has no scale."),
    "repeated": (edit(repeated="unstructured"), "In a trial of clusters an outcome has no repeated."),
    "test": (
        lambda s: s.study["outcomes"]["cure"].update(test="fisher"),
        "In a trial of clusters an outcome has no test.",
    ),
    "subgroups": (
        lambda s: s.study.update(subgroups=[{"outcome": "cure", "column": "sex", "prespecified": True}]),
        "Subgroups have no method for clusters yet.",
    ),
    "dunnett": (
        lambda s: s.study.update(multiplicity={"method": "dunnett"}),
        "Dunnett's method takes patients as independent",
    ),
}


@pytest.mark.parametrize(("change", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(small: Small, change: Callable[[Small], object], said: str) -> None:
    change(wards(small))
    assert any(said in fault for fault in small.faults())


def test_a_cluster_in_two_arms_is_named_with_its_rows(small: Small) -> None:
    faults = wards(small, ["W1", "W1", "W2", "W2", "W3", "W3", "W2", "W4"]).faults()
    assert len(faults) == 1
    assert "The cluster W2 is in the arm new here, but in the arm old in line 4" in faults[0]
    assert "line 8" in faults[0] and "P7" in faults[0]


def test_a_small_trial_of_clusters(small: Small) -> None:
    from report.audit.rules import check_results

    results = check(analyse_folder(wards(small).write()))
    assert check_results(results.document) == []
    assert results.value("flow.clusters") == 4
    assert results.value("flow.old.cluster_size.mean") == 2
    assert any("fewer than 5 wards" in text for text in results.analyses["adl.half.clustered"]["warnings"])
    assert results.statistics["baseline.age.new_vs_old.p"]["error"]["code"] == "not_defined"


def test_one_cluster_in_an_arm_is_not_compared(small: Small) -> None:
    results = check(analyse_folder(wards(small, ["W1", "W1", "W1", "W1", "W3", "W3", "W4", "W4"]).write()))
    for name in ("adl.half.new_vs_old.p", "cure.half.new_vs_old.p", "attack.year.new_vs_old.rate.p"):
        assert results.statistics[name]["error"]["code"] == "too_few_clusters", name


def test_swapped_arms_turn_signs_and_ratios(small: Small) -> None:
    one = analyse_folder(wards(small).write())
    small.study["reference_arm"] = "new"
    other = analyse_folder(small.write())
    for stem in ("adl.half.{}.difference", "adl.half.{}.adjusted.difference", "cure.half.{}.risk_difference"):
        a, b = one.value(stem.format("new_vs_old")), other.value(stem.format("old_vs_new"))
        assert a == pytest.approx(-b)  # type: ignore[operator]
    a, b = one.value("attack.year.new_vs_old.rate.ratio"), other.value("attack.year.old_vs_new.rate.ratio")
    assert a * b == pytest.approx(1)  # type: ignore[operator]
    for stem in ("adl.half.{}.p", "cure.half.{}.p", "attack.year.{}.rate.p"):
        assert one.value(stem.format("new_vs_old")) == pytest.approx(other.value(stem.format("old_vs_new")))


def data(seed: int, spread: float, sizes: tuple[int, int] = (2, 9), many: int = 12) -> tuple[Any, Any, Any]:
    """Values, arm and cluster of patients in `many` clusters whose means have the standard deviation `spread`."""
    chance = np.random.default_rng(seed)
    size = chance.integers(*sizes, many)
    clusters = np.repeat(np.arange(many), size)
    arm = clusters % 2
    return chance.normal(0, 1, clusters.size) + spread * chance.normal(0, 1, many)[clusters] + arm, arm, clusters


def test_at_the_boundary_the_mixed_model_is_least_squares_and_says_so() -> None:
    y, arm, clusters = data(1, 0.0)
    means = np.bincount(clusters, weights=y) / np.bincount(clusters)
    y = y - 1.2 * (means - arm[np.unique(clusters, return_index=True)[1]])[clusters]  # clusters too alike
    found = compare_means(y, arm, 2, clusters, np.empty((y.size, 0)), "mixed")
    fit = OLS(y, np.column_stack([np.ones(y.size), arm])).fit()
    assert found.warnings and "estimated as 0" in found.warnings[0]
    assert found.tests[0].difference == pytest.approx(fit.params[1])
    assert found.tests[0].se == pytest.approx(fit.bse[1])
    assert found.tests[0].df == 10
    icc = intracluster(y, arm, clusters)
    assert isinstance(icc.icc, float) and icc.icc < 0


@pytest.mark.parametrize("seed", range(20))
def test_the_likelihood_has_no_higher_point(seed: int) -> None:
    """The restricted likelihood, from whole covariance matrices, at the fit and at other ratios of the variances."""
    y, arm, clusters = data(seed, 0.6 if seed % 2 else 0.2)
    x = np.column_stack([np.ones(y.size), arm])
    fit = random_intercept(y, x, clusters)
    assert not isinstance(fit, Problem)

    def deviance(ratio: float) -> float:
        v = np.eye(y.size) + ratio * (clusters[:, None] == clusters)
        w = np.linalg.inv(v)
        a = x.T @ w @ x
        e = y - x @ np.linalg.solve(a, x.T @ w @ y)
        rest = (y.size - 2) * np.log(e @ w @ e)
        return float(np.linalg.slogdet(v)[1] + np.linalg.slogdet(a)[1] + rest)

    best = deviance(fit.between / fit.within)
    assert all(best <= deviance(ratio) + 1e-9 for ratio in [0, *np.logspace(-4, 3, 60)])


def test_order_names_and_units_change_nothing() -> None:
    y, arm, clusters = data(3, 0.5)
    none = np.empty((y.size, 0))
    base = compare_means(y, arm, 2, clusters, none, "mixed").tests[0]
    order = np.random.default_rng(4).permutation(y.size)
    names = codes_of(np.array([f"ward {97 - k}" for k in clusters[order]]))
    moved = compare_means(1000 * y[order] - 7e5, arm[order], 2, names, none, "mixed").tests[0]
    assert moved.difference == pytest.approx(1000 * float(base.difference), rel=1e-8)  # type: ignore[arg-type]
    assert moved.p == pytest.approx(base.p, rel=1e-7)


@pytest.mark.parametrize("how", ["mixed", "robust"])
def test_values_that_do_not_vary_are_problems(how: Any) -> None:
    _, arm, clusters = data(5, 0.5)
    flat = np.full(arm.size, 3.0)
    none = np.empty((arm.size, 0))
    for y in (flat, clusters.astype(float), arm + 0.0):
        one = compare_means(y, arm, 2, clusters, none, how).tests[0]
        for value in (one.ci_low, one.p):
            assert isinstance(value, Problem) or (np.isfinite(value) and how == "robust" and y is not flat)
    assert isinstance(compare_means(flat, arm, 2, clusters, none, how).tests[0].p, Problem)


def test_events_of_nobody_or_everybody() -> None:
    _, arm, clusters = data(6, 0.5)
    none = np.empty((arm.size, 0))
    for y in (np.zeros(arm.size), np.ones(arm.size), arm + 0.0):
        for family in ("poisson", "logistic"):
            ratios, _ = compare_ratios(y, arm, 2, clusters, none, family)  # type: ignore[arg-type]
            assert isinstance(ratios[0].p, Problem), (y[:3], family)
    assert all(isinstance(limit, Problem) for limit in proportion_of(np.ones(arm.size), clusters))
    assert isinstance(rate_of(np.zeros(3), np.ones(3), np.arange(3))[1], Problem)
    assert isinstance(intracluster(np.zeros(3), np.array([0, 0, 1]), np.arange(3)).icc, Problem)
