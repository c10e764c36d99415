"""A trial of three doses with tests for trend: the paper's words, what the audit makes of them, and author's prose."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from test_build import words_of
from trial_study import write_trial

from analysis.study import load_study
from report.audit import audit_files
from report.audit.rules import check_results
from report.build import build
from report.wording.study import setting_of

ARMS = ("low", "high", "placebo")
OUTCOMES = ("infected", "readmitted", "grade", "pressure")


def write_doses(folder: Path, keep: tuple[str, ...] = OUTCOMES, **changes: Any) -> Path:
    """The trial of three doses, the trends of its outcomes tested; ``changes`` of `trend`."""
    scores = {"low": 10, "high": 20, "placebo": 0}
    trend = {"scores": scores, "outcomes": list(keep), "prespecified": False, "unit": "mg"}
    return write_trial(folder, arms=ARMS, keep=keep, trend=trend | changes)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doses")
    made = build(write_doses(folder / "trial"), engine="embedded", out=folder / "out", formats=("html", "docx"))
    assert made.passed, made.audit
    return made.out


def test_the_results_tell_each_trend(out: Path) -> None:
    text = words_of(out / "paper.docx")
    for said in (
        "The risk of infection within 30 days fell with the dose (Cochran–Armitage test for trend, P < 0.001).",
        "There was no clear trend in the risk of readmission within 30 days with the dose (Cochran–Armitage test for "
        "trend, P = 0.58).",
        "The odds of a worse grade of severity within 30 days fell with the dose (Jonckheere–Terpstra test, P = ",
        "The mean systolic blood pressure within 30 days fell with the dose (slope −0.54 mm Hg per mg; 95% CI −0.79 to "
        "−0.30; linear contrast, P < 0.001).",
    ):
        assert said in text


def test_the_methods_tell_how_and_that_it_was_not_planned(out: Path) -> None:
    text = words_of(out / "paper.docx")
    assert "with the dose as score (0 mg for the placebo group, 10 mg for the low dose group and 20 mg for" in text
    assert "for infection and readmission by the Cochran–Armitage test, for severity by the Jonckheere–Terp" in text
    assert "within groups. These tests were not prespecified and are exploratory." in text


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [("fell", "rose", "rose"), ("fell", "remained similar", "similar")],
    ids=["rose", "similar"],
)
def test_another_trend_is_one_finding(old: str, new: str, found: str, out: Path) -> None:
    page = (out / "paper.html").read_text(encoding="utf-8")
    at = re.search(rf">{old}<", page)
    assert at
    file = out / f"{found}.html"
    file.write_text(page[: at.start() + 1] + new + page[at.end() - 1 :], encoding="utf-8")
    verdict = audit_files([file], results=out / "results.json", ledger=out / "ledger.json")[0]
    claims = [finding for finding in verdict.findings if finding.text != "remained"]
    assert [(finding.verdict, finding.text, finding.expected) for finding in claims] == [("altered", found, old)]


def test_the_results_of_a_trend_are_checked(out: Path) -> None:
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert check_results(results) == []
    for key in OUTCOMES:
        name = next(name for name in results["statistics"] if name.startswith(key) and name.endswith(".trend.p"))
        results["statistics"][name]["value"] += 0.01
        assert name in {finding.name for finding in check_results(results) if finding.rule == "R-T-P"}


def test_what_cannot_be_tested_is_said(tmp_path: Path) -> None:
    folder = write_doses(tmp_path / "trial", keep=("infected",), prespecified=True)
    people = folder / "people.csv"
    lines = [line.split(",") for line in people.read_text(encoding="utf-8").splitlines()]
    at = lines[0].index("infected")
    people.write_text(
        "\n".join(",".join([*line[:at], "no", *line[at + 1 :]] if i else line) for i, line in enumerate(lines)),
        encoding="utf-8",
    )
    made = build(folder, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    said = "The test for trend in the risk of infection within 30 days could not be estimated (there were no events"
    assert said in words_of(made.out / "paper.html")


def test_authors_may_speak_of_trends_where_one_was_tested(tmp_path: Path) -> None:
    study = load_study(write_doses(tmp_path / "trial")).model_dump(mode="json")
    assert setting_of(study).trend_test
    assert not setting_of(study | {"trend": None}).trend_test
