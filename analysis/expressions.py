"""New columns by expressions: `bmi: weight / (height / 100) ** 2`, `old: age >= 65 and not retired`.

The language is a small closed part of Python's, parsed with `ast` and evaluated here; nothing is ever executed. There
are columns, numbers, texts in quotes, `+ - * / // % **`, comparisons, `in [...]`, `and`, `or`, `not`,
`a if condition else b`, `x is missing`, `x is not missing` and `missing(x)`. A name that is no plain word is written
in backticks. `row_number` is the number of the row.

Cells are text, and what they mean is plain from them: a column of numbers, of dates (whose difference is a number of
days), of yes and no, or of other texts. What is computed from a missing cell is missing, but for `and` and `or` where
the other side decides, and but for the question whether it is missing.
"""

from __future__ import annotations

import ast
import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.faults import nearest
from analysis.readers import number_text

ROW_NUMBER = "row_number"
IS_MISSING = "missing"
_LONGEST, _DEEPEST = 1000, 60
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_YES_NO = {"yes": True, "no": False}

Value = float | bool | str | dt.date | None
"""What an expression gives for one row; None is missing."""


class ExpressionError(Exception):
    """An expression cannot be used: a sentence that says what is wrong, and one that says what to do."""

    def __init__(self, what: str, cure: str = "", row: int | None = None) -> None:
        super().__init__(what)
        self.what, self.cure, self.row = what, cure, row


@dataclass(frozen=True)
class Expression:
    """A parsed expression: its tree, and the columns that it names, in order of their first use."""

    tree: ast.expr
    names: tuple[str, ...]


_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: float(a // b),
    ast.Mod: lambda a, b: a % b,
    ast.Pow: lambda a, b: math.pow(a, b),
}
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: lambda a, b: bool(a == b),
    ast.NotEq: lambda a, b: bool(a != b),
    ast.Lt: lambda a, b: bool(a < b),
    ast.LtE: lambda a, b: bool(a <= b),
    ast.Gt: lambda a, b: bool(a > b),
    ast.GtE: lambda a, b: bool(a >= b),
}
_HERE = "An expression may use columns, numbers, texts in quotes, arithmetic, comparisons, and, or and not."


def parse(text: str) -> Expression:
    """Parse an expression.

    Raises:
        ExpressionError: where it is none of this language.
    """
    if len(text) > _LONGEST:
        raise ExpressionError("The expression is too long.", f"It may have {_LONGEST} characters; derive it in steps.")
    quoted: dict[str, str] = {}

    def hidden(match: re.Match[str]) -> str:
        return next((key for key, name in quoted.items() if name == match[1]), None) or _keep(quoted, match[1])

    try:
        tree = ast.parse(re.sub(r"`([^`]+)`", hidden, text.strip()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = error.msg if isinstance(error, SyntaxError) and error.msg else "it cannot be read"
        cure = "Write == to compare." if re.search(r"(?<![=!<>])=(?!=)", text) else _HERE
        raise ExpressionError(f"This is not an expression: {why}.", cure) from None
    names: list[str] = []
    _judge(tree, quoted, names)
    return Expression(tree, tuple(dict.fromkeys(names)))


def _keep(quoted: dict[str, str], name: str) -> str:
    key = f"_backticked_{len(quoted)}"
    quoted[key] = name
    return key


def _judge(node: ast.AST, quoted: Mapping[str, str], names: list[str], depth: int = 0) -> None:
    """Refuses what is not part of the language, and collects the names."""
    if depth > _DEEPEST:
        raise ExpressionError("The expression is nested too deeply.", "Derive it in steps.")
    parts: Sequence[ast.AST]
    match node:
        case ast.Name():
            node.id = quoted.get(node.id, node.id)
            names.append(node.id)
            return
        case ast.Constant(value=value) if isinstance(value, int | float | str) and not isinstance(value, bool):
            return
        case ast.Constant(value=bool()):
            raise ExpressionError(f"{ast.unparse(node)} is no value here.", 'A yes or no is a text: "yes".')
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            parts = (left, right)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd(), operand=operand):
            parts = (operand,)
        case ast.BoolOp(values=values):
            parts = values
        case ast.IfExp(test=test, body=body, orelse=orelse):
            parts = (test, body, orelse)
        case ast.Compare() | ast.Call() if (asked := _asked_missing(node)) is not None:
            parts = (asked[0],)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            for compared, right in zip(ops, comparators, strict=True):
                _judge_comparison(compared, right)
            sides = [one.elts if isinstance(one, ast.List | ast.Tuple) else [one] for one in comparators]
            parts = [left, *(each for side in sides for each in side)]
        case ast.Call():
            cure = "What needs one is done in prepare.py; only missing(x) is known."
            raise ExpressionError("An expression cannot call a function.", cure)
        case ast.Attribute():
            cure = f"A column with a point in its name stands in backticks: `{ast.unparse(node)}`."
            raise ExpressionError(f"{ast.unparse(node)} is not a name.", cure)
        case _:
            raise ExpressionError(f"{ast.unparse(node)[:60]} has no place in an expression.", _HERE)
    for part in parts:
        _judge(part, quoted, names, depth + 1)


def _asked_missing(node: ast.AST) -> tuple[ast.expr, bool] | None:
    """What `x is missing`, `x is not missing` or `missing(x)` asks about, and whether it asks for the opposite."""
    match node:
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as op], comparators=[ast.Name(id=name)]):
            return (left, isinstance(op, ast.IsNot)) if name == IS_MISSING else None
        case ast.Call(func=ast.Name(id=name), args=[one], keywords=[]):
            return (one, False) if name == IS_MISSING else None
    return None


