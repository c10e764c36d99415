"""Choices of method: what is refused, and what the models say at their edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from test_binary import CURED, with_cure
from test_pipeline import check

from analysis.margins import hazard_test, judge
from analysis.pipeline import analyse_folder
from analysis.stats import Problem
from analysis.stats.rates import RateModel, adjusted_rate_ratios, rates_alike
from analysis.stats.recurrent import Intervals, andersen_gill
from analysis.stats.regression import Ratio
from analysis.stats.survival import kaplan_meier, restricted_difference, restricted_mean
from analysis.study import Outcome

Small = Any


def cure(small: Small, **keys: Any) -> None:
    with_cure(small)
    small.study |= {"baseline": [], "outcomes": {"cure": {**CURED, **keys}}}


def attack(small: Small, **keys: Any) -> None:
    small.study |= {"baseline": [], "outcomes": {"attack": {**small.study["outcomes"]["attack"], **keys}}}


def time(small: Small, **keys: Any) -> None:
    small.study["timepoints"]["half"]["at"] = 183
    death = {"label": "Death", "kind": "time_to_event", "column": "people.days", "event_column": "people.stopped"}
    about = {"event": ["yes"], "unit": "days", "better": "higher", "role": "primary", "prespecified": True}
    small.study |= {"baseline": [], "outcomes": {"death": {**death, **about, "timepoints": ["half"], **keys}}}
    small.study["design"] |= {"framework": "non-inferiority"}


def third_arm(small: Small) -> None:
    small.study["arms"]["third"] = {"label": "Third", "short": "T", "treatment": "third drug"}
    small.study["files"]["people"]["columns"]["group"]["levels"]["T"] = "third"


def several(small: Small, method: str, **adl: Any) -> None:
    third_arm(small)
    small.study |= {"multiplicity": {"method": method}, "baseline": []}
    small.study["outcomes"] = {"adl": {**small.study["outcomes"]["adl"], **adl}}


REFUSED: dict[str, tuple[Callable[[Small], object], str]] = {
    "recurrent of a binary": (
        lambda s: cure(s, recurrent="andersen_gill"),
        "outcomes.cure.recurrent: A binary outcome has no recurrent. It is for a count.",
    ),
    "another model of recurrence": (
        lambda s: attack(s, recurrent="anderson_gill"),
        "anderson_gill is not allowed here. Did you mean andersen_gill?",
    ),
    "interval of a count": (lambda s: attack(s, interval="newcombe"), "A count has no interval. It is for a binary"),
    "another interval": (lambda s: cure(s, interval="wald"), "wald is not allowed here."),
    "test beside its interval": (
        lambda s: cure(s, interval="miettinen_nurminen", test="fisher"),
        "outcomes.cure.test: With interval: miettinen_nurminen the P value is of that method too. Remove test",
    ),
    "nothing to adjust for": (
        lambda s: cure(s, adjusted_by="modified_poisson"),
        "adjusted_by names a model, but there is nothing to adjust for. Add adjust_for",
    ),
    "count adjusted for what is not there": (
        lambda s: attack(s, adjust_for=["agee"]),
        "agee is not one of the columns. Did you mean age?",
    ),
    "count adjusted for the arm": (lambda s: attack(s, adjust_for=["group"]), "group is part of the comparison itself"),
    "time without a margin": (time, "The framework is non-inferiority, but this primary outcome has no margin."),
    "margin of a time as a difference": (
        lambda s: time(s, margin={"value": 10}),
        "outcomes.death.margin: The margin of a time to event is a ratio of hazards. Add scale: ratio.",
    ),
    "margin of hazards on the wrong side": (
        lambda s: time(s, margin={"value": 0.8, "scale": "ratio"}),
        "A ratio of 0.8 is no margin where higher is better. Write a ratio above 1.",
    ),
    "a family of two arms": (
        lambda s: s.study.update(multiplicity={"method": "holm"}),
        "multiplicity.method: Two arms are compared once, so that holm has nothing to adjust. Remove multiplicity.",
    ),
}


@pytest.mark.parametrize(("change", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(small: Small, change: Callable[[Small], object], said: str) -> None:
    change(small)
    faults = small.faults()
    assert len(faults) == 1, faults
    assert said in faults[0]


@pytest.mark.parametrize("keys", [{}, {"timepoints": ["start"]}, {"timepoints": ["half"], "adjust_for": ["age"]}])
def test_dunnett_where_no_means_are_unadjusted(small: Small, keys: dict[str, Any]) -> None:
    several(small, "dunnett", **keys)
    assert "Dunnett's method compares means that are not adjusted, and no outcome here has such." in small.faults()[0]


def test_dunnett_where_means_are_unadjusted_and_a_family_of_none(make_small: Callable[[str], Small]) -> None:
    one = make_small("one")
    several(one, "dunnett", timepoints=["half"])
    one.swap("people", "P8,N,", "P8,T,").swap("people", "P7,N,", "P7,T,")
    assert analyse_folder(one.write()).analyses["adl.half.multiplicity"]["method"] == "dunnett"
    other = make_small("other")
    other.study["multiplicity"] = {"method": "none"}
    check(analyse_folder(other.write()))


def test_events_of_a_day_and_of_day_0_and_of_the_last_day(small: Small) -> None:
    attack(small, recurrent="andersen_gill", timepoints=["year"])
    small.study["files"]["attacks"] |= {"key": ["id", "day", "n"]}
    columns = small.study["files"]["attacks"]["columns"]
    columns |= {"day": {"type": "integer", "role": "day"}, "n": {"type": "integer"}}
    small.tables["attacks"] = "id,day,n\nP1,0,1\nP1,20,1\nP1,20,2\nP2,365,1\nP3,100,1\nP5,0,1\nP5,365,1\nP7,50,1\n"
    r = check(analyse_folder(small.write()))
    about = r.analyses["attack.year.recurrent"]
    assert about["warnings"] == [
        "Events of a patient on the same day (1 of all) count as one in the ratio of intensities."
    ]
    ratio = r.value("attack.year.new_vs_old.recurrent.hazard_ratio")
    assert isinstance(ratio, float)
    assert 0 < ratio < 10
    assert r.value("attack.year.old.events") == 5  # the rates count each event


def test_everything_is_missing_where_an_arm_has_no_events(small: Small) -> None:
    attack(small, recurrent="andersen_gill", adjust_for=["age"], timepoints=["year"])
    small.tables["attacks"] = "id,day\nP1,20\nP2,30\n"
    r = check(analyse_folder(small.write()))
    for part in ("recurrent.hazard_ratio", "recurrent.p", "adjusted.ratio", "adjusted.p"):
        assert r.statistics[f"attack.year.new_vs_old.{part}"]["error"]["code"] == "separation"


def test_score_residuals_add_up_to_nothing_and_are_the_slope_elsewhere() -> None:
    chance = np.random.default_rng(3)
    start = chance.integers(0, 5, 60).astype(float)
    stop = start + chance.integers(1, 6, 60)
    event = (chance.random(60) < 0.6).astype(float)
    x = chance.normal(size=(60, 2))
    partial = Intervals(start, stop, event, x)
    for beta in (np.zeros(2), np.array([0.4, -0.7])):
        assert partial.score_residuals(beta).sum(axis=0) == pytest.approx(partial.derivatives(beta)[1], abs=1e-10)
    fit = andersen_gill(start, stop, event, x, np.arange(60))
    assert not isinstance(fit, Problem)
    split = np.where(stop - start > 1, start + 1, stop)  # the same patients, each interval cut in two
    more = stop > split
    one = np.concatenate([start, split[more]]), np.concatenate([split, stop[more]])
    cut = andersen_gill(
        *one, np.concatenate([np.where(more, 0, event), event[more]]), np.vstack([x, x[more]]),
        np.concatenate([np.arange(60), np.arange(60)[more]]),
    )  # fmt: skip
    assert not isinstance(cut, Problem)
    assert cut.beta == pytest.approx(fit.beta)
    assert cut.se == pytest.approx(fit.se)


def test_edges_of_the_models_of_rates() -> None:
    one, group = np.ones(6), np.array([0, 0, 0, 1, 1, 1])
    none = np.empty((6, 0))

    def code(model: RateModel) -> str:
        ratio = model.ratios["b"].ratio
        return ratio.code if isinstance(ratio, Problem) else ""

    y = np.array([1.0, 2, 0, 3, 1, 4])
    assert code(adjusted_rate_ratios(y, one, np.zeros(6, np.int64), ["a", "b"], none)) == "no_data"
    assert code(adjusted_rate_ratios(y * (group == 0), one, group, ["a", "b"], none)) == "separation"
    assert code(adjusted_rate_ratios(y, one, group, ["a", "b"], np.eye(6)[:, :5])) == "too_few"
    assert code(adjusted_rate_ratios(y, one, group, ["a", "b"], group[:, None].astype(float))) == "not_separable"
    steady = {name: np.ones(4) for name in "abc"}
    found = rates_alike(steady, steady, RateModel("poisson_robust", {}, []))
    assert isinstance(found.test.p, Problem)
    assert found.test.p.code == "no_variation"
    nobody = {name: np.zeros(4) for name in "abc"}
    found = rates_alike(nobody, steady, RateModel("exact", {}, []))
    assert isinstance(found.test.p, Problem)
    assert found.test.p.code == "no_events"


def test_swapping_arms_turns_a_margin_of_hazards_round() -> None:
    keys = {
        "label": "Death", "kind": "time_to_event", "column": "p.d", "event_column": "p.e", "event": ["yes"],
        "unit": "days", "role": "primary", "prespecified": True, "timepoints": ["end"],
    }  # fmt: skip
    bad = Outcome.model_validate({**keys, "better": "higher"})
    good = Outcome.model_validate({**keys, "better": "lower"})
    b, se = 0.2, 0.15
    ratio = Ratio(np.exp(b), 0.9, 1.6, b / se, 0.1, b, se)
    back = Ratio(np.exp(-b), 0.6, 1.1, -b / se, 0.1, -b, se)
    one, other = judge(bad, {"value": 1.5}, hazard_test(ratio)), judge(good, {"value": 1 / 1.5}, hazard_test(back))
    assert one.p == pytest.approx(other.p)
    why = Problem("separation", "Infinite.")
    assert judge(bad, {"value": 1.5}, hazard_test(Ratio(*([why] * 7)))).p == why


def population(small: Small, where: Any) -> None:
    small.study["populations"] = {"all": {"label": "all patients"}, "pp": {"label": "some patients", "where": where}}
    small.study["outcomes"]["adl"]["population"] = "pp"


def test_a_population_by_an_expression(make_small: Callable[[str], Small]) -> None:
    one, other = make_small("one"), make_small("other")
    population(one, "received == 'yes' and (days >= 365 or stage == 'III') and group == 'old'")
    r = check(analyse_folder(one.write()))  # P3 is of an unknown stage and P4 did not receive it
    assert (r.value("adl.start.old.n"), r.value("adl.start.new.n")) == (2, 0)
    population(other, {"received": ["yes"], "stage": ["III"]})
    assert analyse_folder(other.write()).value("adl.start.new.n") == 1


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("days >= ", "study.yml, line"),
        ("days >= ", "populations.pp.where: This is not an expression"),
        ("dayss >= 30", "populations.pp.where: dayss is not one of the columns. Did you mean days?"),
        ("days = 30", "Write == to compare."),
        ("age", "populations.pp.where, people.csv, line 2"),
        ("age", "The expression is neither yes nor no, but 34. Compare it with something"),
        ("sex > 3", "sex is a text and 3 is a number."),
        ("weight / (age - 61) > 1", "people.csv, line 4: weight / (age - 61) has no value for 80 and 0."),
        ("", "populations.pp.where: This text is empty."),
        ({"sex": "f"}, "populations.pp.where.sex: This must be a list, not f."),
        (3, "populations.pp.where: This must be a group of keys with values, not 3."),
        ({"sexx": ["f"]}, "populations.pp.where.sexx: sexx is not one of the columns. Did you mean sex?"),
    ],
)
def test_faults_of_a_population(small: Small, where: Any, said: str) -> None:
    population(small, where)
    assert said in "\n".join(small.faults())


def test_a_restricted_mean_of_a_curve_that_reaches_0_is_the_mean() -> None:
    chance = np.random.default_rng(2)
    for _ in range(50):
        time = np.floor(chance.exponential(30, 40)) + 3
        mean = restricted_mean(kaplan_meier(time, np.ones(40)), 1000.0)
        assert mean.mean == pytest.approx(time.mean())
        assert mean.se == pytest.approx(time.std() / np.sqrt(40))  # Greenwood's, without censoring
        difference, p = restricted_difference(mean, restricted_mean(kaplan_meier(time / 3, np.ones(40)), 1000.0))
        assert isinstance(difference.ci_low, float)
        assert isinstance(p, float)
        assert p < 0.01
