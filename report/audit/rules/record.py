"""results.json, made easy to ask for numbers.

Everything here and in the rules is ready for a file that is damaged, written by another program, or holds only a part
of the statistics (a finished file's record holds those that it prints): what is not there is not checked.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

_TIME = re.compile(r"([a-z]+)_?([0-9]+)")


class Record:
    """Values by name, with what the rules ask for again and again."""

    def __init__(self, results: Mapping[str, Any]) -> None:
        records, analyses = results.get("statistics"), results.get("analyses")
        self.records = {
            str(name): record
            for name, record in (records.items() if isinstance(records, Mapping) else ())
            if isinstance(record, Mapping)
        }
        self.analyses = {
            str(name): analysis
            for name, analysis in (analyses.items() if isinstance(analyses, Mapping) else ())
            if isinstance(analysis, Mapping)
        }
        study = results.get("study")
        arms = study.get("arms") if isinstance(study, Mapping) else None
        self.arms = [str(arm) for arm in arms] if isinstance(arms, Mapping) else []
        listed = study.get("sequences") if isinstance(study, Mapping) else None
        orders = listed.items() if isinstance(listed, Mapping) else ()
        self.sequences = {str(key): [str(arm) for arm in arms] for key, arms in orders if isinstance(arms, list)}
        """Arms of each sequence of a cross-over, by period."""
        self.groups = list(self.sequences) or self.arms
        """Groups of different patients: sequences of a cross-over, else arms."""
        self.arms_of = {f"{a}_vs_{b}": (a, b) for a in self.arms for b in self.arms if a != b}
        """Both arms of a contrast."""
        pairs = results.get("pairs")
        self.pairs: Mapping[str, Any] = pairs if isinstance(pairs, Mapping) else {}
        self.whole = isinstance(pairs, Mapping)
        """Are all statistics there? A finished file's record leaves `pairs` out, and what the paper does not print."""
        self.values, self.sizes = _usual(
            {name: value for name, record in self.records.items() if (value := _number(record)) is not None},
            self.records,
        )
        self.stems: dict[str, set[str]] = {}
        for name in self.records:
            stem, _, last = name.rpartition(".")
            self.stems.setdefault(stem, set()).add(last)

    def value(self, name: str) -> float | None:
        """The value, None where it is missing, not estimable or no finite number."""
        return self.values.get(name)

    def all(self, *names: str) -> list[float] | None:
        """The values of all names, None where one is missing."""
        found = [self.values[name] for name in names if name in self.values]
        return found if len(found) == len(names) else None

    def bound(self, name: str) -> float | None:
        """A limit of an interval: infinite where the results say that it has none."""
        value = self.values.get(name)
        if value is None and _code(self.records.get(name)) == "unbounded":
            return -math.inf if name.endswith("low") else math.inf
        return value

    def analysis_of(self, name: str) -> Mapping[str, Any]:
        record = self.records.get(name)
        return self.analyses.get(str(record.get("analysis")), {}) if record else {}

    def analysis_name(self, name: str) -> str | None:
        record = self.records.get(name)
        found = record.get("analysis") if record else None
        return str(found) if found is not None else None

    def method(self, name: str) -> str:
        return str(self.analysis_of(name).get("method") or "")

    def starting(self, prefix: str) -> list[str]:
        return [name for name in self.values if name.startswith(prefix)]

    def contrasts(self, ending: str) -> Iterator[tuple[str, str, str, str]]:
        """(stem before the contrast, first arm, second arm, name) of the statistics A_vs_B.`ending`."""
        for name in self.values:
            if not name.endswith(f".{ending}"):
                continue
            before, _, contrast = name[: -len(ending) - 1].rpartition(".")
            if contrast in self.arms_of:
                yield before, *self.arms_of[contrast], name

    def later(self, names: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """(name at an earlier time, name at a later one) from (time, name), where the times' order is plain
        (`month_6`, `month_12`)."""
        order: dict[str, list[tuple[int, str]]] = {}
        for time, name in names:
            match = _TIME.fullmatch(time)
            if match:
                order.setdefault(match[1], []).append((int(match[2]), name))
        for found in order.values():
            found.sort()
            for (early, one), (late, two) in pairwise(found):
                if early < late:
                    yield one, two


_MEASURES = {"mean", "sd", "median", "q1", "q3", "min", "max", "ci_low", "ci_high"}
_NO_MEASURES = ("patients", "percent", "ratio", "sd", "probability", "correlation")


def _usual(
    values: dict[str, float], records: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, float], dict[str, float]]:
    """The values, those of a variable measured in numbers whose squares no float holds (1e300) in another unit: all of
    them by the same power of two, which is given by variable. What has no unit is not touched."""
    if all(value == 0 or 1e-100 < abs(value) < 1e100 for value in values.values()):
        return values, {}
    groups: dict[tuple[str, str], list[str]] = {}
    for name in values:
        unit, statistic = records[name].get("unit"), records[name].get("statistic")
        measured = statistic in _MEASURES if unit is None else unit not in _NO_MEASURES
        if measured and statistic not in ("p", "statistic", "df"):
            groups.setdefault((name.removeprefix("baseline.").partition(".")[0], str(unit)), []).append(name)
    changed, sizes = dict(values), {}
    for (variable, _), names in groups.items():
        largest = max(abs(values[name]) for name in names)
        if largest > 1e100 or 0 < largest < 1e-100:
            size = sizes[variable] = math.ldexp(1.0, math.frexp(largest)[1] - 1)
            changed |= {name: values[name] / size for name in names}
    return changed, sizes


def _number(record: Mapping[str, Any]) -> float | None:
    value = record.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def _code(record: Mapping[str, Any] | None) -> str:
    error = record.get("error") if record else None
    return str(error.get("code")) if isinstance(error, Mapping) else ""


def near(one: float, other: float, relative: float = 1e-9, absolute: float = 1e-9) -> bool:
    """Equal but for the last digits of a computation in floating point."""
    return math.isclose(one, other, rel_tol=relative, abs_tol=absolute)


def lost(*values: float) -> float:
    """What a difference of such values may have lost: the last places of numbers that are far from 0 (1e15 + 0.1)."""
    return 32 * sys.float_info.epsilon * max(map(abs, values))
