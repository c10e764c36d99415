"""Risks: binary outcomes, and how the arms differ in the number of patients with an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.context import Context, Floats, values
from analysis.describing import Record, percent, sizes
from analysis.margins import put_risk_margin
from analysis.several import put_family, put_global, risks_alike, several_arms
from analysis.stats import NO_DATA, NO_EVENTS, Problem, Value
from analysis.stats.likelihood import dummies, independent
from analysis.stats.odds import no_odds, odds_ratio
from analysis.stats.proportions import Comparison, Test, chi_square, fisher, newcombe, risk_ratio, wilson
from analysis.stats.regression import NOT_CONVERGED, SEPARATED, Fit, Ratio, logistic, modified_poisson, ratio_of
from analysis.stats.score import Score, score_difference, score_ratio
from analysis.strata import put_stratified_risks
from analysis.study import Outcome

MIETTINEN_NURMINEN = "miettinen_nurminen"

DETERMINED = (
    "The variables adjusted for settle the outcome of some patients ({}), so that the estimate is that of the others."
)

_NOT_LOWER = Problem("not_lower", "The risk is not lower, so there is no relative reduction.")
_NOT_DIFFERENT = Problem(
    "not_different", "The interval of the risk difference includes 0, so there is no number needed to treat."
)


def put_difference_and_ratio(
    context: Context, stem: str, record: Record, events: dict[str, int], n: dict[str, int], interval: str = "newcombe"
) -> dict[str, tuple[Comparison | Score, Comparison | Score]]:
    """`<stem>.C.{risk_difference,rd_ci_low,rd_ci_high,risk_ratio,rr_ci_low,rr_ci_high}` of every contrast.

    Args:
        record: records the analyses `<stem>.risk_difference` and `<stem>.risk_ratio`.
        events: patients with an event, by arm.
        n: patients, by arm.
        interval: `newcombe`, with Katz's (or Koopman's) of the ratio, or `miettinen_nurminen` of both.

    Returns:
        Difference (as a fraction) and ratio by arm.
    """
    contrasts, level = context.study.contrasts, context.level
    tables = {arm: (events[arm], n[arm], events[reference], n[reference]) for arm, reference in contrasts}
    found: dict[str, tuple[Comparison | Score, Comparison | Score]]
    if interval == MIETTINEN_NURMINEN:
        found = {arm: (score_difference(*table, level), score_ratio(*table, level)) for arm, table in tables.items()}
        method = interval
    else:
        found = {arm: (newcombe(*table, level), risk_ratio(*table, level)) for arm, table in tables.items()}
        method = "score" if any(getattr(ratio, "method", "") == "score" for _, ratio in found.values()) else "katz"
    difference_name = record(
        f"{stem}.risk_difference", interval, "difference of proportions", ci_method=interval, null=0
    )
    ratio_name = record(f"{stem}.risk_ratio", method, "ratio of proportions", ci_method=method, null=1)
    for arm, reference in contrasts:
        difference, ratio = found[arm]
        for part, value, statistic, unit, name in (
            ("risk_difference", percent(difference.estimate), "risk_difference", "percent", difference_name),
            ("rd_ci_low", percent(difference.ci_low), "ci_low", "percent", difference_name),
            ("rd_ci_high", percent(difference.ci_high), "ci_high", "percent", difference_name),
            ("risk_ratio", ratio.estimate, "risk_ratio", "ratio", ratio_name),
            ("rr_ci_low", ratio.ci_low, "ci_low", "ratio", ratio_name),
            ("rr_ci_high", ratio.ci_high, "ci_high", "ratio", ratio_name),
        ):
            context.out.put(
                f"{stem}.{context.vs(arm)}.{part}",
                value,
                statistic=statistic,
                unit=unit,
                analysis=name,
                contrast=(arm, reference),
            )
    return found


def chi_square_of(x1: int, n1: int, x2: int, n2: int) -> Test:
    """Pearson's chi-square of a fourfold table; a problem where nobody had an event."""
    table = np.array([[x1, n1 - x1], [x2, n2 - x2]], dtype=float)
    return chi_square(table) if x1 + x2 else Test(NO_EVENTS, NO_EVENTS, NO_EVENTS)


def test_of(outcome: Outcome) -> str:
    """The test of a binary outcome: that of its interval where this has one, else the one that study.yml names."""
    return outcome.interval if outcome.interval == MIETTINEN_NURMINEN else outcome.test


