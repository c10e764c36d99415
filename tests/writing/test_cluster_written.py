"""Papers of trials of clusters: built, audited, and telling of clusters and of the methods that were used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cluster_study import write_cluster_trial
from test_build import words_of

from report.build import build

SAID = [
    "prospective cluster-randomised", "Whole practices were assigned, with all their patients.",
    "The training changes how a whole practice works.",
    "The number of practices was calculated with an intracluster correlation of 0.05.",
    "12 practices (108 patients) to training of the practice and 12 practices (69 patients) to usual care",
    "Twenty-four practices with 177 patients were randomised",
    "The patients of a practice were on average 9.0 (from 3 to 14) in the training group",
    "to which their practice was assigned", "The intracluster correlation of fear at 6 months was",
    "With fewer than 40 practices, intervals may be too narrow and P values too small.",
    "P by the cluster-robust test of the risk difference",
    "All numbers are of patients; whole practices were assigned.",
]  # fmt: skip
NOT_SAID = [
    "Welch",
    "Newcombe",
    "Fisher",
    "Katz",
    "Koopman",
    "analysis of covariance",
    "paired t",
    "chi-square",
    "Wilson",
]
MIXED = "linear mixed model with a random intercept of the cluster"


def text_of(path: Path) -> str:
    return " ".join(words_of(path).replace("\u00a0", " ").split())


def test_a_paper_of_clusters_in_three_formats(tmp_path: Path) -> None:
    study = write_cluster_trial(tmp_path / "trial")
    made = build(study, engine="embedded", out=tmp_path / "out")
    assert made.passed, made.audit
    text = text_of(made.out / "paper.html")
    assert [words for words in [*SAID, MIXED] if words not in text] == []
    assert [words for words in NOT_SAID if words in text] == []
    results = json.loads((made.out / "results.json").read_text(encoding="utf-8"))
    assert results["statistics"]["flow.clusters"]["value"] == 24


PAPERS: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "robust": ({"analysis": "robust"}, ["least squares with cluster-robust standard errors"], ["mixed model"]),
    "few": ({"each": 3}, ["A group has fewer than 5 practices, too few for intervals to be relied on."], []),
    "one cluster an arm": ({"each": 1}, ["there are fewer than two clusters in a group"], []),
    "not randomised": (
        {"allocation": "non-randomised", "assigned_by": "investigators"},
        ["12 practices (108 patients) treated with training of the practice", "Whole practices were compared"],
        ["cluster-randomised parallel"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("keys", "said", "not_said"), PAPERS.values(), ids=PAPERS)
def test_other_papers_of_clusters(tmp_path: Path, keys: dict[str, Any], said: list[str], not_said: list[str]) -> None:
    study = write_cluster_trial(tmp_path / "trial", **keys)
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    text = text_of(made.out / "paper.html")
    assert [words for words in said if words not in text] == []
    assert [words for words in [*not_said, *NOT_SAID] if words in text] == []
