"""What may be rewritten, what is for a look, and what is wrong: sentences, groups, words of strength, sections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import little
import pytest
from little import C, Item, Mark, N

from report.audit import FileVerdict, audit_files, to_text
from report.audit.sentences import sentence, sentence_starts

FORMATS = ("html", "docx", "pdf")

MORE: list[Item] = [
    Item("heading", ["Results"], "Results"),
    Item(
        "paragraph",
        [
            "Adverse reactions were seen in ", N("harms.any.control.n", "12"), " of ", N("flow.control.assigned", "30"),
            " (", N("harms.any.control.percent", "40%"), ") in the alpha group and ", N("harms.any.treatment.n", "3"),
            " of ", N("flow.treatment.assigned", "29"), " in the beta group. The mean score was ",
            N("adl.month_6.control.mean", "77.3"), " in the alpha group and ", N("adl.month_6.treatment.mean", "83.4"),
            " in the beta group. Follow-up added up to a total of ", N("followup.person_years", "12\u2009345"),
            " person-years, as the registry of the hospital has it.",
        ],
        "Results",
    ),
    Item(
        "paragraph",
        [
            "In the alpha group the ADL score was ", N("adl.month_6.control.mean", "77.3"),
            " and in the beta group it was ", N("adl.month_6.treatment.mean", "83.4"), ". The score was ",
            Mark("higher", "claim", "above 0", {"predicate": {"op": "gt", "of": "adl.month_6.difference", "than": 0}}),
            " in the beta group than in the alpha group (difference ", N("adl.month_6.difference", "6.1"), " points).",
        ],
        "Results",
    ),
    Item("heading", ["Setting"], "Setting"),
    Item(
        "paragraph",
        [
            "The clinic is old and large. It was never rebuilt, and doctors chose freely among the drugs. It has ",
            "a web site ",
            C("smith2015", "[1]"), ". Nothing that was done there may explain the scores.",
        ],
        "Setting",
    ),
]  # fmt: skip


def items() -> list[Item]:
    """The little paper with more prose before its discussion."""
    base = little.paper()
    at = next(k for k, item in enumerate(base) if item.kind == "heading" and little.plain(item.text) == "Discussion")
    return [*base[:at], *MORE, *base[at:]]


Judge = Callable[[str, Sequence[Item]], FileVerdict]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Prints changed items in a format and audits them against the ledger of the unchanged ones."""
    folder = little.write(tmp_path / "prose", items())

    def run(form: str, changed: Sequence[Item]) -> FileVerdict:
        data: bytes | str
        if form == "html":
            data = little.to_html(changed)
        elif form == "docx":
            data = little.to_docx(changed)
        else:
            data = little.to_pdf(changed, folder)
        path = folder / f"paper.{form}"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return audit_files([path])[0]

    return run


def said(*pairs: tuple[str, str]) -> list[Item]:
    """The paper with texts in place of others. A number in `old` or `new` may be a mark's."""
    found = items()
    for old, new in pairs:
        changed = []
        hit = False
        for item in found:
            text = little.plain(item.text)
            if old in text and not hit:
                hit = True
                item = replace(item, text=[text.replace(old, new, 1)])
            changed.append(item)
        assert hit, old
        found = changed
    return found


@pytest.mark.parametrize("form", FORMATS)
def test_clean(form: str, judge: Judge) -> None:
    verdict = judge(form, items())
    assert verdict.passed, to_text([verdict])


REWRITTEN = [
    ("Adverse reactions were seen in 12 of 30", "Those who had any adverse reaction were 12 of 30"),
    ("In the alpha group the ADL score was 77.3", "The ADL score in the alpha group was 77.3"),
    (
        "Follow-up added up to a total of 12\u2009345 person-years, as the registry of the hospital has it",
        "The hospital's registry holds, when one counts them, 12\u2009345 person-years",
    ),
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("old", "new"), REWRITTEN)
def test_a_sentence_written_anew_round_its_numbers_is_for_a_look(old: str, new: str, form: str, judge: Judge) -> None:
    verdict = judge(form, said((old, new)))
    assert not verdict.findings, to_text([verdict])
    assert verdict.verdict == "look"
    assert [look.verdict for look in verdict.looks] == ["context"], to_text([verdict])
    assert "Results, paragraph" in verdict.looks[0].where and verdict.looks[0].as_dict()["context"]


HARMLESS = [
    ("The clinic is old and large.", "The hospital has stood for long and is big."),
    ("The clinic is old and large. ", ""),
    ("The clinic is old and large.", "The clinic is old and large. It lies by a river."),
    ("much about it is known from practice alone", "what we know about it comes from practice"),
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("old", "new"), HARMLESS)
def test_prose_without_numbers_is_only_counted(old: str, new: str, form: str, judge: Judge) -> None:
    verdict = judge(form, said((old, new)))
    assert verdict.passed, to_text([verdict])
    assert any("differences in prose" in note for note in verdict.notes)


