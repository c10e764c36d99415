"""The whole analysis: what results.json holds, its windows and denominators, its edges, its sameness."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from analysis.pipeline import analyse_folder
from analysis.results import SCHEMA_FILE, Results, load_results

Small = Any
NMOSD = Path(__file__).parents[2] / "data" / "nmosd"
SCHEMA = Draft202012Validator(json.loads(SCHEMA_FILE.read_text()))


def check(results: Results) -> Results:
    """What must hold of any results: the schema, references among records, order of limits, sums."""
    document = json.loads(results.text())
    Draft202012Validator.check_schema(SCHEMA.schema)
    SCHEMA.validate(document)
    records = document["statistics"]
    arms = list(document["study"].get("sequences") or document["study"]["arms"])
    for name, record in records.items():
        assert record["analysis"] in document["analyses"], name
        for part in (record["numerator"], record["denominator"]):
            assert part is None or part in records, name
        if record["statistic"] == "percent" and record["value"] is not None:
            top, bottom = records[record["numerator"]]["value"], records[record["denominator"]]["value"]
            assert record["value"] == 100 * top / bottom, name
        if record["statistic"] == "ci_low" and record["value"] is not None:
            high = records[re.sub(r"ci_low$", "ci_high", name)]["value"]
            assert high is None or record["value"] <= high, name
    value = results.value
    assert value("flow.included") == sum(value(f"flow.{arm}.assigned") or 0 for arm in arms)
    for arm in arms:
        assigned = value(f"flow.{arm}.assigned")
        if value(f"flow.{arm}.received") is not None:
            assert assigned == value(f"flow.{arm}.received") + value(f"flow.{arm}.not_received")  # type: ignore[operator]
        for name in records:
            if re.fullmatch(rf"flow\.{arm}\.lost_[a-z0-9_]+", name):
                done = value(name.replace(".lost_", ".completed_"))
                assert assigned == value(name) + done  # type: ignore[operator]
                listed = [value(one) or 0 for one in records if one.startswith(name + "_reason.")]
                assert not listed or sum(listed) == value(name)
        listed = [value(one) or 0 for one in records if one.startswith(f"flow.{arm}.stopped_reason.")]
        assert not listed or sum(listed) == value(f"flow.{arm}.stopped")
    return results


@pytest.fixture
def nmosd() -> Results:
    if not (NMOSD / "participants.csv").is_file():
        pytest.skip("data/nmosd is not complete")
    return check(analyse_folder(NMOSD))


def test_nmosd(nmosd: Results) -> None:
    assert nmosd.study["allocation"] == "non-randomised"
    assert nmosd.value("flow.included") == 60
    for name in (
        "adl.month_6.treatment_vs_control.adjusted.difference",
        "edss.month_6.treatment_vs_control.ranks.superiority",
        "edss.change_month_6.control.signed_rank.p",
        "recurrence.month_12.treatment_vs_control.rate.ratio",
        "recurrence.month_6.control.count_3_or_more.percent",
        "harms.any.treatment_vs_control.risk_difference",
        "harms.leukopenia.control.percent",
        "baseline.sex.female.total.percent",
        "baseline.age.treatment_vs_control.smd",
        "followup.total.person_years",
        "flow.treatment.analysed_recurrence_month_12",
    ):
        assert nmosd.value(name) is not None, name


def test_inputs_are_hashed(nmosd: Results) -> None:
    for one in nmosd.document["inputs"]:
        raw = (NMOSD / one["file"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(raw).hexdigest()
        assert one["rows"] == raw.count(b"\n") - 1


def test_small_study(small: Small) -> None:
    """Counted by hand from the tables in conftest.py."""
    r = check(analyse_folder(small.write()))
    expected: dict[str, Any] = {
        "design.arms": 2,
        "flow.identified": None,
        "flow.old.received": 3,
        "flow.old.stopped_reason.rash": 1,
        "flow.new.stopped_reason.not_recorded": 1,
        "flow.old.lost_year": 1,
        "flow.old.lost_year_reason.moved": 1,
        "flow.new.lost_half": 1,
        "flow.new.completed_year": 3,
        "flow.new.analysed_edss_half": 2,
        "flow.new.analysed_adl_half": 3,
        "followup.total.min": 100,
        "followup.total.max": 400,
        "baseline.age.old.mean": 42.25,
        "baseline.weight.total.n": 7,
        "baseline.weight.old.missing": 1,
        "baseline.stage.old.n": 3,
        "baseline.stage.II.old.percent": 100 / 3,
        "baseline.sex.f.total.n": 5,
        "adl.half.new.n": 3,
        "adl.change_half.old.mean": 6.25,
        "attack.half.old.events": 2,
        "attack.half.old.person_years": (183 * 4) / 365.25,
        "attack.half.new.person_years": (183 * 3 + 100) / 365.25,
        "attack.half.new.events": 1,
        "attack.half.new.n": 3,
        "attack.half.new.free.percent": 100,
        "attack.year.old.events": 5,
        "attack.year.old.n": 3,
        "attack.year.old.person_years": (365 * 3 + 200) / 365.25,
        "attack.year.old.count_2.n": 1,
        "attack.year.old.count_3_or_more.n": 1,
        "attack.year.new.events": 2,
        "harms.rash.old.n": 2,
        "harms.rash.old.events": 3,
        "harms.any.new.percent": 25,
        "harms.pain.old.percent": 0,
        "harms.serious.old.n": 1,
        "harms.stopped.old.events": 1,
        "harms.pain.new_vs_old.risk_difference": 0,
    }
    assert {name: r.value(name) for name in expected} == pytest.approx(expected)
    assert r.labels["flow.stopped_reason.rash"] == "rash"
    assert r.labels["flow.lost_reason.not_recorded"] == "reason not recorded"
    assert r.statistics["flow.identified"]["error"]["code"] == "not_reported"
    assert r.analyses["attack.half.rate"]["n_analysed"] == {"old": 4, "new": 4}
    assert r.analyses["attack.half.free"]["n_analysed"] == {"old": 4, "new": 3}
    assert r.analyses["edss.half.ancova"]["n_available"] == {"old": 4, "new": 3}


def test_later_windows_contain_earlier_ones(nmosd: Results) -> None:
    for arm in ("control", "treatment"):
        six, twelve = (nmosd.value(f"recurrence.month_{m}.{arm}.events") for m in (6, 12))
        assert six is not None and twelve is not None and six <= twelve


def test_flow_of_the_excluded(small: Small) -> None:
    excluded = [{"reason": "declined", "n": 3}, {"reason": "no records", "n": 1}]
    small.study["design"].update(eligible_identified=12, excluded=excluded)
    r = check(analyse_folder(small.write()))
    assert [r.value(f"flow.{name}") for name in ("identified", "excluded", "included")] == [12, 4, 8]
    assert r.value("flow.excluded_reason.no_records") == 1


def test_populations(small: Small) -> None:
    small.study["populations"] = {
        "all": {"label": "all", "where": None},
        "treated": {"label": "all treated", "where": {"received": ["yes"]}},
    }
    small.study["adverse_events"]["denominator"] = "treated"
    small.study["outcomes"]["adl"]["population"] = "treated"
    r = check(analyse_folder(small.write()))
    assert (r.value("harms.any.old.of"), r.value("adl.half.old.n"), r.value("edss.half.old.n")) == (3, 3, 4)
    assert r.analyses["harms.any"]["population"] == "treated"


def test_three_arms(small: Small) -> None:
    small.study["arms"]["third"] = {"label": "Third", "short": "T", "treatment": "third drug"}
    small.study["files"]["people"]["columns"]["group"]["levels"]["T"] = "third"
    for patient in ("P7", "P8", "P4"):
        text = small.tables["people"]
        small.tables["people"] = re.sub(rf"({patient}),[ON],", r"\1,T,", text)
    r = check(analyse_folder(small.write()))
    assert r.value("design.arms") == 3
    for contrast in ("new_vs_old", "third_vs_old"):
        assert f"adl.half.{contrast}.adjusted.difference" in r.statistics
        assert f"attack.year.{contrast}.rate.ratio" in r.statistics


# Edges ----------------------------------------------------------------------------------------------------------


def empty_events(small: Small) -> None:
    small.tables["attacks"] = "id,day\n"
    small.tables["events"] = "id,term,day,serious,action\n"


def one_patient_in_an_arm(small: Small) -> None:
    for key, table in small.tables.items():
        small.tables[key] = (
            "\n".join(row for row in table.splitlines() if not row.startswith(("P6", "P7", "P8"))) + "\n"
        )


def all_missing(small: Small) -> None:
    small.tables["visits"] = re.sub(r",[^,]*,[^,]*$", ",,", small.tables["visits"], flags=re.M).replace(
        "id,visit,,", "id,visit,date,adl,edss"
    )
    small.tables["visits"] = "id,visit,date,adl,edss\n" + "".join(
        f"P{i},{t},,,\n" for i in range(1, 9) for t in ("start", "half")
    )


def no_visits_of_one_time(small: Small) -> None:
    rows = small.tables["visits"].splitlines()
    small.tables["visits"] = "\n".join(row for row in rows if ",half," not in row) + "\n"


def constant(small: Small) -> None:
    small.tables["visits"] = "id,visit,date,adl,edss\n" + "".join(
        f"P{i},{t},,50,3\n" for i in range(1, 9) for t in ("start", "half")
    )


def all_events(small: Small) -> None:
    small.tables["attacks"] = "id,day\n" + "".join(f"P{i},{10 + i}\n" for i in range(1, 9))
    small.tables["events"] = "id,term,day,serious,action\n" + "".join(f"P{i},rash,1,yes,stopped\n" for i in range(1, 9))


def no_events_in_an_arm(small: Small) -> None:
    rows = small.tables["attacks"].splitlines()
    small.tables["attacks"] = "\n".join(row for row in rows if row[:2] not in ("P5", "P7")) + "\n"


def nobody_followed(small: Small) -> None:
    small.tables["people"] = re.sub(r",(\d+),(\w*)$", r",0,\2", small.tables["people"], flags=re.M)
    empty_events(small)


EDGES: dict[str, tuple[Callable[[Small], None], dict[str, str | None]]] = {
    "no events": (
        empty_events,
        {
            "attack.year.new_vs_old.rate.ratio": "no_events",
            "attack.year.new.rate": None,
            "attack.year.new_vs_old.free.risk_difference": None,
            "attack.year.new_vs_old.free.p": "all_events",
            "harms.any.new_vs_old.rd_ci_low": None,
            "harms.any.new_vs_old.risk_ratio": "no_events",
            "harms.any.new_vs_old.fisher_p": "no_events",
        },
    ),
    "one patient in an arm": (
        one_patient_in_an_arm,
        {
            "adl.half.new_vs_old.difference": None,
            "adl.half.new_vs_old.p": "too_few",
            "adl.half.new.sd": "too_few",
            "baseline.age.new_vs_old.smd": "too_few",
            "edss.half.new_vs_old.ranks.p": None,
        },
    ),
    "all missing": (
        all_missing,
        {
            "adl.half.new.mean": "no_data",
            "adl.half.new_vs_old.difference": "no_data",
            "adl.half.new_vs_old.adjusted.p": "no_data",
            "edss.half.new_vs_old.ranks.shift": "no_data",
            "edss.change_half.new.signed_rank.p": "no_data",
        },
    ),
    "a time without visits": (no_visits_of_one_time, {"adl.start.new.mean": None, "adl.half.new.mean": "no_data"}),
    "constant values": (
        constant,
        {
            "adl.half.new.sd": None,
            "adl.half.new_vs_old.difference": None,
            "adl.half.new_vs_old.ci_low": "no_variation",
            "adl.half.new_vs_old.adjusted.difference": "no_variation",
            "adl.change_half.new.p": "no_variation",
            "edss.half.new_vs_old.ranks.p": "no_variation",
            "edss.change_half.new.signed_rank.p": "no_change",
            "baseline.edss.new_vs_old.smd": "no_variation",
        },
    ),
    "everybody has the event": (
        all_events,
        {
            "harms.any.new_vs_old.risk_ratio": None,
            "harms.any.new_vs_old.rr_ci_low": None,
            "harms.any.new_vs_old.rr_ci_high": None,
            "harms.any.new_vs_old.fisher_p": "all_events",
            "attack.year.new_vs_old.rate.ratio": None,
        },
    ),
    "no events in an arm": (
        no_events_in_an_arm,
        {
            "attack.year.new_vs_old.rate.ratio": None,
            "attack.year.new_vs_old.rate.ci_low": None,
            "attack.year.new_vs_old.rate.ci_high": None,
            "attack.year.new_vs_old.rate.dispersion": "not_defined",
            "attack.year.new_vs_old.rate.p": None,
        },
    ),
    "nobody followed": (
        nobody_followed,
        {
            "attack.year.new.rate": "no_data",
            "attack.year.new_vs_old.rate.p": "no_data",
            "attack.year.new.mean": "no_data",
        },
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges(small: Small, name: str) -> None:
    change, expected = EDGES[name]
    change(small)
    r = check(analyse_folder(small.write()))
    found = {}
    for one in expected:
        error = r.statistics[one]["error"]
        found[one] = error["code"] if error else None
    assert found == expected


def test_no_events_in_an_arm_names_its_method(small: Small) -> None:
    no_events_in_an_arm(small)
    r = analyse_folder(small.write())
    about = r.analyses["attack.year.rate"]
    assert about["method"] == "exact"
    assert about["warnings"] == ["A group had no events, so an exact method was used."]
    assert r.statistics["attack.year.new_vs_old.rate.ratio"]["warnings"] == about["warnings"]
    assert r.value("attack.year.new_vs_old.rate.ratio") == 0


# Sameness -------------------------------------------------------------------------------------------------------


def test_same_bytes_twice(small: Small, tmp_path: Path) -> None:
    one = analyse_folder(small.write()).write(tmp_path / "one.json").read_bytes()
    code = "import sys; from analysis.pipeline import analyse_folder as a; a(sys.argv[1]).write(sys.argv[2])"
    command = [sys.executable, "-c", code, str(small.folder), str(tmp_path / "two.json")]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PATH": ""}  # another hash seed; the same kernels of BLAS
    subprocess.run(command, check=True, env=environment, cwd=Path(__file__).parents[2])
    assert (tmp_path / "two.json").read_bytes() == one
    assert one.endswith(b"}\n")
    assert str(tmp_path).encode() not in one
    assert load_results(tmp_path / "one.json").text().encode() == one
    assert sorted(path.name for path in tmp_path.glob("*.json")) == ["one.json", "two.json"]


def test_order_of_rows_does_not_matter(small: Small) -> None:
    plain = analyse_folder(small.write())
    for key, text in small.tables.items():
        head, *rows = text.splitlines()
        small.tables[key] = "\n".join([head, *reversed(rows)]) + "\n"
    turned = analyse_folder(small.write())
    assert plain.statistics.keys() == turned.statistics.keys()
    for name in plain.statistics:
        one, two = plain.value(name), turned.value(name)
        assert one == two or two == pytest.approx(one, rel=1e-9, abs=1e-12), name


def test_results_that_are_none(tmp_path: Path) -> None:
    from analysis.faults import StudyError

    for content, expected in (
        (None, "results.json: There is no such file. Run the analysis again: everynumber analyse STUDY."),
        (b"{", "results.json: The file is not readable JSON. Run the analysis again: everynumber analyse STUDY."),
        (
            b"{}",
            "results.json: The file is not of the form everynumber/results/1. "
            "Run the analysis again: everynumber analyse STUDY.",
        ),
    ):
        if content is not None:
            (tmp_path / "results.json").write_bytes(content)
        with pytest.raises(StudyError) as caught:
            load_results(tmp_path / "results.json")
        assert str(caught.value) == expected


def test_unknown_name_names_the_nearest(small: Small) -> None:
    r = analyse_folder(small.write())
    with pytest.raises(KeyError, match=r"Did you mean adl\.half\.new\.mean"):
        r.value("adl.half.new.meen")


def test_importing_the_study_model_is_light() -> None:
    code = (
        "import sys, analysis.study, analysis.results;"
        "print([m for m in ('numpy','pandas','scipy','pandera','statsmodels') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=NMOSD.parents[1])
    assert out.stdout.strip() == "[]"


def test_reading_data_does_not_import_statistics() -> None:
    code = "import sys, analysis.load; print([m for m in ('scipy', 'statsmodels') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=NMOSD.parents[1])
    assert out.stdout.strip() == "[]"


def test_software_is_named(small: Small) -> None:
    software = analyse_folder(small.write()).document["software"]
    assert list(software) == ["python", "everynumber", "numpy", "pandas", "scipy", "statsmodels"]


def test_analysis_does_not_know_the_report() -> None:
    for file in (NMOSD.parents[1] / "analysis").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) report\b", file.read_text(), re.M), file


def test_values_are_finite(nmosd: Results) -> None:
    assert all(record["value"] is None or math.isfinite(record["value"]) for record in nmosd.statistics.values())
