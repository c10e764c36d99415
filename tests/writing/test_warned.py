"""Warnings of fits stand in a note under each table that prints the fit's numbers."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trial_study import write_trial

from analysis.pipeline import analyse_folder
from analysis.study import load_study
from report.build import build, compose_paper
from report.compose import Paper
from report.warned import warnings_behind

Results = dict[str, Any]
SAID = "The fit stood at the boundary of what it may be."


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Results]:
    folder = write_trial(tmp_path_factory.mktemp("warned") / "study", ("low", "high", "placebo"))
    return folder, json.loads(analyse_folder(folder).text())


def written(trial: tuple[Path, Results], analysis: str) -> Paper:
    """The paper where one analysis has a warning."""
    folder, computed = trial
    results: Results = json.loads(json.dumps(computed))
    results["analyses"][analysis]["warnings"] = [SAID]
    return compose_paper(load_study(folder), json.dumps(results).encode(), None)


def noted(paper: Paper) -> dict[str, list[str]]:
    """The notes that hold the warning, by table."""
    found: dict[str, list[str]] = {}
    for block in paper.ledger.blocks:
        if block.kind == "note" and SAID.rstrip(".") in block.text:
            found.setdefault(str(block.table), []).append(block.text)
    return found


def of_statistic(trial: tuple[Path, Results], name: str) -> str:
    return str(trial[1]["statistics"][name]["analysis"])


@pytest.mark.parametrize(
    ("statistic", "table"),
    [
        ("infected.day_30.low_vs_placebo.adjusted.odds_ratio", "table-binary"),
        ("grade.day_30.low_vs_placebo.odds.odds_ratio", "table-graded"),
        ("infection_time.low_vs_placebo.cox.hazard_ratio", "table-survival"),
        ("pressure.day_30.low_vs_placebo.difference", "table-outcomes"),
        ("infected.day_30.by_sex.low_vs_placebo.interaction_p", "table-subgroups"),
        ("harms.any.low_vs_placebo.risk_ratio", "table-harms"),
        ("baseline.age.low_vs_placebo.smd", "table-baseline"),
    ],
)
def test_a_warning_stands_once_under_the_table_of_its_fit(
    trial: tuple[Path, Results], statistic: str, table: str
) -> None:
    notes = noted(written(trial, of_statistic(trial, statistic)))
    assert list(notes) == [table]
    assert len(notes[table]) == 1


def test_a_table_of_several_outcomes_says_which_one_the_warning_is_about(trial: tuple[Path, Results]) -> None:
    notes = noted(written(trial, of_statistic(trial, "readmitted.day_30.low_vs_placebo.risk_ratio")))
    assert notes == {"table-binary": [f"Readmission within 30 days: {SAID}"]}


def test_equal_warnings_are_told_once_with_all_their_analyses(trial: tuple[Path, Results]) -> None:
    results: Results = json.loads(json.dumps(trial[1]))
    names = [f"grade.day_30.{arm}_vs_placebo.odds.odds_ratio" for arm in ("low", "high")]
    keys = list(dict.fromkeys(results["statistics"][name]["analysis"] for name in names))
    for key in keys:
        results["analyses"][key]["warnings"] = [SAID]
    assert warnings_behind(results, names) == {SAID: keys}


def change(study: Path, edit: Callable[[dict[str, str]], None]) -> None:
    file = study / "people.csv"
    with file.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    for row in rows:
        edit(row)
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def nobody_in_the_south(row: dict[str, str]) -> None:
    """Separation: no event in one centre, which the model adjusts for."""
    if row["centre"] == "south":
        row["infected"] = "no"


def rare_grades(row: dict[str, str]) -> None:
    """Expected counts below five in the check of proportional odds."""
    if row["grade"] == "severe" and row["patient"] not in ("p1", "p2"):
        row["grade"] = "mild"


@pytest.mark.parametrize(
    ("edit", "table", "keep"),
    [(nobody_in_the_south, "table-binary", "infected"), (rare_grades, "table-graded", "grade")],
    ids=["separation", "few expected"],
)
def test_data_that_make_a_fit_warn_give_a_note_and_audit_clean(
    tmp_path: Path, edit: Callable[[dict[str, str]], None], table: str, keep: str
) -> None:
    study = write_trial(tmp_path / "study", keep=(keep,))
    text = (study / "study.yml").read_text(encoding="utf-8")
    (study / "study.yml").write_text(
        text.replace("adjust_for:\n    - age", "adjust_for:\n    - centre"), encoding="utf-8"
    )
    change(study, edit)
    results = json.loads(analyse_folder(study).text())
    warnings = {
        w
        for key, a in results["analyses"].items()
        if key.startswith(f"{keep}.") and ".by_" not in key
        for w in a["warnings"]
    }
    assert warnings
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    ledger = json.loads((made.out / "ledger.json").read_text(encoding="utf-8"))
    notes = [b["text"] for b in ledger["blocks"] if b["kind"] == "note" and b.get("table") == table]
    for warning in warnings:
        assert any(warning in note for note in notes), warning
