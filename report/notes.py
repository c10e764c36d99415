"""Notes under a table: marks in the order in which they are met, and why some of its numbers could not be computed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from report.context import Context, joined
from report.errors import ReportError
from report.ledger import Entry
from report.markdown import Md

_MARK = re.compile(r"(?<!\\)\^([a-z])\^")
MOST_NAMED = 4  # outcomes named beside one reason


def marks_in_order(
    heads: Sequence[str], rows: Sequence[str], notes: Sequence[str], where: str
) -> tuple[list[str], list[str], list[str]]:
    """A table's lines with its note marks as a, b, c in reading order, and the notes that they lead to in that order.

    A template gives each note a letter of its own, whatever the table then holds; a note whose letter no cell has is
    left out, and of two notes with one letter the second. Raises ReportError where a cell has a letter without a note.
    """
    letters = list(dict.fromkeys(letter for line in (*heads, *rows) for letter in _MARK.findall(line)))
    new = {old: chr(ord("a") + place) for place, old in enumerate(letters)}
    marked: dict[str, str] = {}
    kept: list[str] = []
    for note in notes:
        if not _MARK.match(note):
            kept.append(note)
            continue
        if not marked:
            kept.append("")  # the place of all marked notes
        parts = _MARK.split(note)[1:]
        for letter, text in zip(parts[::2], parts[1::2], strict=True):
            marked.setdefault(letter, text.strip())
    if missing := [letter for letter in letters if letter not in marked]:
        raise ReportError(f"{where}: the note mark '{missing[0]}' has no note.")
    together = " ".join(f"^{new[letter]}^{marked[letter]}" for letter in letters)

    def again(line: str) -> str:
        return _MARK.sub(lambda found: f"^{new[found[1]]}^", line)

    shown = [note or together for note in kept]
    return [again(line) for line in heads], [again(line) for line in rows], [note for note in shown if note]


def gap_notes(paper: Context, printed: Sequence[Entry]) -> list[Md]:
    """What the mark of numbers that could not be computed means, with each reason that the results give; where the
    table is of several outcomes, a reason that is not of all of them says of which."""
    records: Mapping[str, Any] = paper.emit.results["statistics"]
    gaps = [entry.name for entry in printed if entry.kind == "not_estimable"]
    if not gaps:
        return []
    outcomes = {_outcome(records, entry.name) for entry in printed if entry.name in records} - {None}
    reasons: dict[str, list[str]] = {}
    for name in dict.fromkeys(gaps):
        reasons.setdefault(str(records[name]["error"]["message"]), []).append(name)
    told = [f"{paper.style.table.not_estimable}: not estimable."]
    for message, names in reasons.items():
        said = paper.emit.literal(message.rstrip("."), "reason", names[0])
        about = list(dict.fromkeys(one for name in names if (one := _outcome(records, name))))
        if about and set(about) != outcomes and len(about) <= MOST_NAMED:
            labels = [paper.emit.declared(f"outcomes.{one}.label", lower_first=not paper.is_name(one)) for one in about]
            told.append(f"{said} ({joined(labels)}).")
        else:
            told.append(f"{said}.")
    return [Md(" ".join(told))]


def tied_notes(paper: Context, printed: Sequence[Entry]) -> list[Md]:
    """What '0 (0 to 0)' is: a shift that ties hold at one number, whatever the groups are."""
    stems = {entry.name.removesuffix(".shift") for entry in printed if entry.name.endswith(".shift")}
    ends = [(paper.emit.value(f"{x}.shift_ci_low"), paper.emit.value(f"{x}.shift_ci_high")) for x in stems]
    if not any(low is not None and low == high for low, high in ends):
        return []
    return [Md("A shift whose limits are equal to it is held there by ties; its interval says nothing of precision.")]


def _outcome(records: Mapping[str, Any], name: str) -> str | None:
    outcome = records[name].get("outcome")
    return str(outcome) if outcome else None