WRONG = [
    (
        "12 of 30 (40%) in the alpha group and 3 of 29 in the beta",
        "3 of 29 (40%) in the alpha group and 12 of 30 in the beta",
    ),
    ("in the alpha group and 3 of 29 in the beta group", "in the beta group and 3 of 29 in the alpha group"),
    (
        "In the alpha group the ADL score was 77.3 and in the beta",
        "In the beta group the ADL score was 77.3 and in the alpha",
    ),
    ("in the beta group than in the alpha group", "in the alpha group than in the beta group"),
    ("In the alpha group the ADL score", "In the alpha group the EDSS score"),
    ("The score was higher in the beta group than", "The score was not higher in the beta group than"),
    ("The score was higher in the beta group than", "The score was much higher in the beta group than"),
    ("The score was higher in the beta group than", "The drug caused the score to be higher in the beta group than"),
    ("The mean score was 77.3", "The median score was 77.3"),
    ("total of 12", "total of over 12"),
]  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("old", "new"), WRONG)
def test_what_turns_a_sentence_with_numbers_is_wrong(old: str, new: str, form: str, judge: Judge) -> None:
    verdict = judge(form, said((old, new)))
    assert verdict.verdict == "fail", to_text([verdict])
    assert all("Results, paragraph" in finding.where for finding in verdict.findings), to_text([verdict])


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_a_word_put_into_the_notice_is_wrong(form: str, judge: Judge) -> None:
    verdict = judge(form, said(("The patients of this paper are", "The patients of this paper are not")))
    assert [(f.verdict, f.text, f.where.partition(";")[0]) for f in verdict.findings] == [("altered", "not", "notice")]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("It was never rebuilt", "It was often rebuilt"),
        ("doctors chose freely", "doctors could not choose freely"),
        ("may explain the scores", "explains the scores"),
        ("Nothing that was done there may explain the scores.", "What was done there caused the scores."),
    ],
)
def test_a_sentence_without_numbers_that_is_turned_is_for_a_look(old: str, new: str, form: str, judge: Judge) -> None:
    verdict = judge(form, said((old, new)))
    assert verdict.verdict == "look", to_text([verdict])
    assert all("Setting, paragraph 1" in look.where for look in verdict.looks)


@pytest.mark.parametrize("form", FORMATS)
def test_a_sentence_with_numbers_gone_is_missing(form: str, judge: Judge) -> None:
    gone = " The mean score was 77.3 in the alpha group and 83.4 in the beta group."
    verdict = judge(form, said((gone, "")))
    assert {finding.verdict for finding in verdict.findings} == {"missing"}, to_text([verdict])
    assert {finding.expected for finding in verdict.findings} == {"77.3", "83.4"}


@pytest.mark.parametrize("form", FORMATS)
def test_a_sentence_that_went_elsewhere_is_for_a_look(form: str, judge: Judge) -> None:
    moved = " Follow-up added up to a total of 12\u2009345 person-years, as the registry of the hospital has it."
    verdict = judge(form, said((moved, ""), ("has a web site [1].", f"has a web site [1].{moved}")))
    assert not verdict.findings, to_text([verdict])
    assert [look.why for look in verdict.looks] == ["its sentence went elsewhere, word for word"]
    assert verdict.looks[0].name == "followup.person_years"


@pytest.mark.parametrize("form", FORMATS)
def test_a_section_that_went_elsewhere_passes_with_a_note(form: str, judge: Judge) -> None:
    whole = items()
    section = [item for item in whole if item.section == "Setting"]
    rest = [item for item in whole if item.section != "Setting"]
    at = next(k for k, item in enumerate(rest) if item.section == "Methods")
    verdict = judge(form, [*rest[:at], *section, *rest[at:]])
    assert verdict.passed, to_text([verdict])
    assert any("Placed elsewhere" in note for note in verdict.notes)


def test_plain_paragraphs_without_marks_pass(tmp_path: Path) -> None:
    folder = little.write(tmp_path / "plain", items())
    page = little.to_html(items())
    import re

    bare = re.sub(r"</?(?:span|a)\b[^>]*>", "", page)
    assert "data-key" in page and "data-key" not in bare
    (folder / "paper.html").write_text(bare, "utf-8")
    verdict = audit_files([folder / "paper.html"])[0]
    assert verdict.passed, to_text([verdict])


def test_sentences_end_at_full_stops_and_not_at_decimal_points() -> None:
    text = 'It was 59.3 (SD 9.7) in 2019. Then [17]. So it is.\u206312\u2063 A "b" (95% CI). Last'
    starts = sentence_starts(text)
    assert [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)] == [
        "It was 59.3 (SD 9.7) in 2019. ", "Then [17]. ", "So it is.\u206312\u2063 ", 'A "b" (95% CI). ', "Last",
    ]  # fmt: skip
    at = text.index("59.3")
    assert text[slice(*sentence(text, at, at + 4))] == "It was 59.3 (SD 9.7) in 2019. "
    assert text[slice(*sentence(text, len(text) - 2, len(text)))] == "Last"
