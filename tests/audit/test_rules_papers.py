"""Rules over a whole built paper: silent on it in every format and style, and loud when it was edited."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from report.audit import audit_files
from report.audit.expected import Expected, build_expected, load_lexicon
from report.audit.load import open_paper
from report.audit.model import Document
from report.audit.read_docx import WordFile
from report.audit.rules import check_results, check_text
from report.audit.run import READERS
from report.audit.verdict import Finding
from report.build import build
from report.paths import TEMPLATES

NMOSD = Path(__file__).resolve().parents[2] / "data" / "nmosd"
FORMATS = ("html", "docx", "pdf")


@pytest.fixture(scope="module", params=["icmje", "jama"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(NMOSD, engine="embedded", style=request.param, out=tmp_path_factory.mktemp("rules") / "out").out


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(NMOSD, engine="embedded", style="icmje", out=tmp_path_factory.mktemp("rules") / "out").out


def document_of(path: Path) -> Document:
    form, data = open_paper(path)
    read = READERS[form](data, path.name)
    return read.view() if isinstance(read, WordFile) else read


def expected_of(folder: Path) -> Expected:
    ledger, results = (json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("ledger", "results"))
    return build_expected(ledger, results, load_lexicon(TEMPLATES / "claim_words.yml"))


@pytest.mark.parametrize("with_ledger", [True, False], ids=["with its ledger", "alone"])
@pytest.mark.parametrize("form", FORMATS)
def test_a_clean_paper_contradicts_itself_nowhere(form: str, with_ledger: bool, built: Path) -> None:
    assert check_text(document_of(built / f"paper.{form}"), expected_of(built) if with_ledger else None) == []
    assert check_results(json.loads((built / "results.json").read_text("utf-8"))) == []


EDITS = [
    # old text, new text, the rules that must find it without the ledger; spaces of any kind are one
    ("4 of 30 (13%)", "4 of 30 (23%)", {"T-PERCENT"}),
    ("4 of 30 (13%)", "4 of 31 (13%)", set()),  # 12.9%: nothing in the sentence contradicts
    ("difference 9.5 points; 95% CI 3.2 to 15.7", "difference 19.5 points; 95% CI 3.2 to 15.7", {"T-CI-CONTAINS"}),
    ("95% CI 1.9 to 10.6; P = 0.006", "95% CI 10.6 to 1.9; P = 0.006", {"T-CI-ORDER"}),
    ("95% CI 3.2 to 15.7; P = 0.004", "95% CI 3.2 to 15.7; P = 0.4", {"T-CI-P"}),
    ("difference 6.2 points", "difference 6.7 points", {"T-ABSTRACT"}),
    (
        "rate ratio 0.18; 95% CI 0.06 to 0.55; P = 0.002",
        "rate ratio 0.18; 95% CI 0.06 to 0.55; P = 0.02",
        {"T-ABSTRACT"},
    ),
    ("(1.06 a year", "(1.60 a year", {"T-RATE"}),
    ("a median of 381.5 days", "a median of 481.5 days", {"T-RANGE"}),
    ("P = 0.006", "P = 0.000", {"T-P-FORM"}),
    (
        "30 treated with azathioprine and 30 treated with azathioprine plus mycophenolate mofetil (",
        "30 treated with azathioprine and 31 treated with azathioprine plus mycophenolate mofetil (",
        {"T-SUM"},
    ),
]


def edited(document: Document, old: str, new: str) -> Document:
    pattern = re.compile(r"\s+".join(map(re.escape, old.split(" "))))
    blocks = list(document.blocks)
    for k, block in enumerate(blocks):
        if block.kind in ("paragraph", "page") and pattern.search(block.text):
            blocks[k] = replace(block, text=pattern.sub(new, block.text, count=1))
            return replace(document, blocks=tuple(blocks))
    raise AssertionError(f"{old} is not in the paper")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("old", "new", "rules"), EDITS, ids=[new[:60] for _, new, _ in EDITS])
def test_an_edit_is_found_without_the_ledger(old: str, new: str, rules: set[str], form: str, plain: Path) -> None:
    document = edited(document_of(plain / f"paper.{form}"), old, new)
    assert rules <= {finding.rule for finding in check_text(document)}
    if not rules:
        assert check_text(document) == []


CELLS = [
    # label of the row, column, new text, rule
    ("Female, n (%)", 2, "28 (95)", "T-PERCENT"),
    ("Female, n (%)", 4, "54 (90)", "T-COUNT-TOTAL"),
    ("Missing, n", 4, "2", "T-COUNT-TOTAL"),
    ("Leukopenia", 3, "6", "T-NEST"),
    ("Disease duration, years, median (quartiles)", 2, "4.0 (1.1 to 3.6)", "T-RANGE"),
    ("6 months, baseline-adjusted", 4, "6.2 (10.6 to 1.9)", "T-CI-ORDER"),
]


@pytest.mark.parametrize("form", ["html", "docx"])
@pytest.mark.parametrize(("label", "column", "text", "rule"), CELLS, ids=[f"{c[0]}: {c[2]}" for c in CELLS])
def test_an_edited_cell_is_found_without_the_ledger(
    label: str, column: int, text: str, rule: str, form: str, plain: Path
) -> None:
    document = document_of(plain / f"paper.{form}")
    row = next(b.place for b in document.blocks if b.kind == "cell" and b.text.strip() == label)
    at = replace(row, column=column)
    blocks = tuple(replace(b, text=text) if b.kind == "cell" and b.place == at else b for b in document.blocks)
    assert blocks != document.blocks
    assert rule in {finding.rule for finding in check_text(replace(document, blocks=blocks))}


@pytest.mark.parametrize("form", FORMATS)
def test_one_statistic_in_two_places_is_known_by_its_name(form: str, plain: Path) -> None:
    """The mean of a table's row is changed: only the ledger's name tells that the text prints the same statistic."""
    document = edited(document_of(plain / f"paper.{form}"), "and 80.5 (SD 13.5)", "and 81.5 (SD 13.5)")
    assert check_text(document) == []
    found = check_text(document, expected_of(plain))
    assert [(f.rule, f.name) for f in found] == [("T-ABSTRACT", "adl.month_6.treatment.mean")]
    assert "81.5" in found[0].why and "80.5" in found[0].why


# -- what an abstract may claim: errors seeded into the ledger, which the program then blesses ------------------------


def seeded(folder: Path, change: Callable[[dict[str, Any]], None]) -> list[Finding]:
    """The findings of a paper whose ledger was written otherwise."""
    ledger, results = (json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("ledger", "results"))
    change(ledger)
    return check_text(
        document_of(folder / "paper.html"), build_expected(ledger, results, load_lexicon(TEMPLATES / "claim_words.yml"))
    )


def entries_in(ledger: dict[str, Any], section: str, begins: str = "") -> dict[str, dict[str, Any]]:
    blocks = [b for b in ledger["blocks"] if b.get("section") == section and b["text"].startswith(begins)]
    return {i: ledger["entries"][i] for b in blocks for i, _, _ in b["spans"]}


@pytest.mark.parametrize(
    ("section", "begins"), [("Abstract", "Conclusion."), ("Discussion > Conclusion", ""), ("Discussion", "This ")]
)
def test_a_conclusion_from_a_change_within_a_group_is_found(section: str, begins: str, plain: Path) -> None:
    def change(ledger: dict[str, Any]) -> None:
        claim = next(e for e in entries_in(ledger, section, begins).values() if e["text"] == "higher")
        stem = "adl.change_month_6.treatment"
        claim["predicate"] = {"op": "and", "all": [
            {"op": "gt", "of": f"{stem}.mean", "than": 0},
            {"op": "excludes", "low": f"{stem}.ci_low", "high": f"{stem}.ci_high", "null": 0},
        ]}  # fmt: skip

    found = [f for f in seeded(plain, change) if f.rule == "T-WITHIN"]
    assert {f.name for f in found} >= {"adl.change_month_6.treatment.mean"}
    assert all("compares a group with itself" in f.why for f in found)


def test_changes_within_groups_alone_in_the_abstract_are_found(plain: Path) -> None:
    def change(ledger: dict[str, Any]) -> None:
        for block in ledger["blocks"]:
            if block.get("section") == "Abstract":
                told = {i: json.dumps(ledger["entries"][i]) for i, _, _ in block["spans"]}
                block["spans"] = [span for span in block["spans"] if "adl.month_6.treatment_vs" not in told[span[0]]]
        for entry in entries_in(ledger, "Abstract", "Results.").values():
            entry["name"] = entry["name"].replace("adl.month_6.", "adl.change_month_6.")

    found = [f for f in seeded(plain, change) if f.rule == "T-WITHIN"]
    assert len(found) == 1 and "no comparison of the groups in adl at month_6" in found[0].why


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("adl.month_6.treatment_vs_control.adjusted", "adl.month_9.treatment_vs_control", "the results do not tell"),
        ('"gt", "of": "adl.', '"lt", "of": "adl.', "the body does not"),
    ],
)
def test_a_conclusion_of_the_abstract_alone_is_found(old: str, new: str, why: str, plain: Path) -> None:
    def change(ledger: dict[str, Any]) -> None:
        for entry in entries_in(ledger, "Abstract", "Conclusion.").values():
            if entry["kind"] == "claim":
                entry["predicate"] = json.loads(json.dumps(entry["predicate"]).replace(old, new))

    found = [f for f in seeded(plain, change) if f.rule == "T-CONCLUSION"]
    assert [f.text for f in found] == ["higher"] and why in found[0].why


@pytest.mark.parametrize("kind", ["any", "serious"])
def test_an_abstract_without_the_harms_is_found(kind: str, plain: Path) -> None:
    def change(ledger: dict[str, Any]) -> None:
        for block in ledger["blocks"]:
            if block.get("section") == "Abstract":
                kept = [s for s in block["spans"] if f"harms.{kind}." not in json.dumps(ledger["entries"][s[0]])]
                block["spans"] = kept

    found = [f for f in seeded(plain, change) if f.rule == "T-HARMS"]
    assert {f.name for f in found} == {f"harms.{kind}.{arm}.n" for arm in ("control", "treatment")}


def test_the_audit_tells_a_contradiction_with_the_number_that_is_wrong(plain: Path, tmp_path: Path) -> None:
    page = (plain / "paper.html").read_text("utf-8")
    at = re.search(r"Adverse reactions were recorded in .{0,400}?>47%<", page, re.DOTALL)
    assert at
    for name in ("ledger.json", "results.json"):
        (tmp_path / name).write_bytes((plain / name).read_bytes())
    (tmp_path / "figures").symlink_to(plain / "figures")
    (tmp_path / "paper.html").write_text(page[: at.end() - 4] + "57%<" + page[at.end() :], "utf-8")
    findings = audit_files([tmp_path / "paper.html"])[0].findings
    assert [(f.verdict, f.text, f.expected) for f in findings] == [("altered", "57%", "47%")]
    assert findings[0].rule in ("T-PERCENT", "T-ABSTRACT")


def test_the_audit_tells_results_that_contradict_themselves(plain: Path, tmp_path: Path) -> None:
    """A wrong number that stands in the results, the ledger and the file alike: hashes agree, arithmetic does not."""
    import hashlib

    results = json.loads((plain / "results.json").read_text("utf-8"))
    results["statistics"]["flow.included"]["value"] = 61
    data = json.dumps(results).encode()
    ledger = json.loads((plain / "ledger.json").read_text("utf-8"))
    ledger["results_sha256"] = hashlib.sha256(data).hexdigest()
    for entry in ledger["entries"].values():
        if entry["name"] == "flow.included" and entry["kind"] == "result":
            entry["raw"] = "61"
    (tmp_path / "results.json").write_bytes(data)
    (tmp_path / "ledger.json").write_text(json.dumps(ledger), "utf-8")
    (tmp_path / "figures").symlink_to(plain / "figures")
    (tmp_path / "paper.html").write_bytes((plain / "paper.html").read_bytes())
    findings = audit_files([tmp_path / "paper.html"])[0].findings
    assert ("inconsistent", "R-FLOW-SUM", "flow.included") in {(f.verdict, f.rule, f.name) for f in findings}
