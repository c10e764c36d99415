"""Results of the studies, computed once; a copy for each test that changes them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from analysis.pipeline import analyse_folder

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"


@cache
def text_of(study: str) -> str:
    return analyse_folder(DATA / study).text()


@pytest.fixture(params=["nmosd", "indomethacin", "streptomycin", "smoking_cessation"])
def results(request: pytest.FixtureRequest) -> dict[str, Any]:
    """results.json of each study."""
    document: dict[str, Any] = json.loads(text_of(request.param))
    return document


@pytest.fixture
def nmosd() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text_of("nmosd"))
    return document


@pytest.fixture
def smoking() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text_of("smoking_cessation"))
    return document
