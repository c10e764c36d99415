"""Random whole studies of every design, with data of the kinds at which statistics end: all missing, nothing varies,
nobody or everybody had the event, one patient in an arm, numbers of any size.

A ``Plan`` says which study; ``made`` gives study.yml as data and the tables as rows, both to be changed by a test;
``written`` puts them into a folder.
"""

from __future__ import annotations

import copy
import csv
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Made = tuple[dict[str, Any], Tables]

DESIGNS = ("parallel", "factorial", "cluster", "crossover")
ARMS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")
GRADES = {"none": "No symptoms", "mild": "Mild symptoms", "severe": "Severe symptoms", "dead": "Death"}
CENTRES = {"north": "North", "south": "South", "east": "East", "nowhere": "Centre without patients"}
ODD = (
    "2×2 <b>drug</b> & *more* | 10% [x](y)",
    "A label that is much longer than any column of a table can be, with several commas, and 12 more words at its end",
    "$x_1$ {{ x }} #let `code` \\n ~~gone~~ @someone",
    "Ünïcödé 研究 µg·L⁻¹ α",
    "- 1. first: “quoted” 'single' ^up^ ~down~",
    "Dose −5 to +5 (n = 3)",
)

SCORES = ("score_0", "score_1", "score_2", "rating_0", "rating_1", "level", "titre")
"""Columns that hold numbers which are compared."""
EVENTS = ("event",)
MISSABLE = (*SCORES, "event", "grade", "days")


@dataclass(frozen=True)
class Plan:
    """Which study: ``damage`` is a key of ``DAMAGES``, ``size`` one of ``SIZES``."""

    design: str = "parallel"
    arms: int = 2
    each: int = 12
    damage: str = "none"
    size: str = "usual"
    choices: str = "plain"
    odd: bool = False
    seed: int = 1


CHOICES = ("plain", "models", "scores", "margins", "equivalence")
"""Which of the choices of study.yml are taken: adjusted models, strata, families; repeated measures; margins."""

SIZES: dict[str, Callable[[float], float]] = {
    "usual": lambda x: round(x, 1),
    "huge": lambda x: x * 1e298,
    "beyond": lambda x: (1 if x > 50 else -1) * 1.7e308,
    "tiny": lambda x: x * 1e-305,
    "negative": lambda x: round(-x - 1, 1),
    "far": lambda x: 1e15 + round(x),
    "ties": lambda x: float(x > 50),
    "constant": lambda x: 5.0,
    "mixed": lambda x: x * 1e300 if x > 60 else x * 1e-300,
}


def plans(**fixed: Any) -> st.SearchStrategy[Plan]:
    """Any plan, but for what is given."""
    drawn: dict[str, st.SearchStrategy[Any]] = {
        "design": st.sampled_from(DESIGNS),
        "arms": st.integers(2, 6),
        "each": st.integers(1, 9),
        "damage": st.sampled_from(list(DAMAGES)),
        "size": st.sampled_from(list(SIZES)),
        "choices": st.sampled_from(CHOICES),
        "odd": st.booleans(),
        "seed": st.integers(0, 10**6),
    }
    return st.builds(Plan, **{key: st.just(fixed[key]) if key in fixed else one for key, one in drawn.items()})


# What befalls the patients --------------------------------------------------------------------------------------------


def _missing(rows: list[Row], arm: str | None) -> None:
    for row in rows:
        if arm is None or row.get("arm") == arm:
            row.update(dict.fromkeys(MISSABLE, ""))
            row["attacks"] = 0


def _event(rows: list[Row], value: Callable[[Row], bool]) -> None:
    for row in rows:
        had = value(row)
        row["event"] = row["seen"] = "yes" if had else "no"
        row["attacks"] = row["attacks"] or 2 if had else 0


def _set(rows: list[Row], change: Callable[[Row], Row]) -> None:
    for row in rows:
        row.update(change(row))


