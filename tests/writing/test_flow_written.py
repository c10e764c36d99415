"""Papers of trials whose data lack patients: who is missing is told, and nothing is called an analysis of all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cluster_study import write_cluster_trial
from crossover_study import write_crossover
from factorial_study import write_factorial
from test_cluster_written import text_of
from trial_study import write_trial

from report.build import build

LONG = "withdrew consent because of the distance to the centre and the burden of the weekly visits"
FLOW: dict[str, Any] = {
    "source": "Figure 1 of the report of the trial",
    "groups": {
        "low": {
            "assigned": 45,
            "received": 43,
            "not_received": {"reasons": [{"reason": LONG, "n": 2}]},
            "discontinued": {"n": 4, "reasons": [{"reason": "nausea", "n": 3}, {"reason": "rash", "n": 1}]},
            "lost": [{"before": "day_90", "reasons": [{"reason": "moved away", "n": 5}], "source": "its Table 2"}],
            "without_data": {"reasons": [{"reason": "no visit after assignment", "n": 5}]},
        },
        "placebo": {"assigned": 42, "without_data": {"n": 2}},
    },
}
SAID = [
    "45 to 10 mg of sample drug and 42 to placebo. Data were available for 80 of them.",
    "Data were not available for five of 45 patients in the low dose group (no visit after assignment, 5) and two of "
    "42 patients in the placebo group (reason not recorded, 2); these patients are in no table and no analysis.",
    "It was not reported how many received the treatment in the placebo group, or how many stopped treatment early in "
    "the placebo group, or how many were lost to follow-up in the placebo group.",
    "The analyses are of the 80 patients with data, not of all 87 who were randomised.",
    "Patients without data could not be analysed, so that the results are not those of all who were randomised.",
    "Low dose (n = 40 of 45)",
    "Total (n = 80 of 87)",
    "Numbers of patients who are not in the data are from Figure 1 of the report of the trial and its Table 2.",
    "Stopped early: nausea, 3; rash, 1 (n = 4)",
    "Received it (number not reported)",
]
NOT_SAID = ["All randomised patients", "stayed in the analysis", "intention to treat", "No patient was lost"]


def test_patients_without_data_are_told(tmp_path: Path) -> None:
    study = write_trial(tmp_path / "trial", keep=["infected", "grade"], flow=FLOW)
    made = build(study, formats=("html",), out=tmp_path / "out")
    assert made.passed, made.audit
    text = text_of(made.out / "paper.html")
    assert [words for words in SAID if words not in text] == []
    assert [words for words in NOT_SAID if words in text] == []


def test_a_paper_of_all_its_patients_says_nothing_of_this(tmp_path: Path) -> None:
    made = build(write_trial(tmp_path / "trial", keep=["infected"]), formats=("html",), out=tmp_path / "out")
    text = text_of(made.out / "paper.html")
    assert made.passed
    assert "All randomised patients were analysed" in text
    assert [words for words in ("without data", "Data were", " of 40)", "are from") if words in text] == []


FORMS: dict[str, tuple[Any, list[str]]] = {
    "cross-over": (
        lambda at: write_crossover(
            at, flow={"source": "the report", "groups": {"first": {"assigned": 14}, "next": {"assigned": 12}}}
        ),
        ["two of 14 patients in the", "Data not available (n = 2)", "(n = 12 of 14)"],
    ),
    "clusters": (
        write_cluster_trial,
        ["Patients of a practice: on average 9.0, from 3 to 14", "(n = 108), 12 practices"],
    ),
    "factorial": (lambda at: write_factorial(at, keep=["infected"]), ["Margins: Aspirin: groups Both and Aspirin;"]),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_forms_of_the_diagram(tmp_path: Path, form: str) -> None:
    write, said = FORMS[form]
    made = build(write(tmp_path / "trial"), formats=("html",), out=tmp_path / "out")
    assert made.passed, made.audit
    text = text_of(made.out / "paper.html")
    assert [words for words in said if words not in text] == []
