"""What became of the patients of each group: from the data, or from the numbers that the study file declares.

Where both know a number they agree (`analysis.flow_data`), and what is declared stands: it counts the patients of whom
the data have no row, too. What neither knows is not reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.context import Context
from analysis.names import slugs
from analysis.stats import Problem
from analysis.study import Study
from analysis.study_flow import DeclaredGroup, Leaving

NOT_RECORDED = Problem("not_recorded", "The data do not say this.")
NOT_KNOWN = Problem("not_recorded", "It is not known of the patients without data.")
NO_REASON = "reason not recorded"


@dataclass(frozen=True)
class Left:
    """Patients of a group who did not go on; by reason as the data or the study file call it, as far as one is told."""

    n: int | Problem
    reasons: Mapping[str, int] = field(default_factory=dict)


def declared_of(study: Study, group: str) -> DeclaredGroup:
    """What the study file declares of a group; of one that it does not name, nothing."""
    return (study.flow.groups if study.flow else {}).get(group, DeclaredGroup())


def assigned_of(study: Study, group: str, rows: int) -> int:
    """Patients assigned to a group of whom the data have `rows`."""
    declared = declared_of(study, group)
    if declared.assigned is not None:
        return declared.assigned
    return rows + (declared.without_data.total or 0 if declared.without_data else 0)


def lost_times(study: Study) -> list[str]:
    """Keys of the time points before which patients are lost: those with a window, and those that are declared. Where
    it is declared that nobody was lost, without a time, the last one."""
    declared = [group.lost for group in study.flow.groups.values() if group.lost is not None] if study.flow else []
    named = {one.before for lost in declared for one in lost}
    found = [time for time, point in study.timepoints.items() if point.window_days is not None or time in named]
    return found or [*study.timepoints][-1:] * bool(declared)


def put_groups(context: Context, name: str) -> int:
    """`flow.G.{assigned,received,not_received,stopped,lost_T,completed_T}` with reasons; where the data lack patients
    also `flow.G.{with_data,without_data}`, `flow.with_data` and `flow.without_data`.

    Returns:
        The patients assigned to all groups.
    """
    study, out = context.study, context.out
    people = {group: context.people[(context.arm == group).to_numpy()] for group in study.groups}
    assigned = {group: assigned_of(study, group, len(rows)) for group, rows in people.items()}
    lacking = {group: n - len(people[group]) for group, n in assigned.items()}

    def put(group: str, what: str, value: int | Problem) -> None:
        out.put(f"flow.{group}.{what}", value, statistic="n", unit="patients", analysis=name, group=group)

    refused, stopped = {}, {}
    lost: dict[str, dict[str, Left]] = {time: {} for time in lost_times(study)}
    for group, rows in people.items():
        put(group, "assigned", assigned[group])
        if any(lacking.values()):
            put(group, "with_data", len(rows))
            put(group, "without_data", lacking[group])
        refused[group] = _not_received(context, group, rows, assigned[group])
        told = refused[group].n
        put(group, "received", told if isinstance(told, Problem) else assigned[group] - told)
        put(group, "not_received", told)
        stopped[group] = _stopped(context, group, rows, lacking[group])
        put(group, "stopped", stopped[group].n)
        for time, groups in lost.items():
            groups[group] = _lost(context, group, rows, lacking[group], time)
            n = groups[group].n
            put(group, f"lost_{time}", n)
            put(group, f"completed_{time}", n if isinstance(n, Problem) else assigned[group] - n)
    _put_reasons(context, name, "not_received_reason", {"not_received": refused})
    _put_reasons(context, name, "stopped_reason", {"stopped": stopped})
    _put_reasons(context, name, "lost_reason", {f"lost_{time}": groups for time, groups in lost.items()})
    if any(lacking.values()):
        out.put("flow.with_data", len(context.people), statistic="n", unit="patients", analysis=name)
        out.put("flow.without_data", sum(lacking.values()), statistic="n", unit="patients", analysis=name)
        absent = {group: Left(n, _told(declared_of(study, group).without_data)) for group, n in lacking.items()}
        _put_reasons(context, name, "without_data_reason", {"without_data": absent})
    return sum(assigned.values())


def put_analysed(context: Context, name: str, what: str, members: Mapping[str, Any], used: Mapping[str, int]) -> None:
    """`flow.G.analysed_WHAT`; where not all assigned patients are members, also who is not analysed:
    `flow.G.outside_WHAT` and `flow.G.without_value_WHAT`, beside those without data.

    Args:
        what: outcome and time, as `adl_month_6`.
        members: by group, patients of the outcome's population.
        used: by group, how many of them its main analysis has.
    """
    out = context.out
    rows = {group: int((context.arm == group).sum()) for group in members}
    short = any(assigned_of(context.study, group, rows[group]) != len(members[group]) for group in members)
    for group, patients in members.items():
        counts = {"analysed": used[group]}
        if short:
            counts |= {"outside": rows[group] - len(patients), "without_value": len(patients) - used[group]}
        for part, n in counts.items():
            at = f"flow.{group}.{part}_{what}"
            out.put(at, n, statistic="n", unit="patients", analysis=name, group=group)


def _told(part: Leaving | None) -> dict[str, int]:
    return {one.reason: one.n for one in part.reasons} if part else {}


def _not_received(context: Context, group: str, rows: pd.DataFrame, assigned: int) -> Left:
    declared, column = declared_of(context.study, group), context.role("received")
    total = declared.not_received.total if declared.not_received else None
    if total is None and declared.received is not None:
        total = assigned - declared.received
    if total is not None:
        return Left(total, _told(declared.not_received))
    if column is None:
        return Left(NOT_RECORDED)
    return Left(int((rows[column] == "no").sum()) if assigned == len(rows) else NOT_KNOWN)


def _stopped(context: Context, group: str, rows: pd.DataFrame, lacking: int) -> Left:
    column = context.role("stopped")
    who = rows[(rows[column] == "yes").to_numpy()] if column else None
    declared = declared_of(context.study, group).discontinued
    return _left(who, context.role("stop_reason"), declared.total if declared else None, _told(declared), lacking)


def _lost(context: Context, group: str, rows: pd.DataFrame, lacking: int, time: str) -> Left:
    """Patients lost before a time: with fewer days of follow-up than its window, or declared for it or an earlier
    one."""
    study = context.study
    column, window = context.role("followup"), study.timepoints[time].window_days
    who = rows[(rows[column] < window).to_numpy()] if column and window is not None else None
    declared = declared_of(study, group).lost
    if declared is None:
        return _left(who, context.role("lost_reason"), None, {}, lacking)
    until = [*study.timepoints][: [*study.timepoints].index(time) + 1]
    entries = [one for one in declared if one.before in until]
    reasons: dict[str, int] = {}
    for entry in entries:
        for one in entry.reasons:
            reasons[one.reason] = reasons.get(one.reason, 0) + one.n
    return _left(who, context.role("lost_reason"), sum(one.total or 0 for one in entries), reasons, lacking)


def _left(
    who: pd.DataFrame | None, column: str | None, declared: int | None, reasons: dict[str, int], lacking: int
) -> Left:
    """`who`: those whom the data name, None where they do not say; `column`: that of their reasons."""
    counted = who[column].value_counts().to_dict() if who is not None and column is not None else {}
    found = {str(reason): int(n) for reason, n in counted.items()}
    if declared is not None:
        return Left(declared, reasons or found)
    if who is None:
        return Left(NOT_RECORDED)
    return Left(NOT_KNOWN if lacking else len(who), {} if lacking else found)


def _put_reasons(context: Context, name: str, label: str, families: Mapping[str, Mapping[str, Left]]) -> None:
    """Patients by reason; every reason of any group and family is a row in each, and the rows sum to the patients."""
    out = context.out
    lefts = [left for groups in families.values() for left in groups.values()]
    levels = _levels(context, label)
    short = slugs(reason for left in lefts for reason in left.reasons)
    if not short and not _recorded(context, label):
        return
    rest = any(_rest(left) for left in lefts)
    for stem, groups in families.items():
        for group, left in groups.items():
            if isinstance(left.n, Problem):
                continue
            counts = [(part, left.reasons.get(reason, 0)) for reason, part in sorted(short.items())]
            for part, n in [*counts, *([("not_recorded", _rest(left))] if rest else [])]:
                at = f"flow.{group}.{stem}_reason.{part}"
                out.put(at, n, statistic="n", unit="patients", analysis=name, group=group)
    for reason, part in short.items():
        out.labels[f"flow.{label}.{part}"] = levels.get(reason, reason)
    if rest:
        out.labels[f"flow.{label}.not_recorded"] = NO_REASON


def _rest(left: Left) -> int:
    """Patients without a reason."""
    return 0 if isinstance(left.n, Problem) else left.n - sum(left.reasons.values())


_COLUMNS = {"stopped_reason": "stop_reason", "lost_reason": "lost_reason"}


def _recorded(context: Context, label: str) -> bool:
    return label in _COLUMNS and context.role(_COLUMNS[label]) is not None


def _levels(context: Context, label: str) -> Mapping[str, str]:
    """Labels of the reasons that are levels of a column."""
    if not _recorded(context, label):
        return {}
    file = context.study.files[context.study.participants]
    return file.columns[str(context.role(_COLUMNS[label]))].levels or {}
