"""Data files as people have them: csv, Excel, Parquet, SAS, SPSS and Stata, each read into the same text cells.

A reader decides nothing: it says what the file says, as text, so that `analysis.load` can judge every cell by the same
rules whatever file it came from. Whole numbers are written without a decimal point, other numbers with as many digits
as give the same number back, days as 2016-04-21, true and false as yes and no, and what is missing as an empty cell.
A package that a kind of file needs is imported only when such a file is read.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from analysis.faults import Fault, listing, suggestion
from analysis.yaml_file import decode_utf8

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Objects = np.ndarray[Any, np.dtype[np.object_]]

MOST_ROWS = 20
"""How many rows of one kind of fault are listed one by one."""

_TEXT = (".csv", ".tsv", ".tab", ".txt")
_PACKAGES = {
    ".xlsx": "openpyxl",
    ".xlsm": "openpyxl",
    ".parquet": "pyarrow",
    ".sas7bdat": "pyreadstat",
    ".xpt": "pyreadstat",
    ".sav": "pyreadstat",
    ".zsav": "pyreadstat",
    ".por": "pyreadstat",
    ".dta": "pyreadstat",
}
ENDINGS = (*_TEXT, *_PACKAGES)
"""Endings of the files that can be read."""

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}
_MARKS = {"tab": "\t"}


@dataclass(frozen=True)
class Table:
    """A data file as text.

    Attributes:
        header: names of the columns, as the file has them.
        columns: the cells of each column, in the order of the header; an empty text is a missing value.
        lines: where each row stands: the line of a text file, the row of an Excel sheet, else the number of the row.
        noun: what `lines` counts, `line` or `row`.
        labels: value labels of SPSS, Stata and SAS files: column → {cell: label}.
    """

    header: list[str]
    columns: list[Objects]
    lines: list[int]
    noun: str = "line"
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def frame(self, numeric: Iterable[str] = ()) -> pd.DataFrame:
        """The cells as a frame indexed by line, a column that stands twice once. Codes that have a value label are
        replaced by it, except in the columns named in `numeric`."""
        import pandas as pd

        kept = set(numeric)
        found: dict[str, Any] = {}
        for name, cells in zip(self.header, self.columns, strict=True):
            labels = {} if name in kept else self.labels.get(name, {})
            found.setdefault(name, [labels.get(cell, cell) for cell in cells] if labels else cells)
        return pd.DataFrame(found, index=pd.Index(self.lines, name="line", dtype="int64"), dtype=object)


@dataclass(frozen=True)
class Form:
    """How a file is to be read, where its ending does not say it (see `DataFile` in `analysis.study`)."""

    sheet: str | None = None
    delimiter: str | None = None
    decimal: str = "."


class _NotReadError(Exception):
    """A file cannot be read, for this reason."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def ending(name: str) -> str:
    """The ending of a file's name in small letters: `.csv`."""
    return PurePosixPath(name).suffix.lower()


def read_table(path: Path, name: str, form: Form, words: Iterable[str] = ()) -> tuple[Table | None, str, list[Fault]]:
    """Read a data file as text.

    Args:
        path: the file.
        name: what to call it in a fault.
        form: sheet, separator and decimal mark.
        words: columns in which a comma is no decimal mark: texts, categories, dates.

    Returns:
        The table (None where the file cannot be read), SHA-256 of the file's bytes in hex (empty where there is no
        file), and the faults.
    """
    if not path.is_file():
        return None, "", [Fault(name, "There is no such file.", "Put it in the study's folder or correct its path.")]
    try:
        raw = path.read_bytes()
    except OSError as error:
        return None, "", [Fault(name, f"The file cannot be read: {error.strerror or 'unknown reason'}.")]
    digest = hashlib.sha256(raw).hexdigest()
    kind = ending(name)
    if kind == ".xls":
        return None, digest, [Fault(name, "This is an Excel file of before 2007.", "Save it as .xlsx in Excel.")]
    try:
        if kind not in _PACKAGES:
            return _text(raw, name, form, set(words), digest)
        if fault := _unfit(name, kind, form):
            return None, digest, [fault]
        read: Callable[[bytes, Path, str, Form], tuple[Table, list[Fault]]] = {
            "openpyxl": _excel,
            "pyarrow": _parquet,
            "pyreadstat": _labelled,
        }[_PACKAGES[kind]]
        table, faults = read(raw, path, name, form)
    except _NotReadError as error:
        return None, digest, [error.fault]
    return table, digest, faults


