"""A text file that is as it should be, read at once by pandas' own parser: each column converted once, no cell as text.

This reader names no fault. Where anything is out of the ordinary (a cell that breaks a rule, a row of another length,
a quotation mark inside a cell, blanks around one) it gives nothing, and `analysis.readers` and `analysis.load` read the
file cell by cell and say what it is. What it gives is what those two give.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from analysis.study import Column, DataFile

MISSING = ("", "NA")
"""Cells that mean a missing value."""

NAMED = ("arm", "sequence", "timepoint")
"""Roles of the columns of which a frame holds not the cells but the keys that they stand for."""

Judge = Callable[["Column"], Callable[[str], bool]]
"""Of a column, whether a cell that is not missing keeps all its rules."""

_WORD = re.compile(rb"(?i)[\s,;|](true|false)[\s,;|]")
_LINE, _TAB, _QUOTE, _DELETE, _LETTER_E = ord("\n"), ord("\t"), ord('"'), 127, ord("e")
_SPACE, _LOWER = 32, 32
"""What is below a space is a control character; with this bit a letter is a small one."""

BLOCK = 1 << 18
"""Bytes that are looked at at once: they stay in the processor's cache."""


@dataclass(frozen=True)
class _Grid:
    """A file of which each line has a cell for each column; of its bytes what a parser of numbers might mistake."""

    raw: bytes
    header: list[str]
    rows: int
    powers: bool
    words: bool


def read_plain(raw: bytes, file: DataFile, delimiter: str, judge: Judge) -> pd.DataFrame | None:
    """The declared columns of a text file with their types, indexed by line (as `StudyData.frames`).

    Args:
        raw: the file's bytes.
        file: its entry in study.yml, which does not shape it.
        delimiter: one character.
        judge: judges the cells of categories, dates and such columns of numbers as need it, each distinct one once.

    Returns:
        None where the file, or one of its cells, is not plainly right.
    """
    grid = _grid(raw, delimiter)
    if grid is None or not file.columns or any(grid.header.count(name) != 1 for name in file.columns):
        return None
    try:
        return _frame(grid, file, delimiter, judge)
    except (ValueError, OverflowError):  # the parser's own errors are ValueErrors: a cell that is no number
        return None


# The file's form --------------------------------------------------------------------------------------------------


def _grid(raw: bytes, delimiter: str) -> _Grid | None:
    """The file with a line feed at the end of each line and no quotation marks; None unless each line has all cells."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n")
    if raw.endswith(b"\n\n") or not raw.endswith(b"\n"):
        raw = raw.rstrip(b"\n") + b"\n"
    if not raw.isascii() and not _decodes(raw):
        return None
    if b'"' in raw:
        plain = _unquoted(raw, ord(delimiter))
        if plain is None:
            return None
        raw = plain
    header = [cell.strip() for cell in raw[: raw.index(b"\n")].decode().split(delimiter)]
    lines, powers, words, start = 0, False, False, 0
    while start < len(raw):
        end = raw.find(b"\n", start + BLOCK) + 1 or len(raw)
        found = _block(raw[start:end], ord(delimiter), len(header))
        if found is None:
            return None
        lines, powers, words, start = lines + found[0], powers or found[1], words or found[2], end
    if len(header) < 2 or lines < 2:
        return None
    return _Grid(raw, header, lines - 1, powers, words and _WORD.search(raw) is not None)


def _block(raw: bytes, mark: int, width: int) -> tuple[int, bool, bool] | None:
    """How many whole lines these are, whether there is such as 1e3 or .E5, and whether true or false may be among them.

    None where a line has not `width` cells, is too long for the careful reader, or has control characters.
    """
    import numpy as np

    block = np.frombuffer(raw, np.uint8)
    places = np.flatnonzero((block == mark) | (block == _LINE))
    ends = places[width - 1 :: width]
    lines = raw.count(b"\n")
    if places.size % width or lines != ends.size or not (block[ends] == _LINE).all():
        return None
    controls = places.size if mark == _TAB else lines
    if np.count_nonzero(block < _SPACE) != controls or np.count_nonzero(block == _DELETE):
        return None
    if np.diff(ends, prepend=-1).max() > csv.field_size_limit():
        return None
    before = block[np.flatnonzero((block | _LOWER) == _LETTER_E) - 1]
    powers = ((before >= ord("0")) & (before <= ord("9"))) | (before == ord("."))
    small = before | _LOWER
    words = (small == ord("u")) | (small == ord("s"))  # the e of true and false
    return lines, bool(powers.any()), bool(words.any())


def _decodes(raw: bytes) -> bool:
    """Whether the bytes are UTF-8 without characters that no text of a study may hold."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    return not re.search("[\x80-\x9f\ue000-\uf8ff\U0000fffe\U0000ffff\U0001fffe-\U0001ffff\U0002fffe-\U0010ffff]", text)


