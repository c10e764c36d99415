"""Skewed measurements: medians and quartiles, comparison by ranks, and with `scale: log` geometric means."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.context import Context, Floats, observed
from analysis.continuous import arrays_of, put_geometric
from analysis.describing import put_summary, sizes
from analysis.several import put_family, put_global, several_arms
from analysis.stats import parts
from analysis.stats.means import describe
from analysis.stats.ranks import mann_whitney, signed_rank
from analysis.stats.several import kruskal_wallis

_LIMITS = {"shift_ci_low": "ci_low", "shift_ci_high": "ci_high"}
_CHANGE = ("n", "median", "q1", "q3")


def skewed(context: Context, key: str) -> None:
    """All statistics of a skewed outcome: `O.T.{G,total}.*`, `O.T.C.ranks.*`, `O.change_T.G.*`.

    The means of `put_summary` are there for who wants them; nothing is compared by them.
    """
    study, out = context.study, context.out
    outcome = study.outcomes[key]
    population = study.population_of(outcome.population)
    available = sizes(context.by_arm(population))
    first = study.first_timepoint
    before = arrays_of(context, key, first) if first in outcome.timepoints else {}
    for time in outcome.timepoints:
        now = arrays_of(context, key, time)
        n = {arm: observed(array) for arm, array in now.items()}
        stem = f"{key}.{time}"
        later = time != first or len(outcome.timepoints) == 1

        def record(
            name: str,
            method: str,
            label: str,
            time: str = time,
            n: dict[str, int] = n,
            role: str = outcome.role if later else "descriptive",
            **more: Any,
        ) -> str:
            about = {"n_analysed": n, "n_available": available, "role": role, **more}
            return out.analysis(
                name,
                method=method,
                label=label,
                population=population,
                outcome=key,
                time=time,
                prespecified=outcome.prespecified,
                **about,
            )

        name = record(f"{stem}.summary", "summary", "summary", role="descriptive")
        put_summary(context, stem, name, outcome.unit, {**now, "total": np.concatenate(list(now.values()))})
        name = record(f"{stem}.ranks", "mann_whitney", "Mann–Whitney test", ci_method="hodges_lehmann", null=0)
        for arm, reference in study.contrasts:
            for part, value in parts(mann_whitney(now[arm], now[reference], context.level)).items():
                unit = outcome.unit if part.startswith("shift") else "probability" if part == "superiority" else None
                at, statistic = f"{stem}.{context.vs(arm)}.ranks.{part}", _LIMITS.get(part, part)
                out.put(at, value, statistic=statistic, unit=unit, analysis=name, contrast=(arm, reference))
        if not later:
            continue
        if outcome.scale == "log":
            put_geometric(context, key, time, now, record)
        if several_arms(context):
            alike = kruskal_wallis(list(now.values()))
            put_global(context, stem, record, "kruskal_wallis", "Kruskal–Wallis test", alike)
        put_family(context, stem, record, "ranks.p")
        if before:
            _change(context, key, time, record, now, before)


def _change(
    context: Context, key: str, time: str, record: Any, now: dict[str, Floats], before: dict[str, Floats]
) -> None:
    """`O.change_T.G.{n,median,q1,q3}` and `O.change_T.G.signed_rank.{statistic,p}`."""
    change = {arm: now[arm] - before[arm] for arm in now}
    n = {arm: observed(array) for arm, array in change.items()}
    stem, unit = f"{key}.change_{time}", context.study.outcomes[key].unit
    summary = record(f"{stem}.summary", "summary", "summary of changes", n_analysed=n, role="descriptive")
    test = record(f"{stem}.signed_rank", "signed_rank", "Wilcoxon signed-rank test", n_analysed=n, null=0)
    for arm, array in change.items():
        found = parts(describe(array))
        for part in _CHANGE:
            measured = "patients" if part == "n" else unit
            context.out.put(
                f"{stem}.{arm}.{part}", found[part], statistic=part, unit=measured, analysis=summary, group=arm
            )
        for part, value in parts(signed_rank(now[arm], before[arm])).items():
            context.out.put(f"{stem}.{arm}.signed_rank.{part}", value, statistic=part, analysis=test, group=arm)
