"""Flow of patients through the study, and their follow-up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.clusters import put_flow
from analysis.context import DAYS_PER_YEAR, Context, observed, values
from analysis.crossover import flow_by_period
from analysis.names import slugs
from analysis.repeated import contributing
from analysis.stats import Problem, parts
from analysis.stats.means import describe
from analysis.survival import times_of

NOT_REPORTED = Problem("not_reported", "The number of patients who were assessed was not reported.")
NOT_RECORDED = Problem("not_recorded", "The data do not say this.")
NO_REASON = "reason not recorded"


def flow(context: Context) -> None:
    """Counts of each stage: `flow.*`, `design.arms`, `design.ci_level_percent` and `design.alpha`.

    A patient is lost before a time point when followed for fewer days than its window; who is lost earlier is lost
    later too. Stopping treatment is not being lost. In a cross-over the groups are sequences.
    """
    study, out = context.study, context.out
    everyone = context.by_arm(next(iter(study.populations)))
    n = {arm: int((context.arm == arm).sum()) for arm in study.groups}
    name = out.analysis(
        "flow",
        method="count",
        label="flow of patients",
        population="included",
        role="descriptive",
        prespecified=False,
        n_analysed=n,
        n_available=n,
    )
    out.put("design.arms", len(study.arms), statistic="n", unit="arms", analysis=name)
    level = round(100 * study.analysis.ci_level, 10)
    out.put("design.ci_level_percent", level, statistic="ci_level", unit="percent", analysis=name)
    out.put("design.alpha", study.analysis.alpha, statistic="alpha", analysis=name)
    _before_inclusion(context, name, sum(n.values()))
    for arm in study.groups:
        people = context.people[(context.arm == arm).to_numpy()]
        _arm(context, name, arm, people)
    put_flow(context, name)
    if study.crossover:
        out.put("design.sequences", len(study.groups), statistic="n", unit="sequences", analysis=name)
        out.put("design.periods", len(study.periods), statistic="n", unit="periods", analysis=name)
        flow_by_period(context, name)
    else:
        _analysed(context, name, everyone)


def _before_inclusion(context: Context, name: str, included: int) -> None:
    study, out = context.study, context.out
    design = study.design
    listed = sum(one.n for one in design.excluded)
    identified: int | Problem = NOT_REPORTED
    excluded: int | Problem = NOT_REPORTED
    if design.eligible_identified is not None:
        identified = design.eligible_identified
        excluded = identified - included
    elif design.excluded:
        excluded = listed
    out.put("flow.identified", identified, statistic="n", unit="patients", analysis=name)
    out.put("flow.excluded", excluded, statistic="n", unit="patients", analysis=name)
    out.put("flow.included", included, statistic="n", unit="patients", analysis=name)
    short = slugs(one.reason for one in design.excluded)
    for reason in dict.fromkeys(one.reason for one in design.excluded):
        count = sum(one.n for one in design.excluded if one.reason == reason)
        out.put(f"flow.excluded_reason.{short[reason]}", count, statistic="n", unit="patients", analysis=name)
        out.labels[f"flow.excluded_reason.{short[reason]}"] = reason


def _arm(context: Context, name: str, arm: str, people: pd.DataFrame) -> None:
    study, out = context.study, context.out

    def put(what: str, value: int | Problem) -> None:
        out.put(f"flow.{arm}.{what}", value, statistic="n", unit="patients", analysis=name, group=arm)

    put("assigned", len(people))
    received = context.role("received")
    if received is None:
        put("received", NOT_RECORDED)
        put("not_received", NOT_RECORDED)
    else:
        put("received", int((people[received] == "yes").sum()))
        put("not_received", int((people[received] == "no").sum()))
    stopped = context.role("stopped")
    if stopped is None:
        put("stopped", NOT_RECORDED)
    else:
        who = people[(people[stopped] == "yes").to_numpy()]
        put("stopped", len(who))
        _reasons(context, name, arm, who, context.role("stop_reason"), "stopped_reason", "stopped_reason")
    followup = context.role("followup")
    for time, point in study.timepoints.items():
        if point.window_days is None:
            continue
        if followup is None:
            put(f"lost_{time}", NOT_RECORDED)
            put(f"completed_{time}", NOT_RECORDED)
            continue
        who = people[(people[followup] < point.window_days).to_numpy()]
        put(f"lost_{time}", len(who))
        put(f"completed_{time}", len(people) - len(who))
        _reasons(context, name, arm, who, context.role("lost_reason"), f"lost_{time}_reason", "lost_reason")


def _reasons(
    context: Context, name: str, arm: str, who: pd.DataFrame, column: str | None, stem: str, label: str
) -> None:
    """Patients by reason; every reason of any arm is a row in each, and the rows sum to the patients."""
    out = context.out
    if column is None:
        return
    file = context.study.files[context.study.participants]
    levels = file.columns[column].levels or {}
    every = context.people[column].dropna()
    short = slugs(str(reason) for reason in every)
    flag = context.role("stopped") if label == "stopped_reason" else None
    missing = context.people[column].isna()
    if flag is not None:
        missing &= context.people[flag] == "yes"
    else:
        days = context.followup_days
        windows = [point.window_days for point in context.study.timepoints.values() if point.window_days]
        missing &= False if days is None else days < max(windows)
    for reason, part in sorted(short.items()):
        count = int((who[column] == reason).sum())
        out.put(f"flow.{arm}.{stem}.{part}", count, statistic="n", unit="patients", analysis=name, group=arm)
        out.labels[f"flow.{label}.{part}"] = levels.get(reason, reason)
    if missing.any():
        part = "not_recorded"
        count = int(who[column].isna().sum())
        out.put(f"flow.{arm}.{stem}.{part}", count, statistic="n", unit="patients", analysis=name, group=arm)
        out.labels[f"flow.{label}.{part}"] = NO_REASON


def _analysed(context: Context, name: str, everyone: dict[str, pd.Index[str]]) -> None:
    """Patients in the main analysis of each outcome at each time, and in that of harms."""
    study, out = context.study, context.out
    for key, outcome in study.outcomes.items():
        members = context.by_arm(study.population_of(outcome.population))
        modelled = contributing(context, key) if outcome.repeated else {}
        for time in outcome.timepoints:
            repeated = outcome.repeated and time != study.first_timepoint
            used = modelled if repeated else _present(context, key, time, members)
            for arm, count in used.items():
                out.put(
                    f"flow.{arm}.analysed_{key}_{time}", count, statistic="n", unit="patients", analysis=name, group=arm
                )
    if study.adverse_events is not None:
        population = study.population_of(study.adverse_events.denominator)
        for arm, patients in context.by_arm(population).items():
            out.put(
                f"flow.{arm}.analysed_harms", len(patients), statistic="n", unit="patients", analysis=name, group=arm
            )


def _present(context: Context, key: str, time: str, members: dict[str, pd.Index[str]]) -> dict[str, int]:
    """Patients of each arm in the main analysis of an outcome at a time."""
    study, outcome = context.study, context.study.outcomes[key]
    if outcome.kind == "count":
        days = context.followup_days
        return {arm: 0 if days is None else int((values(days, one) > 0).sum()) for arm, one in members.items()}
    if outcome.kind == "time_to_event":
        return {arm: int((~np.isnan(times)).sum()) for arm, (times, _) in times_of(context, key).items()}
    there = context.scores(str(outcome.column), time).notna()
    if outcome.kind not in ("binary", "graded", "skewed") and study.first_timepoint in outcome.timepoints:
        there &= context.scores(str(outcome.column), study.first_timepoint).notna()
    return {arm: int(values(there, one).sum()) for arm, one in members.items()}


def followup(context: Context) -> None:
    """`followup.{G,total}.{median,min,max,person_years}`: days of each patient, and their sum in years."""
    days = context.followup_days
    if days is None:
        return
    study, out = context.study, context.out
    groups = {arm: context.people.index[(context.arm == arm).to_numpy()] for arm in study.groups}
    n = {arm: observed(values(days, patients)) for arm, patients in groups.items()}
    name = out.analysis(
        "followup",
        method="summary",
        label="length of follow-up",
        population="included",
        role="descriptive",
        prespecified=False,
        n_analysed=n,
        n_available={arm: len(patients) for arm, patients in groups.items()},
    )
    for group, patients in {**groups, "total": context.people.index}.items():
        array = values(days, patients)
        found = parts(describe(array))
        for statistic in ("median", "min", "max"):
            out.put(
                f"followup.{group}.{statistic}",
                found[statistic],
                statistic=statistic,
                unit="days",
                analysis=name,
                group=group,
            )
        years = float(np.nansum(array)) / DAYS_PER_YEAR
        out.put(
            f"followup.{group}.person_years", years, statistic="person_years", unit="years", analysis=name, group=group
        )
