"""Cross-over trials: each treatment and period, treatments compared within patients, period effect, carry-over, harms.

The parallel comparisons of the other modules are not made: the same patients stand in each treatment.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.context import Context, Floats, observed, values
from analysis.describing import Record, percent, put_summary, put_t_test
from analysis.flow_groups import put_analysed
from analysis.names import level_name
from analysis.risks import is_event, put_counts, put_ratio
from analysis.stats import Problem, Value, parts
from analysis.stats.crossover import (
    conditional_logistic,
    mainland_gart,
    mcnemar,
    paired_difference,
    period_ranks,
    within_patients,
)
from analysis.stats.means import TTest, student
from analysis.stats.regression import SEPARATED, ratio_of

PAIRED = "patients with a value under both treatments"
NOT_BOTH = Problem("no_data", "No patient has values under both of these treatments.")


def treated(context: Context, period: str, population: str) -> dict[str, pd.Index[Any]]:
    """Patients of a population by the treatment that their sequence has in a period; of the arms that it has there."""
    study = context.study
    at = study.periods.index(period)
    found: dict[str, pd.Index[Any]] = {}
    for arm in study.arms:
        sequences = [key for key, one in study.design.sequences.items() if one.arms[at] == arm]
        if sequences:
            members = context.members(population)
            found[arm] = members[context.arm.reindex(members).isin(sequences).to_numpy()]
    return found


def crossover(context: Context, key: str) -> None:
    """All statistics of an outcome of a cross-over (docs/contracts.md)."""
    if context.study.outcomes[key].kind == "binary":
        _events(context, key)
    else:
        _scores(context, key)


def _two_by_two(context: Context) -> dict[str, tuple[str, str]] | None:
    """Sequence that has the arm first, and the one that has the reference first, where the design is AB and BA."""
    study = context.study
    if len(study.arms) != 2 or len(study.periods) != 2:
        return None
    (arm, reference), by_arms = (
        study.contrasts[0],
        {tuple(one.arms): key for key, one in study.design.sequences.items()},
    )
    if set(by_arms) != {(arm, reference), (reference, arm)}:
        return None
    return {arm: (by_arms[arm, reference], by_arms[reference, arm])}


def _table(context: Context, key: str) -> pd.DataFrame:
    """A row for each value: patient, period, treatment (codes from 0, the reference first) and value."""
    study = context.study
    outcome = study.outcomes[key]
    order = {
        arm: i for i, arm in enumerate([study.reference_arm, *(a for a in study.arms if a != study.reference_arm)])
    }
    every = context.members(study.population_of(outcome.population))
    codes = pd.Series(range(len(every)), index=every)
    rows = []
    for number, time in enumerate(study.periods):
        cells = _cells(context, key, time)
        for arm, patients in treated(context, time, study.population_of(outcome.population)).items():
            found = cells.reindex(patients).dropna()
            rows.append(
                pd.DataFrame(
                    {"patient": codes.reindex(found.index), "period": number, "treatment": order[arm], "value": found}
                )
            )
    return pd.concat(rows, ignore_index=True)


def _cells(context: Context, key: str, time: str) -> pd.Series[Any]:
    """Values of a score; 1 and 0 of an event, missing where it is not known."""
    outcome = context.study.outcomes[key]
    cells = context.scores(str(outcome.column), time)
    if outcome.kind != "binary":
        return cells.astype(float)
    return is_event(cells, outcome.event or [])


def _recorder(context: Context, key: str) -> Record:
    study = context.study
    outcome = study.outcomes[key]

    def record(name: str, method: str, label: str, **more: Any) -> str:
        descriptive = method in ("summary", "wilson", "count")
        return context.out.analysis(
            name,
            method=method,
            label=label,
            population=study.population_of(outcome.population),
            outcome=key,
            prespecified=outcome.prespecified,
            role="descriptive" if descriptive else outcome.role,
            **more,
        )

    return record


def _by_treatment(context: Context, key: str) -> tuple[dict[str, dict[str, Floats]], dict[str, Floats]]:
    """Values by period and treatment, and over periods: the mean of a patient's values where there are several."""
    study = context.study
    population = study.population_of(study.outcomes[key].population)
    cells = {time: _cells(context, key, time) for time in study.periods}
    groups = {time: treated(context, time, population) for time in study.periods}
    each = {time: {arm: values(cells[time], who) for arm, who in groups[time].items()} for time in study.periods}
    whole: dict[str, Floats] = {}
    for arm in study.arms:
        found = pd.concat([cells[time].reindex(groups[time][arm]) for time in study.periods if arm in groups[time]])
        whole[arm] = np.asarray(found.groupby(level=0, sort=False).mean(), dtype=np.float64)
    return each, whole


