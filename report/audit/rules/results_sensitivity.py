"""Rules over results.json: sensitivity analyses beside the main one and beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from report.audit.rules.record import Record, near
from report.audit.rules.rule import Fault, Rule, shown

_STEM = "sensitivity"


def _arm_sizes(s: Record, ending: str) -> Iterator[tuple[str, str, float]]:
    """(key, arm, value) of the statistics `sensitivity.KEY.ARM.ending`."""
    for name in s.starting(f"{_STEM}."):
        _, key, *rest = name.split(".")
        if len(rest) == 2 and rest[0] in s.arms and rest[1] == ending:
            yield key, rest[0], s.values[name]


def sizes(s: Record) -> Iterator[Fault]:
    """No analysis has more patients than its population, none fills in more than it has, and each counts those used."""
    for key, arm, n in _arm_sizes(s, "n"):
        name = f"{_STEM}.{key}.{arm}.n"
        analysed = s.analysis_of(name).get("n_analysed")
        used = analysed.get(arm) if isinstance(analysed, Mapping) else None
        if used is not None and used != n:
            why = f"{name} is {shown(n)}, but the analysis used {shown(used)} patients"
            yield Fault(shown(n), why, shown(used), name)
        assigned = s.value(f"flow.{arm}.assigned")
        if assigned is not None and n > assigned:
            why = f"{name} is {shown(n)}, but the arm has {shown(assigned)} patients"
            yield Fault(shown(n), why, "", name)
    for key, arm, filled in _arm_sizes(s, "filled"):
        whole, name = s.value(f"{_STEM}.{key}.{arm}.n"), f"{_STEM}.{key}.{arm}.filled"
        if whole is not None and filled > whole:
            why = f"{name} is {shown(filled)}, but {shown(whole)} patients were analysed"
            yield Fault(shown(filled), why, "", name)


def pooled(s: Record) -> Iterator[Fault]:
    """Rubin's rules: t is the estimate over its standard error, and a fraction of information lies in 0 to 1."""
    for name, about in s.analyses.items():
        if about.get("method") != "rubin":
            continue
        for contrast in s.arms_of:
            stem = f"{name}.{contrast}"
            last = next((e for e in ("difference", "risk_difference") if f"{stem}.{e}" in s.records), None)
            found = s.all(f"{stem}.{last}", f"{stem}.se", f"{stem}.statistic") if last else None
            if found and found[1] > 0 and not near(found[0] / found[1], found[2], 1e-8):
                why = f"{stem}.{last} over its standard error is {shown(found[0] / found[1])}, not {shown(found[2])}"
                yield Fault(shown(found[2]), why, shown(found[0] / found[1]), f"{stem}.statistic")
            fmi = s.value(f"{stem}.fmi")
            if fmi is not None and not 0 <= fmi <= 1:
                yield Fault(shown(fmi), f"{stem}.fmi is {shown(fmi)}, and no fraction is", "", f"{stem}.fmi")


def nothing_filled(s: Record) -> Iterator[Fault]:
    """An analysis that had nothing to fill in gives the main estimate."""
    keys = {key for key, _, _ in _arm_sizes(s, "filled")}
    for key in sorted(keys):
        filled = s.all(*(f"{_STEM}.{key}.{arm}.filled" for arm in s.arms))
        if not filled or any(filled):
            continue
        for contrast in s.arms_of if s.whole else ():  # a finished file's record may leave the main estimate out
            stem = f"{_STEM}.{key}.{contrast}"
            for last in ("difference", "risk_difference", "hazard_ratio"):
                value = s.value(f"{stem}.{last}")
                about = s.records.get(f"{stem}.{last}", {})
                if value is None or any(near(value, main, 1e-9) for main in _mains(s, about, contrast, last)):
                    continue
                why = f"{stem}.{last} is {shown(value)}; nothing was filled in, but no estimate of the outcome is that"
                yield Fault(shown(value), why, "", f"{stem}.{last}")


def _mains(s: Record, about: Mapping[str, Any], contrast: str, last: str) -> list[float]:
    """Estimates of the same kind, outcome and comparison that stand outside sensitivity analyses."""
    outcome = about.get("outcome")
    return [
        s.values[name] for name in s.starting(f"{outcome}.") if f".{contrast}." in name and name.endswith(f".{last}")
    ]


SENSITIVITY_RULES = (
    Rule(
        "R-SENSITIVITY-N",
        "A sensitivity analysis counts the patients it used, has no more than the arm, and fills in values of no more.",
        "definition",
        sizes,
    ),
    Rule(
        "R-SENSITIVITY-POOLED",
        "Pooled by Rubin's rules, the statistic is the estimate over its standard error, and the fraction of missing information lies in 0 to 1.",  # noqa: E501
        "Rubin 1987",
        pooled,
    ),
    Rule(
        "R-SENSITIVITY-SAME",
        "Where a sensitivity analysis had nothing to fill in, its estimate is one of the outcome's own.",
        "definition",
        nothing_filled,
    ),
)
