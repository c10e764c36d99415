"""Checks of the factors of a factorial trial: each combination of its treatments is one arm."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

from analysis.faults import Fault
from analysis.names import KEY
from analysis.yaml_file import Loc

if TYPE_CHECKING:
    from analysis.study_references import References

LOC: Loc = ("design", "factors")
FEWEST = 2
RESERVED = ("with", "without")
"""Parts of the names of statistics at the margins, which no arm may have."""


def factor_faults(refs: References) -> Iterator[Fault]:
    """What is wrong with `design.factors`, and with what a factorial trial cannot have."""
    design = refs.group("design")
    factors = refs.group("design", "factors")
    if design.get("type") != "factorial":
        if factors:
            yield refs.fault(LOC, "Only a factorial trial has factors.", "Write design.type: factorial.")
        return
    if len(factors) < FEWEST:
        yield refs.fault(LOC, "A factorial trial has two factors or more.", "Name each: factors: {aspirin: {…}, …}.")
    for key in factors:
        if not KEY.match(key):
            what = f"{key} cannot be a key: keys are part of the names of statistics."
            yield refs.fault((*LOC, key), what, "Use small letters, digits and underscores, a letter first.")
    yield from _names(refs)
    if design.get("framework") in ("non-inferiority", "equivalence"):
        what = f"A factorial trial of {design['framework']} cannot be analysed: margins are held against single arms."
        yield refs.fault(("design", "framework"), what, "Write superiority or exploratory.")
    held = {key: _held(one) for key, one in factors.items()}
    for key, arms in held.items():
        yield from _arms(refs, key, arms)
    if len(factors) >= FEWEST and refs.arms:
        yield from _combinations(refs, held)


def _held(factor: Any) -> list[str]:
    """The arms that an entry of `factors` lists, as far as it is of the right form."""
    arms = factor.get("arms") if isinstance(factor, dict) else None
    return [arm for arm in arms if isinstance(arm, str)] if isinstance(arms, list) else []


def _names(refs: References) -> Iterator[Fault]:
    cure = "Choose another key: it is part of the names of the comparisons at the margins."
    for group in ("arms", "timepoints"):
        for key in refs.group(group):
            if key.startswith("factor_") or (group == "arms" and key in RESERVED):
                yield refs.fault((group, key), f"{key} is a word that everynumber uses itself.", cure)


def _arms(refs: References, key: str, arms: list[str]) -> Iterator[Fault]:
    for i, arm in enumerate(arms):
        loc: Loc = (*LOC, key, "arms", i)
        yield from refs.known(loc, arm, refs.arms, "arm")
        if arm in arms[:i]:
            yield refs.fault(loc, f"{arm} stands twice.", "Keep one of the two.")
    if refs.arms and set(refs.arms) <= set(arms):
        yield refs.fault(
            (*LOC, key, "arms"), f"No arm is without {key}.", "List the arms that have it, and only these."
        )


def _combinations(refs: References, held: dict[str, list[str]]) -> Iterator[Fault]:
    """Every combination of the factors must be one arm."""
    found: dict[tuple[bool, ...], str] = {}
    for arm in refs.arms:
        own = tuple(arm in arms for arms in held.values())
        other = found.setdefault(own, arm)
        if other != arm:
            what = f"The arms {other} and {arm} have the same treatments ({_said(own, held)})."
            yield refs.fault(LOC, what, "Correct the arms of the factors: each combination is one arm.")
    for own in product((True, False), repeat=len(held)):
        if own not in found:
            what = f"No arm is the combination {_said(own, held)}."
            yield refs.fault(LOC, what, "Correct the arms of the factors: each combination is one arm.")


def _said(own: tuple[bool, ...], held: dict[str, list[str]]) -> str:
    return ", ".join(f"{'with' if has else 'without'} {key}" for key, has in zip(held, own, strict=True))