# Scores ---------------------------------------------------------------------------------------------------------


def _scores(context: Context, key: str) -> None:
    """`O.T.G.*`, `O.G.*`, `O.C.within.*`, `O.period.*`; of AB and BA `O.carryover.*`, ordinal `O.C.ranks.*`."""
    study, outcome, record = context.study, context.study.outcomes[key], _recorder(context, key)
    if study.first_timepoint not in study.periods and study.first_timepoint in outcome.timepoints:
        _before(context, key, record)
    each, whole = _by_treatment(context, key)
    for time, arrays in each.items():
        n, available = {a: observed(x) for a, x in arrays.items()}, {a: int(x.size) for a, x in arrays.items()}
        name = record(f"{key}.{time}.summary", "summary", "summary", time=time, n_analysed=n, n_available=available)
        put_summary(context, f"{key}.{time}", name, outcome.unit, arrays)
    known, size = {a: observed(x) for a, x in whole.items()}, {a: int(x.size) for a, x in whole.items()}
    name = record(f"{key}.summary", "summary", "summary", n_analysed=known, n_available=size)
    put_summary(context, key, name, outcome.unit, whole)

    table = _table(context, key)
    patient, period, treatment = (table[one].to_numpy(dtype=np.int64) for one in ("patient", "period", "treatment"))
    found = within_patients(
        table["value"].to_numpy(dtype=np.float64), patient, period, treatment, len(study.arms), context.level
    )
    used = _patients_by_arm(context, table[found.used])
    name = record(
        f"{key}.within", "within_patients", "least squares on patient, period and treatment", n_analysed=used,
        n_available=known, ci_method="t", null=0, adjusted_for=["patient", "period"],
        note="patients with values in two or more periods",
    )  # fmt: skip
    for contrast, test in zip(study.contrasts, found.treatments, strict=True):
        put_t_test(context, f"{key}.{context.vs(contrast[0])}.within", name, outcome.unit, test, contrast, se=True)
    _put_period(context, key, record, used, known, found.period, parts(found.periods))
    pair = _two_by_two(context)
    if pair is not None:
        _two_sequences(context, key, record, pair)


def _before(context: Context, key: str, record: Record) -> None:
    """The value before treatment, by sequence."""
    study, outcome = context.study, context.study.outcomes[key]
    time = study.first_timepoint
    groups = context.by_arm(study.population_of(outcome.population))
    arrays = {group: values(_cells(context, key, time), who) for group, who in groups.items()}
    n, available = {g: observed(x) for g, x in arrays.items()}, {g: int(x.size) for g, x in arrays.items()}
    name = record(f"{key}.{time}.summary", "summary", "summary", time=time, n_analysed=n, n_available=available)
    put_summary(
        context, f"{key}.{time}", name, outcome.unit, {**arrays, "total": np.concatenate(list(arrays.values()))}
    )


def _patients_by_arm(context: Context, table: pd.DataFrame) -> dict[str, int]:
    """Different patients under each treatment in a table of values."""
    study = context.study
    order = [study.reference_arm, *(arm for arm in study.arms if arm != study.reference_arm)]
    return {arm: int(table.loc[table["treatment"] == order.index(arm), "patient"].nunique()) for arm in study.arms}


def _put_period(
    context: Context,
    key: str,
    record: Record,
    used: dict[str, int],
    known: dict[str, int],
    test: TTest,
    f: dict[str, Value],
) -> None:
    """`O.period.{difference,…}` of two periods (second minus first), else `O.period.{statistic,df,df_residual,p}`."""
    study = context.study
    two = len(study.periods) == 2
    name = record(
        f"{key}.period",
        "within_patients" if two else "period_f",
        "second period minus first" if two else "F test of the periods",
        n_analysed=used, n_available=known, ci_method="t" if two else None, null=0,
    )  # fmt: skip
    found = parts(test) if two else f
    unit = study.outcomes[key].unit
    for part, value in found.items():
        measured = unit if part in ("difference", "se", "ci_low", "ci_high") else None
        statistic = "df" if part == "df_residual" else part
        context.out.put(f"{key}.period.{part}", value, statistic=statistic, unit=measured, analysis=name)