DAMAGES: dict[str, Callable[[list[Row]], object]] = {
    "none": lambda rows: None,
    "arm missing": lambda rows: _missing(rows, "alpha"),
    "reference missing": lambda rows: _missing(rows, rows[-1].get("arm")),
    "all missing": lambda rows: _missing(rows, None),
    "no events": lambda rows: _event(rows, lambda row: False),
    "all events": lambda rows: _event(rows, lambda row: True),
    "no events in an arm": lambda rows: _event(rows, lambda row: row.get("arm") != "alpha" and row["event"] == "yes"),
    "no events in the reference": lambda rows: _event(
        rows, lambda row: row.get("arm") != rows[-1].get("arm") and row["event"] == "yes"
    ),
    "all events in an arm": lambda rows: _event(rows, lambda row: row.get("arm") == "alpha" or row["event"] == "yes"),
    "arm tells the event": lambda rows: _event(rows, lambda row: row.get("arm") == "alpha"),
    "sex tells the event": lambda rows: _event(rows, lambda row: row["sex"] == "f"),
    "age tells the event": lambda rows: _event(rows, lambda row: row["age"] > 50),
    "one grade": lambda rows: _set(rows, lambda row: {"grade": "mild"}),
    "arm tells the grade": lambda rows: _set(
        rows, lambda row: {"grade": "dead" if row.get("arm") == "alpha" else "mild"}
    ),
    "constant in an arm": lambda rows: _set(
        [row for row in rows if row.get("arm") == "alpha"], lambda row: dict.fromkeys(SCORES, 5.0)
    ),
    "constant in each arm": lambda rows: _set(
        rows, lambda row: dict.fromkeys(SCORES, 5.0 if row.get("arm") == "alpha" else 7.0)
    ),
    "nothing changes": lambda rows: _set(
        rows, lambda row: {"score_1": row["score_0"], "score_2": row["score_0"], "rating_1": row["rating_0"]}
    ),
    "time 0": lambda rows: _set(rows, lambda row: {"days": 0}),
    "one time": lambda rows: _set(rows, lambda row: {"days": 30}),
    "nobody followed": lambda rows: _set(rows, lambda row: {"followup": 0, "attacks": 0}),
    "all of one sex": lambda rows: _set(rows, lambda row: {"sex": "f", "centre": "north"}),
    "sex is the arm": lambda rows: _set(rows, lambda row: {"sex": "f" if row.get("arm") == "alpha" else "m"}),
    "age is the score": lambda rows: _set(rows, lambda row: {"age": row["score_0"] if row["score_0"] != "" else 50}),
    "one patient in an arm": lambda rows: rows.__setitem__(
        slice(None), [r for k, r in enumerate(rows) if r.get("arm") != "alpha" or k == 0]
    ),
    "one patient in each arm": lambda rows: rows.__setitem__(
        slice(None), list({r.get("order") or r.get("arm"): r for r in reversed(rows)}.values())[::-1]
    ),
    "half missing": lambda rows: _set(rows[::2], lambda row: dict.fromkeys(MISSABLE, "")),
    "a stratum each": lambda rows: _set(rows, lambda row: {"centre": f"c{row['patient']}"}),
    "a cluster each": lambda rows: _set(rows, lambda row: {"practice": f"own {row['patient']}"}),
    "a cluster in each arm": lambda rows: _set(rows, lambda row: {"practice": f"of {row.get('arm')}"}),
}


# The patients ---------------------------------------------------------------------------------------------------------


def _people(plan: Plan, arms: tuple[str, ...]) -> list[Row]:
    chance = random.Random(plan.seed)
    size = SIZES[plan.size]
    rows: list[Row] = []
    for arm in arms:
        for k in range(plan.each):
            shift = 8 * arms.index(arm)
            before = chance.gauss(50, 12)
            days = chance.randint(1, 120)
            rows.append(
                {
                    "patient": f"p{len(rows)}",
                    "arm": arm,
                    "practice": f"{arm} {k % 4}",
                    "age": chance.randint(20, 80),
                    "sex": chance.choice("fm"),
                    "centre": chance.choice(["north", "south", "east"]),
                    "score_0": size(before),
                    "score_1": size(before + shift + chance.gauss(0, 9)),
                    "score_2": size(before + shift + chance.gauss(0, 12)),
                    "rating_0": size(chance.randint(0, 100)),
                    "rating_1": size(chance.randint(0, 100) + shift),
                    "level": size(chance.gauss(50 + shift, 12)),
                    "titre": size(10 * chance.lognormvariate(1.5, 0.7)),
                    "event": "yes" if chance.random() < 0.4 else "no",
                    "grade": chance.choice(list(GRADES)),
                    "days": days,
                    "seen": "yes" if chance.random() < 0.7 else "no",
                    "followup": 183 if chance.random() < 0.8 else chance.randint(1, 180),
                    "attacks": min(5, int(chance.expovariate(0.8))),
                }
            )
    return rows


