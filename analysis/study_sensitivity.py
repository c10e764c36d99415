"""Checks of the sensitivity analyses of a study file: each names an outcome, and a method that its kind has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analysis.faults import Fault, suggestion
from analysis.names import KEY
from analysis.study_outcomes import A_OR_AN, ONLY, outcome_faults
from analysis.yaml_file import Loc

if TYPE_CHECKING:
    from analysis.study_references import References

LOC: Loc = ("sensitivity",)
IMPUTED = ("continuous", "ordinal", "binary")
"""Kinds whose missing values can be imputed."""
EXTREME = ("binary", "time_to_event")
"""Kinds for which a worst and a best value are known."""
OWN: dict[str, tuple[str, ...]] = {
    "population": ("population",),
    "multiple_imputation": ("imputations", "seed", "variables", "draw"),
    "model": ("model",),
    "worst_case": (),
    "best_case": (),
}
"""Keys that belong to one method."""
_NEEDED = {"population": "population", "multiple_imputation": "seed", "model": "model"}
_TWINS = {"continuous": "skewed", "ordinal": "skewed", "skewed": "continuous"}
"""What `model.kind` may make of a kind."""


def sensitivity_faults(refs: References) -> Iterator[Fault]:
    """What is wrong with `sensitivity`."""
    listed = refs.group(*LOC)  # type: ignore[arg-type]
    if not listed:
        return
    design = refs.group("design")
    for kind in ("crossover", "cluster", "factorial"):
        if design.get("type") == kind:
            what = f"Sensitivity analyses are made for parallel groups only, and design.type is {kind}."
            yield refs.fault(LOC, what, "Remove sensitivity.")
            return
    for key, one in listed.items():
        if not KEY.match(key):
            what = f"{key} cannot be a key: keys are part of the names of statistics."
            yield refs.fault((*LOC, key), what, "Use small letters, digits and underscores, a letter first.")
        if isinstance(one, dict):
            yield from _analysis(refs, (*LOC, key), one)


def _analysis(refs: References, loc: Loc, one: dict[str, Any]) -> Iterator[Fault]:
    name, method = one.get("outcome"), one.get("method")
    yield from refs.known((*loc, "outcome"), name, refs.outcomes, "outcome")
    if method not in OWN:
        return
    for other, keys in OWN.items():
        for key in keys:
            if key in one and other != method:
                what = f"{key} belongs to method: {other}, and the method is {method}."
                yield refs.fault((*loc, key), what, f"Remove {key}, or correct the method.")
    needed = _NEEDED.get(method)
    if needed and needed not in one:
        yield refs.fault(loc, f"method: {method} needs the key {needed}.", _CURES[needed])
    outcome = refs.outcomes.get(name) if isinstance(name, str) else None
    if outcome is None or outcome.get("kind") not in A_OR_AN:
        return
    kind = outcome["kind"]
    yield from _time(refs, loc, one, outcome)
    if method == "population":
        yield from refs.known((*loc, "population"), one.get("population"), refs.populations, "population")
        if one.get("population") == (outcome.get("population") or next(iter(refs.populations), None)):
            what = f"{one['population']} is the population that {name} is analysed in anyway."
            yield refs.fault((*loc, "population"), what, "Name another population.")
    kinds = {"multiple_imputation": IMPUTED, "worst_case": EXTREME, "best_case": EXTREME}.get(method)
    if kinds and kind not in kinds:
        what = f"{name} is {A_OR_AN[kind]}, for which there is no {method}."
        yield refs.fault((*loc, "method"), what, f"It is for {' or '.join(A_OR_AN[k] for k in kinds)}.")
    if method == "multiple_imputation":
        yield from _variables(refs, loc, one, outcome)
    if method == "model" and isinstance(one.get("model"), dict):
        yield from _model(refs, (*loc, "model"), str(name), outcome, one["model"])


_CURES = {
    "population": "Add population: the key of a population.",
    "seed": "Add seed: a whole number, so that the same values are drawn again.",
    "model": "Add model: {…}, the keys of the outcome that are changed.",
}


def _time(refs: References, loc: Loc, one: dict[str, Any], outcome: dict[str, Any]) -> Iterator[Fault]:
    time, listed = one.get("timepoint"), outcome.get("timepoints")
    if time is None:
        return
    if outcome.get("kind") == "time_to_event":
        what = "A time to event is compared over its whole time."
        yield refs.fault((*loc, "timepoint"), what, "Remove timepoint.")
        return
    times = {one: None for one in listed if isinstance(one, str)} if isinstance(listed, list) else {}
    if isinstance(time, str) and times and time not in times:
        what = f"{one.get('outcome')} is not assessed at {time}."
        yield refs.fault((*loc, "timepoint"), what, suggestion(time, times, "time point"))
    if time == next(iter(refs.timepoints), None) and len(times) > 1:
        what = "This is the time before treatment, at which groups are not compared."
        yield refs.fault((*loc, "timepoint"), what, "Name a later one.")


def _variables(refs: References, loc: Loc, one: dict[str, Any], outcome: dict[str, Any]) -> Iterator[Fault]:
    """The columns of an imputation model."""
    columns = refs.columns(refs.participants or "")
    listed = one.get("variables")
    names = listed if isinstance(listed, list) else []
    for i, name in enumerate(names):
        at = (*loc, "variables", i)
        yield from refs.known(at, name, columns, "column")
        if not isinstance(name, str) or name not in columns:
            continue
        if columns[name].get("type") in ("text", "date"):
            yield refs.fault(at, f"The column {name} is neither a number nor a category.", "Leave it out.")
        if columns[name].get("role") == refs.grouping or f"{refs.participants}.{name}" == outcome.get("column"):
            yield refs.fault(at, f"{name} is in the imputation model anyway.", "Leave it out.")
        if names.index(name) < i:
            yield refs.fault(at, f"{name} stands twice.", "Keep one of the two.")


def _model(refs: References, loc: Loc, key: str, outcome: dict[str, Any], change: dict[str, Any]) -> Iterator[Fault]:
    """The changed outcome must be one that could have been declared."""
    if not change:
        yield refs.fault(loc, "The model changes nothing.", "Name the keys of the outcome that are changed.")
    kind = change.get("kind", outcome["kind"])
    if kind != outcome["kind"] and _TWINS.get(outcome["kind"]) != kind:
        what = f"{key} is {A_OR_AN[outcome['kind']]}, which cannot be analysed as {A_OR_AN.get(kind, kind)}."
        other = _TWINS.get(outcome["kind"])
        yield refs.fault((*loc, "kind"), what, f"Write kind: {other}." if other else "Remove kind.")
        return
    known = {(fault.what, fault.cure) for fault in outcome_faults(refs, key, outcome)}
    for fault in outcome_faults(refs, key, changed(outcome, change), loc):
        if (fault.what, fault.cure) not in known:
            yield fault


def changed(outcome: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """An outcome with some keys changed, without those of its own that the new kind has not."""
    kind = change.get("kind", outcome.get("kind"))
    kept = {name: value for name, value in outcome.items() if name not in ONLY or kind in ONLY[name]}
    return {**kept, **change}
