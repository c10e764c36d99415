from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from render_sample import AWKWARD, sample

from report.render import embedded
from report.render.project import write_project


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """The sample paper in all three formats, from a folder whose name is hard on command lines."""
    folder = tmp_path_factory.mktemp("render") / AWKWARD
    write_project(folder, sample())
    yield embedded.render(folder, ("html", "docx", "pdf"))