def _judge_comparison(op: ast.cmpop, right: ast.expr) -> None:
    if isinstance(op, ast.In | ast.NotIn):
        if not isinstance(right, ast.List | ast.Tuple):
            raise ExpressionError("After in a list is needed.", 'Write it so: stage in ["I", "II"].')
    elif type(op) not in _ORDER:
        cure = "Write == to compare; x is missing asks for a missing cell."
        raise ExpressionError("is has no place in an expression.", cure)
    elif isinstance(right, ast.List | ast.Tuple):
        raise ExpressionError("A list stands after in only.", 'Write it so: stage in ["I", "II"].')


# Cells ----------------------------------------------------------------------------------------------------------


def evaluate(
    expression: Expression, columns: Mapping[str, Sequence[str]], rows: int, missing: Sequence[str]
) -> list[str]:
    """The cells of a new column.

    Args:
        expression: the parsed expression.
        columns: the cells of the columns, as text.
        rows: how many rows there are.
        missing: cells that mean a missing value.

    Raises:
        ExpressionError: where a column is not there, cells are not what the expression needs, or a number has no
            value; `row` is the place of the row, from 0.
    """
    values: dict[str, Sequence[Value]] = {}
    for name in expression.names:
        if name in columns:
            values[name] = _values(columns[name], missing)
        elif name == ROW_NUMBER:
            values[name] = [float(number) for number in range(1, rows + 1)]
        else:
            near = nearest(name, columns)
            raise ExpressionError(f"There is no column {name}.", f"Did you mean {near}?" if near else "")
    # rows that are alike in the columns used have the same result: each such row is computed once
    known: dict[tuple[Value, ...], str] = {}
    cells = []
    for row, key in enumerate(zip(*values.values(), strict=True) if values else [()] * rows):
        if key not in known:
            try:
                known[key] = _text(_value(expression.tree, dict(zip(values, key, strict=True))))
            except ExpressionError as error:
                raise ExpressionError(error.what, error.cure, row) from None
        cells.append(known[key])
    return cells


