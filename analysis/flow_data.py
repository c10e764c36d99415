"""Faults of the flow of patients: where the study file declares numbers that its data contradict."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from analysis.faults import Fault
from analysis.shaping import Origin
from analysis.study import Study
from analysis.study_faults import place
from analysis.yaml_file import Loc

if TYPE_CHECKING:
    import pandas as pd

_EVERYONE = re.compile(
    r"\ball\b[^,;]*\b(?:randomi[sz]ed|assigned|allocated|enrolled|included)\b|"
    r"\b(?:everyone|everybody|every patient)\b[^,;]*\b(?:randomi[sz]ed|assigned|allocated|enrolled|included)\b|"
    r"\bintention[- ]to[- ]treat\b",
    re.IGNORECASE,
)
"""Labels of a population that promise more patients than a study has of whom some have no data."""


def flow_data_faults(study: Study, origin: Origin, people: pd.DataFrame) -> Iterator[Fault]:
    """Numbers of patients that study.yml and the participants' file give differently, each with both numbers.

    Args:
        study: the study.
        origin: where the participants' rows come from.
        people: the participants, with their declared columns.
    """
    file = study.files[study.participants]
    column = str(file.role("sequence" if study.crossover else "arm"))
    if column not in people:
        return
    assigned = 0
    for group in study.groups:
        rows = people[(people[column] == group).to_numpy()]
        number, faults = _group(study, origin, group, rows)
        yield from faults
        assigned += number
    assigned += int(people[column].isna().sum())
    yield from _identified(study, origin, assigned)
    if study.flow is not None and assigned > len(people):
        yield from _labels(study, assigned - len(people))


def _group(study: Study, origin: Origin, group: str, rows: pd.DataFrame) -> tuple[int, list[Fault]]:
    """The patients assigned to a group, and what is wrong with its numbers."""
    declared = study.flow.groups.get(group) if study.flow else None
    if declared is None:
        return len(rows), []
    faults: list[Fault] = []
    at: Loc = ("flow", "groups", group)

    def say(part: Loc, what: str, cure: str) -> None:
        faults.append(Fault(place((*at, *part), study.lines), what, cure))

    absent = declared.without_data.total if declared.without_data else None
    held = f"{origin.name} has {len(rows)} {_patients(len(rows))} of this group"
    both = f"Correct the number, or {origin.name}."
    if declared.assigned is not None and declared.assigned < len(rows):
        say(("assigned",), f"{declared.assigned} were assigned, but {held}.", both)
        return len(rows), faults
    if declared.assigned is not None and absent is not None and declared.assigned != len(rows) + absent:
        what = f"{held} and {absent} are without data, which makes {len(rows) + absent}; "
        what += f"but {declared.assigned} were assigned."
        say(("without_data",), what, both)
        return declared.assigned, faults
    assigned = declared.assigned if declared.assigned is not None else len(rows) + (absent or 0)
    lacking = assigned - len(rows)
    file = study.files[study.participants]

    def compare(part: Loc, number: int | None, column: str, who: pd.Series[bool], what: str) -> bool:
        """Whether a declared number counts those whom the data name, and at most all without data besides."""
        counted = int(who.sum())
        if number is None or counted <= number <= counted + lacking:
            return True
        said = f"The number declared is {number}, but {origin.name}, column {column}, has {counted} {what}"
        said += (
            f", and {lacking} {_patients(lacking)} {'is' if lacking == 1 else 'are'} without data" if lacking else ""
        )
        say(part, said + ".", both)
        return False

    received = file.role("received")
    if received is not None and received in rows:
        compare(("received",), declared.received, received, rows[received] == "yes", "who received it")
        refused = declared.not_received.total if declared.not_received else None
        compare(("not_received",), refused, received, rows[received] == "no", "who did not receive it")
    if declared.assigned is None and declared.received is not None:
        refused = declared.not_received.total if declared.not_received else None
        if declared.received > assigned or (refused is not None and declared.received + refused != assigned):
            made = f"received ({declared.received})" + (f" and not_received ({refused})" if refused is not None else "")
            say(("received",), f"{made} do not fit the {assigned} patients assigned.", "Correct the numbers.")
    stopped = file.role("stopped")
    if stopped is not None and stopped in rows:
        total = declared.discontinued.total if declared.discontinued else None
        compare(("discontinued",), total, stopped, rows[stopped] == "yes", "who stopped")
    followup = file.role("followup")
    if followup is not None and followup in rows and declared.lost is not None:
        lost = 0
        entries = {one.before: (i, one.total or 0) for i, one in enumerate(declared.lost)}
        for time, point in study.timepoints.items():
            i, n = entries.get(time, (None, 0))
            lost += n
            if point.window_days is not None:
                part: Loc = ("lost",) if i is None else ("lost", i)
                short = rows[followup] < point.window_days
                if not compare(
                    part, lost, followup, short, f"with fewer than {point.window_days} days (before {time})"
                ):
                    break  # later times count those lost earlier
    return assigned, faults


def _identified(study: Study, origin: Origin, assigned: int) -> Iterator[Fault]:
    """Patients identified = patients excluded + patients assigned, where the study says how many."""
    design = study.design
    if study.flow is not None and all(
        group in study.flow.groups and study.flow.groups[group].assigned is not None for group in study.groups
    ):
        return  # found in the study file alone
    identified, listed = design.eligible_identified, sum(one.n or 0 for one in design.excluded)
    if identified is None:
        return
    where = "study.yml, design.eligible_identified"
    cure = "Correct the numbers in design, or the file."
    of = f"are in {origin.name}" if study.flow is None else "were assigned"
    if identified < assigned:
        has = f"{origin.name} has {assigned}" if study.flow is None else f"{assigned} were assigned"
        yield Fault(where, f"Only {identified} patients were identified, but {has}.", cure)
    elif design.excluded and (
        identified - assigned != listed if design.excluded_in_all is not None else identified - assigned < listed
    ):
        what = f"Of {identified} patients {assigned} {of} and {listed} are listed as excluded."
        yield Fault(where, what, cure)


def _labels(study: Study, lacking: int) -> Iterator[Fault]:
    """No population is called all who were assigned where some of them have no data."""
    if "populations" not in study.model_fields_set:
        return
    for key, one in study.populations.items():
        if _EVERYONE.search(one.label):
            what = f"The label {one.label} says more than the data hold: {lacking} assigned "
            what += f"{_patients(lacking)} {'is' if lacking == 1 else 'are'} without data."
            cure = "Call them all patients with data, for example."
            yield Fault(place(("populations", key, "label"), study.lines), what, cure)


def _patients(n: int) -> str:
    return "patient" if n == 1 else "patients"
