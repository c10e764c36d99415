"""Bad input: the answer to each mistake, word for word (see __snapshots__), and that nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

Small = Any
Change = Callable[[Small], object]


def at(small: Small, *path: Any) -> Any:
    """A part of the study file by its path."""
    value = small.study
    for key in path:
        value = value[key]
    return value


def put(*path: Any) -> Change:
    """A change of the study file: the last of `path` is the value, what precedes it the place."""

    def change(small: Small) -> None:
        at(small, *path[:-2])[path[-2]] = path[-1]

    return change


def drop(*path: Any) -> Change:
    return lambda small: at(small, *path[:-1]).pop(path[-1])


def cell(table: str, old: str, new: str) -> Change:
    return lambda small: small.swap(table, old, new)


def table(name: str, text: str) -> Change:
    return lambda small: small.tables.__setitem__(name, text)


COLUMNS = ("files", "people", "columns")

DATA: dict[str, Change] = {
    "missing_file": lambda small: small.tables.pop("visits"),
    "missing_column": cell("visits", "id,visit,date,adl,edss", "id,visit,date,adl,EDS"),
    "column_twice": table("attacks", "id,day,day\nP1,20,20\n"),
    "arm_unknown": cell("people", "P5,N,", "P5,X,"),
    "arm_case": cell("people", "P5,N,", "P5,n,"),
    "no_patient_in_an_arm": lambda small: small.tables.__setitem__(
        "people", small.tables["people"].replace(",N,", ",O,")
    ),
    "level_unknown": cell("people", "P4,O,29,55,f,III", "P4,O,29,55,f,IIII"),
    "out_of_range": cell("people", "P3,O,61,", "P3,O,161,"),
    "edss_of_0.5": cell("visits", "P5,half,2018-12-01,90,2", "P5,half,2018-12-01,90,0.5"),
    "not_a_step": cell("visits", "P5,half,2018-12-01,90,2", "P5,half,2018-12-01,91,2"),
    "not_a_number": cell("people", "61.5", "61 kg"),
    "decimal_comma": cell("people", "61.5", '"61,5"'),
    "not_an_integer": cell("people", "P3,O,61,", "P3,O,61.5,"),
    "not_finite": cell("people", "61.5", "1e999"),
    "nan_in_words": cell("people", "61.5", "nan"),
    "empty_cell": cell("people", "P3,O,61,", "P3,O,,"),
    "patient_twice": cell("people", "P2,O,45", "P1,O,45"),
    "visit_twice": cell("visits", "P2,half,2018-09-01", "P2,start,2018-09-01"),
    "event_twice": cell("attacks", "P2,184", "P2,183"),
    "stranger": cell("visits", "P7,half,,,", "P17,half,,,"),
    "stranger_by_case": cell("attacks", "P4,390", "p4,390"),
    "enrolled_too_early": cell("people", "2018-02-01,yes", "2017-02-01,yes"),
    "enrolled_too_late": cell("people", "2018-02-01,yes", "2020-02-01,yes"),
    "visit_before_enrolment": cell("visits", "P2,start,2018-03-01", "P2,start,2018-02-28"),
    "visit_after_the_paper": cell("visits", "P2,half,2018-09-01", "P2,half,2021-09-01"),
    "visits_out_of_order": cell("visits", "P2,start,2018-03-01", "P2,start,2018-10-01"),
    "impossible_date": cell("visits", "2018-09-01,60", "2018-09-31,60"),
    "date_the_other_way": cell("visits", "2018-09-01,60", "01.09.2018,60"),
    "event_after_followup": cell("attacks", "P7,90", "P7,101"),
    "reason_without_stopping": cell("people", "yes,no,,365,\nP6", "yes,no,tired,365,\nP6"),
    "ragged_row": cell("attacks", "P2,184", "P2,184,9"),
    "short_row": cell("attacks", "P2,184", "P2"),
    "open_quote": cell("attacks", "P2,184", '"P2,184'),
    "header_only": table("people", "id,group,age,weight,sex,stage,start,received,stopped,why,days,lost\n"),
    "empty_file": table("visits", ""),
    "blank_file": table("visits", "\n\n  \n"),
    "semicolons": table("attacks", "id;day\nP1;20\n"),
    "private_use_character": cell("people", "yes,rash,365", "yes,rash\ue000,365"),
    "control_character": cell("people", "yes,rash,365", "yes,rash\x07,365"),
    "impossible_excluded": lambda small: at(small, "design").update(
        eligible_identified=10, excluded=[{"reason": "declined", "n": 1}]
    ),
    "fewer_identified_than_included": lambda small: at(small, "design").update(eligible_identified=5),
}

STUDY: dict[str, Change] = {
    "missing_allocation": drop("design", "allocation"),
    "missing_title": drop("title"),
    "missing_in_a_part": drop("arms", "new", "short"),
    "unknown_key": lambda small: small.study.update(reference_arms=small.study.pop("reference_arm")),
    "unknown_key_deep": put("outcomes", "adl", "timepoint", ["half"]),
    "wrong_type_text": put("title", 12),
    "wrong_type_number": put("timepoints", "half", "month", "six"),
    "wrong_type_list": put("authors", "A. Author"),
    "wrong_type_group": put("design", "parallel"),
    "yes_without_quotes": put("design", "blinding", {"participants": True}),
    "wrong_choice": put("outcomes", "adl", "kind", "continous"),
    "empty_text": put("title", " "),
    "bad_date": put("dates", "document", "2020-13-01"),
    "bad_range": put(*COLUMNS, "age", "range", [100, 18]),
    "bad_orcid": put("authors", 0, "orcid", "1234"),
    "bad_level": put("analysis", {"ci_level": 95}),
    "reference_arm_unknown": put("reference_arm", "odl"),
    "arm_level_unknown": put(*COLUMNS, "group", "levels", {"O": "old", "N": "newer"}),
    "timepoint_unknown": put("outcomes", "adl", "timepoints", ["start", "hald"]),
    "outcome_column_unknown": put("outcomes", "edss", "column", "visits.esdd"),
    "outcome_file_unknown": put("outcomes", "attack", "file", "atacks"),
    "baseline_column_unknown": put("baseline", 0, "column", "aeg"),
    "baseline_level_unknown": put("baseline", 2, "show", ["female"]),
    "baseline_twice": put("baseline", 1, "column", "age"),
    "baseline_neither": put("baseline", 1, {"summary": "mean"}),
    "baseline_mean_of_a_category": put("baseline", 2, {"column": "sex", "summary": "mean"}),
    "population_unknown": put("outcomes", "adl", "population", "treated"),
    "population_column_unknown": put("populations", {"all": {"label": "all", "where": {"recieved": ["yes"]}}}),
    "window_missing": drop("timepoints", "year", "window_days"),
    "followup_missing": drop(*COLUMNS, "days", "role"),
    "arm_role_missing": drop(*COLUMNS, "group", "role"),
    "roles_twice": put(*COLUMNS, "sex", "role", "received"),
    "stopped_levels": put(*COLUMNS, "stopped", "levels", {"1": "Yes", "0": "No"}),
    "key_unknown": put("files", "attacks", "key", ["id", "dya"]),
    "no_levels": drop(*COLUMNS, "sex", "levels"),
    "first_timepoint_later": put("timepoints", "start", "month", 1),
    "timepoints_out_of_order": put("timepoints", "year", "month", 3),
    "randomised_by_routine": put("design", "allocation", "randomised"),
    "affiliation_unknown": put("authors", 0, "affiliations", ["neurology"]),
    "no_corresponding_author": drop("authors", 0, "corresponding"),
    "text_file_missing": put("text", {"introduction": "text/introduction.md"}),
    "references_missing": put("references", "references.bib"),
    "cited_without_references": put("outcomes", "adl", "cite", "mahoney1965"),
    "quoted_without_references": put("quoted", {"rate": {"cite": "wu2022", "text": "0.41", "where": "abstract"}}),
    "path_up": put("files", "visits", "path", "../visits.csv"),
    "path_up_inside": put("files", "visits", "path", "data/../../visits.csv"),
    "path_absolute": put("files", "visits", "path", "/etc/passwd"),
    "path_windows": put("files", "visits", "path", "C:\\data\\visits.csv"),
    "text_path_up": put("text", {"introduction": "../introduction.md"}),
    "references_path_up": put("references", "../references.bib"),
    "control_character": put("title", "A study\x07"),
    "private_use_character": put("arms", "new", "label", "New \ue000"),
    "arm_named_total": lambda small: small.study["arms"].update(total=small.study["arms"]["new"]),
    "key_with_a_dot": lambda small: small.study["outcomes"].update({"a.b": small.study["outcomes"]["adl"]}),
    "term_named_any": put(
        "files", "events", "columns", "term", "levels", {"any": "Any", "rash": "Rash", "pain": "Pain"}
    ),
    "values_of_a_text": put(*COLUMNS, "why", "values", [1, 2]),
    "term_not_text": put("terms", [6]),
    "constant_of_a_list": put("constants", {"dose": {"value": [1], "source": "here"}}),
    "constant_without_source": put("constants", {"dose": {"value": 2}}),
}

FORM: dict[str, bytes | None] = {
    "no_study_file": None,
    "empty": b"",
    "comment_only": b"# nothing\n",
    "a_list": b"- a\n- b\n",
    "bad_yaml": b"everynumber: 1\ntitle: [a\ndata: real\n",
    "tab": b"everynumber: 1\ndesign:\n\tallocation: randomised\n",
    "utf16": "everynumber: 1\n".encode("utf-16"),
    "latin1": "everynumber: 1\ntitle: Über\n".encode("latin-1"),
    "nul": b"everynumber: 1\ntitle: a\0b\n",
    "control": b"everynumber: 1\ntitle: a\x07b\n",
    "endless_alias": b"everynumber: &a [*a]\n",
}


def check(small: Small, change: Change, snapshot: SnapshotAssertion) -> None:
    change(small)
    assert small.faults() == snapshot


@pytest.mark.parametrize("name", DATA)
def test_bad_data(small: Small, name: str, snapshot: SnapshotAssertion) -> None:
    check(small, DATA[name], snapshot)


@pytest.mark.parametrize("name", STUDY)
def test_bad_study(small: Small, name: str, snapshot: SnapshotAssertion) -> None:
    check(small, STUDY[name], snapshot)


def study_faults(folder: Path) -> list[str]:
    from analysis.faults import StudyError
    from analysis.study import load_study

    with pytest.raises(StudyError) as caught:
        load_study(folder)
    return [str(fault).replace(str(folder), "FOLDER") for fault in caught.value.faults]


@pytest.mark.parametrize("name", FORM)
def test_bad_form(tmp_path: Path, name: str, snapshot: SnapshotAssertion) -> None:
    content = FORM[name]
    if content is not None:
        (tmp_path / "study.yml").write_bytes(content)
    assert study_faults(tmp_path) == snapshot


def test_key_twice(small: Small, snapshot: SnapshotAssertion) -> None:
    file = small.write() / "study.yml"
    file.write_text(file.read_text() + "title: another\narms: {}\n")
    assert study_faults(small.folder) == snapshot


def test_no_folder(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    assert study_faults(tmp_path / "none") == snapshot


def test_a_file_for_a_folder(small: Small, snapshot: SnapshotAssertion) -> None:
    assert study_faults(small.write() / "study.yml") == snapshot


def test_link_out_of_the_folder(small: Small, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("id,day\nP1,20\n")
    small.write()
    (small.folder / "attacks.csv").unlink()
    (small.folder / "attacks.csv").symlink_to(secret)
    del small.tables["attacks"]
    assert small.faults() == snapshot


def test_link_inside_the_folder_is_good(small: Small) -> None:
    from analysis.load import load_folder

    small.write()
    (small.folder / "attacks.csv").rename(small.folder / "real.csv")
    (small.folder / "attacks.csv").symlink_to("real.csv")
    load_folder(small.folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("latin1", "id,day\nP1,20\nPü,21\n".encode("latin-1")),
        ("utf16", "id,day\n".encode("utf-16")),
        ("nul", b"id,day\nP1,2\0\n"),
    ],
    ids=["latin1", "utf16", "nul"],
)
def test_csv_in_another_encoding(small: Small, name: str, content: bytes, snapshot: SnapshotAssertion) -> None:
    small.write()
    (small.folder / "attacks.csv").write_bytes(content)
    del small.tables["attacks"]
    assert small.faults() == snapshot


def test_byte_order_mark_is_good(small: Small) -> None:
    from analysis.pipeline import analyse_folder

    plain = analyse_folder(small.write())
    for name in ("people.csv", "study.yml"):
        file = small.folder / name
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    marked = analyse_folder(small.folder)
    assert marked.statistics == plain.statistics


def test_all_faults_at_once(small: Small, snapshot: SnapshotAssertion) -> None:
    """Faults of the study file and of three csv files, in one go and in order of the files."""
    put("refrence", 1)(small)
    put("design", "allocation", "random")(small)
    put("reference_arm", "odl")(small)
    DATA["edss_of_0.5"](small)
    DATA["out_of_range"](small)
    DATA["arm_unknown"](small)
    cell("attacks", "P2,184", "P2,x")(small)
    assert small.faults() == snapshot


def test_all_data_faults_at_once(small: Small, snapshot: SnapshotAssertion) -> None:
    for name in ("edss_of_0.5", "out_of_range", "event_after_followup", "stranger", "visit_before_enrolment"):
        DATA[name](small)
    small.tables["events"] = ""
    assert small.faults() == snapshot


def test_many_rows_are_counted(small: Small, snapshot: SnapshotAssertion) -> None:
    small.tables["attacks"] = "id,day\n" + "".join(f"P1,{900 + i}\n" for i in range(30))
    faults = small.faults()
    ranges = [fault for fault in faults if "out of range" in fault]
    assert len(ranges) == 20
    assert [fault for fault in faults if "more rows" in fault] == snapshot


def test_odd_texts_are_good(small: Small) -> None:
    """Markup of any kind is text; it comes through unchanged."""
    from analysis.pipeline import analyse_folder

    odd = 'a|b *c* <script>x</script> #read("x") {{ y }} \\back\\slash π 中文 é'
    small.swap("people", "yes,rash,365", 'yes,"' + odd.replace('"', '""') + '",365')
    put("arms", "new", "label", odd)(small)
    found = analyse_folder(small.write())
    assert odd in found.labels.values()
    assert found.study["arms"]["new"] == odd
