"""Trials of any size for `scale.py`, made by seed and written as a study's folder: study.yml and its csv files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

SEED = 20260115
MONTHS = {"start": 0, "month_6": 6, "month_12": 12}
TERMS = {"nausea": "Nausea", "rash": "Rash", "headache": "Headache", "bleeding": "Bleeding", "fall": "Fall"}
YES_NO = {"type": "category", "levels": {"yes": "Yes", "no": "No"}}


def write_table(folder: Path, rows: int, outcomes: int, arms: int) -> Path:
    """A trial of one file, a row a patient, its outcomes measured once: continuous and binary ones in turn."""
    chance = np.random.default_rng(SEED)
    arm = chance.integers(0, arms, rows)
    arm[:arms] = np.arange(arms)
    cells: dict[str, Any] = {"id": _ids(rows), "arm": _arms(arms)[arm], "age": chance.integers(18, 95, rows)}
    columns: dict[str, Any] = {"age": {"type": "integer", "unit": "years", "range": [18, 100], "label": "Age"}}
    listed: dict[str, Any] = {}
    for number in range(1, outcomes + 1):
        name = f"y{number}"
        if number % 2:
            cells[name] = np.round(chance.normal(120 + arm, 12.0), 1)
            columns[name] = {"type": "number", "unit": "mm Hg", "label": f"Pressure {number}"}
            listed[name] = _outcome(f"Pressure {number}", "continuous", f"people.{name}", unit="mm Hg")
        else:
            cells[name] = _yes(chance.random(rows) < 0.2 + 0.02 * arm)
            columns[name] = YES_NO | {"label": f"Event {number}"}
            listed[name] = _outcome(f"Event {number}", "binary", f"people.{name}", event=["yes"], test="chi_square")
    folder.mkdir(parents=True)
    pd.DataFrame(cells).to_csv(folder / "people.csv", index=False)
    about = _study(arms) | {"outcomes": listed, "baseline": [{"column": "age", "summary": "mean"}]}
    about["files"] = {"people": _people(arms, columns)}
    return _write(folder, about)


def write_trial(folder: Path, patients: int, arms: int = 2) -> Path:
    """A trial with outcomes of every kind, visits, relapses, harms, subgroups and adjusted models."""
    chance = np.random.default_rng(SEED)
    arm = chance.integers(0, arms, patients)
    arm[:arms] = np.arange(arms)
    ids, days = _ids(patients), np.minimum(np.ceil(chance.exponential(900 / (1 + 0.2 * arm))), 365).astype(int)
    severe = chance.integers(0, 4, patients)
    people = pd.DataFrame(
        {
            "id": ids,
            "arm": _arms(arms)[arm],
            "age": chance.integers(18, 95, patients),
            "sex": np.where(chance.random(patients) < 0.45, "f", "m"),
            "weight": np.round(chance.normal(75, 14, patients).clip(35, 180), 1),
            "stage": np.array(["I", "II", "III", "IV"])[severe],
            "followed": np.where(chance.random(patients) < 0.05, days, 365),
            "days": days,
            "died": _yes((days < 365) & (chance.random(patients) < 0.9)),
            "cured": _yes(chance.random(patients) < 0.3 + 0.05 * arm - 0.03 * severe),
            "grade": np.array(["none", "mild", "moderate", "severe"])[
                (severe + chance.integers(0, 3, patients) - arm).clip(0, 3)
            ],
        }
    )
    pressure = chance.normal(150, 15, patients)
    visits = []
    for month in MONTHS.values():
        fall = (0 if month == 0 else 4 + 3 * arm) + chance.normal(0, 9, patients)
        quality = (60 + 2 * arm * (month > 0) + chance.normal(0, 12, patients)).clip(0, 100)
        frame = pd.DataFrame({"pressure": np.round(pressure - fall, 1), "quality": np.round(quality / 5) * 5})
        if month:
            frame[chance.random(patients) < 0.04] = np.nan
        visits.append(frame.assign(id=ids, visit=f"m{month}"))
    long = pd.concat(visits).sort_index(kind="stable")[["id", "visit", "pressure", "quality"]]
    many = chance.poisson(0.6 * (1 + 0.3 * arm))
    who = np.repeat(np.arange(patients), many)
    relapses = pd.DataFrame({"id": ids[who], "day": (chance.random(who.size) * 364).astype(int) + 1})
    last = people["followed"].to_numpy()[who]
    relapses = relapses[relapses["day"].to_numpy() <= last].drop_duplicates()
    ill = chance.random((patients, len(TERMS))) < 0.04
    first, second = np.nonzero(ill)
    harms = pd.DataFrame({"id": ids[first], "term": np.array(list(TERMS))[second]})
    folder.mkdir(parents=True)
    for name, one in (("people", people), ("visits", long), ("relapses", relapses), ("harms", harms)):
        one.to_csv(folder / f"{name}.csv", index=False)
    return _write(folder, _whole(arms))


def _whole(arms: int) -> dict[str, Any]:
    levels = {one: one.capitalize() for one in ("none", "mild", "moderate", "severe")}
    columns: dict[str, Any] = {
        "age": {"type": "integer", "unit": "years", "range": [18, 100], "label": "Age"},
        "sex": {"type": "category", "label": "Sex", "levels": {"f": "Female", "m": "Male"}},
        "weight": {"type": "number", "unit": "kg", "range": [30, 200], "label": "Weight"},
        "stage": {"type": "category", "label": "Stage", "levels": {one: one for one in ("I", "II", "III", "IV")}},
        "followed": {"type": "integer", "unit": "days", "label": "Follow-up", "role": "followup"},
        "days": {"type": "integer", "unit": "days", "label": "Days"},
        "died": YES_NO | {"label": "Death"},
        "cured": YES_NO | {"label": "Cure"},
        "grade": {"type": "category", "label": "Symptoms", "levels": levels},
    }
    patient = {"id": {"type": "text", "role": "patient"}}
    names = {f"m{month}": time for time, month in MONTHS.items()}
    visits = patient | {
        "visit": {"type": "category", "role": "timepoint", "levels": names},
        "pressure": {"type": "number", "unit": "mm Hg", "label": "Blood pressure", "missing_allowed": True},
        "quality": {"type": "number", "unit": "points", "label": "Quality", "missing_allowed": True, "range": [0, 100]},
    }
    files = {
        "people": _people(arms, columns),
        "visits": {"path": "visits.csv", "key": ["id", "visit"], "columns": visits},
        "relapses": {
            "path": "relapses.csv",
            "key": ["id", "day"],
            "columns": patient | {"day": {"type": "integer", "unit": "days", "role": "day"}},
        },
        "harms": {
            "path": "harms.csv",
            "key": ["id", "term"],
            "columns": patient | {"term": {"type": "category", "role": "term", "levels": TERMS}},
        },
    }
    times, late = list(MONTHS), ["month_6", "month_12"]
    outcomes = {
        "cure": _outcome("Cure", "binary", "people.cured", ["month_12"], role="primary", better="higher")
        | {"event": ["yes"], "test": "chi_square", "adjust_for": ["age", "stage"]},
        "pressure": _outcome("Blood pressure", "continuous", "visits.pressure", times, unit="mm Hg"),
        "quality": _outcome("Quality of life", "ordinal", "visits.quality", times, unit="points", better="higher")
        | {"range": [0, 100]},
        "death": _outcome("Death", "time_to_event", "people.days", late, unit="days")
        | {"event_column": "people.died", "event": ["yes"], "adjust_for": ["age", "stage"]},
        "symptoms": _outcome("Symptoms", "graded", "people.grade", ["month_12"]),
        "relapse": {k: v for k, v in _outcome("Relapses", "count", "", late, unit="relapses").items() if k != "column"}
        | {"file": "relapses"},
    }
    return _study(arms) | {
        "files": files,
        "outcomes": outcomes,
        "baseline": [
            {"column": "age", "summary": "mean"},
            {"column": "sex", "summary": "count", "show": ["f"]},
            {"column": "weight", "summary": "median"},
            {"column": "stage", "summary": "count"},
        ],
        "subgroups": [
            {"outcome": "cure", "column": "sex", "prespecified": True},
            {"outcome": "cure", "column": "stage", "prespecified": True},
        ],
        "adverse_events": {
            "file": "harms",
            "label": "Adverse events",
            "noun": "adverse event",
            "denominator": "all",
            "systematic": True,
            "better": "lower",
            "prespecified": True,
            "collection": "Adverse events were asked for at every visit.",
        },
    }


def _ids(rows: int) -> Any:
    return np.char.add("P", np.arange(1, rows + 1).astype(str)).astype(object)


def _arms(arms: int) -> Any:
    return np.array(["control", *(f"drug_{number}" for number in range(1, arms))])


def _yes(mask: Any) -> Any:
    return np.where(mask, "yes", "no")


def _people(arms: int, columns: dict[str, Any]) -> dict[str, Any]:
    own = {
        "id": {"type": "text", "role": "patient"},
        "arm": {"type": "category", "role": "arm", "levels": {str(one): str(one) for one in _arms(arms)}},
    }
    return {"path": "people.csv", "key": ["id"], "columns": own | columns}


def _outcome(label: str, kind: str, column: str, times: Sequence[str] = ("month_6",), **more: Any) -> dict[str, Any]:
    shared = {"label": label, "kind": kind, "column": column, "better": "lower", "role": "secondary"}
    return shared | {"prespecified": True, "timepoints": list(times)} | more


def _study(arms: int) -> dict[str, Any]:
    labels = {str(one): str(one).replace("_", " ").capitalize() for one in _arms(arms)}
    return {
        "everynumber": 1,
        "data": "simulated",
        "title": "Sample drug for a sample disease: a randomised trial",
        "short_title": "Sample drug",
        "condition": {"name": "sample disease"},
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
        },
        "objective": "To compare cure between the groups.",
        "eligibility": {"inclusion": ["sample disease"]},
        "arms": {key: {"label": label, "short": label, "treatment": label.lower()} for key, label in labels.items()},
        "reference_arm": "control",
        "timepoints": {
            "start": {"label": "Start", "month": 0},
            "month_6": {"label": "6 months", "month": 6, "window_days": 183, "at": 183},
            "month_12": {"label": "12 months", "month": 12, "window_days": 365, "at": 365},
        },
        "populations": {"all": {"label": "all patients", "where": None}},
    }


def _write(folder: Path, about: dict[str, Any]) -> Path:
    (folder / "study.yml").write_text(yaml.safe_dump(about, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return folder
