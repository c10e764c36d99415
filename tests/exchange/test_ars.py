"""CDISC ARS out and in: sound by schema and references, and nothing lost on the way."""

from __future__ import annotations

import copy
import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.exchange.ars import OURS, from_ars, to_ars
from analysis.exchange.ars_check import ars_faults
from analysis.exchange.faults import ExchangeError

Event = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]


def again(event: Event) -> Event:
    """As it comes back from a file."""
    found: Event = json.loads(json.dumps(event, allow_nan=False))
    return found


def same(one: Any, other: Any) -> bool:
    """Equal to the last bit, whole numbers apart from floats and 0.0 from -0.0."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def test_every_study_is_sound_and_comes_back_whole(results: Event) -> None:
    event = to_ars(results, patients=True)
    assert ars_faults(event) == []
    assert same(from_ars(again(event)), results)


def test_what_is_of_single_patients_goes_only_when_asked(nmosd: Event, smoking: Event) -> None:
    for document in (nmosd, smoking):
        event = to_ars(document)
        assert not {"pairs", "curves", "censoring"} & event[OURS].keys()
        back = from_ars(again(event))
        assert same(back["statistics"], document["statistics"])
        assert back["pairs"] == {}


def test_values_stand_in_the_results_of_the_standard_and_nowhere_else(nmosd: Event) -> None:
    event = to_ars(nmosd)
    raw = [result.get("rawValue") for one in event["analyses"] for result in one["results"]]
    values = [record["value"] for record in nmosd["statistics"].values()]
    assert sorted(r for r in raw if r) == sorted(repr(v) for v in values if v is not None)
    assert raw.count(None) == values.count(None) > 0
    assert not any("value" in record for record in event[OURS]["statistics"].values())
    changed = again(event)
    result = next(r for one in changed["analyses"] if one["id"] == "adl.month_6.ancova" for r in one["results"])
    result["rawValue"] = "1.25"
    assert 1.25 in [r["value"] for r in from_ars(changed)["statistics"].values()]


def test_a_percentage_names_the_analyses_of_its_two_counts(nmosd: Event) -> None:
    event = to_ars(nmosd)
    methods = {op["id"]: op for one in event["methods"] for op in one["operations"]}
    roles = [r["referencedOperationRole"]["controlledTerm"] for r in
             methods["summary.percent"]["referencedOperationRelationships"]]  # fmt: skip
    assert {"NUMERATOR", "DENOMINATOR"} == set(roles)
    sex = next(one for one in event["analyses"] if one["id"] == "baseline.sex")
    assert {one["analysisId"] for one in sex["referencedAnalysisOperations"]} == {"baseline.sex"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_warning_and_reason_comes_back(nmosd: Event, data: st.DataObject) -> None:
    document = copy.deepcopy(nmosd)
    names = sorted(document["statistics"])
    for name in data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=20, unique=True)):
        record = document["statistics"][name]
        record["value"] = data.draw(
            st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False), label=name
        )
        record["error"] = {"code": "a", "message": data.draw(st.text()) + "."} if record["value"] is None else None
        record["warnings"] = data.draw(st.lists(st.text(min_size=1), max_size=2))
        record["unit"] = data.draw(st.none() | st.text(min_size=1))
        record["time"] = data.draw(st.sampled_from([record["time"], None, "other"]))
        record["outcome"] = data.draw(st.sampled_from([record["outcome"], None, "other"]))
    event = to_ars(document, patients=True)
    assert same(from_ars(again(event)), document)


def test_a_float_and_a_whole_number_stay_what_they_are(nmosd: Event) -> None:
    names = ("adl.month_6.control.mean", "adl.month_6.control.sd", "adl.month_6.control.n")
    for name, value in zip(names, (-0.0, 30.0, 30), strict=True):
        nmosd["statistics"][name]["value"] = value
    back = from_ars(again(to_ars(nmosd)))["statistics"]
    assert math.copysign(1, back[names[0]]["value"]) == -1
    assert [type(back[name]["value"]) for name in names] == [float, float, int]


# ---- what is not sound is told ---------------------------------------------------------------------------------------


def _first(event: Event) -> Event:
    found: Event = next(one for one in event["analyses"] if one["id"] == "adl.month_6.summary")
    return found


DAMAGES: dict[str, tuple[Callable[[Event], Any], str]] = {
    "a method": (lambda e: _first(e).update(methodId="method.sumary"), "The nearest is method.summary."),
    "an analysis set": (lambda e: _first(e).update(analysisSetId="nobody"), "names the analysis set nobody"),
    "a data subset": (lambda e: _first(e).update(dataSubsetId="time.month_7"), "names the data subset time.month_7"),
    "a grouping": (lambda e: _first(e)["orderedGroupings"][0].update(groupingId="x"), "names the grouping x"),
    "an operation": (
        lambda e: _first(e)["results"][0].update(operationId="ancova.adjusted.difference"),
        "not of an operation of its method",
    ),
    "a group": (lambda e: _first(e)["results"][0]["resultGroups"][0].update(groupId="arm.x"), "names the group arm.x"),
    "a value for a group": (
        lambda e: _first(e)["results"][0]["resultGroups"][0].update(groupValue="x"), "must name a group"
    ),
    "a result twice": (lambda e: _first(e)["results"].append(_first(e)["results"][0]), "stands twice in the same"),
    "an analysis twice": (lambda e: e["analyses"].append(_first(e)), "Two of analyses have the id adl.month_6.summary"),
    "an open denominator": (
        lambda e: [one.pop("referencedAnalysisOperations", None) for one in e["analyses"]],
        "does not say in which analysis the denominator",
    ),
    "a wrong numerator": (
        lambda e: next(o for o in e["analyses"] if o["id"] == "baseline.sex")["referencedAnalysisOperations"][0].update(
            analysisId="adl.month_6.ancova"
        ),
        "whose method has no such operation",
    ),
    "a term": (lambda e: e.pop("terminologyExtensions"), "names the sponsor's term"),
    "the contents": (
        lambda e: e["mainListOfContents"]["contentsList"]["listItems"][0].update(analysisId="x"), "analysis x"
    ),
    "a raw number": (lambda e: _first(e)["results"][0].update(rawValue=3), "3 is not of the type string"),
    "a key of ours": (lambda e: _first(e).update(alpha="0.05"), "there is no key alpha"),
    "a missing key": (lambda e: _first(e).pop("purpose"), "purpose is missing"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told(nmosd: Event, damage: str) -> None:
    change, said = DAMAGES[damage]
    event = again(to_ars(nmosd))
    assert ars_faults(event) == []
    change(event)
    assert any(said in fault for fault in ars_faults(event)), ars_faults(event)


def test_a_foreign_or_broken_event_is_no_results(nmosd: Event) -> None:
    event = again(to_ars(nmosd))
    lost = copy.deepcopy(event)
    lost["analyses"][0]["results"].pop()
    with pytest.raises(ExchangeError, match="has no result"):
        from_ars(lost)
    named = copy.deepcopy(event)
    named["analyses"][0].pop("label")
    with pytest.raises(ExchangeError, match="damaged"):
        from_ars(named)
    event.pop(OURS)
    with pytest.raises(ExchangeError, match="not written by everynumber"):
        from_ars(event)


def test_a_name_without_its_group_is_told(nmosd: Event) -> None:
    nmosd["statistics"]["adl.month_6.mean"] = nmosd["statistics"].pop("adl.month_6.control.mean")
    with pytest.raises(ExchangeError, match=r"adl\.month_6\.mean is of control"):
        to_ars(nmosd)


# ---- the command -----------------------------------------------------------------------------------------------------


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "report", *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_the_command_writes_values_as_the_ledger_prints_them(nmosd: Event, tmp_path: Path) -> None:
    from analysis.study import load_study
    from report.build import compose_paper

    text = json.dumps(nmosd, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (tmp_path / "results.json").write_text(text)
    paper = compose_paper(load_study(ROOT / "data/nmosd"), text.encode(), None)
    (tmp_path / "ledger.json").write_bytes(paper.ledger.to_json())
    done = command("export", tmp_path / "results.json", "--out", tmp_path / "ars.json")
    assert (done.returncode, done.stderr) == (0, "")
    event = json.loads((tmp_path / "ars.json").read_text())
    assert ars_faults(event) == []
    ancova = next(one for one in event["analyses"] if one["id"] == "adl.month_6.ancova")
    shown = next(r for r in ancova["results"] if r["operationId"] == "ancova.adjusted.difference")
    assert shown["formattedValue"] == next(
        e.text
        for e in paper.ledger.entries.values()
        if e.name == "adl.month_6.treatment_vs_control.adjusted.difference"
    )
    assert [one["label"] for one in event["outputs"]][:1] == ["Table 1"]
    stale = (tmp_path / "ledger.json").read_text().replace('"results_sha256": "', '"results_sha256": "0')
    (tmp_path / "other.json").write_text(stale)
    done = command("export", tmp_path / "results.json", "--ledger", tmp_path / "other.json")
    assert done.returncode == 2 and "was not written from these results" in done.stderr


def test_the_command_says_what_it_cannot_do(tmp_path: Path, nmosd: Event) -> None:
    assert command("export", tmp_path / "no").returncode == 2
    assert "takes ars" in command("export", ROOT / "data/nmosd", "--format", "xml").stderr
    nmosd["statistics"]["adl.month_6.control.mean"]["value"] = "12"
    (tmp_path / "results.json").write_text(json.dumps(nmosd))
    done = command("export", tmp_path / "results.json")
    assert done.returncode == 2
    assert 'statistics, adl.month_6.control.mean, value: "12" is not of the type number or null' in done.stderr
    (tmp_path / "results.json").write_text("{")
    assert "not readable JSON" in command("export", tmp_path / "results.json").stderr
