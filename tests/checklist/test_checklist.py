"""The filled checklist: states, places, omissions that must be noticed, and its files."""

from __future__ import annotations

import copy
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from finished_paper import DATA, STUDIES, Paper, finished
from lxml import html
from typer.testing import CliRunner

from report.checklist.finding import joined, letters, numbered_lines, positions
from report.checklist.guidelines import guideline, lists
from report.checklist.page import owed_sentence
from report.checklist.states import (
    NOT_APPLICABLE,
    NOT_DONE,
    OWED,
    REPORTED,
    Checklist,
    Facts,
    consort_of,
    debts,
    fill,
    places_of,
    whole_sentences,
)


@pytest.fixture(params=STUDIES)
def paper(request: pytest.FixtureRequest) -> Paper:
    return finished(request.param)


def state_of(checklist: Checklist, item: str) -> str:
    return next(one.state for one in checklist.states if one.item.id == item)


def test_every_place_is_found_and_every_item_has_a_state(paper: Paper) -> None:
    filled = paper.fill()
    assert [one.item.id for one in filled.states] == [one.id for one in guideline("consort").items]
    places = [place for one in filled.states for place in one.places]
    assert len(places) > 40
    assert not [place for place in places if place.absent_from]
    answered = [one for one in filled.states if one.state in (REPORTED, NOT_DONE)]
    assert all(one.places for one in answered)
    assert len(answered) >= 25


def test_a_paragraph_taken_out_of_the_ledger_is_noticed(paper: Paper) -> None:
    """Each item's paragraphs in turn."""
    before = paper.fill()
    answered = [one for one in before.states if one.state in (REPORTED, NOT_DONE)]
    for state in answered:
        less = copy.deepcopy(paper.ledger)
        gone = {place.block for place in state.places}
        less["blocks"] = [block for block in less["blocks"] if block["id"] not in gone]
        after = consort_of(fill(paper.facts, places_of(less["blocks"])))
        assert state_of(after, state.item.id) in (OWED, NOT_APPLICABLE), state.item.id
        assert state_of(after, state.item.id) != state.state


def test_a_paragraph_taken_out_of_the_finished_page_is_noticed(paper: Paper, tmp_path: Path) -> None:
    before = paper.fill()
    source = (paper.out / "paper.html").read_bytes()
    texts = {block["id"]: letters(block["text"]) for block in paper.ledger["blocks"]}
    noticed = 0
    for state in before.states:
        if state.state not in (REPORTED, NOT_DONE):
            continue
        root: Any = html.fromstring(source)
        for wanted in {texts[place.block] for place in state.places}:
            for element in root.xpath("//body//*"):
                if letters(element.text_content()) == wanted:
                    element.drop_tree()
        page = tmp_path / "paper.html"
        page.write_bytes(html.tostring(root))
        after = state_of(paper.fill(page), state.item.id)
        assert after in (OWED, NOT_APPLICABLE), state.item.id
        noticed += 1
    assert noticed >= 25


def test_words_that_only_say_that_nothing_was_reported_do_not_count_as_reported(paper: Paper) -> None:
    less = copy.deepcopy(paper.ledger)
    for block in less["blocks"]:
        block["items"] = [[one, "not reported", a, b] for one, _, a, b in block.get("items") or ()]
    after = consort_of(fill(paper.facts, places_of(less["blocks"])))
    assert {one.state for one in after.states} <= {NOT_DONE, NOT_APPLICABLE, OWED}


def test_an_anchor_of_an_empty_stretch_does_not_count(paper: Paper) -> None:
    blocks = [{"id": "b1", "kind": "paragraph", "text": " . ", "items": [["9", "reported", 0, 3]]}]
    assert places_of(blocks) == []


# ---- designs -----------------------------------------------------------------------------------------------------


def changed(facts: Facts, **design: str) -> Facts:
    study = copy.deepcopy(dict(facts.study))
    study["design"] |= design
    return replace(facts, study=study, given=study)


@pytest.mark.parametrize(
    ("design", "names", "reason"),
    [
        ({"allocation": "randomised", "assigned_by": "randomisation"}, ["consort"], ""),
        ({"allocation": "non-randomised", "assigned_by": "routine care"}, ["strobe", "consort"], "routine care"),
        ({"allocation": "non-randomised", "assigned_by": "investigators"}, ["trend", "consort"], "the investigators"),
    ],
)
def test_the_guideline_follows_the_design(paper: Paper, design: dict[str, str], names: list[str], reason: str) -> None:
    made = fill(changed(paper.facts, **design), places_of(paper.ledger["blocks"]))
    assert [one.guideline for one in made] == [*names, "abstract", "harms"]
    for item in ("17a", "17b", "18", "19"):
        state = next(one for one in consort_of(made).states if one.item.id == item)
        assert (state.state == NOT_APPLICABLE) == bool(reason)
        assert reason in state.reason


