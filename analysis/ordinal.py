"""Ordinal scores: what continuous ones get, and rank tests within and between arms."""

from __future__ import annotations

from analysis.context import Context, observed
from analysis.continuous import arrays_of, continuous
from analysis.stats import parts
from analysis.stats.ranks import mann_whitney, signed_rank

_STATISTIC = {"shift_ci_low": "ci_low", "shift_ci_high": "ci_high"}


def ordinal(context: Context, key: str) -> None:
    """All of `continuous`, and `O.change_T.G.signed_rank.*`, `O.T.C.ranks.*`."""
    continuous(context, key)
    study, out = context.study, context.out
    outcome = study.outcomes[key]
    population = study.population_of(outcome.population)
    first = study.first_timepoint
    units = {
        "shift": outcome.unit,
        "shift_ci_low": outcome.unit,
        "shift_ci_high": outcome.unit,
        "superiority": "probability",
    }
    for time in outcome.timepoints:
        now = arrays_of(context, key, time)
        n = {arm: observed(array) for arm, array in now.items()}
        name = out.analysis(
            f"{key}.{time}.ranks",
            method="mann_whitney",
            label="Mann–Whitney test",
            population=population,
            outcome=key,
            time=time,
            prespecified=outcome.prespecified,
            role="descriptive" if time == first else outcome.role,
            ci_method="hodges_lehmann",
            null=0,
            n_analysed=n,
            n_available=n,
        )
        for arm, reference in study.contrasts:
            for part, value in parts(mann_whitney(now[arm], now[reference], context.level)).items():
                out.put(
                    f"{key}.{time}.{context.vs(arm)}.ranks.{part}",
                    value,
                    statistic=_STATISTIC.get(part, part),
                    unit=units.get(part),
                    analysis=name,
                    contrast=(arm, reference),
                )
        if time == first or first not in outcome.timepoints:
            continue
        before = arrays_of(context, key, first)
        name = out.analysis(
            f"{key}.change_{time}.signed_rank",
            method="signed_rank",
            label="Wilcoxon signed-rank test",
            outcome=key,
            population=population,
            time=time,
            prespecified=outcome.prespecified,
            role=outcome.role,
            null=0,
            n_analysed={arm: observed(now[arm] - before[arm]) for arm in now},
            n_available=n,
        )
        for arm in study.arms:
            for part, value in parts(signed_rank(now[arm], before[arm])).items():
                out.put(
                    f"{key}.change_{time}.{arm}.signed_rank.{part}", value, statistic=part, analysis=name, group=arm
                )
