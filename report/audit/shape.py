"""What ledger.json and results.json must look like before anything is looked up in them.

They come with the files that are audited, a record even inside of one, so nothing in them is taken on trust: each value
that the audit reads has the type that the audit relies on, and numbers are finite. Keys that the audit does not read
may hold anything. The shape is that of docs/contracts.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from report.audit.errors import AuditError

Shape = Any
"""A tuple of types (and Keys): one of these. A list of one shape: a list of such. Keys, or SPAN."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A mapping: `known` keys, of which those that are `needed` must be there; `other` is the shape of all other keys,
    None where they may hold anything."""

    known: Mapping[str, Shape]
    needed: tuple[str, ...] = ()
    other: Shape = None


LARGEST = 10**15
"""Whole numbers beyond this are no counts, rows or places of anything."""

TEXT, MAYBE_TEXT = (str,), (str, type(None))
NUMBER, MAYBE_NUMBER = (int, float), (int, float, type(None))
SCALAR = (str, int, float, bool, type(None))
SPAN = object()
"""The name of an entry, and where its text begins and ends: ["n12", 0, 4]."""


def _each(shape: Shape) -> Keys:
    """Keys of any name, each of the shape."""
    return Keys({}, other=shape)


def _predicate(levels: int) -> Keys:
    known: dict[str, Shape] = dict.fromkeys(("op", "of", "low", "high", "path"), TEXT)
    known |= {"than": NUMBER, "null": NUMBER, "value": SCALAR}
    return Keys(known | {"all": [_predicate(levels - 1)] if levels else ()})


def _record(*shapes: tuple[str, Shape], needed: str = "") -> Keys:
    """Keys by their shapes: ("kind name", TEXT) gives two keys."""
    return Keys({name: shape for names, shape in shapes for name in names.split()}, tuple(needed.split()))


DECLARED = _record(("value text", SCALAR), ("unit source", MAYBE_TEXT))
ENTRY = _record(
    ("kind name text block", TEXT),
    ("raw transform rule", MAYBE_TEXT),
    ("predicate", _predicate(4)),
    needed="kind name text",
)
BLOCK = _record(
    ("id kind", TEXT),
    ("section text table figure", MAYBE_TEXT),
    ("row column", (int, type(None))),
    ("header", (bool, type(None))),
    ("spans", [SPAN]),
    needed="kind",
)
LEDGER = _record(
    ("data", TEXT),
    ("furniture", _each(MAYBE_TEXT)),
    ("entries", _each(ENTRY)),
    ("blocks", [BLOCK]),
    ("figures", [_record(("id svg svg_sha256 png png_sha256 alt", TEXT), ("number", (int,)), needed="id")]),
    ("tables", [_record(("id series", TEXT), ("number header_rows", (int,)), needed="id")]),
    ("references", [_record(("key", TEXT), ("number", (int,)), ("fields", _each(SCALAR)), needed="key")]),
    ("constants", _each(DECLARED)),
    ("declared", _each((*SCALAR, DECLARED))),
    ("quoted", _each(_record(("cite text", TEXT), ("where", MAYBE_TEXT)))),
    needed="entries blocks",
)

ERROR = (type(None), _record(("code message", TEXT)))
ANALYSIS = _record(
    ("method label", TEXT),
    ("population outcome time role ci_method note", MAYBE_TEXT),
    ("adjusted_for warnings", [TEXT]),
    ("alpha ci_level null sides", MAYBE_NUMBER),
    ("n_analysed n_available", _each(MAYBE_NUMBER)),
    ("error", ERROR),
)
STATISTIC = _record(
    ("value", MAYBE_NUMBER),
    ("statistic", TEXT),
    ("unit group outcome time analysis numerator denominator", MAYBE_TEXT),
    ("contrast", (type(None), [TEXT])),
    ("warnings", [TEXT]),
    ("error", ERROR),
    needed="value",
)
RESULTS = _record(
    (
        "study",
        _record(
            ("id title data", TEXT),
            ("arms", _each(TEXT)),
            ("sequences", _each([TEXT])),
            ("reference_arm", MAYBE_TEXT),
        ),
    ),
    ("inputs", [_record(("file sha256", TEXT), ("rows", (int,)), needed="file")]),
    ("software labels", _each(TEXT)),
    ("analyses", _each(ANALYSIS)),
    ("statistics", _each(STATISTIC)),
    needed="statistics",
)


_PLAIN = frozenset((str, type(None), bool))


def check_shape(value: Any, shape: Shape, name: str) -> None:
    """Raises AuditError, which names the first value of another type by its path, where `value` is not of the shape."""
    path = _misfit(value, shape)
    if path is not None:
        where = ".".join(path) or "it"
        raise AuditError(f"{name} is damaged: {where} is missing, or is not what it should be.")


def _misfit(value: Any, shape: Shape) -> list[str] | None:
    """The path to the first value that does not fit; None where all do."""
    if shape is SPAN:
        return None if _is_span(value) else []
    if isinstance(shape, tuple):
        kind = type(value)
        for one in shape:
            if one is kind:
                return None if kind is str or _is_sound(value) else []
        return next((None for one in shape if not isinstance(one, type) and _misfit(value, one) is None), [])
    if isinstance(shape, list):
        if not isinstance(value, list):
            return []
        for position, item in enumerate(value):
            if (path := _misfit(item, shape[0])) is not None:
                return [str(position), *path]
        return None
    if not isinstance(value, Mapping):
        return []
    for name in shape.needed:
        if name not in value:
            return [name]
    for name, item in value.items():
        inner = shape.known.get(name, shape.other)
        kind = type(item)
        if inner is None or (kind in _PLAIN and type(inner) is tuple and kind in inner):
            continue  # most values are of this kind: they are told at once
        if (path := _misfit(item, inner)) is not None:
            return [name, *path]
    return None


def _is_sound(value: Any) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    return not isinstance(value, int) or abs(value) <= LARGEST


def _is_span(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and type(value[0]) is str
        and type(value[1]) is int
        and type(value[2]) is int
        and 0 <= value[1] <= value[2] <= LARGEST
    )
