"""A made-up cross-over trial, AB and BA or three treatments in a Latin square, with patients who missed periods."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import yaml

ARMS = {
    "drug": ("Sample drug", "Drug", "sample drug"),
    "double": ("Double dose", "Double", "the double dose of sample drug"),
    "placebo": ("Placebo", "Placebo", "placebo"),
}
SQUARES = {
    2: (("drug", "placebo"), ("placebo", "drug")),
    3: (("drug", "double", "placebo"), ("double", "placebo", "drug"), ("placebo", "drug", "double")),
}


def write_crossover(folder: Path, arms: int = 2, each: int = 12, effect: float = -1.6, **changes: Any) -> Path:
    """The trial in ``folder``; ``effect``: of drug on pain. ``changes`` replace top-level keys of study.yml."""
    folder.mkdir(parents=True)
    orders = SQUARES[arms]
    study = _study(orders) | changes
    (folder / "study.yml").write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    (folder / "references.bib").write_text("", encoding="utf-8")
    for name, rows in _data(orders, each, effect).items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def _data(orders: tuple[tuple[str, ...], ...], each: int, effect: float) -> dict[str, list[dict[str, Any]]]:
    chance = random.Random(7)
    people, visits, events = [], [], []
    for number in range(len(orders) * each):
        order = number % len(orders)
        patient, level = f"p{number}", chance.gauss(6, 1)
        people.append(
            {
                "patient": patient,
                "order": f"S{order}",
                "age": chance.randint(20, 80),
                "sex": chance.choice(["f", "m"]),
            }
        )
        visits.append({"patient": patient, "visit": "start", "pain": round(level, 1), "rating": "", "relief": ""})
        for period, arm in enumerate(orders[order], 1):
            if number % 9 == 4 and period > 1:
                break  # dropped out after the first period
            shift = {"drug": effect, "double": 1.5 * effect, "placebo": 0.0}[arm]
            pain = "" if number % 13 == 6 and period == 1 else round(level + shift + chance.gauss(0, 0.8), 1)
            visits.append(
                {
                    "patient": patient,
                    "visit": f"v{period}",
                    "pain": pain,
                    "rating": min(5, max(1, round(3 + shift + chance.gauss(0, 0.7)))),
                    "relief": "yes" if chance.random() < (0.3 if arm == "placebo" else 0.3 - 0.25 * effect) else "no",
                }
            )
            if chance.random() < (0.15 if arm == "placebo" else 0.3):
                events.append({"patient": patient, "term": chance.choice(["rash", "nausea"]), "visit": f"v{period}"})
    return {"people": people, "visits": visits, "events": events}


def _study(orders: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    arms = list(dict.fromkeys(arm for order in orders for arm in order))
    periods = [f"period_{k + 1}" for k in range(len(orders[0]))]
    keys = ["first", "next", "last"][: len(orders)]
    common = {"role": "secondary", "prespecified": True, "timepoints": periods}
    return {
        "everynumber": 1,
        "data": "simulated",
        "title": "Sample drug for pain: a randomised cross-over trial",
        "short_title": "Sample drug",
        "condition": {"name": "pain"},
        "authors": [{"name": "A. Author", "corresponding": True, "email": "a@example.org"}],
        "dates": {"document": "2026-01-15", "enrolment_start": "2020-02", "enrolment_end": "2021-11"},
        "registration": {"registered": False, "reason": "The trial was not registered."},
        "protocol": {"available": False, "reason": "No protocol is available."},
        "ethics": {"statement": "The data are invented."},
        "funding": {"statement": "None."},
        "data_availability": "The data are invented.",
        "design": {
            "allocation": "randomised",
            "assigned_by": "randomisation",
            "type": "crossover",
            "framework": "superiority",
            "prospective": True,
            "blinding": {"participants": "yes", "assessors": "yes"},
            "washout": "At least seven days without treatment lay between the periods.",
            "sequences": {
                key: {
                    "label": " then ".join([ARMS[order[0]][1], *(ARMS[arm][1].lower() for arm in order[1:])]),
                    "short": "–".join(ARMS[arm][1][:2] for arm in order),
                    "arms": list(order),
                }
                for key, order in zip(keys, orders, strict=True)
            },
        },
        "objective": "To compare pain under sample drug and placebo.",
        "eligibility": {"inclusion": ["chronic pain"]},
        "arms": {arm: dict(zip(("label", "short", "treatment"), ARMS[arm], strict=True)) for arm in arms},
        "reference_arm": "placebo",
        "timepoints": {
            "baseline": {"label": "Baseline", "month": 0},
            **{p: {"label": f"Period {k}", "month": k, "period": k} for k, p in enumerate(periods, 1)},
        },
        "files": {
            "people": {
                "path": "people.csv",
                "key": ["patient"],
                "columns": {
                    "patient": {"type": "text", "role": "patient"},
                    "order": {
                        "type": "category",
                        "role": "sequence",
                        "levels": {f"S{i}": key for i, key in enumerate(keys)},
                    },
                    "age": {"type": "integer", "unit": "years", "label": "Age"},
                    "sex": {"type": "category", "label": "Sex", "levels": {"f": "Female", "m": "Male"}},
                },
            },
            "visits": {
                "path": "visits.csv",
                "key": ["patient", "visit"],
                "columns": {
                    "patient": {"type": "text", "role": "patient"},
                    "visit": {
                        "type": "category",
                        "role": "timepoint",
                        "levels": {"start": "baseline", **{f"v{k}": p for k, p in enumerate(periods, 1)}},
                    },
                    "pain": {"type": "number", "missing_allowed": True},
                    "rating": {"type": "integer", "range": [1, 5], "missing_allowed": True},
                    "relief": {"type": "category", "levels": {"yes": "Yes", "no": "No"}, "missing_allowed": True},
                },
            },
            "events": {
                "path": "events.csv",
                "key": ["patient", "term", "visit"],
                "columns": {
                    "patient": {"type": "text", "role": "patient"},
                    "term": {"type": "category", "role": "term", "levels": {"rash": "Rash", "nausea": "Nausea"}},
                    "visit": {
                        "type": "category",
                        "role": "timepoint",
                        "levels": {f"v{k}": p for k, p in enumerate(periods, 1)},
                    },
                },
            },
        },
        "baseline": [
            {"column": "age", "summary": "mean"},
            {"column": "sex", "summary": "count", "show": ["f"]},
            {"outcome": "pain", "summary": "mean"},
        ],
        "outcomes": {
            "pain": {
                **common,
                "label": "Pain intensity",
                "short": "pain",
                "kind": "continuous",
                "column": "visits.pain",
                "unit": "points",
                "better": "lower",
                "role": "primary",
                "timepoints": ["baseline", *periods],
            },
            "rating": {
                **common,
                "label": "Global rating",
                "kind": "ordinal",
                "column": "visits.rating",
                "unit": "points",
                "better": "lower",
            },
            "relief": {
                **common,
                "label": "Relief of pain",
                "kind": "binary",
                "column": "visits.relief",
                "event": ["yes"],
                "better": "higher",
            },
        },
        "adverse_events": {"file": "events", "collection": "Events were asked for at each visit."},
        "references": "references.bib",
    }