def test_a_title_that_does_not_name_the_design_is_owed(paper: Paper) -> None:
    study = copy.deepcopy(dict(paper.facts.study)) | {"title": "A drug for a disease"}
    owed = {one.item.id: one.keys for _, one in debts(replace(paper.facts, study=study))}
    assert owed["1a"] == ("title",)
    assert "1a" not in {one.item.id for _, one in debts(paper.facts)}


def test_what_check_lists_is_what_the_paper_owes(paper: Paper) -> None:
    filled = {one.item.id: one.keys for one in paper.fill().debts}
    listed = {one.item.id: one.keys for _, one in debts(paper.facts)}
    assert listed.keys() - {"1a"} == filled.keys()
    assert {key: listed[key] for key in filled} == filled


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("The sequence was hidden in sealed envelopes.", REPORTED),
        ({"not_done": "The sequence was not hidden."}, NOT_DONE),
        ({"not_reported": "How the sequence was hidden is not known."}, NOT_DONE),
        ({"not_applicable": "the sequence was made after the trial"}, NOT_APPLICABLE),
    ],
)
def test_an_answer_in_the_study_file_is_printed_and_counts(told: Any, state: str) -> None:
    from report.checklist.owed import told as printed

    study: dict[str, Any] = {
        "design": {"allocation": "randomised", "assigned_by": "randomisation", "blinding": {}},
        "reporting": {"concealment": told},
    }
    said = printed(study, "concealment")
    blocks = []
    if said is not None:
        text = told if isinstance(told, str) else next(iter(told.values()))
        blocks = [{"id": "b1", "kind": "paragraph", "text": text, "items": [["18", said.says, 0, len(text)]]}]
        assert said.items == ("18",)
    item = next(one for one in guideline("consort").items if one.id == "18")
    from report.checklist.states import _own

    assert _own(item, Facts(study), places_of(blocks)).state == state


# ---- places ------------------------------------------------------------------------------------------------------


def test_a_place_is_found_across_a_page_and_by_its_order() -> None:
    words = "The random sequence was made by a statistician who had no other part in the trial at all."
    blocks = [
        {"id": "b1", "kind": "paragraph", "text": "It began. " + words},
        {"id": "b2", "kind": "paragraph", "text": "It ended. " + words},
    ]
    spans = {("b1", 0): words, ("b2", 1): words}
    first = "It began. The random sequence was made by a"
    pages = joined(
        [(1, first), (2, "statistician who had no other part in the"), (3, f"trial at all. It ended. {words}")]
    )
    found = positions(blocks, spans, pages)
    assert {key: pages.label(at) for key, at in found.items()} == {("b1", 0): 1, ("b2", 1): 3}
    assert positions(blocks, {("b1", 0): "Nothing of the kind stands here."}, pages) == {}


def test_words_that_a_page_parts_are_not_sought_where_they_stand_again() -> None:
    words = "The data do not record who received the treatment as planned or stopped it early."
    filler = "Between them stands a long text about something else. " * 120
    first, other = f"In all, many patients took part. {words}", f"This report has limitations. {words}"
    blocks = [{"id": "b1", "kind": "paragraph", "text": first}, {"id": "b2", "kind": "paragraph", "text": other}]
    at = first.index(" the treatment")
    pages = joined([(1, first[:at]), (2, f"Running title {first[at:]} {filler}"), (3, other)])
    found = positions(blocks, {("b1", 0): words, ("b2", 1): words}, pages)
    assert [pages.label(place) for place in found.values()] == [1, 3]


def test_lines_are_those_of_the_numbers_in_the_margin(tmp_path: Path) -> None:
    import typst

    source = tmp_path / "numbered.typ"
    source.write_text(
        '#set page(margin: (left: 40mm))\n#set par.line(numbering: "1", number-clearance: 20mm)\n'
        "First line of the paper.\\ Second line, which answers an item.\\ Third line.\n",
        encoding="utf-8",
    )
    made = typst.compile(str(source), format="pdf")
    assert isinstance(made, bytes)
    lines = numbered_lines(made)
    assert lines is not None
    assert lines.label(lines.letters.index(letters("which answers"))) == 2


# ---- files -------------------------------------------------------------------------------------------------------


def test_build_writes_the_checklist_in_the_formats_of_the_paper(paper: Paper) -> None:
    page = (paper.out / "checklist.html").read_text(encoding="utf-8")
    text = " ".join(html.fromstring(page.encode()).text_content().split())
    assert "Creative Commons Attribution 4.0" in text
    assert "10.1136/bmj-2024-081123" in text
    assert ("STROBE" in text) == (paper.name == "nmosd")
    assert "Paraphrased: not the wording" in text
    record = json.loads((paper.out / "checklist.json").read_text(encoding="utf-8"))
    for one in (item for of in record["guidelines"] for item in of["items"]):
        assert re.search(rf"\b{one['item']}\b", text)
        assert one["said"] in text
        assert all(place["text"] in place["sentences"] for place in one["places"])


