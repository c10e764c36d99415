"""Adverse events: patients with any, by term, class and worst severity; events, rates, and how the arms differ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analysis.cluster_risks import put_clustered_harm
from analysis.clusters import is_clustered
from analysis.context import DAYS_PER_YEAR, Context, values
from analysis.describing import Record, percent, sizes
from analysis.names import level_name
from analysis.risks import chi_square_of, put_counts, put_difference_and_ratio
from analysis.stats import Problem, Value
from analysis.stats.proportions import clopper_pearson, fisher
from analysis.stats.rates import exact_ratio, poisson_rate
from analysis.study import DataFile, Role, Study
from analysis.study_harms import CLASS, SEVERITY

PER = 100
"""Rates are per this many person-years."""
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Kind:
    """Events of one kind: the patient of each, and the patients who count as having had it."""

    events: pd.Series[Any]
    patients: pd.Series[Any]


def harms(context: Context) -> None:
    """`harms.K.*`: K is `any`, a term, `class_CLASS`, `severity_GRADE`, `serious`, `stopped` or `fatal`.

    `n` counts patients with at least one such event, `events` counts events, `of` is the denominator. `stopped` are
    events after which treatment was stopped (level `stopped` of the column of role action). A patient counts in the
    grade of his or her worst event only. The whole file counts; person-time
    ends where events were no longer looked for (`until`).
    """
    study = context.study
    chosen = study.adverse_events
    if chosen is None:
        return
    file, frame = study.files[chosen.file], context.data.frames[chosen.file]
    _put_classes(context, file, frame)
    population = study.population_of(chosen.denominator)
    groups = context.by_arm(population)
    years = None if is_clustered(study) else _person_years(context, groups)
    if years is not None:
        _put_person_years(context, population, groups, years)
    if not is_clustered(study):
        level = 100 * (1 + context.level) / 2
        name = _record(context, population, groups, "harms.zero", "clopper_pearson", "exact one-sided limit")
        context.out.put("harms.zero.ci_level_percent", level, statistic="ci_level", unit="percent", analysis=name)
    for name, kind in kinds_of_events(study, file, frame).items():
        _put_kind(context, name, kind, population, groups, years)


def kinds_of_events(study: Study, file: DataFile, frame: pd.DataFrame) -> dict[str, Kind]:
    """The kinds of events that a study tells, by the second part of their names; terms, classes and grades without
    events are among them where `systematic` says that they were looked for (grades always)."""
    chosen = study.adverse_events
    systematic = chosen is not None and chosen.systematic
    who = frame[str(file.role("patient"))]
    found: dict[str, Kind] = {"any": Kind(who, who)}

    def add(name: str, rows: pd.Series[Any]) -> None:
        found[name] = Kind(who[rows.to_numpy()], who[rows.to_numpy()])

    term, group = str(file.role("term")), file.role("class")
    for level in file.columns[term].levels or {}:
        rows = frame[term] == level
        if systematic or rows.any():
            add(level_name(level), rows)
    for level in (file.columns[group].levels or {}) if group else {}:
        rows = frame[str(group)] == level
        if systematic or rows.any():
            add(CLASS + level_name(level), rows)
    found |= _by_severity(file, frame, who)
    consequences: tuple[tuple[str, Role, str], ...] = (
        ("serious", "serious", "yes"), ("stopped", "action", "stopped"), ("fatal", "fatal", "yes"),
    )  # fmt: skip
    for name, role, level in consequences:
        column = file.role(role)
        if column is not None and level in (file.columns[column].levels or {}):
            add(name, frame[column] == level)
    return found


def _by_severity(file: DataFile, frame: pd.DataFrame, who: pd.Series[Any]) -> dict[str, Kind]:
    """Events of each grade, with the patients whose worst event is of it; those of whom no grade is known apart."""
    column = file.role("severity")
    if column is None:
        return {}
    grades = list(file.columns[column].levels or {})
    code = frame[column].map({grade: i for i, grade in enumerate(grades)}).astype(np.float64)
    worst = code.groupby(who).max()
    found = {
        SEVERITY + level_name(grade): Kind(who[(code == i).to_numpy()], pd.Series(worst.index[worst == i]))
        for i, grade in enumerate(grades)
    }
    if code.isna().any():
        found[SEVERITY + UNKNOWN] = Kind(who[code.isna().to_numpy()], pd.Series(worst.index[worst.isna()]))
    return found


def _put_classes(context: Context, file: DataFile, frame: pd.DataFrame) -> None:
    """Label `harms.TERM.class`: the class of a term, as in the data, or of a term without events as study.yml says."""
    term, group, chosen = str(file.role("term")), file.role("class"), context.study.adverse_events
    if group is None or chosen is None:
        return
    pairs = frame[[term, group]].dropna().drop_duplicates(term)
    for one, home in {**chosen.classes, **dict(zip(pairs[term], pairs[group], strict=True))}.items():
        context.out.labels[f"harms.{level_name(str(one))}.class"] = str(home)


def _record(
    context: Context,
    population: str,
    groups: dict[str, pd.Index[Any]],
    name: str,
    method: str,
    label: str,
    **more: Any,
) -> str:
    n, chosen = sizes(groups), context.study.adverse_events
    return context.out.analysis(
        name, method=method, label=label, population=population, role="harms",
        prespecified=chosen.prespecified if chosen else False, n_analysed=n, n_available=n, **more,
    )  # fmt: skip


# One kind of events ---------------------------------------------------------------------------------------------


def _put_kind(
    context: Context,
    term: str,
    kind: Kind,
    population: str,
    groups: dict[str, pd.Index[Any]],
    years: dict[str, Value] | None,
) -> None:
    study, out = context.study, context.out
    n, stem = sizes(groups), f"harms.{term}"
    patients = {arm: int(members.isin(kind.patients).sum()) for arm, members in groups.items()}
    events = {arm: int(kind.events.isin(members).sum()) for arm, members in groups.items()}
    record = partial(_record, context, population, groups)
    summary = record(stem, "count", "patients with an event")
    put_counts(context, stem, summary, patients, n)
    for arm, count in events.items():
        out.put(f"{stem}.{arm}.events", count, statistic="events", unit="events", analysis=summary, group=arm)
    if is_clustered(study):
        put_clustered_harm(context, stem, record, kind.patients, groups)
        return
    _put_upper(context, stem, record, patients, n)
    if years is not None:
        _put_rates(context, stem, record, events, years)
    put_difference_and_ratio(context, stem, record, patients, n)
    _put_tests(context, stem, record, patients, n)


def _put_tests(context: Context, stem: str, record: Record, patients: dict[str, int], n: dict[str, int]) -> None:
    """`<stem>.C.{fisher_p,chi_square,chi_square_p}`."""
    fisher_name = record(f"{stem}.fisher", "fisher", "Fisher's exact test")
    chi_name = record(f"{stem}.chi_square", "chi_square", "chi-square test without continuity correction")
    for arm, reference in context.study.contrasts:
        table = (patients[arm], n[arm], patients[reference], n[reference])
        chi = chi_square_of(*table)
        for part, value, statistic, name in (
            ("fisher_p", fisher(*table).p, "p", fisher_name),
            ("chi_square", chi.statistic, "statistic", chi_name),
            ("chi_square_p", chi.p, "p", chi_name),
        ):
            context.out.put(
                f"{stem}.{context.vs(arm)}.{part}",
                value,
                statistic=statistic,
                analysis=name,
                contrast=(arm, reference),
            )


def _put_upper(context: Context, stem: str, record: Record, patients: dict[str, int], n: dict[str, int]) -> None:
    """`<stem>.G.upper` of groups in which no patient had the event: the one-sided upper limit in percent, of level
    97.5% where intervals are of 95% (Clopper & Pearson 1934).

    R: `binom.test(0, n, alternative = "less", conf.level = 0.975)$conf.int[2]`.
    """
    zero = [arm for arm, count in patients.items() if count == 0 and n[arm] > 0]
    if not zero:
        return
    name = record(f"{stem}.upper", "clopper_pearson", "exact one-sided upper limit", ci_method="clopper_pearson")
    for arm in zero:
        limit = percent(clopper_pearson(0, n[arm], context.level)[1])
        context.out.put(f"{stem}.{arm}.upper", limit, statistic="ci_high", unit="percent", analysis=name, group=arm)


# Rates ----------------------------------------------------------------------------------------------------------


def _person_years(context: Context, groups: dict[str, pd.Index[Any]]) -> dict[str, Value] | None:
    """Years of follow-up of each arm, as far as events were looked for; None where the study has no column of role
    followup."""
    days = context.followup_days
    if days is None:
        return None
    chosen = context.study.adverse_events
    window = context.study.timepoints[chosen.until].window_days if chosen is not None and chosen.until else None
    days = days if window is None else days.clip(upper=window)
    found: dict[str, Value] = {}
    for arm, members in groups.items():
        known = values(days, members)
        gaps = int(np.isnan(known).sum())
        noun = "patient" if gaps == 1 else "patients"
        why = Problem("followup_unknown", f"The follow-up of {gaps} {noun} is not known, so there is no rate.")
        found[arm] = why if gaps else float(known.sum()) / DAYS_PER_YEAR
    return found


def _put_person_years(
    context: Context, population: str, groups: dict[str, pd.Index[Any]], years: dict[str, Value]
) -> None:
    """`harms.any.G.person_years`, the denominator of all rates of harms."""
    context.out.labels["harms.rate"] = f"events per {PER} person-years"
    name = _record(context, population, groups, "harms.person_years", "summary", "person-years of follow-up")
    for arm, time in years.items():
        at = f"harms.any.{arm}.person_years"
        context.out.put(at, time, statistic="person_years", unit="years", analysis=name, group=arm)


def _put_rates(context: Context, stem: str, record: Record, events: dict[str, int], years: dict[str, Value]) -> None:
    """`<stem>.G.{rate,rate_ci_low,rate_ci_high}`: events per 100 person-years with exact Poisson limits (Garwood 1936);
    `<stem>.C.rate.{ratio,ci_low,ci_high,p}`, exact given the sum of events. R: `poisson.test`."""
    out, level = context.out, context.level
    name = record(f"{stem}.rates", "poisson_exact", out.labels["harms.rate"], ci_method="exact")
    for arm, count in events.items():
        at, time = f"{stem}.{arm}", years[arm]
        rate: tuple[Value, Value, Value] = (time, time, time)
        if not isinstance(time, Problem):
            found = poisson_rate(count, time, level)
            rate = (found.rate, found.ci_low, found.ci_high)
        made_of = {"numerator": f"{at}.events", "denominator": f"harms.any.{arm}.person_years"}
        for part, value, statistic in zip(
            ("rate", "rate_ci_low", "rate_ci_high"), rate, ("rate", "ci_low", "ci_high"), strict=True
        ):
            out.put(
                f"{at}.{part}",
                value if isinstance(value, Problem) else PER * value,
                statistic=statistic,
                unit=f"per {PER} person-years",
                analysis=name,
                group=arm,
                **(made_of if part == "rate" else {}),
            )
    name = record(f"{stem}.rate", "exact", "exact conditional ratio of rates", ci_method="exact", null=1)
    for arm, reference in context.study.contrasts:
        times = years[arm], years[reference]
        unknown = next((time for time in times if isinstance(time, Problem)), None)
        if unknown is None:
            one = exact_ratio(events[arm], float(times[0]), events[reference], float(times[1]), level)  # type: ignore[arg-type]
            ratio: tuple[Value, Value, Value] = (one.ratio, one.ci_low, one.ci_high)
            p: Value = one.p
        else:
            ratio, p = (unknown, unknown, unknown), unknown
        at = f"{stem}.{context.vs(arm)}.rate"
        for part, value in zip(("ratio", "ci_low", "ci_high"), ratio, strict=True):
            out.put(f"{at}.{part}", value, statistic=part, unit="ratio", analysis=name, contrast=(arm, reference))
        out.put(f"{at}.p", p, statistic="p", analysis=name, contrast=(arm, reference))
