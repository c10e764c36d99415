"""Results as an ARD, the long data frame of the R package cards: csv and nested JSON, out and in.

Columns and words are those of cards 0.9 and cardx 0.3 (`tidy_ard_column_order`, `as_nested_list`). Proportions are
proportions there (0.125), percentages here (12.5). The columns name, analysis, unit and value (the number as it stands
in results.json) are ours and come last; R keeps such columns.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis.exchange.faults import Address, ExchangeError, Record, address, printed_texts, read_json

Row = dict[str, Any]

OWN = ("name", "analysis", "unit", "value")
COLUMNS = (
    *(f"group{i}{level}" for i in (1, 2, 3) for level in ("", "_level")),
    *("variable", "variable_level", "context", "stat_name", "stat_label", "stat", "stat_fmt", "fmt_fun"),
    *("warning", "error", *OWN),
)
CONTEXTS = {
    "welch": "stats_t_test",
    "paired_t": "stats_paired_t_test",
    "mann_whitney": "stats_wilcox_test",
    "signed_rank": "stats_paired_wilcox_test",
    "chi_square": "stats_chisq_test",
    "fisher": "stats_fisher_test",
    "smd": "smd_smd",
    "wilson": "proportion_ci",
    "poisson_exact": "incidence_rate",
    "kaplan_meier": "survival_survfit",
    "logrank": "survival_survdiff",
}
"""Words of cards and cardx for our methods; the others keep their own."""
STATS = {
    "q1": "p25",
    "q3": "p75",
    "missing": "N_miss",
    "of": "N",
    "percent": "p",
    "ci_low": "conf.low",
    "ci_high": "conf.high",
    "p": "p.value",
    "df": "parameter",
    "se": "std.error",
    "difference": "estimate",
    "ratio": "estimate",
    "risk_difference": "estimate",
    "risk_ratio": "estimate",
    "odds_ratio": "estimate",
    "hazard_ratio": "estimate",
    "smd": "estimate",
    "shift": "estimate",
    "rate": "estimate",
    "survival": "estimate",
}
"""Words of cards by the kind of a statistic; the others keep their own."""
LABELS = {
    "n": "n",
    "N": "N",
    "p": "%",
    "mean": "Mean",
    "sd": "SD",
    "median": "Median",
    "p25": "Q1",
    "p75": "Q3",
    "min": "Min",
    "max": "Max",
    "N_miss": "N missing",
    "estimate": "Estimate",
    "conf.low": "CI Lower Bound",
    "conf.high": "CI Upper Bound",
    "p.value": "p-value",
    "statistic": "Statistic",
    "parameter": "Degrees of Freedom",
    "std.error": "Standard Error",
}
METHODS = ("adjusted", "mixed", "ranks", "signed_rank", "rate", "means", "odds", "logrank", "cox", "rmst")
"""Parts of a number's name that tell the method, not a level."""
_MISSING = ("", "NA", "NULL", "NaN")


def to_rows(results: Record, ledger: Record | None = None) -> list[Row]:
    """One row for each statistic, in the order of results.json; a null one has no `stat` and its reason as `error`.

    Raises:
        ExchangeError: where the name of a statistic does not hold its group or contrast.
    """
    statistics, shown = results["statistics"], printed_texts(ledger)
    parts = {record["numerator"] for record in statistics.values() if record["statistic"] == "percent"}
    rows = [_row(name, record, results, shown, name in parts) for name, record in statistics.items()]
    # Where a word of cards would stand for two numbers of one analysis, both keep our own.
    keys = Counter(_key(row) for row in rows)
    for row in rows:
        if keys[_key(row)] > 1:
            row["stat_name"] = row["stat_label"] = address(row["name"], statistics[row["name"]]).number
    return rows


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row.get(key) for key in (*COLUMNS[:8], "analysis", "stat_name"))


def _row(name: str, record: Record, results: Record, shown: Mapping[str, str], counted: bool) -> Row:
    place = address(name, record)
    method = results["analyses"][record["analysis"]]["method"]
    kind = record["statistic"]
    word = ("n" if counted else "N") if kind == "n" else STATS.get(kind, str(kind))
    value = record["value"]
    row: Row = {
        **_groups(place, record),
        "context": ("tabulate" if counted or kind == "percent" else CONTEXTS.get(method, method)),
        "stat_name": word,
        "stat_label": LABELS.get(word, word),
        "stat": value / 100 if record["unit"] == "percent" and value is not None else value,
        "stat_fmt": shown.get(name),
        "warning": " ".join(record["warnings"]) or None,
        "error": record["error"]["message"] if record["error"] else None,
        "name": name,
        "analysis": record["analysis"],
        "unit": record["unit"],
        "value": value,
    }
    return {key: row.get(key) for key in COLUMNS}


