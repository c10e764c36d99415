"""Rules over text: each finds its seeded violations by its id, and is silent on what only looks like one."""

# ruff: noqa: E501  (sentences)
from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report.audit.model import Block, Document, Place
from report.audit.rules import ABSTRACT_RULE, TEXT_RULES, check_text
from report.audit.verdict import Finding

Rows = Sequence[Sequence[str]]


def paper(*parts: str | Rows, figure: str = "", abstract: str = "", form: str = "html") -> Document:
    """A file of paragraphs and tables (rows of cells; an empty cell is not there)."""
    blocks = [Block("paragraph", abstract, Place(section="Abstract", paragraph=1))] if abstract else []
    if figure:
        blocks.append(Block("figure", figure, Place(section="Results")))
    number = 0
    for k, part in enumerate(parts, 1):
        if isinstance(part, str):
            blocks.append(Block("paragraph", part, Place(section="Results", paragraph=k)))
            continue
        number += 1
        for r, row in enumerate(part, 1):
            for c, text in enumerate(row, 1):
                if text:
                    blocks.append(Block("cell", text, Place("body", "Results", k, number, r, c)))
    return Document(form, tuple(blocks))


def page(text: str) -> Document:
    return Document("pdf", (Block("page", text, Place(page=1)),))


def table(*rows: str, head: str = "Characteristic | A (n = 30) | B (n = 30) | Total (n = 60)") -> Rows:
    return [[cell.strip() for cell in row.split("|")] for row in (head, *rows)]


WELCH = "Means were compared by Welch's t test. "
OUTCOMES = "Measure | A (n = 30) | B (n = 30) | Difference (95% CI) | P"
FLOW = "Assessed for eligibility (n = 75)\nExcluded (n = 15)\ndeclined (n = 10)\npregnant (n = 5)\nRandomised (n = 60)\n{}\nAnalysed for primary outcome (n = 29)\nAnalysed for primary outcome (n = 28)"
ARMS = "Allocated to A (n = 30)\nReceived A (n = 29)\nDid not receive A (n = 1)\nAllocated to B (n = 30)\nReceived B (n = 28)\nDid not receive B (n = 2)"
HELD = (
    ARMS
    + "\nData not\navailable: moved away (n = 3)\nData available (n = 27)\nData not\navailable: died (n = 4)\nData available (n = 26)"
)
GROUPED = "Included (n = 60)\nGrouped by treatment received (not randomised)\nA (n = 30)\nReceived it (n = 30)\nB (n = 30)\nReceived it (n = 30)\nAnalysed: score (n = 29)\nAnalysed: score (n = 30)"
HARMS = [["", "A (n = 30)", "", "B (n = 30)", ""], ["Term", "Patients, n (%)", "Events", "Patients, n (%)", "Events"]]
WINDOWS = [
    ["Measure", "A (n = 30)", "B (n = 30)"],
    ["By 6 months", "", ""],
    ["Recurrences, n", "16", "2"],
    ["By 12 months", "", ""],
]

