"""Checks of the outcomes and subgroups of a study file that need the files, their columns and the time points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analysis.faults import Fault, suggestion
from analysis.study_estimand import estimand_faults
from analysis.yaml_file import Loc

if TYPE_CHECKING:
    from analysis.study_references import References

SCORES = ("continuous", "ordinal", "skewed")
WITH_MEANS = ("continuous", "ordinal")
"""Kinds that are a number for each patient and time."""
WITH_MARGIN = ("non-inferiority", "equivalence")
"""Frameworks of a study whose primary outcomes need a margin."""
MODELLED = ("binary", "time_to_event")
"""Kinds that can be adjusted and compared within subgroups."""

A_OR_AN: dict[str, str] = {
    "continuous": "a continuous outcome",
    "ordinal": "an ordinal outcome",
    "skewed": "a skewed outcome",
    "count": "a count",
    "binary": "a binary outcome",
    "graded": "a graded outcome",
    "time_to_event": "a time-to-event outcome",
}
ONLY: dict[str, tuple[str, ...]] = {
    "event": MODELLED,
    "event_column": ("time_to_event",),
    "origin": ("time_to_event",),
    "order": ("graded",),
    "test": ("binary",),
    "interval": ("binary",),
    "adjust_for": ("continuous", "count", *MODELLED),
    "adjusted_by": ("binary",),
    "recurrent": ("count",),
    "stratify_by": MODELLED,
    "scale": ("continuous", "skewed"),
    "repeated": WITH_MEANS,
    "margin": ("continuous", *MODELLED),
}
"""Keys of an outcome that only some kinds have."""


def outcome_faults(refs: References, key: str, outcome: dict[str, Any], at: Loc | None = None) -> Iterator[Fault]:
    """What is wrong with one outcome, but for the types of its keys; `at`: where it stands, if not in `outcomes`."""
    loc: Loc = at or ("outcomes", key)
    kind, column = outcome.get("kind"), outcome.get("column")
    listed = outcome.get("timepoints")
    times = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    for i, name in enumerate(times):
        yield from refs.known((*loc, "timepoints", i), name, refs.timepoints, "time point")
        if times.index(name) < i:
            yield refs.fault((*loc, "timepoints", i), f"{name} stands twice.", "Keep one of the two.")
    yield from refs.known((*loc, "population"), outcome.get("population"), refs.populations, "population")
    yield from refs.cited((*loc, "cite"), outcome.get("cite"))
    yield from estimand_faults(refs, loc, outcome)
    if kind not in A_OR_AN:
        return
    for name, kinds in ONLY.items():
        if name in outcome and kind not in kinds:
            who = " or ".join(A_OR_AN[one] for one in kinds)
            what = f"{A_OR_AN[kind][0].upper()}{A_OR_AN[kind][1:]} has no {name}."
            yield refs.fault((*loc, name), what, f"It is for {who}.")
    if "unit" not in outcome and kind not in ("binary", "graded"):
        yield refs.fault(loc, f"The key outcomes.{key}.unit is missing.", "Add it: unit, as printed.")
    if kind == "count":
        yield from _count(refs, loc, key, outcome, times)
        yield from _adjusted(refs, loc, outcome)
        return
    if outcome.get("file") is not None:
        what = f"{A_OR_AN[kind][0].upper()}{A_OR_AN[kind][1:]} has a column, not a file."
        yield refs.fault((*loc, "file"), what, "Write column: file.column.")
    if column is None:
        yield refs.fault(loc, f"The {kind} outcome {key} has no column.", "Add column: file.column.")
    elif isinstance(column, str):
        yield from _column(refs, (*loc, "column"), str(kind), column, times)
    if kind in MODELLED:
        yield from _event(refs, loc, key, outcome)
    if kind in ("continuous", *MODELLED):
        yield from _adjusted(refs, loc, outcome)
        yield from _strata(refs, loc, outcome)
    if kind in WITH_MEANS:
        yield from _repeated(refs, loc, outcome, times)
    yield from _margin(refs, loc, outcome)
    yield from _methods(refs, loc, outcome)
    if kind == "time_to_event":
        yield from _at(refs, loc, times)
    if kind == "graded":
        yield from _order(refs, loc, outcome)


def subgroup_faults(refs: References) -> Iterator[Fault]:
    """What is wrong with the list of subgroups."""
    listed = refs.raw.get("subgroups")
    columns = refs.columns(refs.participants or "")
    seen: set[tuple[str, str]] = set()
    for i, one in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(one, dict):
            continue
        loc: Loc = ("subgroups", i)
        key, name = one.get("outcome"), one.get("column")
        yield from refs.known((*loc, "outcome"), key, refs.outcomes, "outcome")
        yield from refs.known((*loc, "column"), name, columns, "column")
        if not isinstance(key, str) or not isinstance(name, str):
            continue
        kind = refs.outcomes.get(key, {}).get("kind")
        if kind in A_OR_AN and kind not in MODELLED:
            what = f"{key} is {A_OR_AN[kind]}, which is not compared within subgroups."
            yield refs.fault((*loc, "outcome"), what, "Name a binary or a time-to-event outcome.")
        if name in columns and columns[name].get("role") == refs.grouping:
            yield refs.fault((*loc, "column"), f"{name} tells the {refs.grouping}s apart.", "Name another column.")
        elif name in columns and columns[name].get("type") not in ("category", None):
            yield refs.fault(
                (*loc, "column"), f"The column {name} is not a category.", "Subgroups are levels of a category."
            )
        if (key, name) in seen:
            yield refs.fault(loc, f"{key} by {name} stands twice.", "Keep one of the two.")
        seen.add((key, name))


# Columns --------------------------------------------------------------------------------------------------------


def _found(refs: References, loc: Loc, column: str) -> Iterator[Fault]:
    """That `file.column` exists."""
    if _split(refs, column) is None:
        every = {f"{one}.{each}": None for one in refs.files for each in refs.columns(one)}
        if every:
            cure = suggestion(column, every, "column")
            yield refs.fault(loc, f"{column} is not one of the columns of the files.", cure)


def _split(refs: References, column: Any) -> tuple[str, str] | None:
    """File and name of a `file.column` that exists."""
    file, dot, name = column.partition(".") if isinstance(column, str) else ("", "", "")
    return (file, name) if dot and file in refs.files and name in refs.columns(file) else None


def _column(refs: References, loc: Loc, kind: str, column: str, times: list[str]) -> Iterator[Fault]:
    found = _split(refs, column)
    if found is None:
        yield from _found(refs, loc, column)
        return
    file, name = found
    held = refs.columns(file)[name].get("type")
    if refs.columns(file)[name].get("role") in ("patient", "arm", "sequence", "timepoint"):
        yield refs.fault(loc, f"The column {column} says who or when, not what came of it.", "Name another column.")
    if kind in (*SCORES, "time_to_event") and held in ("text", "category", "date"):
        thing = "A time" if kind == "time_to_event" else "A score"
        yield refs.fault(loc, f"The column {column} is not a number.", f"{thing} needs type: integer or number.")
    elif kind == "binary" and held in ("text", "date"):
        yield refs.fault(loc, f"The column {column} is not a category.", "An event is a level, or a number.")
    elif kind == "graded" and held in ("text", "date", "integer", "number"):
        yield refs.fault(loc, f"The column {column} is not a category.", "Grades are the levels of a category.")
    if file == refs.participants:
        if len(times) > 1 and kind != "time_to_event":
            what = f"The participants' file has one {name} for each patient, but the outcome has {len(times)} times."
            yield refs.fault(loc, what, "Keep one time point, or name a column of a file of visits.")
    elif kind == "time_to_event":
        yield refs.fault(loc, f"The file {file} is not the participants' file.", "The time stands there.")
    elif not refs.with_role(file, "timepoint"):
        yield refs.fault(
            loc, f"The file {file} has no column of role timepoint.", "Give it to the column that names the visit."
        )
    elif not refs.key_is(file, ["patient", "timepoint"]):
        yield refs.fault(
            ("files", file, "key"),
            "A file of visits must have one row for each patient and time point.",
            "Make these two its key.",
        )


def _event(refs: References, loc: Loc, key: str, outcome: dict[str, Any]) -> Iterator[Fault]:
    """Which cells are events."""
    column, where = outcome.get("column"), "column"
    if outcome.get("kind") == "time_to_event":
        column, where = outcome.get("event_column"), "event_column"
        if column is None:
            yield refs.fault(loc, f"The time to event {key} has no event_column.", "Add event_column: file.column.")
        elif isinstance(column, str):
            yield from _found(refs, (*loc, where), column)
    events = outcome.get("event")
    if events is None:
        yield refs.fault(loc, f"The outcome {key} does not say what an event is.", "Add event: [level, …].")
    found = _split(refs, column)
    if found is None:
        return
    file, name = found
    if where == "event_column" and file != refs.participants:
        yield refs.fault((*loc, where), f"The file {file} is not the participants' file.", "The event stands there.")
    about = refs.columns(file)[name]
    held, levels = about.get("type"), about.get("levels")
    if where == "event_column" and held in ("text", "date"):
        yield refs.fault((*loc, where), f"The column {column} is not a category.", "An event is a level, or a number.")
    listed = events if isinstance(events, list) else []
    for i, one in enumerate(listed):
        at = (*loc, "event", i)
        if held == "category" and isinstance(levels, dict):
            if isinstance(one, int | float) and not isinstance(one, bool):
                yield refs.fault(at, f"{one} is a number, but levels are texts.", f'Put it in quotes: "{one}".')
            else:
                yield from refs.known(at, one, levels, "level")
        elif held in ("integer", "number") and isinstance(one, str):
            yield refs.fault(at, f"{one} is a text, but the column {column} holds numbers.", "Write a number.")
    if held == "category" and isinstance(levels, dict) and set(levels) <= {str(one) for one in listed}:
        yield refs.fault((*loc, "event"), "Every level counts as the event.", "Leave out those that do not.")


def _adjusted(refs: References, loc: Loc, outcome: dict[str, Any]) -> Iterator[Fault]:
    """The columns that a model adjusts for."""
    listed = outcome.get("adjust_for")
    names = listed if isinstance(listed, list) else []
    columns = refs.columns(refs.participants or "")
    own = [_split(refs, outcome.get(key)) for key in ("column", "event_column")]
    for i, name in enumerate(names):
        at = (*loc, "adjust_for", i)
        yield from refs.known(at, name, columns, "column")
        if not isinstance(name, str) or name not in columns:
            continue
        if columns[name].get("type") in ("text", "date"):
            what = f"The column {name} is neither a number nor a category."
            yield refs.fault(at, what, "A model cannot adjust for it.")
        if columns[name].get("role") == refs.grouping or (refs.participants, name) in own:
            yield refs.fault(at, f"{name} is part of the comparison itself.", "Adjust for something else.")
        if names.index(name) < i:
            yield refs.fault(at, f"{name} stands twice.", "Keep one of the two.")


def _strata(refs: References, loc: Loc, outcome: dict[str, Any]) -> Iterator[Fault]:
    """The categories within which groups are compared."""
    listed = outcome.get("stratify_by")
    names = listed if isinstance(listed, list) else []
    columns = refs.columns(refs.participants or "")
    own = [_split(refs, outcome.get(key)) for key in ("column", "event_column")]
    for i, name in enumerate(names):
        at = (*loc, "stratify_by", i)
        yield from refs.known(at, name, columns, "column")
        if not isinstance(name, str) or name not in columns:
            continue
        if columns[name].get("role") == refs.grouping or (refs.participants, name) in own:
            yield refs.fault(at, f"{name} is part of the comparison itself.", "Stratify by something else.")
        elif columns[name].get("type") not in ("category", None):
            yield refs.fault(at, f"The column {name} is not a category.", "Strata are levels of categories.")
        if names.index(name) < i:
            yield refs.fault(at, f"{name} stands twice.", "Keep one of the two.")


def _margin(refs: References, loc: Loc, outcome: dict[str, Any]) -> Iterator[Fault]:
    """A margin: of a primary outcome, in a design that has one, on the side that `better` calls worse."""
    framework, margin = refs.group("design").get("framework", "exploratory"), outcome.get("margin")
    if not isinstance(margin, dict):
        if framework in WITH_MARGIN and outcome.get("role") == "primary" and outcome.get("kind") in ONLY["margin"]:
            what = f"The framework is {framework}, but this primary outcome has no margin."
            yield refs.fault(loc, what, "Add margin: {value: …}, as the protocol has it.")
        return
    at: Loc = (*loc, "margin")
    if framework not in WITH_MARGIN:
        what = f"A margin belongs to a study of non-inferiority or equivalence, and design.framework is {framework}."
        yield refs.fault(at, what, "Correct design.framework, or remove the margin.")
    if outcome.get("role") != "primary":
        yield refs.fault(at, "This outcome is not primary, and only primary ones have a margin.", "Remove it.")
    value, ratio = margin.get("value"), margin.get("scale") == "ratio"
    if ratio and outcome.get("kind") == "continuous" and outcome.get("scale") != "log":
        yield refs.fault((*at, "scale"), "A ratio of means is compared on the logarithmic scale.", "Add scale: log.")
    if not ratio and outcome.get("kind") == "time_to_event":
        yield refs.fault(at, "The margin of a time to event is a ratio of hazards.", "Add scale: ratio.")
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return
    if not ratio and outcome.get("kind") == "binary" and value >= 100:
        yield refs.fault((*at, "value"), f"No risks differ by {value} percentage points.", "Write a smaller margin.")
    # a longer time is a lower hazard
    lower = outcome.get("better") == ("higher" if outcome.get("kind") == "time_to_event" else "lower")
    if ratio and (value == 1 or (framework == "non-inferiority" and (value > 1) != lower)):
        side = "above" if lower else "below"
        what = f"A ratio of {value} is no margin where {outcome.get('better')} is better."
        yield refs.fault((*at, "value"), what, f"Write a ratio {side} 1.")


def _methods(refs: References, loc: Loc, outcome: dict[str, Any]) -> Iterator[Fault]:
    """Choices of method that do not go together, or have nothing to choose of."""
    if outcome.get("interval") == "miettinen_nurminen" and "test" in outcome:
        what = "With interval: miettinen_nurminen the P value is of that method too."
        yield refs.fault((*loc, "test"), what, "Remove test, or the interval.")
    if "adjusted_by" in outcome and not outcome.get("adjust_for"):
        what = "adjusted_by names a model, but there is nothing to adjust for."
        yield refs.fault((*loc, "adjusted_by"), what, "Add adjust_for: [column, …].")


def several_faults(refs: References) -> Iterator[Fault]:
    """A family of comparisons that the study does not have."""
    method = refs.group("multiplicity").get("method")
    at: Loc = ("multiplicity", "method")
    if method not in ("holm", "dunnett"):
        return
    if len(refs.arms) == 2:
        what = f"Two arms are compared once, so that {method} has nothing to adjust."
        yield refs.fault(at, what, "Remove multiplicity.")
    elif method == "dunnett" and not any(_for_dunnett(refs, one) for one in refs.outcomes.values()):
        what = "Dunnett's method compares means that are not adjusted, and no outcome here has such."
        yield refs.fault(at, what, "Write method: holm.")


def _for_dunnett(refs: References, outcome: dict[str, Any]) -> bool:
    """Whether an outcome's means are compared without adjustment: a score without covariates and a value before."""
    listed, first = outcome.get("timepoints"), next(iter(refs.timepoints), None)
    before = isinstance(listed, list) and first in listed
    modelled = before or outcome.get("adjust_for") or outcome.get("repeated")
    return outcome.get("kind") in WITH_MEANS and not modelled


