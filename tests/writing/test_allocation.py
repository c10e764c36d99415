"""`design.allocation` has no default, and decides title, flow, methods, checklist, words and tests of the baseline."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from trial_study import write_trial

from analysis.faults import StudyError
from analysis.pipeline import analyse_folder
from analysis.study import load_study
from report import build as work
from report.checklist.states import debts
from report.compose import Inputs, Paper, compose, prose_files
from report.draft import foreseen
from report.errors import ReportError
from report.styles import Style, load_style

GROUPS = {
    "randomised": {"allocation": "randomised", "assigned_by": "randomisation"},
    "non-randomised": {"allocation": "non-randomised", "assigned_by": "routine care"},
}
Written = dict[str, tuple[Path, Paper]]


def written(folder: Path, allocation: str, **changes: str) -> Path:
    title = "Sample drug against placebo: a randomised trial"
    if allocation == "non-randomised":
        title = "Sample drug and placebo: a non-randomised cohort study"
    study = write_trial(folder, each=30, keep=["infected"], subgroups=[], title=title, **changes)
    file = study / "study.yml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["design"] = {**content["design"], **GROUPS[allocation]}
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return study


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Written:
    out = {}
    for allocation in GROUPS:
        folder = written(tmp_path_factory.mktemp("allocation") / allocation, allocation)
        out[allocation] = folder, work.compose_paper(load_study(folder), analyse_folder(folder).text().encode(), None)
    return out


def text_of(paper: Paper, kind: str = "") -> str:
    return "\n".join(block.text for block in paper.ledger.blocks if not kind or block.kind == kind)


def test_it_has_no_default(tmp_path: Path) -> None:
    folder = written(tmp_path / "study", "randomised")
    file = folder / "study.yml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    del content["design"]["allocation"]
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    with pytest.raises(StudyError) as raised:
        load_study(folder)
    assert any("design.allocation" in str(fault) for fault in raised.value.faults)


@pytest.mark.parametrize("allocation", list(GROUPS))
def test_the_title_must_name_the_design(allocation: str, papers: Written) -> None:
    folder, _ = papers[allocation]
    facts = work.facts_of(load_study(folder))
    assert "1a" not in {state.item.id for _, state in debts(facts)}
    (title,) = {paper.title for one, (_, paper) in papers.items() if one != allocation}
    owed = {state.item.id: state.keys for _, state in debts(replace(facts, study={**facts.study, "title": title}))}
    assert owed["1a"] == ("title",)


def test_flow_methods_and_checklist_follow_it(papers: Written) -> None:
    drawn = {one: text_of(paper, "figure") for one, (_, paper) in papers.items()}
    said = {one: text_of(paper) for one, (_, paper) in papers.items()}
    assert "Randomised" in drawn["randomised"]
    assert "Randomised" not in drawn["non-randomised"] and "(not randomised)" in drawn["non-randomised"]
    assert "were analysed in the group to which they were assigned" in said["randomised"]
    assert "in the group of the treatment that they received" in said["non-randomised"]
    assert not re.search(r"(?<!non-)(?<!not )\b[Rr]andomised\b", said["non-randomised"])
    lists = {
        one: [made.guideline for made in foreseen(paper, work.facts_of(load_study(folder)))]
        for one, (folder, paper) in papers.items()
    }
    assert lists["randomised"][0] == "consort"
    assert lists["non-randomised"][:2] == ["strobe", "consort"]


def test_words_of_cause_are_for_randomised_trials(papers: Written) -> None:
    found = {one: typed(folder, "The effect of the drug was studied.") for one, (folder, _) in papers.items()}
    assert not found["randomised"]
    assert any("effect" in problem and "class cause" in problem for problem in found["non-randomised"])


def typed(folder: Path, text: str) -> list[str]:
    """What is found against a sentence of the discussion."""
    try:
        compose(inputs(folder, discussion=text), load_style("icmje"))
    except ReportError as error:
        return list(error.problems)
    return []


def inputs(folder: Path, **prose: str) -> Inputs:
    made = work._inputs(load_study(folder), analyse_folder(folder).text().encode())
    texts = prose_files(made.study, folder) | {key: (f"text/{key}.md", text) for key, text in prose.items()}
    return Inputs(**{**vars(made), "prose": texts})


def test_the_style_decides_by_it_whether_the_baseline_is_tested(papers: Written) -> None:
    style = load_style("icmje")
    policy = {"randomised": False, "non-randomised": True}
    testing = style.model_copy(update={"table": style.table.model_copy(update={"baseline_p": policy})})
    assert isinstance(testing, Style)
    for allocation, (folder, _) in papers.items():
        text = text_of(compose(inputs(folder), testing))
        assert ("by tests, whose P values are descriptive" in text) == policy[allocation]
