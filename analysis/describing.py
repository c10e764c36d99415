"""Writes the summary of a variable in each arm and in total."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from analysis.context import Context, Floats, observed
from analysis.stats import Value, parts
from analysis.stats.means import TTest, describe, mean_interval

Record = Callable[..., str]
"""Records an analysis: `record(name, method, label, **more)`."""

SUMMARY = ("mean", "sd", "mean_ci_low", "mean_ci_high", "median", "q1", "q3", "min", "max")


def put_summary(
    context: Context,
    stem: str,
    name: str,
    unit: str | None,
    arrays: dict[str, Floats],
    limits: Mapping[str, tuple[Value, Value]] | None = None,
) -> None:
    """`<stem>.G.{n,missing,mean,sd,mean_ci_low,mean_ci_high,median,q1,q3,min,max}` for every group of `arrays`.

    Args:
        limits: of the means, by group, where patients are not independent; else those of Student's t.
    """
    for group, array in arrays.items():
        found = parts(describe(array))
        found["mean_ci_low"], found["mean_ci_high"] = limits[group] if limits else mean_interval(array, context.level)
        count = observed(array)
        put = context.out.put
        put(f"{stem}.{group}.n", count, statistic="n", unit="patients", analysis=name, group=group)
        put(
            f"{stem}.{group}.missing",
            array.size - count,
            statistic="missing",
            unit="patients",
            analysis=name,
            group=group,
        )
        for statistic in SUMMARY:
            put(
                f"{stem}.{group}.{statistic}",
                found[statistic],
                statistic=statistic.removeprefix("mean_") if statistic != "mean" else statistic,
                unit=unit,
                analysis=name,
                group=group,
            )


def put_t_test(
    context: Context,
    stem: str,
    name: str,
    unit: str | None,
    test: TTest,
    contrast: tuple[str, str],
    se: bool = False,
    time: str | None = None,
) -> None:
    """`<stem>.{difference,(se,)ci_low,ci_high,statistic,df,p}` of a contrast; `time` of an analysis of several."""
    found: dict[str, Value] = {
        "difference": test.difference,
        "se": test.se,
        "ci_low": test.ci_low,
        "ci_high": test.ci_high,
        "statistic": test.statistic,
        "df": test.df,
        "p": test.p,
    }
    if not se:
        del found["se"]
    for statistic, value in found.items():
        measured = unit if statistic in ("difference", "se", "ci_low", "ci_high") else None
        about = {"unit": measured, "analysis": name, "contrast": contrast, "time": time}
        context.out.put(f"{stem}.{statistic}", value, statistic=statistic, **about)  # type: ignore[arg-type]


def sizes(groups: dict[str, pd.Index[str]]) -> dict[str, int]:
    """Number of patients by group."""
    return {group: len(patients) for group, patients in groups.items()}


def percent(value: Value) -> Value:
    """A fraction in percent units."""
    return 100 * value if isinstance(value, float | int) else value
