"""Two processes beside the main one: one computes the results, one draws. Each imports what it needs while the others
work; both end before rendering, so that their memory is free for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.faults import Fault

ANALYSIS = ("analysis.load", "pandas", "scipy.stats", "analysis.counts", "analysis.harms")
DRAWING = ("fontTools.ttLib", "matplotlib.backends.backend_agg", "matplotlib.figure", "report.drawing")

Computed = tuple[bytes, Sequence["Fault"]]


@dataclass(frozen=True)
class Workers:
    """``results``: results.json, or the faults of the study; ``drawing``: where to draw, None for the main process."""

    results: Future[Computed]
    drawing: Executor | None


def compute(folder: Path) -> Computed:
    """results.json of the study in a folder, or every fault of its study file and data."""
    from analysis.faults import StudyError
    from analysis.pipeline import analyse_folder

    try:
        return analyse_folder(folder).text().encode(), ()
    except StudyError as error:
        return b"", tuple(error.faults)


def _load(modules: Sequence[str]) -> None:
    for module in modules:
        with suppress(ImportError):
            import_module(module)


@contextmanager
def start(folder: Path) -> Iterator[Workers]:
    """Starts both workers; where the platform cannot fork, the results are computed here and now."""
    if os.name != "posix":
        here: Future[Computed] = Future()
        here.set_result(compute(folder))
        yield Workers(here, None)
        return
    with (
        ProcessPoolExecutor(1, get_context("fork"), _load, (ANALYSIS,)) as computing,
        ProcessPoolExecutor(1, get_context("fork"), _load, (DRAWING,)) as drawing,
    ):
        results = computing.submit(compute, folder)
        drawing.submit(int)  # starts the process now
        yield Workers(results, drawing)
