"""What an abstract may claim, and from what: nothing that the body does not hold, no benefit without the harms, and no
change within a group for a comparison of groups.

Asked of the ledger, by the names of the statistics: a program that writes such an abstract blesses it there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from report.audit.expected import Expected, ExpectedBlock
from report.audit.rules.rule import Fault, Rule
from report.audit.rules.same import Whole

_CONCLUDES = re.compile(r"conclusions?\b|interpretation\b", re.IGNORECASE)
_WITHIN = re.compile(r"([^.]+)\.change_([^.]+)\.([^.]+)\.")
_HARM = re.compile(r"harms\.(any|serious|fatal)\.([^.]+)\.n")
_COMPARES = re.compile(r"_vs_|(?:^|\.)factor_")
_RESULTS = ("Results", "Supplement")
_NAMED = ("of", "low", "high")


def within(whole: Whole) -> Iterator[Fault]:
    """Changes within a group: none in a conclusion; in an abstract only beside the comparison of the groups."""
    if whole.expected is None:
        return
    expected = whole.expected
    for block in _concluding(expected):
        for key in block.entries:
            for name in sorted(_names(expected, key)):
                if _WITHIN.match(name):
                    why = f"a conclusion rests on {name}, which compares a group with itself and not with another group"
                    yield Fault(_text(expected, key), why, "", name)
    told = {name for block in _abstract(expected) for key in block.entries for name in _names(expected, key)}
    compared = {(name.split(".")[0], time) for name in told if _COMPARES.search(name) for time in name.split(".")}
    seen: set[tuple[str, str]] = set()
    for name in sorted(told):
        change = _WITHIN.match(name)
        if change and (change[1], change[2]) not in compared | seen:
            seen.add((change[1], change[2]))
            missing = f"no comparison of the groups in {change[1]} at {change[2]}"
            why = f"the abstract tells the change within a group ({name}), but {missing}"
            yield Fault("", why, "", name)


def concluded(whole: Whole) -> Iterator[Fault]:
    """A claim of the abstract's conclusion: its statistics stand in the results, and the body claims the same."""
    if whole.expected is None:
        return
    expected = whole.expected
    body = [block for block in expected.blocks if block.section and not block.section.startswith("Abstract")]
    claimed = {
        part
        for block in body
        for key in block.entries
        if (entry := expected.entries.get(key, {})).get("kind") == "claim"
        for part in _parts(entry.get("predicate"))
    }
    results = [block for block in body if block.section.startswith(_RESULTS)]
    printed = {name for block in results for key in block.entries for name in _names(expected, key)}
    for block in _abstract(expected):
        if not _CONCLUDES.match(block.text):
            continue
        for key in block.entries:
            entry = expected.entries.get(key, {})
            if entry.get("kind") != "claim":
                continue
            parts = _parts(entry.get("predicate"))
            if missing := sorted({name for part in parts for name in _of_part(part)} - printed):
                why = f"the abstract concludes from {missing[0]}, which the results do not tell"
                yield Fault(_text(expected, key), why, "", missing[0])
            elif parts - claimed:
                name = next(iter(sorted(_names(expected, key))), "")
                yield Fault(_text(expected, key), f"the abstract concludes it of {name}, the body does not", "", name)


def harms(whole: Whole) -> Iterator[Fault]:
    """An abstract that compares outcomes tells the harms of each group that the body tells, also the grave ones."""
    if whole.expected is None:
        return
    expected = whole.expected
    told = {name for block in _abstract(expected) for key in block.entries for name in _names(expected, key)}
    if not any(_COMPARES.search(name) and not name.startswith("harms.") for name in told):
        return
    body = [block for block in expected.blocks if block.section.startswith(_RESULTS)]
    known = sorted({name for block in body for key in block.entries for name in _names(expected, key)})
    for name in known:
        kind = _HARM.fullmatch(name)
        if kind and not _COMPARES.search(kind[2]) and kind[2] != "total" and name not in told:
            why = f"the abstract compares outcomes, but does not tell {name}, which the results tell"
            yield Fault("", why, "", name)


# -- the ledger ------------------------------------------------------------------------------------------------------


def _abstract(expected: Expected) -> list[ExpectedBlock]:
    return [b for b in expected.blocks if b.section.startswith("Abstract") and b.kind == "paragraph"]


def _concluding(expected: Expected) -> list[ExpectedBlock]:
    """The conclusions of abstract and discussion, and the opening of the discussion."""
    paragraphs = [b for b in expected.blocks if b.kind == "paragraph"]
    opening = next((b for b in paragraphs if b.section == "Discussion"), None)
    return [
        *(b for b in _abstract(expected) if _CONCLUDES.match(b.text)),
        *([opening] if opening else []),
        *(b for b in paragraphs if b.section.startswith("Discussion > Conclusion")),
    ]


def _text(expected: Expected, key: str) -> str:
    return str(expected.entries.get(key, {}).get("text", ""))


def _names(expected: Expected, key: str) -> set[str]:
    """The statistics that a number or claim of the paper is of."""
    entry = expected.entries.get(key, {})
    if entry.get("kind") == "claim":
        return {name for part in _parts(entry.get("predicate")) for name in _of_part(part)}
    return {str(entry.get("name", ""))} if entry.get("kind") in ("result", "not_estimable", "reason") else set()


Part = tuple[tuple[str, str], ...]
"""A condition without parts of its own, as its sorted pairs."""


def _parts(predicate: Any) -> set[Part]:
    """The conditions on statistics that a claim's predicate is made of."""
    if not isinstance(predicate, Mapping):
        return set()
    if predicate.get("op") == "and":
        return {part for one in predicate.get("all") or () for part in _parts(one)}
    if not any(key in predicate for key in _NAMED):
        return set()
    return {tuple(sorted((str(k), str(v)) for k, v in predicate.items()))}


def _of_part(part: Part) -> set[str]:
    return {value for key, value in part if key in _NAMED}


CLAIM_RULES: tuple[Rule[Whole], ...] = (
    Rule(
        "T-WITHIN",
        "A change within a group is no comparison of groups: no conclusion rests on it, and an abstract that tells it tells the comparison too.",  # noqa: E501
        "Bland & Altman 2011 (doi:10.1186/1745-6215-12-264); by the ledger's names",
        within,
    ),
    Rule(
        "T-CONCLUSION",
        "What the abstract concludes stands in the body: its statistics in the results, the same claim outside the abstract.",  # noqa: E501
        "CONSORT for abstracts (Hopewell 2008); by the ledger's names",
        concluded,
    ),
    Rule(
        "T-HARMS",
        "An abstract that compares outcomes tells, for each group, the patients with any harm, with serious ones and with deaths that the results tell.",  # noqa: E501
        "CONSORT Harms 2022 (doi:10.1136/bmj-2022-073725); by the ledger's names",
        harms,
    ),
)
