"""Shared: the NMOSD study, its results computed once, and a composer over changed results."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from report.bibliography import read_bibliography
from report.compose import Inputs, Paper, compose, prose_files
from report.styles import load_style

# A busy machine is no failure: how long an example takes is not judged.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

NMOSD = Path(__file__).resolve().parents[2] / "data" / "nmosd"
Results = dict[str, Any]


@pytest.fixture(scope="session")
def nmosd_results() -> Results:
    from analysis.pipeline import analyse_folder

    return json.loads(analyse_folder(NMOSD).text())


@pytest.fixture
def results(nmosd_results: Results) -> Results:
    """A copy to change."""
    return copy.deepcopy(nmosd_results)


@pytest.fixture(scope="session")
def declared() -> dict[str, Any]:
    from analysis.study import load_study

    return load_study(NMOSD).model_dump(mode="json")


@pytest.fixture
def write(declared: dict[str, Any]) -> Callable[..., Paper]:
    """Composes the NMOSD paper from given results, with changes of the study and of the prose."""

    def composed(results: Results, style: str = "icmje", study: dict[str, Any] | None = None, **prose: str) -> Paper:
        texts = prose_files(declared, NMOSD) | {key: (f"text/{key}.md", text) for key, text in prose.items()}
        inputs = Inputs(
            study=declared | (study or {}),
            study_id="nmosd",
            results=results,
            prose=texts,
            bibliography=read_bibliography(NMOSD / "references.bib"),
            hashes={},
        )
        return compose(inputs, load_style(style))

    return composed


@pytest.fixture
def study_copy(tmp_path: Path) -> Path:
    """The NMOSD study in a folder whose path has blanks and letters of other scripts."""
    folder = tmp_path / "Étude à Xi'an 研究" / "nmosd copy"
    shutil.copytree(NMOSD, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def text_of(paper: Paper, section: str = "") -> str:
    return "\n".join(b.text for b in paper.ledger.blocks if b.section.startswith(section))
