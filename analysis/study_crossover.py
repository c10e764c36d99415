"""Checks of a study file that belong to the design: what a cross-over needs, and what it cannot have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analysis.faults import Fault
from analysis.names import KEY
from analysis.yaml_file import Loc

if TYPE_CHECKING:
    from analysis.study_references import References

KINDS = ("continuous", "ordinal", "binary")
"""Kinds of outcomes that can be compared within patients."""
NOT_COMPARED = ("skewed", "count", "graded", "time_to_event")
NOT_CARRIED = ("margin", "stratify_by", "adjust_for", "scale", "repeated", "test")
"""Keys of an outcome that only parallel groups have."""
OWN_WORDS = ("carryover", "discordant", "period", "total")
"""Parts of statistics' names beside time points and arms."""
MOST_ARMS = 6


def crossover_faults(refs: References) -> Iterator[Fault]:
    """What is wrong with a cross-over; of parallel groups, what only a cross-over has."""
    if not refs.crossover:
        yield from _not_one(refs)
        return
    yield from _design(refs)
    yield from _sequences(refs)
    periods = _periods(refs)
    yield from _period_faults(refs, periods)
    yield from _roles(refs)
    for key, outcome in refs.outcomes.items():
        yield from _outcome(refs, ("outcomes", key), outcome, periods)
    yield from _baseline(refs)
    yield from _harms(refs, periods)


def _not_one(refs: References) -> Iterator[Fault]:
    cure = "Write type: crossover, or remove it."
    for key in ("sequences", "washout"):
        if refs.group("design").get(key):
            yield refs.fault(("design", key), f"Only a cross-over has {key}.", cure)
    for key, point in refs.timepoints.items():
        if isinstance(point, dict) and point.get("period") is not None:
            yield refs.fault(("timepoints", key, "period"), "Only a cross-over has periods.", cure)
    for file in refs.files:
        for name in refs.with_role(file, "sequence"):
            what = "Patients have sequences in a cross-over only."
            yield refs.fault(
                ("files", file, "columns", name, "role"), what, "Write role: arm, or design.type: crossover."
            )


def _design(refs: References) -> Iterator[Fault]:
    design = refs.group("design")
    if design.get("allocation") == "non-randomised":
        what = "A cross-over is analysed here where sequences were randomised only."
        yield refs.fault(("design", "allocation"), what, "Correct allocation or type.")
    if design.get("framework") in ("non-inferiority", "equivalence"):
        what = "A cross-over has no margins here."
        yield refs.fault(("design", "framework"), what, "Write superiority or exploratory.")
    if len(refs.arms) > MOST_ARMS:
        yield refs.fault(("arms",), f"A cross-over has {len(refs.arms)} arms.", f"At most {MOST_ARMS} can be compared.")
    if refs.group("multiplicity").get("method") not in (None, "none"):
        what = "The comparisons of a cross-over are not adjusted for their number here."
        yield refs.fault(("multiplicity", "method"), what, "Write none, or remove it.")
    if refs.raw.get("subgroups"):
        yield refs.fault(("subgroups",), "A cross-over has no subgroups here.", "Remove them.")


def _sequences(refs: References) -> Iterator[Fault]:
    at: Loc = ("design", "sequences")
    if not refs.sequences:
        yield refs.fault(
            ("design",), "A cross-over has no sequences.", "Add sequences: {ab: {label, short, arms: [a, b]}}."
        )
        return
    lengths: dict[int, str] = {}
    seen: dict[tuple[str, ...], str] = {}
    named: set[str] = set()
    if len(refs.sequences) < 2:
        what = "With one sequence, treatment and period cannot be told apart."
        yield refs.fault(at, what, "Name two or more.")
    for key, one in refs.sequences.items():
        if not KEY.match(str(key)):
            what = f"{key} cannot be a key: keys are part of the names of statistics."
            yield refs.fault((*at, key), what, "Use small letters, digits and underscores, a letter first.")
        if key in refs.arms or key in refs.timepoints or key in OWN_WORDS or "_vs_" in str(key):
            what = f"{key} is the key of an arm or time point too, or a word that everynumber uses itself."
            yield refs.fault((*at, key), what, "Choose another key.")
        arms = one.get("arms") if isinstance(one, dict) else None
        listed = [arm for arm in arms if isinstance(arm, str)] if isinstance(arms, list) else []
        for i, arm in enumerate(listed):
            yield from refs.known((*at, key, "arms", i), arm, refs.arms, "arm")
        named |= set(listed)
        if not listed:
            continue
        if (other := seen.setdefault(tuple(listed), key)) != key:
            yield refs.fault(
                (*at, key, "arms"), f"The sequences {other} and {key} are the same.", "Keep one of the two."
            )
        lengths.setdefault(len(listed), key)
    if len(lengths) > 1:
        told = ", ".join(f"{key} has {n}" for n, key in lengths.items())
        yield refs.fault(
            at, f"The sequences differ in their number of periods: {told}.", "Name an arm for each period."
        )
    for arm in refs.arms:
        if named and arm not in named:
            yield refs.fault(at, f"No sequence has the arm {arm}.", "Add it to one, or remove the arm.")


def _periods(refs: References) -> dict[int, str]:
    """Time points of the periods, by number; of two with one number the later."""
    found: dict[int, str] = {}
    for key, point in refs.timepoints.items():
        number = point.get("period") if isinstance(point, dict) else None
        if isinstance(number, int) and not isinstance(number, bool):
            found[number] = key
    return found


