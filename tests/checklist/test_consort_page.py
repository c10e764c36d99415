"""docs/consort.md, judged by reading: its states, quotations, sections and totals are those of the checklists."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from finished_paper import STUDIES, Paper, finished

from report.checklist.guidelines import guideline
from report.checklist.states import NOT_APPLICABLE, NOT_DONE, REPORTED, State

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "consort.md").read_text(encoding="utf-8")
NAMES = {"NMOSD": "nmosd", "Indomethacin": "indomethacin"}
JUDGEMENTS = ("Answered", "In part", "Missing, and said", "Not applicable")
STATES = {
    "reported": (REPORTED, ""),
    "not done": (NOT_DONE, ""),
    "not reported": (NOT_DONE, "said to be not reported"),
    "not applicable": (NOT_APPLICABLE, None),
}
"""What the page calls a state, with the reason that the checklist gives for it (None: any)."""


@dataclass(frozen=True)
class Line:
    """What the page says of an item and a paper: the quotations with their sections, and the judgement."""

    item: str
    paper: str
    state: str
    quoted: tuple[tuple[str, str], ...]
    judgement: str


def plain(text: str) -> str:
    return " ".join(text.split())


def read(page: str) -> list[Line]:
    """The lines of the page; raises ValueError for one that does not have their form."""
    out = []
    for found in re.finditer(r"^\*\*([0-9]+[a-z]?)\. [^*]+\*\*\n\n(.*?)(?=\n\n)", page, re.MULTILINE | re.DOTALL):
        for text in found[2].removeprefix("- ").split("\n- "):
            form = re.fullmatch(r"(\w+), ([a-z ]+): (“.+?)\. \*\*([^*]+)\*\*[.,:;].*", plain(text))
            if not form:
                raise ValueError(f"Item {found[1]}: not a line of the page: {plain(text)}")
            quoted = re.findall(r"“([^”]+)”(?: \(([^)]+)\))?", form[3])
            out.append(Line(found[1], NAMES[form[1]], form[2], tuple(quoted), form[4]))
    return out


LINES = read(PAGE)


def faults(line: Line, state: State) -> list[str]:
    """What a line says that the checklist does not."""
    out = []
    kind, reason = STATES[line.state]
    if state.state != kind or reason not in (None, state.reason):
        out.append(f"the checklist has it as {state.state} ({state.reason})")
    if not line.quoted:
        out.append("nothing is quoted")
    for quotation, section in line.quoted:
        words = quotation.removesuffix("…").strip()
        stands = [place.section or "Title" for place in state.places if words in plain(place.text)]
        if section not in (stands or ([""] if words == plain(state.reason) else [])):
            out.append(f"not in its place ({section}): {quotation}")
    return out


@pytest.fixture(params=STUDIES)
def paper(request: pytest.FixtureRequest) -> Paper:
    return finished(request.param)


def test_every_item_stands_once_for_each_paper() -> None:
    ids = [one.id for one in guideline("consort").items]
    assert len(ids) == 42
    assert [(one.item, one.paper) for one in LINES] == [(item, name) for item in ids for name in STUDIES]


def test_states_quotations_and_sections_are_those_of_the_checklist(paper: Paper) -> None:
    states = {one.item.id: one for one in paper.fill().states}
    mine = [line for line in LINES if line.paper == paper.name]
    assert not {line.item: found for line in mine if (found := faults(line, states[line.item]))}


def test_a_wrong_state_word_or_section_is_noticed(paper: Paper) -> None:
    states = {one.item.id: one for one in paper.fill().states}
    for line in (one for one in LINES if one.paper == paper.name):
        (first, where), *rest = line.quoted
        other = "reported" if line.state != "reported" else "not reported"
        for wrong in (
            Line(line.item, line.paper, other, line.quoted, line.judgement),
            Line(line.item, line.paper, line.state, ((f"{first[:9]}x{first[9:]}", where), *rest), line.judgement),
            Line(line.item, line.paper, line.state, ((first, f"{where}s"), *rest), line.judgement),
        ):
            assert faults(wrong, states[line.item]), wrong


def test_judgements_agree_with_the_states() -> None:
    for line in LINES:
        assert line.judgement in JUDGEMENTS, line
        assert (line.judgement == "Not applicable") == (line.state == "not applicable"), line
        assert line.judgement != "Missing, and said" or line.state in ("not done", "not reported"), line


def test_the_totals_are_those_of_the_lines() -> None:
    rows = re.findall(r"^\| (\w+)" + r" \| ([0-9]+)" * 4, PAGE, re.MULTILINE)
    printed = {name: [int(n) for n in counted] for name, *counted in rows}
    counts = {name: Counter(one.judgement for one in LINES if one.paper == key) for name, key in NAMES.items()}
    assert printed == {name: [of[one] for one in JUDGEMENTS] for name, of in counts.items()}
