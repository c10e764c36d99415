"""From a study and its data to results."""

from __future__ import annotations

from pathlib import Path

from analysis.load import StudyData, load_data, load_folder
from analysis.results import Builder, Results, build
from analysis.study import Study


def analyse(study: Study, data: StudyData | None = None) -> Results:
    """Compute every statistic of a study.

    Args:
        study: a checked study file.
        data: its checked data; read here when absent.

    Raises:
        StudyError: with every fault of the data, when it is read here.
    """
    data = load_data(study) if data is None else data
    # numpy and scipy are imported by the modules below, after the data have been found good
    from analysis.baseline import baseline
    from analysis.cluster_counts import clustered_counts
    from analysis.cluster_means import clustered_continuous
    from analysis.cluster_risks import clustered_binary
    from analysis.clusters import is_clustered
    from analysis.context import Context
    from analysis.continuous import continuous
    from analysis.counts import counts
    from analysis.crossover import crossover, crossover_harms
    from analysis.factors import factorial
    from analysis.flow import flow, followup
    from analysis.graded import graded
    from analysis.harms import harms
    from analysis.magnitude import by_variable, in_unit
    from analysis.ordinal import ordinal
    from analysis.patients import numbered
    from analysis.risks import binary
    from analysis.skewed import skewed
    from analysis.subgroups import subgroups
    from analysis.survival import time_to_event

    chosen = study.analysis
    out = Builder(alpha=chosen.alpha, ci_level=chosen.ci_level, sides=chosen.sides)
    context = Context(study, numbered(study, data), out)
    out.sizes = by_variable(study, context.factors)
    flow(context)
    followup(context)
    baseline(context)
    kinds = {
        "continuous": continuous,
        "ordinal": ordinal,
        "skewed": skewed,
        "count": counts,
        "binary": binary,
        "graded": graded,
        "time_to_event": time_to_event,
    }
    if is_clustered(study):
        kinds |= {"continuous": clustered_continuous, "binary": clustered_binary, "count": clustered_counts}
    for key, outcome in study.outcomes.items():
        (crossover if study.crossover else kinds[outcome.kind])(context, key)
    subgroups(context)
    (crossover_harms if study.crossover else harms)(context)
    factorial(context)
    out.pairs = {name: in_unit(arms, out.sizes.get(name.partition(".")[0])) for name, arms in out.pairs.items()}
    return build(study, data, out)


def analyse_folder(folder: str | Path) -> Results:
    """Read, check and compute the study in a folder.

    Raises:
        StudyError: with every fault of the study file and the data.
    """
    study, data = load_folder(folder)
    return analyse(study, data)
