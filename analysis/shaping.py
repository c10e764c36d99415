"""From the tables as the files have them to the tables that the study means: prepare.py, recode, derive, where, wide.

In this order, so that each step can use what the one before it made. All works on text cells; what they may hold is
checked afterwards, by the rules of `analysis.load`.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.expressions import ExpressionError, evaluate, parse
from analysis.faults import Fault, nearest
from analysis.readers import cell_text
from analysis.study import DataFile
from analysis.study_faults import STUDY_FILE

if TYPE_CHECKING:
    import pandas as pd

    Frame = pd.DataFrame

VISIT_SHIFT = 32
"""A row of a wide file is several rows of the visits: their index is the line, and the number of the visit from 0
above this bit. Lines stay unique so, and a fault can name the line and the column of the file."""


@dataclass(frozen=True)
class Loaded:
    """One table of a study on its way.

    Attributes:
        frame: text cells, all columns of the file, indexed by line.
        name: what a fault calls it: the file's path.
        noun: what the index counts: `line` or `row`.
        failed: derived columns that could not be made; a fault has said so.
    """

    frame: Frame
    name: str
    noun: str = "line"
    failed: frozenset[str] = field(default_factory=frozenset)


# prepare.py -----------------------------------------------------------------------------------------------------


def prepare(path: Path, name: str, tables: Mapping[str, Loaded]) -> tuple[dict[str, Loaded], str, list[Fault]]:
    """Run the function `prepare` of a study's script on all tables.

    Args:
        path: the script.
        name: what to call it in a fault.
        tables: the tables as read, by key of `files`.

    Returns:
        The tables that it gives (the old ones where it has a fault), SHA-256 of the script, the faults.
    """
    unchanged = dict(tables)
    try:
        source = path.read_bytes()
    except OSError:
        return unchanged, "", []  # that it is not there is a fault of study.yml, which says so
    digest = hashlib.sha256(source).hexdigest()
    scope: dict[str, Any] = {"__name__": "prepare", "__file__": str(path)}
    try:
        exec(compile(source, str(path), "exec"), scope)  # the author's own code, run for the author
        function = scope.get("prepare")
        if not callable(function):
            cure = "It needs def prepare(tables): … that returns the tables."
            return unchanged, digest, [Fault(name, "There is no function prepare.", cure)]
        given = function({key: one.frame.reset_index(drop=True) for key, one in tables.items()})
    except (Exception, SystemExit) as error:
        return unchanged, digest, [_raised(error, path, name)]
    faults = _given_faults(given, tables, name)
    if faults:
        return unchanged, digest, faults
    return {key: _as_text(frame, f"{key} of {name}") for key, frame in given.items() if key in tables}, digest, []


def _raised(error: BaseException, path: Path, name: str) -> Fault:
    lines = [one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename == str(path)]
    line = (
        error.lineno if isinstance(error, SyntaxError) and error.filename == str(path) else next(reversed(lines), None)
    )
    message = str(error).strip().split("\n")[0] if str(error).strip() else ""
    what = f"The script stopped with {type(error).__name__}" + (f": {message.rstrip('.')}." if message else ".")
    return Fault(f"{name}, line {line}" if line else name, what, "Correct the script.")


def _given_faults(given: Any, tables: Mapping[str, Loaded], name: str) -> list[Fault]:
    import pandas as pd

    if not isinstance(given, Mapping):
        what = f"The function prepare returned {type(given).__name__}, not a dict of tables."
        return [Fault(name, what, "End it with return tables.")]
    faults = []
    for key in tables:
        if key not in given:
            faults.append(Fault(name, f"The function prepare did not return the table {key}.", "Return every table."))
        elif not isinstance(given[key], pd.DataFrame):
            what = f"The function prepare returned {type(given[key]).__name__} for {key}, not a DataFrame."
            faults.append(Fault(name, what, "Return data frames."))
    for key in given:
        if key not in tables:
            near = nearest(key, tables)
            cure = f"Did you mean {near}?" if near else "Name a key of files in study.yml."
            faults.append(
                Fault(name, f"The function prepare returned a table {key} that study.yml does not have.", cure)
            )
    return faults


def _as_text(frame: Frame, name: str) -> Loaded:
    import pandas as pd

    cells = {str(column): [cell_text(cell) for cell in frame.iloc[:, i]] for i, column in enumerate(frame.columns)}
    index = pd.Index(range(1, len(frame) + 1), name="line", dtype="int64")
    return Loaded(pd.DataFrame(cells, index=index, dtype=object), name, "row")


# One file -------------------------------------------------------------------------------------------------------


def shape(
    key: str, file: DataFile, loaded: Loaded, timepoints: Sequence[str], missing: Sequence[str]
) -> tuple[Loaded, list[Fault]]:
    """Recode, derive, filter and make long, as the file's entry in study.yml says.

    Args:
        key: its key in `files`.
        file: its entry.
        loaded: the table as read.
        timepoints: keys of the study's time points, in order.
        missing: cells that mean a missing value.
    """
    if not (file.recode or file.derive or file.where or file.wide):
        return loaded, []
    frame = loaded.frame.copy()
    place = f"{STUDY_FILE}, files.{key}"
    faults = _recode(file, frame, place)
    made, failed = _derive(file, frame, place, loaded, missing)
    faults += made
    frame, kept = _where(file, frame, place, failed)
    faults += kept
    frame, long = _wide(file, frame, place, timepoints, failed)
    return Loaded(frame, loaded.name, loaded.noun, frozenset(failed)), [*faults, *long]


def _recode(file: DataFile, frame: Frame, place: str) -> list[Fault]:
    faults = []
    for name, cells in (file.recode or {}).items():
        if name not in frame:
            faults.append(_unknown(f"{place}.recode", name, frame))
            continue
        new = {old: cell_text(value) for old, value in cells.items()}
        frame[name] = frame[name].map(lambda cell, new=new: new.get(cell, cell)).astype(object)
    return faults


def _derive(
    file: DataFile, frame: Frame, place: str, loaded: Loaded, missing: Sequence[str]
) -> tuple[list[Fault], set[str]]:
    """Adds the derived columns to the frame; returns the faults, and the columns that could not be made."""
    faults: list[Fault] = []
    failed: set[str] = set()
    for name, text in (file.derive or {}).items():
        where = f"{place}.derive.{name}"
        if name in frame:
            faults.append(Fault(where, f"The file has a column {name} already.", "Give the new one another name."))
            continue
        try:
            expression = parse(text)
        except ExpressionError:
            failed.add(name)  # a fault of study.yml, which has been named with its line
            continue
        if failed & set(expression.names):
            failed.add(name)
            continue
        try:
            columns = {one: frame[one].tolist() for one in expression.names if one in frame}
            others = {one: () for one in frame.columns if one not in columns}
            cells = evaluate(expression, {**others, **columns}, len(frame), missing)
        except ExpressionError as error:
            failed.add(name)
            row = "" if error.row is None else f", {loaded.name}, {loaded.noun} {frame.index[error.row]}"
            faults.append(Fault(where + row, error.what, error.cure))
            continue
        frame[name] = cells
    return faults, failed


def _where(file: DataFile, frame: Frame, place: str, failed: set[str]) -> tuple[Frame, list[Fault]]:
    faults = []
    for name, cells in (file.where or {}).items():
        if name not in frame:
            if name not in failed:
                faults.append(_unknown(f"{place}.where", name, frame))
            continue
        wanted = [cell_text(cell) for cell in cells]
        kept = frame[name].isin(wanted)
        if len(frame) and not kept.any():
            there = sorted(set(frame[name]))[:5]
            cure = f"Cells there are {', '.join(one or 'an empty one' for one in there)}."
            faults.append(Fault(f"{place}.where.{name}", f"No row has {' or '.join(wanted)} in {name}.", cure))
            continue
        frame = frame[kept]
    return frame, faults


def _wide(
    file: DataFile, frame: Frame, place: str, timepoints: Sequence[str], failed: set[str]
) -> tuple[Frame, list[Fault]]:
    """One row for each patient and time point, from one row a patient."""
    import pandas as pd

    if not file.wide:
        return frame, []
    faults = [
        _unknown(f"{place}.wide.{name}.{time}", column, frame)
        for name, at in file.wide.items()
        for time, column in at.items()
        if column not in frame and column not in failed
    ]
    if faults:
        failed.update(file.wide, filter(None, [file.role("timepoint")]))
        return frame, faults
    named = {time for at in file.wide.values() for time in at}
    used = {column for at in file.wide.values() for column in at.values()}
    kept = [column for column in frame.columns if column not in used and column not in file.wide]
    visit = str(file.role("timepoint"))
    parts = []
    for number, time in enumerate(time for time in timepoints if time in named):
        part = frame[[column for column in kept if column != visit]].copy()
        part[visit] = time
        for name, at in file.wide.items():
            part[name] = frame[at[time]] if at.get(time) in frame else ""
        part.index = part.index + (number << VISIT_SHIFT)
        parts.append(part)
    long = pd.concat(parts) if parts else frame.iloc[:0]
    places = [split_line(int(one)) for one in long.index.tolist()]
    order = sorted(range(len(long)), key=places.__getitem__)
    return long.iloc[order], []


def split_line(line: int) -> tuple[int, int]:
    """Line in the file, and the number of the visit, of an index of a frame."""
    return line & ((1 << VISIT_SHIFT) - 1), line >> VISIT_SHIFT


@dataclass(frozen=True)
class Origin:
    """Where the rows of a checked frame come from, for the sentences of faults.

    Attributes:
        name: what the table is called.
        noun: `line` or `row`.
        columns: of a wide file, the column that each new one came from, for each visit.
    """

    name: str
    noun: str = "line"
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, file: DataFile, loaded: Loaded, timepoints: Sequence[str]) -> Origin:
        """The origin of a table that was shaped."""
        wide = file.wide or {}
        times = [time for time in timepoints if any(time in at for at in wide.values())]
        columns = {name: [at.get(time, name) for time in times] for name, at in wide.items()}
        return cls(loaded.name, loaded.noun, columns)

    def line(self, index: int) -> str:
        """`line 7`"""
        return f"{self.noun} {split_line(index)[0]}"

    def cell(self, index: int, column: str) -> str:
        """`visits.csv, line 7, column adl_6`"""
        visit = split_line(index)[1]
        source = self.columns[column][visit] if column in self.columns else column
        return f"{self.name}, {self.line(index)}, column {source}"


def _unknown(where: str, name: str, frame: Frame) -> Fault:
    near = nearest(name, frame.columns)
    return Fault(where, f"The file has no column {name}.", f"Did you mean {near}?" if near else "")