def _crossed(plan: Plan, arms: tuple[str, ...]) -> tuple[list[Row], list[tuple[str, ...]]]:
    """Rows of patients and periods, and the sequences: AB and BA, or a Latin square."""
    orders = [arms[k:] + arms[:k] for k in range(len(arms))]
    chance = random.Random(plan.seed)
    size = SIZES[plan.size]
    rows: list[Row] = []
    for number in range(plan.each * len(orders)):
        order = orders[number % len(orders)]
        own, age, sex = chance.gauss(50, 12), chance.randint(20, 80), chance.choice("fm")
        for period, arm in enumerate(order, 1):
            rows.append(
                {
                    "patient": f"p{number}",
                    "order": f"S{number % len(orders)}",
                    "arm": arm,
                    "period": period,
                    "age": age,
                    "sex": sex,
                    "centre": "north",
                    "score_0": size(own),
                    "score_1": size(own + 8 * arms.index(arm) + chance.gauss(0, 9)),
                    "rating_0": size(chance.randint(0, 100)),
                    "rating_1": size(chance.randint(0, 100)),
                    "event": "yes" if chance.random() < 0.4 else "no",
                    "attacks": 0,
                    "practice": "",
                }
            )
    return rows, orders


# The study ------------------------------------------------------------------------------------------------------------

_YES_NO = {"type": "category", "levels": {"yes": "Yes", "no": "No"}, "missing_allowed": True}
_PATIENT = {"type": "text", "role": "patient"}
_NUMBER = {"type": "number", "missing_allowed": True}


