"""Graded and time-to-event outcomes: from a small study to results, what is refused, and the edges."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from test_pipeline import check

from analysis.pipeline import analyse_folder
from analysis.results import Results

Small = Any

COMMON = {"better": "higher", "role": "primary", "prespecified": True}
STATE = {**COMMON, "label": "State", "kind": "graded", "column": "people.state", "timepoints": ["half"]}
RELAPSE = {
    **COMMON, "label": "Relapse", "kind": "time_to_event", "column": "people.weeks", "event_column": "people.relapse",
    "event": ["yes"], "unit": "weeks", "timepoints": ["half", "year"],
}  # fmt: skip
LEVELS = {"dead": "Dead", "worse": "Worse", "same": "The same", "well": "Well"}


def study(small: Small, states: list[str], times: list[str]) -> Small:
    """The small study with a grade and a time for each patient; `5+` is a time without an event, an empty one none."""
    columns = small.study["files"]["people"]["columns"]
    columns["state"] = {"type": "category", "levels": dict(LEVELS), "missing_allowed": True}
    columns["weeks"] = {"type": "number", "missing_allowed": True}
    columns["relapse"] = {"type": "category", "levels": {"yes": "Yes", "no": "No"}, "missing_allowed": True}
    head, *rows = small.tables["people"].splitlines()
    table = [
        f"{row},{state},{time.rstrip('+')},{'no' if '+' in time else 'yes' if time else ''}"
        for row, state, time in zip(rows, states, times, strict=True)
    ]
    small.tables["people"] = "\n".join([f"{head},state,weeks,relapse", *table]) + "\n"
    small.study["timepoints"]["half"]["at"], small.study["timepoints"]["year"]["at"] = 3, 6
    small.study["outcomes"] = {"state": dict(STATE), "relapse": dict(RELAPSE)}
    small.study["baseline"] = []
    return small


STATES = ["dead", "worse", "worse", "", "same", "well", "well", "worse"]
TIMES = ["0", "2", "4", "4+", "3+", "6", "7+", "8+"]


def test_counted_by_hand(small: Small) -> None:
    r = check(analyse_folder(study(small, STATES, TIMES).write()))
    expected = {
        "state.half.old.n": 3,
        "state.half.old.missing": 1,
        "state.half.worse.old.n": 2,
        "state.half.worse.old.percent": 200 / 3,
        "state.half.dead.new.n": 0,
        "state.half.well.total.percent": 200 / 7,
        "state.half.new_vs_old.ranks.statistic": 11,
        "state.half.new_vs_old.ranks.superiority": 11 / 12,
        "relapse.old.n": 4,
        "relapse.old.events": 3,
        "relapse.new.events": 1,
        "relapse.new.censored": 3,
        "relapse.total.person_time": 34,
        "relapse.old.median": 3,
        "relapse.half.old.at_risk": 2,
        "relapse.half.old.survival": 50,
        "relapse.half.new.survival": 100,
        "relapse.year.new.survival": 100 * 2 / 3,
        "relapse.new.rmst.mean": 6,
        "flow.old.analysed_state_half": 3,
        "flow.new.analysed_relapse_year": 4,
    }
    assert {name: r.value(name) for name in expected} == pytest.approx(expected)
    codes = {
        "relapse.new.median": "not_reached",
        "relapse.half.new.survival_ci_low": "no_interval",
        "relapse.year.old.survival": "beyond_followup",
        "relapse.old.rmst.mean": "beyond_followup",
        "relapse.new_vs_old.rmst.difference": "beyond_followup",
    }
    assert {name: r.statistics[name]["error"]["code"] for name in codes} == codes
    assert r.document["curves"]["relapse.old"][0] == [0, 100, None, None]
    assert [row[:2] for row in r.document["curves"]["relapse.old"][1:]] == [[0, 75], [2, 50], [4, 25]]
    assert [row[:2] for row in r.document["curves"]["relapse.new"]] == [[0, 100], [6, pytest.approx(200 / 3)], [8, pytest.approx(200 / 3)]]  # fmt: skip  # noqa: E501
    assert r.document["censoring"] == {"relapse.old": [[4, 1]], "relapse.new": [[3, 1], [7, 1], [8, 1]]}
    assert r.analyses["relapse.km"]["ci_method"] == "log-log"
    assert r.analyses["relapse.rmst"]["time"] == "year"
    assert r.analyses["state.half.odds.assumption"]["warnings"]


def test_order_of_levels(small: Small) -> None:
    turned = study(small, STATES, TIMES)
    turned.study["outcomes"]["state"]["order"] = ["well", "same", "worse", "dead"]
    r = check(analyse_folder(turned.write()))
    assert r.value("state.half.new_vs_old.ranks.superiority") == pytest.approx(1 / 12)


def test_three_arms(small: Small) -> None:
    study(
        small,
        ["dead", "worse", "same", "well", "same", "well", "dead", "worse"],
        ["3", "5+", "4", "6", "2", "7", "5", "1+"],
    )
    small.study["arms"]["third"] = {"label": "Third", "short": "T", "treatment": "third drug"}
    small.study["files"]["people"]["columns"]["group"]["levels"]["T"] = "third"
    for patient in ("P7", "P8", "P4"):
        small.tables["people"] = re.sub(rf"({patient}),[ON],", r"\1,T,", small.tables["people"])
    small.study["outcomes"]["relapse"]["adjust_for"] = ["age"]
    r = check(analyse_folder(small.write()))
    for contrast in ("new_vs_old", "third_vs_old"):
        assert f"state.half.{contrast}.odds.odds_ratio" in r.statistics
        assert r.value(f"relapse.{contrast}.cox.hazard_ratio") is not None
        assert f"relapse.{contrast}.adjusted.hazard_ratio" in r.statistics
    assert r.analyses["relapse.logrank"]["note"] is not None
    assert r.analyses["relapse.adjusted"]["adjusted_for"] == ["age"]


def test_separated(small: Small) -> None:
    """Groups that do not overlap: a sentence, not a huge number."""
    states = ["dead", "dead", "worse", "worse", "well", "well", "same", "same"]
    r = check(analyse_folder(study(small, states, ["1", "2", "3", "4", "8+", "8+", "9", "9+"]).write()))
    for name in ("state.half.new_vs_old.odds.odds_ratio", "relapse.new_vs_old.cox.hazard_ratio"):
        error = r.statistics[name]["error"]
        assert error["code"] == "separation"
        assert error["message"].endswith(".")
    assert r.value("relapse.new_vs_old.logrank.p") is not None


def change(*path: Any) -> Callable[[Small], None]:
    def put(small: Small) -> None:
        part = small.study
        for key in path[:-2]:
            part = part[key]
        part[path[-2]] = path[-1]

    return put


GRADE, TIME = ("outcomes", "state"), ("outcomes", "relapse")
REFUSED: dict[str, tuple[Callable[[Small], Any], str]] = {
    "grades of a number": (change(*GRADE, "column", "people.age"), "Grades are the levels of a category."),
    "order lacks a level": (change(*GRADE, "order", ["dead", "worse", "same"]), "The level well is not in the order."),
    "order has another": (change(*GRADE, "order", [*LEVELS, "wel"]), "wel is not one of the levels. Did you mean"),
    "order twice": (change(*GRADE, "order", [*LEVELS, "well"]), "well stands twice"),
    "order of a time": (change(*TIME, "order", ["yes", "no"]), "A time-to-event outcome has no order."),
    "no event column": (lambda small: small.study["outcomes"]["relapse"].pop("event_column"), "has no event_column"),
    "event column unknown": (change(*TIME, "event_column", "people.relaps"), "Did you mean people.relapse?"),
    "event unknown": (change(*TIME, "event", ["y"]), "y is not one of the levels"),
    "time of a category": (change(*TIME, "column", "people.state"), "A time needs type: integer or number."),
    "time of visits": (change(*TIME, "column", "visits.adl"), "The file visits is not the participants' file."),
    "time point without at": (lambda small: small.study["timepoints"]["half"].pop("at"), "time point half has no at"),
    "times not in order": (change("timepoints", "year", "at", 2), "year is not later than the time point before it"),
    "at of a text": (change("timepoints", "year", "at", "six"), "This must be a number, not six."),
    "a negative time": (lambda small: small.swap("people", ",well,6,yes", ",well,-6,yes"), "-6 is before enrolment."),
    "in the baseline": (
        change("baseline", [{"outcome": "relapse", "summary": "mean"}]), "An outcome in the baseline is a mean",
    ),
    "a unit is missing": (lambda small: small.study["outcomes"]["relapse"].pop("unit"), "relapse.unit is missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(small: Small, name: str) -> None:
    put, sentence = REFUSED[name]
    put(study(small, STATES, TIMES))
    faults = small.faults()
    assert any(sentence in fault for fault in faults), faults
    assert len(faults) <= 3, faults


EXTREME_STATES = [
    ["dead"] * 8,
    [""] * 8,
    [""] * 4 + ["well"] * 4,
    ["dead"] * 4 + ["well"] * 4,
    ["dead", *[""] * 6, "well"],
]
EXTREME_TIMES = [
    ["0"] * 8, ["3"] * 8, ["3+"] * 8, [""] * 8, [""] * 4 + ["3"] * 4, ["1", "1", "2", "2", "5+", "5+", "5+", "5+"],
    ["0+"] * 4 + ["0"] * 4, ["1", *[""] * 6, "2"], ["1e9"] * 4 + ["1e-9"] * 4, ["4"] * 4 + ["4+"] * 4,
]  # fmt: skip
SOME_STATES = st.lists(st.sampled_from([*LEVELS, ""]), min_size=8, max_size=8)
SOME_TIMES = st.lists(
    st.sampled_from(["0", "1", "1+", "2", "3", "3+", "6", "7", "7+", "0+", ""]), min_size=8, max_size=8
)


QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking a failure would take minutes


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=QUICK)
@example(states=["dead"] * 8, times=["0", "0", "0", "0", "1", "", "", ""])
@example(states=["dead"] * 8, times=["0+", "0+", "0+", "0+", "0", "0", "0", "0"])
@given(
    states=st.one_of(SOME_STATES, st.sampled_from(EXTREME_STATES)),
    times=st.one_of(SOME_TIMES, st.sampled_from(EXTREME_TIMES)),
)
def test_any_data(
    make_small: Any, tmp_path_factory: pytest.TempPathFactory, states: list[str], times: list[str]
) -> None:
    """Nobody, everybody, ties, one patient, no data: results that hold together, and no huge number."""
    small = study(make_small(str(tmp_path_factory.mktemp("any") / "study")), states, times)
    small.study["outcomes"]["relapse"]["adjust_for"] = ["age"]
    small.study["subgroups"] = [{"outcome": "relapse", "column": "sex", "prespecified": False}]
    r = check(analyse_folder(small.write()))
    for arm, part in (("old", times[:4]), ("new", times[4:])):
        assert r.value(f"relapse.{arm}.n") == sum(map(bool, part))
        assert r.value(f"relapse.{arm}.events") == sum(bool(one) and "+" not in one for one in part)
    for name, record in r.statistics.items():
        if record["statistic"] in ("hazard_ratio", "odds_ratio"):
            assert record["value"] is None or 1e-7 < record["value"] < 1e7, name
        if record["statistic"] == "survival" and record["value"] is not None:
            low, high = (r.value(f"{name}_ci_{side}") for side in ("low", "high"))
            assert low is None or low <= record["value"] <= (high or 0), name
    for key, curve in r.document.get("curves", {}).items():
        percents = [row[1] for row in curve]
        assert percents == sorted(percents, reverse=True), key
        assert [row[0] for row in curve] == sorted(row[0] for row in curve), key


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=QUICK)
@given(
    states=SOME_STATES, times=SOME_TIMES, factor=st.sampled_from([7, 0.5]), order=st.permutations(range(8)),
)  # fmt: skip
def test_what_does_not_matter(
    make_small: Any, tmp_path_factory: pytest.TempPathFactory, states: list[str], times: list[str], factor: float,
    order: list[int],
) -> None:  # fmt: skip
    """The order of rows changes nothing; another unit of time changes times by its factor, and ratios and P not."""
    folder = tmp_path_factory.mktemp("same")
    plain = analyse_folder(study(make_small(str(folder / "one")), states, times).write())
    scaled = [f"{factor * float(one.rstrip('+'))}{'+' * ('+' in one)}" if one else "" for one in times]
    other = study(make_small(str(folder / "two")), states, scaled)
    head, *rows = other.tables["people"].splitlines()
    other.tables["people"] = "\n".join([head, *(rows[i] for i in order)]) + "\n"
    for point in ("half", "year"):
        other.study["timepoints"][point]["at"] *= factor
    changed = analyse_folder(other.write())
    for name, record in plain.statistics.items():
        if not name.startswith(("state.", "relapse.")):
            continue
        value, now = record["value"], changed.value(name)
        unit = factor if record["unit"] == "weeks" else 1
        assert (value is None) == (now is None), name
        if value is not None and now is not None:
            assert now == pytest.approx(value * unit, rel=1e-6, abs=1e-9), name


def test_turned_round(small: Small, make_small: Any) -> None:
    """The other arm as the reference: ratios are inverted, differences change sign, P stays."""

    def run(one: Small, reference: str) -> Results:
        study(
            one,
            ["dead", "worse", "same", "well", "same", "well", "dead", "well"],
            ["3", "5+", "4", "6", "2", "7", "6", "8+"],
        )
        one.study["reference_arm"] = reference
        return analyse_folder(one.write())

    plain, turned = run(small, "old"), run(make_small("turned"), "new")
    for name in ("state.half.{}.odds.odds_ratio", "relapse.{}.cox.hazard_ratio"):
        one, two = plain.value(name.format("new_vs_old")), turned.value(name.format("old_vs_new"))
        assert one is not None
        assert two == pytest.approx(1 / one, rel=1e-6)
    one, two = (r.value(f"relapse.{c}.rmst.difference") for r, c in ((plain, "new_vs_old"), (turned, "old_vs_new")))
    assert one is not None
    assert two == pytest.approx(-one)
    for name in ("state.half.{}.odds.assumption_p", "relapse.{}.logrank.p", "relapse.{}.cox.proportional_p"):
        assert plain.value(name.format("new_vs_old")) == pytest.approx(
            turned.value(name.format("old_vs_new")), rel=1e-6
        )
    assert np.isfinite(plain.value("relapse.old.rmst.mean") or np.nan)
