"""An ARD as R's cards and cardx give it, computed here from the csv files by pandas and scipy, not by the analysis."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
from scipy import stats

Row = dict[str, Any]
COLUMNS = ["group1", "group1_level", "group2", "group2_level", "variable", "variable_level", "context", "stat_name",
           "stat_label", "stat", "fmt_fun", "warning", "error"]  # fmt: skip


def row(word: str, value: Any, *, variable: str, context: str, arm: Any = None, time: Any = None, **more: Any) -> Row:
    groups: Row = {"group1": "arm", "group1_level": arm} if arm is not None else {}
    if time is not None:
        last = f"group{2 if groups else 1}"
        groups |= {last: "timepoint", f"{last}_level": time}
    return groups | {
        "variable": variable, "context": context, "stat_name": word, "stat_label": word, "stat": value, **more
    }  # fmt: skip


def summary(values: pd.Series, **where: Any) -> list[Row]:
    there = values.dropna()
    found = {
        "N": len(there), "mean": there.mean(), "sd": there.std(), "median": there.median(),
        "p25": there.quantile(0.25), "p75": there.quantile(0.75), "min": there.min(), "max": there.max(),
    }  # fmt: skip
    rows = [row(word, value, context="summary", **where) for word, value in found.items()]
    missing = {"N_obs": len(values), "N_miss": int(values.isna().sum()), "N_nonmiss": len(there)}
    return rows + [
        row(word, value, context="missing", **where) for word, value in missing.items() if word != "N_nonmiss"
    ]


def tabulate(values: pd.Series, **where: Any) -> list[Row]:
    """n and p of each level, N once (cards gives it with each level: here the first keeps it)."""
    there = values.dropna()
    rows: list[Row] = [row("N", len(there), context="tabulate", variable_level=sorted(there.unique())[0], **where)]
    for level, n in there.value_counts().items():
        more = where | {"context": "tabulate", "variable_level": level}
        rows += [row("n", int(n), **more), row("p", n / len(there), **more)]
    return rows


def t_test(one: pd.Series, other: pd.Series, **where: Any) -> list[Row]:
    done = stats.ttest_ind(one.dropna(), other.dropna(), equal_var=False)
    low, high = done.confidence_interval(0.95)
    found = {
        "estimate": one.mean() - other.mean(), "estimate1": one.mean(), "estimate2": other.mean(),
        "statistic": done.statistic, "p.value": done.pvalue, "parameter": done.df, "conf.low": low, "conf.high": high,
        "method": "Welch Two Sample t-test", "alternative": "two.sided",
    }  # fmt: skip
    return [row(w, v, context="stats_t_test", **where) | {"group1": "arm"} for w, v in found.items()]


def nmosd(folder: Path) -> list[Row]:
    """Age, sex and ADL of the first study; the t test by R's order of levels, AZA first."""
    people = pd.read_csv(folder / "participants.csv", keep_default_na=False, na_values=["", "NA"])
    visits = pd.read_csv(folder / "visits.csv", keep_default_na=False, na_values=["", "NA"]).merge(
        people[["patient_id", "arm"]], on="patient_id"
    )
    rows = [row("N", len(people), variable="..ard_total_n..", context="total_n")]
    rows += [row("n", int(n), variable="arm", variable_level=arm, context="tabulate")
             for arm, n in people["arm"].value_counts().items()]  # fmt: skip
    for arm, group in [*people.groupby("arm"), (None, people)]:
        rows += summary(group["age"], variable="age", arm=arm)
        rows += tabulate(group["sex"], variable="sex", arm=arm)
    for time, at in visits.groupby("timepoint"):
        for arm, group in [*at.groupby("arm"), (None, at)]:
            rows += summary(group["adl"], variable="adl", arm=arm, time=time)
        aza, both = (at.loc[at["arm"] == arm, "adl"] for arm in ("AZA", "AZA+MMF"))
        rows += [{**one, "group2": "timepoint", "group2_level": time} for one in t_test(aza, both, variable="adl")]
    return rows


def to_csv(rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, [*COLUMNS, *sorted({key for one in rows for key in one} - set(COLUMNS))], restval="NA")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def to_nested(rows: list[Row]) -> dict[str, Any]:
    """As `as_nested_list` and jsonlite: scalars as lists of one, NULL as an empty object."""
    nested: dict[str, Any] = {}
    for one in rows:
        node = nested
        for key in ("variable", "variable_level", "group1", "group1_level", "group2", "group2_level", "stat_name"):
            if one.get(key) is not None:
                node = node.setdefault(key, {}).setdefault(str(one[key]), {})
        value = one["stat"].item() if hasattr(one["stat"], "item") else one["stat"]
        node |= {"stat": [value], "stat_fmt": ["x"], "warning": {}, "error": {}, "context": [one["context"]]}
    return nested