def made(plan: Plan) -> Made:
    """study.yml as data, and the tables by the key of their file."""
    arms = ARMS[:4] if plan.design == "factorial" else ARMS[: plan.arms]
    study = _frame(plan, arms)
    if plan.design == "crossover":
        return _crossover(plan, arms, study)
    rows = _people(plan, arms)
    DAMAGES[plan.damage](rows)
    centres = dict(CENTRES)
    if plan.damage == "a stratum each":
        centres = {row["centre"]: f"Centre {k}" for k, row in enumerate(rows)}
    columns: dict[str, Any] = {
        "patient": _PATIENT,
        "arm": {"type": "category", "role": "arm", "levels": {a: a for a in arms}},
        "age": {"type": "number", "unit": "years", "label": "Age"},
        "sex": {"type": "category", "label": "Sex", "levels": {"f": "Female", "m": "Male"}},
        "centre": {"type": "category", "label": "Centre", "levels": centres},
        "level": _NUMBER | {"label": "Level", "unit": "mmol"},
        "titre": _NUMBER | {"label": "Titre", "unit": "units"},
        "event": _YES_NO,
        "grade": {"type": "category", "levels": GRADES, "missing_allowed": True},
        "days": {"type": "integer", "missing_allowed": True},
        "seen": _YES_NO,
        "followup": {"type": "integer", "role": "followup"},
    }
    if plan.design == "cluster":
        columns["practice"] = {"type": "text", "role": "cluster"}
    study["files"] = {
        "people": {"path": "people.csv", "key": ["patient"], "columns": columns},
        "visits": {
            "path": "people.csv",
            "key": ["patient", "timepoint"],
            "wide": {
                "score": {"start": "score_0", "month_1": "score_1", "month_6": "score_2"},
                "rating": {"start": "rating_0", "month_6": "rating_1"},
            },
            "columns": {"patient": _PATIENT, "score": dict(_NUMBER), "rating": dict(_NUMBER)},
        },
        "attacks": {
            "path": "attacks.csv",
            "key": ["patient", "day"],
            "columns": {"patient": _PATIENT, "day": {"type": "integer", "role": "day"}},
        },
        "events": {
            "path": "events.csv",
            "key": ["patient", "term"],
            "columns": {
                "patient": _PATIENT,
                "term": {"type": "category", "role": "term", "levels": {"rash": "Rash", "nausea": "Nausea"}},
            },
        },
    }
    study["timepoints"] = {
        "start": {"label": "Baseline", "month": 0},
        "month_1": {"label": "One month", "month": 1, "window_days": 30, "at": 30},
        "month_6": {"label": "Six months", "month": 6, "window_days": 183, "at": 100},
    }
    study["baseline"] = [
        {"column": "age", "summary": "mean"},
        {"column": "sex", "summary": "count", "show": ["f"]},
        {"column": "centre", "summary": "count"},
        {"outcome": "score", "summary": "mean"},
    ]
    study["outcomes"] = _outcomes(plan)
    if plan.design == "parallel":
        study["subgroups"] = [
            {"outcome": one, "column": column, "prespecified": False}
            for one, column in (("event", "sex"), ("event", "centre"), ("recovery", "sex"))
        ]
    chance = random.Random(plan.seed + 1)
    attacks: list[Row] = []
    events: list[Row] = []
    for row in rows:
        last = int(row["followup"])
        days = sorted(chance.sample(range(1, last + 1), min(last, row.pop("attacks"))))
        attacks += [{"patient": row["patient"], "day": day} for day in days]
        happened = plan.damage != "no events" and (plan.damage == "all events" or chance.random() < 0.3)
        events += [{"patient": row["patient"], "term": chance.choice(["rash", "nausea"])}] if happened else []
    _label(plan, study)
    return study, {"people": rows, "attacks": attacks, "events": events}


def _outcomes(plan: Plan) -> dict[str, Any]:
    def outcome(label: str, kind: str, **more: Any) -> dict[str, Any]:
        common = {"better": "lower", "role": "secondary", "prespecified": True, "timepoints": ["month_6"]}
        return {"label": label, "kind": kind} | common | more

    found = {
        "score": outcome(
            "Score of pain", "continuous", short="pain", column="visits.score", unit="points", role="primary",
            timepoints=["start", "month_1", "month_6"],
        ),
        "level": outcome("Level in blood", "continuous", column="people.level", unit="mmol"),
        "rating": outcome(
            "Rating of sleep", "ordinal", column="visits.rating", unit="points", better="higher",
            timepoints=["start", "month_6"],
        ),
        "titre": outcome("Titre of antibodies", "skewed", column="people.titre", unit="units"),
        "event": outcome("Infection", "binary", column="people.event", event=["yes"], role="primary"),
        "grade": outcome("Severity", "graded", short="severity", column="people.grade"),
        "recovery": outcome(
            "Time to relapse", "time_to_event", short="relapse", column="people.days", event_column="people.seen",
            event=["yes"], unit="days", better="higher", role="primary", timepoints=["month_1", "month_6"],
        ),
        "attacks": outcome("Attacks", "count", short="attacks", file="attacks", unit="attacks",
                           timepoints=["month_1", "month_6"]),
    }  # fmt: skip
    clusters = plan.design == "cluster"
    if clusters:
        found = {key: found[key] for key in ("score", "level", "event", "attacks")}
    adjusted = ["age", "sex"]
    if plan.choices == "models":
        found["score"]["adjust_for"] = adjusted
        found["event"]["adjust_for"] = adjusted
        if not clusters:
            found["attacks"]["adjust_for"] = adjusted
            found["event"] |= {"adjusted_by": "modified_poisson", "stratify_by": ["centre"], "test": "chi_square"}
            found["recovery"] |= {"adjust_for": adjusted, "stratify_by": ["centre"]}
            found["attacks"]["recurrent"] = "andersen_gill"
    if plan.choices == "scores" and not clusters:
        if plan.design == "parallel":
            found["score"]["repeated"] = "unstructured"
        found["titre"]["scale"] = "log"
        found["level"]["scale"] = "log"
        found["event"] |= {"adjust_for": ["centre"], "interval": "miettinen_nurminen"}
    if plan.choices in ("margins", "equivalence") and not _without_margins(plan):
        found["score"]["margin"] = {"value": 5}
        if clusters:
            found["event"]["role"] = "secondary"
        else:
            found["event"]["margin"] = {"value": 10}
            found["recovery"]["margin"] = {"value": 1.5 if plan.choices == "equivalence" else 0.7, "scale": "ratio"}
            if plan.choices == "margins":
                found["recovery"]["margin"] = {"value": 1.5, "scale": "ratio"}
    return found


