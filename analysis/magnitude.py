"""Numbers of any size: a measurement whose squares a computer cannot hold is analysed in another unit.

A column with 1e300, or with nothing above 1e-300, is divided by a power of two before anything is computed from it, and
what has its unit is multiplied by that again when it is recorded. No digit is lost by either step. Differences of
means, their errors and limits are then what they would be in numbers of the usual size; tests and ratios have no unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.load import StudyData

if TYPE_CHECKING:
    from analysis.study import Study

LARGEST, SMALLEST = 1e100, 1e-100
"""Between these, sums of squares of a million numbers, and their squares, are far from the ends of a float."""
MEASURED = ("continuous", "skewed", "ordinal")


def factors(study: Study, data: StudyData) -> dict[str, float]:
    """The power of two that each column of extraordinary numbers is divided by, as `file.column`; else nothing."""
    import numpy as np

    found: dict[str, float] = {}
    for name in sorted(_columns(study)):
        key, _, column = name.partition(".")
        numbers = np.abs(data.frames[key][column].to_numpy(dtype=float, na_value=np.nan))
        numbers = numbers[np.isfinite(numbers)]
        largest = float(numbers.max()) if numbers.size else 0.0
        if largest > LARGEST or 0 < largest < SMALLEST:
            found[name] = float(np.ldexp(1.0, int(np.frexp(largest)[1]) - 1))
    return found


def by_variable(study: Study, found: dict[str, float]) -> dict[str, float]:
    """The same by what statistics are called: keys of outcomes, and `baseline.KEY` of rows of the baseline table."""
    outcomes = {
        key: found[one.column]
        for key, one in study.outcomes.items()
        if one.kind in MEASURED and one.column and one.column in found
    }
    rows = {
        f"baseline.{row.key}": found[name]
        for row in study.baseline
        if row.outcome is None and (name := f"{study.participants}.{row.column}") in found
    }
    return outcomes | rows


Pairs = dict[str, list[list[float | int | None]]]


def in_unit(arms: Pairs, size: float | None) -> Pairs:
    """Pairs of values with their number, by arm, in the unit of the data again."""
    if size is None:
        return arms

    def back(value: float | int | None) -> float | None:
        return None if value is None else value * size

    return {arm: [[back(before), back(after), n] for before, after, n in rows] for arm, rows in arms.items()}


def _columns(study: Study) -> set[str]:
    """Columns of numbers that are measurements: described, compared, or adjusted for; no codes, no times."""
    outcomes = study.outcomes.values()
    measured = {str(one.column) for one in outcomes if one.kind in MEASURED}
    people = study.participants
    measured |= {f"{people}.{row.column}" for row in study.baseline if row.outcome is None}
    measured |= {f"{people}.{name}" for one in outcomes for name in one.adjust_for}
    others = {str(name) for one in outcomes if one.kind not in MEASURED for name in (one.column, one.event_column)}
    return {name for name in measured - others if _is_number(study, name)}


def _is_number(study: Study, name: str) -> bool:
    key, _, column = name.partition(".")
    declared = study.files[key].columns[column]
    return declared.type in ("number", "integer") and declared.role is None
