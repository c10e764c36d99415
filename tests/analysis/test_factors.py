"""The factors of a study file: what is refused, and with which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import Small
from test_pipeline import check

from analysis.pipeline import analyse_folder
from analysis.stats import Problem
from analysis.stats.factorial import ONE_SIDED, RateFit, rate_model
from analysis.stats.regression import Fit
from analysis.stats.stratified import mantel_haenszel

ARMS = {"old": "O", "new": "N", "more": "M", "most": "X"}
FACTORS = {"drug": {"label": "Drug", "arms": ["new", "most"]}, "diet": {"label": "Diet", "arms": ["more", "most"]}}


@pytest.fixture
def crossed(small: Small) -> Small:
    """The small study with four arms that two treatments make."""
    small.study["arms"] = {arm: {"label": arm, "short": arm, "treatment": arm} for arm in ARMS}
    small.study["design"] |= {"type": "factorial", "factors": {key: dict(one) for key, one in FACTORS.items()}}
    small.study["files"]["people"]["columns"]["group"]["levels"] = {level: arm for arm, level in ARMS.items()}
    small.tables["people"] = small.tables["people"].replace("P3,O", "P3,M").replace("P4,O", "P4,X")
    small.tables["people"] = small.tables["people"].replace("P7,N", "P7,M").replace("P8,N", "P8,X")
    return small


def test_four_arms_have_margins(crossed: Small) -> None:
    r = check(analyse_folder(crossed.write()))
    assert [r.value(f"design.factor_{one}.levels") for one in FACTORS] == [2, 2]
    # attacks by half a year: of P5, P6 (new) and P4, P8 (most) none; of P1, P2 (old) two; of P3, P7 (more) one
    assert r.value("attack.half.factor_drug.with.events") == 0
    assert r.value("attack.half.factor_drug.without.events") == 3
    assert r.value("attack.half.factor_diet.with.events") == 1
    assert r.statistics["attack.half.factor_drug.rate.ratio"]["error"]["code"] == "no_events"
    assert r.value("harms.any.factor_drug.with.of") == 4
    assert r.value("harms.any.factor_drug.with.n") == 1
    assert r.value("adl.half.factor_diet.with.mean") == pytest.approx((85 + 80 + 95) / 3)
    assert r.analyses["adl.half.factorial"]["adjusted_for"] == ["adl.start"]


def drop(study: dict[str, Any], key: str) -> None:
    del study["design"]["factors"][key]


def held(key: str, *arms: str) -> Callable[[dict[str, Any]], None]:
    return lambda study: study["design"]["factors"][key].update(arms=list(arms))


def design(**keys: Any) -> Callable[[dict[str, Any]], None]:
    return lambda study: study["design"].update(keys)


FAULTS: dict[str, tuple[Callable[[dict[str, Any]], None], list[str]]] = {
    "one factor": (
        lambda study: drop(study, "diet"),
        ["design.factors: A factorial trial has two factors or more."],
    ),
    "not factorial": (
        design(type="parallel"),
        ["design.factors: Only a factorial trial has factors. Write design.type: factorial."],
    ),
    "no such arm": (
        held("drug", "new", "mots"),
        ["mots is not one of the arms. Did you mean most?", "The arms more and most have the same treatments"],
    ),
    "twice": (
        held("drug", "new", "most", "new"),
        ["design.factors.drug.arms.3: new stands twice. Keep one of the two."],
    ),
    "all arms": (held("drug", *ARMS), ["No arm is without drug. List the arms that have it, and only these."]),
    "same treatments": (
        held("diet", "more"),
        [
            "The arms new and most have the same treatments (with drug, without diet).",
            "No arm is the combination with drug, with diet. Correct the arms of the factors: each combination is",
        ],
    ),
    "a combination without arm": (
        lambda study: study["design"]["factors"].update(third={"label": "Third", "arms": ["most"]}),
        ["No arm is the combination with drug, with diet, without third."],
    ),
    "a margin": (
        design(framework="non-inferiority"),
        ["design.framework: A factorial trial of non-inferiority cannot be analysed"],
    ),
    "a key that is no name": (
        lambda study: study["design"]["factors"].update({"Third one": {"label": "Third", "arms": ["most"]}}),
        ["Third one cannot be a key: keys are part of the names of statistics."],
    ),
    "an arm with a reserved name": (
        lambda study: study["arms"].update({"with": {"label": "w", "short": "w", "treatment": "w"}}),
        ["arms.with: with is a word that everynumber uses itself."],
    ),
}


@pytest.mark.parametrize(("change", "said"), FAULTS.values(), ids=FAULTS)
def test_faults_of_factors(crossed: Small, change: Callable[[dict[str, Any]], None], said: list[str]) -> None:
    change(crossed.study)
    found = crossed.faults()
    for words in said:
        assert any(words in one for one in found), (words, found)


def rates(events: list[float], pairs: list[tuple[int, int]]) -> RateFit:
    columns = np.array([(a, b, a * b) for a, b in pairs], dtype=float)
    return rate_model(np.array(events), np.full(len(events), 0.5), columns)


CELLS = [(0, 0), (0, 0), (0, 1), (0, 1), (1, 0), (1, 0), (1, 1), (1, 1)]


@pytest.mark.parametrize("events", [[2, 3, 0, 0, 4, 1, 2, 2], [0, 0, 1, 2, 3, 1, 2, 5], [1, 2, 0, 0, 0, 0, 3, 1]])
def test_a_product_of_which_one_arm_has_no_events_has_no_finite_ratio(events: list[float]) -> None:
    assert rates(events, CELLS).fit is ONE_SIDED


def test_both_treatments_have_finite_ratios_though_one_arm_has_no_events() -> None:
    """Events in two opposite arms only: the margins are all above 0."""
    columns = np.array(CELLS, dtype=float)
    found = rate_model(np.array([0.0, 0, 3, 2, 4, 1, 0, 0]), np.full(8, 0.5), columns)
    assert isinstance(found.fit, Fit)
    assert np.abs(found.fit.beta).max() < 5


def test_a_difference_of_risks_without_a_standard_error_has_no_limits() -> None:
    one, two, none = np.array([2.0, 3]), np.array([2.0, 3]), np.array([0.0, 0])
    found = mantel_haenszel(one, two, none, two).risk_difference
    assert found.estimate == 1
    assert isinstance(found.ci_low, Problem)
    assert found.ci_low.code == "no_variation"
