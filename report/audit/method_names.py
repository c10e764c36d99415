"""Names of statistical methods and programs, as papers write them: `templates/methods.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from report.paths import TEMPLATES

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
_DROPPED = "*\u2063"
"""Marks of emphasis and of raised text."""
_DESCRIPTIVE = {"n", "of", "percent", "missing", "events", "clusters", "mean", "sd", "median", "q1", "q3", "min", "max"}
_DESCRIPTIVE |= {"person_years", "person_time", "at_risk", "censored", "alpha", "ci_level_percent", "rate"}
_OWN_NUMBERS = {"kaplan_meier", "rmst", "paired_t"}
"""Methods whose means, medians and counts are of the method, not of the patients alone."""


@dataclass(frozen=True)
class Name:
    """A name, the words by which papers call it, and the keys of what it may stand for."""

    name: str
    says: re.Pattern[str]
    keys: frozenset[str]


@dataclass(frozen=True)
class Names:
    """All names. ``unnamed`` are methods that a paper need not name."""

    methods: tuple[Name, ...]
    unnamed: frozenset[str]
    software: tuple[Name, ...]

    @property
    def named(self) -> frozenset[str]:
        """The methods of results that have a name."""
        return frozenset().union(*(one.keys for one in self.methods))


@lru_cache(maxsize=1)
def names() -> Names:
    raw = yaml.safe_load((TEMPLATES / "methods.yml").read_text(encoding="utf-8"))

    def of(part: str, keys: str) -> tuple[Name, ...]:
        return tuple(
            Name(one["name"], re.compile(one["says"], re.IGNORECASE), frozenset(one[keys])) for one in raw[part]
        )

    return Names(of("methods", "methods"), frozenset(raw["unnamed"]), of("software", "keys"))


def used_by(record: Mapping[str, Any], analysis: Mapping[str, Any]) -> frozenset[str]:
    """The methods that a statistic of results.json rests on: that of its analysis, and of a limit also that of the
    interval. Counts and summaries rest on none that needs a name."""
    told = (record.get("statistic"), analysis.get("method"), analysis.get("ci_method"))
    statistic, method, interval = (str(one or "") for one in told)
    if statistic.startswith("shift"):
        return frozenset((method, "hodges_lehmann"))
    if statistic.endswith(("ci_low", "ci_high", "upper")) and interval:
        return frozenset((method, interval))
    if statistic in _DESCRIPTIVE and method not in _OWN_NUMBERS:
        return frozenset()
    return frozenset((method,))


def plain(text: str) -> tuple[str, list[int]]:
    """A text as the patterns read it (one blank for each gap, one kind of dash and apostrophe, no marks of emphasis),
    and the place of each of its characters in the text."""
    out: list[str] = []
    places: list[int] = []
    for at, char in enumerate(text):
        if char in _DROPPED:
            continue
        shown = " " if char.isspace() else "-" if char in _DASHES else "'" if char in "’‘" else char
        if shown == " " and out and (out[-1] == " " or (char == "\n" and out[-1] == "-")):
            continue  # a line of a PDF may end after the dash of a name
        out.append(shown)
        places.append(at)
    return "".join(out), places
