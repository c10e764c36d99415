"""Whole papers of random studies: whatever the data, the paper is built and audits clean, no number is missing without
a word, a mark and a reason, and the notes of its tables are in order.

The same few papers each time. For others, and more of them: `--hypothesis-seed=7` (CONTRIBUTING.md).
"""

from __future__ import annotations

import json
import re
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from any_study import Plan, made, plans, written
from hypothesis import Phase, given, settings

from analysis.pipeline import analyse_folder
from analysis.study import load_study
from report.audit.read_docx import read_docx
from report.audit.read_html import read_html
from report.audit.read_pdf import read_pdf
from report.build import audit_outputs, compose_paper, write_paper
from report.compose import Paper
from report.ledger import Block, Entry
from report.render.embedded import render

FEW, MANY = 5, 60
NO_WORDS = re.compile(r"\b(?:nan|NaN|NAN|None|inf|null|Infinity|NaT|True|False)\b")
MARK = re.compile(r"(?<!\\)\^([a-z])\^")
READ = {"html": read_html, "docx": read_docx, "pdf": read_pdf}


@dataclass(frozen=True)
class Whole:
    paper: Paper
    statistics: dict[str, Any]
    audit: dict[str, Any]
    texts: dict[str, str]
    """What a reader sees of each format."""


def build(plan: Plan, *formats: str) -> Whole:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = written(Path(folder) / "study", made(plan))
        results = analyse_folder(study).text().encode()
        paper = compose_paper(load_study(study), results, None)
        project = Path(folder) / "project"
        write_paper(project, paper, load_study(study), results)
        files = render(project, formats)
        audit = audit_outputs(project, files.values(), study)
        seen = {key: READ[key](path.read_bytes(), path.name) for key, path in files.items()}
    texts = {key: "\n".join(block.text for block in document.blocks) for key, document in seen.items()}
    return Whole(paper, json.loads(results)["statistics"], audit, texts)


def check(found: Whole) -> None:
    assert found.audit["verdict"] == "pass", [f["findings"][:3] for f in found.audit["files"]]
    for name, text in found.texts.items():
        assert len(text) > 5000, name
        assert not NO_WORDS.search(text), (name, NO_WORDS.findall(text))
    tables = {str(block.table) for block in found.paper.ledger.blocks if block.table}
    for table in tables:
        blocks = [block for block in found.paper.ledger.blocks if block.table == table]
        check_gaps(found, table, blocks)
    check_marks(found.paper)
    check_sentences(found.paper)
    check_limits(found)


def entries_of(paper: Paper, block: Block) -> list[Entry]:
    return [paper.ledger.entries[key] for key, _, _ in block.spans]


def check_gaps(found: Whole, table: str, blocks: list[Block]) -> None:
    """A number that a table lacks has its mark there, and its reason in a note of that table."""
    notes = " ".join(block.text for block in blocks if block.kind == "note").lower()
    for block in blocks:
        for entry in entries_of(found.paper, block):
            record = found.statistics.get(entry.name)
            if record is None or entry.kind not in ("result", "not_estimable"):
                continue
            assert (entry.kind == "not_estimable") == (record["value"] is None), (table, entry)
            if entry.kind == "not_estimable" and block.kind == "cell":
                assert entry.text == "NE", (table, entry)
                assert record["error"]["message"].rstrip(".").lower() in notes, (table, entry.name, notes)


def check_sentences(paper: Paper) -> None:
    """Outside of tables and figures, in words."""
    for block in paper.ledger.blocks:
        if block.kind in ("paragraph", "alt"):
            assert not re.search(r"\bNE\b", block.text), block.text


def check_marks(paper: Paper) -> None:
    """Of each table the marks a, b, c … are met in this order, and so are their notes."""
    tables = re.findall(r"^:::: \{\.table #.*?^::::$", paper.body, re.MULTILINE | re.DOTALL)
    assert len(tables) == len(paper.ledger.tables)
    for table in tables:
        cells, _, notes = table.partition("::: {.table-note}")
        met, told = (list(dict.fromkeys(MARK.findall(part))) for part in (cells, notes))
        assert met == told == [chr(ord("a") + k) for k in range(len(met))], (met, told, notes)


def check_limits(found: Whole) -> None:
    """A limit that excludes no effect is not printed as no effect."""
    for entry in found.paper.ledger.entries.values():
        stem, _, last = entry.name.rpartition(".")
        if entry.kind != "result" or not last.endswith(("ci_low", "ci_high")):
            continue
        null = 1.0 if found.statistics[entry.name]["unit"] == "ratio" else 0.0
        compared = any(f"{stem}.{part}" in found.statistics for part in ("difference", "risk_difference", "shift"))
        if not (null or compared) or "×" in entry.text:
            continue
        value = found.statistics[entry.name]["value"]
        excludes = value > null if last.endswith("low") else value < null
        if excludes and abs(value - null) > 1e-3:
            assert float(re.sub(r"[^\d.]", "", entry.text)) != null, (entry.name, value, entry.text)


def test_whatever_the_data_the_paper_is_built_and_audits_clean(request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("--hypothesis-seed", None)
    chosen = settings(
        max_examples=FEW if seed is None else MANY, deadline=None, derandomize=seed is None, phases=[Phase.generate]
    )
    run = given(plans())(lambda plan: check(build(plan, "html")))
    chosen(run if seed is None else hypothesis.seed(seed)(run))()


@pytest.mark.parametrize(
    "plan",
    [
        Plan("crossover", 4, 3, "one patient in an arm", "beyond", "scores", seed=6000),
        Plan("cluster", 3, 4, "arm missing", odd=True),
    ],
    ids=str,
)
def test_in_all_formats(plan: Plan) -> None:
    check(build(plan, "pdf", "html", "docx"))
