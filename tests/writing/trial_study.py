"""A made-up randomised trial of any number of arms with outcomes of every kind, written as a study's folder."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import yaml

ARMS = {
    "low": ("Low dose", "10 mg of sample drug"),
    "high": ("High dose", "20 mg of sample drug"),
    "both": ("Both drugs", "both drugs"),
    "placebo": ("Placebo", "placebo"),
}
GRADES = {"none": "No symptoms", "mild": "Mild symptoms", "severe": "Severe symptoms", "dead": "Death"}
CENTRES = {"north": "North", "south": "South", "far away": "A centre with a long name that lies far away from all else"}


def write_trial(folder: Path, arms: tuple[str, ...] = ("low", "placebo"), each: int = 40, **changes: Any) -> Path:
    """The trial in ``folder``, its last arm the reference. ``changes`` replace top-level keys of study.yml; an outcome
    of ``keep`` stays, the others go (all stay where it is absent)."""
    folder.mkdir(parents=True)
    keep = changes.pop("keep", None)
    study = _study(arms) | changes
    if keep is not None:
        study["outcomes"] = {key: one for key, one in study["outcomes"].items() if key in keep}
        study["subgroups"] = [one for one in study["subgroups"] if one["outcome"] in keep]
    (folder / "study.yml").write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    (folder / "references.bib").write_text("", encoding="utf-8")
    for name, rows in _data(arms, each).items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def _data(arms: tuple[str, ...], each: int) -> dict[str, list[dict[str, Any]]]:
    chance = random.Random(11)
    people, events = [], []
    for number, arm in enumerate(a for a in arms for _ in range(each)):
        worse = arm == arms[-1]
        weight = 2.2 if worse else 1.0
        event = chance.random() < (0.5 if worse else 0.15)
        time = min(int(chance.expovariate(weight / 60)), 120)
        grade = chance.choices(list(GRADES), [4 - (2 if worse else 0), 3, 1 + weight, weight])[0]
        people.append(
            {
                "patient": f"p{number}",
                "arm": arm,
                "age": chance.randint(20, 80),
                "sex": chance.choice(["f", "m"]),
                "centre": chance.choices(list(CENTRES), [5, 4, 1])[0],
                "infected": "yes" if event else "no",
                "readmitted": "" if number % 23 == 0 else ("yes" if chance.random() < 0.2 else "no"),
                "grade": grade,
                "days": time,
                "seen": "yes" if time < 120 and chance.random() < 0.85 else "no",
                "pressure": round(chance.gauss(130 if worse else 122, 12), 1),
            }
        )
        if chance.random() < 0.2:
            events.append({"patient": f"p{number}", "term": chance.choice(["rash", "nausea"]), "day": 3})
    return {"people": people, "events": events}


def _outcome(label: str, kind: str, column: str, **more: Any) -> dict[str, Any]:
    return {
        "label": label,
        "kind": kind,
        "column": f"people.{column}",
        "better": "lower",
        "role": "secondary",
        "prespecified": True,
        "timepoints": ["day_30"],
    } | more


def _study(arms: tuple[str, ...]) -> dict[str, Any]:
    yes_no = {"type": "category", "levels": {"yes": "Yes", "no": "No"}}
    return {
        "everynumber": 1,
        "data": "simulated",
        "title": "Sample drug for the prevention of infection: a randomised trial",
        "short_title": "Sample drug",
        "condition": {"name": "infection"},
        "authors": [{"name": "A. Author", "corresponding": True, "email": "a@example.org"}],
        "dates": {"document": "2026-01-15", "enrolment_start": "2020-02", "enrolment_end": "2021-11"},
        "registration": {"registered": True, "registry": "A register", "number": "XY1"},
        "protocol": {"available": True, "where": "the register"},
        "ethics": {"statement": "The data are invented."},
        "funding": {"statement": "There was no funding."},
        "data_availability": "On request.",
        "design": {
            "allocation": "randomised",
            "assigned_by": "randomisation",
            "framework": "superiority",
            "prospective": True,
            "blinding": {"participants": "yes", "providers": "yes", "assessors": "yes", "analysts": "no"},
        },
        "objective": "To compare infections between the groups.",
        "eligibility": {"inclusion": ["an operation"]},
        "arms": {a: {"label": ARMS[a][0], "short": ARMS[a][0], "treatment": ARMS[a][1]} for a in arms},
        "reference_arm": arms[-1],
        "timepoints": {
            "start": {"label": "Baseline", "month": 0},
            "day_30": {"label": "Within 30 days", "month": 1, "at": 30},
            "day_90": {"label": "90 days", "month": 3, "at": 90},
        },
        "files": {
            "people": {
                "path": "people.csv",
                "key": ["patient"],
                "columns": {
                    "patient": {"type": "text", "role": "patient"},
                    "arm": {"type": "category", "role": "arm", "levels": {a: a for a in arms}},
                    "age": {"type": "integer", "unit": "years", "label": "Age"},
                    "sex": {"type": "category", "label": "Sex", "levels": {"f": "Female", "m": "Male"}},
                    "centre": {"type": "category", "label": "Centre of the trial", "levels": CENTRES},
                    "infected": yes_no | {"label": "Infection"},
                    "readmitted": yes_no | {"label": "Readmission", "missing_allowed": True},
                    "grade": {"type": "category", "label": "Symptoms", "levels": GRADES},
                    "days": {"type": "integer", "unit": "days", "label": "Days"},
                    "seen": yes_no | {"label": "Seen"},
                    "pressure": {"type": "number", "unit": "mm Hg", "label": "Blood pressure"},
                },
            },
            "events": {
                "path": "events.csv",
                "key": ["patient", "term"],
                "columns": {
                    "patient": {"type": "text", "role": "patient"},
                    "term": {"type": "category", "role": "term", "levels": {"rash": "Rash", "nausea": "Nausea"}},
                    "day": {"type": "integer", "role": "day"},
                },
            },
        },
        "baseline": [
            {"column": "age", "summary": "mean"},
            {"column": "sex", "summary": "count", "show": ["f"]},
            {"column": "centre", "summary": "count"},
        ],
        "outcomes": {
            "infected": _outcome("Infection", "binary", "infected", event=["yes"], role="primary", adjust_for=["age"]),
            "readmitted": _outcome("Readmission", "binary", "readmitted", event=["yes"], test="chi_square"),
            "grade": _outcome("Severity of symptoms", "graded", "grade", short="severity"),
            "infection_time": _outcome(
                "Time to infection", "time_to_event", "days", short="infection", event_column="people.seen",
                event=["yes"], unit="days", better="higher", timepoints=["day_30", "day_90"], adjust_for=["age", "sex"],
            ),
            "pressure": _outcome("Systolic blood pressure", "continuous", "pressure", unit="mm Hg", range=[40, 260]),
        },
        "subgroups": [
            {"outcome": "infected", "column": "sex", "prespecified": True},
            {"outcome": "infected", "column": "centre", "prespecified": False},
            {"outcome": "infection_time", "column": "sex", "prespecified": True},
        ],
        "adverse_events": {"file": "events", "collection": "Events were asked for at each visit."},
        "references": "references.bib",
    }  # fmt: skip
