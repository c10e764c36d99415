"""Cross-over trials as whole studies against R (tests/reference/crossover.R, whose texts hold the data)."""

from __future__ import annotations

import copy
import csv
import io
import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from conftest import MINIMAL, rows
from test_pipeline import check

from analysis.faults import StudyError
from analysis.pipeline import analyse_folder
from analysis.results import Results
from analysis.study import Outcome
from analysis.study_crossover import KINDS, NOT_COMPARED

REFERENCE = Path(__file__).parents[1] / "reference"
with (REFERENCE / "crossover.csv").open() as handle:
    ROWS = [(row["study"], row["statistic"], float(row["value"])) for row in csv.DictReader(handle)]
DATA = {
    name: rows(text)
    for name, text in re.findall(
        r'^(\w+) <- read\.csv\(text = "(.*?)"\)', (REFERENCE / "crossover.R").read_text(), re.S | re.M
    )
}
COMMON = {"better": "lower", "role": "primary", "prespecified": True}


def crossed(name: str, reference: str = "b") -> tuple[dict[str, Any], dict[str, str]]:
    """study.yml and tables of one of R's data sets."""
    data = DATA[name]
    periods = [f"p{k + 1}" for k in range(len(data[0]["sequence"]))]
    sequences = sorted({row["sequence"] for row in data})
    arms = sorted({arm for one in sequences for arm in one})
    score = {**COMMON, "column": "visits.y", "unit": "points", "timepoints": periods}
    study = copy.deepcopy({key: value for key, value in MINIMAL.items() if key != "adverse_events"})
    study |= {
        "design": {
            "allocation": "randomised", "assigned_by": "randomisation", "prospective": True, "type": "crossover",
            "washout": "Two weeks lay between the periods.",
            "sequences": {one: {"label": one.upper(), "short": one.upper(), "arms": list(one)} for one in sequences},
        },
        "arms": {arm: {"label": arm.upper(), "short": arm.upper(), "treatment": f"drug {arm.upper()}"} for arm in arms},
        "reference_arm": reference,
        "timepoints": {p: {"label": f"Period {k}", "month": k, "period": k} for k, p in enumerate(periods, 1)},
        "baseline": [],
        "files": {
            "people": {
                "path": "people.csv", "key": ["id"],
                "columns": {
                    "id": {"type": "text", "role": "patient"},
                    "sequence": {"type": "category", "role": "sequence", "levels": {one: one for one in sequences}},
                },
            },
            "visits": {
                "path": "people.csv", "key": ["id", "timepoint"],
                "wide": {name: {p: f"{name}{k}" for k, p in enumerate(periods, 1)} for name in ("y", "e")},
                "columns": {
                    "id": {"type": "text", "role": "patient"},
                    "y": {"type": "number", "missing_allowed": True},
                    "e": {"type": "integer", "missing_allowed": True},
                },
            },
        },
        "outcomes": {
            "y": {**score, "label": "Score", "kind": "continuous"},
            "rank": {**score, "label": "Rank", "kind": "ordinal"},
            "e": {
                **COMMON, "label": "Event", "kind": "binary", "column": "visits.e", "event": [1], "timepoints": periods,
            },
        },
    }  # fmt: skip
    table = io.StringIO()
    writer = csv.DictWriter(table, data[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(data)
    return study, {"people": table.getvalue()}


def written(folder: Path, study: dict[str, Any], tables: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "study.yml").write_text(yaml.safe_dump(study, sort_keys=False, allow_unicode=True), encoding="utf-8")
    for key, table in tables.items():
        (folder / f"{key}.csv").write_text(table, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Results]:
    return {name: check(analyse_folder(written(tmp_path_factory.mktemp(name), *crossed(name)))) for name in DATA}


def tolerance(name: str) -> float:
    """Iterative fits at 1e-6; R searches the limits of the shift by `uniroot`, which stops within 1e-4."""
    if ".shift_ci_" in name:
        return 1e-4
    return 1e-6 if ".conditional." in name or name.startswith("e.period") else 1e-8


@pytest.mark.parametrize(("study", "name", "value"), ROWS, ids=[f"{study}-{name}" for study, name, _ in ROWS])
def test_equals_r(results: dict[str, Results], study: str, name: str, value: float) -> None:
    ours = name.replace("hills_armitage", "y.a_vs_b.within")
    assert results[study].value(ours) == pytest.approx(value, rel=tolerance(name), abs=1e-12)


def test_enough_is_compared() -> None:
    assert len(ROWS) > 200
    assert {study for study, _, _ in ROWS} == set(DATA) == {"abba", "latin"}


def test_nothing_parallel_is_computed(results: dict[str, Results]) -> None:
    """No comparison of the treatments as if other patients had had them, and none of sequences before treatment."""
    for found in results.values():
        methods = {one["method"] for one in found.analyses.values()}
        assert methods <= {
            "count", "summary", "wilson", "within_patients", "period_f", "student", "mann_whitney", "newcombe_paired",
            "mcnemar", "conditional_logistic", "likelihood_ratio", "fisher",
        }  # fmt: skip
        assert {name for name, one in found.analyses.items() if one["method"] == "fisher"} <= {"e.mainland_gart"}


def test_patients_are_counted_by_sequence(results: dict[str, Results]) -> None:
    found = results["abba"]
    assert found.document["study"]["sequences"] == {"ab": ["a", "b"], "ba": ["b", "a"]}
    counts = {name: found.value(f"flow.{name}") for name in (
        "included", "ab.assigned", "ba.assigned", "ab.entered_p1", "ab.entered_p2", "ab.not_entered_p2",
        "ab.analysed_y", "ba.analysed_y",
    )}  # fmt: skip
    assert counts == {
        "included": 19, "ab.assigned": 10, "ba.assigned": 9, "ab.entered_p1": 9, "ab.entered_p2": 9,
        "ab.not_entered_p2": 1,
        "ab.analysed_y": 8, "ba.analysed_y": 7,
    }  # fmt: skip
    assert found.analyses["y.within"]["n_analysed"] == {"a": 15, "b": 15}


def test_arms_exchanged_turn_the_estimates_round(tmp_path: Path, results: dict[str, Results]) -> None:
    turned = check(analyse_folder(written(tmp_path / "turned", *crossed("abba", reference="a"))))
    one, other = results["abba"], turned
    for stem in ("y.{}.within", "e.{}.paired"):
        estimate = "difference" if "within" in stem else "risk_difference"
        low, high = ("ci_low", "ci_high") if "within" in stem else ("rd_ci_low", "rd_ci_high")
        at, back = stem.format("a_vs_b"), stem.format("b_vs_a")
        assert other.value(f"{back}.{estimate}") == pytest.approx(-one.value(f"{at}.{estimate}"), rel=1e-12)
        assert other.value(f"{back}.{low}") == pytest.approx(-one.value(f"{at}.{high}"), rel=1e-12)
    odds = one.value("e.a_vs_b.conditional.odds_ratio")
    assert other.value("e.b_vs_a.conditional.odds_ratio") == pytest.approx(1 / odds)
    for name in ("rank.{}.ranks.p", "e.{}.mainland_gart.p", "y.{}.within.p", "e.{}.paired.mcnemar_p"):
        assert other.value(name.format("b_vs_a")) == pytest.approx(one.value(name.format("a_vs_b")))
    assert other.value("rank.b_vs_a.ranks.shift") == -one.value("rank.a_vs_b.ranks.shift")
    assert other.value("y.period.difference") == pytest.approx(one.value("y.period.difference"))
    assert other.value("y.carryover.difference") == pytest.approx(-one.value("y.carryover.difference"))


# Numbers that cannot be computed -----------------------------------------------------------------------------------


def codes(found: Results, *names: str) -> list[str]:
    return [found.statistics[name]["error"]["code"] for name in names]


def test_nobody_has_two_periods(tmp_path: Path) -> None:
    study, _ = crossed("abba")
    table = "id,sequence,y1,y2,e1,e2\nx1,ab,3,,1,\nx2,ab,4,,0,\nx3,ba,5,,1,\nx4,ba,7,,0,\n"
    found = check(analyse_folder(written(tmp_path / "one", study, {"people": table})))
    assert found.value("y.a.n") == 2
    names = ("y.a_vs_b.within.difference", "e.a_vs_b.paired.risk_difference", "e.a_vs_b.conditional.odds_ratio")
    assert codes(found, *names) == ["too_few", "too_few", "no_change"]


def test_what_does_not_vary_and_what_is_separated(tmp_path: Path) -> None:
    study, _ = crossed("abba")
    table = "id,sequence,y1,y2,e1,e2\nx1,ab,5,5,1,0\nx2,ab,5,5,1,0\nx3,ba,5,5,0,1\nx4,ba,5,5,0,1\n"
    found = check(analyse_folder(written(tmp_path / "same", study, {"people": table})))
    assert found.value("y.a_vs_b.within.difference") == 0
    assert codes(found, "y.a_vs_b.within.p", "rank.a_vs_b.ranks.p", "e.a_vs_b.conditional.odds_ratio") == [
        "no_variation", "no_variation", "separation",
    ]  # fmt: skip
    assert found.value("e.a_vs_b.mainland_gart.p") == pytest.approx(1 / 3)
    assert found.value("e.a_vs_b.paired.risk_difference") == 100


def test_treatment_and_period_that_cannot_be_told_apart(tmp_path: Path) -> None:
    study, _ = crossed("abba")
    table = "id,sequence,y1,y2,e1,e2\nx1,ab,3,4,1,0\nx2,ab,4,7,1,0\nx3,ba,5,,0,\nx4,ba,,4,,1\n"
    found = check(analyse_folder(written(tmp_path / "flat", study, {"people": table})))
    assert codes(found, "y.a_vs_b.within.difference", "e.a_vs_b.conditional.odds_ratio") == ["not_separable"] * 2


# Harms -------------------------------------------------------------------------------------------------------------

EVENTS = {
    "path": "events.csv", "key": ["id", "term", "period"],
    "columns": {
        "id": {"type": "text", "role": "patient"},
        "term": {"type": "category", "role": "term", "levels": {"rash": "Rash", "cough": "Cough"}},
        "period": {"type": "category", "role": "timepoint", "levels": {"1": "p1", "2": "p2"}},
    },
}  # fmt: skip


def test_harms_belong_to_the_treatment_of_their_period(tmp_path: Path) -> None:
    study, tables = crossed("abba")
    study["files"]["events"] = EVENTS
    study["adverse_events"] = {"file": "events"}
    # p04 has no value in period 2, but an event: he entered it
    tables["events"] = "id,term,period\np01,rash,1\np01,rash,2\np02,rash,1\np11,cough,1\np12,rash,2\np04,cough,2\n"
    found = check(analyse_folder(written(tmp_path / "harms", study, tables)))
    counts = {arm: [found.value(f"harms.rash.{arm}.{part}") for part in ("n", "of", "events")] for arm in ("a", "b")}
    assert counts == {"a": [3, 17, 3], "b": [1, 18, 1]}  # p01 to p10 have a first; p12 has it second
    assert found.value("harms.cough.b.n") == 2
    assert found.value("flow.ab.entered_p2") == 10
    parts = ("both", "first_only", "second_only", "neither")
    paired = [found.value(f"harms.rash.a_vs_b.paired.{part}") for part in parts]
    assert paired == [1, 2, 0, 13]
    assert found.value("harms.rash.a_vs_b.paired.mcnemar_p") == 0.5


# study.yml ---------------------------------------------------------------------------------------------------------


def faults(folder: Path, study: dict[str, Any], tables: dict[str, str]) -> list[str]:
    with pytest.raises(StudyError) as caught:
        analyse_folder(written(folder, study, tables))
    return [fault.what for fault in caught.value.faults]


def test_all_that_a_crossover_cannot_have_is_named_at_once(tmp_path: Path) -> None:
    study, tables = crossed("abba")
    study["design"] |= {"allocation": "non-randomised", "assigned_by": "investigators"}
    study["design"]["sequences"]["ab"]["arms"] = ["a", "b", "a"]
    study["timepoints"]["p2"]["period"] = 1
    study["outcomes"]["y"] |= {"adjust_for": ["sequence"], "timepoints": ["p1"]}
    study["outcomes"]["rank"] |= {"kind": "graded"}
    study["multiplicity"] = {"method": "holm"}
    study["files"]["events"] = {**EVENTS, "columns": {k: v for k, v in EVENTS["columns"].items() if k != "period"}}
    study["adverse_events"] = {"file": "events"}
    said = faults(tmp_path / "wrong", study, tables | {"events": "id,term\n"})
    for words in (
        "A cross-over is analysed here where sequences were randomised only.",
        "The sequences differ in their number of periods: ab has 3, ba has 2.",
        "p2 is at the end of period 1 too.",
        "The sequences have 3 periods, and the time points are of these: 1.",
        "An outcome of a cross-over has no adjust_for here.",
        "Outcomes of the kind graded are not compared within patients here.",
        "The comparisons of a cross-over are not adjusted for their number here.",
        "In a cross-over an event belongs to the treatment of its period, and no column says which that is.",
        "The sequence ab has an arm twice, so that a patient has two events or none under it.",
    ):
        assert words in said, (words, said)


def test_an_unknown_arm_a_missing_period_and_a_role_are_named(tmp_path: Path) -> None:
    study, tables = crossed("abba")
    study["design"]["sequences"]["ab"]["arms"] = ["a", "bb"]
    study["outcomes"]["y"]["timepoints"] = ["p2"]
    study["files"]["people"]["columns"]["sequence"]["role"] = "arm"
    said = faults(tmp_path / "wrong", study, tables)
    for words in (
        "bb is not one of the arms.",
        "An outcome of a cross-over is assessed in each period, in order: p1, p2.",
        "In a cross-over a patient has no one arm, but a sequence.",
        "No file has a column of role sequence.",
    ):
        assert words in said, (words, said)


def test_what_only_a_crossover_has_is_refused_of_parallel_groups(tmp_path: Path) -> None:
    study, tables = crossed("abba")
    study["design"]["type"] = "parallel"
    said = faults(tmp_path / "parallel", study, tables)
    for words in (
        "Only a cross-over has sequences.",
        "Only a cross-over has washout.",
        "Only a cross-over has periods.",
        "Patients have sequences in a cross-over only.",
    ):
        assert words in said, (words, said)


def test_a_sequence_without_patients_is_named(tmp_path: Path) -> None:
    study, tables = crossed("abba")
    tables["people"] = "\n".join(line for line in tables["people"].splitlines() if ",ba," not in line) + "\n"
    assert faults(tmp_path / "empty", study, tables) == ["No patient is in the sequence ba."]


def test_every_kind_of_outcome_is_compared_or_refused() -> None:
    kinds = get_args(Outcome.model_fields["kind"].annotation)
    assert sorted(kinds) == sorted((*KINDS, *NOT_COMPARED))