def _without_margins(plan: Plan) -> bool:
    return plan.design in ("factorial", "crossover")


def _crossover(plan: Plan, arms: tuple[str, ...], study: dict[str, Any]) -> Made:
    rows, orders = _crossed(plan, arms)
    DAMAGES[plan.damage](rows)
    periods = [f"period_{k}" for k in range(1, len(arms) + 1)]
    keys = [f"order_{k}" for k in range(len(orders))]
    study["design"] |= {
        "type": "crossover",
        "washout": "Two weeks without treatment lay between the periods.",
        "sequences": {
            key: {"label": " then ".join(order), "short": "–".join(one[:2] for one in order), "arms": list(order)}
            for key, order in zip(keys, orders, strict=True)
        },
    }
    study["timepoints"] = {
        "start": {"label": "Baseline", "month": 0},
        **{p: {"label": f"Period {k}", "month": k, "period": k} for k, p in enumerate(periods, 1)},
    }
    when = {"start": "start", **{f"v{k}": p for k, p in enumerate(periods, 1)}}
    study["files"] = {
        "people": {
            "path": "people.csv",
            "key": ["patient"],
            "columns": {
                "patient": _PATIENT,
                "order": {"type": "category", "role": "sequence",
                          "levels": {f"S{i}": key for i, key in enumerate(keys)}},
                "age": {"type": "number", "unit": "years", "label": "Age"},
                "sex": {"type": "category", "label": "Sex", "levels": {"f": "Female", "m": "Male"}},
            },
        },
        "visits": {
            "path": "visits.csv",
            "key": ["patient", "visit"],
            "columns": {
                "patient": _PATIENT,
                "visit": {"type": "category", "role": "timepoint", "levels": when},
                "score": dict(_NUMBER),
                "rating": dict(_NUMBER),
                "event": _YES_NO,
            },
        },
        "events": {
            "path": "events.csv",
            "key": ["patient", "term", "visit"],
            "columns": {
                "patient": _PATIENT,
                "term": {"type": "category", "role": "term", "levels": {"rash": "Rash", "nausea": "Nausea"}},
                "visit": {"type": "category", "role": "timepoint",
                          "levels": {key: one for key, one in when.items() if one != "start"}},
            },
        },
    }  # fmt: skip
    study["baseline"] = [
        {"column": "age", "summary": "mean"},
        {"column": "sex", "summary": "count"},
        {"outcome": "score", "summary": "mean"},
    ]
    common = {"prespecified": True, "better": "lower", "role": "secondary", "timepoints": periods}
    study["outcomes"] = {
        "score": common | {"label": "Score of pain", "short": "pain", "kind": "continuous", "column": "visits.score",
                           "unit": "points", "role": "primary", "timepoints": ["start", *periods]},
        "rating": common | {"label": "Rating of sleep", "kind": "ordinal", "column": "visits.rating",
                            "unit": "points"},
        "event": common | {"label": "Relief", "kind": "binary", "column": "visits.event", "event": ["yes"],
                           "better": "higher"},
    }  # fmt: skip
    first = {row["patient"]: row for row in reversed(rows)}
    people = [{key: row[key] for key in ("patient", "order", "age", "sex")} for row in first.values()][::-1]
    visits = [
        {"patient": row["patient"], "visit": "start", "score": row["score_0"], "rating": "", "event": ""}
        for row in first.values()
    ] + [
        {"patient": row["patient"], "visit": f"v{row['period']}", "score": row["score_1"], "rating": row["rating_1"],
         "event": row["event"]}
        for row in rows
    ]  # fmt: skip
    chance = random.Random(plan.seed + 1)
    events = [
        {"patient": row["patient"], "term": chance.choice(["rash", "nausea"]), "visit": f"v{row['period']}"}
        for row in rows
        if chance.random() < 0.3 and plan.damage != "no events"
    ]
    _label(plan, study)
    return study, {"people": people, "visits": visits, "events": events}


