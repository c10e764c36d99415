"""Numbers of the flow of patients that a study file declares, and their sums.

Public data of a trial often hold fewer patients than it assigned: those analysed, or those with an outcome. What its
report says of the others is declared here, with its source. The checks work on raw values, like those of
`study_references`: what has the wrong form is passed over, for its own fault has been named already.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import Field

from analysis.faults import Fault
from analysis.study_values import Part, Text
from analysis.yaml_file import Loc

if TYPE_CHECKING:
    from analysis.study_references import References


class Reason(Part):
    """Patients of a group of whom one thing is told, for one reason."""

    reason: Text = Field(description="the reason, as printed in the flow diagram")
    n: int = Field(ge=0, description="how many patients")


class Leaving(Part):
    """How many patients of a group did not go on, and why."""

    n: int | None = Field(default=None, ge=0, description="how many patients; absent: as many as have a reason")
    reasons: list[Reason] = Field(default_factory=list, description="patients by reason; they sum to `n`")
    source: Text | None = Field(default=None, description="where it is from, where that is not the `source` of all")

    @property
    def total(self) -> int | None:
        """Patients, None where that is not known."""
        return _total(self.n, [one.n for one in self.reasons])


class Lost(Leaving):
    """Patients lost before a time point, after the one before it."""

    before: Text = Field(description="key of a time point: those lost before it who are in no earlier entry")


class DeclaredGroup(Part):
    """What was reported of the patients of one group. What is absent is not known, unless the data hold it."""

    assigned: int | None = Field(
        default=None, ge=1, description="patients assigned, with those of whom the data have no row"
    )
    received: int | None = Field(default=None, ge=0, description="how many of them received the treatment")
    not_received: Leaving | None = Field(default=None, description="who did not receive it")
    discontinued: Leaving | None = Field(
        default=None, description="who stopped treatment early; this is not the same as being lost"
    )
    lost: list[Lost] | None = Field(default=None, description="who was lost, by time point; `[]`: nobody")
    without_data: Leaving | None = Field(default=None, description="assigned patients of whom the data have no row")
    source: Text | None = Field(default=None, description="where it is from, where that is not the `source` of all")


class ParticipantFlow(Part):
    """Numbers of patients that the data do not hold, as others reported them."""

    source: Text = Field(description="where the numbers are from, as it stands in a sentence; it is printed")
    groups: dict[str, DeclaredGroup] = Field(
        min_length=1, description="groups by key of `arms`, in a cross-over of `design.sequences`"
    )


_LEAVING = ("not_received", "discontinued", "without_data")


def _total(n: int | None, reasons: list[int]) -> int | None:
    return n if n is not None else sum(reasons) if reasons else None


# Checks of the raw file -----------------------------------------------------------------------------------------


def flow_faults(refs: References) -> Iterator[Fault]:
    """Sums of declared numbers that do not come out, and keys that are not there."""
    groups = refs.sequences if refs.crossover else refs.arms
    declared = refs.group("flow", "groups")
    for key, group in declared.items():
        yield from refs.known(("flow", "groups", key), key, groups, "sequence" if refs.crossover else "arm")
        if isinstance(group, dict):
            yield from _group(refs, key, group)
    yield from _identified(refs, declared, groups)


def _group(refs: References, key: str, group: dict[str, Any]) -> Iterator[Fault]:
    at: Loc = ("flow", "groups", key)
    if refs.crossover:
        for part in ("received", "not_received", "discontinued", "lost"):
            if group.get(part) is not None:
                what = "Patients of a cross-over are counted by period: the data say who entered each."
                yield refs.fault((*at, part), what, "Remove it; assigned and without_data can be declared.")
    for part in _LEAVING:
        yield from _reasons(refs, (*at, part), group.get(part))
    assigned, received = _count(group.get("assigned")), _count(group.get("received"))
    refused = _of(group.get("not_received"))
    if assigned is not None and received is not None and refused is not None and received + refused != assigned:
        what = f"received ({received}) and not_received ({refused}) make {received + refused}, "
        what += f"but assigned is {assigned}."
        yield refs.fault((*at, "received"), what, "Correct one of the three.")
    parts = {"received": received} | {part: _of(group.get(part)) for part in _LEAVING}
    for part, n in parts.items():
        if assigned is not None and n is not None and n > assigned and not (part == "received" and refused is not None):
            yield refs.fault(
                (*at, part), f"{part} is {n}, but only {assigned} were assigned.", "Correct one of the two."
            )
    yield from _lost(refs, (*at, "lost"), group.get("lost"), assigned)


def _lost(refs: References, at: Loc, listed: Any, assigned: int | None) -> Iterator[Fault]:
    lost = 0
    seen: set[Any] = set()
    for i, one in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(one, dict):
            continue
        before = one.get("before")
        yield from refs.known((*at, i, "before"), before, refs.timepoints, "time point")
        if before in seen:
            what, cure = f"{before} stands here twice.", "Make one entry of them, with its reasons."
            yield refs.fault((*at, i, "before"), what, cure)
        if isinstance(before, str):
            seen.add(before)
        if before == next(iter(refs.timepoints), None):
            what = "Nobody can be lost before the first time point."
            yield refs.fault((*at, i, "before"), what, "Name the time point before which they were lost.")
        yield from _reasons(refs, (*at, i), one)
        n = _of(one)
        if n is None:
            what = "It is not said how many were lost."
            yield refs.fault((*at, i), what, "Add n or reasons, or leave lost out where it is not known.")
        lost += n or 0
    if assigned is not None and lost > assigned:
        what = f"{lost} were lost in all, but only {assigned} were assigned."
        yield refs.fault(at, what, "An entry counts those who are in no earlier one; correct the numbers.")


def _reasons(refs: References, at: Loc, part: Any) -> Iterator[Fault]:
    """Reasons sum to the number that they explain."""
    if not isinstance(part, dict):
        return
    n, listed = _count(part.get("n")), _listed(part)
    texts = [one.get("reason") for one in part.get("reasons") or [] if isinstance(one, dict)]
    for text in dict.fromkeys(one for one in texts if isinstance(one, str) and texts.count(one) > 1):
        yield refs.fault((*at, "reasons"), f"The reason {text} stands here twice.", "Make one entry of them.")
    if n is not None and listed and None not in listed and sum(map(int, filter(None, listed))) != n:
        total = sum(map(int, filter(None, listed)))
        what = f"The reasons sum to {total}, but n is {n}."
        yield refs.fault((*at, "reasons"), what, "Correct n or the reasons; a patient has one reason.")


def _identified(refs: References, declared: dict[str, Any], groups: dict[str, Any]) -> Iterator[Fault]:
    """Patients assessed = patients not included + patients assigned, where all are declared."""
    design = refs.group("design")
    assessed = _count(design.get("eligible_identified"))
    excluded = design.get("excluded")
    listed = [_count(one.get("n")) for one in excluded if isinstance(one, dict)] if isinstance(excluded, list) else []
    assigned = [_count(declared[key].get("assigned")) for key in groups if isinstance(declared.get(key), dict)]
    known = [n for n in assigned if n is not None]
    if assessed is None or not groups or len(known) != len(groups):
        return  # the rest is in the data, and checked with them
    where: Loc = ("design", "eligible_identified")
    cure = "Correct the numbers in design or flow."
    total, out = sum(known), sum(filter(None, listed))
    if assessed < total:
        yield refs.fault(where, f"{assessed} were assessed, but {total} assigned (flow.groups).", cure)
    elif listed and (assessed != total + out if None not in listed else assessed < total + out):
        what = f"{assessed} were assessed, but {out} excluded and {total} assigned (flow.groups) make {out + total}."
        yield refs.fault(where, what, cure)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _listed(part: dict[str, Any]) -> list[int | None]:
    reasons = part.get("reasons")
    return [_count(one.get("n")) for one in reasons if isinstance(one, dict)] if isinstance(reasons, list) else []


def _of(part: Any) -> int | None:
    """Patients of a raw `Leaving`, None where that is not known."""
    if not isinstance(part, dict):
        return None
    listed = _listed(part)
    return _total(_count(part.get("n")), [] if None in listed else [int(n or 0) for n in listed])
