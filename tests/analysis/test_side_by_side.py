"""Outcomes in several processes give the bytes that one process gives, and a failure in one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import side_by_side
from analysis.context import Context
from analysis.load import load_folder
from analysis.pipeline import analyse, outcome
from analysis.results import Builder
from benchmarks.scale_data import write_trial

STUDIES = sorted(one.parent for one in (Path(__file__).parents[2] / "data").glob("*/study.yml"))


def test_the_bytes_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every study of the repository, and of one with an outcome of every kind and three arms."""
    for folder in [*STUDIES, write_trial(tmp_path / "trial", 300, 3)]:
        study, data = load_folder(folder)
        monkeypatch.setattr(side_by_side, "workers", lambda *_: 1)
        alone = analyse(study, data).text()
        monkeypatch.setattr(side_by_side, "workers", lambda _, keys: min(3, len(keys)))
        assert analyse(study, data).text() == alone


def test_few_rows_stay_in_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study, data = load_folder(write_trial(tmp_path / "trial", 100))
    context, keys = Context(study, data, Builder()), list(study.outcomes)
    assert side_by_side.workers(context, keys) == 1
    monkeypatch.setattr(side_by_side, "LEAST_WORK", 100)
    monkeypatch.setattr(side_by_side, "_cores", lambda: 4)
    assert side_by_side.workers(context, keys) == 4
    assert side_by_side.workers(context, keys[:2]) == 2


def test_a_name_that_comes_twice_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in one process: two outcomes that write the same statistic."""
    study, data = load_folder(write_trial(tmp_path / "trial", 100))
    context = Context(study, data, Builder())
    monkeypatch.setattr(side_by_side, "workers", lambda *_: 2)
    with pytest.raises(ValueError, match="recorded twice"):
        side_by_side.compute(context, ["cure", "cure"], outcome)