def _unquoted(raw: bytes, mark: int) -> bytes | None:
    """The same without quotation marks, where they stand about whole cells only, without separators inside."""
    import numpy as np

    grid = np.frombuffer(raw, np.uint8)
    places = np.flatnonzero(grid == _QUOTE)
    if places.size % 2:
        return None
    opening, closing = places[0::2], places[1::2]
    splits = (grid == mark) | (grid == _LINE)
    if not splits[opening[opening > 0] - 1].all() or not splits[closing + 1].all():  # the last byte ends a line
        return None
    before = np.flatnonzero(splits)
    if not np.array_equal(np.searchsorted(before, opening), np.searchsorted(before, closing)):
        return None
    return raw.translate(None, b'"')


# Cells ------------------------------------------------------------------------------------------------------------


def _frame(grid: _Grid, file: DataFile, delimiter: str, judge: Judge) -> pd.DataFrame | None:
    import pandas as pd

    # true is 1 to pandas where all are so, and 1e3 is whole: then all numbers are judged as texts
    odd = grid.words or (grid.powers and any(column.type == "integer" for column in file.columns.values()))
    kinds = {name: _kind(column, odd) for name, column in file.columns.items()}
    guessed = _guessed(grid, file, delimiter)
    read = _parse(grid, file, delimiter, {name: kind for name, kind in kinds.items() if name not in guessed})
    if any(read[grid.header.index(name)].dtype != "str" for name in guessed):  # numbers further below
        read = _parse(grid, file, delimiter, kinds)
    if len(read) != grid.rows:
        return None
    index = pd.RangeIndex(2, grid.rows + 2, name="line").astype("int64")
    made: dict[str, Any] = {}
    for name, column in file.columns.items():
        cells = read.pop(grid.header.index(name)).set_axis(index)
        convert = _numbers if kinds[name] == "float64" else _texts if column.type == "text" else _distinct
        typed = convert(cells, column, judge)
        if typed is None:
            return None
        made[name] = typed
    return pd.DataFrame(made, index=index, copy=False)


