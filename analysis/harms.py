"""Adverse events: patients with each term and with any, events, and how the arms differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.context import Context
from analysis.counts import percent
from analysis.describing import sizes
from analysis.names import level_name
from analysis.stats import NO_EVENTS
from analysis.stats.proportions import Test, chi_square, fisher, newcombe, risk_ratio


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
    for arm, members in groups.items():
        at = f"{stem}.{arm}"
        out.put(f"{at}.n", patients[arm], statistic="n", unit="patients", analysis=summary, group=arm)
        out.put(f"{at}.of", n[arm], statistic="n", unit="patients", analysis=summary, group=arm)
        out.put(
            f"{at}.events", int(who.isin(members).sum()), statistic="events", unit="events", analysis=summary, group=arm
        )
        out.percent(f"{at}.percent", f"{at}.n", f"{at}.of", analysis=summary, group=arm)
    reference = study.reference_arm
    ratios = {
        arm: risk_ratio(patients[arm], n[arm], patients[reference], n[reference], context.level)
        for arm, _ in study.contrasts
    }
    score = any(ratio.method == "score" for ratio in ratios.values())
    difference_name = record(
        f"{stem}.risk_difference", "newcombe", "difference of proportions", ci_method="newcombe", null=0
    )
    ratio_name = record(
        f"{stem}.risk_ratio",
        "score" if score else "katz",
        "ratio of proportions",
        ci_method="score" if score else "katz",
        null=1,
    )
    fisher_name = record(f"{stem}.fisher", "fisher", "Fisher's exact test")
    chi_name = record(f"{stem}.chi_square", "chi_square", "chi-square test without continuity correction")
    for arm, _ in study.contrasts:
        contrast, at = (arm, reference), f"{stem}.{context.vs(arm)}"
        x1, x2 = patients[arm], patients[reference]
        difference = newcombe(x1, n[arm], x2, n[reference], context.level)
        table = np.array([[x1, n[arm] - x1], [x2, n[reference] - x2]], dtype=float)
        chi = chi_square(table) if x1 + x2 else Test(NO_EVENTS, NO_EVENTS, NO_EVENTS)
        for part, value, statistic, unit, name in (
            ("risk_difference", percent(difference.estimate), "risk_difference", "percent", difference_name),
            ("rd_ci_low", percent(difference.ci_low), "ci_low", "percent", difference_name),
            ("rd_ci_high", percent(difference.ci_high), "ci_high", "percent", difference_name),
            ("risk_ratio", ratios[arm].estimate, "risk_ratio", "ratio", ratio_name),
            ("rr_ci_low", ratios[arm].ci_low, "ci_low", "ratio", ratio_name),
            ("rr_ci_high", ratios[arm].ci_high, "ci_high", "ratio", ratio_name),
            ("fisher_p", fisher(x1, n[arm], x2, n[reference]).p, "p", None, fisher_name),
            ("chi_square", chi.statistic, "statistic", None, chi_name),
            ("chi_square_p", chi.p, "p", None, chi_name),
        ):
            out.put(f"{at}.{part}", value, statistic=statistic, unit=unit, analysis=name, contrast=contrast)
