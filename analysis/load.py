"""Patient data: reads the data files of a study and checks every cell, every key and every date.

Cells are read as text and judged as text, so that nothing is guessed: `NA` and the empty cell are missing, `0.5` is
not an EDSS score, `3,5` is not a number. The rules of a column (type, levels, range …) are pandera checks, run lazily;
what concerns several columns or files is checked here. All faults of all files come at once.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.dates import first_day, last_day
from analysis.faults import Fault, StudyError, listing, nearest, suggestion
from analysis.flow_data import flow_data_faults
from analysis.plain import MISSING, NAMED, read_plain
from analysis.populations import population_faults
from analysis.readers import MOST_ROWS, Form, Table, other_separator, plain_bytes, read_table
from analysis.shaping import Loaded, Origin, prepare, shape
from analysis.study import Column, DataFile, Study, read_study
from analysis.study_faults import STUDY_FILE, bad_character
from analysis.study_harms import harm_data_faults
from analysis.study_references import escapes

if TYPE_CHECKING:
    import pandas as pd

    Frame = pd.DataFrame
    Series = pd.Series[Any]

PREPARED = "prepare.py"
"""Key of the script that prepares the tables, among those of the files: a point cannot stand in theirs."""

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
_INTEGER = re.compile(r"[+-]?[0-9]+(\.0*)?\Z")
_MANY = 3  # rows with the same bad cell, from which on they are told together
_WHOLE = re.compile(r"-?[0-9]+\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


@dataclass(frozen=True)
class StudyData:
    """The checked data of a study.

    Attributes:
        frames: one frame for each key of `files`, with the declared columns only. Numbers are float64 (NaN is
            missing), dates datetime64 (NaT), texts and categories str (NaN). A category holds its cells as they
            stand in the file, except in columns of role arm and timepoint, which hold the keys these stand for.
            The index is the line of the row in the file (see `shaping.VISIT_SHIFT` for wide files).
        sha256: SHA-256 of the bytes of each file, in hex, by key; that of the script under `PREPARED`.
        rows: number of patients' rows of each file, by key.
        checked: whether the data were found to be without faults, so that the key of each file is unique.
    """

    frames: dict[str, Frame]
    sha256: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    checked: bool = False


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
    """Read and check the study and the data of a folder.

    Raises:
        StudyError: with every fault of both. Where study.yml has faults, cells are checked all the same, but not what
            concerns several columns or files.
    """
    study, faults = read_study(folder)
    if study is None:
        raise StudyError(faults)
    data, more = read_data(study, faults)
    if faults or more:
        raise StudyError([*faults, *more])
    return study, data


def read_data(study: Study, known: Sequence[Fault] = ()) -> tuple[StudyData, list[Fault]]:
    """Like `load_data`, but faults are returned.

    Args:
        study: the study; with `known` faults, only its files need be right.
        known: faults of the study file; the columns they name are passed over.
    """
    files = {key: _without(file, f"files.{key}.columns", known) for key, file in study.files.items()}
    plain = {} if known or study.prepare else _read_plain(study, files)
    texts, sha256, faults = _read(study, {key: file for key, file in files.items() if key not in plain})
    frames: dict[str, Frame] = {}
    origins: dict[str, Origin] = {}
    times = list(study.timepoints)
    for key, file in files.items():
        if key in plain:
            frames[key], sha256[key] = plain[key]
            origins[key] = Origin(file.path)
        elif key in texts:
            origins[key] = Origin.of(file, texts[key], times)
            frame = _declared(file, texts[key].frame)
            faults += _check_cells(file, frame, origins[key])
            frames[key] = _typed(file, frame)
        else:
            continue
        faults += _duplicates(file, frames[key], origins[key])
    if not known and not any(fault.where.startswith(STUDY_FILE) for fault in faults):  # tables are as they are meant
        faults += _check_across(study, frames, origins)
    named = [name for key, file in files.items() for name in (file.path, origins[key].name if key in origins else "")]
    order = {name: number for number, name in reversed(list(enumerate(named)))}
    faults.sort(key=lambda fault: order.get(fault.where.split(", ")[0], len(named)))
    rows = {key: len(frame) for key, frame in frames.items()}
    return StudyData(frames, sha256, rows, checked=not (faults or known)), faults


def _without(file: DataFile, place: str, known: Sequence[Fault]) -> DataFile:
    """The file without the columns that a fault of the study file names."""
    named = {fault.where.rsplit(", ", 1)[-1] + "." for fault in known}
    kept = {
        name: column
        for name, column in file.columns.items()
        if not any(where.startswith(f"{place}.{name}.") for where in named)
    }
    return file if len(kept) == len(file.columns) else file.model_copy(update={"columns": kept})


# Reading --------------------------------------------------------------------------------------------------------


def _read_plain(study: Study, files: dict[str, DataFile]) -> dict[str, tuple[Frame, str]]:
    """Frames of the text files that are read as they are and are plainly right, with the SHA-256 of their bytes."""
    found: dict[str, tuple[Frame, str]] = {}
    for key, file in files.items():
        if file.recode or file.derive or file.where or file.wide or escapes(study.folder, file.path):
            continue
        source = plain_bytes(study.path(file.path), Form(file.sheet, file.delimiter, file.decimal))
        if source is None:
            continue
        frame = read_plain(source.raw, file, source.delimiter, _judge)
        if frame is not None:
            found[key] = frame, source.sha256
    return found


def _judge(column: Column) -> Callable[[str], bool]:
    """Whether a cell of the column that is not missing keeps all its rules."""
    rules = _rules(column)
    return lambda cell: all(rule.holds(cell) for rule in rules)


def _read(study: Study, files: dict[str, DataFile]) -> tuple[dict[str, Loaded], dict[str, str], list[Fault]]:
    """The tables of a study as text, shaped as study.yml says; SHA-256 of what was read, by key; the faults."""
    texts: dict[str, Loaded] = {}
    sha256: dict[str, str] = {}
    faults: list[Fault] = []
    known: dict[tuple[str, Form, frozenset[str]], tuple[Table | None, str, list[Fault]]] = {}
    headers: dict[str, list[str]] = {}
    bad: dict[str, list[Fault]] = {}
    for key, file in files.items():
        if escapes(study.folder, file.path):
            sha256[key] = ""
            continue  # refused by the checks of the study file, which say so
        form = Form(file.sheet, file.delimiter, file.decimal)
        words = _sources(file, ("text", "category", "date")) if form.decimal != "." else frozenset()
        source = (file.path, form, words)
        if source not in known:
            known[source] = read_table(study.path(file.path), file.path, form, words)
        table, sha256[key], bad[key] = known[source]
        if table is None:
            faults += bad[key]
            continue
        headers[key] = table.header
        texts[key] = Loaded(table.frame(_sources(file, ("integer", "number"))), file.path, table.noun)
    if study.prepare and len(texts) == len(files) and not escapes(study.folder, study.prepare):
        texts, sha256[PREPARED], found = prepare(study.path(study.prepare), study.prepare, texts)
        faults += found
        if found:
            return {}, sha256, [*faults, *(fault for listed in bad.values() for fault in listed)]
        headers = {key: [str(column) for column in loaded.frame] for key, loaded in texts.items()}
    for key, file in files.items():
        if key in texts:
            texts[key], found = shape(key, file, texts[key], list(study.timepoints), MISSING)
            checked = _check_header(file, headers[key], texts[key])
            faults += [*checked, *bad[key], *found]
            if not (checked or bad[key] or found):
                faults += _check_rows(file, texts[key])
    return texts, sha256, faults


def _sources(file: DataFile, types: Sequence[str]) -> frozenset[str]:
    """Columns of the file of which columns of these types are read."""
    wide = file.wide or {}
    named = [name for name, column in file.columns.items() if column.type in types]
    return frozenset(source for name in named for source in (wide[name].values() if name in wide else (name,)))


def _check_rows(file: DataFile, loaded: Loaded) -> list[Fault]:
    if len(loaded.frame) or file.role("day") is not None or file.role("term") is not None:
        return []  # of events there may be none
    cure = "Add the data, or take the file out of study.yml."
    return [Fault(loaded.name, "The file has column names, but no rows.", cure)]


def _declared(file: DataFile, frame: Frame) -> Frame:
    declared = frame[[column for column in file.columns if column in frame]].copy()
    for name, column in file.columns.items():
        if name in declared and column.type == "category":
            declared[name] = _as_levels(declared[name], list(map(str, column.levels or {})))
    return declared


def _as_levels(cells: Series, levels: list[str]) -> Series:
    """Cells with whole numbers as the levels have them: a program that holds a missing value writes 1 as 1.0."""
    known = {f"{level}.0": level for level in levels if _WHOLE.match(level)}
    known |= {level.removesuffix(".0"): level for level in levels if _WHOLE.match(level.removesuffix(".0"))}
    known = {cell: level for cell, level in known.items() if cell not in levels}
    return cells.replace(known) if cells.isin(list(known)).any() else cells


def _check_header(file: DataFile, header: list[str], loaded: Loaded) -> list[Fault]:
    where = f"{loaded.name}, line 1" if loaded.noun == "line" else loaded.name
    faults: list[Fault] = []
    if len(header) == 1 and len(file.columns) > 1 and loaded.noun == "line" and (found := other_separator(header)):
        shown = {"\t": "tab"}.get(found[0], f'"{found[0]}"')
        cure = f"Add delimiter: {shown} to the file in study.yml, or save it with commas between the cells."
        return [Fault(where, f"The columns are separated by {found[1]}.", cure)]
    faults += [
        Fault(where, f"The column {column} stands twice.", "Keep one of the two.")
        for column in file.columns
        if header.count(column) > 1
    ]
    for column in file.columns:
        if column not in loaded.frame and column not in loaded.failed:
            near = nearest(column, [one for one in header if one not in file.columns])
            cure = "Add it, or take it out of study.yml."
            if near:
                cure = f"Did you mean {near}? Rename it in the file or in study.yml."
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
        return [
            _Rule(
                "characters",
                lambda cell: not bad_character(cell),
                lambda c: (f"The text holds {bad_character(c)}.", "Remove it."),
            )
        ]
    if column.type == "category":
        levels = dict(column.levels or {})
        return [
            _Rule(
                "level",
                levels.__contains__,
                lambda c: (f"{_cut(c)} is not one of the levels.", suggestion(c, levels, "level")),
            )
        ]
    if column.type == "date":
        return [
            _Rule(
                "date", _is_date, lambda c: (f"{_cut(c)} is not a date.", "Write a day of the calendar as 2016-04-21.")
            )
        ]
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

        rules.append(
            _Rule("step", on_step, lambda c: (f"{c} is not a multiple of {_plain(step)}.", "Check the score."))
        )
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


def _check_cells(file: DataFile, frame: Frame, origin: Origin) -> list[Fault]:
    """Runs the rules of each column over its cells, through one lazy pandera schema."""
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    rules: dict[str, dict[str, _Rule]] = {}
    columns: dict[str, Any] = {}
    for name, column in file.columns.items():
        if name not in frame:
            continue
        listed = _rules(column)
        checks = [pa.Check(_check(listed, number), name=rule.code) for number, rule in enumerate(listed)]
        rules[name] = {rule.code: rule for rule in listed}
        if not column.missing_allowed:
            checks.append(pa.Check(lambda cells: ~cells.isin(MISSING), name=_FILLED.code))
            rules[name][_FILLED.code] = _FILLED
        columns[name] = pa.Column(None, checks=checks)
    try:
        pa.DataFrameSchema(columns).validate(frame, lazy=True)
    except SchemaErrors as errors:
        bad: dict[tuple[str, str], set[int]] = {}
        for case in errors.failure_cases.itertuples(index=False):
            bad.setdefault((str(case.column), str(case.check)), set()).add(int(case.index))
        return [
            fault
            for (name, code), lines in bad.items()
            for fault in _cells(file, origin, frame, name, lines, rules[name][code])
        ]
    return []


def _cells(file: DataFile, origin: Origin, frame: Frame, column: str, lines: set[int], rule: _Rule) -> list[Fault]:
    """The faults of the bad cells of a column: of cells that are alike and many, the first, with their number."""
    alike = frame.loc[frame.index.isin(lines), column]
    count = alike.value_counts()
    many = alike.isin(count.index[count >= _MANY])
    shown = frame.index.isin(alike.index[~(many & alike.duplicated())])

    def say(line: int) -> tuple[str, str]:
        cell = str(frame.at[line, column])
        what, cure = rule.say(cell)
        return (f"{what} It is so in {count[cell]} rows; this is the first." if count[cell] >= _MANY else what), cure

    return _rows(file, origin, frame, column, shown, say)


_FILLED = _Rule(
    "missing",
    lambda cell: cell not in MISSING,
    lambda cell: ("The cell is empty.", "Fill it in, or allow it in study.yml (missing_allowed: true)."),
)


def _check(rules: list[_Rule], number: int) -> Callable[[Series], Series]:
    """Rule `number` as a check of a whole column; a cell that is missing or breaks an earlier rule passes."""

    def passes(cell: str) -> bool:
        earlier = all(rule.holds(cell) for rule in rules[:number])
        return cell in MISSING or not earlier or rules[number].holds(cell)

    def check(cells: Series) -> Series:
        verdicts = {cell: passes(cell) for cell in cells.unique()}
        return cells.map(verdicts).astype(bool)

    return check


def _rows(
    file: DataFile, origin: Origin, frame: Frame, column: str, bad: Any, say: Callable[[int], tuple[str, str]]
) -> list[Fault]:
    """One fault for each of the first bad rows, and one that counts the rest.

    Args:
        file: the file that the frame was read from.
        origin: where its rows stand.
        frame: its rows, indexed by line.
        column: the column (or columns, joined by +) that the fault is in.
        bad: which rows are bad, a mask as long as the frame.
        say: what is wrong with the row in a line, and its cure.
    """
    lines = [int(line) for line in frame.index[bad]]
    patient = file.role("patient")
    faults = []
    for line in lines[:MOST_ROWS]:
        who = str(frame.at[line, patient]) if patient in frame else ""
        owner = f", patient {_cut(who)}" if who not in ("", "NA", "nan") else ""
        what, cure = say(line)
        faults.append(Fault(f"{origin.cell(line, column)}{owner}", what, cure))
    if len(lines) > MOST_ROWS:
        more = len(lines) - MOST_ROWS
        what = f"{more} more {'row has' if more == 1 else 'rows have'} a fault of this kind."
        faults.append(Fault(f"{origin.name}, column {column}", what, "The first ones are listed above."))
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
            values = [float(cell) if _is_number(cell) else np.nan for cell in cells]
            typed[name] = pd.Series(values, index=frame.index, dtype="float64")
        elif column.type == "date":
            days = [cell if _is_date(cell) else None for cell in cells]
            typed[name] = pd.to_datetime(pd.Series(days, index=frame.index, dtype=object), format="%Y-%m-%d")
        else:
            kept = cells.where(~cells.isin(MISSING))
            if column.role in NAMED:
                kept = cells.map(dict(column.levels or {}))
            elif column.type == "category":
                kept = cells.where(cells.isin(list(column.levels or {})))
            typed[name] = kept.astype("str")
    return pd.DataFrame(typed, index=frame.index)


# Keys, and what concerns several columns or files ---------------------------------------------------------------


def _duplicates(file: DataFile, frame: Frame, origin: Origin) -> list[Fault]:
    keys = [name for name in file.key if name in frame]
    if len(keys) != len(file.key):
        return []
    if len(keys) == 1 and frame[keys[0]].nunique() == len(frame):  # the usual case, in half the time
        return []
    repeated = frame.duplicated(keys)
    if not repeated.any():
        return []
    repeated &= frame[keys].notna().all(axis=1)
    if not repeated.any():
        return []
    first: dict[tuple[Any, ...], int] = {}
    for line, row in zip(frame.index, frame[keys].itertuples(index=False), strict=True):
        first.setdefault(tuple(row), int(line))

    def say(line: int) -> tuple[str, str]:
        before = origin.line(first[tuple(frame.loc[line, keys])])
        if keys == [file.role("patient")]:
            return f"This patient is here twice, first in {before}.", "Keep one row for each patient."
        return f"The same {listing(keys)} stand in {before}.", "Remove one of the two rows, or correct it."

    return _rows(file, origin, frame, "+".join(keys), repeated, say)


def _check_across(study: Study, frames: dict[str, Frame], origins: dict[str, Origin]) -> list[Fault]:
    main_key = study.participants
    if main_key not in frames:
        return []
    main, file, here = frames[main_key], study.files[main_key], origins[main_key]
    if main.empty:
        return []
    faults = [
        *flow_data_faults(study, here, main),
        *_arms(study, file, main),
        *_enrolment(study, file, here, main),
        *_stopping(file, here, main),
        *_times(study, file, here, main),
        *population_faults(study, here, main),
        *_clusters(file, here, main),
    ]
    patient = file.role("patient")
    if patient not in main or len(frames) < 2:
        return faults
    people = main[main[patient].notna()].drop_duplicates(patient).set_index(str(patient))
    for key, frame in frames.items():
        other, there = study.files[key], origins[key]
        if key == main_key or frame.empty or other.role("patient") not in frame:
            continue
        faults += _strangers(other, there, frame, file, people)
        faults += _days(other, there, frame, file, people)
        for name, column in other.columns.items():
            if column.type == "date" and name in frame:
                faults += _dates(study, name, other, there, frame, file, people)
        faults += _visit_order(study, other, there, frame)
    return [*faults, *harm_data_faults(study, frames, origins)]


def _arms(study: Study, file: DataFile, main: Frame) -> Iterator[Fault]:
    """Every arm, or sequence, needs a patient."""
    role = "sequence" if study.crossover else "arm"
    column = str(file.role("sequence" if study.crossover else "arm"))
    if column in main and main[column].notna().any():
        for arm in study.groups:
            if not (main[column] == arm).any():
                what, cure = f"No patient is in the {role} {arm}.", "Check the levels of this column in study.yml."
                yield Fault(f"{file.path}, column {column}", what, cure)


def _enrolment(study: Study, file: DataFile, origin: Origin, main: Frame) -> list[Fault]:
    """Enrolment dates lie in the period of enrolment."""
    column = str(file.role("enrolment"))
    if column not in main:
        return []
    days = main[column]
    start, end = study.dates.enrolment_start, study.dates.enrolment_end
    cure = "Correct the date, or dates in study.yml."
    found: list[Fault] = []
    if start is not None:
        early = f"is before the start of enrolment ({start})."
        found += _rows(
            file, origin, main, column, days < str(first_day(start)), lambda line: (f"{_day(days, line)} {early}", cure)
        )
    if end is not None:
        late = f"is after the end of enrolment ({end})."
        found += _rows(
            file, origin, main, column, days > str(last_day(end)), lambda line: (f"{_day(days, line)} {late}", cure)
        )
    return found


def _stopping(file: DataFile, origin: Origin, main: Frame) -> list[Fault]:
    """Only who stopped has a reason for it."""
    stopped, reason = file.role("stopped"), file.role("stop_reason")
    if stopped not in main or reason not in main:
        return []
    what, cure = f"There is a reason for stopping, but {stopped} is no.", f"Correct {stopped} or remove the reason."
    return _rows(
        file, origin, main, str(reason), (main[stopped] == "no") & main[reason].notna(), lambda line: (what, cure)
    )


def _times(study: Study, file: DataFile, origin: Origin, main: Frame) -> list[Fault]:
    """Times to an event are not before enrolment."""
    faults = []
    for one in study.outcomes.values():
        column = str(one.column).partition(".")[2]
        if one.kind == "time_to_event" and column in main:
            times = main[column]

            def say(line: int, times: Series = times) -> tuple[str, str]:
                return (
                    f"The time {_plain(_number(times, line))} is before enrolment.",
                    "Times count from 0; correct it.",
                )

            faults += _rows(file, origin, main, column, times < 0, say)
    return faults


def _clusters(file: DataFile, origin: Origin, main: Frame) -> list[Fault]:
    """All patients of a cluster are in one arm: that of the first of them whose arm is known."""
    cluster, arm = file.role("cluster"), str(file.role("arm"))
    if cluster not in main or arm not in main:
        return []
    known = main[main[arm].notna() & main[cluster].notna()]
    first = known.drop_duplicates(cluster)
    lines = {name: int(line) for name, line in zip(first[cluster], first.index, strict=True)}
    home = known[cluster].map(first.set_index(cluster)[arm])
    strays = main.index.isin(known.index[(known[arm] != home).to_numpy()])

    def say(line: int) -> tuple[str, str]:
        name, first_line = str(main.at[line, cluster]), lines[str(main.at[line, cluster])]
        here, there = str(main.at[line, arm]), str(main.at[first_line, arm])
        what = f"The cluster {_cut(name)} is in the arm {here} here, but in the arm {there} in "
        what += f"{origin.line(first_line)}."
        return what, "A cluster lies in one arm; correct the arm or the cluster."

    return _rows(file, origin, main, str(cluster), strays, say)


def _strangers(file: DataFile, origin: Origin, frame: Frame, main: DataFile, people: Frame) -> list[Fault]:
    """Rows of patients who are not among the participants."""
    column = str(file.role("patient"))
    names = frame[column]

    def say(line: int) -> tuple[str, str]:
        name = str(names.at[line])
        same = [str(one) for one in people.index if str(one).lower() == name.lower()]
        cure = f"Did you mean {same[0]}?" if same else "Add the patient there, or remove the row."
        return f"{_cut(name)} is not among the participants ({main.path}).", cure

    return _rows(file, origin, frame, column, names.notna() & ~names.isin(people.index), say)


def _days(file: DataFile, origin: Origin, frame: Frame, main: DataFile, people: Frame) -> list[Fault]:
    """Days of events lie within the patient's follow-up."""
    day, followup = file.role("day"), main.role("followup")
    if day not in frame or followup not in people:
        return []
    days = frame[day]
    last = frame[str(file.role("patient"))].map(people[followup])

    def say(line: int) -> tuple[str, str]:
        day_of, last_of = _plain(_number(days, line)), _plain(_number(last, line))
        what = f"Day {day_of} is after the patient's follow-up of {last_of} days."
        return what, f"Correct the day, or {followup} in {main.path}."

    return _rows(file, origin, frame, str(day), days > last, say)


