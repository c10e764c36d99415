"""Adverse events of a whole study against R (tests/reference/harms.R), and faults of what they are told by."""

from __future__ import annotations

import copy
import csv
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import MINIMAL
from test_pipeline import check

from analysis.faults import StudyError
from analysis.pipeline import analyse_folder
from analysis.results import Results
from analysis.study import load_study
from report.checklist.guidelines import guideline
from report.checklist.owed import owed_keys

REFERENCE = Path(__file__).parents[1] / "reference"
with (REFERENCE / "harms.csv").open() as handle:
    ROWS = [(row["statistic"], float(row["value"])) for row in csv.DictReader(handle)]
YES_NO = {"yes": "Yes", "no": "No"}


def harms_study(**events: Any) -> dict[str, Any]:
    """The study of R's data; `events` are more keys of `adverse_events`."""
    study = copy.deepcopy(MINIMAL)
    for key in ("outcomes", "baseline", "subgroups"):
        study.pop(key, None)
    arms = ("placebo", "low", "high")
    study["arms"] = {arm: {"label": arm, "short": arm, "treatment": arm} for arm in arms}
    study["reference_arm"] = "placebo"
    with (REFERENCE / "harms-events.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    terms, classes = list(dict.fromkeys(r["term"] for r in rows)), list(dict.fromkeys(r["class"] for r in rows))
    category: dict[str, Any] = {"type": "category"}
    study["files"] = {
        "people": {
            "path": "harms-people.csv",
            "key": ["id"],
            "columns": {
                "id": {"type": "text", "role": "patient"},
                "arm": category | {"role": "arm", "levels": {arm: arm for arm in arms}},
                "days": {"type": "integer", "role": "followup"},
            },
        },
        "events": {
            "path": "harms-events.csv",
            "key": ["id", "term", "row"],
            "derive": {"row": "row_number"},
            "columns": {
                "id": {"type": "text", "role": "patient"},
                "row": {"type": "text"},
                "term": category | {"role": "term", "levels": {t: t for t in [*terms, "Anaphylactic reaction"]}},
                "class": category | {"role": "class", "levels": {c: c.capitalize() for c in [*classes, "immune"]}},
                "severity": category
                | {"role": "severity", "missing_allowed": True}
                | {"levels": {g: g for g in ("mild", "moderate", "severe", "life_threatening")}},
                "serious": category | {"role": "serious", "levels": YES_NO},
                "action": category | {"role": "action", "levels": {"none": "None", "stopped": "Stopped"}},
                "fatal": category | {"role": "fatal", "levels": YES_NO},
            },
        },
    }
    study["populations"] = {"all": {"label": "all", "where": None}}
    study["adverse_events"] = {"file": "events", "classes": {"Anaphylactic reaction": "immune"}} | events
    return study


def written(folder: Path, study: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    for name in ("harms-people.csv", "harms-events.csv"):
        shutil.copy(REFERENCE / name, folder)
    (folder / "study.yml").write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return check(analyse_folder(written(tmp_path_factory.mktemp("harms"), harms_study())))


def test_every_number_is_that_of_r(found: Results) -> None:
    wrong = [
        (name, found.statistics.get(name, {}).get("value"), value)
        for name, value in ROWS
        if found.statistics.get(name, {}).get("value") != pytest.approx(value, rel=1e-8, abs=1e-10)
    ]
    assert wrong == []
    assert len(ROWS) > 1000


def test_r_compares_all_but_tests_and_what_does_not_exist(found: Results) -> None:
    """Nothing of ours is left without R but chi-square (compared elsewhere), ratios by Koopman, and null values."""
    known = {name for name, _ in ROWS}
    ours = [n for n, r in found.statistics.items() if n.startswith("harms.") and r["value"] is not None]
    left = [n for n in ours if n not in known]
    assert {n.rpartition(".")[2] for n in left} <= {
        "chi_square", "chi_square_p", "rr_ci_low", "rr_ci_high", "risk_ratio", "ci_low", "ci_high", "ratio",
        "ci_level_percent",
    }  # fmt: skip
    zero = {n for n in left if n.endswith((".risk_ratio", ".rate.ratio"))}
    assert all(found.value(n) == 0 for n in zero)


def test_names_labels_and_nulls(found: Results) -> None:
    assert found.labels["harms.abdominal_pain_upper.class"] == "gastrointestinal"
    assert found.labels["harms.anaphylactic_reaction.class"] == "immune"
    assert found.value("harms.zero.ci_level_percent") == 97.5
    assert found.value("harms.class_immune.low.n") == 0
    assert found.statistics["harms.anaphylactic_reaction.low_vs_placebo.rate.ratio"]["error"]["code"] == "no_events"
    assert "harms.any.low.upper" not in found.statistics


def test_each_patient_stands_in_one_grade(found: Results) -> None:
    grades = ("mild", "moderate", "severe", "life_threatening", "unknown")
    for arm in ("placebo", "low", "high"):
        for part in ("n", "events"):
            parts = [found.value(f"harms.severity_{grade}.{arm}.{part}") or 0 for grade in grades]
            assert sum(parts) == found.value(f"harms.any.{arm}.{part}")


def test_terms_that_were_not_looked_for_have_no_row(tmp_path: Path) -> None:
    r = analyse_folder(written(tmp_path / "s", harms_study(systematic=False, classes={})))
    assert "harms.anaphylactic_reaction.low.n" not in r.statistics
    assert "harms.class_immune.low.n" not in r.statistics
    assert r.value("harms.herpes_zoster.placebo.n") == 0


def test_without_followup_there_is_no_rate_and_where_it_is_missing_the_reason(tmp_path: Path) -> None:
    study = harms_study()
    del study["files"]["people"]["columns"]["days"]["role"]
    assert not [n for n in analyse_folder(written(tmp_path / "a", study)).statistics if ".rate" in n]
    study = harms_study()
    study["files"]["people"]["columns"]["days"]["missing_allowed"] = True
    folder = written(tmp_path / "b", study)
    people = (folder / "harms-people.csv").read_text()
    (folder / "harms-people.csv").write_text(people.replace("P001,placebo,225", "P001,placebo,"))
    r = check(analyse_folder(folder))
    for name in ("harms.any.placebo.rate", "harms.any.low_vs_placebo.rate.ratio"):
        assert r.statistics[name]["error"]["message"].startswith("The follow-up of 1 patient is not known")
    assert r.value("harms.any.low.rate") is not None


def test_person_time_ends_where_events_were_no_longer_looked_for(tmp_path: Path, found: Results) -> None:
    study = harms_study(until="later")
    study["timepoints"] = {"start": {"label": "Start", "month": 0},
                           "later": {"label": "200 days", "month": 6.6, "window_days": 200}}  # fmt: skip
    folder = written(tmp_path / "s", study)
    r = check(analyse_folder(folder))
    with (folder / "harms-people.csv").open() as handle:
        people = list(csv.DictReader(handle))
    for arm in study["arms"]:
        days = [min(int(one["days"]), 200) for one in people if one["arm"] == arm]
        assert r.value(f"harms.any.{arm}.person_years") == pytest.approx(sum(days) / 365.25, rel=1e-12)
        assert float(r.value(f"harms.any.{arm}.rate")) > float(found.value(f"harms.any.{arm}.rate"))  # type: ignore[arg-type]


def test_an_event_after_that_is_a_fault(tmp_path: Path) -> None:
    study = harms_study(until="later")
    study["timepoints"] = {"start": {"label": "Start", "month": 0},
                           "later": {"label": "Day 1", "month": 0.1, "window_days": 1}}  # fmt: skip
    study["files"]["events"]["derive"]["day"] = "2"
    study["files"]["events"]["columns"]["day"] = {"type": "integer", "role": "day"}
    with pytest.raises(StudyError) as raised:
        analyse_folder(written(tmp_path / "s", study))
    said = [str(fault) for fault in raised.value.faults]
    assert said[0] == (
        "harms-events.csv, line 2, column day: The event is of a day after 1, up to which events were looked for "
        "(adverse_events.until). Correct the day, or name a later time point, or none."
    )


FAULTS: dict[str, tuple[Any, list[str]]] = {
    "an end that is no time point": (
        lambda s: s["adverse_events"].update(until="latr"),
        ["adverse_events.until", "latr is not one of the time points"],
    ),
    "an end without a window": (
        lambda s: (s["timepoints"].update(soon={"label": "Soon", "month": 99}),
                   s["adverse_events"].update(until="soon")),
        ["The time point soon has no window_days"],
    ),
    "term of a reserved name": (
        lambda s: s["files"]["events"]["columns"]["term"]["levels"].update(severity_bad="X", fatal="Y"),
        ["severity_bad is a word that everynumber uses itself.", "fatal is a word that everynumber uses itself."],
    ),
    "sort by class without classes": (
        lambda s: (s["files"]["events"]["columns"].pop("class"), s["adverse_events"].update(sort="class")),
        ["adverse_events.sort: The file of adverse events has no column of role class.",
         "adverse_events.classes: The file of adverse events has no column of role class."],
    ),
    "class that is no level": (
        lambda s: s["adverse_events"]["classes"].update({"Anaphylactic reaction": "imune"}),
        ["imune is not one of the class levels. Did you mean immune?"],
    ),
    "term that is no level": (
        lambda s: s["adverse_events"]["classes"].update({"Nausae": "immune"}),
        ["Nausae is not one of the terms. Did you mean Nausea?"],
    ),
    "class not known": (
        lambda s: s["adverse_events"].pop("classes"),
        ["The term Anaphylactic reaction has no event with a class"],
    ),
    "another class than the data": (
        lambda s: s["adverse_events"]["classes"].update(Nausea="skin"),
        ["The term Nausea is in the class gastrointestinal here, but in skin in study.yml."],
    ),
    "fatal levels": (
        lambda s: s["files"]["events"]["columns"]["fatal"].update(levels={"yes": "Yes", "no": "No", "x": "X"}),
        ["The levels of role fatal must be yes and no."],
    ),
    "unknown as a grade": (
        lambda s: s["files"]["events"]["columns"]["severity"]["levels"].update(unknown="?"),
        ["Leave such cells empty"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), FAULTS.values(), ids=FAULTS)
def test_faults_of_the_study_file(tmp_path: Path, change: Any, said: list[str]) -> None:
    study = harms_study()
    change(study)
    with pytest.raises(StudyError) as raised:
        analyse_folder(written(tmp_path / "s", study))
    assert [words for words in said if words not in str(raised.value)] == []


def test_faults_of_the_data(tmp_path: Path) -> None:
    folder = written(tmp_path / "s", harms_study())
    file = folder / "harms-events.csv"
    lines = file.read_text().splitlines()
    lines[4] = lines[4].replace('"gastrointestinal"', '"skin"')  # nausea, before in the class gastrointestinal
    lines[54] = lines[54].replace('"yes","stopped","yes"', '"no","stopped","yes"')
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(StudyError) as raised:
        analyse_folder(folder)
    said = [str(fault) for fault in raised.value.faults]
    assert said == [
        "harms-events.csv, line 5, column class: The term Nausea is in the class skin here, but in gastrointestinal in "
        "line 3. A term lies in one class; correct one of the two.",
        "harms-events.csv, line 55, column serious: The event led to death, but is not called serious. "
        "A fatal event is serious; correct serious or fatal.",
    ]


def owed(folder: Path) -> tuple[str, ...]:
    """The keys that item 15 of the checklist asks for and that are not filled."""
    plain = load_study(folder).model_dump(mode="json")
    return owed_keys(next(item for item in guideline("consort").items if item.id == "15"), plain, plain, {})


def test_what_the_author_owes(tmp_path: Path) -> None:
    every = ["assessed_by", "coding", "collection", "definition", "grading"]
    assert sorted(owed(written(tmp_path / "a", harms_study()))) == [f"adverse_events.{key}" for key in every]
    assert owed(written(tmp_path / "b", harms_study(**dict.fromkeys(every, "It is told.")))) == ()
    plain = harms_study(classes={})
    for name in ("class", "severity"):
        del plain["files"]["events"]["columns"][name]
    assert sorted(owed(written(tmp_path / "c", plain))) == [
        f"adverse_events.{key}" for key in ("assessed_by", "collection", "definition")
    ]
