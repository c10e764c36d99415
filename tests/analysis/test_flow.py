"""The flow of patients: numbers that the data hold, numbers that the study file declares, and their contradictions."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.pipeline import analyse_folder

Small = Any

FOUR = {"reasons": [{"reason": "moved away", "n": 1}, {"reason": "died", "n": 1}]}


def declare(small: Small, **groups: Any) -> None:
    small.study["flow"] = {"source": "the report of the trial", "groups": groups}


def values(small: Small) -> dict[str, Any]:
    results = analyse_folder(small.write())
    return {name: one["value"] for name, one in results.statistics.items() if name.startswith("flow.")}


def without_roles(small: Small) -> None:
    """The same study, whose data do not say who received, stopped or was lost."""
    columns = small.study["files"]["people"]["columns"]
    for name in ("received", "stopped", "why", "lost"):
        columns[name].pop("role")
    columns["days"]["role"] = "followup"


def test_patients_without_data_are_counted(small: Small) -> None:
    declare(small, old={"assigned": 6, "without_data": FOUR}, new={"assigned": 5})
    found = values(small)
    assert {name: found[f"flow.{name}"] for name in ("included", "with_data", "without_data")} == {
        "included": 11,
        "with_data": 8,
        "without_data": 3,
    }
    assert found["flow.old.assigned"] == 6 and found["flow.old.with_data"] == 4 and found["flow.old.without_data"] == 2
    reasons = {name: n for name, n in found.items() if "without_data_reason" in name}
    assert reasons == {
        "flow.old.without_data_reason.died": 1,
        "flow.old.without_data_reason.moved_away": 1,
        "flow.old.without_data_reason.not_recorded": 0,
        "flow.new.without_data_reason.died": 0,
        "flow.new.without_data_reason.moved_away": 0,
        "flow.new.without_data_reason.not_recorded": 1,
    }
    # what the data say of four patients is not said of six
    assert found["flow.old.received"] is None and found["flow.old.stopped"] is None
    for group, assigned in (("old", 6), ("new", 5)):
        parts = ("analysed_adl_half", "without_value_adl_half", "outside_adl_half", "without_data")
        assert sum(found[f"flow.{group}.{part}"] for part in parts) == assigned


def test_declared_numbers_stand_where_the_data_are_silent(small: Small) -> None:
    without_roles(small)
    declare(
        small,
        old={
            "received": 3,
            "not_received": {"n": 1, "reasons": [{"reason": "declined", "n": 1}]},
            "discontinued": {"n": 2},
            "lost": [{"before": "half", "n": 0}, {"before": "year", "reasons": [{"reason": "moved away", "n": 1}]}],
        },
    )
    found = values(small)
    assert (found["flow.old.received"], found["flow.old.not_received"], found["flow.old.stopped"]) == (3, 1, 2)
    assert found["flow.old.not_received_reason.declined"] == 1
    assert found["flow.new.received"] is None, "what nobody reported is not invented"
    assert found["flow.new.stopped"] is None
    assert (found["flow.old.lost_half"], found["flow.old.lost_year"]) == (0, 1)
    assert found["flow.old.completed_year"] == 3
    assert "flow.with_data" not in found


def test_a_patient_may_stop_and_be_analysed(small: Small) -> None:
    """Stopping treatment is not being lost: no sum joins the two."""
    declare(small, new={"assigned": 4, "discontinued": {"n": 1}})
    found = values(small)
    assert found["flow.new.stopped"] == 1 and found["flow.new.assigned"] == 4


def test_lost_counts_add_up_over_the_times(small: Small) -> None:
    small.study["files"]["people"]["columns"]["days"].pop("role")
    small.study["outcomes"].pop("attack")
    small.study["files"].pop("attacks")
    small.tables.pop("attacks")
    declare(small, old={"lost": [{"before": "half", "n": 1}, {"before": "year", "n": 2}]}, new={"lost": []})
    found = values(small)
    assert [found[f"flow.old.lost_{time}"] for time in ("half", "year")] == [1, 3]
    assert [found[f"flow.new.lost_{time}"] for time in ("half", "year")] == [0, 0]


def excluded(small: Small, n: int | None) -> None:
    small.study["design"].update(eligible_identified=15, excluded=[{"reason": "declined", "n": n}])


SEEDED: dict[str, tuple[Any, str]] = {
    "assessed are not excluded and assigned": (
        lambda s: (excluded(s, 3), declare(s, old={"assigned": 6}, new={"assigned": 5})),
        "15 were assessed, but 3 excluded and 11 assigned (flow.groups) make 14.",
    ),
    "fewer assessed than assigned": (
        lambda s: (
            s.study["design"].update(eligible_identified=10),
            declare(s, old={"assigned": 6}, new={"assigned": 5}),
        ),
        "10 were assessed, but 11 assigned (flow.groups).",
    ),
    "one group is declared": (
        lambda s: (excluded(s, 3), declare(s, old={"assigned": 6})),
        "Of 15 patients 10 were assigned and 3 are listed as excluded.",
    ),
    "received and not received": (
        lambda s: declare(s, old={"assigned": 6, "received": 4, "not_received": {"n": 1}}),
        "received (4) and not_received (1) make 5, but assigned is 6.",
    ),
    "more received than assigned": (
        lambda s: declare(s, old={"assigned": 6, "received": 7}),
        "received is 7, but only 6 were assigned.",
    ),
    "more stopped than assigned": (
        lambda s: declare(s, old={"assigned": 6, "discontinued": {"n": 8}}),
        "discontinued is 8, but only 6 were assigned.",
    ),
    "more lost than assigned": (
        lambda s: declare(s, old={"assigned": 6, "lost": [{"before": "half", "n": 4}, {"before": "year", "n": 3}]}),
        "7 were lost in all, but only 6 were assigned.",
    ),
    "reasons are not all": (
        lambda s: declare(s, old={"assigned": 6, "without_data": {"n": 2, "reasons": [{"reason": "died", "n": 1}]}}),
        "The reasons sum to 1, but n is 2.",
    ),
    "a reason twice": (
        lambda s: declare(
            s, old={"discontinued": {"reasons": [{"reason": "rash", "n": 1}, {"reason": "rash", "n": 2}]}}
        ),
        "The reason rash stands here twice.",
    ),
    "fewer assigned than in the data": (
        lambda s: declare(s, old={"assigned": 3}),
        "3 were assigned, but people.csv has 4 patients of this group.",
    ),
    "without data are not the rest": (
        lambda s: declare(s, old={"assigned": 7, "without_data": {"n": 2}}),
        "people.csv has 4 patients of this group and 2 are without data, which makes 6; but 7 were assigned.",
    ),
    "the data name more who stopped": (
        lambda s: declare(s, old={"discontinued": {"n": 0}}),
        "The number declared is 0, but people.csv, column stopped, has 1 who stopped.",
    ),
    "more received than data and absent allow": (
        lambda s: declare(s, old={"assigned": 5, "received": 5}),
        "The number declared is 5, but people.csv, column received, has 3 who received it, and 1 patient is without "
        "data.",
    ),
    "the data name another number of lost": (
        lambda s: declare(s, new={"lost": [{"before": "half", "n": 3}]}),
        "The number declared is 3, but people.csv, column days, has 1 with fewer than 183 days (before half).",
    ),
    "no such group": (lambda s: declare(s, olt={"assigned": 6}), "olt is not one of the arms. Did you mean old?"),
    "no such time": (
        lambda s: declare(s, old={"lost": [{"before": "hlaf", "n": 1}]}),
        "hlaf is not one of the time points. Did you mean half?",
    ),
    "lost before all": (
        lambda s: declare(s, old={"lost": [{"before": "start", "n": 1}]}),
        "Nobody can be lost before the first time point.",
    ),
    "everybody analysed, by name": (
        lambda s: (
            declare(s, old={"assigned": 6}),
            s.study.update(populations={"all": {"label": "all randomised patients", "where": None}}),
        ),
        "The label all randomised patients says more than the data hold: 2 assigned patients are without data.",
    ),
}


@pytest.mark.parametrize("name", SEEDED)
def test_numbers_that_contradict_each_other_are_named(small: Small, name: str) -> None:
    change, said = SEEDED[name]
    change(small)
    faults = small.faults()
    assert len(faults) == 1, faults
    assert said in faults[0]
    assert faults[0].startswith("study.yml")


def test_a_number_of_excluded_may_be_unknown(small: Small) -> None:
    excluded(small, None)
    found = values(small)
    assert found["flow.excluded"] == 7
    assert found["flow.excluded_reason.declined"] is None