SEEDED: list[tuple[str, Document]] = [
    # percentages
    ("T-PERCENT", paper("Events were seen in 12/30 (43%) of the patients.")),
    ("T-PERCENT", paper("Events were recorded in 14 of 30 (57%) in the AZA group.")),
    ("T-PERCENT", paper("It was found in 27 of 295 patients (9.3%) and in 52 of 307 (16.9%).")),
    ("T-PERCENT", paper("Of the 107 participants, 55 (54%) had improved.")),
    ("T-PERCENT", paper("In all 43% (12/30) had an event.")),
    ("T-PERCENT", paper("An event was seen in 31 of 30 patients (100%).")),
    ("T-PERCENT", paper("Few had it: 3 of 200 (<1%).")),
    ("T-PERCENT", paper("Placebo 12/58 (20.6%).")),  # 20.69, truncated
    ("T-PERCENT", paper(table("Female, n (%) | 28 (98) | 27 (90) | 55 (92)"))),
    ("T-PERCENT", paper([*HARMS, ["Nausea", "4 (31)", "4", "1 (3)", "1"]])),
    ("T-PERCENT", page("Table 1. Patients\nCharacteristic A (n = 30) B (n = 30) Total (n = 60)\nAge, mean (SD) 38.6 (9.5) 39.3 (9.2) 38.9 (9.3)\nFemale, n (%) 28 (93) 27 (80) 55 (92)")),
    # intervals
    ("T-CI-ORDER", paper("The difference was 6.1 (95% CI 11.0 to 1.2).")),
    ("T-CI-ORDER", paper("The ratio was 0.5 (95% confidence interval, 0.9–0.3).")),
    ("T-CI-ORDER", paper(table("Score, mean (SD) | 59 (9) | 63 (12) | 3.8 (9.5 to −1.8) | 0.18", head=OUTCOMES))),
    ("T-CI-CONTAINS", paper("It differed (difference 16.2 points; 95% CI 1.9 to 10.6; P = 0.006).")),
    ("T-CI-CONTAINS", paper("The hazard ratio was 0.05 (95% CI, 0.33–0.81).")),
    ("T-CI-CONTAINS", paper("It was 53% (95% CI 60% to 72%).")),
    ("T-CI-CONTAINS", paper(table("Score, mean (SD) | 59 (9) | 63 (12) | 38 (−1.8 to 9.5) | 0.18", head=OUTCOMES))),
    ("T-CI-CONTAINS", page("The rate was 0.73 a year (1.73 a year; 95% CI 0.46\nto 1.11) there.")),
    ("T-CI-P", paper(WELCH + "The score was higher (difference 6.2 points; 95% CI 1.9 to 10.6; P = 0.06).")),
    ("T-CI-P", paper("By Cox regression the hazard ratio was 0.80 (95% CI 0.55 to 1.17), P = 0.003.")),
    ("T-CI-P", paper("The odds ratio was 2.57 (95% CI 1.05 to 6.32; P = 0.40).")),
    ("T-CI-P", paper("The risk difference was −7.8 percentage points (95% CI −13.3 to −2.2; P = 0.50).")),
    ("T-CI-P", paper(WELCH, table("Score, mean (SD) | 59 (9) | 63 (12) | 3.8 (1.8 to 9.5) | 0.18", head=OUTCOMES))),
    # P values
    ("T-P-FORM", paper("They differed (P = 1.3).")),
    ("T-P-FORM", paper("They differed (p = 0.000).")),
    ("T-P-FORM", paper("They differed (P < 1.0).")),
    ("T-P-FORM", paper("They differed (P = −0.04).")),
    ("T-P-FORM", paper(table("Score | 59 | 63 | 3.8 | 1.18", head=OUTCOMES))),
    ("T-STAT-P", paper("It rose, t(57) = 2.3, p = .25.")),
    ("T-STAT-P", paper("There was no effect, F(1, 42) = 0.90, p = .03.")),
    ("T-STAT-P", paper("The groups differed, χ2(1, N = 602) = 8.00, P = 0.05.")),
    ("T-STAT-P", paper("It was correlated, r(38) = .50, p = .40, and z = 1.20, p < .05.")),
    # ranges and rates
    ("T-RANGE", paper("Follow-up lasted a median of 481.5 days (range 221 to 400).")),
    ("T-RANGE", paper("The median score was 5 (IQR 7–9).")),
    ("T-RANGE", paper("The mean age was 38.6 years (range 40 to 59).")),
    ("T-RANGE", paper(table("Score, median (quartiles) | 4.0 (4.5 to 5.0) | 3.8 (3.0 to 4.9) | 4.0 (3.0 to 5.0)"))),
    ("T-RATE", paper("There were 16 recurrences during 15.0 person-years in the AZA group (1.60 a year; 95% CI 0.61 to 1.73).")),
    ("T-RATE", paper("We saw 24 relapses in 1200 person-years (rate 0.20 per 100 person-years).")),
    # counts
    ("T-COUNT-TOTAL", paper(table("Female, n (%) | 28 (93) | 27 (90) | 54 (90)"))),
    ("T-COUNT-TOTAL", paper(table("Missing, n | 1 | 0 | 2"))),
    ("T-COUNT-TOTAL", paper(table("Age, mean (SD) | 38 (9) | 39 (9) | 38 (9)", head="Characteristic | A (n = 31) | B (n = 30) | Total (n = 60)"))),
    ("T-COUNT-TOTAL", page("Table 1. Patients\nCharacteristic A (n = 30)\nB (n = 30) Total (n = 60)\nFemale, n (%) 28 (93) 27 (90) 55 (92)\nMissing, n 1 1 1")),
    ("T-NEST", paper([*WINDOWS, ["Recurrences, n", "15", "4"]])),
    ("T-NEST", paper([*HARMS, ["Nausea", "4 (13)", "3", "1 (3)", "1"]])),
    ("T-NEST", paper("By 6 months, there were 16 recurrences during 15.0 person-years and 5 recurrences during 15 person-years. By 12 months, there were 22 recurrences during 30.0 person-years and 4 recurrences during 30 person-years.")),
    ("T-SUM", paper(figure=FLOW.format(ARMS).replace("75", "76"))),
    ("T-SUM", paper(figure=FLOW.format(ARMS).replace("(n = 10)", "(n = 9)"))),
    ("T-SUM", paper(figure=FLOW.format(ARMS).replace("to B (n = 30)", "to B (n = 31)"))),
    ("T-SUM", paper(figure=FLOW.format(ARMS).replace("receive B (n = 2)", "receive B (n = 1)"))),
    ("T-SUM", paper(figure=FLOW.format(HELD).replace("died (n = 4)", "died (n = 5)"))),
    ("T-FLOW-WORDS", paper(figure=GROUPED.replace("Included", "Randomised"))),
    ("T-FLOW-WORDS", paper(figure=GROUPED.replace("\nB (n", "\nAllocated to B (n"))),
    ("T-SUM", paper("Sixty patients were included, 30 treated with azathioprine and 31 treated with placebo.")),
    ("T-SUM", paper("In all 127 smokers were randomised: 64 to the patch and 36 to the combination.")),
    ("T-SUM", paper("Flow diagram. 60 patients were included. 30 were treated with A, of whom 30 received it. 29 were treated with B, of whom 29 received it.")),
    ("T-HEADER-N", paper(table("Age | 38 | 39", head="Characteristic | A (n = 36) | B (n = 30)"), figure=FLOW.format(ARMS))),
    # abstract and text
    ("T-ABSTRACT", paper("It was higher (difference 6.2 points; 95% CI 1.9 to 10.6; P = 0.006).", abstract="It was higher (difference 6.7 points; 95% CI 1.9 to 10.6; P = 0.006).")),
    ("T-ABSTRACT", paper("It was lower (rate ratio 0.18; 95% CI 0.06 to 0.55; P = 0.002).", abstract="It was lower (rate ratio 0.18; 95% CI 0.06 to 0.55; P = 0.02).")),
    ("T-ABSTRACT", page("Abstract\nIt was higher (difference 6.2 points; 95% CI 1.9 to 16.6; P = 0.006).\nIntroduction\nText.\nIt was higher (difference 6.2 points; 95% CI 1.9 to 10.6; P = 0.006).")),
]  # fmt: skip

