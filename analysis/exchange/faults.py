"""What keeps a file from being exchanged, and what a name is made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]


class ExchangeError(Exception):
    """A file cannot be read or written. `problems` are sentences, all of them at once, never none."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(dict.fromkeys(problems))
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Address:
    """A statistic's name in three parts: what it is of, in which group or contrast, and which number.

    `adl.month_6.treatment_vs_control.adjusted.difference` is of `adl.month_6`, in `treatment_vs_control`, and the
    number `adjusted.difference`. Some names have no group: `design.alpha`.
    """

    item: str
    group: str | None
    number: str

    @property
    def name(self) -> str:
        return ".".join(part for part in (self.item, self.group, self.number) if part)


def group_of(record: Record) -> str | None:
    """The part of the name that tells the group or contrast of a statistic; None where it has neither."""
    contrast = record.get("contrast")
    return f"{contrast[0]}_vs_{contrast[1]}" if contrast else record.get("group")


def address(name: str, record: Record) -> Address:
    """The parts of a statistic's name.

    Raises:
        ExchangeError: where its group or contrast is not one part of its name, with something before and after it.
    """
    group, parts = group_of(record), name.split(".")
    if group is None:
        if len(parts) < 2:
            raise ExchangeError([f"The name {name} has one part only; it needs what it is of, and which number."])
        return Address(".".join(parts[:-1]), None, parts[-1])
    if parts.count(group) != 1 or parts[0] == group or parts[-1] == group:
        raise ExchangeError(
            [f"The statistic {name} is of {group}, which must be one part of its name, not the first or last."]
        )
    at = parts.index(group)
    return Address(".".join(parts[:at]), group, ".".join(parts[at + 1 :]))


def read_json(path: Path) -> Any:
    """The value of a JSON file.

    Raises:
        ExchangeError: where it is not there, no JSON, holds a key twice, or a number that JSON does not know (NaN).
    """

    def whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = sorted({key for key in keys if keys.count(key) > 1})
            raise ExchangeError([f"{path.name}: the key {key} stands twice in one object." for key in twice])
        return found

    def no_number(text: str) -> Any:
        raise ExchangeError([f"{path.name}: {text} is no number of JSON. Write null, with the reason as error."])

    if not path.is_file():
        raise ExchangeError([f"There is no file {path}."])
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"), object_pairs_hook=whole, parse_constant=no_number)
    except (ValueError, RecursionError) as error:
        raise ExchangeError([f"{path.name} is not readable JSON ({error})."]) from None


def printed_texts(ledger: Record | None) -> dict[str, str]:
    """How a paper prints each statistic: the text that stands there most often, the earlier one of two."""
    seen: dict[str, dict[str, int]] = {}
    for entry in (ledger or {}).get("entries", {}).values():
        if entry.get("kind") in ("result", "not_estimable") and entry.get("transform", "identity") == "identity":
            counts = seen.setdefault(entry["name"], {})
            counts[entry["text"]] = counts.get(entry["text"], 0) + 1
    return {name: max(counts, key=lambda text: counts[text]) for name, counts in seen.items()}
