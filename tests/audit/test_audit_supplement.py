"""Papers of many tables, as the benchmark makes them: clean ones pass, errors in them are found, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import supplement
from report.audit import FileVerdict, audit_files


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("supplement")
    supplement.write_records(folder, supplement.make(3000))
    return folder


def audited(folder: Path, form: str, paper: supplement.Supplement) -> FileVerdict:
    path = folder / f"paper.{form}"
    supplement.write_file(path, paper)
    return audit_files([path])[0]


@pytest.mark.parametrize("form", supplement.FORMATS)
def test_a_clean_supplement_passes_also_where_a_table_head_begins_most_pages(folder: Path, form: str) -> None:
    verdict = audited(folder, form, supplement.make(3000))
    assert verdict.findings == []
    assert verdict.numbers >= supplement.make(3000).numbers


@pytest.mark.parametrize("form", supplement.FORMATS)
@pytest.mark.parametrize("change", ["in place", "tables moved"])
def test_errors_are_found_and_tables_elsewhere_are_no_errors(folder: Path, form: str, change: str) -> None:
    paper = supplement.make(3000)
    if change == "tables moved":
        paper = supplement.moved(paper)
        assert audited(folder, form, paper).findings == []
    wrong = supplement.tampered(paper)
    touched = {new.section for old, new in zip(paper.items, wrong.items, strict=True) if old != new}
    found = {re.split("[,;]", finding.where)[0] for finding in audited(folder, form, wrong).findings}
    assert len(touched) >= 16
    assert found == touched
