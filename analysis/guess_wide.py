"""Columns of one row a patient that hold the same score at several times, guessed from their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from analysis.guess_columns import ColumnGuess, TableGuess, guess_column
from analysis.names import slug

_UNITS = {
    "month": "month months mo m",
    "week": "week weeks wk w",
    "day": "day days d",
    "year": "year years yr y",
    "hour": "hour hours hr h",
    "visit": "visit v",
    "t": "t",
}
_UNIT_OF = {short: unit for unit, words in _UNITS.items() for short in words.split()}
_ANY = "|".join(sorted(_UNIT_OF, key=len, reverse=True))
_FORMS = (
    re.compile(rf"(?P<stem>.*?[A-Za-z])[_. ](?P<number>[0-9]+)[_ ]?(?P<unit>{_ANY})\Z", re.IGNORECASE),  # bdi.2m
    re.compile(rf"(?P<stem>)(?P<unit>{_ANY})[_. ]?(?P<number>[0-9]+)\Z", re.IGNORECASE),  # wk1
    re.compile(rf"(?P<stem>.*?[A-Za-z])[_. ]?(?P<unit>{_ANY})?_?(?P<number>[0-9]+)\Z"),  # score_d6, pain1
)
_BEFORE = "pre|before|baseline|base|bl"
_AFTER = "post|after"
_WORDS = (
    re.compile(rf"(?P<stem>.*[A-Za-z0-9])[_. ](?P<when>{_BEFORE}|{_AFTER})\Z", re.IGNORECASE),  # bdi.pre
    re.compile(rf"(?P<when>{_BEFORE}|{_AFTER})[_. ](?P<stem>.*[A-Za-z].*)\Z", re.IGNORECASE),  # pre_score
    re.compile(r"(?P<when>[Pp]re|[Pp]ost)(?P<stem>[A-Z].*|w(?:ei)?g?h?t|score|test)\Z"),  # Prewt, preScore
    re.compile(r"(?P<stem>.*[a-z0-9])(?P<when>Pre|Post|Before|After|Baseline)\Z"),  # scorePre
)
_LAST = 10**9
"""Rank of a time that is called after."""


def _numbered(name: str) -> tuple[str, str, int] | None:
    """(stem, unit, number) of a name that ends in a time."""
    for form in _FORMS:
        if found := form.match(name):
            unit = found["unit"]
            return found["stem"], _UNIT_OF[unit.lower()] if unit else "t", int(found["number"])
    return None


def _worded(name: str) -> tuple[str, int] | None:
    """(stem, rank) of a name that says before or after: rank 0 or `_LAST`."""
    for form in _WORDS:
        if found := form.match(name):
            before = re.fullmatch(_BEFORE, found["when"], re.IGNORECASE)
            return found["stem"], 0 if before else _LAST
    return None


def _families(columns: list[str]) -> dict[tuple[str, str], dict[int, tuple[str, str]]]:
    """Columns by stem and unit, then by rank in time: key of the time and name of the column."""
    families: dict[tuple[str, str], dict[int, tuple[str, str]]] = {}
    worded: dict[str, dict[int, str]] = {}
    for name in columns:
        if told := _worded(name):
            worded.setdefault(slug(told[0]), {})[told[1]] = name
        elif found := _numbered(name):
            stem, unit, number = found
            families.setdefault((stem, unit), {})[number] = (f"{unit}_{number}", name)
    for stem, unit in list(families):  # pain_0 beside pain_w6 and pain_w12 is the value before
        before = families.get((stem, "t"), {})
        if unit != "t" and list(before) == [0] and 0 not in families[stem, unit]:
            families[stem, unit][0] = (f"{unit}_0", families.pop((stem, "t"))[0][1])
    for stem, said in worded.items():
        alike = [key for key in families if slug(key[0] or "x") == stem and len(families[key]) > 0]
        times = {0: "baseline", _LAST: "after"}
        if len(alike) == 1 and not (0 in said and 0 in families[alike[0]]):
            families[alike[0]] |= {rank: (times[rank], name) for rank, name in said.items()}
        elif len(said) == 2:
            families[stem, ""] = {rank: (times[rank], name) for rank, name in said.items()}
    return families


def wide_table(main: TableGuess, cells: Mapping[str, list[str]]) -> TableGuess | None:
    """Columns that differ in a time only (`bdi.pre`, `bdi.2m`; `Prewt`, `Postwt`; `wk1`, `wk2`): a file of visits."""
    patient = main.role("patient")
    free = [one.name for one in main.columns if one.type in ("integer", "number") and one.role is None]
    wide: dict[str, dict[str, str]] = {}
    columns: list[ColumnGuess] = []
    for (stem, _), ranked in _families(free).items():
        if len(ranked) < 2:
            continue
        name = slug(stem) if stem else "score"
        while name in wide:
            name += "_2"
        wide[name] = dict(ranked[rank] for rank in sorted(ranked))
        every = [cell for column in wide[name].values() for cell in cells[column]]
        columns.append(replace(guess_column(name, every), why=f"columns {', '.join(wide[name].values())}"))
    if not wide or patient is None:
        return None
    every_time = {time for at in wide.values() for time in at}
    columns = [replace(one, missing=one.missing or every_time > set(wide[one.name])) for one in columns]
    who = replace(patient, why="as above")
    return TableGuess(
        "visits", main.path, main.form, "visits", (who, *columns), (patient.name, "timepoint"), main.derive, wide
    )


def sources(wide: TableGuess | None) -> list[str]:
    """The columns that a file of visits is made of."""
    return [column for at in wide.wide.values() for column in at.values()] if wide else []
