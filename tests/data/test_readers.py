"""Every kind of file gives the same cells; shaping and prepare.py give the tables they say; faults name their place."""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyreadstat
import pytest
import yaml

from analysis.expressions import ExpressionError, evaluate, parse
from analysis.faults import StudyError
from analysis.load import load_folder
from analysis.pipeline import analyse_folder

ROWS: dict[str, list[Any]] = {
    "id": ["P1", "P2", "P3", "P4", "P5", "P6"],
    "arm": ["O", "N", "O", "N", "O", "N"],
    "age": [40, 51, 62, 33, 44, 75],
    "weight": [70.5, 81.25, None, 64.0, 90.1, 58.3],
    "sex": [1, 2, 2, 1, 1, 2],
    "pain_0": [5, 6, 7, 5, 8, 6],
    "pain_6": [4, 2, 6, 1, None, 3],
}
SEX = {1: "male", 2: "female"}
ENTERED = [dt.date(2018, 1, day) for day in range(1, 7)]


def study(path: str, **file: Any) -> dict[str, Any]:
    """A small study of one file; `file` are more keys of its entry."""
    return {
        "everynumber": 1,
        "data": "simulated",
        "title": "A small study",
        "short_title": "Small",
        "condition": {"name": "some disease"},
        "authors": [{"name": "A. Author", "corresponding": True, "email": "a@example.org"}],
        "dates": {"document": "2020-12-31", "enrolment_start": "2018-01", "enrolment_end": "2019-12"},
        "registration": {"registered": False, "reason": "Not registered."},
        "protocol": {"available": False, "reason": "None."},
        "ethics": {"statement": "None needed."},
        "funding": {"statement": "None."},
        "data_availability": "Here.",
        "design": {"allocation": "non-randomised", "assigned_by": "routine care", "prospective": False},
        "objective": "To compare.",
        "eligibility": {"inclusion": ["disease"]},
        "arms": {
            "old": {"label": "Old", "short": "O", "treatment": "old drug"},
            "new": {"label": "New", "short": "N", "treatment": "new drug"},
        },
        "reference_arm": "old",
        "timepoints": {"start": {"label": "Start", "month": 0}, "half": {"label": "6 months", "month": 6}},
        "files": {
            "people": {
                "path": path,
                "key": ["id"],
                "columns": {
                    "id": {"type": "text", "role": "patient"},
                    "arm": {"type": "category", "role": "arm", "levels": {"O": "old", "N": "new"}},
                    "age": {"type": "integer", "range": [18, 100]},
                    "weight": {"type": "number", "missing_allowed": True},
                    "sex": {"type": "category", "levels": {"male": "Male", "female": "Female"}},
                },
            }
            | file
        },
    }


def write(folder: Path, about: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "study.yml").write_text(yaml.safe_dump(about, sort_keys=False), encoding="utf-8")
    return folder


def words(labelled: bool = False) -> pd.DataFrame:
    frame = pd.DataFrame(ROWS)
    return frame if labelled else frame.assign(sex=frame["sex"].map(SEX))


