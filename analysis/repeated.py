"""Scores compared at all their later times by one model of repeated measures."""

from __future__ import annotations

import numpy as np

from analysis.context import Context, Floats, values
from analysis.describing import put_t_test, sizes
from analysis.risks import arm_codes, covariates
from analysis.stats import parts
from analysis.stats.means import TTest
from analysis.stats.repeated import mixed_model

METHODS = {"unstructured": "mmrm_unstructured", "random_intercept": "random_intercept"}
LABELS = {
    "unstructured": "mixed model for repeated measures with an unstructured covariance",
    "random_intercept": "linear mixed model with a random intercept of the patient",
}


def contributing(context: Context, key: str) -> dict[str, int]:
    """Patients of each arm in an outcome's model: with any later value, that before, and the variables adjusted for."""
    study, outcome = context.study, context.study.outcomes[key]
    first, found = study.first_timepoint, {}
    series = {time: context.scores(str(outcome.column), time) for time in outcome.timepoints}
    for arm, patients in context.by_arm(study.population_of(outcome.population)).items():
        at = {time: ~np.isnan(values(one, patients)) for time, one in series.items()}
        known = at.pop(first, np.ones(len(patients), dtype=bool))
        known &= ~np.isnan(covariates(context, outcome.adjust_for, patients)).any(axis=1)
        found[arm] = int((known & np.any(list(at.values()), axis=0)).sum())
    return found


def put_mixed(
    context: Context, key: str, later: dict[str, dict[str, Floats]], before: dict[str, Floats]
) -> dict[str, dict[str, TTest]]:
    """`O.T.C.mixed.*` and `O.T.G.mixed.*` of every later time, and `O.mixed.*`, of an outcome with `repeated`.

    Args:
        later: values by time and arm, NaN where missing; the patients of an arm in one order.
        before: their values before treatment by arm; empty where there are none.

    Returns:
        The comparison of each arm with the reference, by time and arm.
    """
    study, out, outcome = context.study, context.out, context.study.outcomes[key]
    structure, times = outcome.repeated, list(later)
    if structure is None:
        raise ValueError(f"{key} has no model of repeated measures")
    population = study.population_of(outcome.population)
    groups = context.by_arm(population)
    y = np.column_stack([np.concatenate(list(later[time].values())) for time in times])
    table = np.concatenate([covariates(context, outcome.adjust_for, patients) for patients in groups.values()])
    arm, others = arm_codes(context, groups)
    baseline = np.concatenate(list(before.values())) if before else None
    found = mixed_model(y, arm, len(groups), baseline, table, structure, context.level)
    order = [study.reference_arm, *others]
    used = dict(zip(order, found.patients, strict=True))
    name = out.analysis(
        f"{key}.mixed",
        method=METHODS[structure],
        label=LABELS[structure],
        population=population,
        outcome=key,
        adjusted_for=[*([f"{key}.{study.first_timepoint}"] if before else []), *outcome.adjust_for],
        prespecified=outcome.prespecified,
        role=outcome.role,
        ci_method="t",
        null=0,
        n_analysed={one: used[one] for one in groups},
        n_available=sizes(groups),
        note="patients with a value at any of the later times and with the variables adjusted for",
        warnings=found.warnings,
        error=found.problem,
    )
    total = sum(found.patients)
    out.put(f"{key}.mixed.patients", total, statistic="n", unit="patients", analysis=name)
    out.put(f"{key}.mixed.observations", found.observations, statistic="n", unit="values", analysis=name)
    tests: dict[str, dict[str, TTest]] = {}
    for i, time in enumerate(times):
        tests[time] = dict(zip(others, found.tests[i], strict=True))
        for one, (_, reference) in zip(others, study.contrasts, strict=True):
            stem = f"{key}.{time}.{context.vs(one)}.mixed"
            put_t_test(context, stem, name, outcome.unit, tests[time][one], (one, reference), se=True, time=time)
        for one, mean in zip(order, found.means[i], strict=True):
            for part, value in parts(mean).items():
                at = f"{key}.{time}.{one}.mixed.{part}"
                out.put(at, value, statistic=part, unit=outcome.unit, analysis=name, group=one, time=time)
    return tests