def _frame(plan: Plan, arms: tuple[str, ...]) -> dict[str, Any]:
    design: dict[str, Any] = {
        "allocation": "randomised",
        "assigned_by": "randomisation",
        "framework": "superiority",
        "prospective": True,
    }
    if plan.choices in ("margins", "equivalence") and not _without_margins(plan):
        design["framework"] = "non-inferiority" if plan.choices == "margins" else "equivalence"
    if plan.design == "factorial":
        design |= {
            "type": "factorial",
            "factors": {
                "salt": {"label": "Salt", "arms": [arms[0], arms[1]], "against": "placebo"},
                "water": {"label": "Water", "arms": [arms[0], arms[2]]},
            },
        }
    if plan.design == "cluster":
        analysis = "robust" if plan.choices == "scores" else "mixed"
        design |= {"type": "cluster", "cluster": {"noun": "ward", "plural": "wards", "analysis": analysis}}
    family = "none" if len(arms) == 2 or plan.design == "crossover" else "holm"
    if plan.choices == "plain" and family == "holm" and plan.design == "parallel":
        family = "dunnett"
    found = {
        "everynumber": 1,
        "data": "simulated",
        "title": "Sample drugs for pain: a randomised trial",
        "short_title": "Sample drugs",
        "condition": {"name": "pain"},
        "authors": [{"name": "A. Author", "corresponding": True, "email": "a@example.org"}],
        "dates": {"document": "2026-01-15", "enrolment_start": "2020-02", "enrolment_end": "2021-11"},
        "registration": {"registered": False, "reason": "The trial was not registered."},
        "protocol": {"available": False, "reason": "No protocol is available."},
        "ethics": {"statement": "The data are invented."},
        "funding": {"statement": "There was no funding."},
        "data_availability": "The data are invented.",
        "design": design,
        "objective": "To compare pain between the groups.",
        "eligibility": {"inclusion": ["chronic pain"]},
        "arms": {
            a: {"label": a.capitalize(), "short": a.capitalize(), "treatment": f"the drug of group {a}"} for a in arms
        },
        "reference_arm": arms[-1],
        "adverse_events": {"file": "events"},
        "references": "references.bib",
    }
    return found | ({} if plan.design == "crossover" else {"multiplicity": {"method": family}})


def _label(plan: Plan, study: dict[str, Any]) -> None:
    """Labels with markup, numbers and great length in every place that has one."""
    if not plan.odd:
        return
    for k, arm in enumerate(study["arms"].values()):
        arm["label"] = f"{ODD[k]} {k}"
    for file in study["files"].values():
        for column in file["columns"].values():
            if column.get("label"):
                column["label"] = ODD[2]
            if column.get("levels") and not column.get("role"):
                column["levels"] = {key: ODD[k % len(ODD)] + f" {k}" for k, key in enumerate(column["levels"])}


def written(folder: Path, content: Made) -> Path:
    """The study in a new folder."""
    study, tables = content
    folder.mkdir(parents=True)
    (folder / "study.yml").write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    (folder / "references.bib").write_text("", encoding="utf-8")
    for key, rows in tables.items():
        header = list(rows[0]) if rows else list(study["files"][key]["columns"])
        with (folder / f"{key}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def changed(content: Made, change: Callable[[dict[str, Any], Tables], object]) -> Made:
    """A copy with a change."""
    twin = copy.deepcopy(content)
    change(*twin)
    return twin