INNOCENT: list[Document] = [
    # printed numbers of real trials: indomethacin (2012), smoking (2009), streptomycin (1948)
    paper("Pancreatitis developed in 79 of 602 patients (13.1%): in 27 of 295 (9.2%) and in 52 of 307 (16.9%) (P=0.005)."),
    paper("The risk was lower by 7.7 percentage points, 46% in relative terms; 13 (4.4%) against 27 (8.8%), P=0.03."),
    paper("Bleeding was seen in 11 patients (1.8%): 4 and 7 (P=0.72)."),
    paper("In the subgroups it was 8.5% vs. 20.0%, P=0.11, 9.7% vs. 16.1%, P=0.04 and 6.3% vs. 20.6%, P=0.049."),
    paper("The patch was given to 64 and the combination to 63; 35% and 19% abstained (odds ratio 2.57, p = 0.040)."),
    paper("In all 127 smokers were randomised: 64 to the patch and 63 to the combination."),
    paper("Of the 107 participants, 55 (51%) improved; of 55 treated patients 4 died, of 52 controls 14."),
    # rounding: ties both ways, more digits, thousands, middle dots, non-breaking spaces
    paper("Ties: 1/8 (12%), 1/8 (13%), 3 of 8 (37.5%), 1 of 200 (0.5%), 1 of 200 (1%), 1 of 200 (0%)."),
    paper("There were 1,234 of 12,345 patients (10.0%), or 1\u2009234 of 12\u2009345 (10·0%)."),
    paper("One in 30 (3%), 0 of 30 (0%), 30/30 (100%), 1 of 3000 (<1%), 29 of 30 (>95%)."),
    paper("It was 12/30\u2063a\u2063 (40%) [12]."),
    # numbers that are no count and denominator
    paper("At 6 of 12 visits, the dose was 5 mg (10% of patients) and the score 3/10 on a scale (20% weight)."),
    paper("A ratio of 12/30 was used; 40% (12 patients) and 25% (3 centres) took part. Version 3.11/4 (50%)."),
    paper("Of 60 patients, 55 were tested and 45 (82%) were positive."),
    # tables: other denominators that the table declares
    paper(table("Positive, n (%) | 20 (69) | 25 (83) | 45 (76)", "Missing, n | 1 | 0 | 1")),
    paper("Percentages are of the patients with a recorded value.", table("Positive, n (%) | 20 (69) | 25 (83) | 45 (76)")),
    paper([["Measure", "A (n = 30)", "B (n = 30)"], ["By 12 months", "", ""], ["Followed for the period, n", "30", "29"], ["0 recurrences, n (%)", "15 (50)", "26 (90)"]]),
    paper(table("Age, mean (SD) | 38 (9) | 39 (9) | 38 (9)", "Score, median (IQR) | 5 (3) | 4 (2) | 4 (3)")),
    paper(table("Attacks, mean (SD) | 12 (40) | 13 (42) | 25 (41)")),
    page("Table 4. Reactions\nA (n = 30) B (n = 30)\nTerm Patients, n (%) Events Patients, n (%) Events\nAny 14 (47) 20 4 (13) 4 −33 (−52 to −10)\nReactions were recorded in 14 of 30 (47%) in the A group and 4 of 30 (13%) in the B group."),
    # intervals
    paper("The median difference was 0.57 points lower (difference 0.57 points; 95% CI −1.00 to −0.13)."),  # words carry the sign
    paper("It was estimated in 30 patients (95% CI 1.2 to 11.0) and at 12 months (95% CI 0.4 to 0.9)."),
    paper("Incidence was 0.41 per 100\u2009000 person-years (95% CI 0.38 to 0.45); 12 of 30 (95% CI 25% to 58%)."),
    paper("The geometric mean was 5.2 (95% CI 4.1 to 6.6). The SF-36 (95% CI 30 to 40) and Table 2 (95% CI 1 to 2)."),
    paper("Rounded limits meet: ratio 0.1 (95% CI 0.1 to 0.1); difference 0.0 (95% CI −0.0 to 0.0)."),
    paper("Negative throughout: −33 percentage points (95% CI −52–−10), −0.5 (95% CI, −1.2 - −0.1)."),
    paper("In the 95% CI of 2019 (p. 12 to 3) nothing stands. It fell from 59 to 71 (95% CI 9 to 15)."),
    paper(table("Score, mean (SD) | 59 (9) | 63 (12) | −1.00 (−1.50 to 0.00)a | 0.02", head=OUTCOMES)),
    # an interval and a P value that need not agree, or do
    paper("Groups were compared by Fisher's exact test. The risk difference was −20 percentage points (95% CI −38 to −2; P = 0.052)."),
    paper("By the log-rank test and Cox models: hazard ratio for death 0.70 (95% CI 0.50 to 0.99; P = 0.06)."),
    paper("By the Mann–Whitney test the Hodges–Lehmann shift was −1.00 points (95% CI −1.50 to −0.10; P = 0.07)."),
    paper(WELCH + "The shift touches: difference −1.00 points (95% CI −1.50 to 0.00; P = 0.02)."),
    paper(WELCH + "Just at alpha: difference 2.0 (95% CI 0.0 to 4.0; P = 0.05), difference 2.1 (95% CI −0.01 to 4.2; P = 0.051)."),
    paper("The 90% interval: difference 2.0 (90% CI 0.1 to 3.9; P = 0.08)."),
    paper("P values were adjusted by the method of Holm. The difference was 2.0 (95% CI 0.2 to 3.8; P = 0.12)."),
    paper("The mean was 5.2 (95% CI 4.1 to 6.6; P = 0.30)."),  # no word tells the null value
    paper("The test was one-sided: difference 1.5 (95% CI −0.2 to 3.2; P = 0.04)."),
    # P values
    paper("P = 0.05, p<.001, P > 0.99, P = 1.00, P ≤ 0.05, P < 5%, p = 3.2 × 10−5, P=1e-7, P = 1.0."),
    paper("A model with p = 12 predictors and n = 40; the P wave = 1.2 mm."),
    paper(table("Score | 59 | 63 | 3.8 | <0.001", "Any | 1 | 2 | 1.2 | >0.99", "Other | 1 | 2 | 1.2 | 1.00", head=OUTCOMES)),
    # test statistics
    paper("It rose, t(57) = 2.3, p = .025; F(1, 42) = 0.90, p = .35; χ2(1, N = 602) = 8.00, P = 0.005; z = 1.96, p = .05."),
    paper("t(28) = 2.20, p < .05, and r(38) = .31, p = .05; chi-square 7.94, P = 0.005."),
    paper("A directional test: t(57) = 1.80, p = .04."),
    paper("After the correction of Bonferroni, t(57) = 2.3, p = .10."),
    # ranges and rates
    paper("The median was 5 (IQR 3–8), the mean 9.1 (IQR 3–8), the median 4.0 (quartiles 4.0 to 5.0)."),
    paper("Follow-up lasted a median of 381.5 days (range 221 to 400); median 23 days (SD 30; range 2 to 65)."),
    paper("The range 221 to 400 had a median 12 weeks before; median age 45 (IQR 12)."),
    paper(table("Score, median (IQR) | 4.0 (4.0 to 5.0) | 3.8 (3.0 to 4.9) | 4.0 (3.0 to 5.0)", "Cost, mean (IQR) | 9 (1 to 5) | 8 (2 to 6) | 9 (1 to 6)")),
    paper("There were 16 recurrences during 15.0 person-years in the AZA group (1.06 a year; 95% CI 0.61 to 1.73)."),
    paper("We saw 24 relapses in 1200 person-years (rate 2.0 per 100 person-years); 24 relapses in 2 centres (3 a year)."),
    # counts
    paper(table("Female, n (%) | 28 (93) | 27 (90) | 55 (92)", "Missing, n | 1 | 0 | 1", "Age, mean (SD) | 38.6 (9.5) | 39.3 (9.2) | 38.9 (9.3)")),
    paper(table("Visits, n | 3 | 4 | 4", head="Measure | A (n = 30) | A or B (n = 45) | Overlap")),
    paper([*WINDOWS, ["Recurrences, n", "22", "4"], ["0 recurrences, n (%)", "15 (50)", "26 (87)"]]),
    paper([*HARMS, ["Nausea", "4 (13)", "4", "0 (0)", "0"]]),
    paper("By 6 months, there were 16 recurrences during 15.0 person-years. By 12 months, there were 22 recurrences during 30.0 person-years."),
    paper(figure=FLOW.format(ARMS)),
    paper(figure=FLOW.format(HELD)),
    paper("Randomised trials differ from it.", figure=GROUPED),
    paper("Non-randomised studies found more.", figure=FLOW.format(ARMS)),
    paper(figure=FLOW.format("Drug A (n = 64)\nDrug B (n = 63)\nReceived it (n = 60)\nReceived it (n = 61)").replace("(n = 60)\nDrug", "(n = 60)\nDrug")),
    paper(figure=FLOW.format(ARMS).replace("Excluded (n = 15)", "Not included")),
    paper("Sixty patients were included, 28 of whom were women and 30 treated with azathioprine."),
    paper("In all 100 patients were enrolled: 40 to A, 30 to B, and the rest to C. Sixty patients were included, 30 treated with A and 30 treated with B."),
    paper(table("Age | 38 | 39", head="Characteristic | A (n = 29) | B (n = 28)"), table("Age | 38 | 39", head="Characteristic | A (n = 30) | B (n = 30)"), figure=FLOW.format(ARMS)),
    paper("Table 3. Subgroup of women.", table("Age | 38 | 39", head="Characteristic | A (n = 12) | B (n = 13)"), table("Age | 38 | 39", head="Characteristic | A (n = 30) | B (n = 30)"), figure=FLOW.format(ARMS)),
    # abstract and text: rounded further, two results that look alike
    paper("It was higher (difference 6.21 points; 95% CI 1.87 to 10.56; P = 0.0059).", abstract="It was higher (difference 6.2 points; 95% CI 1.9 to 10.6; P = 0.006)."),
    paper("By 6 (difference 40 points; 95% CI 18 to 58; P < 0.001) and 12 months (difference 40 points; 95% CI 16 to 58; P = 0.002).", abstract="It differed (difference 40 points; 95% CI 16 to 58; P = 0.002)."),
    paper("The ratio was 0.9 (95% CI 0.8 to 1.2; P = 0.5).", abstract="The other ratio was 1.0 (95% CI 0.8 to 1.2; P = 0.5)."),
]  # fmt: skip