def put_test(context: Context, stem: str, record: Record, test: str, events: dict[str, int], n: dict[str, int]) -> None:
    """`<stem>.C.p` by Fisher's exact test, by the chi-square test (with `<stem>.C.chi_square`), or by Miettinen and
    Nurminen's (with `<stem>.C.z`)."""
    if test == MIETTINEN_NURMINEN:
        name = record(f"{stem}.test", test, "score test of Miettinen and Nurminen", null=0)
    elif test == "fisher":
        name = record(f"{stem}.test", "fisher", "Fisher's exact test", null=0)
    else:
        name = record(f"{stem}.test", "chi_square", "chi-square test without continuity correction", null=0)
    for arm, reference in context.study.contrasts:
        at, table = f"{stem}.{context.vs(arm)}", (events[arm], n[arm], events[reference], n[reference])
        if test == "chi_square":
            found = chi_square_of(*table)
            context.out.put(
                f"{at}.chi_square", found.statistic, statistic="statistic", analysis=name, contrast=(arm, reference)
            )
        elif test == MIETTINEN_NURMINEN:
            score = score_difference(*table, context.level)
            context.out.put(f"{at}.z", score.statistic, statistic="statistic", analysis=name, contrast=(arm, reference))
            found = Test(score.statistic, NO_DATA, score.p)
        else:
            found = fisher(*table)
        context.out.put(f"{at}.p", found.p, statistic="p", analysis=name, contrast=(arm, reference))


def put_counts(
    context: Context, stem: str, name: str, events: dict[str, int], n: dict[str, int], intervals: bool = False
) -> None:
    """`<stem>.G.{n,of,percent}`; with Wilson's interval `<stem>.G.{percent_ci_low,percent_ci_high}` too."""
    out = context.out
    for group in events:
        at = f"{stem}.{group}"
        out.put(f"{at}.n", events[group], statistic="n", unit="patients", analysis=name, group=group)
        out.put(f"{at}.of", n[group], statistic="n", unit="patients", analysis=name, group=group)
        out.percent(f"{at}.percent", f"{at}.n", f"{at}.of", analysis=name, group=group)
        if not intervals:
            continue
        limits: tuple[Value, Value] = (NO_DATA, NO_DATA)
        if n[group]:
            limits = wilson(events[group], n[group], context.level)
        for side, limit in zip(("ci_low", "ci_high"), limits, strict=True):
            out.put(f"{at}.percent_{side}", percent(limit), statistic=side, unit="percent", analysis=name, group=group)


# Binary outcomes ------------------------------------------------------------------------------------------------


def event_of(context: Context, key: str, time: str) -> pd.Series[Any]:
    """1 for the patients with the event, 0 for the others, NaN where it is not known."""
    outcome = context.study.outcomes[key]
    return is_event(context.scores(str(outcome.column), time), outcome.event or [])


def is_event(cells: pd.Series[Any], events: list[int | float | str]) -> pd.Series[Any]:
    """1 where a cell is one of the events, 0 where it is another, NaN where there is none."""
    return cells.isin(events).astype(float).where(cells.notna())


def binary(context: Context, key: str) -> None:
    """All statistics of a binary outcome: `O.T.G.*`, `O.T.C.*`, `O.T.C.adjusted.*`."""
    outcome = context.study.outcomes[key]
    for time in outcome.timepoints:
        _at_time(context, key, time)


def _at_time(context: Context, key: str, time: str) -> None:
    study, out = context.study, context.out
    outcome = study.outcomes[key]
    population = study.population_of(outcome.population)
    groups = context.by_arm(population)
    series = event_of(context, key, time)
    cells = {arm: values(series, patients) for arm, patients in groups.items()}
    events = {arm: int(np.nansum(array)) for arm, array in cells.items()}
    n = {arm: int((~np.isnan(array)).sum()) for arm, array in cells.items()}
    stem = f"{key}.{time}"

    shared: dict[str, Any] = {"role": outcome.role, "n_analysed": n, "n_available": sizes(groups)}

    def record(name: str, method: str, label: str, **more: Any) -> str:
        return out.analysis(
            name,
            method=method,
            label=label,
            population=population,
            outcome=key,
            time=time,
            prespecified=outcome.prespecified,
            **{**shared, **more},
        )

    name = record(f"{stem}.summary", "wilson", "proportion", role="descriptive", ci_method="wilson")
    total = {"total": sum(n.values())}
    put_counts(context, stem, name, {**events, "total": sum(events.values())}, {**n, **total}, intervals=True)
    for arm, array in cells.items():
        missing = array.size - n[arm]
        out.put(f"{stem}.{arm}.missing", missing, statistic="missing", unit="patients", analysis=name, group=arm)
    missing = sum(array.size for array in cells.values()) - total["total"]
    out.put(f"{stem}.total.missing", missing, statistic="missing", unit="patients", analysis=name, group="total")
    found = put_difference_and_ratio(context, stem, record, events, n, outcome.interval)
    put_derived(context, stem, found)
    _put_odds(context, stem, record, events, n)
    put_test(context, stem, record, test_of(outcome), events, n)
    put_risk_margin(context, stem, record, events, n)
    if several_arms(context):
        put_global(context, stem, record, "chi_square", "chi-square test", risks_alike(events, n))
    put_family(context, stem, record, "p")
    if outcome.stratify_by:
        put_stratified_risks(context, stem, record, cells, groups)
    if outcome.adjust_for:
        _put_adjusted(context, key, stem, record, cells, groups, n)


