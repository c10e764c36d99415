"""The reference may be the first arm: columns hold the numbers of the group that heads them, or the audit says so."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from trial_study import write_trial

from report.build import build
from report.comparisons import Comparisons


def turned(folder: Path) -> Path:
    """The made-up trial with its reference as the first arm."""
    study = write_trial(folder, ("low", "placebo"), keep=("infected", "infection_time"))
    file = study / "study.yml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["reference_arm"] = "low"
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return study


def test_the_reference_may_come_first(tmp_path: Path) -> None:
    made = build(turned(tmp_path / "trial"), engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit


def test_columns_that_the_program_exchanged_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Comparisons.subgroup_pair
    monkeypatch.setattr(Comparisons, "subgroup_pair", lambda self, o, stem, c: right(self, o, stem, c)[::-1])
    made = build(turned(tmp_path / "trial"), engine="embedded", out=tmp_path / "out", formats=("html",))
    rules = {finding["rule"] for file in made.audit["files"] for finding in file["findings"]}
    assert not made.passed and rules == {"T-COLUMN"}
