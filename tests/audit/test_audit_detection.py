"""A small sample of benchmarks/detection.py: every seeded error is found and told exactly, nothing else is told."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks import detection  # noqa: E402
from benchmarks.tampering import copies  # noqa: E402
from benchmarks.tampering.classes import CLASSES, Case, Change, Tampering  # noqa: E402
from benchmarks.tampering.docx import DocxPaper  # noqa: E402
from benchmarks.tampering.html import HtmlPaper  # noqa: E402
from benchmarks.tampering.judging import Subject, judged  # noqa: E402
from benchmarks.tampering.nodes import Edit, Editable, apply, edited_texts  # noqa: E402
from report.audit.verdict import FileVerdict, Finding  # noqa: E402

NMOSD = ROOT / "data" / "nmosd"
SAMPLE = {"html": (2, 1), "docx": (1, 1), "docx, marks stripped": (1, 3), "pdf": (1, 3)}
"""Tamperings of each class, and of how many classes one is taken: opening and printing take their time."""


@pytest.fixture(scope="module")
def cuts() -> dict[str, dict[str, float | None]]:
    return detection.data_cuts(NMOSD)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from report.build import build

    return build(NMOSD, engine="embedded", out=tmp_path_factory.mktemp("detection") / "out").out


@pytest.fixture(scope="module")
def papers(built: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, detection.Paper]:
    bare = tmp_path_factory.mktemp("copies") / "bare.docx"
    bare.write_bytes(copies.stripped((built / "paper.docx").read_bytes()))
    files = {form: built / f"paper.{form}" for form in ("html", "docx", "pdf")} | {"docx, marks stripped": bare}
    return {
        form: detection.Paper("nmosd", form, file, built / "ledger.json", built / "results.json")
        for form, file in files.items()
    }


@pytest.mark.parametrize("form", SAMPLE)
def test_every_seeded_error_is_found_and_told_exactly(
    form: str, papers: dict[str, detection.Paper], cuts: dict[str, dict[str, float | None]]
) -> None:
    each, step = SAMPLE[form]
    classes = [name for name in list(CLASSES)[::step] if form == "html" or name != detection.PICTURE]
    outcomes = detection.run(detection.jobs_of([papers[form]], classes, each, 7, cuts))
    wrong = [o.detail for o in outcomes if o.grade != "exact"]
    assert not wrong, "\n".join(wrong)
    assert Counter(o.subject.klass for o in outcomes) == dict.fromkeys(classes, each)
    # words that turn a sentence without numbers are for a look; a number never is
    assert {o.subject.klass for o in outcomes if o.look} <= {"claim strengthened", "claim negated"}


def test_harmless_edits_are_no_findings(papers: dict[str, detection.Paper]) -> None:
    outcomes = detection.run([detection.Job(papers["html"], klass, 5, 7) for klass in detection.HARMLESS])
    assert len(outcomes) == 10
    assert not [o.detail for o in outcomes if o.grade != "exact"]


@pytest.mark.parametrize("make", [HtmlPaper, DocxPaper])
def test_an_edit_changes_what_it_names_and_nothing_else(make: type[HtmlPaper] | type[DocxPaper], built: Path) -> None:
    form = "html" if make is HtmlPaper else "docx"
    paper: Editable = make((built / f"paper.{form}").read_bytes())
    texts = [node.text for node in paper.nodes]
    chosen = [k for k, text in enumerate(texts) if "59.3" in text][:2]
    edits = [Edit(k, texts[k].index("59.3"), texts[k].index("59.3") + 4, "58.3") for k in chosen]
    edits += [Edit(k, len(texts[k]), len(texts[k]), " & more") for k in chosen]
    after = [node.text for node in make(paper.edited(edits)).nodes]
    assert len(chosen) == 2
    for k, text in enumerate(after):
        own = [edit for edit in edits if edit.node == k]
        assert text.strip() == apply(texts[k], own).strip()
    again = [node.text for node in make(paper.edited([])).nodes]
    assert again == texts  # editing leaves the opened paper as it was


def test_edits_that_overlap_are_refused(built: Path) -> None:
    paper = HtmlPaper((built / "paper.html").read_bytes())
    with pytest.raises(ValueError, match="overlaps"):
        edited_texts(paper.nodes, [Edit(1, 0, 4, "a"), Edit(1, 2, 6, "b")])
    with pytest.raises(ValueError, match="outside"):
        paper.edited([Edit(1, 0, 10_000, "a")])


def test_the_ledger_is_found_in_the_files(papers: dict[str, detection.Paper]) -> None:
    for form, paper in papers.items():
        editor, located = detection.opened(paper)
        entries = located.ledger["entries"]
        for shown in located.shown:
            text = editor.nodes[shown.node].text[shown.start : shown.end]
            assert text.split() == entries[shown.entry]["text"].split()
        drawn = {e for b in located.ledger["blocks"] if b["kind"] in ("figure", "alt") for e, *_ in b["spans"]}
        alts = {e for b in located.ledger["blocks"] if b["kind"] == "alt" for e, *_ in b["spans"]}
        unseen = set() if form == "html" else alts if form == "pdf" else drawn
        assert {shown.entry for shown in located.shown} == set(entries) - unseen


def test_the_judge_wants_place_and_digits(papers: dict[str, detection.Paper]) -> None:
    _, located = detection.opened(papers["html"])
    number = next(n for n in located.numbers() if n.text == "59.3" and located.zone(n.node, n.start) == "tables")
    tampering = Tampering("digit", "", (Change(number.node, number.start, number.end, "59.3", "58.3"),))
    place = located.place(number.node, number.start)[0]

    def grade(*findings: Finding) -> str:
        verdict = FileVerdict("paper.html", "html", 1, findings=list(findings))
        return judged(Subject("nmosd", "html", "digit"), tampering, verdict, located).grade

    assert grade() == "missed"
    assert grade(Finding("altered", "58.3", place, "59.3")) == "exact"
    assert grade(Finding("altered", "", place, "59.3")) == "exact"
    assert grade(Finding("altered", "58.3", place + "1", "59.3")) == "place"
    assert grade(Finding("altered", "8.3", place, "9.3")) == "place"
    assert grade(Finding("altered", "58.3", "Discussion, paragraph 1", "59.3")) == "place"


def test_what_says_the_same_is_no_tampering(papers: dict[str, detection.Paper]) -> None:
    import random

    editor, located = detection.opened(papers["html"])
    for name, make in CLASSES.items():
        for made in make(Case(located, random.Random(3), {})):
            after = edited_texts(editor.nodes, [change.edit for change in made.changes])
            assert any(text.split() != editor.nodes[node].text.split() for node, text in after.items()), (name, made)
