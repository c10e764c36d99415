"""A small study in a temporary folder, to be changed by each test."""

from __future__ import annotations

import copy
import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import settings

# A busy machine is no failure: how long an example takes is not judged.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

NMOSD = Path(__file__).parents[2] / "data" / "nmosd"

YES_NO = {"yes": "Yes", "no": "No"}
MINIMAL: dict[str, Any] = {
    "everynumber": 1,
    "data": "simulated",
    "title": "A small study",
    "short_title": "Small",
    "condition": {"name": "some disease"},
    "authors": [{"name": "A. Author", "corresponding": True, "email": "a@example.org"}],
    "dates": {"document": "2020-12-31", "enrolment_start": "2018-01-01", "enrolment_end": "2019-12-31"},
    "registration": {"registered": False, "reason": "Not registered."},
    "protocol": {"available": False, "reason": "None."},
    "ethics": {"statement": "None needed."},
    "funding": {"statement": "None."},
    "data_availability": "Here.",
    "design": {"allocation": "non-randomised", "assigned_by": "routine care", "prospective": False},
    "objective": "To compare.",
    "eligibility": {"inclusion": ["disease"]},
    "arms": {
        "old": {"label": "Old", "short": "O", "treatment": "old drug"},
        "new": {"label": "New", "short": "N", "treatment": "new drug"},
    },
    "reference_arm": "old",
    "timepoints": {
        "start": {"label": "Start", "month": 0},
        "half": {"label": "6 months", "month": 6, "window_days": 183},
        "year": {"label": "12 months", "month": 12, "window_days": 365},
    },
    "files": {
        "people": {
            "path": "people.csv",
            "key": ["id"],
            "columns": {
                "id": {"type": "text", "role": "patient"},
                "group": {"type": "category", "role": "arm", "levels": {"O": "old", "N": "new"}},
                "age": {"type": "integer", "unit": "years", "range": [18, 100]},
                "weight": {"type": "number", "unit": "kg", "missing_allowed": True},
                "sex": {"type": "category", "levels": {"f": "Female", "m": "Male"}},
                "stage": {"type": "category", "levels": {"I": "I", "II": "II", "III": "III"}, "missing_allowed": True},
                "start": {"type": "date", "role": "enrolment"},
                "received": {"type": "category", "role": "received", "levels": YES_NO},
                "stopped": {"type": "category", "role": "stopped", "levels": YES_NO},
                "why": {"type": "text", "role": "stop_reason", "missing_allowed": True},
                "days": {"type": "integer", "role": "followup", "range": [0, 730]},
                "lost": {"type": "text", "role": "lost_reason", "missing_allowed": True},
            },
        },
        "visits": {
            "path": "visits.csv",
            "key": ["id", "visit"],
            "columns": {
                "id": {"type": "text", "role": "patient"},
                "visit": {"type": "category", "role": "timepoint", "levels": {"start": "start", "half": "half"}},
                "date": {"type": "date", "role": "date", "missing_allowed": True},
                "adl": {"type": "integer", "range": [0, 100], "step": 5, "missing_allowed": True},
                "edss": {"type": "number", "missing_allowed": True, "values": [0, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6]},
            },
        },
        "attacks": {
            "path": "attacks.csv",
            "key": ["id", "day"],
            "columns": {
                "id": {"type": "text", "role": "patient"},
                "day": {"type": "integer", "role": "day", "range": [1, 730]},
            },
        },
        "events": {
            "path": "events.csv",
            "key": ["id", "term", "day"],
            "columns": {
                "id": {"type": "text", "role": "patient"},
                "term": {"type": "category", "role": "term", "levels": {"rash": "Rash", "pain": "Pain"}},
                "day": {"type": "integer", "role": "day", "range": [0, 730]},
                "serious": {"type": "category", "role": "serious", "levels": YES_NO},
                "action": {"type": "category", "role": "action", "levels": {"none": "None", "stopped": "Stopped"}},
            },
        },
    },
    "baseline": [
        {"column": "age", "summary": "mean"},
        {"column": "weight", "summary": "median"},
        {"column": "sex", "summary": "count", "show": ["f"]},
        {"column": "stage", "summary": "count"},
        {"outcome": "edss", "summary": "median"},
    ],
    "outcomes": {
        "adl": {
            "label": "ADL", "kind": "continuous", "column": "visits.adl", "unit": "points", "better": "higher",
            "role": "primary", "prespecified": False, "timepoints": ["start", "half"],
        },
        "edss": {
            "label": "EDSS", "kind": "ordinal", "column": "visits.edss", "unit": "points", "better": "lower",
            "role": "primary", "prespecified": True, "timepoints": ["start", "half"],
        },
        "attack": {
            "label": "Attacks", "kind": "count", "file": "attacks", "unit": "attacks", "better": "lower",
            "role": "secondary", "prespecified": False, "timepoints": ["half", "year"],
        },
    },
    "adverse_events": {"file": "events"},
}  # fmt: skip

