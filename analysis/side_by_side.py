"""Outcomes side by side: each is computed by itself, so that with many rows several processes share them.

What is written is the same with one process and with many: each outcome's records come back whole and are put together
in the study's order.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import current_process, get_context

from analysis.context import Context
from analysis.results import Builder

Outcome = Callable[[Context, str], None]
"""Computes one outcome, by its key, and puts it into the context's builder."""

LEAST_WORK = 1_000_000
"""Rows times outcomes and their times, from which on processes are started. It was set by estimate: on two cores ten
times as much took about 0.8 s of processor time in one process, and starting others costs up to 0.25 s."""

_RECORDS = ("analyses", "statistics", "labels", "pairs", "curves", "censoring")
"""What a builder collects; the rest of it is the same for all outcomes."""

_given: tuple[Context, Outcome] | None = None


def compute(context: Context, keys: Sequence[str], outcome: Outcome) -> None:
    """Compute the outcomes, in so many processes as `workers` says."""
    count = workers(context, keys)
    if count < 2:
        for key in keys:
            outcome(context, key)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads of the numerical libraries: they mind forks
        with ProcessPoolExecutor(count, get_context("fork"), _receive, (context, outcome)) as pool:
            for made in pool.map(_one, keys):
                _join(context.out, made)


def workers(context: Context, keys: Sequence[str]) -> int:
    """How many processes are to share the outcomes: 1 unless there is much work, and a way to fork."""
    cells = sum(len(context.people) * len(context.study.outcomes[key].timepoints) for key in keys)
    if cells < LEAST_WORK or os.name != "posix" or current_process().daemon:
        return 1
    return min(_cores(), len(keys))


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _receive(context: Context, outcome: Outcome) -> None:
    global _given
    _given = context, outcome


def _one(key: str) -> Builder:
    """The records of one outcome and no others, in a process that has the context from its parent."""
    assert _given is not None
    context, outcome = _given
    for name in _RECORDS:
        getattr(context.out, name).clear()
    outcome(context, key)
    return context.out


def _join(whole: Builder, part: Builder) -> None:
    for name in _RECORDS:
        into, new = getattr(whole, name), getattr(part, name)
        if twice := sorted(set(into) & set(new)):
            raise ValueError(f"{twice[0]} is recorded twice")
        into.update(new)
