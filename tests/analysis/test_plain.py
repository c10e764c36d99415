"""The quick reader gives what the careful one gives, or nothing: on the studies, and on files of every odd cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import load, plain
from analysis.patients import numbered
from analysis.plain import read_plain
from analysis.study import DataFile, read_study

STUDIES = Path(__file__).parents[2] / "data"

COLUMNS: dict[str, Any] = {
    "id": {"type": "text", "role": "patient"},
    "arm": {"type": "category", "role": "arm", "levels": {"O": "old", "N": "new"}},
    "whole": {"type": "integer", "range": [0, 100]},
    "some": {"type": "integer", "missing_allowed": True},
    "number": {"type": "number", "missing_allowed": True},
    "step": {"type": "number", "step": 0.5},
    "value": {"type": "number", "values": [1, 2.5], "missing_allowed": True},
    "order": {"type": "category", "role": "sequence", "levels": {"1": "new_old", "1.0": "old_new"}},
    "sex": {"type": "category", "levels": {"m": "Male", "f": "Female"}, "missing_allowed": True},
    "day": {"type": "date", "missing_allowed": True},
    "note": {"type": "text", "missing_allowed": True},
}
GOOD = {
    "id": ["P1", "P2", "Ärzte 3"],
    "arm": ["O", "N"],
    "whole": ["1", "42", "100", "7.0", "8.", "+9"],
    "some": ["", "NA", "5", "-3", "5.00"],
    "number": ["1.5", "", "NA", "1e3", ".5", "-2.", "0.1", "123456789.123456789", "2.2250738585072011e-308"],
    "step": ["0.5", "3", "-1.5"],
    "value": ["1", "2.5", "2.50", ""],
    "order": ["1", "1.0"],
    "sex": ["m", "f", "", "NA"],
    "day": ["2020-02-29", "", "NA", "1999-12-31"],
    "note": ["", "well", "a b", "NA", "é", "TRUE", "nan"],
}
ODD = ["nan", "NaN", "inf", "-Infinity", "TRUE", "false", "1e3", "1E5", "5.5", "1e400", "1_0", "0x1", "x", " 1", "1 ",
       "\u00a0m", "2020-02-30", "2020-2-3", "2500-01-01", "O ", "m\tf", "\ue000", "\x07", "\x85", "1,5", "0.25", "101",
       "", "NA", "None", "null", "N/A", "-", "+", "½", "١", '"m"', '"1"', '"a,b"', '"a""b"', '"a\nb"', 'a"b', "\u2028",
       "a\r"]  # fmt: skip


def file_of(columns: dict[str, Any]) -> DataFile:
    return DataFile.model_validate({"path": "d.csv", "key": ["id"], "columns": columns})


def carefully(tmp_path: Path, file: DataFile, raw: bytes) -> tuple[pd.DataFrame | None, list[Any]]:
    """The frame by the reader of texts, and the faults of the file's form and cells."""
    (tmp_path / "d.csv").write_bytes(raw)
    table, _, faults = load.read_table(tmp_path / "d.csv", "d.csv", load.Form(None, None, "."))
    if table is None:
        return None, faults
    loaded = load.Loaded(table.frame(), "d.csv")
    faults += load._check_header(file, table.header, loaded) + load._check_rows(file, loaded)
    if faults:
        return None, faults
    frame = load._declared(file, loaded.frame)
    return load._typed(file, frame), load._check_cells(file, frame, load.Origin("d.csv"))


def test_the_studies_are_read_plainly_and_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in sorted(one.parent for one in STUDIES.glob("*/study.yml")):
        study, _ = read_study(folder)
        assert study is not None
        quick = load._read_plain(study, study.files)
        with monkeypatch.context() as patched:
            patched.setattr(load, "_read_plain", lambda *_: {})
            data = load.load_data(study)
        for key, (frame, digest) in quick.items():
            pd.testing.assert_frame_equal(frame, data.frames[key])
            assert digest == data.sha256[key]
        shaped = {key for key, one in study.files.items() if one.recode or one.derive or one.where or one.wide}
        assert set(quick) == set(study.files) - shaped or study.prepare


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.data())
def test_what_is_read_plainly_is_right(tmp_path: Path, chosen: st.DataObject) -> None:
    names = ["id", "arm", *chosen.draw(st.lists(st.sampled_from(sorted(set(COLUMNS) - {"id", "arm"})), unique=True))]
    rows = [
        [chosen.draw(st.sampled_from(GOOD[name])) for name in names]
        for _ in range(chosen.draw(st.integers(0, 4)))
    ]  # fmt: skip
    if rows and chosen.draw(st.booleans()):
        row = chosen.draw(st.sampled_from(rows))
        row[chosen.draw(st.integers(0, len(names) - 1))] = chosen.draw(st.sampled_from(ODD))
    end = chosen.draw(st.sampled_from(["\n", "\r\n", "\n\n", "\r"]))
    first = chosen.draw(st.sampled_from(["", "", "", "\ufeff", "\n", "  \n"]))
    quoted = chosen.draw(st.booleans())
    lines = [names, *rows]
    text = first + end.join(",".join(f'"{one}"' if quoted and '"' not in one else one for one in row) for row in lines)
    raw = (text + chosen.draw(st.sampled_from(["", end, end * 2, ",", "x"]))).encode()
    file = file_of({name: COLUMNS[name] for name in names})
    found = read_plain(raw, file, ",", load._judge)
    frame, faults = carefully(tmp_path, file, raw)
    if found is not None:
        assert faults == []
        pd.testing.assert_frame_equal(found, frame)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", '"'])
