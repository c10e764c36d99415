"""A finished paper of an example, built once in a process, for the tests of its checklist."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import Any

from report import build as work
from report.checklist.finding import located
from report.checklist.states import Checklist, consort_of, fill, places_of

DATA = Path(__file__).resolve().parents[2] / "data"
STUDIES = ("nmosd", "indomethacin")


class Paper:
    """A finished paper (HTML only) with its ledger and its study."""

    def __init__(self, name: str) -> None:
        from analysis.study import load_study

        self._kept = tempfile.TemporaryDirectory(prefix=f"{name}-")
        self.name, self.out = name, Path(self._kept.name)
        work.build(DATA / name, formats=("html",), out=self.out)
        self.ledger: dict[str, Any] = json.loads((self.out / "ledger.json").read_text(encoding="utf-8"))
        self.facts = work.facts_of(load_study(DATA / name))

    def fill(self, page: Path | None = None) -> Checklist:
        """The list of CONSORT."""
        blocks = self.ledger["blocks"]
        places = located(blocks, places_of(blocks), {"html": page or self.out / "paper.html"})
        return consort_of(fill(self.facts, places))


@functools.cache
def finished(name: str) -> Paper:
    """The paper of `data/NAME`. Tests that change something of it copy it."""
    return Paper(name)