def _values(cells: Sequence[str], missing: Sequence[str]) -> Sequence[Value]:
    """The cells as what all of them are: numbers, dates, yes and no, or texts."""
    there = {cell for cell in cells if cell not in missing}
    read: Callable[[str], Value] = str
    if all(_NUMBER.match(cell) for cell in there):
        read = float
    elif there <= _YES_NO.keys():
        read = _YES_NO.__getitem__
    elif all(_DATE.match(cell) for cell in there):
        try:
            days = {cell: dt.date.fromisoformat(cell) for cell in there}
            read = days.__getitem__
        except ValueError:
            read = str
    values: dict[str, Value] = {cell: read(cell) for cell in there}
    return [values.get(cell) for cell in cells]


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number_text(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _value(node: ast.expr, row: Mapping[str, Value]) -> Value:
    def of(part: ast.expr) -> Value:
        return _value(part, row)

    match node:
        case ast.Name(id=name):
            return row[name]
        case ast.Constant(value=value):
            return value if isinstance(value, str) else float(value)  # type: ignore[arg-type]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            truth = _truth(of(operand), operand)
            return None if truth is None else not truth
        case ast.UnaryOp(op=op, operand=operand):
            number = _number(of(operand), operand)
            return None if number is None else -number if isinstance(op, ast.USub) else number
        case ast.BinOp(left=left, op=op, right=right):
            return _computed(node, type(op), of(left), of(right), left, right)
        case ast.BoolOp(op=op, values=parts):
            decides = isinstance(op, ast.Or)
            found = [_truth(of(part), part) for part in parts]
            return decides if decides in found else None if None in found else not decides
        case ast.IfExp(test=test, body=body, orelse=orelse):
            truth = _truth(of(test), test)
            return None if truth is None else of(body) if truth else of(orelse)
        case ast.Compare() | ast.Call() if (asked := _asked_missing(node)) is not None:
            return (of(asked[0]) is None) != asked[1]
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            return _compared(left, ops, comparators, of)
    raise AssertionError(ast.dump(node))


def _computed(node: ast.expr, op: type[ast.operator], a: Value, b: Value, left: ast.expr, right: ast.expr) -> Value:
    if isinstance(a, dt.date) and isinstance(b, dt.date) and op is ast.Sub:
        return float((a - b).days)
    if isinstance(a, dt.date) or isinstance(b, dt.date):
        if a is None or b is None:
            return None
        raise ExpressionError(
            f"{_shown(node)} cannot be computed with dates.", "Of dates there is the difference only."
        )
    x, y = _number(a, left), _number(b, right)
    if x is None or y is None:
        return None
    try:
        number = _ARITHMETIC[op](x, y)
    except (ZeroDivisionError, OverflowError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        what = f"{_shown(node)} has no value for {number_text(x)} and {number_text(y)}."
        raise ExpressionError(what, "Correct the cells, or leave such rows out with if.")
    return float(number)


def _number(value: Value, node: ast.expr) -> float | None:
    if value is None or (isinstance(value, float) and not isinstance(value, bool)):
        return value
    raise ExpressionError(f"{_shown(node)} is not a number here: {_text(value)[:40]}.", "Recode or correct the column.")


def _truth(value: Value, node: ast.expr) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    if value in _YES_NO:
        return _YES_NO[str(value)]
    cure = "Compare it with something, as in age >= 65."
    raise ExpressionError(f"{_shown(node)} is neither yes nor no, but {_text(value)[:40]}.", cure)


def _compared(
    left: ast.expr, ops: list[ast.cmpop], comparators: list[ast.expr], of: Callable[[ast.expr], Value]
) -> bool | None:
    here, verdict = left, True
    for op, right in zip(ops, comparators, strict=True):
        a = of(here)
        if isinstance(op, ast.In | ast.NotIn):
            listed = right.elts if isinstance(right, ast.List | ast.Tuple) else []
            if a is None:
                return None
            found = any(_pair(a, of(one), ast.Eq, here, one) for one in listed)
            verdict = verdict and found == isinstance(op, ast.In)
            continue
        b = of(right)
        if a is None or b is None:
            return None
        verdict = verdict and _pair(a, b, type(op), here, right)
        here = right
    return verdict


def _pair(a: Value, b: Value, op: type[ast.cmpop], left: ast.expr, right: ast.expr) -> bool:
    """One comparison of two values of a kind; a date or a yes is compared with its text, too."""
    if isinstance(a, str) != isinstance(b, str):
        a, b = (_text(one) if isinstance(one, bool | dt.date) else one for one in (a, b))
    if type(a) is not type(b):
        text, number = (left, right) if isinstance(a, str) else (right, left)
        if isinstance(a, str) or isinstance(b, str):
            what = f"{_shown(text)} is a text and {_shown(number)} is a number."
            raise ExpressionError(what, "Write a level in quotes, a number without.")
        raise ExpressionError(f"{_shown(left)} and {_shown(right)} cannot be compared.", "They are of different kinds.")
    return _ORDER[op](a, b)


def _shown(node: ast.expr) -> str:
    return ast.unparse(node)[:60]
