"""Every fit that can warn is made to: the sentence is in the results, and in a note under the table of its numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from any_study import Made, Plan, changed, made, written

from analysis.pipeline import analyse_folder
from analysis.study import load_study
from report.build import compose_paper

Study, Tables = dict[str, Any], dict[str, list[dict[str, Any]]]


def keep(*outcomes: str) -> Callable[[Study, Tables], None]:
    def change(study: Study, tables: Tables) -> None:
        study["outcomes"] = {key: study["outcomes"][key] for key in outcomes}
        study["subgroups"] = [one for one in study.get("subgroups", []) if one["outcome"] in outcomes]
        study["outcomes"][outcomes[0]]["role"] = "primary"
        study["baseline"] = [one for one in study["baseline"] if one.get("outcome", outcomes[0]) in outcomes]

    return change


def nobody_in_the_south(study: Study, tables: Tables) -> None:
    keep("event")(study, tables)
    study["outcomes"]["event"]["adjust_for"] = ["centre"]
    for row in tables["people"]:
        row["event"] = "no" if row["centre"] == "south" else row["event"]


def by_modified_poisson(study: Study, tables: Tables) -> None:
    nobody_in_the_south(study, tables)
    study["outcomes"]["event"]["adjusted_by"] = "modified_poisson"


def one_each(study: Study, tables: Tables) -> None:
    """No patient has two events, so that the counts vary less than a Poisson model says."""
    keep("attacks")(study, tables)
    tables["attacks"] = list({row["patient"]: row for row in tables["attacks"]}.values())


def two_a_day(study: Study, tables: Tables) -> None:
    keep("attacks")(study, tables)
    study["files"]["attacks"]["key"] = ["patient", "day", "number"]
    study["files"]["attacks"]["columns"]["number"] = {"type": "integer"}
    tables["attacks"] = [row | {"number": k} for row in tables["attacks"] for k in (1, 2)]


def contrary_visits(study: Study, tables: Tables) -> None:
    """Who is high at one visit is low at the next, so that no variance is left between patients."""
    keep("score")(study, tables)
    study["outcomes"]["score"]["repeated"] = "random_intercept"
    for k, row in enumerate(tables["people"]):
        away = 10 + k % 3 if k % 2 else -10 - k % 3
        row["score_0"], row["score_1"], row["score_2"] = 50 + k % 5, 50 + away, 50 - away + k % 2


def wards_all_alike(study: Study, tables: Tables) -> None:
    keep("score")(study, tables)
    for k, row in enumerate(tables["people"]):
        row["score_1"] = row["score_2"] = row["score_0"] + (k // 4) % 3 * 4 - 4


def alpha_tells(study: Study, tables: Tables) -> None:
    keep("event")(study, tables)
    for row in tables["visits"]:
        sequence = next(one["order"] for one in tables["people"] if one["patient"] == row["patient"])
        if row["event"]:
            row["event"] = "yes" if (row["visit"] == "v1") == (sequence == "S0") else "no"


CASES: dict[str, tuple[Plan, Callable[[Study, Tables], None], str, str]] = {
    "negative binomial at its edge": (Plan(), one_each, "table-recurrences", "dispersion is 0"),
    "adjusted counts at the edge": (Plan(choices="models"), keep("attacks"), "table-recurrences", "dispersion is 0"),
    "several events on a day": (Plan(choices="models"), two_a_day, "table-recurrences", "same day"),
    "logistic regression at its limit": (Plan(each=30), nobody_in_the_south, "table-binary", "Centre: South"),
    "modified Poisson regression at its limit": (Plan(each=30), by_modified_poisson, "table-binary", "Centre: South"),
    "proportional odds of few": (Plan(), keep("grade"), "table-graded", "check of proportional odds is approximate"),
    "no variance between patients": (Plan(each=20), contrary_visits, "table-outcomes", "estimated as zero"),
    "no variance between clusters": (Plan("cluster", each=24), wards_all_alike, "table-outcomes", "estimated as 0"),
    "few clusters": (Plan("cluster"), keep("event"), "table-binary", "fewer than"),
    "few clusters of counts": (Plan("cluster"), keep("attacks"), "table-recurrences", "fewer than"),
    "conditional logistic regression": (Plan("crossover"), alpha_tells, "table-crossover", "no finite estimate"),
    "factorial counts": (Plan("factorial"), one_each, "table-factorial", "dispersion is 0"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fit_that_warns_says_so_under_its_table(tmp_path: Path, case: str) -> None:
    plan, change, table, said = CASES[case]
    content: Made = changed(made(plan), change)
    folder = written(tmp_path / "study", content)
    text = analyse_folder(folder).text()
    results = json.loads(text)
    warned = {one for about in results["analyses"].values() for one in about["warnings"] if said in one}
    assert warned, sorted({one for about in results["analyses"].values() for one in about["warnings"]})
    paper = compose_paper(load_study(folder), text.encode(), None)
    notes = [block.text for block in paper.ledger.blocks if block.kind == "note" and block.table == table]
    for warning in warned:
        assert any(warning.rstrip(".") in note for note in notes), (warning, notes)
