"""Results of a cross-over go out and come back whole, and a paper is written from them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from analysis.exchange.ars import from_ars, to_ars
from analysis.exchange.ars_check import ars_faults
from analysis.exchange.check import study_faults
from analysis.pipeline import analyse
from analysis.study import Study, load_study

sys.path.append(str(Path(__file__).resolve().parents[1] / "writing"))
from crossover_study import write_crossover


@pytest.fixture(scope="module", params=[2, 3])
def crossed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, dict[str, Any]]:
    study = load_study(write_crossover(tmp_path_factory.mktemp("exchange") / "trial", request.param))
    return study, json.loads(analyse(study).text())


def test_ars_is_sound_and_comes_back_whole(crossed: tuple[Study, dict[str, Any]]) -> None:
    _, results = crossed
    event = to_ars(results, patients=True)
    assert ars_faults(event) == []
    back = from_ars(json.loads(json.dumps(event, allow_nan=False)))
    assert json.dumps(back, sort_keys=True) == json.dumps(results, sort_keys=True)


def test_names_belong_to_the_study(crossed: tuple[Study, dict[str, Any]]) -> None:
    study, results = crossed
    assert study_faults(results, study, "results.json") == []
    results["statistics"]["pain.perod.p"] = results["statistics"]["pain.period.p"]
    faults = study_faults(results, study, "results.json")
    assert len(faults) == 1
    assert "is of perod, which is no time point. Did you mean period" in faults[0]
