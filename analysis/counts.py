"""Counts of events within windows: distribution, rates with person-time, ratio of rates, freedom from events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.context import DAYS_PER_YEAR, Context, Floats, values
from analysis.describing import percent, sizes
from analysis.rate_models import put_adjusted_rates, put_rates_of_all, put_recurrent
from analysis.stats import NO_DATA, Value, parts
from analysis.stats.means import describe, welch
from analysis.stats.proportions import fisher, newcombe
from analysis.stats.rates import RateModel, poisson_rate, rate_ratios

MOST = 3
COMPLETE = "Patients followed for the whole window."
EVERYBODY = "All patients, each with the days of the window that he or she was followed."


def events_by_patient(context: Context, file: str, window: int) -> pd.Series[Any]:
    """Events of each participant on or before the last day of a window (or of the patient's follow-up)."""
    source, frame = context.study.files[file], context.data.frames[file]
    patient, day = str(source.role("patient")), str(source.role("day"))
    counted = frame[frame[day] <= window].groupby(patient).size()
    return counted.reindex(context.people.index).fillna(0).astype(float)


def counts(context: Context, key: str) -> None:
    """All statistics of a count: `O.T.G.*`, `O.T.C.{rate,free,means,adjusted,recurrent}.*` for each window.

    Windows begin on day 0 and contain one another. Everybody contributes events and person-time (the shorter of
    follow-up and window) to the rates; the distribution, mean and freedom from events are over patients who were
    followed for the whole window, since the number of the others is not known.
    """
    study = context.study
    outcome = study.outcomes[key]
    groups = context.by_arm(study.population_of(outcome.population))
    for time in outcome.timepoints:
        window = int(study.timepoints[time].window_days or 0)
        number = events_by_patient(context, str(outcome.file), window)
        days = context.followup_days
        followed = pd.Series(0.0, index=context.people.index) if days is None else days.astype(float)
        events = {arm: values(number, patients) for arm, patients in groups.items()}
        years = {
            arm: np.minimum(values(followed, patients), window) / DAYS_PER_YEAR for arm, patients in groups.items()
        }
        whole = {arm: values(followed, patients) >= window for arm, patients in groups.items()}
        complete = {arm: events[arm][whole[arm]] for arm in groups}
        _rates(context, key, time, events, years, groups)
        _distribution(context, key, time, complete, sizes(groups))


def _record(
    context: Context,
    name: str,
    key: str,
    time: str,
    method: str,
    label: str,
    n: dict[str, int],
    available: dict[str, int],
    **more: Any,
) -> str:
    outcome = context.study.outcomes[key]
    return context.out.analysis(
        name,
        method=method,
        label=label,
        population=context.study.population_of(outcome.population),
        outcome=key,
        time=time,
        role=more.pop("role", outcome.role),
        prespecified=outcome.prespecified,
        n_analysed=n,
        n_available=available,
        **more,
    )


_MODELS = {
    "negative_binomial": ("negative binomial regression", "wald"),
    "poisson_robust": ("Poisson regression with robust standard errors", "wald_robust"),
    "exact": ("exact conditional comparison of two rates", "exact"),
}


def _rates(
    context: Context,
    key: str,
    time: str,
    events: dict[str, Floats],
    years: dict[str, Floats],
    groups: dict[str, pd.Index[Any]],
) -> None:
    study, out = context.study, context.out
    outcome, available = study.outcomes[key], sizes(groups)
    unit = outcome.unit
    seen = {arm: years[arm] > 0 for arm in events}
    n = {arm: int(mask.sum()) for arm, mask in seen.items()}
    summary = _record(
        context,
        f"{key}.{time}.events",
        key,
        time,
        "poisson_exact",
        "rate with exact Poisson interval",
        n,
        available,
        role="descriptive",
        ci_method="exact",
        note=EVERYBODY,
    )
    for arm in study.arms:
        total, time_at_risk = int(events[arm].sum()), float(years[arm].sum())
        stem = f"{key}.{time}.{arm}"
        out.put(f"{stem}.events", total, statistic="events", unit=unit, analysis=summary, group=arm)
        out.put(
            f"{stem}.person_years", time_at_risk, statistic="person_years", unit="years", analysis=summary, group=arm
        )
        rate = parts(poisson_rate(total, time_at_risk, context.level))
        for part, statistic in (("rate", "rate"), ("ci_low", "ci_low"), ("ci_high", "ci_high")):
            name = "rate" if part == "rate" else f"rate_{part}"
            ratio: dict[str, Any] = (
                {"numerator": f"{stem}.events", "denominator": f"{stem}.person_years"} if part == "rate" else {}
            )
            out.put(
                f"{stem}.{name}",
                rate[part],
                statistic=statistic,
                unit="per person-year",
                analysis=summary,
                group=arm,
                **ratio,
            )
    model: RateModel | None = None
    if all(n.values()):
        model = rate_ratios(
            {arm: events[arm][seen[arm]] for arm in events},
            {arm: years[arm][seen[arm]] for arm in events},
            study.reference_arm,
            context.level,
        )
    method = model.method if model else "exact"
    label, ci_method = _MODELS[method]
    name = _record(
        context,
        f"{key}.{time}.rate",
        key,
        time,
        method,
        label,
        n,
        available,
        ci_method=ci_method,
        null=1,
        note=EVERYBODY,
        warnings=model.warnings if model else [],
        error=None if model else NO_DATA,
    )
    for arm, reference in study.contrasts:
        found: dict[str, Value] = (
            parts(model.ratios[arm])
            if model
            else dict.fromkeys(("ratio", "ci_low", "ci_high", "statistic", "p", "dispersion"), NO_DATA)
        )
        for part, value in found.items():
            measured = "ratio" if part in ("ratio", "ci_low", "ci_high") else None
            out.put(
                f"{key}.{time}.{context.vs(arm)}.rate.{part}",
                value,
                statistic=part,
                unit=measured,
                analysis=name,
                contrast=(arm, reference),
            )

    def record(name: str, method: str, label: str, **more: Any) -> str:
        shown = {"n": more.pop("n_analysed", n), "available": available, "note": EVERYBODY}
        return _record(context, name, key, time, method, label, **shown, **more)

    stem = f"{key}.{time}"
    shared = [{arm: one[arm][seen[arm]] for arm in events} for one in (events, years)]
    put_rates_of_all(context, stem, record, shared[0], shared[1], model)
    if outcome.adjust_for:
        put_adjusted_rates(context, stem, record, events, years, groups, _MODELS)
    if outcome.recurrent:
        window = int(study.timepoints[time].window_days or 0)
        put_recurrent(context, stem, record, str(outcome.file), window, groups)


def put_distribution(context: Context, at: str, summary: str, complete: dict[str, Floats]) -> None:
    """`<at>.G.{n,mean,sd}` and `<at>.G.{count_0,…,count_3_or_more,free}.{n,percent}` of patients' numbers of events."""
    out, unit = context.out, context.study.outcomes[at.partition(".")[0]].unit
    for arm, array in complete.items():
        stem, described = f"{at}.{arm}", describe(array)
        out.put(f"{stem}.n", array.size, statistic="n", unit="patients", analysis=summary, group=arm)
        out.put(f"{stem}.mean", described.mean, statistic="mean", unit=unit, analysis=summary, group=arm)
        out.put(f"{stem}.sd", described.sd, statistic="sd", unit=unit, analysis=summary, group=arm)
        rows = {f"count_{k}": int((array == k).sum()) for k in range(MOST)}
        rows[f"count_{MOST}_or_more"] = int((array >= MOST).sum())
        rows["free"] = int((array == 0).sum())
        for row, number in rows.items():
            out.put(f"{stem}.{row}.n", number, statistic="n", unit="patients", analysis=summary, group=arm)
            out.percent(f"{stem}.{row}.percent", f"{stem}.{row}.n", f"{stem}.n", analysis=summary, group=arm)


def _distribution(
    context: Context, key: str, time: str, complete: dict[str, Floats], available: dict[str, int]
) -> None:
    study, out = context.study, context.out
    unit = study.outcomes[key].unit
    n = {arm: array.size for arm, array in complete.items()}
    summary = _record(
        context,
        f"{key}.{time}.summary",
        key,
        time,
        "summary",
        "summary",
        n,
        available,
        role="descriptive",
        note=COMPLETE,
    )
    put_distribution(context, f"{key}.{time}", summary, complete)
    free = _record(
        context,
        f"{key}.{time}.free",
        key,
        time,
        "newcombe",
        "difference of proportions",
        n,
        available,
        ci_method="newcombe",
        null=0,
        note=COMPLETE,
    )
    test = _record(
        context,
        f"{key}.{time}.free.test",
        key,
        time,
        "fisher",
        "Fisher's exact test",
        n,
        available,
        null=0,
        note=COMPLETE,
    )
    means = _record(
        context,
        f"{key}.{time}.means",
        key,
        time,
        "welch",
        "Welch's t test",
        n,
        available,
        ci_method="t",
        null=0,
        note=COMPLETE,
    )
    for arm, reference in study.contrasts:
        contrast, at = (arm, reference), f"{key}.{time}.{context.vs(arm)}"
        x1, x2 = int((complete[arm] == 0).sum()), int((complete[reference] == 0).sum())
        difference = newcombe(x1, n[arm], x2, n[reference], context.level)
        for part, value in (
            ("risk_difference", difference.estimate),
            ("ci_low", difference.ci_low),
            ("ci_high", difference.ci_high),
        ):
            out.put(
                f"{at}.free.{part}", percent(value), statistic=part, unit="percent", analysis=free, contrast=contrast
            )
        out.put(f"{at}.free.p", fisher(x1, n[arm], x2, n[reference]).p, statistic="p", analysis=test, contrast=contrast)
        found = welch(complete[arm], complete[reference], context.level)
        for part in ("difference", "ci_low", "ci_high", "statistic", "df", "p"):
            measured = unit if part in ("difference", "ci_low", "ci_high") else None
            out.put(
                f"{at}.means.{part}",
                getattr(found, part),
                statistic=part,
                unit=measured,
                analysis=means,
                contrast=contrast,
            )
