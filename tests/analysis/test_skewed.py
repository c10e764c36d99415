"""Skewed outcomes: described by medians, compared by ranks, by nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from test_pipeline import check

from analysis.faults import StudyError
from analysis.pipeline import analyse_folder

Small = Any

STAY = {
    "label": "Length of stay", "kind": "skewed", "column": "people.stay", "unit": "days", "better": "lower",
    "role": "primary", "prespecified": True, "timepoints": ["half"],
}  # fmt: skip


def study(small: Small, stays: list[str], **more: Any) -> Small:
    small.study["files"]["people"]["columns"]["stay"] = {"type": "number", "missing_allowed": True}
    head, *rows = small.tables["people"].splitlines()
    lines = [f"{row},{stay}" for row, stay in zip(rows, stays, strict=True)]
    small.tables["people"] = "\n".join([f"{head},stay", *lines]) + "\n"
    small.study["outcomes"] = {"stay": {**STAY, **more}}
    small.study["baseline"] = []
    return small


STAYS = ["3", "5", "40", "", "2", "1", "6", "4"]


def test_medians_and_ranks_and_nothing_else(small: Small) -> None:
    results = check(analyse_folder(study(small, STAYS, scale="log").write()))
    value = {name: one["value"] for name, one in results.statistics.items()}
    assert (value["stay.half.old.n"], value["stay.half.old.missing"]) == (3, 1)
    assert value["stay.half.old.median"] == 5
    old, new = np.array([3.0, 5.0, 40.0]), np.array([2.0, 1.0, 6.0, 4.0])
    assert value["stay.half.new_vs_old.ranks.shift"] == pytest.approx(np.median(np.subtract.outer(new, old)))
    test = stats.mannwhitneyu(new, old, method="asymptotic", use_continuity=True)
    assert value["stay.half.new_vs_old.ranks.p"] == pytest.approx(test.pvalue, rel=1e-12)
    ratio = np.exp(np.log(new).mean() - np.log(old).mean())
    assert value["stay.half.new_vs_old.geometric.ratio"] == pytest.approx(ratio, rel=1e-12)
    compared = {name.split(".")[3] for name in value if name.startswith("stay.half.new_vs_old.")}
    assert compared == {"ranks", "geometric"}, "means are compared by nothing"


def test_nothing_in_one_arm_is_a_reason(small: Small) -> None:
    results = check(analyse_folder(study(small, ["", "", "", "", "2", "1", "6", "4"]).write()))
    shift = results.statistics["stay.half.new_vs_old.ranks.shift"]
    assert shift["value"] is None and shift["error"]["message"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"adjust_for": ["sex"]}, "A skewed outcome has no adjust_for."),
        ({"stratify_by": ["sex"]}, "A skewed outcome has no stratify_by."),
        ({"event": ["yes"]}, "A skewed outcome has no event."),
        ({"column": None}, "The skewed outcome stay has no column."),
    ],
)
def test_what_ranks_cannot_do_is_refused(small: Small, more: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError) as error:
        analyse_folder(study(small, STAYS, **more).write())
    assert said in str(error.value)
