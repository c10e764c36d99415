"""Sums of the flow of patients: each one broken in results.json is found, with both numbers in the sentence."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from report.audit.rules import check_results

Results = dict[str, Any]
STREPTOMYCIN = Path(__file__).parents[2] / "data" / "streptomycin"


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A trial whose data lack three of its patients, and one population that leaves patients out."""
    import json
    import shutil

    from analysis.pipeline import analyse_folder

    folder = tmp_path_factory.mktemp("flow") / "trial"
    shutil.copytree(STREPTOMYCIN, folder)
    study = yaml.safe_load((folder / "study.yml").read_text(encoding="utf-8"))
    first, second = study["arms"]
    study["design"] |= {"eligible_identified": 130, "excluded": [{"reason": "declined", "n": 20}]}
    study["populations"] = {
        "all": {"label": "all patients with data", "where": None},
        "women": {"label": "women", "where": "sex == 'female'"},
    }
    rows = (folder / study["files"]["participants"]["path"]).read_text(encoding="utf-8").splitlines()[1:]
    n = {arm: sum(arm in row.split(",") for row in rows) for arm in (first, second)}
    study["flow"] = {
        "source": "a made-up report",
        "groups": {
            first: {
                "assigned": n[first] + 2,
                "received": n[first],
                "not_received": {"reasons": [{"reason": "declined", "n": 2}]},
                "discontinued": {"reasons": [{"reason": "nausea", "n": 1}, {"reason": "rash", "n": 2}]},
                "lost": [{"before": [*study["timepoints"]][-1], "reasons": [{"reason": "moved away", "n": 2}]}],
                "without_data": {"reasons": [{"reason": "moved away", "n": 2}]},
            },
            second: {"assigned": n[second] + 1, "received": n[second] + 1, "lost": []},
        },
    }
    next(iter(study["outcomes"].values()))["population"] = "women"
    (folder / "study.yml").write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    found: Results = json.loads(analyse_folder(folder).text())
    return found


def test_a_flow_that_adds_up_has_no_finding(clean: Results) -> None:
    assert check_results(clean) == []
    parts = {name.split(".")[2].split("_")[0] for name in clean["statistics"] if name.startswith("flow.streptomycin.")}
    assert {"assigned", "received", "not", "stopped", "lost", "without", "with", "outside", "analysed"} <= parts


def declared(results: Results) -> str:
    """The arm of which everything is declared."""
    return next(arm for arm in results["study"]["arms"] if results["statistics"][f"flow.{arm}.not_received"]["value"])


SEEDED = [
    "flow.identified",
    "flow.excluded",
    "flow.excluded_reason.declined",
    "flow.included",
    "flow.with_data",
    "flow.without_data",
    "flow.A.assigned",
    "flow.A.received",
    "flow.A.not_received",
    "flow.A.not_received_reason.declined",
    "flow.A.stopped",
    "flow.A.stopped_reason.rash",
    "flow.A.lost_T",
    "flow.A.completed_T",
    "flow.A.lost_T_reason.moved_away",
    "flow.A.with_data",
    "flow.A.without_data",
    "flow.A.without_data_reason.moved_away",
    "flow.A.analysed_OUTCOME",
    "flow.A.outside_OUTCOME",
    "flow.A.without_value_OUTCOME",
]


@pytest.mark.parametrize("name", SEEDED)
def test_one_patient_more_in_any_box_is_found(clean: Results, name: str) -> None:
    arm = declared(clean)
    name = name.replace(".A.", f".{arm}.")
    statistics = clean["statistics"]
    analysed = next(one for one in statistics if one.startswith(f"flow.{arm}.outside_"))
    lost = next(one for one in statistics if one.startswith(f"flow.{arm}.lost_"))
    name = name.replace("OUTCOME", analysed.partition(".outside_")[2]).replace("_T", lost.partition(".lost")[2])
    tampered = copy.deepcopy(clean)
    before = statistics[name]["value"]
    tampered["statistics"][name]["value"] = before + 1
    found = check_results(tampered)
    assert found and {one.rule for one in found} <= {"R-FLOW-SUM", "R-FLOW-N"}
    assert any(str(before + 1) in one.why for one in found), [one.why for one in found]


def test_stopping_is_not_being_lost(clean: Results) -> None:
    """Who stopped may be analysed: no rule joins the two numbers."""
    arm = declared(clean)
    other = copy.deepcopy(clean)
    for part, n in (("", 9), ("_reason.rash", 8)):
        other["statistics"][f"flow.{arm}.stopped{part}"]["value"] = n
    assert check_results(other) == []
