"""The first letter of a declared name, inside a sentence and at its start."""

from __future__ import annotations

import pytest

from report.capitals import capitalised, lowered


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("Placebo", "placebo"),
        ("Time to death", "time to death"),
        ("Serum CRP", "serum CRP"),
        ("Drug A", "drug A"),
        ("A then B", "A then B"),
        ("AZA", "AZA"),
        ("BtheB", "BtheB"),
        ("Beck Depression Inventory II", "Beck Depression Inventory II"),
        ("Kaplan–Meier estimate", "Kaplan–Meier estimate"),
        ("Non-Hodgkin lymphoma", "non-Hodgkin lymphoma"),
        ("The Cox model did not converge", "the Cox model did not converge"),
        ("Before Christmas", "before Christmas"),
        ("Likert score", "Likert score"),
        ("Likerts", "likerts"),
        ("pH of blood", "pH of blood"),
        ("2 months", "2 months"),
        ("", ""),
    ],
)
def test_a_name_is_lowered_only_where_it_is_no_proper_name(text: str, inside: str) -> None:
    assert lowered(text, ["Likert", "AQP4-IgG"]) == inside


@pytest.mark.parametrize(
    ("text", "first"),
    [("placebo", "Placebo"), ("pH of blood", "pH of blood"), ("mRNA", "mRNA"), ("x ray", "x ray"), ("ibn Sina",) * 2],
)
def test_a_name_begins_a_row_with_a_capital_but_for_its_own_small_letter(text: str, first: str) -> None:
    assert capitalised(text, ["ibn Sina"]) == first
