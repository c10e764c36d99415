"""Adverse events: patients with each term and with any, events, and how the arms differ."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.cluster_risks import put_clustered_harm
from analysis.clusters import is_clustered
from analysis.context import Context
from analysis.describing import sizes
from analysis.names import level_name
from analysis.risks import chi_square_of, put_counts, put_difference_and_ratio
from analysis.stats.proportions import fisher


def harms(context: Context) -> None:
    """`harms.any.*`, `harms.TERM.*`, `harms.serious.*`, `harms.stopped.*`.

    `n` counts patients with at least one such event, `events` counts events, `of` is the denominator. `stopped` are
    events after which treatment was stopped (level `stopped` of the column of role action). The whole file counts;
    there is no window.
    """
    study = context.study
    chosen = study.adverse_events
    if chosen is None:
        return
    file, frame = study.files[chosen.file], context.data.frames[chosen.file]
    term = str(file.role("term"))
    rows: dict[str, pd.DataFrame] = {"any": frame}
    for level in file.columns[term].levels or {}:
        found = frame[(frame[term] == level).to_numpy()]
        if chosen.systematic or len(found):
            rows[level_name(level)] = found
    serious, action = file.role("serious"), file.role("action")
    if serious is not None:
        rows["serious"] = frame[(frame[serious] == "yes").to_numpy()]
    if action is not None and "stopped" in (file.columns[action].levels or {}):
        rows["stopped"] = frame[(frame[action] == "stopped").to_numpy()]
    population = study.population_of(chosen.denominator)
    for name, found in rows.items():
        _term(context, name, found[str(file.role("patient"))], population)


def _term(context: Context, term: str, who: pd.Series[Any], population: str) -> None:
    study, out = context.study, context.out
    groups = context.by_arm(population)
    n = sizes(groups)
    stem = f"harms.{term}"
    patients = {arm: int(members.isin(who).sum()) for arm, members in groups.items()}
    chosen = study.adverse_events
    prespecified = chosen.prespecified if chosen else False

    def record(name: str, method: str, label: str, **more: Any) -> str:
        return out.analysis(
            name,
            method=method,
            label=label,
            population=population,
            role="harms",
            prespecified=prespecified,
            n_analysed=n,
            n_available=n,
            **more,
        )

    summary = record(stem, "count", "patients with an event")
    put_counts(context, stem, summary, patients, n)
    for arm, members in groups.items():
        events = int(who.isin(members).sum())
        out.put(f"{stem}.{arm}.events", events, statistic="events", unit="events", analysis=summary, group=arm)
    if is_clustered(study):
        put_clustered_harm(context, stem, record, who, groups)
        return
    put_difference_and_ratio(context, stem, record, patients, n)
    fisher_name = record(f"{stem}.fisher", "fisher", "Fisher's exact test")
    chi_name = record(f"{stem}.chi_square", "chi_square", "chi-square test without continuity correction")
    for arm, reference in study.contrasts:
        table = (patients[arm], n[arm], patients[reference], n[reference])
        chi = chi_square_of(*table)
        for part, value, statistic, name in (
            ("fisher_p", fisher(*table).p, "p", fisher_name),
            ("chi_square", chi.statistic, "statistic", chi_name),
            ("chi_square_p", chi.p, "p", chi_name),
        ):
            out.put(
                f"{stem}.{context.vs(arm)}.{part}",
                value,
                statistic=statistic,
                analysis=name,
                contrast=(arm, reference),
            )
