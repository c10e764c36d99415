"""From an ARD, the data frame of R cards, to results.json.

Names, units, analyses and what each number is come from the study and its data, which are analysed for that; the values
come from the ARD alone. What cannot be placed is told row by row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.exchange.ard import Row
from analysis.exchange.faults import ExchangeError, Record
from analysis.exchange.place import NotPlacedError, PassedOverError, Placed, Places, told_methods
from analysis.faults import nearest
from analysis.results import COUNTS

if TYPE_CHECKING:
    from analysis.study import Study

CLOSE = 1e-6
"""A proportion and its two counts differ by less, in percent; R prints seven digits unless told otherwise."""
METHOD_WORDS = {"stats_t_test": "Welch", "stats_chisq_test": "Pearson", "stats_fisher_test": "Fisher"}
"""What the row `method` of a test must hold for our names to be true of it."""


@dataclass(frozen=True)
class Imported:
    """results.json from an ARD; a sentence for each row that has no place; how many rows were of no use."""

    document: dict[str, Any]
    unplaced: list[str]
    passed: int
    placed: int


def from_ard(
    rows: Sequence[Row], study: Study, frame: Record, software: Mapping[str, str], *, complete: bool = False
) -> Imported:
    """Results with the values of an ARD.

    Args:
        rows: as `analysis.exchange.ard.read_rows` gives them.
        study: the study that they are of.
        frame: our own results of that study, for names, units and analyses.
        software: what computed the ARD, with versions: {"R": "4.4.1"}.
        complete: whether statistics that the ARD lacks are taken from `frame`; its software is then named too.

    Raises:
        ExchangeError: where no row has a place.
    """
    places, methods = Places.of(study), told_methods(rows)
    found: dict[str, tuple[Row, Placed]] = {}
    unplaced: list[str] = []
    passed = 0
    for row in rows:
        try:
            placed = _placed(row, places, frame, methods)
            if placed.name in found:
                raise NotPlacedError(f"is {placed.name}, which {found[placed.name][0]['where']} gave already.")
            found[placed.name] = (row, placed)
        except PassedOverError:
            passed += 1
        except NotPlacedError as error:
            unplaced.append(_said(row, error))
    statistics: dict[str, dict[str, Any]] = {}
    for name, (row, placed) in found.items():
        try:
            statistics[name] = _record(name, row, frame["statistics"][name], placed)
        except NotPlacedError as error:
            unplaced.append(_said(row, error))
    unplaced += _percentages(statistics, found)
    unplaced += _directions(statistics, found)
    if not statistics:
        raise ExchangeError(["No row of the ARD has a place in the results of this study.", *unplaced])
    placed_count = len(statistics)
    return Imported(_document(statistics, frame, software, complete), unplaced, passed, placed_count)


def _said(row: Row, error: Exception) -> str:
    what = " ".join(str(row[key]) for key in ("variable", "variable_level", "stat_name") if row.get(key) is not None)
    return f"{row['where']} ({what}) {error}".strip()


def _placed(row: Row, places: Places, frame: Record, methods: Mapping[tuple[str, str], str]) -> Placed:
    name = row.get("name")
    placed = Placed(str(name)) if name is not None else places.place(row)
    about = frame["statistics"].get(placed.name)
    if about is None:
        near = nearest(placed.name, frame["statistics"])
        raise NotPlacedError(
            f"would be {placed.name}, which this study has not." + (f" The nearest is {near}." if near else "")
        )
    if placed.method is not None:
        ours = frame["analyses"][about["analysis"]]["method"]
        if ours != placed.method:
            raise NotPlacedError(f"is by {placed.method}, but {placed.name} is by {ours} in this study.")
        context, word = str(row.get("context")), METHOD_WORDS.get(str(row.get("context")))
        told = methods.get((context, str(row.get("variable"))))
        if word and told is not None and word.lower() not in told.lower():
            raise NotPlacedError(f"is by '{told}', but {placed.name} is by {ours}.")
        if ours == "chi_square" and told is not None and "continuity" in told.lower():
            raise NotPlacedError(f"is by '{told}', but {placed.name} is without continuity correction.")
    return placed


def _record(name: str, row: Row, about: Record, placed: Placed) -> dict[str, Any]:
    """A statistic as in results.json: what it is from our own, its value, warning and error from the row."""
    own = row.get("name") is not None and row.get("value") is not None
    value = _number(row["value"] if own else row.get("stat"))
    scaled = about["statistic"] == "percent" or (row.get("name") is None and about["unit"] == "percent")
    if value is not None and scaled and not own:
        value = 100 * value
    if value is not None and (about["statistic"] in COUNTS or isinstance(about["value"], int)):
        if value != int(value):
            raise NotPlacedError(f"is {value}, but {name} is a whole number.")
        value = int(value)
    elif value is not None:
        value = float(value)
    error = None
    if value is None:
        if row.get("error") is None:
            raise NotPlacedError("has no value, and no error that tells why.")
        error = {"code": "not_given", "message": _sentence(str(row["error"]))}
    warnings = [str(row["warning"])] if row.get("warning") is not None else []
    return {**about, "value": value, "error": error, "warnings": warnings}


def _number(cell: Any) -> float | int | None:
    if cell is None or isinstance(cell, int | float):
        return cell
    text = str(cell)
    try:
        number = int(text) if re.fullmatch(r"-?\d+", text) else float(text)
    except ValueError:
        raise NotPlacedError(f"has the value '{text}', which is no number.") from None
    if number - number != 0:
        raise NotPlacedError(f"has the value {text}, which is not finite.")
    return number


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith(".") else f"{text}."


def _percentages(statistics: dict[str, dict[str, Any]], found: Mapping[str, tuple[Row, Placed]]) -> list[str]:
    """Makes percentages 100 n / N, to the last digit; leaves out those whose counts lack, or give another one."""
    said = []
    for name in [name for name, record in statistics.items() if record["statistic"] == "percent"]:
        record = statistics[name]
        over, under = (statistics.get(record[role] or "", {}).get("value") for role in ("numerator", "denominator"))
        if record["value"] is None:
            continue
        if over is None or not under:
            error = NotPlacedError(
                f"is the percentage {name}, but {record['numerator']} and {record['denominator']} are not both there."
            )
        elif abs(100 * over / under - record["value"]) > CLOSE:
            error = NotPlacedError(f"is {record['value']} percent, but {over} of {under} are {100 * over / under}.")
        else:
            record["value"] = 100 * over / under
            continue
        del statistics[name]
        said.append(_said(found[name][0], error))
    return said


def _directions(statistics: dict[str, dict[str, Any]], found: Mapping[str, tuple[Row, Placed]]) -> list[str]:
    """Turns t tests round that R made the other way: their difference must be that of the means in the ARD."""
    said = []
    stems = dict.fromkeys(name.rpartition(".")[0] for name, (_, placed) in found.items() if placed.directed)
    for stem in stems:
        names = [name for name in statistics if name.rpartition(".")[0] == stem and found[name][1].directed]
        by = {name.rpartition(".")[2]: statistics[name] for name in names}
        first, second = next(iter(by.values()))["contrast"] if by else ("", "")
        item = stem.removesuffix(f".{first}_vs_{second}")
        one, other = (statistics.get(f"{item}.{arm}.mean", {}).get("value") for arm in (first, second))
        difference = by.get("difference", {}).get("value")
        if one is None or other is None or difference is None:
            error = NotPlacedError(
                f"does not say which arm comes first. Give the estimate and the means of {first} and {second}."
            )
        elif abs(abs(difference) - abs(one - other)) > CLOSE * max(abs(one), abs(other), 1):
            error = NotPlacedError(f"has the difference {difference}, but the means give {one - other}.")
        else:
            if difference * (one - other) < 0:
                _turn(by)
            continue
        for name in names:
            del statistics[name]
            said.append(_said(found[name][0], error))
    return said


def _turn(by: Mapping[str, dict[str, Any]]) -> None:
    values = {key: record["value"] for key, record in by.items()}
    swapped = {"ci_low": "ci_high", "ci_high": "ci_low"}
    for key, record in by.items():
        value = values.get(swapped.get(key, key))
        record["value"] = None if value is None else -value


def _document(
    statistics: dict[str, dict[str, Any]], frame: Record, software: Mapping[str, str], complete: bool
) -> dict[str, Any]:
    given = dict(statistics)
    declared = {name: record for name, record in frame["statistics"].items() if name.startswith("design.")}
    statistics = {**(frame["statistics"] if complete else declared), **given}
    used = {record["analysis"] for record in statistics.values()}
    analyses = {name: dict(about) for name, about in frame["analyses"].items() if name in used}
    for name in {record["analysis"] for record in given.values()}:
        rows = [record for record in given.values() if record["analysis"] == name]
        analyses[name]["warnings"] = list(dict.fromkeys(text for record in rows for text in record["warnings"]))
        if any(record["value"] is not None for record in rows):
            analyses[name]["error"] = None
    return {
        **frame,
        "software": {**(frame["software"] if complete else {}), **software},
        "analyses": analyses,
        "statistics": statistics,
    }
