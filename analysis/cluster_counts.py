"""Counts of events in a trial of clusters: rates, freedom from events and means, with cluster-robust errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.cluster_means import METHODS, within
from analysis.clusters import clusters_of, how_of, put_analysed, together, warnings_of
from analysis.context import DAYS_PER_YEAR, Context, Floats, values
from analysis.counts import COMPLETE, EVERYBODY, events_by_patient, put_distribution
from analysis.describing import percent, put_t_test, sizes
from analysis.risks import arm_codes
from analysis.stats import NO_EVENTS, Problem, Value
from analysis.stats.clustered import codes_of, compare_means, compare_ratios, rate_of

NO_DISPERSION = Problem("not_defined", "A Poisson model with cluster-robust standard errors has no dispersion.")


def clustered_counts(context: Context, key: str) -> None:
    """What `counts` gives, by methods for clusters: `O.T.G.*`, `O.T.C.{rate,free,means}.*`, and `O.T.G.clusters`."""
    study = context.study
    outcome = study.outcomes[key]
    population = study.population_of(outcome.population)
    groups = context.by_arm(population)
    for time in outcome.timepoints:
        window = int(study.timepoints[time].window_days or 0)
        number = events_by_patient(context, str(outcome.file), window)
        days = context.followup_days
        followed = pd.Series(0.0, index=context.people.index) if days is None else days.astype(float)
        events = {arm: values(number, patients) for arm, patients in groups.items()}
        days_of = {arm: values(followed, patients) for arm, patients in groups.items()}
        years = {arm: np.minimum(array, window) / DAYS_PER_YEAR for arm, array in days_of.items()}
        whole = {arm: array >= window for arm, array in days_of.items()}

        def record(name: str, method: str, label: str, time: str = time, **more: Any) -> str:
            shared = {"role": outcome.role, "n_available": sizes(groups)}
            return context.out.analysis(
                name,
                method=method,
                label=label,
                population=population,
                outcome=key,
                time=time,
                prespecified=outcome.prespecified,
                **{**shared, **more},
            )

        _rates(context, f"{key}.{time}", record, events, years, groups)
        _complete(context, f"{key}.{time}", record, events, whole, groups)


def _rates(
    context: Context,
    stem: str,
    record: Any,
    events: dict[str, Floats],
    years: dict[str, Floats],
    groups: dict[str, pd.Index[Any]],
) -> None:
    study, out = context.study, context.out
    unit = study.outcomes[stem.partition(".")[0]].unit
    seen = {arm: array > 0 for arm, array in years.items()}
    n = {arm: int(mask.sum()) for arm, mask in seen.items()}
    label = "rate with cluster-robust interval on the logarithmic scale"
    about: dict[str, Any] = {"n_analysed": n, "note": EVERYBODY}
    name = record(f"{stem}.events", "cluster_poisson", label, role="descriptive", ci_method="log_cluster", **about)
    for arm in study.arms:
        at, total, time_at_risk = f"{stem}.{arm}", int(events[arm].sum()), float(years[arm].sum())
        out.put(f"{at}.events", total, statistic="events", unit=unit, analysis=name, group=arm)
        out.put(f"{at}.person_years", time_at_risk, statistic="person_years", unit="years", analysis=name, group=arm)
        codes = codes_of(clusters_of(context, groups[arm])[seen[arm]])
        found = rate_of(events[arm][seen[arm]], years[arm][seen[arm]], codes, context.level)
        for last, value, statistic in zip(
            ("rate", "rate_ci_low", "rate_ci_high"), found, ("rate", "ci_low", "ci_high"), strict=True
        ):
            ratio = {"numerator": f"{at}.events", "denominator": f"{at}.person_years"} if last == "rate" else {}
            measured = "per person-year"
            out.put(f"{at}.{last}", value, statistic=statistic, unit=measured, analysis=name, group=arm, **ratio)
    put_analysed(context, stem, name, groups, seen)
    used = np.concatenate(list(seen.values()))
    y, time = (np.concatenate(list(one.values()))[used] for one in (events, years))
    arm_of, others = arm_codes(context, groups)
    arm_of, clusters = arm_of[used], codes_of(together(context, groups)[used])
    many, df = len(study.arms), 0.0
    if y.any():
        none = np.empty((y.size, 0))
        ratios, df = compare_ratios(y, arm_of, many, clusters, none, "poisson", context.level, time)
        found_of = [(one.estimate, one.ci_low, one.ci_high, one.statistic, one.p) for one in ratios]
    else:
        found_of = [(NO_EVENTS,) * 5] * (many - 1)
    name = record(
        f"{stem}.rate",
        "cluster_poisson",
        "Poisson regression with cluster-robust standard errors",
        ci_method="wald_t",
        null=1,
        warnings=warnings_of(context, arm_of, clusters),
        **about,
    )
    for one, found_one in zip(others, found_of, strict=True):
        for part, value in zip(("ratio", "ci_low", "ci_high", "statistic", "p"), found_one, strict=True):
            _put_compared(context, f"{stem}.{context.vs(one)}.rate.{part}", value, part, name, one)
        degrees: Value = found_one[4] if isinstance(found_one[4], Problem) else df
        _put_compared(context, f"{stem}.{context.vs(one)}.rate.df", degrees, "df", name, one)
        _put_compared(context, f"{stem}.{context.vs(one)}.rate.dispersion", NO_DISPERSION, "dispersion", name, one)


def _put_compared(context: Context, at: str, value: Value, part: str, name: str, arm: str) -> None:
    unit = "ratio" if part in ("ratio", "ci_low", "ci_high") else None
    contrast = (arm, context.study.reference_arm)
    context.out.put(at, value, statistic=part, unit=unit, analysis=name, contrast=contrast)


def _complete(
    context: Context,
    stem: str,
    record: Any,
    events: dict[str, Floats],
    whole: dict[str, Any],
    groups: dict[str, pd.Index[Any]],
) -> None:
    """Distribution, freedom from events and means, over the patients who were followed for the whole window."""
    study, how = context.study, how_of(context.study.design)
    unit = study.outcomes[stem.partition(".")[0]].unit
    complete = {arm: array[whole[arm]] for arm, array in events.items()}
    n = {arm: array.size for arm, array in complete.items()}
    about: dict[str, Any] = {"n_analysed": n, "note": COMPLETE}
    put_distribution(
        context, stem, record(f"{stem}.summary", "summary", "summary", role="descriptive", **about), complete
    )
    used = np.concatenate(list(whole.values()))
    arm = arm_codes(context, groups)[0][used]
    clusters, y = codes_of(together(context, groups)[used]), np.concatenate(list(complete.values()))
    none, warned = np.empty((y.size, 0)), warnings_of(context, arm, clusters)
    free = compare_means((y == 0).astype(np.float64), arm, len(n), clusters, none, "robust", context.level)
    means = compare_means(y, arm, len(n), clusters, none, how, context.level)
    about |= {"ci_method": "t_cluster", "null": 0}
    label = "difference of proportions with cluster-robust standard errors"
    free_name = record(f"{stem}.free_clustered", "cluster_robust", label, warnings=warned, **about)
    zero = within("In the comparison of mean numbers", means.warnings)
    means_name = record(f"{stem}.means_clustered", *METHODS[how], warnings=[*warned, *zero], **about)
    for i, contrast in enumerate(study.contrasts):
        at, one = f"{stem}.{context.vs(contrast[0])}", free.tests[i]
        for part, value, measured in (
            ("risk_difference", percent(one.difference), "percent"),
            ("ci_low", percent(one.ci_low), "percent"),
            ("ci_high", percent(one.ci_high), "percent"),
            ("statistic", one.statistic, None),
            ("df", one.df, None),
            ("p", one.p, None),
        ):
            context.out.put(
                f"{at}.free.{part}", value, statistic=part, unit=measured, analysis=free_name, contrast=contrast
            )
        put_t_test(context, f"{at}.means", means_name, unit, means.tests[i], contrast)