def _two_sequences(context: Context, key: str, record: Record, pair: dict[str, tuple[str, str]]) -> None:
    """Carry-over from the patients' sums over both periods; ordinal outcomes also by ranks of their differences."""
    study, outcome, level = context.study, context.study.outcomes[key], context.level
    (arm, reference), (first, second) = study.contrasts[0], next(iter(pair.values()))
    groups = context.by_arm(study.population_of(outcome.population))
    one, two = (_cells(context, key, time) for time in study.periods)
    sums = {g: values(one, groups[g]) + values(two, groups[g]) for g in (first, second)}
    n, size = {g: observed(x) for g, x in sums.items()}, {g: int(x.size) for g, x in sums.items()}
    name = record(
        f"{key}.carryover", "student", "t test of the sums of both periods", n_analysed=n, n_available=size,
        ci_method="t", null=0, note=f"patients with values in both periods; {first} minus {second}",
    )  # fmt: skip
    for part, value in parts(student(sums[first], sums[second], level)).items():
        measured = outcome.unit if part in ("difference", "se", "ci_low", "ci_high") else None
        context.out.put(f"{key}.carryover.{part}", value, statistic=part, unit=measured, analysis=name)
    if outcome.kind != "ordinal":
        return
    name = record(
        f"{key}.ranks", "mann_whitney", "rank-sum test of the differences between periods", n_analysed=n,
        n_available=size, ci_method="mann_whitney", null=0, note="patients with values in both periods",
    )  # fmt: skip
    changes = {g: values(one, groups[g]) - values(two, groups[g]) for g in (first, second)}
    ranks = parts(period_ranks(changes[first], changes[second], level))
    for part, statistic in (
        ("statistic", "statistic"), ("p", "p"), ("shift", "shift"), ("shift_ci_low", "ci_low"),
        ("shift_ci_high", "ci_high"),
    ):  # fmt: skip
        measured = outcome.unit if part.startswith("shift") else None
        context.out.put(
            f"{key}.{context.vs(arm)}.ranks.{part}", ranks[part], statistic=statistic, unit=measured, analysis=name,
            contrast=(arm, reference),
        )  # fmt: skip


# Events ---------------------------------------------------------------------------------------------------------


def _events(context: Context, key: str) -> None:
    """`O.T.G.*`, `O.G.*`, `O.C.{paired,conditional}.*`, `O.period.*`; of AB and BA `O.C.mainland_gart.p`."""
    study, record = context.study, _recorder(context, key)
    each, whole = _by_treatment(context, key)
    for time, arrays in each.items():
        n = {a: observed(x) for a, x in arrays.items()}
        available = {a: int(x.size) for a, x in arrays.items()}
        name = record(
            f"{key}.{time}.summary",
            "wilson",
            "proportion",
            time=time,
            n_analysed=n,
            n_available=available,
            ci_method="wilson",
        )
        _put_risks(context, f"{key}.{time}", name, arrays)
    known = {a: observed(x) for a, x in whole.items()}
    size = {a: int(x.size) for a, x in whole.items()}
    name = record(f"{key}.summary", "wilson", "proportion", n_analysed=known, n_available=size, ci_method="wilson")
    _put_risks(context, key, name, whole)

    table = _table(context, key)
    _paired(context, key, record, table.pivot(index="patient", columns="treatment", values="value"), known)
    model = conditional_logistic(
        *(table[one].to_numpy(dtype=np.int64) for one in ("value", "patient", "period", "treatment"))
    )
    together = table.groupby("patient")["value"].agg(["size", "sum"])
    tells = together.index[(together["sum"] > 0) & (together["sum"] < together["size"])]
    used = _patients_by_arm(context, table[table["patient"].isin(tells)])
    warnings = ["The conditional model has no finite estimate."] if model.fit is SEPARATED else []
    name = record(
        f"{key}.conditional", "conditional_logistic", "conditional logistic regression on treatment and period",
        n_analysed=used, n_available=known, ci_method="wald", null=1, adjusted_for=["patient", "period"],
        note="patients with the event in some of their periods", warnings=warnings,
    )  # fmt: skip
    for number, (arm, reference) in enumerate(study.contrasts, 1):
        there = number in model.columns
        fit = model.fit if there or isinstance(model.fit, Problem) else NOT_BOTH
        ratio = ratio_of(fit, model.columns.index(number) if there else 0, context.level)
        put_ratio(context, f"{key}.{context.vs(arm)}.conditional", ratio, "odds_ratio", name, (arm, reference))
    name = record(
        f"{key}.period",
        "likelihood_ratio",
        "likelihood ratio test of the periods",
        n_analysed=used,
        n_available=known,
        null=0,
    )
    for part, value in parts(model.periods).items():
        context.out.put(f"{key}.period.{part}", value, statistic=part, analysis=name)
    pair = _two_by_two(context)
    if pair is not None:
        _put_mainland_gart(context, key, record, pair)