def put_derived(
    context: Context, stem: str, found: Mapping[str, tuple[Comparison | Score, Comparison | Score]]
) -> None:
    """`O.T.C.relative_reduction`, and `O.T.C.{number_needed,nn_ci_low,nn_ci_high}` where the difference is not 0.

    The number of patients for one event more or fewer: 1 / |risk difference|, its limits those of the difference
    (Altman 1998).
    """
    for arm, reference in context.study.contrasts:
        difference, ratio = found[arm]
        at, contrast = f"{stem}.{context.vs(arm)}", (arm, reference)
        reduction: Value = ratio.estimate
        if isinstance(reduction, float | int):
            reduction = 100 * (1 - reduction) if reduction < 1 else _NOT_LOWER
        context.out.put(
            f"{at}.relative_reduction",
            reduction,
            statistic="relative_reduction",
            unit="percent",
            analysis=f"{stem}.risk_ratio",
            contrast=contrast,
        )
        for part, value in zip(("number_needed", "nn_ci_low", "nn_ci_high"), number_needed(difference), strict=True):
            context.out.put(
                f"{at}.{part}",
                value,
                statistic=part.replace("nn_", ""),
                unit="patients",
                analysis=f"{stem}.risk_difference",
                contrast=contrast,
            )


def number_needed(difference: Comparison | Score) -> tuple[Value, Value, Value]:
    """1 / |difference| with its limits, the lower one first; problems where the interval includes 0."""
    estimate, low, high = difference.estimate, difference.ci_low, difference.ci_high
    for one in (estimate, low, high):
        if isinstance(one, Problem):
            return one, one, one
    if float(low) <= 0 <= float(high):  # type: ignore[arg-type]
        return _NOT_DIFFERENT, _NOT_DIFFERENT, _NOT_DIFFERENT
    least, most = sorted(1 / abs(float(one)) for one in (low, high))  # type: ignore[arg-type]
    return 1 / abs(float(estimate)), least, most  # type: ignore[arg-type]


def _put_odds(context: Context, stem: str, record: Record, events: dict[str, int], n: dict[str, int]) -> None:
    """`O.T.C.{odds_ratio,or_ci_low,or_ci_high}`."""
    found = {
        arm: odds_ratio(events[arm], n[arm], events[reference], n[reference], context.level)
        for arm, reference in context.study.contrasts
    }
    method = "conditional" if any(one.method == "conditional" for one in found.values()) else "woolf"
    name = record(f"{stem}.odds_ratio", method, "ratio of odds", ci_method=method, null=1)
    for arm, reference in context.study.contrasts:
        one = found[arm]
        for part, value, statistic in (
            ("odds_ratio", one.estimate, "odds_ratio"),
            ("or_ci_low", one.ci_low, "ci_low"),
            ("or_ci_high", one.ci_high, "ci_high"),
        ):
            context.out.put(
                f"{stem}.{context.vs(arm)}.{part}",
                value,
                statistic=statistic,
                unit="ratio",
                analysis=name,
                contrast=(arm, reference),
            )


# Models ---------------------------------------------------------------------------------------------------------


def covariates(context: Context, columns: list[str], patients: pd.Index[Any]) -> Floats:
    """Columns of the participants' file as a model takes them: numbers as they are, levels as 0 and 1.

    Rows where any is missing are NaN throughout.
    """
    file = context.study.files[context.study.participants]
    made: list[Floats] = []
    for name in columns:
        cells = context.people[name].reindex(patients)
        if file.columns[name].type == "category":
            levels = list(file.columns[name].levels or {})[1:]
            made += [values((cells == level).astype(float).where(cells.notna()), patients) for level in levels]
        else:
            made.append(cells.to_numpy(dtype=np.float64))
    table = np.column_stack(made) if made else np.empty((len(patients), 0))
    table[np.isnan(table).any(axis=1)] = np.nan
    return table