def as_excel(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Patients")
    sheet.append([])
    sheet.append([*ROWS, "entered"])
    for row, day in zip(
        words().astype(object).where(words().notna(), None).itertuples(index=False), ENTERED, strict=True
    ):
        sheet.append([*row, dt.datetime.combine(day, dt.time())])
    book.save(path)


def as_csv(text: Callable[[str], str], **options: Any) -> Callable[[Path], None]:
    return lambda path: path.write_text(text(words().to_csv(index=False, **options)), encoding="utf-8") and None


LABELS = {"variable_value_labels": {"sex": SEX}}
KINDS: dict[str, tuple[str, Callable[[Path], Any], dict[str, Any]]] = {
    "csv": ("d.csv", as_csv(str), {}),
    "semicolons": ("d.csv", as_csv(str, sep=";", decimal=","), {"delimiter": ";", "decimal": ","}),
    "tsv": ("d.tsv", as_csv(str, sep="\t"), {}),
    "tab declared": ("d.txt", as_csv(str, sep="\t"), {"delimiter": "tab"}),
    "excel": ("d.xlsx", as_excel, {"sheet": "Patients"}),
    "parquet": ("d.parquet", lambda path: words().to_parquet(path), {}),
    "spss": ("d.sav", lambda path: pyreadstat.write_sav(words(True), str(path), **LABELS), {}),
    "stata": ("d.dta", lambda path: pyreadstat.write_dta(words(True), str(path), **LABELS), {}),
    "sas xpt": ("d.xpt", lambda path: pyreadstat.write_xport(words(), str(path), file_format_version=5), {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_gives_the_same_frame(tmp_path: Path, kind: str) -> None:
    name, make, keys = KINDS[kind]
    make(tmp_path / name)
    _, data = load_folder(write(tmp_path, study(name, **keys)))
    frame = data.frames["people"].reset_index(drop=True)
    assert frame["id"].tolist() == ROWS["id"]
    assert frame["arm"].tolist() == ["old", "new"] * 3
    assert frame["age"].tolist() == ROWS["age"]
    assert frame["weight"].fillna(-1).tolist() == [70.5, 81.25, -1, 64.0, 90.1, 58.3]
    assert frame["sex"].tolist() == [SEX[code] for code in ROWS["sex"]]
    assert data.rows == {"people": 6}


def test_codes_stay_where_a_number_is_declared(tmp_path: Path) -> None:
    pyreadstat.write_sav(words(True), str(tmp_path / "d.sav"), **LABELS)
    about = study("d.sav")
    about["files"]["people"]["columns"]["sex"] = {"type": "integer"}
    _, data = load_folder(write(tmp_path, about))
    assert data.frames["people"]["sex"].tolist() == ROWS["sex"]


def test_single_precision_has_its_own_digits(tmp_path: Path) -> None:
    words().astype({"weight": "float32"}).to_stata(tmp_path / "d.dta", write_index=False)
    _, data = load_folder(write(tmp_path, study("d.dta")))
    assert data.frames["people"]["weight"].dropna().tolist() == [70.5, 81.25, 64.0, 90.1, 58.3]


def faults(folder: Path) -> list[str]:
    with pytest.raises(StudyError) as caught:
        load_folder(folder)
    return [str(fault) for fault in caught.value.faults]


def test_faults_of_excel_name_the_row_of_the_sheet(tmp_path: Path) -> None:
    as_excel(tmp_path / "d.xlsx")
    book = openpyxl.load_workbook(tmp_path / "d.xlsx")
    book["Patients"]["C5"] = 300
    book["Patients"]["D6"] = "=1+1"
    book.save(tmp_path / "d.xlsx")
    assert faults(write(tmp_path, study("d.xlsx", sheet="Patients"))) == [
        "d.xlsx, row 6, column weight: The cell holds a formula without its value. "
        "Open the file in Excel and save it again.",
        "d.xlsx, row 5, column age, patient P3: 300 is out of range. It must be from 18 to 100.",
    ]
    assert faults(write(tmp_path, study("d.xlsx", sheet="Patient"))) == [
        "d.xlsx: There is no sheet Patient. Did you mean Patients?"
    ]
    assert faults(write(tmp_path, study("d.xlsx"))) == [
        "d.xlsx: The file has 2 sheets: Notes and Patients. Say in study.yml which one to read (sheet: name)."
    ]


def test_a_file_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    for name in ("d.xlsx", "d.parquet", "d.sas7bdat", "d.xpt", "d.sav", "d.dta"):
        (tmp_path / name).write_bytes(b"no such file, but long enough to be read as one" * 20)
        (said,) = faults(write(tmp_path, study(name)))
        assert said.startswith(f"{name}: The file cannot be read as "), said


@pytest.mark.parametrize("name, package", [("d.xlsx", "openpyxl"), ("d.parquet", "pyarrow"), ("d.sav", "pyreadstat")])
def test_a_package_that_is_missing_gives_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    (tmp_path / name).write_bytes(b"x")
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setitem(sys.modules, f"{package}.parquet", None)
    (said,) = faults(write(tmp_path, study(name)))
    assert said.endswith(f"Install it (pip install {package}), or save the data as csv.")


def test_a_point_where_commas_are_declared(tmp_path: Path) -> None:
    as_csv(lambda text: text.replace("81,25", "81.25"), sep=";", decimal=",")(tmp_path / "d.csv")
    (said,) = faults(write(tmp_path, study("d.csv", delimiter=";", decimal=",")))
    assert said.startswith("d.csv, line 3, column weight: 81.25 has a point, but decimals have a comma in this file.")


# Shaping ----------------------------------------------------------------------------------------------------------


def shaped(tmp_path: Path) -> dict[str, Any]:
    words(True).assign(entered=ENTERED, seen=[day + dt.timedelta(days=9) for day in ENTERED]).to_csv(
        tmp_path / "d.csv", index=False
    )
    about = study(
        "d.csv",
        recode={"sex": {1: "male", 2: "female"}, "age": {33: None}},
        derive={"heavy": "weight > 80", "days": "seen - entered", "sum": "pain_0 + pain_6"},
        where={"sex": ["male", "female"], "id": ["P1", "P2", "P3", "P4", "P5"]},
    )
    about["files"]["people"]["columns"] |= {
        "age": {"type": "integer", "missing_allowed": True},
        "heavy": {"type": "category", "levels": {"yes": "Yes", "no": "No"}, "missing_allowed": True},
        "days": {"type": "integer"},
        "sum": {"type": "number", "missing_allowed": True},
    }
    about["files"]["visits"] = {
        "path": "d.csv",
        "key": ["id", "timepoint"],
        "where": {"id": ["P1", "P2", "P3", "P4", "P5"]},
        "wide": {"pain": {"start": "pain_0", "half": "pain_6"}},
        "columns": {
            "id": {"type": "text", "role": "patient"},
            "pain": {"type": "integer", "range": [0, 10], "missing_allowed": True},
        },
    }
    return about


def test_recode_derive_where_and_wide(tmp_path: Path) -> None:
    _, data = load_folder(write(tmp_path, shaped(tmp_path)))
    people, visits = data.frames["people"], data.frames["visits"]
    assert people["id"].tolist() == ["P1", "P2", "P3", "P4", "P5"]
    assert people["sex"].tolist() == ["male", "female", "female", "male", "male"]
    assert people["age"].isna().tolist() == [False, False, False, True, False]
    assert people["heavy"].fillna("").tolist() == ["no", "yes", "", "no", "yes"]
    assert people["days"].tolist() == [9.0] * 5
    assert people["sum"].fillna(-1).tolist() == [9, 8, 13, 6, -1]
    rows = visits[["id", "timepoint", "pain"]].fillna(-1).values.tolist()
    assert rows[:4] == [["P1", "start", 5], ["P1", "half", 4], ["P2", "start", 6], ["P2", "half", 2]]
    assert len(rows) == 10 and rows[9] == ["P5", "half", -1]


def test_a_fault_in_a_wide_file_names_its_own_column_and_line(tmp_path: Path) -> None:
    about = shaped(tmp_path)
    about["files"]["visits"]["columns"]["pain"]["range"] = [2, 10]
    assert faults(write(tmp_path, about)) == [
        "d.csv, line 5, column pain_6, patient P4: 1.0 is out of range. It must be from 2 to 10."
    ]


def test_faults_of_shaping_come_at_once(tmp_path: Path) -> None:
    about = shaped(tmp_path)
    people, visits = about["files"]["people"], about["files"]["visits"]
    people["derive"] |= {"heavy": "wieght > 80", "days": "sex / 2", "age": "1"}
    people["recode"]["sx"] = {1: "male"}
    visits["wide"]["pain"]["half"] = "pain_7"
    visits["where"]["id"] = ["P77"]
    said = faults(write(tmp_path, about))
    assert [one.replace("study.yml, ", "") for one in said] == [
        "files.people.recode: The file has no column sx. Did you mean sex?",
        "files.people.derive.heavy: There is no column wieght. Did you mean weight?",
        "files.people.derive.days, d.csv, line 2: sex is not a number here: male. Recode or correct the column.",
        "files.people.derive.age: The file has a column age already. Give the new one another name.",
        "files.visits.where.id: No row has P77 in id. Cells there are P1, P2, P3, P4, P5.",
        "files.visits.wide.pain.half: The file has no column pain_7. Did you mean pain_6?",
    ]


def test_a_time_that_a_wide_column_lacks_is_told(tmp_path: Path) -> None:
    about = shaped(tmp_path)
    visits = about["files"]["visits"]
    visits["wide"]["weight"] = {"start": "weight"}
    visits["columns"]["weight"] = {"type": "number"}
    (said,) = faults(write(tmp_path, about))
    assert said.endswith(
        "files.visits.columns.weight.missing_allowed: weight has no column for half, "
        "so that its cells there are missing. "
        "Write missing_allowed: true."
    )


COLUMNS = {
    "a": ["1", "2", "", "-4"],
    "b": ["2", "0.5", "3", "NA"],
    "y": ["yes", "no", "", "yes"],
    "t": ["I", "II", "III", ""],
    "day": ["2020-02-28", "2020-03-01", "", "2021-01-01"],
    "odd name.1": ["1", "1", "1", "1"],
}


@pytest.mark.parametrize(
    "text, cells",
    [
        ("a + b * 2", ["5", "3", "", ""]),
        ("-a ** 2", ["-1", "-4", "", "-16"]),
        ("a / 3", [repr(1 / 3), repr(2 / 3), "", repr(-4 / 3)]),
        ("a // 2 + a % 2", ["1", "1", "", "-2"]),
        ("0 < a <= 1", ["yes", "no", "", "no"]),
        ("y and a > 0", ["yes", "no", "", "no"]),
        ("y or a > 0", ["yes", "yes", "", "yes"]),
        ("not y", ["no", "yes", "", "no"]),
        ('y == "yes"', ["yes", "no", "", "yes"]),
        ('t in ["I", "II"]', ["yes", "yes", "no", ""]),
        ('"early" if t == "I" else "late"', ["early", "late", "late", ""]),
        ('day >= "2020-03-01"', ["no", "yes", "", "yes"]),
        ("`odd name.1` + row_number", ["2", "3", "4", "5"]),
        ("a is missing", ["no", "no", "yes", "no"]),
        ("t is not missing", ["yes", "yes", "yes", "no"]),
        ("missing(a + b)", ["no", "no", "yes", "yes"]),
        ('"none" if day is missing else "some" if not missing(b) else "few"', ["some", "some", "none", "few"]),
    ],
)
def test_expressions(text: str, cells: list[str]) -> None:
    assert evaluate(parse(text), COLUMNS, 4, ("", "NA")) == cells


@pytest.mark.parametrize(
    "text, said",
    [
        ("exp(a)", "An expression cannot call a function."),
        ("__import__('os').system('x')", "An expression cannot call a function."),
        ("a.real", "a.real is not a name."),
        ("a = 1", "This is not an expression: invalid syntax"),
        ("[x for x in a]", "[x for x in a] has no place in an expression."),
        ("lambda: 1", "lambda: 1 has no place in an expression."),
        ("a[0]", "a[0] has no place in an expression."),
        ("f'{a}'", "has no place in an expression."),
        ("a is 1", "is has no place in an expression."),
        ("a is none", "is has no place in an expression."),
        ("missing(a, b)", "An expression cannot call a function."),
        ("missing(nothing)", "There is no column nothing."),
        ("a == True", "True is no value here."),
        ("(" * 300 + "a" + ")" * 300, "This is not an expression"),
        ("-" * 900 + "a", "The expression is nested too deeply."),
        ("a" * 2000, "The expression is too long."),
        ("a / 0", "a / 0 has no value for 1 and 0."),
        ("9 ** 9 ** 9", "has no value for 9 and"),
        ("a > t", "t is a text and a is a number."),
        ("day + 1", "day + 1 cannot be computed with dates."),
        ("t and y", "t is neither yes nor no, but I."),
        ("nothing", "There is no column nothing."),
    ],
)
def test_faults_of_expressions(text: str, said: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(parse(text), COLUMNS, 4, ("", "NA"))
    assert said in caught.value.what


# prepare.py -------------------------------------------------------------------------------------------------------

GOOD = """
def prepare(tables):
    people = tables["people"]
    people["age"] = people["age"].astype(int) + 1
    return {"people": people[people["id"] != "P6"]}
"""


def prepared(tmp_path: Path, script: str) -> Path:
    words().to_csv(tmp_path / "d.csv", index=False)
    (tmp_path / "prepare.py").write_text(script, encoding="utf-8")
    return write(tmp_path, study("d.csv") | {"prepare": "prepare.py"})


def test_prepare_changes_the_tables_and_is_in_the_results(tmp_path: Path) -> None:
    folder = prepared(tmp_path, GOOD)
    _, data = load_folder(folder)
    assert data.frames["people"]["age"].tolist() == [41, 52, 63, 34, 45]
    inputs = {one["file"]: one for one in analyse_folder(folder).document["inputs"]}
    assert inputs["prepare.py"]["sha256"] == hashlib.sha256(GOOD.encode()).hexdigest()
    assert inputs["d.csv"]["rows"] == 5
    prepared(tmp_path, GOOD.replace("+ 1", "+ 60"))
    assert faults(folder) == [
        "people of prepare.py, row 2, column age, patient P2: 111 is out of range. It must be from 18 to 100.",
        "people of prepare.py, row 3, column age, patient P3: 122 is out of range. It must be from 18 to 100.",
        "people of prepare.py, row 5, column age, patient P5: 104 is out of range. It must be from 18 to 100.",
    ]


@pytest.mark.parametrize(
    "script, said",
    [
        (
            "def prepare(tables):\n    return 1\n",
            "prepare.py: The function prepare returned int, not a dict of tables.",
        ),
        ("x = 1\n", "prepare.py: There is no function prepare."),
        ("def prepare(tables):\n    return {}\n", "prepare.py: The function prepare did not return the table people."),
        (
            "def prepare(tables):\n    tables['people']['agee']\n",
            "prepare.py, line 2: The script stopped with KeyError: 'agee'. Correct the script.",
        ),
        ("def prepare(tables):\n    return (\n", "prepare.py, line 2: The script stopped with SyntaxError:"),
        ("raise SystemExit(3)\n", "prepare.py, line 1: The script stopped with SystemExit: 3."),
    ],
)
def test_faults_of_prepare(tmp_path: Path, script: str, said: str) -> None:
    (first,) = faults(prepared(tmp_path, script))
    assert first.startswith(said)


def test_what_is_to_be_filled_in_is_named_at_once(tmp_path: Path) -> None:
    words().to_csv(tmp_path / "d.csv", index=False)
    about = study("d.csv") | {"title": "FILL IN: the title", "reference_arm": "FILL IN: a key of arms"}
    about["design"]["allocation"] = "FILL IN: randomised or non-randomised"
    said = faults(write(tmp_path, about))
    assert [one.partition(": ")[2] for one in said] == [
        "This is still to be filled in. Wanted: the title.",
        "This is still to be filled in. Wanted: randomised or non-randomised.",
        "This is still to be filled in. Wanted: a key of arms.",
    ]
