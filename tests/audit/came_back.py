"""What the tests of Word files that came back share: the real paper as it was built, copies of it to edit, and the
audit of a copy beside the paper's ledger. A test module names this one in `pytest_plugins`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from word import Paper

from report.audit import FileVerdict, audit_files

NMOSD = Path(__file__).resolve().parents[2] / "data" / "nmosd"
Judge = Callable[[Paper], FileVerdict]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the real paper, with ledger and results."""
    from report.build import build

    return build(NMOSD, engine="embedded", out=tmp_path_factory.mktemp("returned") / "out").out


@pytest.fixture(scope="session")
def original(built: Path) -> Paper:
    return Paper(built)


@pytest.fixture
def paper(original: Paper) -> Paper:
    """A copy of the paper's Word file."""
    return original.copy()


@pytest.fixture
def judge(built: Path) -> Judge:
    def run(paper: Paper) -> FileVerdict:
        path = built / f"returned-{os.getpid()}.docx"
        path.write_bytes(paper.bytes())
        return audit_files([path])[0]

    return run
