"""A whole factorial trial, built and audited: the margins lead, the interaction stands beside them."""

from __future__ import annotations

import json

import pytest
from factorial_study import write_factorial
from test_build import words_of

from analysis.exchange.ars import from_ars, to_ars
from analysis.exchange.check import given_faults, study_faults
from analysis.study import load_study
from report.build import Built, build


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The paper with a binary, a time-to-event and a continuous outcome."""
    folder = tmp_path_factory.mktemp("factorial")
    study = write_factorial(folder / "trial", keep=("infected", "infection_time", "pressure"))
    return build(study, engine="embedded", out=folder / "out")


def test_the_audit_passes_in_three_formats(made: Built) -> None:
    assert made.passed, made.audit
    assert {one["format"]: one["verdict"] for one in made.audit["files"]} == dict.fromkeys(
        ("pdf", "html", "docx"), "pass"
    )


def test_the_paper_says_what_was_done(made: Built) -> None:
    text = words_of(made.out / "paper.docx")
    for words in (
        "a prospective randomised 2×2 factorial trial with a superiority framework",
        "The groups were the combinations of aspirin (against placebo) and supervised exercise.",
        "For systolic blood pressure this is a difference of means by least squares on all treatments.",
        "with the Cochran–Mantel–Haenszel test",
        "The comparisons of single groups with the placebo group, inside the table, are secondary.",
        "Each treatment was compared at the margins, which presumes that it does the same with and without the other.",
        "The interval of the interaction includes none for infection (P",
        "where the single groups have to be compared too",
        "The intervals were not adjusted for multiplicity.",
    ):
        assert words in text, words
    assert "The main estimate" not in text


def test_the_margins_lead(made: Built) -> None:
    text = words_of(made.out / "paper.docx")
    first = (
        "The risk of infection within 30 days was lower with aspirin than with placebo (risk difference −19 percentage"
    )
    assert text.index("Abstract") < text.index(first) < text.index("Design and setting")
    assert text.index("Comparisons at the margins") < text.index("inside the table; each such comparison")
    conclusion = text.rpartition("Conclusion")[2]
    assert "aspirin, in comparison with placebo, reduced the risk of infection within 30 days" in conclusion
    assert "In comparison with no supervised exercise, supervised exercise reduced the risk of infection" in conclusion
    assert "aspirin alone" not in conclusion


def test_tables_of_the_margins_come_before_those_of_the_groups(made: Built) -> None:
    text = words_of(made.out / "paper.docx")
    captions = [f"Table {n}. {said}" for n, said in ((2, "Infection: comparisons at the margins"), (5, "Infection"))]
    assert text.index(captions[0]) < text.index(captions[1])
    assert "Aspirin, n/N (%)" in text
    assert "Interaction (ratio of odds ratios)" in text


def test_the_results_are_exchanged_and_taken_back(made: Built) -> None:
    """As results of another program, and to ARS and back: no statistic at the margins is refused or lost."""
    study = load_study(made.out.parent / "trial")
    document = json.loads((made.out / "results.json").read_text(encoding="utf-8"))
    assert given_faults(document, "r") + study_faults(document, study, "r") == []
    again = from_ars(to_ars(document, patients=True))
    assert again["statistics"] == document["statistics"]
    assert any("factor_interaction" in name for name in again["statistics"])
