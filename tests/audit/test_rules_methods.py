"""T-METHODS: the section on statistics names the methods behind the printed numbers and no others, in every format."""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.pipeline import analyse_folder
from report.audit.expected import Expected, build_expected, load_lexicon
from report.audit.load import open_paper
from report.audit.method_names import names, plain, used_by
from report.audit.model import Document
from report.audit.read_docx import WordFile
from report.audit.rules import check_text
from report.audit.run import READERS
from report.build import build
from report.paths import TEMPLATES

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "properties"))
from any_study import DESIGNS, Plan, made, written

ROOT = Path(__file__).resolve().parents[2]
FORMATS = ("html", "docx", "pdf")
Edit = Callable[[str], str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT / "data" / "nmosd", engine="embedded", out=tmp_path_factory.mktemp("methods") / "out").out


def document_of(path: Path) -> Document:
    form, data = open_paper(path)
    read = READERS[form](data, path.name)
    return read.view() if isinstance(read, WordFile) else read


def expected_of(folder: Path, change: Callable[[dict[str, Any]], None] | None = None) -> Expected:
    ledger, results = (json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("ledger", "results"))
    if change:
        change(results)
    return build_expected(ledger, results, load_lexicon(TEMPLATES / "claim_words.yml"))


def told(document: Document, expected: Expected) -> list[str]:
    return [found.why for found in check_text(document, expected) if found.rule == "T-METHODS"]


def edited(document: Document, old: str, new: str) -> Document:
    """Words of the section on statistics in other words; what breaks a line of a PDF is a blank."""
    pattern = re.compile(r"\s+".join(map(re.escape, old.split(" "))))
    blocks = list(document.blocks)
    changed = 0
    for k, block in enumerate(blocks):
        if block.kind in ("paragraph", "page") and pattern.search(block.text):
            blocks[k] = replace(block, text=pattern.sub(new, block.text))
            changed += 1
    assert changed, f"{old} is not in the paper"
    return replace(document, blocks=tuple(blocks))


@pytest.mark.parametrize("form", FORMATS)
def test_the_paper_names_what_was_used(form: str, built: Path) -> None:
    assert told(document_of(built / f"paper.{form}"), expected_of(built)) == []


REMOVED = [
    (" by analysis of covariance", "analysis of covariance"),
    (" and the Wilcoxon signed-rank test", "the Wilcoxon signed-rank test"),
    (" by negative binomial regression with the logarithm of person-time as offset", "negative binomial regression"),
    (" are compared by standardised mean differences, without tests", "standardised mean differences"),
    ("Mann–Whitney test with the ", "the Mann–Whitney test"),
    (", or Koopman's score interval where a group had no such patient or every patient was one", "Koopman"),
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("words", "method"), REMOVED, ids=[method for _, method in REMOVED])
def test_words_that_are_taken_away_are_missed(words: str, method: str, form: str, built: Path) -> None:
    found = told(edited(document_of(built / f"paper.{form}"), words, ""), expected_of(built))
    assert len(found) == 1
    assert method in found[0]
    assert "does not name" in found[0]


ADDED = [
    ("P values were adjusted by the Bonferroni correction.", "the Bonferroni correction"),
    ("Groups were compared by Student's t test.", "Student's t test"),
    ("Times were compared by the log-rank test.", "the log-rank test"),
    ("Missing values were replaced by the last observation carried forward.", "the last observation carried forward"),
    ("SPSS was used.", "SPSS"),
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("sentence", "method"), ADDED, ids=[method for _, method in ADDED])
def test_a_method_that_was_not_used_is_found_at_its_place(sentence: str, method: str, form: str, built: Path) -> None:
    old = "Changes within a group are described by"
    document = edited(document_of(built / f"paper.{form}"), old, f"{sentence} {old}")
    findings = [f for f in check_text(document, expected_of(built)) if f.rule == "T-METHODS"]
    assert len(findings) == 1
    assert method in findings[0].why
    assert findings[0].spot and findings[0].text in sentence


INNOCENT = [
    "No Bonferroni correction was made.",
    "The interval, not a log-rank test, decides.",
    "Fisher's test is exact.",
]


@pytest.mark.parametrize("sentence", INNOCENT)
def test_what_is_denied_or_was_used_is_left_alone(sentence: str, built: Path) -> None:
    old = "Changes within a group are described by"
    assert told(edited(document_of(built / "paper.html"), old, f"{sentence} {old}"), expected_of(built)) == []


def test_a_program_that_is_not_named_and_a_section_that_is_gone(built: Path) -> None:
    document, expected = document_of(built / "paper.html"), expected_of(built)
    assert told(edited(document, ", SciPy", ", Sci"), expected) == [
        "the section on statistics does not name SciPy, which computed the results"
    ]
    found = told(replace(document, blocks=tuple(b for b in document.blocks if "Statistical" not in b.text)), expected)
    assert found == ["no section says by which statistical methods the results were found"]


def test_a_method_of_the_results_that_is_another_one(built: Path) -> None:
    """The paper was written, and then the results were made by another method: both sides are told."""

    def change(results: dict[str, Any]) -> None:
        for about in results["analyses"].values():
            about["method"] = "cox" if about["method"] == "ancova" else about["method"]

    found = told(document_of(built / "paper.html"), expected_of(built, change))
    assert len(found) == 2
    assert "Cox regression, which the section on statistics does not name" in found[0]
    assert "names analysis of covariance, by which nothing" in found[1]


def test_methods_of_another_program_are_not_too_much(built: Path) -> None:
    def change(results: dict[str, Any]) -> None:
        for about in results["analyses"].values():
            about["method"] = "Analysis of covariance (R: lm)" if about["method"] == "ancova" else about["method"]

    assert told(document_of(built / "paper.html"), expected_of(built, change)) == []


@pytest.mark.parametrize("design", DESIGNS)
def test_every_method_has_a_name_or_needs_none(design: str, tmp_path: Path) -> None:
    known = names().named | names().unnamed
    for choices in ("models", "margins"):
        folder = written(tmp_path / choices, made(Plan(design=design, choices=choices, arms=3)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = analyse_folder(folder)
        for name, record in results.statistics.items():
            assert used_by(record, results.analyses[record["analysis"]]) - {""} <= known, name


def test_names_are_of_methods_that_there_are() -> None:
    source = "".join(path.read_text("utf-8") for path in sorted((ROOT / "analysis").rglob("*.py")))
    keys = names().named | names().unnamed
    assert [key for key in sorted(keys) if f'"{key}"' not in source] == []


def test_patterns_see_one_kind_of_dash_apostrophe_and_blank() -> None:
    text, places = plain("Fisher’s  *exact*\n test—Mann–\nWhitney")
    assert text == "Fisher's exact test-Mann-Whitney"
    assert [text[k] for k in (0, 9, 15)] == ["F", "e", "t"]
    assert [places[k] for k in (0, 9, 15)] == [0, 11, 19]
