"""Anchors of the checklist: what they cover, what of them counts, and the guidelines that they belong to."""

from __future__ import annotations

import re

import pytest

from report.checklist.anchors import Anchors, settle, without
from report.checklist.guidelines import anchors, guideline
from report.errors import ReportError
from report.ledger import Block
from report.markdown import to_plain
from report.paths import TEMPLATES


def covered(anchored: Anchors, markdown: str) -> list[tuple[str, str]]:
    text, marked = to_plain(settle(markdown), lambda i: "")
    return [(one, text[start:end]) for one, _, start, end in anchored.spans(text, marked)]


def test_an_anchor_covers_what_follows_up_to_the_next() -> None:
    made = Anchors()
    text = f"{made.item('9')} A trial. {made.item('2', '3')}Registered. {made.item()}Approved."
    assert covered(made, text) == [("9", "A trial."), ("2", "Registered."), ("3", "Registered.")]
    assert without(settle(text)) == "A trial. Registered. Approved."


@pytest.mark.parametrize("empty", ["", "  ", " . ", "{next} Text."])
def test_an_anchor_before_nothing_does_not_count(empty: str) -> None:
    made = Anchors()
    first = made.item("9")
    text = f"{first}{empty.format(next=made.item('11'))}"
    assert "9" not in [one for one, _ in covered(made, text)]


def test_each_paragraph_of_a_text_is_anchored_and_no_heading() -> None:
    made = Anchors()
    out = str(made.before("## Title\n\nOne.\n\nTwo.", "6"))
    assert [without(p) for p in out.split("\n\n")] == ["## Title", "One.", "Two."]
    assert len(made.said) == 2


def test_an_unknown_item_is_refused_with_the_nearest() -> None:
    with pytest.raises(ReportError, match=r"There is no item '16d' in a checklist\. The nearest name is '"):
        Anchors().item("16d")
    with pytest.raises(ReportError, match="not 'perhaps'"):
        Anchors().item("9", says="perhaps")


def test_a_block_without_items_says_nothing_of_them() -> None:
    from report.ledger import Ledger

    ledger = Ledger(
        "s",
        "real",
        "icmje",
        {},
        {},
        {},
        (Block("b1", "paragraph", "", "A", items=(("9", "reported", 0, 1),)), Block("b2", "paragraph", "", "B")),
    )
    text = ledger.to_json().decode()
    assert text.count('"items"') == 1


def test_consort_has_its_items_and_its_attribution() -> None:
    consort = guideline("consort")
    assert len(consort.items) == 42
    assert len({re.match(r"\d+", item.id).group() for item in consort.items}) == 30  # type: ignore[union-attr]
    assert "CC BY" in (TEMPLATES / "checklists" / "consort-2025.yml").read_text(encoding="utf-8")
    assert "Creative Commons Attribution" in consort.attribution
    assert "10.1136/bmj-2024-081123" in consort.attribution
    assert not any(item.paraphrased for item in consort.items)
    assert {item.id for item in consort.items if item.not_randomised} == {"1a", "17a", "17b", "18", "19"}


@pytest.mark.parametrize("key", ["strobe", "trend"])
def test_the_other_guidelines_are_answered_by_anchors_and_mark_their_wording(key: str) -> None:
    made = guideline(key)
    assert [item.id for item in made.items] == [str(n) for n in range(1, 23)]
    assert all(item.answered_by for item in made.items)
    own = {item.id for item in guideline("consort").items}
    assert all(name in own or name.startswith(f"{key}:") for item in made.items for name in item.answered_by)
    paraphrased = [item.id for item in made.items if item.paraphrased]
    assert paraphrased == [str(n) for n in range(1 if key == "strobe" else 8, 23)]


def test_every_anchor_of_a_template_is_one_of_a_guideline_and_most_stand_in_one() -> None:
    used: set[str] = set()
    for path in TEMPLATES.rglob("*.j2"):
        source = path.read_text(encoding="utf-8")
        for call in re.findall(r"\b(?:item|place|prose)\(([^)]*)\)", source):
            used |= {one for one in re.findall(r'"([^"]+)"', call) if one in anchors()}
    assert used >= anchors() - REPORTING


REPORTING = {
    *("8", "12b", "17a", "17b", "18", "19", "20b", "23b", "24a", "24b"),
    *("abstract:15", "harms:17a2", "noninferiority:2a", "noninferiority:4a"),
}
"""Items that only the author can answer, in words of study.yml or of a text."""