def test_a_file_without_faults_is_read_plainly(tmp_path: Path, end: str, mark: str) -> None:
    """With and without quotation marks, as R writes them, every kind of good cell."""
    count = max(len(cells) for cells in GOOD.values())
    rows = [list(GOOD), *([GOOD[name][i % len(GOOD[name])] for name in GOOD] for i in range(count))]
    raw = end.join(",".join(f"{mark}{cell}{mark}" for cell in row) for row in rows).encode()
    file = file_of(COLUMNS)
    found = read_plain(raw, file, ",", load._judge)
    assert found is not None
    frame, faults = carefully(tmp_path, file, raw)
    assert faults == []
    pd.testing.assert_frame_equal(found, frame)


def test_numbers_are_the_nearest_ones() -> None:
    chance = np.random.default_rng(1)
    numbers = [*chance.normal(0, 1e3, 5000), *(chance.random(5000) * 10.0 ** chance.integers(-300, 300, 5000))]
    cells = [repr(float(one)) for one in numbers] + [f"{one:.25f}" for one in numbers[:2000]]
    raw = "id,x\n" + "".join(f"P{i},{cell}\n" for i, cell in enumerate(cells))
    found = read_plain(raw.encode(), file_of({"x": {"type": "number"}}), ",", load._judge)
    assert found is not None
    assert found["x"].tolist() == [float(cell) for cell in cells]


@pytest.mark.parametrize("cell", ["1E5", "TRUE", "5.5", "-0x1", "nan", "inf", ""])
def test_what_pandas_takes_for_a_whole_number_is_none(cell: str) -> None:
    raw = f"id,x\nP1,{cell}\nP2,{cell}\n".encode()
    assert read_plain(raw, file_of({"x": {"type": "integer"}}), ",", load._judge) is None


def test_names_that_are_numbers_further_below_stay_texts() -> None:
    """pandas reads a large file in pieces: what it takes for numbers, or for truth, in one of them, must stay text."""
    for cells in (["007"], ["TRUE"], ["1.50"], ["TRUE", "False"], ["NA", ""]):
        names = [f"P{i}" for i in range(300_000)] + [cells[i % len(cells)] for i in range(300_000)]
        raw = "id,x\n" + "".join(f"{name},1\n" for name in names)
        columns = {"id": {"type": "text", "missing_allowed": True}, "x": {"type": "number"}}
        found = read_plain(raw.encode(), file_of(columns), ",", load._judge)
        assert found is not None
        expected = [name if name not in ("NA", "") else None for name in names]
        pd.testing.assert_series_equal(found["id"].reset_index(drop=True), pd.Series(expected, dtype="str", name="id"))


@pytest.mark.parametrize("at", [1, 2000, 3999])
def test_a_line_of_another_length_is_seen_wherever_it_stands(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """In pieces of the file too, and where two lines make up for each other."""
    monkeypatch.setattr(plain, "BLOCK", 64)
    lines = [f"P{i},{i}" for i in range(4000)]
    file = file_of({"x": {"type": "number"}})
    assert read_plain("\n".join(["id,x", *lines]).encode(), file, ",", load._judge) is not None
    for odd in ("P", "P,1,2", "P,1\x07", "P,1e5000", "P,"):
        raw = "\n".join(["id,x", *lines[:at], odd, *lines[at + 1 :]])
        assert read_plain(raw.encode(), file, ",", load._judge) is None
    raw = "\n".join(["id,x", *lines[: at - 1], "P", "P,1,2", *lines[at + 1 :]])
    assert read_plain(raw.encode(), file, ",", load._judge) is None


def test_patients_become_their_places() -> None:
    """Numbered, the data give the same results; a patient who is no participant is -1."""
    study, _ = read_study(STUDIES / "nmosd")
    assert study is not None
    data = load.load_data(study)
    made = numbered(study, data)
    people = study.participants
    column = str(study.files[people].role("patient"))
    assert made.frames[people][column].tolist() == list(range(len(data.frames[people])))
    names = data.frames[people][column].tolist()
    for key, frame in made.frames.items():
        own = str(study.files[key].role("patient"))
        assert [names[place] for place in frame[own]] == data.frames[key][own].tolist()
    alone = data.frames["visits"].iloc[:1].assign(**{str(study.files["visits"].role("patient")): "nobody"})
    stranger = numbered(study, load.StudyData({**data.frames, "visits": alone}))
    assert stranger.frames["visits"].iloc[0, 0] == -1
