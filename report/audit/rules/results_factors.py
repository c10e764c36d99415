"""Rules over results.json of a factorial trial: both sides of a treatment are all patients."""

from __future__ import annotations

from collections.abc import Iterator

from report.audit.rules.record import Record, near
from report.audit.rules.rule import Fault, Rule, shown

SUMMED = ("n", "of", "events", "person_years")


def margins(s: Record) -> Iterator[Fault]:
    for stem, parts in s.stems.items():
        before, _, side = stem.rpartition(".")
        whole, _, factor = before.rpartition(".")
        if side != "with" or not factor.startswith("factor_") or not s.arms:
            continue
        for part in SUMMED:
            if part in parts:
                yield from _sum(s, [f"{before}.{one}.{part}" for one in ("with", "without")], whole, part)
        yield from _mean(s, before, whole)


def _sum(s: Record, sides: list[str], whole: str, part: str) -> Iterator[Fault]:
    both, arms = s.all(*sides), s.all(*(f"{whole}.{arm}.{part}" for arm in s.arms))
    if both and arms and not near(sum(both), sum(arms), 1e-9, 1e-8):
        found, expected = shown(sum(both)), shown(sum(arms))
        yield Fault(
            found,
            f"{sides[0]} and the same without are {found} together, but all arms are {expected}",
            expected,
            sides[0],
        )


def _mean(s: Record, before: str, whole: str) -> Iterator[Fault]:
    """The mean of both sides together is that of all arms."""
    found = []
    for names in ([f"{before}.{one}" for one in ("with", "without")], [f"{whole}.{arm}" for arm in s.arms]):
        n, means = s.all(*(f"{one}.n" for one in names)), s.all(*(f"{one}.mean" for one in names))
        if not n or not means or sum(n) <= 0:
            return
        found.append(sum(k * m for k, m in zip(n, means, strict=True)) / sum(n))
    if not near(found[0], found[1], 1e-8):
        one, other = shown(found[0]), shown(found[1])
        why = f"the means of {before} with and without are {one} together, but those of the arms {other}"
        yield Fault(one, why, other, f"{before}.with.mean")


FACTOR_RULES = (
    Rule(
        "R-MARGINS",
        "At the margins of a factorial trial, patients, events and person-time with and without a treatment are those of all arms together, and so is the mean.",  # noqa: E501
        "definition",
        margins,
    ),
)
