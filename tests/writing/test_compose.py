"""Composing the NMOSD paper: what is printed, what is refused, and words that follow the results."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from conftest import text_of

from report.compose import Paper
from report.errors import ReportError
from report.styles import load_style

Write = Callable[..., Paper]
ADL = "adl.month_6.treatment_vs_control.adjusted"
RATE = "recurrence.month_12.treatment_vs_control.rate"


def put(results: dict[str, Any], stem: str, **values: float | None) -> None:
    for statistic, value in values.items():
        record = results["statistics"][f"{stem}.{statistic}"]
        record["value"] = value
        record["error"] = None if value is not None else {"code": "no_events", "message": "There were no events."}


def test_every_number_of_the_ledger_is_in_its_block(results: dict[str, Any], write: Write) -> None:
    paper = write(results)
    assert len(paper.ledger.entries) > 800
    seen = set()
    for block in paper.ledger.blocks:
        for entry_id, start, end in block.spans:
            assert block.text[start:end] == paper.ledger.entries[entry_id].text
            assert paper.ledger.entries[entry_id].block == block.id
            seen.add(entry_id)
    assert seen == set(paper.ledger.entries)


def test_no_mark_is_left_in_the_manuscript(results: dict[str, Any], write: Write) -> None:
    paper = write(results)
    assert not re.search("[\ue000-\uf8ff]", paper.body + text_of(paper))


def test_the_same_input_gives_the_same_manuscript_and_ledger(results: dict[str, Any], write: Write) -> None:
    first, second = write(results), write(results)
    assert first.body == second.body
    assert first.ledger.to_json() == second.ledger.to_json()


def test_abstract_has_the_five_headings_and_the_paper_its_sections(results: dict[str, Any], write: Write) -> None:
    body = write(results).body
    for heading in ("Background", "Objective", "Methods", "Results", "Conclusion"):
        assert f"**{heading}.**" in body
    headings = re.findall(r"^# (\w[^{\n]*)", body, re.M)
    assert [h.strip() for h in headings] == [
        "Abstract", "Introduction", "Methods", "Results", "Discussion", "Data availability", "Funding",
        "Conflicts of interest", "Author contributions", "Supplement", "References",
    ]  # fmt: skip


def test_the_text_leads_with_the_adjusted_difference_and_says_its_direction(
    results: dict[str, Any], write: Write
) -> None:
    text = text_of(write(results), "Results")
    assert "The baseline-adjusted mean ADL at 6 months was higher in the AZA + MMF group than in the AZA group" in text


def test_turning_the_results_round_turns_the_words_round(results: dict[str, Any], write: Write) -> None:
    low, high = (results["statistics"][f"{ADL}.{s}"]["value"] for s in ("ci_low", "ci_high"))
    value = results["statistics"][f"{ADL}.difference"]["value"]
    put(results, ADL, difference=-value, ci_low=-high, ci_high=-low)
    paper = write(results)
    assert "The baseline-adjusted mean ADL at 6 months was lower in the AZA + MMF group" in text_of(paper, "Results")
    assert "a lower mean ADL at 6 months" in text_of(paper, "Discussion")
    assert "a higher mean ADL" not in text_of(paper)


def test_an_interval_with_no_difference_is_said_to_include_it(results: dict[str, Any], write: Write) -> None:
    put(results, ADL, difference=1.2, ci_low=-3.1, ci_high=5.5, p=0.58)
    paper = write(results)
    said = "The difference in baseline-adjusted mean ADL at 6 months, the AZA + MMF group minus the AZA group, was 1.2"
    assert said in text_of(paper, "Results")
    assert "an interval that includes no difference" in text_of(paper, "Results")
    conclusion = text_of(paper, "Discussion > Conclusion")
    assert "The interval for the mean ADL at 6 months includes no difference, and the data do not settle" in conclusion


def test_nothing_clear_leaves_a_conclusion_without_associations(results: dict[str, Any], write: Write) -> None:
    put(results, ADL, ci_low=-1.0)
    put(results, "edss.month_6.treatment_vs_control.adjusted", ci_high=1.0)
    put(results, RATE, ci_high=2.0)
    put(results, "harms.any.treatment_vs_control", rd_ci_high=3.0)
    text = text_of(write(results), "Discussion > Conclusion")
    assert "was associated" not in text
    assert "include no difference, and the data do not settle the direction of the differences." in text


def test_what_cannot_be_estimated_is_said_with_its_reason(results: dict[str, Any], write: Write) -> None:
    put(results, ADL, difference=None, ci_low=None, ci_high=None, p=None)
    put(results, RATE, ratio=None, ci_low=None, ci_high=None, p=None)
    paper = write(results)
    text = text_of(paper, "Results")
    assert "could not be estimated (there were no events)" in text
    discussion = text_of(paper, "Discussion")
    assert "Nothing can be said of the mean ADL at 6 months" in discussion
    assert "which could not be estimated (there were no events)" in discussion
    assert any(e.kind == "not_estimable" and e.text == "NE" for e in paper.ledger.entries.values())


def test_each_claim_carries_the_predicate_that_made_it_true(results: dict[str, Any], write: Write) -> None:
    claims = [e for e in write(results).ledger.entries.values() if e.kind == "claim"]
    assert len(claims) > 40
    assert all(e.predicate and e.predicate["op"] for e in claims)
    higher = next(e for e in claims if e.text == "higher" and ADL in e.name)
    assert higher.predicate == {
        "op": "and",
        "all": [
            {"op": "gt", "of": f"{ADL}.difference", "than": 0.0},
            {"op": "excludes", "low": f"{ADL}.ci_low", "high": f"{ADL}.ci_high", "null": 0.0},
        ],
    }


@pytest.mark.parametrize(
    ("prose", "message"),
    [
        ("We saw 60 patients.", "text/introduction.md, line 1: the number '60' is typed."),
        ("First line.\n\nWe saw twenty-one patients.", "text/introduction.md, line 3: the number 'twenty-one' is typed."),  # noqa: E501
        ("Scores were higher afterwards.", "text/introduction.md, line 1: the claim word 'higher' is typed."),
        ("The difference was significant.", "text/introduction.md, line 1: the claim word 'significant' is typed."),
        ("It was {{ constant('azathioprin_dose') }}.", "There is no constant 'azathioprin_dose' in study.yml. The nearest name is 'azathioprine_dose'."),  # noqa: E501
        ("It was {{ n('adl.month_6.treatment.men') }}.", "There is no statistic 'adl.month_6.treatment.men' in the results. The nearest name is"),  # noqa: E501
        ("It was {{ konstant('x') }}.", "text/introduction.md: 'konstant' is undefined. The nearest name is 'constant'."),  # noqa: E501
        ("It was {{ constant('x' }}.", "text/introduction.md, line 1: the template text cannot be read"),
        ("It is known [@nobody2020].", "The text cites 'nobody2020', which references.bib does not hold."),
        ("The drug is safe.", "text/introduction.md, line 1: 'safe' says more than the study can carry (class safety). Give patients with the event"),  # noqa: E501
        ("It had an effect.", "'effect' says more than the study can carry (class cause). Say \"difference\" or \"association\"."),  # noqa: E501
        ("Patients were randomised.", "'randomised' says more than the study can carry (class design). Say how the groups came about"),  # noqa: E501
        ("{{ ().__class__.__mro__ }}", "access to attribute '__class__' of 'tuple' object is unsafe"),
    ],
)  # fmt: skip
def test_typed_numbers_and_words_are_refused_with_their_place(
    results: dict[str, Any], write: Write, prose: str, message: str
) -> None:
    with pytest.raises(ReportError) as refused:
        write(results, introduction=prose)
    assert message in "\n".join(refused.value.problems)


def test_all_typed_numbers_are_named_at_once(results: dict[str, Any], write: Write) -> None:
    with pytest.raises(ReportError) as refused:
        write(results, introduction="Of 60 patients,\nthirty improved.", discussion="P was 0.04.")
    assert len(refused.value.problems) == 4


def test_a_digit_smuggled_through_an_expression_is_refused_too(results: dict[str, Any], write: Write) -> None:
    with pytest.raises(ReportError, match="'60' is printed but was not emitted"):
        write(results, introduction="We saw {{ '60' }} patients.")


def test_prose_prints_markup_literally(results: dict[str, Any], write: Write) -> None:
    odd = r"A | b *c* <script>x</script> #read(y) \textbf{z} $q$ ::: # h"
    text = text_of(write(results, introduction=odd), "Introduction")
    assert r"A | b c <script>x</script> #read(y) \textbf{z} $q$ ::: # h" in text


def test_the_style_reaches_text_tables_and_figures(results: dict[str, Any], write: Write) -> None:
    icmje, jama = (text_of(write(results, s)).replace("\u00a0", " ") for s in ("icmje", "jama"))
    assert "P = 0.006" in icmje and "P = .006" in jama
    assert "95% CI 1.9 to 10.6" in icmje and "95% CI, 1.9-10.6" in jama
    assert "an alpha level of 0.05" in icmje and "an alpha level of .05" in jama
    assert "15 January 2026" in icmje and "January 15, 2026" in jama
    assert "six months in both groups" in icmje and "6 months in both groups" in jama
    assert not re.search(r"P [=<>] 0\.", jama) and not re.search(r"P [=<>] \.", icmje)


def test_a_real_study_bears_no_notice(results: dict[str, Any], write: Write) -> None:
    simulated, real = write(results), write(results, study={"data": "real"})
    assert simulated.notice and "SIMULATED DATA" in text_of(simulated) and simulated.header.endswith("SIMULATED DATA")
    assert real.notice is None and "SIMULATED DATA" not in text_of(real) and "SIMULATED DATA" not in real.header


def test_tables_and_figures_are_numbered_in_order_and_referred_to(results: dict[str, Any], write: Write) -> None:
    paper = write(results)
    captions = [b.text for b in paper.ledger.blocks if b.kind == "caption"]
    assert [c.split(".")[0].replace("\u00a0", " ") for c in captions] == [
        "Figure 1", "Table 1", "Figure 2", "Table 2", "Table 3", "Table 4", "Table 5", "Figure 3",
        "Supplementary table S1", "Supplementary table S2",
    ]  # fmt: skip
    for name in (
        "figure-flow",
        "figure-outcomes",
        "table-baseline",
        "table-outcomes",
        "table-recurrences",
        "table-harms",
        "table-harms-rates",
        "figure-harms",
        "table-sensitivity",
    ):
        assert f"](#{name})" in paper.body, name


def test_each_note_under_a_table_stands_alone(results: dict[str, Any], write: Write) -> None:
    notes = [b.text for b in write(results).ledger.blocks if b.kind == "note"]
    assert len(notes) > 8
    assert not any("note:" in note for note in notes), "a template's tag at a line's end took the line's end with it"


def test_baseline_is_not_tested(results: dict[str, Any], write: Write) -> None:
    cells = [
        b.text for b in write(results).ledger.blocks if b.table == "table-baseline" and b.kind == "cell" and b.header
    ]
    assert "P" not in cells
    assert any("Standardised mean difference" in c for c in cells)


def test_a_style_that_wants_baseline_tests_gets_them_with_their_caveat(
    results: dict[str, Any], declared: dict[str, Any], monkeypatch: pytest.MonkeyPatch, write: Write
) -> None:
    import conftest

    style = load_style("icmje")
    table = style.table.model_copy(update={"baseline_p": {"randomised": False, "non-randomised": True}})
    monkeypatch.setattr(conftest, "load_style", lambda name: style.model_copy(update={"table": table}))
    paper = write(results)
    cells = [b for b in paper.ledger.blocks if b.table == "table-baseline"]
    assert [b.text for b in cells if b.header][-1] == "P"
    printed = {e.name for e in paper.ledger.entries.values()}
    assert "baseline.age.treatment_vs_control.p" in printed and "baseline.sex.treatment_vs_control.p" in printed
    assert any("does not show that the groups were alike" in b.text for b in cells)


def test_figures_texts_are_all_accounted_for(results: dict[str, Any], write: Write) -> None:
    paper = write(results)
    for name, figure in paper.figures.items():
        block = next(b for b in paper.ledger.blocks if b.kind == "figure" and b.figure == name)
        assert block.text.split("\n") == list(figure.texts)
        digits = [m.span() for m in re.finditer(r"\d+(?:\.\d+)?", block.text)]
        covered = [(a, b) for _, a, b in block.spans]
        assert digits and all(any(a <= s and e <= b for a, b in covered) for s, e in digits)