def _repeated(refs: References, loc: Loc, outcome: dict[str, Any], times: list[str]) -> Iterator[Fault]:
    """A model of repeated measures: two later times, of groups as they are, and no other main comparison."""
    if outcome.get("repeated") is None:
        return
    if refs.group("design").get("type") == "factorial":
        what = "A factorial trial is compared at its margins, which the model of repeated measures has not."
        yield refs.fault((*loc, "repeated"), what, "Remove repeated.")
    later = [time for time in times if time != next(iter(refs.timepoints), None)]
    if len(later) < 2:
        what = f"A model of repeated measures needs two times after the first time point; there {_are(len(later))}."
        yield refs.fault((*loc, "repeated"), what, "Add time points, or remove repeated.")
    margin = outcome.get("margin")
    if isinstance(margin, dict) and margin.get("scale") == "ratio":
        what = "A margin that is a ratio is held against geometric means, which the model of repeated measures has not."
        yield refs.fault((*loc, "repeated"), what, "Remove repeated, or write the margin as a difference.")


def _are(count: int) -> str:
    return "is one" if count == 1 else "is none"


def _at(refs: References, loc: Loc, times: list[str]) -> Iterator[Fault]:
    """Times at which survival is printed: each has its number, in order, the last one above 0."""
    before = -1.0
    for i, name in enumerate(times):
        point = refs.timepoints.get(name)
        if not isinstance(point, dict):
            continue
        at, here = point.get("at"), (*loc, "timepoints", i)
        if at is None:
            yield refs.fault(here, f"The time point {name} has no at.", "Add at: the time in the outcome's unit.")
        elif isinstance(at, int | float) and not isinstance(at, bool):
            if at <= before:
                yield refs.fault(here, f"{name} is not later than the time point before it.", "Sort them.")
            elif i == len(times) - 1 and at == 0:
                yield refs.fault(here, "Observation would end at 0.", "Add a later time point.")
            before = float(at)


