"""Flow of patients through the study, and their follow-up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.clusters import put_flow
from analysis.context import DAYS_PER_YEAR, Context, observed, values
from analysis.crossover import flow_by_period
from analysis.flow_groups import put_analysed, put_groups
from analysis.names import slugs
from analysis.repeated import contributing
from analysis.stats import Problem, parts
from analysis.stats.means import describe
from analysis.survival import times_of

NO_NUMBER = Problem("not_reported", "The number of patients with this reason was not reported.")
NOT_REPORTED = Problem("not_reported", "The number of patients who were assessed was not reported.")


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
    _before_inclusion(context, name, put_groups(context, name))
    put_flow(context, name)
    if study.crossover:
        out.put("design.sequences", len(study.groups), statistic="n", unit="sequences", analysis=name)
        out.put("design.periods", len(study.periods), statistic="n", unit="periods", analysis=name)
        flow_by_period(context, name)
    else:
        _analysed(context, name, everyone)


def _before_inclusion(context: Context, name: str, included: int) -> None:
    """`flow.{identified,excluded,included}` and `flow.excluded_reason.R`."""
    study, out = context.study, context.out
    design = study.design
    identified: int | Problem = NOT_REPORTED
    excluded: int | Problem = NOT_REPORTED
    if design.eligible_identified is not None:
        identified = design.eligible_identified
        excluded = identified - included
    elif design.excluded_in_all is not None:
        excluded = design.excluded_in_all
    out.put("flow.identified", identified, statistic="n", unit="patients", analysis=name)
    out.put("flow.excluded", excluded, statistic="n", unit="patients", analysis=name)
    out.put("flow.included", included, statistic="n", unit="patients", analysis=name)
    short = slugs(one.reason for one in design.excluded)
    for reason, part in short.items():
        counts = [one.n for one in design.excluded if one.reason == reason]
        count: int | Problem = NO_NUMBER if None in counts else sum(filter(None, counts))
        out.put(f"flow.excluded_reason.{part}", count, statistic="n", unit="patients", analysis=name)
        out.labels[f"flow.excluded_reason.{part}"] = reason


def _analysed(context: Context, name: str, everyone: dict[str, pd.Index[str]]) -> None:
    """Patients in the main analysis of each outcome at each time, and in that of harms."""
    study = context.study
    for key, outcome in study.outcomes.items():
        members = context.by_arm(study.population_of(outcome.population))
        modelled = contributing(context, key) if outcome.repeated else {}
        for time in outcome.timepoints:
            repeated = outcome.repeated and time != study.first_timepoint
            used = modelled if repeated else _present(context, key, time, members)
            put_analysed(context, name, f"{key}_{time}", members, used)
    if study.adverse_events is not None:
        patients = context.by_arm(study.population_of(study.adverse_events.denominator))
        put_analysed(context, name, "harms", patients, {arm: len(these) for arm, these in patients.items()})


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