@dataclass(frozen=True)
class Source:
    """A text file's bytes, their SHA-256 in hex, and the character between its cells."""

    raw: bytes
    sha256: str
    delimiter: str


def plain_bytes(path: Path, form: Form) -> Source | None:
    """A text file with a point before the decimals, for `analysis.plain`; None where it is none or cannot be read."""
    if ending(path.name) in _PACKAGES or ending(path.name) == ".xls" or form.decimal != ".":
        return None
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    return Source(raw, hashlib.sha256(raw).hexdigest(), _delimiter(path.name, form))


def _delimiter(name: str, form: Form) -> str:
    mark = form.delimiter or ("\t" if ending(name) in (".tsv", ".tab") else ",")
    return _MARKS.get(mark, mark)


def _unfit(name: str, kind: str, form: Form) -> Fault | None:
    """Keys that this kind of file cannot have."""
    if form.delimiter is not None or form.decimal != ".":
        return Fault(name, f"A {kind} file has no delimiter and no decimal.", "Take these keys out of study.yml.")
    if form.sheet is not None and _PACKAGES[kind] != "openpyxl":
        return Fault(name, f"A {kind} file has no sheets.", "Take the key sheet out of study.yml.")
    return None


def _lacking(package: str, name: str) -> _NotReadError:
    what = f"Reading a {ending(name)} file needs the Python package {package}, which is not installed."
    return _NotReadError(Fault(name, what, f"Install it (pip install {package}), or save the data as csv."))


# Cells ----------------------------------------------------------------------------------------------------------