def _period_faults(refs: References, periods: dict[int, str]) -> Iterator[Fault]:
    before = 0
    for key, point in refs.timepoints.items():
        if key in refs.arms or key in OWN_WORDS:
            what = f"{key} is the key of an arm too, or a word that everynumber uses itself."
            yield refs.fault(("timepoints", key), what, "Choose another key.")
        number = point.get("period") if isinstance(point, dict) else None
        if isinstance(number, bool) or not isinstance(number, int):
            continue
        if periods[number] != key:
            what = f"{periods[number]} is at the end of period {number} too."
            yield refs.fault(("timepoints", key, "period"), what, "Give each period one time point.")
        elif number < before:
            what = f"{key} is of period {number}, and stands after a later period."
            yield refs.fault(("timepoints", key, "period"), what, "Sort the time points.")
        before = max(before, number)
    wanted = max((len(arms) for arms in _listed(refs).values()), default=0)
    if wanted and sorted(periods) != list(range(1, wanted + 1)):
        told = ", ".join(str(number) for number in sorted(periods)) or "none"
        what = f"The sequences have {wanted} periods, and the time points are of these: {told}."
        cure = f"Give each of the periods 1 to {wanted} a time point with period: its number."
        yield refs.fault(("timepoints",), what, cure)


def _listed(refs: References) -> dict[str, list[str]]:
    """The arms of each sequence, of those that are lists."""
    found = {key: one.get("arms") for key, one in refs.sequences.items() if isinstance(one, dict)}
    return {key: [str(arm) for arm in arms] for key, arms in found.items() if isinstance(arms, list)}


def _roles(refs: References) -> Iterator[Fault]:
    for file in refs.files:
        for name in refs.with_role(file, "arm"):
            what = "In a cross-over a patient has no one arm, but a sequence."
            yield refs.fault(("files", file, "columns", name, "role"), what, "Write role: sequence.")


def _outcome(refs: References, loc: Loc, outcome: dict[str, Any], periods: dict[int, str]) -> Iterator[Fault]:
    kind = outcome.get("kind")
    if kind in NOT_COMPARED:
        what = f"Outcomes of the kind {kind} are not compared within patients here."
        yield refs.fault((*loc, "kind"), what, f"A cross-over has these kinds: {', '.join(KINDS)}.")
    for key in NOT_CARRIED:
        if outcome.get(key):
            yield refs.fault((*loc, key), f"An outcome of a cross-over has no {key} here.", "Remove it.")
    listed = outcome.get("timepoints")
    times = (
        [one for one in listed if isinstance(one, str) and one in refs.timepoints] if isinstance(listed, list) else []
    )
    at: Loc = (*loc, "timepoints")
    inside = [one for one in times if one in periods.values()]
    outside = [one for one in times if one not in periods.values()]
    order = [periods[number] for number in sorted(periods)]
    if kind in KINDS and order and inside != order:
        yield refs.fault(
            at, f"An outcome of a cross-over is assessed in each period, in order: {', '.join(order)}.", "List them."
        )
    before = next(iter(refs.timepoints), None)
    if kind == "binary" and outside:
        yield refs.fault(at, f"{outside[0]} is no period, and an event belongs to one.", "Leave it out.")
    elif wrong := [one for one in outside if one != before]:
        cure = "Beside the periods an outcome may have the first time point only."
        yield refs.fault(at, f"{wrong[0]} is no period and not the baseline.", cure)
    elif outside and times[0] != before:
        yield refs.fault(at, f"{before} is the first time point.", "List it first.")
    twice = [key for key, arms in _listed(refs).items() if len(set(arms)) < len(arms)]
    if kind == "binary" and twice:
        what = f"The sequence {twice[0]} has an arm twice, so that a patient has two events or none under it."
        yield refs.fault((*loc, "kind"), what, "Events are compared where each arm stands once in a sequence.")


def _baseline(refs: References) -> Iterator[Fault]:
    rows = refs.raw.get("baseline")
    first = next(iter(refs.timepoints.values()), None)
    treated = isinstance(first, dict) and first.get("period") is not None
    for i, row in enumerate(rows if isinstance(rows, list) else []):
        if isinstance(row, dict) and row.get("outcome") is not None and treated:
            what = "The first time point is a period, so that outcomes have no value before treatment."
            yield refs.fault(("baseline", i, "outcome"), what, "Add a time point before period 1, or remove the row.")


def _harms(refs: References, periods: dict[int, str]) -> Iterator[Fault]:
    """Events belong to the treatment of their period, which a column must say."""
    file = refs.group("adverse_events").get("file")
    if not isinstance(file, str) or file not in refs.files:
        return
    names = refs.with_role(file, "timepoint")
    if not names:
        what = "In a cross-over an event belongs to the treatment of its period, and no column says which that is."
        yield refs.fault(("files", file), what, "Give role: timepoint to a column that names the period of the event.")
        return
    loc: Loc = ("files", file, "columns", names[0])
    column = refs.columns(file)[names[0]]
    if column.get("missing_allowed") is True:
        yield refs.fault((*loc, "missing_allowed"), "An event without a period has no treatment.", "Remove the key.")
    levels = column.get("levels")
    for level, time in (levels if isinstance(levels, dict) else {}).items():
        if time in refs.timepoints and time not in periods.values():
            yield refs.fault((*loc, "levels", level), f"{time} is no period.", "Name the time point of a period.")
