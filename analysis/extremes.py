"""Worst and best case: every missing value is the worst for the treatment that it can be, or the best."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.context import Context
from analysis.risks import is_event
from analysis.study import Column, Outcome


def extreme(context: Context, key: str, worst: bool) -> tuple[Context, dict[str, int]]:
    """The data with the missing values of an outcome filled in, and how many were by arm.

    In the worst case a patient of an arm has the outcome that is worse for the patient, one of the reference arm the
    better one; in the best case the reverse. A time that was censored before the last time point ends with the event
    where it was censored, or reaches that time point without it.
    """
    outcome = context.study.outcomes[key]
    filled = _times(context, outcome, worst) if outcome.kind == "time_to_event" else _events(context, outcome, worst)
    made, who = filled
    groups = context.by_arm(context.study.population_of(outcome.population))
    return made, {arm: int(who.reindex(patients).sum()) for arm, patients in groups.items()}


def _has_event(context: Context, outcome: Outcome, worst: bool) -> pd.Series[Any]:
    """Whether a patient whose outcome is missing is taken to have the event."""
    bad = (outcome.better == "lower") if outcome.kind == "binary" else (outcome.better == "higher")
    treated = context.arm != context.study.reference_arm
    return treated == (worst == bad)


def cell_of(column: Column, events: list[int | float | str], event: bool) -> int | float | str:
    """A cell of a column that is an event, or is none."""
    if event:
        return events[0]
    if column.type == "category":
        return next(level for level in column.levels or {} if level not in events)
    return next(number for number in range(len(events) + 1) if number not in events)


def _events(context: Context, outcome: Outcome, worst: bool) -> tuple[Context, pd.Series[Any]]:
    column, time = str(outcome.column), outcome.timepoints[-1]
    file, _, name = column.partition(".")
    cells = context.scores(column, time)
    missing = cells.isna()
    about, events = context.study.files[file].columns[name], outcome.event or []
    yes, no = cell_of(about, events, True), cell_of(about, events, False)
    given = _has_event(context, outcome, worst).map({True: yes, False: no})
    completed = {(column, time): cells.where(~missing, given)}
    return Context(context.study, context.data, context.out, completed), missing


def _times(context: Context, outcome: Outcome, worst: bool) -> tuple[Context, pd.Series[Any]]:
    people = context.study.participants
    frame = context.data.frames[people]
    time_name, event_name = (str(c).partition(".")[2] for c in (outcome.column, outcome.event_column))
    about, events = context.study.files[people].columns[event_name], outcome.event or []
    time, event = context.people[time_name].astype(float), is_event(context.people[event_name], events)
    horizon = float(context.study.timepoints[outcome.timepoints[-1]].at or 0)
    missing = (event == 0) & (time < horizon)
    ends = missing & _has_event(context, outcome, worst)
    stays = missing & ~ends
    cells = context.people[event_name].where(~ends, cell_of(about, events, True))
    times = np.where(stays, horizon, time)
    made = frame.assign(**{time_name: times, event_name: cells.to_numpy()})
    data = replace(context.data, frames={**context.data.frames, people: made})
    return Context(context.study, data, context.out), missing