def _dates(
    study: Study, column: str, file: DataFile, origin: Origin, frame: Frame, main: DataFile, people: Frame
) -> list[Fault]:
    """Dates of a patient lie between the enrolment and the date of the paper."""
    days = frame[column]
    last = str(study.dates.document)
    faults = _rows(
        file,
        origin,
        frame,
        column,
        days > last,
        lambda line: (f"{_day(days, line)} is after the date of the paper ({last}).", "Correct the date."),
    )
    enrolment = main.role("enrolment")
    if enrolment in people:
        began = frame[str(file.role("patient"))].map(people[enrolment])
        faults += _rows(
            file,
            origin,
            frame,
            column,
            days < began,
            lambda line: (
                f"{_day(days, line)} is before the patient's enrolment ({_day(began, line)}).",
                f"Correct the date, or {enrolment} in {main.path}.",
            ),
        )
    return faults


def _visit_order(study: Study, file: DataFile, origin: Origin, frame: Frame) -> list[Fault]:
    """Visits of a patient follow the order of the time points."""
    patient, timepoint, date = str(file.role("patient")), str(file.role("timepoint")), str(file.role("date"))
    if date not in frame or timepoint not in frame:
        return []
    rank = {name: number for number, name in enumerate(study.timepoints)}
    visits = frame[[patient, timepoint, date]].dropna()
    visits = visits.assign(rank=visits[timepoint].map(rank)).sort_values([patient, "rank"], kind="stable")
    early = visits.index[(visits[date] < visits.groupby(patient)[date].shift()).to_numpy()]

    def say(line: int) -> tuple[str, str]:
        visit = str(frame.at[line, timepoint])
        what = f"The visit {visit} is dated {_day(frame[date], line)}, before an earlier visit."
        return what, "Correct one of the two dates."

    return _rows(file, origin, frame, date, frame.index.isin(early), say)


def _day(days: Series, line: int) -> str:
    return str(days.at[line])[:10]


def _number(numbers: Series, line: int) -> float:
    return float(str(numbers.at[line]))
