"""A made-up trial of practices with scores, events and counts, written as a study's folder."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import yaml
from trial_study import write_trial

CLUSTER = {
    "noun": "practice",
    "plural": "practices",
    "analysis": "mixed",
    "reason": "The training changes how a whole practice works.",
    "icc": 0.05,
}


def write_cluster_trial(folder: Path, each: int = 12, analysis: str = "mixed", **design: Any) -> Path:
    """The trial in ``folder``: ``each`` practices of three to fourteen patients in either group."""
    write_trial(folder, keep=())
    file = folder / "study.yml"
    study = yaml.safe_load(file.read_text(encoding="utf-8"))
    study["title"] = "Training of practices for older people: a trial of whole practices"
    study["short_title"] = "Training of practices"
    study["condition"] = {"name": "a tendency to fall"}
    study["objective"] = "To compare fear of falling and accidents between practices with and without training."
    study["eligibility"] = {"inclusion": ["an age of 65 years or over"]}
    study["arms"] = {
        "training": {"label": "Training", "short": "Training", "treatment": "training of the practice"},
        "usual": {"label": "Usual care", "short": "Usual care", "treatment": "usual care"},
    }
    study["reference_arm"] = "usual"
    study["design"] |= {"type": "cluster", "cluster": CLUSTER | {"analysis": analysis}} | design
    study["timepoints"] = {
        "start": {"label": "Baseline", "month": 0},
        "month_6": {"label": "6 months", "month": 6, "window_days": 183},
    }
    yes_no = {"type": "category", "levels": {"yes": "Yes", "no": "No"}}
    patient = {"type": "text", "role": "patient"}
    study["files"] = {
        "people": {
            "path": "people.csv",
            "key": ["patient"],
            "columns": {
                "patient": patient,
                "practice": {"type": "text", "role": "cluster"},
                "arm": {"type": "category", "role": "arm", "levels": {"training": "training", "usual": "usual"}},
                "age": {"type": "integer", "unit": "years", "label": "Age"},
                "sex": {"type": "category", "label": "Sex", "levels": {"f": "Female", "m": "Male"}},
                "days": {"type": "integer", "role": "followup"},
                "admitted": yes_no | {"label": "Admission", "missing_allowed": True},
            },
        },
        "visits": {
            "path": "people.csv",
            "key": ["patient", "timepoint"],
            "wide": {"fear": {"start": "fear_0", "month_6": "fear_6"}},
            "columns": {"patient": patient, "fear": {"type": "integer", "range": [0, 100], "missing_allowed": True}},
        },
        "accidents": {
            "path": "accidents.csv",
            "key": ["patient", "day"],
            "columns": {"patient": patient, "day": {"type": "integer", "role": "day"}},
        },
        "events": {
            "path": "events.csv",
            "key": ["patient", "term"],
            "columns": {
                "patient": patient,
                "term": {"type": "category", "role": "term", "levels": {"strain": "Strain", "dizziness": "Dizziness"}},
            },
        },
    }
    study["baseline"] = [
        {"column": "age", "summary": "mean"},
        {"column": "sex", "summary": "count", "show": ["f"]},
        {"outcome": "fear", "summary": "mean"},
    ]
    common = {"better": "lower", "prespecified": True}
    study["outcomes"] = {
        "fear": common
        | {
            "label": "Fear of falling",
            "short": "fear",
            "kind": "continuous",
            "column": "visits.fear",
            "role": "primary",
        }
        | {"unit": "points", "timepoints": ["start", "month_6"], "adjust_for": ["age"]},
        "admitted": common
        | {"label": "Admission to hospital", "kind": "binary", "column": "people.admitted", "event": ["yes"]}
        | {"role": "secondary", "timepoints": ["month_6"], "adjust_for": ["age", "sex"]},
        "accidents": common
        | {
            "label": "Accidents",
            "short": "accidents",
            "kind": "count",
            "file": "accidents",
            "unit": "accidents",
            "role": "secondary",
        }
        | {"timepoints": ["month_6"]},
    }
    study["subgroups"] = []
    study["adverse_events"] = {"file": "events"}
    file.write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    for name, rows in _data(each).items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def _data(each: int) -> dict[str, list[dict[str, Any]]]:
    chance = random.Random(5)
    people: list[dict[str, Any]] = []
    accidents: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for number in range(2 * each):
        trained, habit = number % 2 == 0, chance.gauss(0, 5)
        for _ in range(chance.randint(3, 14)):
            name = f"p{len(people)}"
            before = chance.gauss(50, 12) + habit
            after = before + chance.gauss(-8 if trained else -2, 8) + chance.gauss(0, 1) * 2
            days = 183 if chance.random() < 0.93 else chance.randint(20, 180)
            risk = 0.15 + 0.1 * (not trained) + habit / 60
            people.append(
                {
                    "patient": name,
                    "practice": f"practice {number + 1}",
                    "arm": "training" if trained else "usual",
                    "age": chance.randint(65, 92),
                    "sex": chance.choice(["f", "m"]),
                    "days": days,
                    "admitted": "" if days < 60 else "yes" if chance.random() < risk else "no",
                    "fear_0": min(100, max(0, round(before))),
                    "fear_6": "" if days < 183 else min(100, max(0, round(after))),
                }
            )
            many = chance.choice([0, 0, 0, 1, 1, 2, 3] if trained else [0, 0, 1, 1, 2, 2, 4])
            accidents += [{"patient": name, "day": day} for day in sorted(chance.sample(range(1, days + 1), many))]
            if chance.random() < (0.2 if trained else 0.08):
                events.append({"patient": name, "term": chance.choice(["strain", "dizziness"])})
    return {"people": people, "accidents": accidents, "events": events}
