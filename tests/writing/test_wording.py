"""Sentences that hang on what the study file says, or does not say."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import text_of
from test_build import words_of
from trial_study import write_trial

from analysis.pipeline import analyse_folder
from analysis.study import load_study
from report.build import build, compose_paper
from report.compose import Paper

ROOT = Path(__file__).parents[2]
DATES = {"document": "2026-01-15"}


def paper_of(study: Path, **outcomes: dict[str, Any]) -> Paper:
    """The paper of a study, keys of its outcomes changed."""
    file = study / "study.yml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    for key, changes in outcomes.items():
        content["outcomes"][key] |= changes
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return compose_paper(load_study(study), analyse_folder(study).text().encode(), None)


@pytest.mark.parametrize(
    ("dates", "said", "abstract"),
    [
        ({}, "The dates of enrolment were not reported.", "Patients were assigned at random"),
        (
            {"enrolment_start": "2020-02"},
            "Enrolment began in February 2020; when it ended was not reported.",
            "Patients enrolled from February 2020 on were assigned at random",
        ),
        (
            {"enrolment_end": "2021-11"},
            "Enrolment ended in November 2021; when it began was not reported.",
            "Patients enrolled up to November 2021 were assigned at random",
        ),
    ],
    ids=["none", "start", "end"],
)
def test_dates_of_enrolment_are_told_as_far_as_they_are_known(
    tmp_path: Path, dates: dict[str, str], said: str, abstract: str
) -> None:
    text = text_of(paper_of(write_trial(tmp_path / "study", keep=("infected",), dates=DATES | dates)))
    assert said in text and abstract in text
    assert "None" not in text


def test_a_time_is_counted_from_its_origin_or_from_the_first_time_point(tmp_path: Path) -> None:
    first = paper_of(write_trial(tmp_path / "first", keep=("infection_time",)))
    assert "Time to infection was measured in days from baseline" in text_of(first)
    told = paper_of(
        write_trial(tmp_path / "told", keep=("infection_time",)), infection_time={"origin": "the day of the operation"}
    )
    assert "Time to infection was measured in days from the day of the operation" in text_of(told)


def test_labels_of_levels_stand_in_the_table_as_they_are_declared(tmp_path: Path) -> None:
    study = write_trial(tmp_path / "study", keep=("infected",))
    file = study / "study.yml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    column = content["files"]["people"]["columns"]["sex"]
    column |= {"label": "Blood group", "levels": {"f": "Duffy positive", "m": "Duffy negative"}}
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    cells = [b.text for b in paper_of(study).ledger.blocks if b.table == "table-baseline"]
    assert "Blood group: Duffy positive, n (%)" in cells


def test_where_nobody_was_harmed_the_paper_says_no_event(tmp_path: Path) -> None:
    study = write_trial(tmp_path / "study", keep=("infected",))
    with (study / "events.csv").open(encoding="utf-8", newline="") as file:
        head = next(csv.reader(file))
    (study / "events.csv").write_text(",".join(head) + "\n", encoding="utf-8")
    text = text_of(paper_of(study))
    assert text.count("No adverse event was recorded in any group") == 2
    assert "were recorded in 0 of" not in text


def test_a_good_event_is_seen_and_a_bad_one_occurs(tmp_path: Path) -> None:
    study = write_trial(tmp_path / "study", keep=("infected", "readmitted"))
    text = text_of(paper_of(study, readmitted={"better": "higher"}), "Results")
    assert "infection had occurred in" in text and "readmission was seen in" in text


def test_captions_of_many_scores_do_not_list_them(tmp_path: Path) -> None:
    study = write_trial(tmp_path / "study", keep=("pressure",))
    file = study / "study.yml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    one = content["outcomes"]["pressure"]
    content["outcomes"] |= {f"pressure_{k}": one | {"label": f"Pressure of limb {'abc'[k]}"} for k in range(3)}
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    captions = [b.text for b in paper_of(study).ledger.blocks if b.kind == "caption" and b.table == "table-outcomes"]
    assert captions == ["Table\u00a02. Scores and measurements after treatment"]


@pytest.mark.parametrize(
    ("plural", "singular"), [("Falls", "fall"), ("injuries", "injury"), ("losses", "loss"), ("illness", "illness")]
)
def test_events_may_have_any_name(tmp_path: Path, plural: str, singular: str) -> None:
    study = tmp_path / "nmosd"
    shutil.copytree(ROOT / "data" / "nmosd", study)
    file = study / "study.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("short: recurrences", f"short: {plural}"), "utf-8")
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html")
    assert f"the rate of {plural.lower()}" in text and f"1 {singular}, n (%)" in text


def test_units_may_hold_digits(tmp_path: Path) -> None:
    study = tmp_path / "nmosd"
    shutil.copytree(ROOT / "data" / "nmosd", study)
    file = study / "study.yml"
    changed = (
        file.read_text(encoding="utf-8").replace("unit: years", "unit: kg/m²").replace("unit: points", "unit: 10⁹/L")
    )
    file.write_text(changed, encoding="utf-8")
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html", "docx"))
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html")
    assert "Age, kg/m²" in text and "6.2 10⁹/L" in text
