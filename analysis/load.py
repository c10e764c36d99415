"""Patient data: reads the csv files of a study and checks every cell, every key and every date.

Cells are read as text and judged as text, so that nothing is guessed: `NA` and the empty cell are missing, `0.5` is
not an EDSS score, `3,5` is not a number. The rules of a column (type, levels, range …) are pandera checks, run lazily;
what concerns several columns or files is checked here. All faults of all files come at once.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.faults import Fault, StudyError, listing, nearest, suggestion
from analysis.study import Column, DataFile, Study, bad_character, read_study
from analysis.yaml_file import decode_utf8

if TYPE_CHECKING:
    import pandas as pd

    Frame = pd.DataFrame
    Series = pd.Series[Any]

MOST_ROWS = 20
"""How many rows of one kind of fault are listed one by one."""

MISSING = ("", "NA")

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
_INTEGER = re.compile(r"[+-]?[0-9]+(\.0*)?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


@dataclass(frozen=True)
class StudyData:
    """The checked data of a study.

    Attributes:
        frames: one frame for each key of `files`, with the declared columns only. Numbers are float64 (NaN is
            missing), dates datetime64 (NaT), texts and categories str (NaN). A category holds its cells as they
            stand in the file, except in columns of role arm and timepoint, which hold the keys these stand for.
            The index is the line of the row in the csv file.
        sha256: SHA-256 of the bytes of each file, in hex, by key.
        rows: number of patients' rows of each file, by key.
    """

    frames: dict[str, Frame]
    sha256: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


def load_data(study: Study) -> StudyData:
    """Read and check the patient data of a study.

    Raises:
        StudyError: with every fault of every file.
    """
    data, faults = read_data(study)
    if faults:
        raise StudyError(faults)
    return data


def load_folder(folder: str | Path) -> tuple[Study, StudyData]:
    """Study and data of a folder, with the faults of both in one `StudyError`."""
    study, faults = read_study(folder)
    if study is None:
        raise StudyError(faults)
    data, more = read_data(study, passed={fault.where for fault in faults})
    if faults or more:
        raise StudyError([*faults, *more])
    return study, data


def read_data(study: Study, passed: set[str] | None = None) -> tuple[StudyData, list[Fault]]:
    """Like `load_data`, but faults are returned. With faults in the study file (`passed`) only cells are checked."""
    texts: dict[str, Frame] = {}
    faults: list[Fault] = []
    sha256: dict[str, str] = {}
    for key, file in study.files.items():
        frame, digest, found = _read_csv(study, file)
        faults += found
        sha256[key] = digest
        if frame is not None:
            texts[key] = frame
    frames: dict[str, Frame] = {}
    for key, frame in texts.items():
        file = study.files[key]
        patient = file.role("patient")
        found = _check_cells(file, frame, patient)
        faults += found
        frames[key] = _typed(file, frame)
        faults += _duplicates(file, frames[key], patient)
    if not passed:
        faults += _check_across(study, frames)
    order = {file.path: number for number, file in enumerate(study.files.values())}
    faults.sort(key=lambda fault: order.get(fault.where.split(", ")[0], len(order)))
    return StudyData(frames, sha256, {key: len(frame) for key, frame in frames.items()}), faults


# Reading --------------------------------------------------------------------------------------------------------


def _read_csv(study: Study, file: DataFile) -> tuple[Frame | None, str, list[Fault]]:
    """The declared columns of a csv file as text, indexed by line; columns that the file lacks are not in it."""
    import pandas as pd

    name = file.path
    path = study.path(name)
    if not path.is_file():
        return None, "", [Fault(name, "There is no such file.", "Put it in the study's folder or correct its path.")]
    try:
        raw = path.read_bytes()
    except OSError as error:
        return None, "", [Fault(name, f"The file cannot be read: {error.strerror or 'unknown reason'}.")]
    digest = hashlib.sha256(raw).hexdigest()
    text, faults = decode_utf8(raw, name)
    if faults:
        return None, digest, faults
    if not text.strip():
        return None, digest, [Fault(name, "The file is empty.", "It needs a line of column names and the data.")]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    lines: list[int] = []
    rows: list[list[str]] = []
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not cells or (len(cells) == 1 and not cells[0].strip()):
                continue
            if not header:
                header = [cell.strip() for cell in cells]
                continue
            if len(cells) != len(header):
                what = f"The row has {len(cells)} cells, but there are {len(header)} columns."
                cure = "Correct the row; a cell with a comma in it needs quotes."
                faults.append(Fault(f"{name}, line {line}", what, cure))
                continue
            lines.append(line)
            rows.append([cell.strip() for cell in cells])
    except csv.Error as error:
        what = f"The row cannot be read: {error}."
        return None, digest, [*faults, Fault(f"{name}, line {start}", what, "Look for a quotation mark that is not closed.")]
    if len(faults) > MOST_ROWS:
        more = len(faults) - MOST_ROWS
        faults = [*faults[:MOST_ROWS], Fault(name, f"{more} more rows have another number of cells than there are columns.")]
    faults += _check_header(file, header)
    if not rows and not faults:
        faults.append(Fault(name, "The file has column names, but no rows.", "Add the data, or take the file out of study.yml."))
    # an empty file of events is good data: no event happened
    if not rows and faults[-1:] and faults[-1].what.startswith("The file has column names") and _may_be_empty(study, file):
        faults.pop()
    frame = pd.DataFrame(rows, index=pd.Index(lines, name="line", dtype="int64"), columns=header, dtype=object)
    frame = frame.loc[:, ~frame.columns.duplicated()]
    return frame[[column for column in file.columns if column in frame]].copy(), digest, faults


def _may_be_empty(study: Study, file: DataFile) -> bool:
    return file.role("day") is not None or file.role("term") is not None


def _check_header(file: DataFile, header: list[str]) -> list[Fault]:
    where = f"{file.path}, line 1"
    faults = []
    if len(header) == 1 and len(file.columns) > 1:
        for mark, noun in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if mark in header[0]:
                return [Fault(where, f"The columns are separated by {noun}.", "Save the file with commas between the cells.")]
    for column in dict.fromkeys(header):
        if header.count(column) > 1 and column in file.columns:
            faults.append(Fault(where, f"The column {column} stands twice.", "Keep one of the two."))
    for column in file.columns:
        if column not in header:
            near = nearest(column, [one for one in header if one not in file.columns])
            cure = f"Did you mean {near}? Rename it in the file or in study.yml." if near else "Add it, or take it out of study.yml."
            faults.append(Fault(where, f"The column {column} is missing.", cure))
    return faults


# Cells ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rule:
    """One thing that every cell of a column must satisfy; `say` makes the sentence and the cure from a bad cell."""

    code: str
    holds: Callable[[str], bool]
    say: Callable[[str], tuple[str, str]]


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.match(cell)) and math.isfinite(float(cell))


def _is_date(cell: str) -> bool:
    if not _DATE.match(cell):
        return False
    try:
        return 1900 <= dt.date.fromisoformat(cell).year <= 2200
    except ValueError:
        return False


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def _rules(column: Column) -> list[_Rule]:
    """The rules of a column, each of which presupposes those before it."""
    if column.type == "text":
        return [_Rule("characters", lambda cell: not bad_character(cell), lambda c: (f"The text holds {bad_character(c)}.", "Remove it."))]
    if column.type == "category":
        levels = dict(column.levels or {})
        return [
            _Rule("level", levels.__contains__, lambda c: (f"{_cut(c)} is not one of the levels.", suggestion(c, levels, "level")))
        ]
    if column.type == "date":
        return [_Rule("date", _is_date, lambda c: (f"{_cut(c)} is not a date.", "Write a day of the calendar as 2016-04-21."))]
    rules = []
    if column.type == "integer":

        def say_integer(cell: str) -> tuple[str, str]:
            return f"{_cut(cell)} is not a whole number.", _number_cure(cell)

        rules.append(_Rule("integer", lambda cell: bool(_INTEGER.match(cell)) and _is_number(cell), say_integer))
    else:
        rules.append(_Rule("number", _is_number, lambda c: (f"{_cut(c)} is not a number.", _number_cure(c))))
    if column.range is not None:
        low, high = column.range

        def in_range(cell: str) -> bool:
            return low <= float(cell) <= high

        def say_range(cell: str) -> tuple[str, str]:
            unit = f" {column.unit}" if column.unit else ""
            return f"{cell} is out of range.", f"It must be from {_plain(low)} to {_plain(high)}{unit}."

        rules.append(_Rule("range", in_range, say_range))
    if column.values is not None:
        values = list(column.values)

        def say_value(cell: str) -> tuple[str, str]:
            near = sorted(sorted(values, key=lambda value: abs(value - float(cell)))[:2])
            return (
                f"{cell} is not one of the values that this column can have.",
                f"The nearest are {listing(_plain(value) for value in near)}.",
            )

        rules.append(_Rule("value", lambda cell: float(cell) in values, say_value))
    if column.step is not None:
        step = column.step

        def on_step(cell: str) -> bool:
            return abs(float(cell) / step - round(float(cell) / step)) < 1e-9

        rules.append(_Rule("step", on_step, lambda c: (f"{c} is not a multiple of {_plain(step)}.", "Check the score.")))
    return rules


def _cut(cell: str) -> str:
    """A cell as a message shows it: one line, not too long."""
    shown = "".join(" " if bad_character(char) or char in "\r\n" else char for char in cell)
    return shown if len(shown) <= 40 else shown[:37] + "..."


def _number_cure(cell: str) -> str:
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", cell):
        return "Write a point, not a comma, before the decimals."
    if re.fullmatch(r"[+-]?[0-9]*\.[0-9]+", cell):
        return "Correct the cell, or make the column type: number in study.yml."
    return "Write a number, or leave the cell empty where the value is missing."


def _check_cells(file: DataFile, frame: Frame, patient: str | None) -> list[Fault]:
    """Runs the rules of each column over its cells, through one lazy pandera schema."""
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    rules: dict[str, dict[str, _Rule]] = {}
    columns: dict[str, Any] = {}
    for name, column in file.columns.items():
        if name not in frame:
            continue
        rules[name] = {rule.code: rule for rule in _rules(column)}
        checks = [
            pa.Check(_reader(list(rules[name].values()), number), name=code)
            for number, code in enumerate(rules[name])
        ]
        if not column.missing_allowed:
            checks.append(pa.Check(lambda cells: ~cells.isin(MISSING), name="missing"))
        columns[name] = pa.Column(None, checks=checks)
    try:
        pa.DataFrameSchema(columns).validate(frame, lazy=True)
    except SchemaErrors as errors:
        bad: dict[tuple[str, str], list[int]] = {}
        for case in errors.failure_cases.itertuples(index=False):
            bad.setdefault((str(case.column), str(case.check)), []).append(int(case.index))
        faults: list[Fault] = []
        for (name, code), lines in bad.items():
            rule = rules[name].get(code)
            say = rule.say if rule else lambda cell: ("The cell is empty.", "Fill it in, or allow it in study.yml (missing_allowed: true).")
            faults += _rows(file, frame, patient, name, sorted(set(lines)), lambda line, n=name, s=say: s(str(frame.at[line, n])))
        return faults
    return []


def _reader(rules: list[_Rule], number: int) -> Callable[[Series], Series]:
    """Rule `number` as a check of a whole column; a cell that is missing or breaks an earlier rule passes."""

    def check(cells: Series) -> Series:
        verdicts: dict[Any, bool] = {}
        for cell in cells.unique():
            passes = cell in MISSING or any(not rule.holds(cell) for rule in rules[:number]) or rules[number].holds(cell)
            verdicts[cell] = passes
        return cells.map(verdicts).astype(bool)

    return check


def _rows(
    file: DataFile,
    frame: Frame,
    patient: str | None,
    column: str,
    lines: list[int],
    say: Callable[[int], tuple[str, str]],
) -> list[Fault]:
    """One fault for each of the first rows, and one that counts the rest."""
    faults = []
    for line in lines[:MOST_ROWS]:
        who = str(frame.at[line, patient]) if patient in frame else ""
        owner = f", patient {_cut(who)}" if who and who not in ("NA", "nan") else ""
        what, cure = say(line)
        faults.append(Fault(f"{file.path}, line {line}, column {column}{owner}", what, cure))
    if len(lines) > MOST_ROWS:
        more = len(lines) - MOST_ROWS
        noun = "row has" if more == 1 else "rows have"
        faults.append(Fault(f"{file.path}, column {column}", f"{more} more {noun} a fault of this kind.", "The first ones are listed above."))
    return faults


def _typed(file: DataFile, frame: Frame) -> Frame:
    """The frame with each column as its type; cells that are not of it become missing."""
    import numpy as np
    import pandas as pd

    typed: dict[str, Any] = {}
    for name, column in file.columns.items():
        if name not in frame:
            continue
        cells = frame[name]
        if column.type in ("integer", "number"):
            values = [float(cell) if _NUMBER.match(cell) else np.nan for cell in cells]
            typed[name] = pd.Series(values, index=frame.index, dtype="float64")
        elif column.type == "date":
            days = [cell if _is_date(cell) else None for cell in cells]
            typed[name] = pd.to_datetime(pd.Series(days, index=frame.index, dtype=object), format="%Y-%m-%d")
        else:
            kept = cells.where(~cells.isin(MISSING))
            if column.role in ("arm", "timepoint"):
                kept = cells.map(dict(column.levels or {}))
            elif column.type == "category":
                kept = cells.where(cells.isin(list(column.levels or {})))
            typed[name] = kept.astype("str")
    return pd.DataFrame(typed, index=frame.index)


# Keys, and what concerns several columns or files ---------------------------------------------------------------


def _duplicates(file: DataFile, frame: Frame, patient: str | None) -> list[Fault]:
    keys = [name for name in file.key if name in frame]
    if len(keys) != len(file.key):
        return []
    repeated = frame.duplicated(keys) & frame[keys].notna().all(axis=1)
    first = {tuple(row): line for line, row in zip(frame.index[::-1], frame[keys].iloc[::-1].itertuples(index=False), strict=True)}

    def say(line: int) -> tuple[str, str]:
        row = tuple(frame.loc[line, keys])
        if keys == [patient]:
            return f"This patient is here twice, first in line {first[row]}.", "Keep one row for each patient."
        return f"The same {listing(keys)} stand in line {first[row]}.", "Remove one of the two rows, or correct it."

    return _rows(file, frame, patient, "+".join(keys), [int(line) for line in frame.index[repeated]], say)


def _check_across(study: Study, frames: dict[str, Frame]) -> list[Fault]:
    main_key = study.participants
    if main_key not in frames:
        return []
    main, file = frames[main_key], study.files[main_key]
    faults = list(_check_participants(study, file, main))
    patient = file.role("patient")
    if patient is None or patient not in main:
        return faults
    people = main[main[patient].notna()].drop_duplicates(patient).set_index(patient)
    for key, frame in frames.items():
        if key != main_key:
            faults += _check_linked(study, study.files[key], frame, file, people)
    return faults


def _check_participants(study: Study, file: DataFile, main: Frame) -> Iterator[Fault]:
    patient = file.role("patient")
    arm = file.role("arm")
    if arm in main and main[arm].notna().any():
        for name in study.arms:
            if not (main[arm] == name).any():
                yield Fault(f"{file.path}, column {arm}", f"No patient is in the arm {name}.", "Check the levels of this column in study.yml.")
    enrolment = file.role("enrolment")
    if enrolment in main:
        start, end = str(study.dates.enrolment_start), str(study.dates.enrolment_end)
        days = main[enrolment]
        for late, bad, limit in ((False, days < start, start), (True, days > end, end)):
            side = "after the end" if late else "before the start"

            def say(line: int, side: str = side, limit: str = limit) -> tuple[str, str]:
                day = str(main.at[line, enrolment])[:10]
                return f"{day} is {side} of enrolment ({limit}).", "Correct the date, or dates in study.yml."

            yield from _rows(file, main, patient, str(enrolment), [int(line) for line in main.index[bad]], say)
    stopped, reason = file.role("stopped"), file.role("stop_reason")
    if stopped in main and reason in main:
        bad = (main[stopped] == "no") & main[reason].notna()
        yield from _rows(
            file,
            main,
            patient,
            str(reason),
            [int(line) for line in main.index[bad]],
            lambda line: (f"There is a reason for stopping, but {stopped} is no.", f"Correct {stopped} or remove the reason."),
        )


def _check_linked(study: Study, file: DataFile, frame: Frame, main: DataFile, people: Frame) -> list[Fault]:
    """Rows of another file against the patients they belong to."""
    patient = file.role("patient")
    if patient is None or patient not in frame:
        return []
    faults: list[Fault] = []
    named = frame[patient]
    unknown = named.notna() & ~named.isin(people.index)
    faults += _rows(
        file,
        frame,
        patient,
        patient,
        [int(line) for line in frame.index[unknown]],
        lambda line: (
            f"{_cut(str(named.at[line]))} is not among the participants ({main.path}).",
            _unknown_cure(str(named.at[line]), people),
        ),
    )
    enrolment, followup = main.role("enrolment"), main.role("followup")
    day, date = file.role("day"), file.role("date")
    if day in frame and followup in people:
        limit = named.map(people[followup])
        late = frame[day] > limit
        faults += _rows(
            file,
            frame,
            patient,
            str(day),
            [int(line) for line in frame.index[late]],
            lambda line: (
                f"Day {_plain(frame.at[line, day])} is after the patient's follow-up of {_plain(limit.at[line])} days.",
                f"Correct the day, or {followup} in {main.path}.",
            ),
        )
    others = [name for name, column in file.columns.items() if column.type == "date" and name in frame]
    for name in others:
        last = str(study.dates.document)
        future = frame[name] > last
        faults += _rows(
            file,
            frame,
            patient,
            name,
            [int(line) for line in frame.index[future]],
            lambda line, n=name: (f"{str(frame.at[line, n])[:10]} is after the date of the paper ({last}).", "Correct the date."),
        )
        if enrolment in people:
            began = named.map(people[enrolment])
            early = frame[name] < began
            faults += _rows(
                file,
                frame,
                patient,
                name,
                [int(line) for line in frame.index[early]],
                lambda line, n=name, b=began: (
                    f"{str(frame.at[line, n])[:10]} is before the patient's enrolment ({str(b.at[line])[:10]}).",
                    f"Correct the date, or {enrolment} in {main.path}.",
                ),
            )
    timepoint = file.role("timepoint")
    if date in frame and timepoint in frame:
        faults += _visit_order(study, file, frame, patient, str(timepoint), str(date))
    return faults


def _unknown_cure(name: str, people: Frame) -> str:
    same = [str(one) for one in people.index if str(one).lower() == name.lower()]
    if same:
        return f"Did you mean {same[0]}?"
    return "Add the patient there, or remove the row."


def _visit_order(study: Study, file: DataFile, frame: Frame, patient: str, timepoint: str, date: str) -> list[Fault]:
    """Visits of a patient must follow the order of the time points."""
    rank = {name: number for number, name in enumerate(study.timepoints)}
    whole = frame[[patient, timepoint, date]].dropna()
    whole = whole.assign(rank=whole[timepoint].map(rank)).sort_values([patient, "rank"], kind="stable")
    before = whole.groupby(patient)[date].shift()
    bad = whole.index[(whole[date] < before).to_numpy()]
    return _rows(
        file,
        frame,
        patient,
        date,
        sorted(int(line) for line in bad),
        lambda line: (
            f"The visit {frame.at[line, timepoint]} is dated {str(frame.at[line, date])[:10]}, before the visit that precedes it.",
            "Correct one of the two dates.",
        ),
    )
