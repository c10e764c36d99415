from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import little
import pytest
from hypothesis import settings

from report.audit import FileVerdict, audit_files

# A busy machine is no failure: how long an example takes is not judged.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return little.write(tmp_path / "a folder — ü")


Audit = Callable[[str, "bytes | str"], FileVerdict]


@pytest.fixture
def audit(folder: Path) -> Audit:
    """Audits a file of that name and content beside the little paper's ledger."""

    def run(name: str, data: bytes | str) -> FileVerdict:
        path = folder / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return audit_files([path])[0]

    return run
