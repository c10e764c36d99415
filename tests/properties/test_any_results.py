"""Results of random whole studies of every design: whatever the data, each statistic is a finite number or says why
there is none; and what theory says of exchanged groups, other units, other labels and another order of rows."""

from __future__ import annotations

import copy
import json
import math
import random
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from any_study import DESIGNS, SCORES, Made, Plan, changed, made, plans, written
from hypothesis import Phase, given, settings
from jsonschema import Draft202012Validator

from analysis.pipeline import analyse_folder
from analysis.results import SCHEMA_FILE
from report.audit.rules import check_results

SCHEMA = Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
Document = dict[str, Any]


def analysed(content: Made) -> Document:
    """results.json as data, after what must hold of any: the schema, references, order of limits, arithmetic."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = analyse_folder(written(Path(folder) / "study", content))
    document: Document = json.loads(found.text())  # no NaN, no infinity: `text` refuses them
    SCHEMA.validate(document)
    for name, record in document["statistics"].items():
        assert record["analysis"] in document["analyses"], name
        if record["value"] is None:
            assert record["error"]["code"] and record["error"]["message"].endswith("."), name
        else:
            assert record["error"] is None, name
        if name.endswith("ci_low") and record["value"] is not None:
            high = document["statistics"][name.removesuffix("low") + "high"]["value"]
            assert high is None or record["value"] <= high, name
    for name in document["statistics"]:
        value = document["statistics"][name]["value"]
        if value is not None and (name.rpartition(".")[2] == "p" or name.endswith("_p")):
            assert 0 <= value <= 1, name
    return document


@settings(max_examples=14, deadline=None, derandomize=True, phases=[Phase.generate])
@given(plans())
def test_whatever_the_data_each_statistic_is_a_number_or_a_reason(plan: Plan) -> None:
    assert check_results(analysed(made(plan))) == []


@pytest.mark.parametrize("design", ["parallel", "cluster", "crossover"])
def test_numbers_of_any_size_have_the_tests_of_usual_ones(design: str) -> None:
    """By a power of two, so that not one bit of what has no unit may change."""
    usual = made(Plan(design, each=6))
    plain = analysed(usual)
    for factor in (2.0**1000, 2.0**-1010):
        other = analysed(rescaled(usual, factor))
        compare(plain, other, factor, exact=True)


# What theory says -----------------------------------------------------------------------------------------------------

_UNITLESS = re.compile(r"\.(?:p|df|statistic|superiority|smd\w*|\w+_p|icc\w*|\w*ratio|n|missing|z|chi_square)$")


def cells_of(content: Made, columns: tuple[str, ...] = SCORES) -> Iterator[tuple[dict[str, Any], str]]:
    """The rows and columns that hold scores."""
    for rows in content[1].values():
        for row in rows:
            for column in (*columns, "score", "rating"):
                if row.get(column, "") != "":
                    yield row, column


def rescaled(content: Made, factor: float, shift: float = 0.0) -> Made:
    twin = copy.deepcopy(content)
    for row, column in cells_of(twin):
        row[column] = row[column] * factor + shift
    return twin


def of_scores(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, record in document["statistics"].items():
        if record["outcome"] in ("score", "level", "rating", "titre"):
            yield name, record


def compare(one: Document, other: Document, factor: float, exact: bool = False) -> None:
    """Every statistic of a score, in another unit: multiplied where it has that unit, the same where it has none."""
    units = {"points", "mmol", "units"}
    seen = {True: 0, False: 0}
    for name, record in of_scores(one):
        twin = other["statistics"][name]
        assert (record["value"] is None) == (twin["value"] is None), (name, record["error"], twin["error"])
        if record["value"] is None:
            continue
        scaled = record["unit"] in units and record["statistic"] != "margin"
        expected = record["value"] * (factor if scaled else 1)
        seen[scaled] += 1
        if exact:
            assert twin["value"] == pytest.approx(expected, rel=1e-13, abs=0), name
        else:
            assert twin["value"] == pytest.approx(expected, rel=1e-6, abs=1e-8 * max(1, abs(factor))), name
    assert min(seen.values()) > 20


@pytest.mark.parametrize("design", DESIGNS)
def test_a_constant_added_to_scores_leaves_every_comparison(design: str) -> None:
    content = made(Plan(design))
    one, other = analysed(content), analysed(rescaled(content, 1.0, 100.0))
    seen = 0
    for name, record in of_scores(one):
        if record["value"] is None:
            continue
        twin, last = other["statistics"][name]["value"], name.rpartition(".")[2]
        of_one_group = record["group"] is not None or ".total." in name or ".factor_" in name
        location = record["unit"] in ("points", "mmol", "units") and of_one_group
        if (location and last not in ("sd", "difference") and ".change_" not in name and ".factor_" not in name) or (
            ".within" not in name and "factor_" in name and last == "mean"
        ):
            assert twin == pytest.approx(record["value"] + 100, rel=1e-8), name
        elif ".carryover" not in name:  # of sums over periods, whose difference loses the constant too
            seen += 1
            assert twin == pytest.approx(record["value"], rel=1e-6, abs=1e-8), name
    assert seen > 20


def shuffled(study: dict[str, Any], tables: dict[str, list[dict[str, Any]]]) -> None:
    for rows in tables.values():
        random.Random(3).shuffle(rows)


def renamed(study: dict[str, Any], tables: dict[str, list[dict[str, Any]]]) -> None:
    """Other labels everywhere, other names of patients, other cells of categories."""
    for kind in ("arms", "timepoints", "outcomes"):
        for k, one in enumerate(study[kind].values()):
            one["label"] = f"Label {k} of {kind}"
    for rows in tables.values():
        for row in rows:
            row["patient"] = "x" + row["patient"]
    column = next(file["columns"]["sex"] for file in study["files"].values() if "sex" in file["columns"])
    column["levels"] = {key: f"Level {key}" for key in column["levels"]}


@pytest.mark.parametrize("change", [shuffled, renamed])
@pytest.mark.parametrize("design", ["parallel", "cluster", "crossover"])
def test_order_of_rows_and_labels_change_no_statistic(design: str, change: Callable[..., None]) -> None:
    content = made(Plan(design, choices="models" if design == "parallel" else "plain"))
    one, other = analysed(content)["statistics"], analysed(changed(content, change))["statistics"]
    assert one.keys() == other.keys()
    for name, record in one.items():
        value, twin = record["value"], other[name]["value"]
        if isinstance(value, float) and change is shuffled:  # sums in another order
            assert math.isclose(value, twin, rel_tol=1e-7, abs_tol=1e-9), name
        else:
            assert value == twin, name


def in_weeks(study: dict[str, Any], tables: dict[str, list[dict[str, Any]]]) -> None:
    """Times to the event in sevenths, and the times at which the curves are read."""
    for row in tables["people"]:
        row["days"] = row["days"] / 7 if row["days"] != "" else ""
    study["files"]["people"]["columns"]["days"]["type"] = "number"
    for point in study["timepoints"].values():
        if "at" in point:
            point["at"] = point["at"] / 7


def test_times_in_another_unit_leave_ratios_tests_and_shares() -> None:
    content = made(Plan(choices="models"))
    one, other = analysed(content)["statistics"], analysed(changed(content, in_weeks))["statistics"]
    compared = 0
    for name, record in one.items():
        if record["outcome"] != "recovery" or record["value"] is None:
            continue
        factor = 1 / 7 if record["unit"] == "days" or name.endswith(".person_time") else 1
        assert other[name]["value"] == pytest.approx(record["value"] * factor, rel=1e-7, abs=1e-9), name
        compared += 1
    assert compared > 40


def exchanged(study: dict[str, Any], tables: dict[str, list[dict[str, Any]]]) -> None:
    study["reference_arm"] = next(arm for arm in study["arms"] if arm != study["reference_arm"])


_TURNED = ("difference", "smd", "shift", "risk_difference")
_INVERTED = ("ratio", "risk_ratio", "odds_ratio", "hazard_ratio")


@pytest.mark.parametrize(
    "plan",
    [Plan(), Plan(choices="models"), Plan(choices="scores"), Plan("cluster"), Plan("cluster", choices="scores"),
     Plan("crossover"), Plan(damage="no events in an arm"), Plan("crossover", size="ties")],
    ids=str,
)  # fmt: skip
def test_exchanged_groups_turn_differences_and_invert_ratios(plan: Plan) -> None:
    content = made(plan)
    one, other = analysed(content)["statistics"], analysed(changed(content, exchanged))["statistics"]
    compared = 0
    for name, record in one.items():
        twin = name.replace("alpha_vs_beta", "beta_vs_alpha")
        if twin == name or record["value"] is None or record["statistic"] == "margin":
            continue
        last, value, back = name.rpartition(".")[2], record["value"], other[twin]["value"]
        distance = ".centre." in name and last == "smd"
        if last in _TURNED and not distance:
            assert back == pytest.approx(-value, rel=1e-6, abs=1e-8), name
        elif last in _INVERTED and value > 0:
            assert back == pytest.approx(1 / value, rel=1e-6), name
        elif last == "superiority":
            assert back == pytest.approx(1 - value, abs=1e-12), name
        elif last in ("p", "df", "se", "fisher_p", "chi_square", "chi_square_p", "assumption_p", "proportional_p") or (
            distance
        ):
            if last == "df" and back is None:
                continue
            assert back == pytest.approx(value, rel=1e-5, abs=1e-9), name
        elif name.endswith("ci_low") and ".centre." not in name and not name.endswith("nn_ci_low"):
            above = other[twin.removesuffix("low") + "high"]["value"]
            if record["unit"] == "ratio":
                assert (above is None) == (value == 0), name
                assert above is None or above == pytest.approx(1 / value, rel=1e-5), name
            else:
                assert above == pytest.approx(-value, rel=1e-5, abs=1e-7), name
        else:
            continue
        compared += 1
    assert compared > 20


def without_salt(study: dict[str, Any], tables: dict[str, list[dict[str, Any]]]) -> None:
    salt = study["design"]["factors"]["salt"]
    salt["arms"] = [arm for arm in study["arms"] if arm not in salt["arms"]]


def test_a_treatment_and_its_absence_exchanged_turn_the_margins_and_leave_those_of_the_other() -> None:
    content = made(Plan("factorial", each=15))
    one, other = analysed(content)["statistics"], analysed(changed(content, without_salt))["statistics"]
    turned = same = 0
    for name, record in one.items():
        value, last = record["value"], name.rpartition(".")[2]
        if value is None or ".with." in name or ".without." in name:
            continue
        if ".factor_water." in name:
            same += 1
            assert other[name]["value"] == pytest.approx(value, rel=1e-5, abs=1e-8), name
        elif ".factor_salt." in name or ".factor_interaction.salt." in name:
            back = other[name]["value"]
            if last in _TURNED:
                assert back == pytest.approx(-value, rel=1e-5, abs=1e-8), name
            elif last in _INVERTED:
                assert back == pytest.approx(1 / value, rel=1e-5), name
            elif last.endswith("ci_low"):
                above = other[name.removesuffix("low") + "high"]["value"]
                assert above == pytest.approx(1 / value if record["unit"] == "ratio" else -value, rel=1e-5), name
            elif last in ("p", "df", "se"):
                assert back == pytest.approx(value, rel=1e-5, abs=1e-9), name
            else:
                continue
            turned += 1
    assert turned > 30 and same > 30