def test_the_same_input_gives_the_same_checklist(paper: Paper, tmp_path: Path) -> None:
    from report.checklist.files import filled, write

    files = {"html": paper.out / "paper.html"}
    made = [
        write(tmp_path / str(n), filled(paper.ledger, paper.facts, files), paper.ledger, paper.facts, files, ["html"])
        for n in (1, 2)
    ]
    assert made[0]["html"].read_bytes() == made[1]["html"].read_bytes() == (paper.out / "checklist.html").read_bytes()


def test_check_lists_what_is_owed_and_is_content(tmp_path: Path) -> None:
    from report.cli import build, check  # noqa: F401
    from report.cli.app import app

    folder = tmp_path / "indomethacin"
    shutil.copytree(DATA / "indomethacin", folder)
    study = folder / "study.yml"
    text = study.read_text(encoding="utf-8")
    study.write_text(re.sub(r"\nreporting:.*\n(?:  .*\n|\n)*", "\n", text), encoding="utf-8")
    done = CliRunner().invoke(app, ["check", str(folder)])
    assert done.exit_code == 0, done.output
    assert "- Item 19 (Implementation): fill reporting.implementation." in done.output


# ---- further lists ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({}, ["abstract", "harms"]),
        ({"adverse_events": None}, ["abstract"]),
        ({"arms": {"a": {}, "b": {}, "c": {}}}, ["abstract", "harms", "multiarm"]),
        ({"design": {"framework": "equivalence"}}, ["abstract", "harms", "noninferiority"]),
    ],
)
def test_the_design_asks_for_further_lists(changes: dict[str, Any], more: list[str]) -> None:
    design = {
        "allocation": "randomised",
        "assigned_by": "randomisation",
        "type": "parallel",
        "framework": "superiority",
    }
    study = {"adverse_events": {"file": "events"}, "arms": {"a": {}, "b": {}}, **changes}
    study["design"] = design | changes.get("design", {})
    assert list(lists(study)) == ["consort", *more]


def test_the_further_lists_name_anchors_and_mark_their_wording() -> None:
    for key in ("abstract", "harms", "multiarm", "noninferiority"):
        of = guideline(key)
        assert of.attribution and of.wording
        assert all(item.paraphrased and item.answered_by for item in of.items)
    assert len(guideline("abstract").items) == 15
    assert len(guideline("harms").items) == 17


def test_a_paragraph_taken_out_is_noticed_by_the_further_lists(paper: Paper) -> None:
    """Each item's paragraphs in turn."""
    before = [one for one in fill(paper.facts, places_of(paper.ledger["blocks"])) if one.guideline != "consort"]
    noticed = 0
    for one in before:
        for state in one.states:
            if state.state not in (REPORTED, NOT_DONE):
                continue
            gone = {place.block for place in state.places}
            less = [block for block in paper.ledger["blocks"] if block["id"] not in gone]
            made = next(other for other in fill(paper.facts, places_of(less)) if other.guideline == one.guideline)
            assert state_of(made, state.item.id) in (OWED, NOT_APPLICABLE), (one.guideline, state.item.id)
            noticed += 1
    assert noticed >= 28


def test_debts_of_further_lists_are_told_once_with_the_name_of_the_list(paper: Paper) -> None:
    study = copy.deepcopy(dict(paper.facts.study))
    study["design"] |= {"framework": "non-inferiority"}
    facts = replace(paper.facts, study=study, given=study)
    told = [owed_sentence(of, state) for of, state in debts(facts) if of != "consort"]
    name = "CONSORT, non-inferiority and equivalence trials"
    assert told == [
        f"Item 1a of {name} (Title): fill title.",
        f"Item 2a of {name} (Background): fill reporting.framework_rationale.",
        f"Item 4a of {name} (Participants): fill reporting.reference_trials.",
    ]


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("of the groups", "The size of the groups was 3.5 (e.g. Group A had 4)."),
        ("Group A", "The size of the groups was 3.5 (e.g. Group A had 4)."),
        ("was 3.5 (e.g. Group A had 4). It", "The size of the groups was 3.5 (e.g. Group A had 4). It was small."),
        ("small", "It was small."),
    ],
)
def test_the_sentences_round_an_answer_are_whole(part: str, whole: str) -> None:
    text = "First. The size of the groups was 3.5 (e.g. Group A had 4). It was small. Last."
    start = text.index(part)
    assert whole_sentences(text, start, start + len(part)) == whole
