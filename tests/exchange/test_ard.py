"""ARDs, the data frames of R cards: out by name and value, in from R with names found and oddities told."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import cards_rows
import pytest

from analysis.exchange.ard import COLUMNS, read_rows, to_csv, to_nested, to_rows
from analysis.exchange.ard_in import Imported, from_ard
from analysis.exchange.check import given_faults, study_faults
from analysis.exchange.faults import ExchangeError
from analysis.study import Study, load_study

ROOT = Path(__file__).resolve().parents[2]
R = {"R": "4.4.1"}
T_TEST = "adl.month_6.treatment_vs_control"
Rows = list[dict[str, Any]]


@cache
def study_of(name: str) -> Study:
    return load_study(ROOT / "data" / name)


def read(rows: Rows, folder: Path) -> Rows:
    """The rows as they come back from csv."""
    (folder / "ard.csv").write_text(cards_rows.to_csv(rows))
    return read_rows(folder / "ard.csv")


@pytest.fixture
def cards() -> Rows:
    return cards_rows.nmosd(ROOT / "data/nmosd")


# ---- out, and our own back -------------------------------------------------------------------------------------------


def test_every_statistic_is_a_row_of_its_own(results: dict[str, Any]) -> None:
    rows = to_rows(results)
    assert [row["name"] for row in rows] == list(results["statistics"])
    keys = [tuple(row[key] for key in (*COLUMNS[:8], "analysis", "stat_name")) for row in rows]
    assert len(set(keys)) == len(rows)
    assert all((row["stat"] is None) == (row["error"] is not None) for row in rows)
    proportions = [row["stat"] for row in rows if row["stat_name"] == "p" and row["stat"] is not None]
    assert proportions and max(proportions) <= 1


def test_the_columns_are_those_of_cards_and_ours_come_last(nmosd: dict[str, Any]) -> None:
    header = next(csv.reader(to_csv(to_rows(nmosd)).splitlines()))
    assert header[:2] == ["group1", "group1_level"]
    assert [h for h in header if not h.startswith("group")] == [
        "variable", "variable_level", "context", "stat_name", "stat_label", "stat", "stat_fmt", "fmt_fun", "warning",
        "error", "name", "analysis", "unit", "value",
    ]  # fmt: skip


def test_rows_say_what_r_says(nmosd: dict[str, Any]) -> None:
    rows = {row["name"]: row for row in to_rows(nmosd)}
    mean = rows["adl.month_6.control.mean"]
    assert [mean[key] for key in ("group1", "group1_level", "group2", "group2_level", "variable", "context")] == [
        "arm", "control", "time", "month_6", "adl", "summary"
    ]  # fmt: skip
    female = rows["baseline.sex.female.control.percent"]
    assert (female["variable"], female["variable_level"], female["context"]) == ("sex", "female", "tabulate")
    assert (female["stat_name"], 100 * female["stat"]) == ("p", pytest.approx(female["value"]))
    assert rows[f"{T_TEST}.ci_low"]["stat_name"] == "conf.low"
    assert rows[f"{T_TEST}.p"]["context"] == "stats_t_test"


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("name", ["nmosd", "smoking_cessation"])
def test_our_own_ard_comes_back_to_the_last_bit(
    form: str, name: str, nmosd: dict[str, Any], smoking: dict[str, Any], tmp_path: Path
) -> None:
    results = nmosd if name == "nmosd" else smoking
    rows = to_rows(results)
    path = tmp_path / f"ard.{form}"
    path.write_text(to_csv(rows) if form == "csv" else json.dumps(to_nested(rows)))
    done = from_ard(read_rows(path), study_of(name), results, R)
    assert (done.unplaced, done.passed, done.placed) == ([], 0, len(rows))
    for key, record in results["statistics"].items():
        back = done.document["statistics"][key]
        assert json.dumps(back["value"]) == json.dumps(record["value"]), key
        assert (
            back["error"] is None if record["error"] is None else back["error"]["message"] in record["error"]["message"]
        )
    assert done.document["software"] == R


# ---- from R ----------------------------------------------------------------------------------------------------------


def _check(done: Imported, nmosd: dict[str, Any]) -> None:
    ours = nmosd["statistics"]
    found = {k: r for k, r in done.document["statistics"].items() if not k.startswith("design.")}
    assert len(found) == done.placed == 111
    for name, record in found.items():
        assert record["value"] == pytest.approx(ours[name]["value"], rel=1e-9, abs=1e-12), name
        assert type(record["value"]) is type(ours[name]["value"]), name
    assert {"flow.included", "flow.control.assigned", "baseline.sex.female.total.percent", "adl.month_6.total.q1",
            "baseline.age.treatment.missing", f"{T_TEST}.p"} <= found.keys()  # fmt: skip
    # R took the difference the other way round
    assert found[f"{T_TEST}.difference"]["value"] > 0
    assert found[f"{T_TEST}.ci_low"]["value"] < found[f"{T_TEST}.ci_high"]["value"]
    percent = found["baseline.sex.female.total.percent"]
    assert percent["value"] == ours["baseline.sex.female.total.percent"]["value"]
    assert done.document["software"] == R
    assert given_faults(done.document, "r") == study_faults(done.document, study_of("nmosd"), "r") == []


def test_rows_of_cards_find_their_names(cards: Rows, nmosd: dict[str, Any], tmp_path: Path) -> None:
    done = from_ard(read(cards, tmp_path), study_of("nmosd"), nmosd, R)
    assert (done.unplaced, done.passed) == ([], 17)
    _check(done, nmosd)


def test_nested_json_of_cards_finds_its_names(cards: Rows, nmosd: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "ard.json").write_text(json.dumps(cards_rows.to_nested(cards)))
    done = from_ard(read_rows(tmp_path / "ard.json"), study_of("nmosd"), nmosd, R)
    assert done.unplaced == []
    _check(done, nmosd)


def test_the_values_are_those_of_the_ard_not_ours(cards: Rows, nmosd: dict[str, Any], tmp_path: Path) -> None:
    for row in cards:
        if row["stat_name"] == "sd" and row["variable"] == "age":
            row["stat"] = 1.5
    done = from_ard(read(cards, tmp_path), study_of("nmosd"), nmosd, R).document["statistics"]
    assert [done[f"baseline.age.{g}.sd"]["value"] for g in ("control", "treatment", "total")] == [1.5] * 3


def test_a_number_that_r_could_not_compute_keeps_its_reason(cards: Rows, nmosd: dict[str, Any], tmp_path: Path) -> None:
    row = next(row for row in cards if row["stat_name"] == "sd")
    row |= {"stat": None, "error": "too few values", "warning": "one value"}
    name = f"baseline.age.{'control' if row['group1_level'] == 'AZA' else 'treatment'}.sd"
    done = from_ard(read(cards, tmp_path), study_of("nmosd"), nmosd, R)
    record = done.document["statistics"][name]
    assert (record["value"], record["error"]) == (None, {"code": "not_given", "message": "too few values."})
    assert record["warnings"] == done.document["analyses"][record["analysis"]]["warnings"] == ["one value"]
    assert given_faults(done.document, "r") == []


def _sentences(row: dict[str, Any], nmosd: dict[str, Any], folder: Path, cards: Rows) -> list[str]:
    return from_ard(read([*cards, row], folder), study_of("nmosd"), nmosd, R).unplaced


MEAN = {"context": "summary", "stat_name": "mean", "stat": 1}
AGE = MEAN | {"variable": "age"}
EDSS = MEAN | {"variable": "edss"}
AT_6 = EDSS | {"group1": "timepoint", "group1_level": "month_6"}
ODD: dict[str, tuple[dict[str, Any], str]] = {
    "a variable": (MEAN | {"variable": "agee"}, "Did you mean age?"),
    "an arm": (
        AGE | {"group1": "arm", "group1_level": "AZZ"},
        "is of the arm AZZ, which the study does not know. Did you mean AZA?",
    ),
    "a group": (AGE | {"group1": "sec", "group1_level": "x"}, "is grouped by sec"),
    "no time": (EDSS, "does not say at which time"),
    "a context": (AT_6 | {"context": "regression", "stat_name": "estimate"}, "add the name of the statistic"),
    "a name": (AGE | {"name": f"{T_TEST}.diference"}, f"The nearest is {T_TEST}.difference."),
    "twice": (AGE, "gave already"),
    "no number": (AT_6 | {"stat": "high"}, "has the value 'high'"),
    "no reason": (AT_6 | {"stat": None}, "has no value, and no error"),
    "another test": (
        {"group1": "arm", "variable": "sex", "context": "stats_chisq_test", "stat_name": "p.value", "stat": 0.5},
        "is by chi_square",
    ),
    "a part of a patient": (AT_6 | {"stat_name": "N", "stat": 5.5}, "is a whole number"),
}


@pytest.mark.parametrize("odd", ODD)
def test_a_row_without_a_place_is_told(odd: str, cards: Rows, nmosd: dict[str, Any], tmp_path: Path) -> None:
    row, said = ODD[odd]
    if odd == "another test":
        test = nmosd["statistics"]["baseline.sex.treatment_vs_control.p"]["analysis"]
        nmosd["analyses"][test]["method"] = "fisher"
    found = _sentences(row, nmosd, tmp_path, cards)
    assert len(found) == 1 and said in found[0], found
    assert found[0].startswith(f"row {len(cards) + 2} (")


def test_a_percentage_that_its_counts_do_not_give_is_told(cards: Rows, nmosd: dict[str, Any], tmp_path: Path) -> None:
    next(row for row in cards if row["stat_name"] == "p")["stat"] = 0.123
    found = from_ard(read(cards, tmp_path), study_of("nmosd"), nmosd, R).unplaced
    assert len(found) == 1 and "is 12.3 percent, but" in found[0]


def test_a_t_test_without_means_has_no_direction(cards: Rows, nmosd: dict[str, Any], tmp_path: Path) -> None:
    rows = [row for row in cards if not (row["variable"] == "adl" and row["stat_name"] == "mean")]
    done = from_ard(read(rows, tmp_path), study_of("nmosd"), nmosd, R)
    assert len(done.unplaced) == 8 and all("does not say which arm comes first" in said for said in done.unplaced)
    assert f"{T_TEST}.p" in done.document["statistics"] and f"{T_TEST}.difference" not in done.document["statistics"]
    other = [row | {"stat": "Two Sample t-test"} if row["stat_name"] == "method" else row for row in cards]
    done = from_ard(read(other, tmp_path), study_of("nmosd"), nmosd, R)
    assert len(done.unplaced) == 12 and all("'Two Sample t-test'" in said for said in done.unplaced)


def test_what_is_no_ard_is_refused(tmp_path: Path, nmosd: dict[str, Any]) -> None:
    path = tmp_path / "x.csv"
    for text, said in (("a,b\n1,2\n", "is no ARD"), ("variable,stat_name,stat\nage,mean,1,2\n", "more cells")):
        path.write_text(text)
        with pytest.raises(ExchangeError, match=said):
            read_rows(path)
    path = path.with_suffix(".json")
    for text, said in (('{"variable": 3}', "holds no object"), ("[]", "is no nested list"), ("{", "not readable JSON")):
        path.write_text(text)
        with pytest.raises(ExchangeError, match=said):
            read_rows(path)
    with pytest.raises(ExchangeError, match="No row"):
        from_ard([{"variable": "y", "stat_name": "mean", "where": "row 2"}], study_of("nmosd"), nmosd, R)


# ---- the command -----------------------------------------------------------------------------------------------------


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "report", *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_from_r_to_an_audited_paper(cards: Rows, tmp_path: Path) -> None:
    """What R gave is R's; what it did not give is ours, and both are named."""
    ard, results = tmp_path / "ard.csv", tmp_path / "results.json"
    ard.write_text(cards_rows.to_csv(cards))
    programs = ("--software", "R 4.4.1, cards 0.7.0")
    done = command("import-ard", ard, "--study", "data/nmosd", "--out", results, *programs, "--complete")
    assert (done.returncode, done.stderr) == (0, "")
    assert "111 statistics placed of 128 rows, 17 rows passed over" in done.stdout
    software = json.loads(results.read_text())["software"]
    assert {"R", "cards", "scipy"} <= software.keys()
    built = command("build", "data/nmosd", "--results", results, "--to", "html", "--out", tmp_path / "out")
    assert built.returncode == 0, built.stderr
    assert "PASS, every number accounted for" in built.stdout
    ledger = (tmp_path / "out/ledger.json").read_text()
    assert "R 4.4.1" in ledger and "SciPy" in ledger


