"""Faults of the study file's form: characters that no text may hold, and pydantic's errors as sentences of ours."""

from __future__ import annotations

import datetime as dt
import re
import typing
from typing import Any

from pydantic import BaseModel

from analysis.faults import Fault, suggestion
from analysis.yaml_file import Loc

STUDY_FILE = "study.yml"


def line_of(where: str) -> int:
    found = re.search(r"line (\d+)", where)
    return int(found.group(1)) if found else 0


def place(loc: Loc, lines: dict[Loc, int]) -> str:
    """`study.yml, line 12, arms.control.label` for a key path (the line of its nearest ancestor).

    Entries of a list count from 1 here, as people count; the sources of constants count from 0.
    """
    path = loc
    while path and path not in lines:
        path = path[:-1]
    line = f", line {lines[path]}" if path else ""
    dotted = ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)
    return f"{STUDY_FILE}{line}" + (f", {dotted}" if dotted else "")


# Characters ------------------------------------------------------------------------------------------------------


def bad_character(text: str) -> str:
    """Name of the first character that no text of a study may hold, or an empty text.

    Refused are control characters (line breaks apart), halves of surrogate pairs, noncharacters and the private-use
    range U+E000 to U+F8FF, which the audit keeps for its own marks.
    """
    for char in text:
        code = ord(char)
        if (code < 32 and char != "\n") or 127 <= code < 160:
            return f"a control character (U+{code:04X})"
        if 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE:
            return f"a code that is no character (U+{code:04X})"
        if 0xE000 <= code <= 0xF8FF:
            return f"a character of the private-use range (U+{code:04X})"
    return ""


def characters(value: Any, lines: dict[Loc, int], loc: Loc = ()) -> list[Fault]:
    if isinstance(value, dict):
        faults = []
        for key, one in value.items():
            bad = bad_character(str(key))
            if bad:
                faults.append(Fault(place(loc, lines), f"A key holds {bad}.", "Remove it."))
            faults += characters(one, lines, (*loc, key))
        return faults
    if isinstance(value, list):
        return [fault for i, one in enumerate(value) for fault in characters(one, lines, (*loc, i))]
    if isinstance(value, str) and (bad := bad_character(value)):
        return [Fault(place(loc, lines), f"The text holds {bad}.", "Remove it.")]
    return []


# Types ----------------------------------------------------------------------------------------------------------

_KINDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a group of keys with values",
    "model_type": "a group of keys with values",
    "model_attributes_type": "a group of keys with values",
    "date_type": "a date (2015-04-01)",
    "month_type": "a date (2015-04-01) or a month (2015-04)",
    "date_from_datetime_inexact": "a date (2015-04-01)",
    "date_from_datetime_parsing": "a date (2015-04-01)",
}


def translate(error: Any, lines: dict[Loc, int], root: type[BaseModel]) -> Fault:
    """One of pydantic's errors as a sentence of ours; `root` is the model of the whole file."""
    loc: Loc = tuple(part for part in error["loc"] if not str(part).startswith("<"))  # tags of a choice of forms
    kind: str = error["type"]
    given = error.get("input")
    context = error.get("ctx") or {}
    name = str(loc[-1]) if loc else STUDY_FILE
    if kind == "missing":
        above = place(loc[:-1], lines)
        what = f"The key {'.'.join(map(str, loc))} is missing."
        model = _model_at(root, loc[:-1])
        text = (model.model_fields[name].description or "") if model and name in model.model_fields else ""
        if loc == ("design", "allocation"):
            cure = "Write allocation: randomised or allocation: non-randomised; there is no default."
        else:
            cure = f"Add it: {text}." if text else "Add it."
        return Fault(above, what, cure)
    where = place(loc, lines)
    if kind == "extra_forbidden":
        model = _model_at(root, loc[:-1])
        valid = list(model.model_fields) if model else []
        return Fault(where, f"The key {name} is not known here.", suggestion(name, valid, "key"))
    if kind == "literal_error":
        words = re.findall(r"[^',\s][^',]*(?=')|\d+", str(context.get("expected", "")))
        return Fault(
            where, f"{_shown(given)} is not allowed here.", _boolean_hint(given) or suggestion(given, words, "value")
        )
    if kind in _KINDS:
        if given is None:
            return Fault(where, f"This is empty; it must be {_KINDS[kind]}.", "")
        hint = _boolean_hint(given) if kind == "string_type" else ""
        if kind == "string_type" and not hint and isinstance(given, int | float | dt.date):
            hint = f'Put it in quotes: "{given}".'
        return Fault(where, f"This must be {_KINDS[kind]}, not {_shown(given)}.", hint)
    if kind == "value_error":
        reason = str(context.get("error", "this is not allowed"))
        if isinstance(given, int | float | str) and str(given).strip() and str(given) not in reason:
            return Fault(where, f"{_shown(given)}: {reason}.")
        return Fault(where, reason[:1].upper() + reason[1:] + ".")
    bounds = {
        "greater_than": "more than",
        "greater_than_equal": "at least",
        "less_than": "less than",
        "less_than_equal": "at most",
    }
    if kind in bounds:
        limit = next(iter(context.values()))
        return Fault(where, f"{_shown(given)} must be {bounds[kind]} {limit}.")
    if kind == "too_short":
        least = context.get("min_length", 1)
        return Fault(where, f"This needs at least {least} {'entry' if least == 1 else 'entries'}.")
    return Fault(where, f"{_shown(given)} is not allowed here.", "See docs/study-file.md.")


def _shown(value: Any) -> str:
    if value is None:
        return "an empty value"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _boolean_hint(value: Any) -> str:
    return (
        "YAML reads yes and no without quotes as true and false: put the word in quotes."
        if isinstance(value, bool)
        else ""
    )


def _model_at(root: type[BaseModel], loc: Loc) -> type[BaseModel] | None:
    """The model of the part that a key path leads to."""
    here: Any = root
    for part in loc:
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(part))
            if field is None:
                return None
            here = field.annotation
        else:
            arguments = typing.get_args(here)
            here = arguments[-1] if arguments else None
        while typing.get_args(here) and type(None) in typing.get_args(here):
            here = next(one for one in typing.get_args(here) if one is not type(None))
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None