def rules_of(findings: list[Finding]) -> set[str]:
    return {finding.rule for finding in findings}


def said(document: Document) -> str:
    return " / ".join(block.text for block in document.blocks)[:80]


@pytest.mark.parametrize(("rule", "document"), SEEDED, ids=[f"{rule}: {said(d)}" for rule, d in SEEDED])
def test_a_seeded_violation_is_found_by_its_rule(rule: str, document: Document) -> None:
    findings = check_text(document)
    assert rules_of(findings) == {rule}, findings
    for finding in findings:
        assert finding.verdict == "inconsistent"
        assert finding.spot is not None
        assert finding.spot.block in document.blocks
        assert any(c.isdigit() for c in finding.spot.block.text[finding.spot.start : finding.spot.end])
        assert any(c.isdigit() for c in finding.why)


def test_each_rule_has_a_seeded_violation() -> None:
    assert {rule for rule, _ in SEEDED} == {rule.id for rule in (*TEXT_RULES, ABSTRACT_RULE)}
    assert len(INNOCENT) >= len(SEEDED)


@pytest.mark.parametrize("document", INNOCENT, ids=[said(d) for d in INNOCENT])
def test_a_look_alike_is_left_alone(document: Document) -> None:
    assert check_text(document) == []


def test_the_list_of_references_is_not_read() -> None:
    entry = "1. Smith J. A trial in 31 of 30 patients (12%). BMJ. 2015;85(2):177–89. P = 0.000"
    assert rules_of(check_text(paper(entry))) == {"T-PERCENT", "T-P-FORM"}
    listed = Document("docx", (Block("heading", "References", Place()), Block("paragraph", entry, Place())))
    assert check_text(listed) == []
    assert check_text(page(f"The end.\nReferences\n{entry}")) == []