def arm_codes(context: Context, groups: dict[str, pd.Index[Any]]) -> tuple[NDArray[np.int64], list[str]]:
    """Number of each patient's arm, in the order of `groups`: 0 for the reference, then the others as in the study."""
    others = [arm for arm, _ in context.study.contrasts]
    code = {context.study.reference_arm: 0, **{arm: i for i, arm in enumerate(others, 1)}}
    return np.repeat([code[arm] for arm in groups], [len(one) for one in groups.values()]), others


_ADJUSTED = {
    "logistic": ("odds_ratio", "logistic regression", "wald"),
    "modified_poisson": ("risk_ratio", "Poisson regression with robust standard errors", "wald_robust"),
}
"""By model: what it estimates, its name, and that of its interval."""


def _put_adjusted(
    context: Context,
    key: str,
    stem: str,
    record: Record,
    cells: dict[str, Floats],
    groups: dict[str, pd.Index[Any]],
    available: dict[str, int],
) -> None:
    """`O.T.C.adjusted.{odds_ratio,ci_low,ci_high,statistic,p}` by logistic regression, or `risk_ratio` there by
    modified Poisson regression: patients with all variables."""
    outcome = context.study.outcomes[key]
    adjust_for, model = outcome.adjust_for, outcome.adjusted_by
    fitted = {"logistic": logistic, "modified_poisson": modified_poisson}[model]
    noun, label, ci_method = _ADJUSTED[model]
    y = np.concatenate(list(cells.values()))
    table = np.concatenate([covariates(context, adjust_for, patients) for patients in groups.values()])
    arm, others = arm_codes(context, groups)
    used = ~np.isnan(y) & ~np.isnan(table).any(axis=1)
    n = {name: int((used & (arm == code)).sum()) for code, name in enumerate([context.study.reference_arm, *others])}
    fit: Fit | Problem = NO_DATA
    if all(n.values()):
        columns = [np.ones(int(used.sum())), dummies(arm[used], len(n)), independent(table[used])]
        fit = no_odds(y[used]) or fitted(y[used], np.column_stack(columns))
    patients = np.concatenate([list(people) for people in groups.values()])
    cause = joined_causes(one_sided(context, adjust_for, patients[used], y[used]))
    if isinstance(fit, Problem) and fit in (SEPARATED, NOT_CONVERGED) and cause:
        fit = Problem(fit.code, f"{fit.message.rstrip('.')}; {cause}.")
    name = record(
        f"{stem}.adjusted",
        model,
        label,
        adjusted_for=adjust_for,
        ci_method=ci_method,
        null=1,
        n_analysed=n,
        n_available=available,
        warnings=told_of_determined(fit, cause),
    )
    for i, one in enumerate(others, 1):
        at, contrast = f"{stem}.{context.vs(one)}.adjusted", (one, context.study.reference_arm)
        put_ratio(context, at, ratio_of(fit, i, context.level), noun, name, contrast)


def one_sided(context: Context, columns: list[str], patients: NDArray[Any], y: Floats) -> list[tuple[str, str, bool]]:
    """The levels of these columns in which nobody had the event, or everybody: labels of column and level, and which.
    They are what makes a coefficient infinite, where one alone does."""
    file = context.study.files[context.study.participants]
    found = []
    for name in columns:
        column = file.columns[name]
        cells = context.people[name].reindex(patients).to_numpy()
        for level, label in (column.levels or {}).items() if column.type == "category" else ():
            here = y[cells == level]
            if here.size and here.min() == here.max():
                found.append((column.label or name, str(label), bool(here[0])))
    return found


def joined_causes(found: list[tuple[str, str, bool]]) -> str:
    """'no patient had the event in Stage: II' for each level of `one_sided`."""
    return ", ".join(f"{'every' if all_had else 'no'} patient had the event in {a}: {b}" for a, b, all_had in found)


def told_of_determined(fit: Fit | Problem, cause: str) -> list[str]:
    """The warning that a fit is a limit, with the levels that are the cause, where they are known."""
    if isinstance(fit, Problem) or not fit.determined:
        return []
    said = DETERMINED.format(fit.determined)
    return [f"{said} {cause[0].upper()}{cause[1:]}." if cause else said]


def put_ratio(context: Context, stem: str, ratio: Ratio, noun: str, name: str, contrast: tuple[str, str]) -> None:
    """`<stem>.{<noun>,ci_low,ci_high,statistic,p}` of a contrast; `noun` is `odds_ratio`, for example."""
    for statistic, value, unit in (
        (noun, ratio.estimate, "ratio"),
        ("ci_low", ratio.ci_low, "ratio"),
        ("ci_high", ratio.ci_high, "ratio"),
        ("statistic", ratio.statistic, None),
        ("p", ratio.p, None),
    ):
        context.out.put(f"{stem}.{statistic}", value, statistic=statistic, unit=unit, analysis=name, contrast=contrast)