def _put_risks(context: Context, stem: str, name: str, arrays: dict[str, Floats]) -> None:
    events = {arm: int(np.nansum(array)) for arm, array in arrays.items()}
    put_counts(context, stem, name, events, {arm: observed(array) for arm, array in arrays.items()}, intervals=True)
    for arm, array in arrays.items():
        context.out.put(
            f"{stem}.{arm}.missing", int(array.size) - observed(array), statistic="missing", unit="patients",
            analysis=name, group=arm,
        )  # fmt: skip


def _paired(context: Context, stem: str, record: Record, wide: pd.DataFrame, known: dict[str, int]) -> None:
    """`<stem>.C.paired.{both,first_only,second_only,neither,n,risk_difference,rd_ci_low,rd_ci_high,mcnemar_p}`.

    Args:
        wide: 1 and 0 for each patient (row) and treatment (column: its code, 0 is the reference).
    """
    study = context.study
    tables = {}
    for number, (arm, _) in enumerate(study.contrasts, 1):
        two = wide.reindex(columns=[number, 0]).dropna().to_numpy()
        one, other = two[:, 0] == 1, two[:, 1] == 1
        tables[arm] = tuple(int(x.sum()) for x in (one & other, one & ~other, ~one & other, ~one & ~other))
    n = {arm: sum(table) for arm, table in tables.items()} | {study.reference_arm: max(map(sum, tables.values()))}
    more = {"n_analysed": n, "n_available": known, "note": PAIRED}
    name = record(
        f"{stem}.paired",
        "newcombe_paired",
        "paired difference of proportions",
        ci_method="newcombe_paired",
        null=0,
        **more,
    )
    test = record(f"{stem}.mcnemar", "mcnemar", "exact McNemar test", null=0, **more)
    for arm, reference in study.contrasts:
        both, first, second, neither = tables[arm]
        found = paired_difference(both, first, second, neither, context.level)
        at = f"{stem}.{context.vs(arm)}.paired"
        for part, count in (
            ("both", both), ("first_only", first), ("second_only", second), ("neither", neither),
            ("n", sum(tables[arm])),
        ):  # fmt: skip
            context.out.put(
                f"{at}.{part}", count, statistic="n", unit="patients", analysis=name, contrast=(arm, reference)
            )
        for part, value, statistic in (
            ("risk_difference", found.estimate, "risk_difference"),
            ("rd_ci_low", found.ci_low, "ci_low"),
            ("rd_ci_high", found.ci_high, "ci_high"),
        ):
            context.out.put(
                f"{at}.{part}",
                percent(value),
                statistic=statistic,
                unit="percent",
                analysis=name,
                contrast=(arm, reference),
            )
        context.out.put(
            f"{at}.mcnemar_p", mcnemar(first, second), statistic="p", analysis=test, contrast=(arm, reference)
        )


def _put_mainland_gart(context: Context, key: str, record: Record, pair: dict[str, tuple[str, str]]) -> None:
    """`O.discordant.S.{n,of}`: of the patients with the event in one period only, those with it in the first."""
    study, out = context.study, context.out
    (arm, reference), (first, second) = study.contrasts[0], next(iter(pair.values()))
    groups = context.by_arm(study.population_of(study.outcomes[key].population))
    one, two = (_cells(context, key, time) for time in study.periods)
    change = {g: values(one, groups[g]) - values(two, groups[g]) for g in (first, second)}
    counts = {g: (int((x == 1).sum()), int((x == -1).sum())) for g, x in change.items()}
    n = {g: sum(both) for g, both in counts.items()}
    name = record(
        f"{key}.mainland_gart", "fisher", "Mainland–Gart test", n_analysed=n,
        n_available={g: observed(x) for g, x in change.items()}, null=0,
        note="patients with the event in one period only",
    )  # fmt: skip
    for g, (early, _) in counts.items():
        for part, count in (("n", early), ("of", n[g])):
            out.put(f"{key}.discordant.{g}.{part}", count, statistic="n", unit="patients", analysis=name, group=g)
    p = mainland_gart(counts[first], counts[second]).p
    out.put(f"{key}.{context.vs(arm)}.mainland_gart.p", p, statistic="p", analysis=name, contrast=(arm, reference))


# Who took part, and harms ---------------------------------------------------------------------------------------