def _parse(grid: _Grid, file: DataFile, delimiter: str, kinds: dict[str, Any]) -> Any:
    """The declared columns by their place in the file; a column that `kinds` does not name as pandas takes it."""
    import pandas as pd

    places = {name: grid.header.index(name) for name in file.columns}
    read_csv: Any = pd.read_csv  # more than its stubs know
    options: dict[str, Any] = {} if exact_by_default() else {"float_precision": "round_trip"}
    gone = [name for name, column in file.columns.items() if column.type == "text" or kinds.get(name) == "float64"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of cells that are no level, which is looked at later
        return read_csv(
            io.BytesIO(grid.raw),
            header=0,
            names=list(range(len(grid.header))),
            usecols=sorted(places.values()),
            index_col=False,
            sep=delimiter,
            quoting=csv.QUOTE_NONE,
            dtype={places[name]: kind for name, kind in kinds.items()},
            keep_default_na=False,
            na_values={places[name]: list(MISSING) for name in gone},
            encoding="utf-8",
            **options,
        )


def _guessed(grid: _Grid, file: DataFile, delimiter: str) -> set[str]:
    """Columns of texts that pandas takes for such by itself, which it does faster; to judge by the first row."""
    if not exact_by_default():  # nor would texts be told from other things by their type
        return set()
    start = grid.raw.index(b"\n") + 1
    first = grid.raw[start : grid.raw.index(b"\n", start)].decode().split(delimiter)
    texts = [name for name, column in file.columns.items() if column.type == "text"]
    return {name for name in texts if re.match(r"[A-Za-z]", first[grid.header.index(name)])}


def exact_by_default() -> bool:
    """Whether pandas reads the nearest floating-point number by itself, as Python does: from 3.1 on."""
    import pandas as pd

    return tuple(int(part) for part in pd.__version__.split(".")[:2]) >= (3, 1)


def _kind(column: Column, odd: bool) -> Any:
    """The type that the parser is to give a column. The levels of a category are named: else 1.0 would be read as 1."""
    import pandas as pd

    if column.type == "category":
        return pd.CategoricalDtype([*dict.fromkeys([*(column.levels or {}), *MISSING])])
    return "float64" if column.type in ("number", "integer") and not odd else "str"


def _numbers(cells: pd.Series[Any], column: Column, judge: Judge) -> pd.Series[Any] | None:
    """Numbers that keep the rules of their column."""
    import numpy as np

    numbers = cells.astype("float64")
    x = numbers.to_numpy()
    x = x[~np.isnan(x)]
    if x.size < len(numbers) and not column.missing_allowed:
        return None
    if x.size and not (np.isfinite(x.min()) and np.isfinite(x.max())):
        return None
    if column.type == "integer" and not (x == np.rint(x)).all():
        return None
    if column.range is not None and x.size and not (column.range[0] <= x.min() and x.max() <= column.range[1]):
        return None
    if column.values is not None and not np.isin(x, np.array(column.values, dtype=float)).all():
        return None
    if column.step is not None and not (np.abs(x / column.step - np.rint(x / column.step)) < 1e-9).all():
        return None
    return numbers


def _texts(cells: pd.Series[Any], column: Column, judge: Judge) -> pd.Series[Any] | None:
    """Texts without blanks around them."""
    texts = cells.astype("str")
    if not column.missing_allowed and texts.isna().any():
        return None
    known = texts.dropna()
    return texts if (known.str.strip() == known).all() else None


def _distinct(cells: pd.Series[Any], column: Column, judge: Judge) -> pd.Series[Any] | None:
    """A column of which each distinct cell is judged and converted once."""
    import numpy as np
    import pandas as pd

    levels = dict(column.levels or {})
    if set(levels) & set(MISSING):
        return None
    codes, found = _coded(cells)
    if codes.min(initial=0) < 0:  # a cell that is no level
        return None
    seen, holds = np.bincount(codes, minlength=len(found)) > 0, judge(column)
    missing = [one in MISSING for one in found]
    if not column.missing_allowed and (seen & missing).any():
        return None
    known = [one for one, gone, there in zip(found, missing, seen, strict=True) if there and not gone]
    if not all(one == one.strip() and holds(one) for one in known):
        return None
    made: Any
    if column.type in ("integer", "number"):
        made = np.array([np.nan if gone else float(one) for one, gone in zip(found, missing, strict=True)], dtype=float)
    elif column.type == "date":
        days = [None if gone else one for one, gone in zip(found, missing, strict=True)]
        made = pd.to_datetime(pd.Series(days, dtype=object), format="%Y-%m-%d").array
    else:
        named = levels if column.role in NAMED else {}
        texts = [None if gone else named.get(one, one) for one, gone in zip(found, missing, strict=True)]
        made = pd.array(texts, dtype="str")
    return pd.Series(made.take(codes), index=cells.index)


def _coded(cells: pd.Series[Any]) -> tuple[Any, list[str]]:
    """The number of each cell's text, and the texts by number."""
    if cells.dtype == "category":
        return cells.cat.codes.to_numpy(), [str(one) for one in cells.cat.categories]
    codes, found = cells.factorize()
    return codes, [str(one) for one in found]