def cell_text(value: Any) -> str:
    """A value as the text that a csv file would hold.

    >>> [cell_text(one) for one in (3.0, 0.1, True, None, float("nan"), dt.datetime(2016, 4, 21))]
    ['3', '0.1', 'yes', '', '', '2016-04-21']
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    if isinstance(value, dt.datetime):
        if value != value:  # NaT
            return ""
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if hasattr(value, "item"):  # a number of numpy: float32 keeps its own shortest digits
        plain = value.item()
        return number_text(float(str(value))) if isinstance(plain, float) else cell_text(plain)
    text = str(value).strip()
    return "" if text in ("NaT", "<NA>", "nan") else text


def number_text(value: float) -> str:
    """A number without a needless decimal point; what is no number is missing.

    >>> number_text(2.0), number_text(0.30000000000000004), number_text(math.nan)
    ('2', '0.30000000000000004', '')
    """
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(float(value))


def _objects(cells: Sequence[str]) -> Objects:
    import numpy as np

    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


def _columns(rows: list[list[str]], width: int) -> list[Objects]:
    return [_objects(cells) for cells in zip(*rows, strict=True)] if rows else [_objects([]) for _ in range(width)]


# Text files -----------------------------------------------------------------------------------------------------


def _text(raw: bytes, name: str, form: Form, words: set[str], digest: str) -> tuple[Table | None, str, list[Fault]]:
    """A csv file: comma, semicolon, tab or bar between the cells, a point or a comma before the decimals."""
    text, faults = decode_utf8(raw, name)
    if faults:
        return None, digest, faults
    if not text.strip():
        return None, digest, [Fault(name, "The file is empty.", "It needs a line of column names and the data.")]
    mark = _delimiter(name, form)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=mark)
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
                noun = "cell" if len(cells) == 1 else "cells"
                what = f"The row has {len(cells)} {noun}, but there are {len(header)} columns."
                between = {",": "comma", ";": "semicolon", "|": "bar"}.get(mark, "tab")
                cure = f"Correct the row; a cell with a {between} in it needs quotes."
                faults.append(Fault(f"{name}, line {line}", what, cure))
                continue
            lines.append(line)
            rows.append([cell.strip() for cell in cells])
    except csv.Error as error:
        what = f"The row cannot be read: {error}."
        cure = "Look for a quotation mark that is not closed."
        return None, digest, [*faults, Fault(f"{name}, line {start}", what, cure)]
    if len(faults) > MOST_ROWS:
        more = len(faults) - MOST_ROWS
        what = f"{more} more rows have another number of cells than there are columns."
        faults = [*faults[:MOST_ROWS], Fault(name, what)]
    columns = _columns(rows, len(header))
    if form.decimal == ",":
        points: list[Fault] = []
        columns = [
            cells if column in words else _decimal_points(cells, lines, f"{name}, line", column, points)
            for column, cells in zip(header, columns, strict=True)
        ]
        faults += points[:MOST_ROWS]
    return Table(header, columns, lines), digest, faults


def other_separator(header: list[str]) -> tuple[str, str] | None:
    """The mark that seems to separate columns which were read as one, and its name."""
    return next(((mark, noun) for mark, noun in _SEPARATORS.items() if mark in header[0]), None) if header else None


_COMMA = re.compile(r"[+-]?([0-9]+,[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?\Z")
_POINT = re.compile(r"[+-]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")


def _decimal_points(cells: Objects, lines: list[int], where: str, column: str, faults: list[Fault]) -> Objects:
    """Numbers with a decimal comma, with a point instead; a point where commas are declared is a fault."""
    faults += [
        Fault(f"{where} {line}, column {column}", f"{cell} has a point, but decimals have a comma in this file.",
              "Write a comma, or take decimal out of study.yml.")
        for line, cell in zip(lines, cells, strict=True)
        if _POINT.match(cell)
    ]  # fmt: skip
    return _objects([cell.replace(",", ".") if _COMMA.match(cell) else cell for cell in cells])


# Excel ----------------------------------------------------------------------------------------------------------


def sheets(path: Path, name: str) -> list[str]:
    """Names of the sheets of an Excel file.

    Raises:
        StudyError: where it cannot be read.
    """
    from analysis.faults import StudyError

    try:
        return list(_workbook(path.read_bytes(), name).sheetnames)
    except _NotReadError as error:
        raise StudyError([error.fault]) from None


def _workbook(raw: bytes, name: str, *, values: bool = True) -> Any:
    try:
        import openpyxl
    except ImportError:
        raise _lacking("openpyxl", name) from None
    try:
        return openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=values)
    except Exception as error:  # openpyxl raises what its parts raise: zipfile, xml, its own
        what = f"The file cannot be read as Excel: {_first_line(error)}."
        raise _NotReadError(Fault(name, what, "Open it in Excel and save it as .xlsx, or save it as csv.")) from None


def _excel(raw: bytes, path: Path, name: str, form: Form) -> tuple[Table, list[Fault]]:
    """One sheet: the first row that is not empty holds the names of the columns; empty rows are passed over."""
    book = _workbook(raw, name)
    chosen = _sheet(book.sheetnames, name, form)
    grid = list(book[chosen].iter_rows(values_only=True))
    filled = [(number, row) for number, row in enumerate(grid, 1) if any(cell is not None for cell in row)]
    if not filled:
        raise _NotReadError(
            Fault(name, f"The sheet {chosen} is empty.", "It needs a row of column names and the data.")
        )
    (_, names), rows = filled[0], filled[1:]
    wide = [place for place, cell in enumerate(names) if cell is not None]
    header = [cell_text(names[place]) for place in wide]
    faults = [
        Fault(f"{name}, row {number}", "A cell with a value stands in a column that has no name.",
              "Give the column a name in the first row, or empty the cell.")
        for number, row in rows
        if any(cell is not None for place, cell in enumerate(row) if place not in set(wide))
    ][:MOST_ROWS]  # fmt: skip
    faults += _uncomputed(raw, name, chosen, dict(rows), wide, header)
    cells = [[cell_text(row[place]) if place < len(row) else "" for place in wide] for _, row in rows]
    return Table(header, _columns(cells, len(header)), [number for number, _ in rows], "row"), faults


def _sheet(names: list[str], name: str, form: Form) -> str:
    if form.sheet is not None:
        if form.sheet in names:
            return form.sheet
        cure = suggestion(form.sheet, names, "sheet")
        raise _NotReadError(Fault(name, f"There is no sheet {form.sheet}.", cure))
    if len(names) > 1:
        what = f"The file has {len(names)} sheets: {listing(names)}."
        raise _NotReadError(Fault(name, what, "Say in study.yml which one to read (sheet: name)."))
    return names[0]


def _uncomputed(
    raw: bytes, name: str, sheet: str, rows: dict[int, Any], wide: list[int], header: list[str]
) -> list[Fault]:
    """Formulas of which the file holds no value: they would look like empty cells."""
    if all(place < len(row) and row[place] is not None for row in rows.values() for place in wide):
        return []
    what, cure = "The cell holds a formula without its value.", "Open the file in Excel and save it again."
    written = enumerate(_workbook(raw, name, values=False)[sheet].iter_rows(values_only=True), 1)
    return [
        Fault(f"{name}, row {number}, column {column}", what, cure)
        for number, row in written
        if number in rows
        for place, column in zip(wide, header, strict=True)
        if place < len(row) and str(row[place]).startswith("=") and rows[number][place] is None
    ][:MOST_ROWS]  # fmt: skip


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


# Parquet, SAS, SPSS, Stata --------------------------------------------------------------------------------------


def _parquet(raw: bytes, path: Path, name: str, form: Form) -> tuple[Table, list[Fault]]:
    try:
        from pyarrow import parquet
    except ImportError:
        raise _lacking("pyarrow", name) from None
    try:
        table = parquet.read_table(io.BytesIO(raw))
    except Exception as error:
        what = f"The file cannot be read as Parquet: {_first_line(error)}."
        raise _NotReadError(Fault(name, what, "Write it again, or save the data as csv.")) from None
    float32 = {one.name for one in table.schema if str(one.type) in ("float", "halffloat")}
    columns = [
        _objects([_single(one) if column in float32 else cell_text(one) for one in table.column(i).to_pylist()])
        for i, column in enumerate(table.column_names)
    ]
    kept = [i for i, column in enumerate(table.column_names) if column != "__index_level_0__"]
    header = [str(table.column_names[i]) for i in kept]
    return Table(header, [columns[i] for i in kept], list(range(1, table.num_rows + 1)), "row"), []


def _single(value: float | None) -> str:
    """A number of single precision with its own shortest digits: 1.1, not 1.100000023841858."""
    import numpy as np

    return "" if value is None else cell_text(np.float32(value))


def _labelled(raw: bytes, path: Path, name: str, form: Form) -> tuple[Table, list[Fault]]:
    """A SAS, SPSS or Stata file, with its value labels."""
    try:
        import pyreadstat
    except ImportError:
        raise _lacking("pyreadstat", name) from None
    kind = ending(name)
    read: dict[str, Any] = {
        ".sas7bdat": pyreadstat.read_sas7bdat,
        ".xpt": pyreadstat.read_xport,
        ".por": pyreadstat.read_por,
        ".dta": pyreadstat.read_dta,
    }
    try:
        cells, meta = read.get(kind, pyreadstat.read_sav)(str(path), output_format="dict")
    except Exception as error:
        what = f"The file cannot be read as {kind[1:]}: {_first_line(error)}."
        raise _NotReadError(Fault(name, what, "Save it again, or save the data as csv.")) from None
    header = list(cells)
    single = {column for column, held in meta.readstat_variable_types.items() if held == "float" and kind == ".dta"}
    columns = [
        _objects([_single(_real(one)) if column in single else cell_text(one) for one in cells[column]])
        for column in header
    ]
    labels = {
        column: {cell_text(_plain(code)): str(label).strip() for code, label in found.items()}
        for column, found in meta.variable_value_labels.items()
    }
    count = len(columns[0]) if columns else 0
    return Table(header, columns, list(range(1, count + 1)), "row", labels), []


def _real(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) or hasattr(value, "item") else None


def _plain(code: Any) -> Any:
    return float(code) if isinstance(code, int | float) else code
