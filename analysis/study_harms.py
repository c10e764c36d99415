"""What adverse events are told by in a study file: faults of their section, and faults of their data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analysis.faults import Fault
from analysis.names import level_name

if TYPE_CHECKING:
    import pandas as pd

    from analysis.shaping import Origin
    from analysis.study import Study
    from analysis.study_references import References

CLASS, SEVERITY = "class_", "severity_"
"""How the names of classes and grades begin, after `harms.`; no term's name may."""
TAKEN = ("any", "serious", "stopped", "fatal", "zero", "person_years")
MOST_ROWS = 5


def harm_faults(refs: References) -> Iterator[Fault]:
    """Faults of `adverse_events` and of the columns that its file has for it."""
    events = refs.group("adverse_events")
    file = events.get("file")
    yield from refs.known(("adverse_events", "file"), file, refs.files, "file")
    yield from refs.known(("adverse_events", "denominator"), events.get("denominator"), refs.populations, "population")
    yield from _until(refs, events.get("until"))
    if not isinstance(file, str) or file not in refs.files:
        return
    terms = refs.with_role(file, "term")
    if not terms:
        what = "The file of adverse events has no column of role term."
        yield refs.fault(("files", file), what, "Give it to the event's name.")
    for term in terms:
        for level in _levels(refs, file, "term"):
            if level_name(level) in TAKEN or level_name(level).startswith((CLASS, SEVERITY)):
                loc = ("files", file, "columns", term, "levels", level)
                yield refs.fault(loc, f"{level} is a word that everynumber uses itself.", "Name the term otherwise.")
    for name in refs.with_role(file, "severity"):
        if "unknown" in map(level_name, _levels(refs, file, "severity")):
            loc = ("files", file, "columns", name, "levels", "unknown")
            cure = "Leave such cells empty and write missing_allowed: true."
            yield refs.fault(loc, "unknown is a word that everynumber uses itself.", cure)
    yield from _classes(refs, file, events)
    if refs.crossover:
        for role in ("class", "severity", "fatal"):
            for name in refs.with_role(file, role):
                what = f"In a cross-over, adverse events are not told by {'death' if role == 'fatal' else role}."
                yield refs.fault(("files", file, "columns", name, "role"), what, "Remove the role.")


def _until(refs: References, until: Any) -> Iterator[Fault]:
    """`until` names a time point that has a window."""
    loc = ("adverse_events", "until")
    yield from refs.known(loc, until, refs.timepoints, "time point")
    if until in refs.timepoints and not refs.timepoints[until].get("window_days"):
        what = f"The time point {until} has no window_days, so that the person-time of adverse events has no end."
        yield refs.fault(loc, what, f"Add timepoints.{until}.window_days, or name another time point.")
    if until is not None and refs.crossover:
        what = "In a cross-over, adverse events belong to their period, and not to a time since the start."
        yield refs.fault(loc, what, "Remove the key.")


def _levels(refs: References, file: str, role: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in refs.with_role(file, role):
        levels = refs.columns(file)[name].get("levels")
        found |= levels if isinstance(levels, dict) else {}
    return found


def _classes(refs: References, file: str, events: dict[str, Any]) -> Iterator[Fault]:
    """`sort: class` and `classes` need a column of role class, whose levels and terms they name."""
    has = bool(refs.with_role(file, "class"))
    for key in ("sort", "classes"):
        if not has and (events.get(key) == "class" if key == "sort" else events.get(key)):
            what = "The file of adverse events has no column of role class."
            yield refs.fault(("adverse_events", key), what, "Give role: class to its column, or remove the key.")
    named = events.get("classes")
    for term, home in (named if has and isinstance(named, dict) else {}).items():
        loc = ("adverse_events", "classes", term)
        yield from refs.known(loc, term, _levels(refs, file, "term"), "term")
        yield from refs.known(loc, home, _levels(refs, file, "class"), "class level")


def harm_data_faults(study: Study, frames: dict[str, pd.DataFrame], origins: dict[str, Origin]) -> list[Fault]:
    """Terms that lie in two classes or in none, and events that are fatal but not serious."""
    chosen = study.adverse_events
    if chosen is None or chosen.file not in frames:
        return []
    file, frame, origin = study.files[chosen.file], frames[chosen.file], origins[chosen.file]
    return [
        *_homes(study, frame, origin),
        *_late(study, frame, origin),
        *_fatal(file.role("fatal"), file.role("serious"), frame, origin),
    ]


def _homes(study: Study, frame: pd.DataFrame, origin: Origin) -> Iterator[Fault]:
    chosen = study.adverse_events
    assert chosen is not None
    file = study.files[chosen.file]
    term, group = str(file.role("term")), file.role("class")
    if group is None or term not in frame or group not in frame:
        return
    homes: dict[str, tuple[str, str]] = {one: (home, "study.yml") for one, home in chosen.classes.items()}
    told: set[str] = set()
    for line, one, home in zip(frame.index, frame[term].tolist(), frame[group].tolist(), strict=True):
        if one != one or home != home:  # missing
            continue
        first, where = homes.setdefault(one, (home, origin.line(int(line))))
        if home != first and one not in told:
            told.add(one)
            what = f"The term {one} is in the class {home} here, but in {first} in {where}."
            yield Fault(origin.cell(int(line), str(group)), what, "A term lies in one class; correct one of the two.")
    for one in file.columns[term].levels or {}:
        if chosen.systematic and one not in homes:
            what = f"The term {one} has no event with a class, so that its class is not known."
            yield Fault("study.yml, adverse_events.classes", what, f"Add it: classes: {{{one}: CLASS}}.")


def _late(study: Study, frame: pd.DataFrame, origin: Origin) -> Iterator[Fault]:
    """Events after the time up to which they were looked for: others of that time would be missing."""
    chosen = study.adverse_events
    day = study.files[chosen.file].role("day") if chosen is not None else None
    window = study.timepoints[chosen.until].window_days if chosen is not None and chosen.until else None
    if window is None or day not in frame:
        return
    for line in frame.index[(frame[day] > window).to_numpy()][:MOST_ROWS]:
        what = f"The event is of a day after {window}, up to which events were looked for (adverse_events.until)."
        yield Fault(origin.cell(int(line), str(day)), what, "Correct the day, or name a later time point, or none.")


def _fatal(fatal: str | None, serious: str | None, frame: pd.DataFrame, origin: Origin) -> Iterator[Fault]:
    """An event that led to death is serious by definition (ICH E2A)."""
    if fatal not in frame or serious not in frame:
        return
    bad = frame.index[((frame[fatal] == "yes") & (frame[serious] == "no")).to_numpy()]
    for line in bad[:MOST_ROWS]:
        yield Fault(
            origin.cell(int(line), str(serious)),
            "The event led to death, but is not called serious.",
            f"A fatal event is serious; correct {serious} or {fatal}.",
        )
