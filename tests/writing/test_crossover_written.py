"""Papers of cross-over trials: built in three formats, audited clean; and their rules of arithmetic."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from crossover_study import write_crossover
from test_build import words_of

from report.audit.rules import check_results
from report.build import FORMATS, build

SAID = [
    "prospective randomised cross-over trial",
    "Each patient had treatments in two periods, in one of two sequences",
    "At least seven days without treatment lay between the periods.",
    "12 to drug then placebo and 12 to placebo then drug",
    "10 entered period 2",
    "least squares with terms for patient, period and treatment",
    "the rank-sum test, whose",
    "did not decide which periods were analysed",
    "McNemar's exact test",
    "Newcombe's interval for paired data",
    "The mean pain was lower with sample drug than with placebo (difference −1.34 points",
    "The measure of carry-over, the difference between the sequences (",
    "With the period taken into account, the odds ratio within patients was",
    "reduced the mean pain",
    "pain in period 1 (1 patient with sample drug and 1 patient with placebo)",
]
"""What the paper of AB and BA says."""

PARALLEL = [
    "Welch", "Fisher", "analysis of covariance", "parallel", "standardised mean difference", "group to which", "Katz",
    "Mann–Whitney", "the Drug group", "the Placebo group", "drug group", "placebo group",
]  # fmt: skip
"""Words of comparisons between different patients, which no cross-over makes."""


def told(out: Path) -> str:
    """All that a paper says."""
    ledger = json.loads((out / "ledger.json").read_text(encoding="utf-8"))
    return " ".join(block.get("text", "") for block in ledger["blocks"])


def test_two_treatments_in_three_formats(tmp_path: Path) -> None:
    made = build(write_crossover(tmp_path / "trial"), engine="embedded", out=tmp_path / "out", formats=FORMATS)
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html")
    assert [words for words in SAID if words not in text] == []
    assert [words for words in PARALLEL if words in told(made.out)] == []


def test_three_treatments_without_harms(tmp_path: Path) -> None:
    study = write_crossover(tmp_path / "trial", arms=3, adverse_events=None)
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html")
    said = ("in three periods", "one of three sequences", "each other treatment minus Placebo", "test of the periods")
    for words in said:
        assert words in text, words
    for words in ("carry-over", "Mainland", "McNemar", "rank-sum", *PARALLEL):
        assert words not in told(made.out), words


def test_the_words_turn_with_the_data(tmp_path: Path) -> None:
    study = write_crossover(tmp_path / "trial", effect=1.6)
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("docx",))
    assert made.passed, made.audit
    assert "The mean pain was higher with sample drug than with placebo" in told(made.out)
    assert "increased the mean pain" in told(made.out)


def test_what_cannot_be_computed_is_said(tmp_path: Path) -> None:
    """Only one patient of each sequence had both periods: no interval, no test, and a paper all the same."""
    study = write_crossover(tmp_path / "trial", each=4)
    lines = (study / "visits.csv").read_text().splitlines()
    kept = [line for line in lines if ",v2," not in line or line.startswith(("p0,", "p1,"))]
    (study / "visits.csv").write_text("\n".join(kept) + "\n")
    (study / "events.csv").write_text("patient,term,visit\n")
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html", "docx"))
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html")
    assert "could not be estimated" in text


# Arithmetic --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Results of AB and BA."""
    from analysis.pipeline import analyse_folder

    study = write_crossover(tmp_path_factory.mktemp("rules") / "trial")
    found: dict[str, Any] = json.loads(analyse_folder(study).text())
    return found


SEEDED = [
    ("R-CROSS-FLOW", {"flow.first.not_entered_period_2": 3}),
    ("R-CROSS-WITHIN", {"rating.drug_vs_placebo.within.difference": -1.0}),
    ("R-CROSS-PAIRED", {"relief.drug_vs_placebo.paired.neither": 7}),
    ("R-CROSS-PAIRED", {"relief.drug_vs_placebo.paired.risk_difference": 11.0}),
    ("R-CROSS-PAIRED", {"relief.drug_vs_placebo.paired.rd_ci_high": 99.0}),
    ("R-CROSS-PAIRED", {"relief.drug_vs_placebo.paired.mcnemar_p": 0.01}),
    ("R-CROSS-FISHER", {"relief.drug_vs_placebo.mainland_gart.p": 0.01}),
    ("R-FLOW-SUM", {"flow.first.assigned": 13}),
    ("R-T-P", {"relief.period.p": 0.01}),
]


def complete(results: dict[str, Any]) -> dict[str, Any]:
    """The same with nobody missing a rating, and its difference that of the means."""
    changed = copy.deepcopy(results)
    values = changed["statistics"]
    means = {}
    for time in ("period_1", "period_2"):
        for arm in ("drug", "placebo"):
            values[f"rating.{time}.{arm}.missing"]["value"] = 0
            means[time, arm] = values[f"rating.{time}.{arm}.mean"]["value"]
    differences = [means[time, "drug"] - means[time, "placebo"] for time in ("period_1", "period_2")]
    values["rating.drug_vs_placebo.within.difference"]["value"] = sum(differences) / 2
    return changed


def found_rules(results: dict[str, Any]) -> set[str]:
    return {str(finding.rule) for finding in check_results(results)}


def test_clean_results_break_no_rule(clean: dict[str, Any]) -> None:
    assert found_rules(clean) == set()


def test_the_rule_of_period_means_is_silent_on_what_agrees(clean: dict[str, Any]) -> None:
    assert "R-CROSS-WITHIN" not in found_rules(complete(clean))


@pytest.mark.parametrize(("rule", "seeded"), SEEDED, ids=[f"{rule} {next(iter(new))}" for rule, new in SEEDED])
def test_a_seeded_contradiction_is_found(clean: dict[str, Any], rule: str, seeded: dict[str, float]) -> None:
    changed = complete(clean) if rule == "R-CROSS-WITHIN" else copy.deepcopy(clean)
    for name, value in seeded.items():
        assert changed["statistics"][name]["value"] != value
        changed["statistics"][name]["value"] = value
    assert rule in found_rules(changed)