def entered(context: Context, period: str) -> pd.Index[Any]:
    """Patients who entered a period.

    They are those of the column of role `received` of a file of visits where there is one, else those with a value of
    an outcome or an event in the period.
    """
    study = context.study
    found: set[Any] = set()
    files = [key for key in study.files if key != study.participants and study.files[key].role("timepoint")]
    told = [key for key in files if study.files[key].role("received")]
    harms = study.adverse_events.file if study.adverse_events else None
    for key in told or files:
        file, frame = study.files[key], context.data.frames[key]
        rows = frame[(frame[str(file.role("timepoint"))] == period).to_numpy()]
        if told:
            rows = rows[(rows[str(file.role("received"))] == "yes").to_numpy()]
        elif key != harms:
            columns = [
                str(o.column).partition(".")[2] for o in study.outcomes.values() if str(o.column).startswith(f"{key}.")
            ]
            rows = rows[rows[columns].notna().any(axis=1).to_numpy()] if columns else rows.iloc[:0]
        found |= set(rows[str(file.role("patient"))])
    return context.people.index[context.people.index.isin(found)]


def flow_by_period(context: Context, name: str) -> None:
    """`flow.S.{entered_T,not_entered_T}` of each sequence and period; `flow.S.analysed_O`: patients with two values."""
    study, out = context.study, context.out
    for period in study.periods:
        there = entered(context, period)
        for group in study.groups:
            of = context.people.index[(context.arm == group).to_numpy()]
            count = int(of.isin(there).sum())
            for part, n in ((f"entered_{period}", count), (f"not_entered_{period}", len(of) - count)):
                out.put(f"flow.{group}.{part}", n, statistic="n", unit="patients", analysis=name, group=group)
    for key, outcome in study.outcomes.items():
        members, used = context.by_arm(study.population_of(outcome.population)), {}
        for group, who in members.items():
            cells = np.column_stack([values(_cells(context, key, time), who) for time in study.periods])
            used[group] = int(((~np.isnan(cells)).sum(axis=1) > 1).sum())
        put_analysed(context, name, key, members, used)


def crossover_harms(context: Context) -> None:
    """`harms.TERM.G.{n,of,percent,events}` by the treatment of the event's period, `harms.TERM.C.paired.*`.

    The denominator is who entered a period with the treatment; the comparison is of those who did so with both.
    """
    study = context.study
    chosen = study.adverse_events
    if chosen is None:
        return
    file, frame = study.files[chosen.file], context.data.frames[chosen.file]
    term, patient, time = str(file.role("term")), str(file.role("patient")), str(file.role("timepoint"))
    population = study.population_of(chosen.denominator)
    there = {period: entered(context, period) for period in study.periods}
    exposed: dict[str, set[Any]] = {arm: set() for arm in study.arms}
    treatment: dict[tuple[Any, str], str] = {}
    for period in study.periods:
        for arm, who in treated(context, period, population).items():
            exposed[arm] |= set(who[who.isin(there[period])])
            treatment |= {(one, period): arm for one in who}
    at = [treatment.get((one, when)) for one, when in zip(frame[patient], frame[time], strict=True)]
    frame = frame.set_axis(pd.Index(at, dtype=object), axis=0)  # by treatment
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
    for word, events in rows.items():
        _term(context, word, events, patient, exposed, population, chosen.prespecified)


def _term(
    context: Context,
    term: str,
    events: pd.DataFrame,
    patient: str,
    exposed: dict[str, set[Any]],
    population: str,
    prespecified: bool,
) -> None:
    study, out = context.study, context.out
    stem, n = f"harms.{term}", {arm: len(who) for arm, who in exposed.items()}

    def record(name: str, method: str, label: str, **more: Any) -> str:
        return out.analysis(
            name, method=method, label=label, population=population, role="harms", prespecified=prespecified,
            **{"n_analysed": n, "n_available": n, **more},
        )  # fmt: skip

    having = {arm: set(events.loc[events.index == arm, patient]) & exposed[arm] for arm in study.arms}
    name = record(stem, "count", "patients with an event, by the treatment of its period")
    put_counts(context, stem, name, {arm: len(who) for arm, who in having.items()}, n)
    for arm in study.arms:
        count = int(events.loc[events.index == arm, patient].isin(exposed[arm]).sum())
        out.put(f"{stem}.{arm}.events", count, statistic="events", unit="events", analysis=name, group=arm)
    everybody = context.people.index
    order = [study.reference_arm, *(arm for arm in study.arms if arm != study.reference_arm)]
    wide = pd.DataFrame(
        {
            i: np.where(everybody.isin(exposed[arm]), everybody.isin(having[arm]).astype(float), np.nan)
            for i, arm in enumerate(order)
        }
    )
    _paired(context, stem, record, wide, n)
