"""Completed data sets of an outcome: which variables help to impute it, the sets, and what their estimates give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.context import Context, Floats, values
from analysis.headline import Headline
from analysis.results import Builder
from analysis.risks import arm_codes, event_of
from analysis.stats import NO_VARIATION, Problem
from analysis.stats.imputation import UNKNOWN, Variable, chained, within_arms
from analysis.stats.pooling import Pooled, pool
from analysis.study import Sensitivity


@dataclass(frozen=True)
class Sources:
    """The variables of an imputation model over the patients of a population, in the order of `patients`.

    Attributes:
        variables: by name: columns of the participants' file, `O.T` of outcomes.
        filled: patients by arm of whom a value that the analysis uses is missing.
        apart: whether each arm has a model of its own.
        short: a covariate of the analysis that cannot be imputed.
    """

    variables: dict[str, Variable]
    patients: pd.Index[Any]
    arm: Floats
    filled: dict[str, int]
    apart: bool
    short: str = ""


def sources(context: Context, one: Sensitivity, times: Sequence[str]) -> Sources:
    """The imputation model: the outcome at all its `times`, its covariates, and the columns that `variables` names or,
    without it, those of the baseline table. A column without observed values, or a category of three and more levels
    with gaps, is left out."""
    study = context.study
    outcome = study.outcomes[one.outcome]
    groups = context.by_arm(study.population_of(outcome.population))
    arm, _ = arm_codes(context, groups)
    patients = pd.Index(np.concatenate([people.to_numpy() for people in groups.values()]))
    found: dict[str, Variable] = {}
    for time in times:
        cells = event_of(context, one.outcome, time) if outcome.kind == "binary" else context.scores(
            str(outcome.column), time
        )  # fmt: skip
        found[f"{one.outcome}.{time}"] = Variable(values(cells, patients), outcome.kind == "binary")
    rows = study.baseline
    helping = one.variables if one.variables is not None else [str(row.column) for row in rows if row.column]
    short = ""
    for name in dict.fromkeys([*outcome.adjust_for, *helping]):
        made = _column(context, name, patients)
        if made is not None and f"{study.participants}.{name}" != outcome.column:
            found[name] = made
        elif name in outcome.adjust_for:
            short = short or name
    for row in rows if one.variables is None else ():
        if row.outcome and row.outcome != one.outcome:
            other = study.outcomes[row.outcome]
            made = Variable(values(context.scores(str(other.column), study.first_timepoint), patients))
            if not made.gaps.all():
                found[f"{row.outcome}.{study.first_timepoint}"] = made
    used = [*(f"{one.outcome}.{time}" for time in outcome.timepoints), *outcome.adjust_for]
    gaps = np.zeros(len(patients), dtype=bool)
    for name in used:
        gaps |= found[name].gaps if name in found else False
    sizes = np.cumsum([0, *(len(people) for people in groups.values())])
    filled = {g: int(gaps[a:b].sum()) for g, a, b in zip(groups, sizes[:-1], sizes[1:], strict=True)}
    return Sources(found, patients, arm.astype(np.float64), filled, within_arms(found, arm), short)


def _column(context: Context, name: str, patients: pd.Index[Any]) -> Variable | None:
    """A column of the participants' file; None where it cannot help."""
    about = context.study.files[context.study.participants].columns[name]
    cells = context.people[name].reindex(patients)
    if about.type in ("text", "date") or about.role in ("arm", "patient") or cells.isna().all():
        return None
    if about.type != "category":
        return Variable(values(context.people[name], patients))
    levels = list(about.levels or {})
    if len(levels) == 2:
        return Variable(values((cells == levels[1]).astype(float).where(cells.notna()), patients), True)
    if cells.isna().any() or len(levels) < 2:
        return None
    columns = [(cells == level).to_numpy(dtype=np.float64) for level in levels[1:]]
    table: Floats = np.column_stack(columns)
    return Variable(table)


