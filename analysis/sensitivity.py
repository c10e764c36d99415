"""Sensitivity analyses: an outcome analysed again, by the same code, in another population, under another model, or
with its missing values filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from analysis.context import Context
from analysis.extremes import extreme
from analysis.headline import Headline, headline
from analysis.imputed import Sources, completed_sets, pooled, sources
from analysis.magnitude import by_variable
from analysis.results import Builder
from analysis.stats import Problem
from analysis.stats.imputation import DONORS, ITERATIONS
from analysis.study import Outcome, Sensitivity

Compute = Callable[[Context, str], None]
"""Computes one outcome, by its key, and puts it into the context's builder."""


def sensitivity(context: Context, compute: Compute) -> None:
    """`sensitivity.KEY.G.n`, and of each comparison the estimate with its limits and P, `sensitivity.KEY.C.*`, whose
    last parts are those of the outcome's own statistics; of values filled in also `sensitivity.KEY.G.filled`."""
    for key, one in context.study.sensitivity.items():
        change = _change(one)
        inner = _inner(context, one, change)
        if one.method == "multiple_imputation":
            _impute(context, key, one, inner, compute)
            continue
        filled: dict[str, int] = {}
        if one.method in ("worst_case", "best_case"):
            inner, filled = extreme(inner, one.outcome, one.method == "worst_case")
        compute(inner, one.outcome)
        _put(context, key, one, inner, change)
        _put_filled(context, key, one, filled)


def _change(one: Sensitivity) -> dict[str, Any]:
    """Keys of the outcome that have another value."""
    if one.method == "population":
        return {"population": one.population}
    if one.model is not None:
        return {name: value for name in one.model.model_fields_set if (value := getattr(one.model, name)) is not None}
    return {}


def _inner(context: Context, one: Sensitivity, change: Mapping[str, Any]) -> Context:
    """The study with this outcome alone, some keys of which are changed, and a builder of its own."""
    study = context.study
    outcome = study.outcomes[one.outcome].model_copy(update=dict(change))
    if one.method == "multiple_imputation" and outcome.kind == "ordinal":
        outcome = outcome.model_copy(update={"kind": "continuous"})  # its means lead, and ranks have no pooled test
    outcome = outcome.model_copy(update={"timepoints": _times(context, one, outcome)})
    kept = {key: each for key, each in study.outcomes.items() if key != one.outcome}
    out = Builder(alpha=context.out.alpha, ci_level=context.out.ci_level, sides=context.out.sides)
    inner = Context(study.model_copy(update={"outcomes": {**kept, one.outcome: outcome}}), context.data, out)
    out.sizes = by_variable(inner.study, inner.factors)
    return inner


def time_of(one: Sensitivity, outcome: Outcome) -> str:
    """Key of the time point that is compared."""
    return one.timepoint or outcome.timepoints[-1]


def _times(context: Context, one: Sensitivity, outcome: Outcome) -> list[str]:
    """The time points that the comparison at one of them needs."""
    if outcome.kind == "time_to_event" or outcome.repeated:
        return outcome.timepoints
    time = time_of(one, outcome)
    before = [context.study.first_timepoint] if context.study.first_timepoint in outcome.timepoints else []
    return [*(t for t in before if t != time), time]


def stem_of(one: Sensitivity, outcome: Outcome, contrast: str) -> str:
    """What the names of a comparison's statistics begin with: `O.T.C`, of a time to event `O.C`."""
    at = "" if outcome.kind == "time_to_event" else f"{time_of(one, outcome)}."
    return f"{one.outcome}.{at}{contrast}"


def _way(context: Context, one: Sensitivity, inner: Context, change: Mapping[str, Any]) -> Headline:
    outcome = inner.study.outcomes[one.outcome]
    arm, _ = context.study.contrasts[0]
    return headline(outcome.kind, change, inner.out.statistics, stem_of(one, outcome, context.vs(arm)))


def _put(context: Context, key: str, one: Sensitivity, inner: Context, change: Mapping[str, Any]) -> None:
    """The comparisons of another context's builder, under the names of this analysis."""
    outcome, out, found = inner.study.outcomes[one.outcome], context.out, inner.out
    way = _way(context, one, inner, change)
    name = f"sensitivity.{key}"
    for i, (arm, _) in enumerate(context.study.contrasts):
        stem = stem_of(one, outcome, context.vs(arm))
        main, test = (found.statistics[f"{stem}.{part}"]["analysis"] for part in (way.estimate, way.p))
        if i == 0:
            _again(context, name, one, found.analyses[main])
            if test != main:
                _again(context, f"{name}.test", one, found.analyses[test])
            _put_sizes(context, name, found.analyses[main]["n_analysed"])
        for part, last in way.parts():
            if (was := f"{stem}.{part}") in found.statistics:
                record = found.statistics[was]
                of = name if record["analysis"] == main else f"{name}.test"
                out.again(f"{name}.{context.vs(arm)}.{last}", record, of)


