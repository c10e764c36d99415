"""A trial of more patients than a figure can show one by one: boxes in the figure, no values of single patients."""

from __future__ import annotations

import json
from pathlib import Path

from analysis.results import MOST_DRAWN
from benchmarks.scale_data import write_trial
from report.build import build


def test_the_paper_of_a_large_trial(tmp_path: Path) -> None:
    study = write_trial(tmp_path / "large", MOST_DRAWN + 1)
    done = build(study, engine="embedded", out=tmp_path / "out")
    assert done.passed, done
    out = tmp_path / "out"
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert results["pairs"] == {}
    ledger = json.loads((out / "ledger.json").read_text(encoding="utf-8"))
    captions = [block["text"] for block in ledger["blocks"] if block["kind"] == "caption"]
    assert any("Boxes run between the quartiles" in one for one in captions)
    assert not any("Thin lines" in one for one in captions)
    drawn = (out / "figures" / "figure-outcomes.svg").read_text(encoding="utf-8")
    assert drawn.count("<line") + drawn.count("<path") + drawn.count("<polyline") < 200
    flow = (out / "figures" / "figure-flow.svg").read_text(encoding="utf-8")
    assert "(n = 1\u2009001)" in flow or "(n = 1,001)" in flow or "(n = 1001)" in flow
