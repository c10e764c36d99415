"""JSON Schema faults as sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from analysis.faults import suggestion

if TYPE_CHECKING:
    from jsonschema import ValidationError

LONG = 80
"""Letters of a value that a sentence repeats."""


def schema_faults(value: Any, schema: Path | Mapping[str, Any], name: str) -> list[str]:
    """What is wrong with `value`, the content of the file `name`, in sentences; none where it fits the schema."""
    from jsonschema import Draft202012Validator

    found = json.loads(schema.read_text(encoding="utf-8")) if isinstance(schema, Path) else schema
    errors = sorted(Draft202012Validator(found).iter_errors(value), key=lambda error: [str(p) for p in error.path])
    return list(dict.fromkeys(_sentence(error, name) for error in errors))


def _sentence(error: ValidationError, name: str) -> str:
    where = ", ".join([name, *(str(part) for part in error.path)])
    shown = json.dumps(error.instance, ensure_ascii=False)
    shown = shown if len(shown) <= LONG else f"{shown[:LONG]}…"
    value, rule = cast(Any, error.instance), cast(Any, error.validator_value)
    if error.validator == "enum":
        return f"{where}: {shown} is not a known word. {suggestion(value, rule, 'word')}"
    if error.validator == "required":
        missing = [key for key in rule if key not in value]
        return f"{where}: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."
    if error.validator == "additionalProperties" and isinstance(error.schema, Mapping):
        known = list(error.schema.get("properties", {}))
        other = [key for key in value if key not in known]
        if known and other:
            return " ".join(f"{where}: there is no key {key} here. {suggestion(key, known, 'key')}" for key in other)
    if error.validator == "type":
        wanted = " or ".join(rule) if isinstance(rule, list) else rule
        return f"{where}: {shown} is not of the type {wanted}."
    if error.validator == "pattern":
        return f"{where}: {shown} does not have the form {rule}."
    said = error.message if len(error.message) <= 3 * LONG else f"{shown} does not fit ({error.validator})"
    return f"{where}: {said.rstrip('.')}."
