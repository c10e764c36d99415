"""Papers of randomised trials with outcomes of every kind and two or more arms: what they say, and that they audit."""

from __future__ import annotations

import copy
import json
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import text_of
from test_build import words_of
from trial_study import write_trial

from analysis.pipeline import analyse_folder
from analysis.study import load_study
from report.audit.checks import _even
from report.build import FORMATS, build, compose_paper
from report.compose import Paper
from report.record import make_record

Results = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
RISK = "infected.day_30.low_vs_placebo"


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Results]:
    folder = write_trial(tmp_path_factory.mktemp("trial") / "two")
    return folder, json.loads(analyse_folder(folder).text())


def written(trial: tuple[Path, Results], **values: float | None) -> Paper:
    """The paper of the trial with other values of the primary outcome's comparison."""
    folder, computed = trial
    results = copy.deepcopy(computed)
    for statistic, value in values.items():
        record = results["statistics"][f"{RISK}.{statistic}"]
        record["value"] = value
        record["error"] = None if value is not None else {"code": "no_events", "message": "There were no events."}
    return compose_paper(load_study(folder), json.dumps(results).encode(), None)


# ---- whole builds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keep", "tables", "figures", "said"),
    [
        (("infected",), ["binary", "subgroups"], ["flow", "forest"], "had occurred in 5 of 40 patients (13%)"),
        (("grade",), ["graded"], ["flow", "graded"], "common odds ratio"),
        (("infection_time",), ["survival", "subgroups"], ["flow", "survival", "forest"], "hazard ratio"),
        (("pressure",), ["outcomes"], ["flow"], "The mean systolic blood pressure within 30 days was lower"),
    ],
    ids=["binary", "graded", "time to event", "measured once"],
)
def test_a_trial_of_one_kind_builds_and_audits_clean(
    tmp_path: Path, keep: tuple[str, ...], tables: list[str], figures: list[str], said: str
) -> None:
    made = build(write_trial(tmp_path / "study", keep=keep), engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    assert said in words_of(made.out / "paper.html")
    ledger = json.loads((made.out / "ledger.json").read_text(encoding="utf-8"))
    assert [t["id"] for t in ledger["tables"]] == [f"table-{name}" for name in ["baseline", *tables, "harms"]]
    assert [f["id"] for f in ledger["figures"]] == [f"figure-{name}" for name in figures]


def test_four_arms_with_outcomes_of_every_kind_build_and_audit_in_all_formats(tmp_path: Path) -> None:
    arms = ("low", "high", "both", "placebo")
    made = build(write_trial(tmp_path / "study", arms), engine="embedded", out=tmp_path / "out", formats=FORMATS)
    assert made.passed, made.audit
    text = words_of(made.out / "paper.html")
    for arm in ("low dose", "high dose", "both drugs"):
        assert re.search(rf"in the {arm} group than in the placebo group \(risk difference|the {arm} group minus", text)
    assert "Risk differences are each other group minus Placebo" in text
    assert "Odds ratios are each other group over Placebo" in text
    forests = {p.stem for p in (made.out / "figures").glob("figure-forest*.svg")}
    assert forests == {"figure-forest", *(f"figure-forest-{k}" for k in range(2, 7))}


def test_what_the_study_file_leaves_to_its_defaults_is_said_and_passes_the_audit(tmp_path: Path) -> None:
    design = {"allocation": "randomised", "assigned_by": "randomisation", "prospective": True}
    folder = write_trial(tmp_path / "study", keep=("infected",), design=design)
    made = build(folder, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    assert "Masking of patients was not reported" in words_of(made.out / "paper.html")


# ---- what a randomised trial says ------------------------------------------------------------------------------------


def test_a_randomised_paper_has_no_sentence_of_a_cohort_nor_of_what_is_unknown(trial: tuple[Path, Results]) -> None:
    text = text_of(written(trial))
    for said in (
        "recovery from", "efore treatment", "confounding", "doctors chose", "routine care", "STROBE", "Serious",
        "Led to stopping", "interim", "None", "Stopped early", "Lost to follow-up",
    ):  # fmt: skip
        assert said not in text, said
    assert "were assigned at random: 40 to 10 mg of sample drug and 40 to placebo." in text
    assert "Eighty patients were randomised, 40 to 10 mg of sample drug and 40 to placebo" in text
    unknown = "The data do not record who received the treatment as planned, stopped it early or were lost to"
    assert text_of(written(trial), "Results").count(unknown) == 1
    assert "Allocated to placebo (n = 40)" in text and "readmission within 30 days (n = 2)" in text


def test_an_effect_is_claimed_where_interval_and_test_allow_it(trial: tuple[Path, Results]) -> None:
    text = text_of(written(trial, p=0.01), "Discussion > Conclusion")
    wanted = "In this randomised trial, 10 mg of sample drug, in comparison with placebo, reduced the risk of infection"
    assert wanted in text
    assert "the odds of a worse grade of severity" in text and "lower in the low dose group than in the placebo" in text


def test_a_claimed_effect_carries_interval_and_test_in_its_predicate(trial: tuple[Path, Results]) -> None:
    claims = [e for e in written(trial, p=0.01).ledger.entries.values() if e.text == "reduced"]
    assert claims
    for claim in claims:
        assert claim.predicate is not None
        assert [part["op"] for part in claim.predicate["all"]] == ["lt", "excludes", "p_below"]
        assert claim.predicate["all"][2] == {"op": "p_below", "of": f"{RISK}.p", "than": 0.05}


def test_interval_and_test_that_disagree_claim_nothing(trial: tuple[Path, Results]) -> None:
    text = text_of(written(trial, p=0.06), "Discussion > Conclusion")
    assert "reduced" not in text and "a lower risk of infection" not in text
    assert "the interval for the risk of infection within 30 days, the primary outcome, excludes" in text
    assert "excludes no difference, but the test does not, and the data do not settle the direction" in text


def test_an_effect_turns_round_with_the_results(trial: tuple[Path, Results]) -> None:
    turned = {"risk_difference": 20.0, "rd_ci_low": 2.0, "rd_ci_high": 37.0, "relative_reduction": None, "p": 0.01}
    paper = written(trial, **turned)
    assert "increased the risk of infection within 30 days" in text_of(paper, "Discussion > Conclusion")
    assert "The number needed to harm was" in text_of(paper, "Results")


def test_the_number_needed_is_left_out_where_the_direction_is_open(trial: tuple[Path, Results]) -> None:
    paper = written(trial, rd_ci_high=3.0, number_needed=None, relative_reduction=None)
    assert "number needed" not in text_of(paper, "Results > Infection")
    assert "percentage points (95% CI −37 to 3;" in text_of(paper, "Results").replace("\u00a0", " ")


def test_a_ratio_that_cannot_be_estimated_is_said_with_its_reason(trial: tuple[Path, Results]) -> None:
    paper = written(trial, risk_ratio=None, rr_ci_low=None, rr_ci_high=None)
    assert "the risk ratio could not be estimated (there were no events)" in text_of(paper, "Results")
    cells = [b.text for b in paper.ledger.blocks if b.table == "table-binary" and b.kind == "cell"]
    assert "NE" in cells
    notes = [b.text for b in paper.ledger.blocks if b.table == "table-binary" and b.kind == "note"]
    assert any("NE: not estimable" in note for note in notes)


def test_nothing_is_claimed_within_a_subgroup(trial: tuple[Path, Results]) -> None:
    paper = written(trial)
    found = [b for b in paper.ledger.blocks if b.section.endswith("Subgroups") and b.kind == "paragraph"]
    assert found
    for block in found:
        assert "Differences within a single subgroup are not interpreted." in block.text
        assert not re.search(r"\b(?:higher|lower|reduced|increased)\b", block.text)
    assert any("could not be estimated" in b.text for b in found)


def test_levels_of_alpha_and_interval_are_printed_with_all_their_digits(tmp_path: Path) -> None:
    folder = write_trial(tmp_path / "study", each=120, keep=("infected",), analysis={"alpha": 0.041, "ci_level": 0.975})
    paper = compose_paper(load_study(folder), analyse_folder(folder).text().encode(), None)
    text = text_of(paper)
    assert "an alpha level of 0.041" in text and "97.5%" in text
    assert "240 patients were randomised" in text and "In all, 240 patients" in text


# ---- tables and figures ----------------------------------------------------------------------------------------------


def test_the_table_of_binary_outcomes_gives_counts_and_both_comparisons(trial: tuple[Path, Results]) -> None:
    cells = [b for b in written(trial).ledger.blocks if b.table == "table-binary" and b.kind == "cell"]
    rows: dict[int, list[str]] = {}
    for cell in cells:
        rows.setdefault(cell.row or 0, []).append(cell.text.replace("\u00a0", " "))
    assert rows[1][1:3] == ["Low dose (n = 40)", "Placebo (n = 40)"]
    assert rows[2][:3] == ["Infection within 30 days", "5/40 (13)", "13/40 (33)"]
    assert re.fullmatch(r"−20 \(−37 to −2\)", rows[2][3]) and rows[2][4].startswith("0.38 (")
    assert rows[3][1:3] == ["3/38 (8)", "7/38 (18)"]


def test_each_number_of_the_new_figures_is_that_of_its_own_statistic(trial: tuple[Path, Results]) -> None:
    paper = written(trial)
    seen = set()
    for block in paper.ledger.blocks:
        if block.kind != "figure" or block.figure == "figure-flow":
            continue
        for entry_id, start, end in block.spans:
            entry = paper.ledger.entries[entry_id]
            assert block.text[start:end] == entry.text
            seen.add(entry.name)
    for name in (
        f"{RISK}.risk_ratio", "infected.day_30.by_sex.f.low.n", "grade.day_30.dead.placebo.n",
        "infection_time.day_30.low.at_risk", "infection_time.by_sex.m.low_vs_placebo.cox.hazard_ratio",
        "timepoints.day_90.at", "figure-survival.time", "figure-forest.ratio",
    ):  # fmt: skip
        assert name in seen, name


def test_a_variable_of_several_levels_heads_them_in_the_table_of_baseline(trial: tuple[Path, Results]) -> None:
    cells = [b for b in written(trial).ledger.blocks if b.table == "table-baseline" and b.column == 1]
    labels = [cell.text for cell in cells]
    at = labels.index("Centre of the trial, n (%)")
    assert labels[at + 1 : at + 3] == ["North", "South"]
    assert not any("note:" in b.text for b in written(trial).ledger.blocks if b.kind == "note")


def test_curves_and_times_of_single_patients_stay_out_of_the_record(trial: tuple[Path, Results]) -> None:
    _, results = trial
    assert results["curves"] and results["censoring"]
    paper = written(trial)
    record = json.loads(make_record(paper.ledger.to_json(), json.dumps(results).encode()))
    assert not {"curves", "censoring", "pairs"} & record["results"].keys()


def test_ticks_are_even_by_steps_or_by_ratios() -> None:
    steps, none = [Decimal(20), Decimal(20)], Decimal(0)
    assert _even(steps, none) and not _even([*steps, Decimal(21)], none) and not _even([none], none)
    assert _even([Decimal(2), Decimal(2)], Decimal(1)) and not _even([Decimal(1)], Decimal(1))


def test_arms_whose_long_names_begin_alike_and_hold_numbers(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data/smoking_cessation", tmp_path / "study")
    study = tmp_path / "study" / "study.yml"
    text = study.read_text(encoding="utf-8")
    text = text.replace("short: Combination", "short: Patch for many days, 10 mg")
    text = text.replace("short: Patch}", "short: Patch for many days, 20 mg}").replace(
        "short: Patch,", "short: Patch for many days and 20 mg,"
    )
    assert text.count("Patch for many days") == 2
    study.write_text(text, encoding="utf-8")
    made = build(tmp_path / "study", engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