def _groups(place: Address, record: Record) -> Row:
    """Groups, variable and level of a statistic."""
    variable, *rest = place.item.split(".")
    out: Row = {}
    groups: list[tuple[str, str]] = []
    if place.group and place.group != "total":
        groups.append(("contrast" if record["contrast"] else "arm", place.group))
    if variable == "baseline" and rest:
        variable, *rest = rest
        groups.append(("time", "baseline"))
    elif rest and record["time"] and rest[0] in (record["time"], f"change_{record['time']}"):
        groups.append(("time", rest.pop(0)))
    if rest and rest[0].startswith("by_"):
        groups.append((rest.pop(0).removeprefix("by_"), rest.pop(0) if rest else ""))
    for order, (group, level) in enumerate(groups, 1):
        out[f"group{order}"], out[f"group{order}_level"] = group, level or None
    more = [part for part in place.number.split(".")[:-1] if part not in METHODS]
    return out | {"variable": variable, "variable_level": ".".join([*rest, *more]) or None}


def to_csv(rows: list[Row]) -> str:
    """The rows as csv: missing cells empty, floats as `repr`."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: repr(v) if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    return out.getvalue()


def to_nested(rows: list[Row]) -> dict[str, Any]:
    """The rows as `as_nested_list` of cards has them, the analysis as a last group, so that none covers another."""
    nested: dict[str, Any] = {}
    for row in rows:
        path = [(key, row[key]) for key in ("variable", "variable_level", *COLUMNS[:6]) if row.get(key) is not None]
        path += [("group9", "analysis"), ("group9_level", row["analysis"]), ("stat_name", row["stat_name"])]
        node = nested
        for key, value in path:
            node = node.setdefault(key, {}).setdefault(str(value), {})
        if node:
            raise ExchangeError([f"Two statistics would stand at one place of the nested list: {row['name']}."])
        node.update({key: row[key] for key in ("stat", "stat_fmt", "warning", "error", "context", *OWN)})
    return nested


# In ---------------------------------------------------------------------------------------------------------------


def read_rows(path: Path) -> list[Row]:
    """The rows of an ARD, csv or nested JSON; empty cells and NA are None, numbers are still as they stand.

    Raises:
        ExchangeError: where the file is neither.
    """
    if path.suffix.lower() == ".json":
        return list(_unnested(read_json(path), {}, path.name))
    if not path.is_file():
        raise ExchangeError([f"There is no file {path}."])
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ExchangeError([f"{path.name} is not UTF-8 text. Save it as UTF-8."]) from None
    reader = csv.DictReader(io.StringIO(text))
    if not {"variable", "stat_name", "stat"} <= set(reader.fieldnames or ()):
        raise ExchangeError(
            [f"{path.name} is no ARD: it needs at least the columns variable, stat_name and stat (docs/exchange.md)."]
        )
    rows: list[Row] = []
    for line, cells in enumerate(reader, 2):
        if None in cells:
            raise ExchangeError([f"{path.name}, row {line}, has more cells than the header."])
        row: Row = {key: None if cell is None or cell in _MISSING else cell for key, cell in cells.items()}
        rows.append(row | {"where": f"row {line}"})
    return rows


def _unnested(node: Any, above: Row, name: str) -> Iterator[Row]:
    """The leaves of a nested list: objects that hold `stat`."""
    if not isinstance(node, Mapping):
        raise ExchangeError([f"{name} is no nested list of cards: objects within objects, down to stat."])
    if "stat" in node:
        cells = {key: _scalar(value) for key, value in node.items()}
        levels = [str(above[key]) for key in above if key in ("variable", "variable_level") or key.endswith("_level")]
        yield above | cells | {"where": " > ".join([*levels, str(above.get("stat_name", ""))])}
        return
    for key, inner in node.items():
        if not isinstance(inner, Mapping):
            raise ExchangeError([f"{name} is no nested list of cards: {key} holds no object."])
        for value, below in inner.items():
            yield from _unnested(below, above | {key: value}, name)


def _scalar(value: Any) -> Any:
    """jsonlite writes a scalar as a list of one, and NULL as an empty object or list."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else value or None
    if isinstance(value, Mapping):
        return None
    return None if value in _MISSING else value
