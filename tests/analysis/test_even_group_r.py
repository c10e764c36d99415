"""Ratios of a group without any variation, in both orders of the groups, against R (tests/reference/even_group.R)."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from analysis.stats.clustered import compare_ratios
from analysis.stats.regression import Ratio, modified_poisson, ratio_of

REFERENCE = Path(__file__).parents[1] / "reference" / "even_group.csv"
EVEN, UNEVEN = [1, 0, 0] * 4, [1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0]


def of_r(case: str) -> dict[str, float]:
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        return {row["statistic"]: float(row["value"]) for row in csv.DictReader(file) if row["case"] == case}


def same(ratio: Ratio, expected: dict[str, float]) -> None:
    assert ratio.estimate == pytest.approx(expected["ratio"], rel=1e-8)
    for part in ("ci_low", "ci_high", "statistic", "p"):
        assert getattr(ratio, part) == pytest.approx(expected[part], rel=1e-6), part


@pytest.mark.parametrize("turned", [0, 1])
@pytest.mark.parametrize(("family", "of"), [("poisson", "poisson"), ("binomial", "logistic")])
def test_clusters_that_are_all_alike_in_one_group(family: str, of: Literal["poisson", "logistic"], turned: int) -> None:
    y = np.array([*EVEN, *UNEVEN], dtype=float)
    arm = np.repeat([turned, 1 - turned], 12)
    (ratio,), df = compare_ratios(y, arm, 2, np.repeat(np.arange(8), 3), np.empty((24, 0)), of)
    assert df == 7
    same(ratio, of_r(f"cluster {family} {turned}"))


def test_no_ratio_has_an_interval_where_the_clusters_of_both_groups_are_alike() -> None:
    y = np.array(EVEN + [1, 1, 0] * 4, dtype=float)
    (ratio,), _ = compare_ratios(y, np.repeat([0, 1], 12), 2, np.repeat(np.arange(8), 3), np.empty((24, 0)), "logistic")
    assert getattr(ratio.estimate, "code", "") == "no_variation"


@pytest.mark.parametrize("turned", [0, 1])
def test_everybody_of_one_group_had_the_event(turned: int) -> None:
    y = np.array([1] * 6 + [1, 0, 0, 1, 0, 1], dtype=float)
    x = np.column_stack([np.ones(12), np.repeat([turned, 1 - turned], 6)])
    same(ratio_of(modified_poisson(y, x), 1), of_r(f"poisson {turned}"))
