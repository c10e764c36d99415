"""The trial whose adverse events R has counted (tests/reference/harms.R), with everything that harms are told by, as a
study's folder."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import yaml
from trial_study import write_trial

REFERENCE = Path(__file__).parents[1] / "reference"
CLASSES = {
    "gastrointestinal": "Gastrointestinal disorders",
    "nervous": "Nervous system disorders",
    "skin": "Skin and subcutaneous tissue disorders",
    "infections": "Infections and infestations",
    "blood": "Blood and lymphatic system disorders",
    "immune": "Immune system disorders",
}
GRADES = {"mild": "Mild", "moderate": "Moderate", "severe": "Severe", "life_threatening": "Life-threatening"}
SAID = {
    "collection": "Patients were asked for events at every visit.",
    "definition": "An adverse event was any new or worse complaint after the first dose, whatever its cause.",
    "assessed_by": "Doctors who did not know the treatment assessed the events.",
    "grading": "Severity was graded by the doctors as mild, moderate, severe or life-threatening.",
    "coding": "One of the authors put the terms into classes, without knowing the treatment.",
}


def write_harms_trial(folder: Path, arms: tuple[str, ...] = ("low", "placebo"), **changes: Any) -> Path:
    """The trial with these arms; ``changes`` are keys of `adverse_events` (None takes one away)."""
    write_trial(folder, arms=arms, keep=("infected",))
    file = folder / "study.yml"
    study = yaml.safe_load(file.read_text(encoding="utf-8"))
    with (REFERENCE / "harms-people.csv").open(encoding="utf-8") as handle:
        people = [row for row in csv.DictReader(handle) if row["arm"] in arms]
    with (REFERENCE / "harms-events.csv").open(encoding="utf-8") as handle:
        ids = {row["id"] for row in people}
        events = [row for row in csv.DictReader(handle) if row["id"] in ids]
        terms = dict.fromkeys([*(row["term"] for row in events), "Anaphylactic reaction", "Herpes zoster"])
    for number, row in enumerate(people):
        row |= {"age": str(30 + number % 40), "infected": "yes" if number % 5 == 0 else "no"}
    for number, row in enumerate(events):
        row["row"] = str(number)
    yes_no = {"type": "category", "levels": {"yes": "Yes", "no": "No"}}
    study["files"] = {
        "people": {
            "path": "people.csv",
            "key": ["id"],
            "columns": {
                "id": {"type": "text", "role": "patient"},
                "arm": {"type": "category", "role": "arm", "levels": {arm: arm for arm in arms}},
                "age": {"type": "integer", "unit": "years", "label": "Age"},
                "infected": yes_no | {"label": "Infection"},
                "days": {"type": "integer", "role": "followup"},
            },
        },
        "events": {
            "path": "events.csv",
            "key": ["id", "row"],
            "columns": {
                "id": {"type": "text", "role": "patient"},
                "row": {"type": "text"},
                "term": {"type": "category", "role": "term", "levels": {term: term for term in terms}},
                "class": {"type": "category", "role": "class", "levels": CLASSES},
                "severity": {"type": "category", "role": "severity", "levels": GRADES, "missing_allowed": True},
                "serious": yes_no | {"role": "serious"},
                "action": {"type": "category", "role": "action", "levels": {"none": "None", "stopped": "Stopped"}},
                "fatal": yes_no | {"role": "fatal"},
            },
        },
    }
    study["timepoints"].pop("day_90")
    study["baseline"] = [{"column": "age", "summary": "mean"}]
    study["subgroups"] = []
    classes = {"Anaphylactic reaction": "immune", "Herpes zoster": "infections"}
    told = {"file": "events", "sort": "class", "classes": classes, **SAID, **changes}
    study["adverse_events"] = {key: value for key, value in told.items() if value is not None}
    file.write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    for name, rows in (("people", people), ("events", events)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder
