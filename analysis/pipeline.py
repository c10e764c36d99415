"""From a study and its data to results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.load import StudyData, load_data, load_folder
from analysis.results import Builder, Results, build
from analysis.study import Study

if TYPE_CHECKING:
    from analysis.context import Context


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
    from analysis.comparisons import comparisons
    from analysis.context import Context
    from analysis.flow import flow, followup
    from analysis.magnitude import by_variable, in_unit
    from analysis.patients import numbered
    from analysis.side_by_side import compute
    from analysis.subgroups import subgroups
    from analysis.trends import trends

    chosen = study.analysis
    out = Builder(alpha=chosen.alpha, ci_level=chosen.ci_level, sides=chosen.sides)
    context = Context(study, numbered(study, data), out)
    out.sizes = by_variable(study, context.factors)
    flow(context)
    followup(context)
    baseline(context)
    compute(context, list(study.outcomes), outcome)
    subgroups(context)
    trends(context)
    if study.sensitivity:
        from analysis.sensitivity import sensitivity

        sensitivity(context, outcome)
    _adverse_events(study)(context)
    if study.design.type == "factorial":
        from analysis.factors import factorial

        factorial(context)
    comparisons(context)
    out.pairs = {name: in_unit(arms, out.sizes.get(name.partition(".")[0])) for name, arms in out.pairs.items()}
    return build(study, data, out)


def outcome(context: Context, key: str) -> None:
    """All statistics of one outcome, by the module of its kind, which is imported where a study has one."""
    _method(context.study, context.study.outcomes[key].kind)(context, key)


def _method(study: Study, kind: str) -> Callable[[Context, str], None]:
    from analysis.clusters import is_clustered

    if study.crossover:
        from analysis.crossover import crossover as method
    elif is_clustered(study) and kind == "continuous":
        from analysis.cluster_means import clustered_continuous as method
    elif is_clustered(study) and kind == "binary":
        from analysis.cluster_risks import clustered_binary as method
    elif is_clustered(study) and kind == "count":
        from analysis.cluster_counts import clustered_counts as method
    elif kind == "continuous":
        from analysis.continuous import continuous as method
    elif kind == "binary":
        from analysis.risks import binary as method
    elif kind == "ordinal":
        from analysis.ordinal import ordinal as method
    elif kind == "skewed":
        from analysis.skewed import skewed as method
    elif kind == "count":
        from analysis.counts import counts as method
    elif kind == "graded":
        from analysis.graded import graded as method
    else:
        from analysis.survival import time_to_event as method
    return method


def _adverse_events(study: Study) -> Callable[[Context], None]:
    if study.crossover:
        from analysis.crossover import crossover_harms as method
    else:
        from analysis.harms import harms as method
    return method


def analyse_folder(folder: str | Path) -> Results:
    """Read, check and compute the study in a folder.

    Raises:
        StudyError: with every fault of the study file and the data.
    """
    study, data = load_folder(folder)
    return analyse(study, data)
