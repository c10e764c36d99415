"""Counts of events, further: covariates, several arms at once, and the order of the events (Andersen–Gill)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.context import Context, Floats, values
from analysis.describing import Record
from analysis.risks import arm_codes, covariates, put_ratio
from analysis.several import put_family, put_global, several_arms
from analysis.stats import NO_DATA, Problem, parts
from analysis.stats.likelihood import dummies, independent
from analysis.stats.proportions import Test
from analysis.stats.rates import RateModel, RatesAlike, adjusted_rate_ratios, rates_alike
from analysis.stats.recurrent import andersen_gill
from analysis.stats.regression import Fit, ratio_of

ONE_A_DAY = "Events of a patient on the same day ({} of all) count as one in the ratio of intensities."


def put_rates_of_all(
    context: Context,
    stem: str,
    record: Record,
    events: dict[str, Floats],
    time: dict[str, Floats],
    model: RateModel | None,
) -> None:
    """`O.T.global.{statistic,df,p}` and `O.T.C.multiplicity.p`, where there are more than two arms.

    Args:
        events, time: of each patient with person-time, by arm.
        model: that of the rate ratios; None where an arm has nobody with person-time.
    """
    if several_arms(context):
        nothing = RatesAlike("likelihood_ratio", "likelihood ratio test", Test(NO_DATA, NO_DATA, NO_DATA))
        found = rates_alike(events, time, model) if model else nothing
        put_global(context, stem, record, found.method, found.label, found.test)
    put_family(context, stem, record, "rate.p")


def put_adjusted_rates(
    context: Context,
    stem: str,
    record: Record,
    events: dict[str, Floats],
    years: dict[str, Floats],
    groups: dict[str, pd.Index[Any]],
    labels: dict[str, tuple[str, str]],
) -> None:
    """`O.T.C.adjusted.{ratio,ci_low,ci_high,statistic,p,dispersion}`: patients with person-time and all variables.

    Args:
        labels: by method, what it is called and what its interval is.
    """
    adjust_for = context.study.outcomes[stem.partition(".")[0]].adjust_for
    table = np.concatenate([covariates(context, adjust_for, patients) for patients in groups.values()])
    y, t = (np.concatenate(list(one.values())) for one in (events, years))
    arm, others = arm_codes(context, groups)
    used = (t > 0) & ~np.isnan(table).any(axis=1)
    everyone = [context.study.reference_arm, *others]
    n = {one: int((used & (arm == code)).sum()) for code, one in enumerate(everyone)}
    model = adjusted_rate_ratios(y[used], t[used], arm[used], everyone, independent(table[used]), context.level)
    label, ci_method = labels[model.method]
    more: dict[str, Any] = {"n_analysed": n, "adjusted_for": adjust_for, "warnings": model.warnings}
    name = record(f"{stem}.adjusted", model.method, label, ci_method=ci_method, null=1, **more)
    for one in others:
        for part, value in parts(model.ratios[one]).items():
            at = f"{stem}.{context.vs(one)}.adjusted.{part}"
            unit = "ratio" if part in ("ratio", "ci_low", "ci_high") else None
            contrast = (one, context.study.reference_arm)
            context.out.put(at, value, statistic=part, unit=unit, analysis=name, contrast=contrast)


def put_recurrent(
    context: Context, stem: str, record: Record, file: str, window: int, groups: dict[str, pd.Index[Any]]
) -> None:
    """`O.T.C.recurrent.{hazard_ratio,ci_low,ci_high,statistic,p}`: Andersen–Gill, patients with person-time.

    A patient's intervals run from event to event, the last one to the end of follow-up or of the window. They begin
    before day 0, so that an event of that day has its interval.
    """
    people = pd.Index([one for patients in groups.values() for one in patients])
    arm, others = arm_codes(context, groups)
    days = context.followup_days
    end = np.zeros(len(people)) if days is None else np.minimum(values(days, people), window)
    seen = end > 0
    n = {one: int((seen & (arm == code)).sum()) for code, one in enumerate([context.study.reference_arm, *others])}
    rows, repeated = intervals(context, file, people[seen], end[seen])
    found: Fit | Problem = NO_DATA
    if all(n.values()):
        start, stop, event, who = rows
        found = andersen_gill(start, stop, event, dummies(arm[seen][who], len(n)), who)
    warnings = [ONE_A_DAY.format(repeated)] if repeated else []
    more: dict[str, Any] = {"n_analysed": n, "warnings": warnings}
    label = "Andersen–Gill model with robust standard errors"
    name = record(f"{stem}.recurrent", "andersen_gill", label, ci_method="wald_robust", null=1, **more)
    for i, one in enumerate(others):
        at, contrast = f"{stem}.{context.vs(one)}.recurrent", (one, context.study.reference_arm)
        put_ratio(context, at, ratio_of(found, i, context.level), "hazard_ratio", name, contrast)


def intervals(
    context: Context, file: str, people: pd.Index[Any], end: Floats
) -> tuple[tuple[Floats, Floats, Floats, Any], int]:
    """Start, stop, event and number of the patient of each interval; and how many events shared a day with another."""
    source, frame = context.study.files[file], context.data.frames[file]
    code = people.get_indexer(pd.Index(frame[str(source.role("patient"))]))
    day = frame[str(source.role("day"))].to_numpy(dtype=np.float64)
    last = np.append(end, -np.inf)[code]  # nobody's, for a patient who is not one of them
    counted = day <= last
    every = pd.DataFrame({"who": code[counted], "stop": day[counted]})
    distinct = every.drop_duplicates()
    ends = pd.DataFrame({"who": np.arange(len(people)), "stop": end})
    rows = pd.concat([distinct.assign(event=1.0), ends.assign(event=0.0)])
    rows = rows.sort_values(["who", "stop", "event"], ascending=[True, True, False], kind="stable")
    rows["start"] = rows.groupby("who")["stop"].shift().fillna(-1.0)
    rows = rows[rows["start"] < rows["stop"]]  # an event on the last day leaves no interval after it
    start, stop, event = (rows[one].to_numpy(dtype=np.float64) for one in ("start", "stop", "event"))
    return (start, stop, event, rows["who"].to_numpy(dtype=np.int64)), len(every) - len(distinct)