@given(st.integers(1, 400), st.data(), st.integers(0, 2))
@settings(max_examples=300, deadline=None)
def test_a_percentage_is_refused_where_no_rounding_gives_it(of: int, data: st.DataObject, places: int) -> None:
    n = data.draw(st.integers(0, of))
    right = 100 * n / of
    assert check_text(paper(f"It was seen in {n} of {of} patients ({right:.{places}f}%).")) == []
    off = data.draw(st.sampled_from([-1, 1])) * (0.6 + data.draw(st.floats(0, 5))) / 10**places
    printed = f"{right + off:.{places}f}"
    if right + off >= 0 and abs(float(printed) - right) > 0.5000001 / 10**places:
        assert rules_of(check_text(paper(f"It was seen in {n} of {of} patients ({printed}%)."))) == {"T-PERCENT"}


@given(st.text(st.sampled_from("0123456789 .,;()[]%±<>=−–-/nPpCItabcof95\n\u2063\u00a0"), max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_without_an_error(text: str) -> None:
    check_text(paper(text, [[text, text], [text, text]], figure=text, abstract=text))
    check_text(page(f"Table 1. A\nB (n = 3) C (n = 4)\n{text}"))


@pytest.mark.parametrize(
    "unit", ["1 ", "12/30 (", "95% CI ", "(n = 3", "median 1 ", "a ", "Of 3 b ", "1,234", "\n", "((", "P = "]
)
def test_no_pattern_runs_away_on_what_repeats(unit: str) -> None:
    """A pattern that runs away takes minutes for this much; what does not, a fraction of a second."""

    def seconds(count: int) -> float:
        text = (unit * count)[:count]
        start = time.process_time()
        check_text(paper(text, figure=text))
        check_text(page(f"Table 1. A\nB (n = 3)\n{text}"))
        return time.process_time() - start

    seconds(2_000)
    assert seconds(40_000) < 40 * max(seconds(4_000), 0.1)


def test_groups_of_blocks_keep_their_order() -> None:
    document = paper("One.", table("Age | 1 | 2 | 3"), "Two.")
    kinds = [kind for kind, _ in groupby(block.kind for block in document.blocks)]
    assert kinds == ["paragraph", "cell", "paragraph"]


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("One hundred and twenty-five patients were randomised, 61 to A and 64 to B.", True),
        ("One hundred and twenty-five patients were randomised, 61 to A and 65 to B.", False),
        ("Two hundred patients were randomised, one hundred and one to A and ninety-nine to B.", True),
        ("Two hundred patients were randomised, one hundred and two to A and ninety-nine to B.", False),
        ("Three patients were randomised, one to A and two to B.", True),
        ("Nine patients were randomised, three to A, three to B and three", True),
        ("Four patients were randomised, one to A, one to B and one to C.", False),
        ("In all, sixty patients were included, thirty treated with A and twenty-nine treated with B.", False),
    ],
)
def test_numbers_of_several_words_are_summed(said: str, right: bool) -> None:
    assert rules_of(check_text(paper(said))) == (set() if right else {"T-SUM"})


@pytest.mark.parametrize(("third", "right"), [(20, True), (21, False)])
def test_groups_whose_names_take_many_lines_of_a_narrow_box_are_summed(third: int, right: bool) -> None:
    arms = f"""Allocated to
aspirin and
supervised
exercise (n = 20)
Allocated to
placebo alone
(n = 20)
Allocated to
placebo and
supervised
exercise (n = {third})
Lost to follow-up
before 30 days
(n = 1)"""
    assert rules_of(check_text(paper(figure=FLOW.format(arms)))) == (set() if right else {"T-SUM"})
