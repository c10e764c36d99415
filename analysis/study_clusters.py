"""Checks of a study file that are about clusters: what a trial of clusters needs, and what it cannot have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analysis.faults import Fault
from analysis.yaml_file import Loc

if TYPE_CHECKING:
    from analysis.study_references import References

_NO_METHOD = {
    "skewed": "Make it a continuous outcome, of logarithms if need be.",
    "ordinal": "Make it a continuous outcome.",
    "graded": "Make it binary, or continuous by giving its levels scores.",
    "time_to_event": "Make it binary at a time, or a count of events.",
}
"""Kinds whose methods take patients as independent, with what to do."""
_NO_KEY = {
    "test": "Remove it: the test is that of the risk difference, with cluster-robust errors.",
    "interval": "Remove it: intervals are cluster-robust.",
    "adjusted_by": "Remove it: the model is logistic regression, with cluster-robust errors.",
    "recurrent": "Remove it: rates are compared by Poisson regression, with cluster-robust errors.",
    "repeated": "Remove it: each time is compared by itself.",
    "stratify_by": "Name the columns in adjust_for.",
    "scale": "Derive a column of logarithms.",
}
"""Keys of an outcome whose methods take patients as independent."""


def cluster_faults(refs: References) -> Iterator[Fault]:
    """What is wrong with the clusters of a study, and what of it has no method for clusters."""
    design = refs.group("design")
    clustered, told = design.get("type") == "cluster", design.get("cluster")
    for file in refs.files:
        for name in refs.with_role(file, "cluster"):
            yield from _column(refs, file, name, clustered)
    if not clustered:
        if told is not None:
            cure = "Write type: cluster, or remove it."
            yield refs.fault(("design", "cluster"), "The design has clusters, but its type is not cluster.", cure)
        return
    if told is None:
        cure = "Add cluster: {noun: practice, plural: practices}."
        yield refs.fault(("design",), "The design does not say what its clusters are.", cure)
    if refs.participants and not refs.with_role(refs.participants, "cluster"):
        what = "No column of the participants' file has role: cluster."
        cure = "Give it to the name of each patient's cluster."
        yield refs.fault(("files", refs.participants, "columns"), what, cure)
    for key, outcome in refs.outcomes.items():
        yield from _outcome(refs, key, outcome)
    if refs.raw.get("subgroups"):
        what = "Subgroups have no method for clusters yet."
        yield refs.fault(("subgroups",), what, "Remove them, or adjust for their columns.")
    if refs.group("multiplicity").get("method") == "dunnett":
        what = "Dunnett's method takes patients as independent, and clusters are not."
        yield refs.fault(("multiplicity", "method"), what, "Write method: holm.")


def _column(refs: References, file: str, name: str, clustered: bool) -> Iterator[Fault]:
    loc: Loc = ("files", file, "columns", name)
    if not clustered:
        what = "A column has role: cluster, but clusters were not assigned (design.type)."
        yield refs.fault((*loc, "role"), what, "Write design.type: cluster, or remove the role.")
    elif file != refs.participants:
        what, cure = "Clusters belong to the participants' file.", "Give the role to a column there."
        yield refs.fault((*loc, "role"), what, cure)
    if refs.columns(file)[name].get("missing_allowed") is True:
        what = "Every patient belongs to a cluster, so no cell of this column may be missing."
        yield refs.fault((*loc, "missing_allowed"), what, "Remove missing_allowed.")


def _outcome(refs: References, key: str, outcome: dict[str, Any]) -> Iterator[Fault]:
    loc: Loc = ("outcomes", key)
    kind = outcome.get("kind")
    if kind in _NO_METHOD:
        what = f"The kind {kind} has no method for clusters yet: its methods take patients as independent."
        yield refs.fault((*loc, "kind"), what, _NO_METHOD[str(kind)])
    for name, cure in _NO_KEY.items():
        if outcome.get(name) not in (None, [], "linear"):
            yield refs.fault((*loc, name), f"In a trial of clusters an outcome has no {name}.", cure)
    if kind == "count" and outcome.get("adjust_for"):
        what = "In a trial of clusters a count is not adjusted yet."
        yield refs.fault((*loc, "adjust_for"), what, "Remove it.")
    if kind == "binary" and outcome.get("margin") is not None:
        what = "The margin of a binary outcome has no method for clusters yet."
        yield refs.fault((*loc, "margin"), what, "Remove it, or make the outcome continuous.")