def _again(context: Context, name: str, one: Sensitivity, found: Mapping[str, Any]) -> None:
    """An analysis of another builder, as one of this kind."""
    context.out.analyses[name] = {**found, "prespecified": one.prespecified, "role": "exploratory"}


def _put_sizes(context: Context, name: str, n: Mapping[str, int]) -> None:
    for arm in context.study.arms:
        put = context.out.put
        put(f"{name}.{arm}.n", n[arm], statistic="n", unit="patients", analysis=name, group=arm)


def _put_filled(context: Context, key: str, one: Sensitivity, filled: Mapping[str, int]) -> None:
    name = f"sensitivity.{key}"
    for arm, count in filled.items():
        context.out.put(f"{name}.{arm}.filled", count, statistic="n", unit="patients", analysis=name, group=arm)


# Multiple imputation --------------------------------------------------------------------------------------------------


def _impute(context: Context, key: str, one: Sensitivity, inner: Context, compute: Compute) -> None:
    """The estimate pooled over completed data sets; that of the data as they are, where nothing is missing."""
    outcome = inner.study.outcomes[one.outcome]
    full = context.study.outcomes[one.outcome].timepoints
    source = sources(inner, one, full)
    name = f"sensitivity.{key}"
    compute(inner, one.outcome)
    if not any(source.filled.values()):
        _put(context, key, one, inner, {})
        _put_filled(context, key, one, source.filled)
        return
    way = _way(context, one, inner, {})
    sets = completed_sets(inner, one, source)
    builders = []
    for each in () if isinstance(sets, Problem) else sets:
        compute(each, one.outcome)
        builders.append(each.out)
    arm, _ = context.study.contrasts[0]
    main = inner.out.statistics[f"{stem_of(one, outcome, context.vs(arm))}.{way.estimate}"]["analysis"]
    about = inner.out.analyses[main]
    sizes = {arm: len(inner.members(about["population"], arm)) for arm in context.study.arms}
    rules = {"method": "rubin", "label": "pooled by Rubin's rules", "ci_method": "t", "note": None}
    _again(context, name, one, {**about, **rules, "n_analysed": sizes, "n_available": sizes})
    _put_sizes(context, name, sizes)
    _put_filled(context, key, one, source.filled)
    _put_model(context, name, one, source)
    scratch = Builder(alpha=context.out.alpha, ci_level=context.out.ci_level, analyses=context.out.analyses)
    for arm, reference in context.study.contrasts:
        stem = stem_of(one, outcome, context.vs(arm))
        like = inner.out.statistics[f"{stem}.{way.estimate}"]
        found = sets if isinstance(sets, Problem) else pooled(builders, stem, way, (arm, reference), context.level)
        for last, value, statistic in way.of(found):
            unit = like["unit"] if statistic not in ("statistic", "df", "p", "fmi") else None
            at = f"{name}.{context.vs(arm)}.{last}"
            scratch.put(at, value, statistic=statistic, unit=unit, analysis=name, contrast=(arm, reference))
            context.out.again(at, scratch.statistics[at], name)


def _put_model(context: Context, name: str, one: Sensitivity, source: Sources) -> None:
    """The imputation model, as an analysis whose `adjusted_for` are its variables, and how often it was drawn from."""
    sizes = context.out.analyses[name]["n_analysed"]
    numbers = f"predictive mean matching with {DONORS} donors" if one.draw == "pmm" else "Bayesian linear regression"
    model = {
        "method": f"chained_{one.draw}" + ("_within" if source.apart else ""),
        "label": "multiple imputation by chained equations",
        "adjusted_for": list(source.variables),
        "ci_method": None,
        "null": None,
        "n_analysed": {arm: n - source.filled[arm] for arm, n in sizes.items()},
        "note": f"Seed {one.seed}; numbers by {numbers}, events by logistic regression; "
        + ("a model within each arm." if source.apart else "the arm is a variable of each model."),
    }
    at = f"{name}.imputation"
    _again(context, at, one, {**context.out.analyses[name], **model})
    put = context.out.put
    put(f"{name}.imputations", one.imputations, statistic="n", unit="imputations", analysis=at)
    put(f"{name}.iterations", ITERATIONS, statistic="n", unit="iterations", analysis=at)