def test_the_command_tells_rows_and_ends_with_1(cards: Rows, tmp_path: Path) -> None:
    ard, out = tmp_path / "ard.csv", tmp_path / "results.json"
    ard.write_text(cards_rows.to_csv([*cards, ODD["a variable"][0]]))
    done = command("import-ard", ard, "--study", "data/nmosd", "--out", out, "--software", "R 4.4.1")
    assert done.returncode == 1 and "1 rows of ard.csv have no place" in done.stderr
    assert "is of agee, which the study does not know. Did you mean age?" in done.stderr
    assert not math.isnan(json.loads(out.read_text())["statistics"]["baseline.age.total.mean"]["value"])
    done = command("import-ard", ard, "--study", "data/nmosd", "--out", tmp_path / "other.json")
    assert done.returncode == 2 and "--software" in done.stderr and not (tmp_path / "other.json").exists()


def test_our_own_ars_comes_back_by_the_command(smoking: dict[str, Any], tmp_path: Path) -> None:
    ars, out = tmp_path / "ars.json", tmp_path / "results.json"
    study = ROOT / "data/smoking_cessation"
    assert command("export", study, "--out", ars, "--patients").returncode == 0
    done = command("import-ard", ars, "--study", study, "--out", out)
    assert done.returncode == 0, done.stderr
    assert json.dumps(json.loads(out.read_text())) == json.dumps(smoking)
