"""Margins, strata, covariates and several arms: what is refused, and the edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from test_binary import CURED, with_cure
from test_pipeline import check

from analysis.margins import geometric_test, judge, limits_of, risk_test, t_test
from analysis.pipeline import analyse_folder
from analysis.stats import Problem
from analysis.stats.linear import adjusted_differences
from analysis.stats.logscale import log_test
from analysis.stats.means import welch
from analysis.study import Outcome

Small = Any


def trial(small: Small, framework: str = "non-inferiority", **outcome: Any) -> Small:
    """The small study with `cure` as its one outcome."""
    with_cure(small)
    small.study["design"] |= {"framework": framework}
    small.study["baseline"] = []
    small.study["outcomes"] = {"cure": {**CURED, **outcome}}
    return small


REFUSED: dict[str, tuple[Callable[[Small], object], str]] = {
    "no margin": (lambda s: trial(s), "The framework is non-inferiority, but this primary outcome has no margin."),
    "margin without framework": (
        lambda s: trial(s, "superiority", margin={"value": 10}),
        "A margin belongs to a study of non-inferiority or equivalence, and design.framework is superiority.",
    ),
    "margin of a secondary": (
        lambda s: trial(s, role="secondary", margin={"value": 10}),
        "This outcome is not primary, and only primary ones have a margin.",
    ),
    "margin of 0": (lambda s: trial(s, margin={"value": 0}), "0 must be more than 0"),
    "margin of everybody": (lambda s: trial(s, margin={"value": 100}), "No risks differ by 100 percentage points."),
    "ratio on the wrong side": (
        lambda s: trial(s, margin={"value": 1.2, "scale": "ratio"}),
        "A ratio of 1.2 is no margin where higher is better. Write a ratio below 1.",
    ),
    "ratio of 1": (
        lambda s: trial(s, "equivalence", margin={"value": 1, "scale": "ratio"}),
        "A ratio of 1 is no margin where higher is better.",
    ),
    "strata that are not there": (
        lambda s: trial(s, margin={"value": 10}, stratify_by=["sexx"]),
        "sexx is not one of the columns. Did you mean sex?",
    ),
    "strata of numbers": (
        lambda s: trial(s, margin={"value": 10}, stratify_by=["age"]),
        "The column age is not a category. Strata are levels of categories.",
    ),
    "strata of arms": (
        lambda s: trial(s, margin={"value": 10}, stratify_by=["group"]),
        "group is part of the comparison itself.",
    ),
    "strata twice": (lambda s: trial(s, margin={"value": 10}, stratify_by=["sex", "sex"]), "sex stands twice."),
    "log scale of a binary": (
        lambda s: trial(s, margin={"value": 10}, scale="log"),
        "A binary outcome has no scale. It is for a continuous outcome or a skewed outcome.",
    ),
    "an unknown method": (
        lambda s: trial(s, margin={"value": 10}).study.update(multiplicity={"method": "holms"}),
        "holms is not allowed here. Did you mean holm?",
    ),
}


@pytest.mark.parametrize(("change", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(small: Small, change: Callable[[Small], object], said: str) -> None:
    change(small)
    faults = small.faults()
    assert len(faults) == 1
    assert said in faults[0]


def test_ratio_of_means_needs_the_log_scale(small: Small) -> None:
    adl = {**small.study["outcomes"]["adl"], "margin": {"value": 0.8, "scale": "ratio"}}
    small.study |= {"outcomes": {"adl": adl}, "baseline": []}
    small.study["design"] |= {"framework": "non-inferiority"}
    assert "A ratio of means is compared on the logarithmic scale. Add scale: log." in small.faults()[0]
    adl["scale"] = "log"
    r = check(analyse_folder(small.write()))
    assert r.value("adl.half.new_vs_old.margin.value") == 0.8
    assert r.value("adl.half.new_vs_old.geometric.ratio") == pytest.approx(
        np.exp(np.log([90, 85, 95]).mean() - np.log([70, 60, 85, 80]).mean())
    )


def test_margin_of_an_outcome_with_a_baseline_is_that_of_the_adjusted_difference(small: Small) -> None:
    adl = {**small.study["outcomes"]["adl"], "margin": {"value": 5}}
    small.study |= {"outcomes": {"adl": adl}, "baseline": []}
    small.study["design"] |= {"framework": "non-inferiority"}
    r = check(analyse_folder(small.write()))
    at = "adl.half.new_vs_old"
    difference, se = r.value(f"{at}.adjusted.difference"), r.value(f"{at}.adjusted.se")
    assert r.value(f"{at}.noninferiority.statistic") == pytest.approx((difference + 5) / se)  # type: ignore[operator]
    assert "adl.start.new_vs_old.margin.value" not in r.statistics


def test_swapping_arms_turns_a_margin_round() -> None:
    lower = Outcome.model_validate({**CURED, "better": "lower", "margin": {"value": 12.0}})
    higher = Outcome.model_validate({**CURED, "better": "higher", "margin": {"value": 12.0}})
    assert limits_of(lower, "non-inferiority") == {"value": 12}
    assert limits_of(higher, "non-inferiority") == {"value": -12}
    one = judge(lower, {"value": 12.0}, risk_test(7, 40, 9, 50, "difference"))
    other = judge(higher, {"value": -12.0}, risk_test(9, 50, 7, 40, "difference"))
    assert one.p == pytest.approx(other.p)
    a, b = np.array([1.0, 2, 4, 3]), np.array([2.0, 2, 5])
    assert t_test(welch(a, b), 1, -1).p == pytest.approx(t_test(welch(b, a), -1, 1).p)
    assert geometric_test(log_test(a, b), 2, -1).p == pytest.approx(geometric_test(log_test(b, a), 0.5, 1).p)


def test_equal_geometric_means_are_tested_too() -> None:
    a, b = np.array([1.0, 2, 4]), np.array([4.0, 1, 2])
    found = geometric_test(log_test(a, b), 2, -1)
    assert isinstance(found.p, float)
    assert 0 < found.p < 0.5


@pytest.mark.parametrize("counts", [(0, 10, 0, 20), (10, 10, 20, 20), (0, 1, 1, 1), (0, 0, 3, 5)])
@pytest.mark.parametrize("scale", ["difference", "ratio"])
def test_edges_of_a_risk_test(counts: tuple[int, int, int, int], scale: str) -> None:
    found = risk_test(*counts, scale)(10.0 if scale == "difference" else 1.5, -1)
    assert isinstance(found.p, Problem) or 0 <= found.p <= 1
    assert isinstance(found.p, Problem) == isinstance(found.statistic, Problem)
    assert isinstance(found.p, Problem) or counts[1]


def test_nobody_in_an_arm_and_strata_that_tell_nothing(small: Small) -> None:
    trial(small, margin={"value": 10}, stratify_by=["stage"])
    small.tables["people"] = small.tables["people"].replace(",III,", ",I,").replace(",II,", ",NA,")
    r = check(analyse_folder(small.write()))
    about = r.analyses["cure.half.stratified.test"]
    assert sum(about["n_analysed"].values()) < sum(about["n_available"].values())
    assert about["adjusted_for"] == ["stage"]


def test_linear_model_names_what_it_cannot_tell_apart() -> None:
    y, arm = np.array([1.0, 2, 3, 5]), np.array([0, 0, 1, 1])
    same = adjusted_differences(y, arm, 2, np.array([[0.0], [0], [1], [1]]))[0]
    assert isinstance(same.difference, Problem)
    assert same.difference.code == "not_separable"
    empty = adjusted_differences(y, np.zeros(4, dtype=np.int64), 2, np.empty((4, 0)))[0]
    assert isinstance(empty.p, Problem)
    assert empty.p.code == "no_data"
    few = adjusted_differences(y, arm, 2, np.array([[1.0, 4], [2, 1], [1, 3], [2, 7]]))[0]
    assert isinstance(few.p, Problem)