PEOPLE = """\
id,group,age,weight,sex,stage,start,received,stopped,why,days,lost
P1,O,34,61.5,f,I,2018-02-01,yes,no,,365,
P2,O,45,,m,II,2018-03-01,yes,yes,rash,365,
P3,O,61,80,f,NA,2018-04-01,yes,no,,200,moved
P4,O,29,55,f,III,2018-05-01,no,no,,400,
P5,N,50,72.5,m,I,2018-06-01,yes,no,,365,
P6,N,38,66,f,II,2018-07-01,yes,yes,,365,
P7,N,41,59,f,II,2018-08-01,yes,no,,100,
P8,N,57,90,m,III,2018-09-01,yes,no,,365,
"""
VISITS = """\
id,visit,date,adl,edss
P1,start,2018-02-01,60,4
P1,half,2018-08-01,70,3.5
P2,start,2018-03-01,55,5
P2,half,2018-09-01,60,5
P3,start,2018-04-01,80,2
P3,half,2018-10-01,85,1.5
P4,start,,75,3
P4,half,2018-11-01,80,2.5
P5,start,2018-06-01,65,3.5
P5,half,2018-12-01,90,2
P6,start,2018-07-01,70,3
P6,half,2019-01-01,85,2.5
P7,start,2018-08-01,50,6
P7,half,,,
P8,start,2018-09-01,85,NA
P8,half,2019-03-01,95,1
"""
ATTACKS = "id,day\nP1,20\nP1,200\nP2,183\nP2,184\nP2,300\nP4,390\nP5,365\nP7,90\n"
EVENTS = """\
id,term,day,serious,action
P1,rash,10,no,none
P1,rash,40,no,none
P2,rash,30,yes,stopped
P5,rash,5,no,none
"""


@dataclass
class Small:
    """A study that a test may change before it is written to disk."""

    folder: Path
    study: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(MINIMAL))
    tables: dict[str, str] = field(
        default_factory=lambda: {"people": PEOPLE, "visits": VISITS, "attacks": ATTACKS, "events": EVENTS}
    )

    def write(self) -> Path:
        """Write study.yml and the csv files; returns the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(self.study, sort_keys=False, allow_unicode=True)
        (self.folder / "study.yml").write_text(text, encoding="utf-8")
        for key, table in self.tables.items():
            (self.folder / f"{key}.csv").write_text(table, encoding="utf-8")
        return self.folder

    def swap(self, table: str, old: str, new: str) -> Small:
        """Replace a text that stands once in a table."""
        assert self.tables[table].count(old) == 1, (old, self.tables[table].count(old))
        self.tables[table] = self.tables[table].replace(old, new)
        return self

    def faults(self) -> list[str]:
        """The faults of the study and its data, as texts."""
        from analysis.faults import StudyError
        from analysis.pipeline import analyse_folder

        before = sorted(path for path in self.write().rglob("*"))
        with pytest.raises(StudyError) as caught:
            analyse_folder(self.folder)
        assert sorted(self.folder.rglob("*")) == before, "a study that fails must leave nothing behind"
        return [str(fault) for fault in caught.value.faults]


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """The small study, in a folder whose name has a space and a letter beyond ASCII."""
    return Small(tmp_path / "a stüdy")


@pytest.fixture
def make_small(tmp_path: Path) -> Callable[[str], Small]:
    return lambda name: Small(tmp_path / name)


def rows(text: str) -> list[dict[str, str]]:
    """A csv text as rows."""
    return list(csv.DictReader(text.splitlines()))
