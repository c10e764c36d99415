"""Warnings of the fits behind a table: each analysis whose numbers the table prints is asked for its warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from report.context import Context, phrase
from report.markdown import Md


def warnings_behind(results: Mapping[str, Any], statistics: Iterable[str]) -> dict[str, list[str]]:
    """The warnings of the analyses of these statistics, in the order in which they are met, with the analyses' keys."""
    analyses, records = results["analyses"], results["statistics"]
    keys = dict.fromkeys(records[name]["analysis"] for name in statistics if name in records)
    found: dict[str, list[str]] = {}
    for key in keys:
        for warning in analyses.get(key, {}).get("warnings") or []:
            text = str(warning["message"]) if isinstance(warning, Mapping) else str(warning)
            found.setdefault(text, []).append(key)
    return found


def warning_notes(paper: Context, statistics: Iterable[str]) -> list[Md]:
    """A note for each warning behind the numbers of a table; where the table is of several outcomes or times, it says
    which ones the warning is about."""
    names, analyses = list(statistics), paper.emit.results["analyses"]
    records = paper.emit.results["statistics"]
    of = {_about(analyses.get(records[name]["analysis"]) or {}) for name in names if name in records} - {None}
    notes = []
    for text, keys in warnings_behind(paper.emit.results, names).items():
        said = paper.emit.literal(text, "warning", keys[0])
        about = dict.fromkeys(_about(analyses[key]) for key in keys)
        known = [pair for pair in about if pair is not None]
        if len(of) > 1 and len(known) == len(about) and set(known) != of:
            notes.append(phrase("{}: {}", Md("; ".join(_named(paper, *pair) for pair in known)), said))
        else:
            notes.append(said)
    return notes


def _about(analysis: Mapping[str, Any]) -> tuple[str, str] | None:
    """The outcome of an analysis, and its time or ''."""
    outcome = analysis.get("outcome")
    return (str(outcome), str(analysis.get("time") or "")) if outcome else None


def _named(paper: Context, outcome: str, time: str) -> Md:
    o = next((one for one in paper.outcomes if one.id == outcome), None)
    if o is None:
        return Md("")
    label = paper.emit.declared(f"outcomes.{outcome}.label")
    return paper.at_time(label, o, time) if time in paper.study["timepoints"] else label