def _order(refs: References, loc: Loc, outcome: dict[str, Any]) -> Iterator[Fault]:
    """The order of a graded outcome's levels: each of them once."""
    found = _split(refs, outcome.get("column"))
    levels = refs.columns(found[0])[found[1]].get("levels") if found else None
    if not isinstance(levels, dict):
        return
    if len(levels) < 2:
        yield refs.fault((*loc, "column"), "The category has one level only.", "Grades need at least two.")
    order = outcome.get("order")
    if not isinstance(order, list):
        return
    for i, name in enumerate(order):
        yield from refs.known((*loc, "order", i), name, levels, "level")
        if name in order[:i]:
            yield refs.fault((*loc, "order", i), f"{name} stands twice.", "Keep one of the two.")
    for level in levels:
        if level not in order:
            yield refs.fault((*loc, "order"), f"The level {level} is not in the order.", "Add it.")


def _count(refs: References, loc: Loc, key: str, outcome: dict[str, Any], times: list[str]) -> Iterator[Fault]:
    file = outcome.get("file")
    if outcome.get("column") is not None:
        yield refs.fault((*loc, "column"), "A count has a file of events, not a column.", "Write file: instead.")
    if file is None:
        yield refs.fault(loc, f"The count {key} has no file.", "Add file: with one row an event.")
    yield from refs.known((*loc, "file"), file, refs.files, "file")
    if isinstance(file, str) and file in refs.files and not refs.with_role(file, "day"):
        yield refs.fault(
            (*loc, "file"), f"The file {file} has no column of role day.", "Give it to the day of the event."
        )
    if refs.participants and not refs.with_role(refs.participants, "followup"):
        yield refs.fault(
            loc,
            f"The count {key} needs the days of follow-up.",
            "Give role: followup to a column of the participants' file.",
        )
    for i, name in enumerate(times):
        one = refs.timepoints.get(name)
        if isinstance(one, dict) and one.get("window_days") is None:
            yield refs.fault(
                (*loc, "timepoints", i),
                f"The time point {name} has no window_days.",
                "A count needs the last day that counts.",
            )
