"""What an item of the checklist asks of the study file, and what of it is not there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from report.checklist.guidelines import FILES, Item, guideline
from report.emit import at_path
from report.errors import ReportError

_NAMES_RANDOMISED = re.compile(r"(?<!non-)(?<!not )\brandomi[sz]ed\b", re.IGNORECASE)
_NAMES_OTHER = re.compile(
    r"\b(non-?randomi[sz]ed|cohort|observational|case-control|cross-sectional|registry|comparative|controlled)\b",
    re.IGNORECASE,
)


STATEMENTS = {
    "collection": "how and when events were asked for",
    "definition": "what counted as an event",
    "assessed_by": "who assessed the events (masked or not)",
    "grading": "by what the severity was graded",
    "coding": "by what the terms were put into classes",
}
"""What `adverse_events` has to tell of how harms were found (item 15), by key."""
_OF_COLUMNS = {"grading": "severity", "coding": "class"}
"""Statements that are asked for only where the data have a column of that role."""


ESTIMAND = "outcomes.*.estimand.intercurrent"
"""Stands for the keys of `estimands_asked`."""


def harms_told(study: Mapping[str, Any], key: str) -> bool:
    """Whether `adverse_events.KEY` is told, or need not be. Without adverse events one thing is asked: how harms were
    looked for."""
    chosen = study.get("adverse_events")
    if not chosen:
        return key != "collection"
    columns = study["files"][chosen["file"]]["columns"].values()
    if key in _OF_COLUMNS and not any(column.get("role") == _OF_COLUMNS[key] for column in columns):
        return True
    return bool(chosen.get(key))


def answer(study: Mapping[str, Any], key: str) -> str | Mapping[str, Any] | None:
    """The author's answer to an item: `reporting.KEY` of study.yml, a sentence or why there is none."""
    told = (study.get("reporting") or {}).get(key.removeprefix("reporting.")) if key else None
    return told or None


@dataclass(frozen=True)
class Told:
    """A printed answer: its key path in study.yml, the items that it answers, and what it does with them."""

    path: str
    items: tuple[str, ...]
    says: str


def told(study: Mapping[str, Any], key: str) -> Told | None:
    """What the paper prints of `reporting.KEY`; None where nothing is to be printed. Raises ReportError for a key that
    answers no item."""
    path = f"reporting.{key}"
    found = (
        name
        for of in FILES
        for item in guideline(of).items
        if item.key == path
        for name in item.answered_by
        if of == "consort" or name.startswith(f"{of}:")
    )
    items = tuple(dict.fromkeys(found))
    if not items:
        raise ReportError(f"No item of the checklist is answered by '{path}'.")
    answered = answer(study, path)
    if isinstance(answered, str):
        return Told(path, items, "reported")
    for form, says in (("not_done", "not done"), ("not_reported", "not reported")):
        if answered and answered.get(form):
            return Told(f"{path}.{form}", items, says)
    return None


def owed_keys(
    item: Item, study: Mapping[str, Any], given: Mapping[str, Any], prose: Mapping[str, str]
) -> tuple[str, ...]:
    """The keys that an item asks for and that are not filled; none where `reporting` answers it."""
    if answer(study, item.key):
        return ()
    asked = [key for one in item.asks for key in (estimands_asked(study) if one == ESTIMAND else (one,))]
    missing = [key for key in asked if not _filled(key, study, given, prose)]
    return tuple(key.removesuffix(".framework") for key in missing)  # what the title lacks is in `title`


def estimands_asked(study: Mapping[str, Any]) -> tuple[str, ...]:
    """Keys of the intercurrent events of each outcome whose estimand is asked for: the prespecified primary ones of a
    randomised trial."""
    if study["design"]["allocation"] != "randomised":
        return ()
    primary = [k for k, o in study["outcomes"].items() if o["role"] == "primary" and o["prespecified"]]
    return tuple(ESTIMAND.replace("*", key) for key in primary)


def _filled(key: str, study: Mapping[str, Any], given: Mapping[str, Any], prose: Mapping[str, str]) -> bool:
    first, _, rest = key.partition(".")
    if key == "title.framework":
        return study["design"]["framework"].replace("-", "") in str(study["title"]).lower().replace("-", "")
    if key == "title":
        names = _NAMES_RANDOMISED if study["design"]["allocation"] == "randomised" else _NAMES_OTHER
        return names.search(str(study["title"])) is not None
    if first == "registration" and not study["registration"]["registered"]:
        return bool(study["registration"].get("reason"))
    if first == "protocol" and not study["protocol"]["available"]:
        return bool(study["protocol"].get("reason"))
    if key == "authors.conflicts":
        return all(author.get("conflicts") for author in study["authors"])
    if key == "reporting.ratio" and study["design"]["allocation"] != "randomised":
        return True  # the sizes of the groups were found, not planned
    if first == "text":
        return bool(prose.get(rest, "").strip())
    if key.startswith("design.blinding."):
        who = key.rpartition(".")[2]
        stated = (given.get("design") or {}).get("blinding") or {}
        return study["design"]["blinding"][who] != "unknown" or who in stated
    if key.endswith(ESTIMAND.rpartition("*")[2]):
        outcome = study["outcomes"][rest.partition(".")[0]]
        return (outcome.get("estimand") or {}).get("intercurrent") is not None  # an empty list is an answer
    if first == "adverse_events" and rest:
        return harms_told(study, rest)
    try:
        return bool(at_path(study, key))
    except (KeyError, TypeError):
        return False


def by_templates(study: Mapping[str, Any]) -> frozenset[str]:
    """Items that a template answers for a study of this kind although no key of it does: that all analyses were chosen
    after the data were known, and that a study of routine care had no interim analyses."""
    found = set()
    if not any(outcome["prespecified"] for outcome in study["outcomes"].values()):
        found.add("10")
    if study["design"]["allocation"] != "randomised":
        found.add("16b")
    return frozenset(found)