def completed_sets(context: Context, one: Sensitivity, source: Sources) -> Iterator[Context] | Problem:
    """The study once for each imputation, with a builder of its own; observed cells are never changed."""
    if source.short:
        return replace(UNKNOWN, message=f"Values of {source.short} are missing and cannot be imputed.")
    arm = source.arm.astype(np.int64)
    found = chained(source.variables, arm, one.imputations, int(one.seed or 0), one.draw)
    return found if isinstance(found, Problem) else (_complete(context, one, source, each) for each in found)


def _complete(context: Context, one: Sensitivity, source: Sources, drawn: Mapping[str, Floats]) -> Context:
    study, outcome = context.study, context.study.outcomes[one.outcome]
    frame = context.data.frames[study.participants]
    place = context.people.index.get_indexer(source.patients)
    completed: dict[tuple[str, str], pd.Series[Any]] = {}
    columns: dict[str, Any] = {}
    for name, now in drawn.items():
        gaps = source.variables[name].gaps
        if name.startswith(f"{one.outcome}."):
            time = name.partition(".")[2]
            cells = context.scores(str(outcome.column), time).copy()
            cells.iloc[place[gaps]] = _cells(context, one, now[gaps])
            completed[str(outcome.column), time] = cells
        elif name in outcome.adjust_for:
            about = study.files[study.participants].columns[name]
            cells = frame[name].copy()
            if about.type == "category":
                levels = list(about.levels or {})
                cells.iloc[place[gaps]] = [levels[int(value)] for value in now[gaps]]
            else:
                cells.iloc[place[gaps]] = now[gaps] * context.factors.get(f"{study.participants}.{name}", 1.0)
            columns[name] = cells
    data = replace(context.data, frames={**context.data.frames, study.participants: frame.assign(**columns)})
    out = Builder(
        alpha=context.out.alpha, ci_level=context.out.ci_level, sides=context.out.sides, sizes=context.out.sizes
    )
    members = dict(context._members)  # who is analysed does not depend on what was imputed
    return Context(study, data, out, completed, members)


def _cells(context: Context, one: Sensitivity, drawn: Floats) -> Any:
    """Drawn values of the outcome as cells of its column."""
    outcome = context.study.outcomes[one.outcome]
    if outcome.kind != "binary":
        return drawn
    from analysis.extremes import cell_of

    file, _, name = str(outcome.column).partition(".")
    about, events = context.study.files[file].columns[name], outcome.event or []
    return [cell_of(about, events, bool(value)) for value in drawn]


def pooled(
    builders: Sequence[Builder], stem: str, way: Headline, contrast: tuple[str, str], level: float
) -> Pooled | Problem:
    """The estimates of completed data sets by Rubin's rules. The standard error is that of the analysis' own interval;
    of a risk difference it is Wald's, with n - 2 degrees of freedom, in percent."""
    found = [_estimate(one.statistics, stem, way, contrast, level) for one in builders]
    problem = next((one for one in found if isinstance(one, Problem)), None)
    if problem is not None:
        return problem
    estimates, variances, degrees = np.array(found, dtype=np.float64).T
    return pool(estimates, variances, float(degrees.mean()), level)


def _estimate(
    statistics: Mapping[str, Mapping[str, Any]], stem: str, way: Headline, contrast: tuple[str, str], level: float
) -> tuple[float, float, float] | Problem:
    """Estimate, its variance and degrees of freedom."""
    last = {part: statistics[name] for name, part in ((f"{stem}.{a}", b) for a, b in way.parts()) if name in statistics}
    record = last[way.last]
    if record["value"] is None:
        return Problem(record["error"]["code"], record["error"]["message"])
    estimate = float(record["value"])
    if way.last == "risk_difference":
        at = stem.rpartition(".")[0]
        variance, total = 0.0, 0
        for arm in contrast:
            events, of = (int(statistics[f"{at}.{arm}.{part}"]["value"]) for part in ("n", "of"))
            variance += 1e4 * events * (of - events) / of**3
            total += of
        return estimate, variance, total - 2.0
    df, low, high = (last[part]["value"] for part in ("df", "ci_low", "ci_high"))
    if df is None or low is None or high is None:
        return NO_VARIATION
    se = (high - low) / 2 / float(stats.t.ppf((1 + level) / 2, df))
    return estimate, se**2, float(df)
