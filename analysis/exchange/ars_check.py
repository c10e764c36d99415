"""Is a ReportingEvent sound? By schema, and by its references, which the standard's schema does not look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from analysis.exchange.faults import Record
from analysis.exchange.schema import schema_faults
from analysis.faults import nearest

SCHEMA_FILE = Path(__file__).with_name("ars.schema.json")


def ars_faults(event: Any, name: str = "The ReportingEvent") -> list[str]:
    """What is wrong with a ReportingEvent, in sentences; references are looked at where the form is right."""
    return schema_faults(event, SCHEMA_FILE, name) or list(reference_faults(event))


def reference_faults(event: Record) -> Iterator[str]:
    """Ids that stand twice or are referred to without being there, and results that do not belong where they stand."""
    methods = {one["id"]: {op["id"]: op for op in one["operations"]} for one in event.get("methods", [])}
    operations = {id_: op for ops in methods.values() for id_, op in ops.items()}
    groupings = {one["id"]: one for one in event.get("analysisGroupings", [])}
    analyses = {one["id"]: one for one in event.get("analyses", [])}
    relations = {
        relation["id"]: (id_, relation)
        for id_, op in operations.items()
        for relation in op.get("referencedOperationRelationships", [])
    }
    yield from _twice(event)
    for id_, (operation, relation) in relations.items():
        yield from _known(f"The relationship {id_} of {operation}", "operation", relation["operationId"], operations)
    sets = {one["id"] for one in event.get("analysisSets", [])}
    subsets = {one["id"] for one in event.get("dataSubsets", [])}
    for id_, one in analyses.items():
        where = f"The analysis {id_}"
        yield from _known(where, "method", one["methodId"], methods)
        yield from _known(where, "analysis set", one.get("analysisSetId"), sets)
        yield from _known(where, "data subset", one.get("dataSubsetId"), subsets)
        for ordered in one.get("orderedGroupings", []):
            yield from _known(where, "grouping", ordered["groupingId"], groupings)
        yield from _results(where, one, methods.get(one["methodId"], {}), groupings)
        yield from _related(where, one, methods, relations, analyses)
    yield from _terms(event)
    outputs = {one["id"] for one in event.get("outputs", [])}
    for contents in (event["mainListOfContents"], *event.get("otherListsOfContents", [])):
        for item in _items(contents["contentsList"]):
            where = f"The list of contents, {item['name']},"
            yield from _known(where, "analysis", item.get("analysisId"), analyses)
            yield from _known(where, "output", item.get("outputId"), outputs)


def _known(where: str, what: str, id_: str | None, there: Iterable[str]) -> Iterator[str]:
    if id_ is not None and id_ not in there:
        near = nearest(id_, there)
        yield f"{where} names the {what} {id_}, which is not there." + (f" The nearest is {near}." if near else "")


def _twice(event: Record) -> Iterator[str]:
    ids = {
        key: [one["id"] for one in event.get(key, [])]
        for key in ("analysisSets", "dataSubsets", "analysisGroupings", "methods", "analyses", "outputs")
    }
    ids["groups"] = [group["id"] for one in event.get("analysisGroupings", []) for group in one.get("groups", [])]
    every = [op for one in event.get("methods", []) for op in one["operations"]]
    ids["operations"] = [op["id"] for op in every]
    ids["relationships"] = [one["id"] for op in every for one in op.get("referencedOperationRelationships", [])]
    ids["sponsorTerms"] = [term["id"] for one in event.get("terminologyExtensions", []) for term in one["sponsorTerms"]]
    for key, listed in ids.items():
        yield from (f"Two of {key} have the id {id_}." for id_, count in Counter(listed).items() if count > 1)


def _results(where: str, one: Record, operations: Mapping[str, Any], groupings: Mapping[str, Record]) -> Iterator[str]:
    listed = {ordered["groupingId"] for ordered in one.get("orderedGroupings", [])}
    seen: set[tuple[Any, ...]] = set()
    for result in one.get("results", []):
        own = f"{where}, a result of {result['operationId']},"
        if result["operationId"] not in operations:
            yield f"{own} is not of an operation of its method {one['methodId']}."
        for group in result.get("resultGroups", []):
            grouping = group["groupingId"]
            if grouping not in listed:
                yield f"{own} is grouped by {grouping}, by which the analysis is not."
            elif grouping in groupings:
                groups = [each["id"] for each in groupings[grouping].get("groups", [])]
                yield from _known(own, "group", group.get("groupId"), groups)
                if ("groupValue" in group) != groupings[grouping]["dataDriven"]:
                    told = "a value" if groupings[grouping]["dataDriven"] else "a group"
                    yield f"{own} must name {told} of the grouping {grouping}."
        key = (result["operationId"], *sorted(tuple(sorted(group.items())) for group in result.get("resultGroups", [])))
        if key in seen:
            yield f"{own} stands twice in the same groups."
        seen.add(key)


def _related(
    where: str,
    one: Record,
    methods: Mapping[str, Mapping[str, Record]],
    relations: Mapping[str, tuple[str, Record]],
    analyses: Mapping[str, Record],
) -> Iterator[str]:
    """Numerators and denominators: each in an analysis whose method has that operation, and none left open."""
    own = methods.get(one["methodId"], {})
    resolved = set()
    for reference in one.get("referencedAnalysisOperations", []):
        id_, of = reference["referencedOperationRelationshipId"], reference["analysisId"]
        yield from _known(where, "relationship", id_, relations)
        yield from _known(where, "analysis", of, analyses)
        if id_ not in relations or of not in analyses:
            continue
        operation, relation = relations[id_]
        resolved.add((operation, relation["referencedOperationRole"].get("controlledTerm")))
        if operation not in own:
            yield f"{where} refers to the relationship {id_}, which is not of an operation of its method."
        if relation["operationId"] not in methods.get(analyses[of]["methodId"], {}):
            yield f"{where} looks for {relation['operationId']} in {of}, whose method has no such operation."
    for operation in dict.fromkeys(result["operationId"] for result in one.get("results", [])):
        needed = own.get(operation, {}).get("referencedOperationRelationships", [])
        for role in dict.fromkeys(each["referencedOperationRole"].get("controlledTerm") for each in needed):
            if (operation, role) not in resolved:
                yield f"{where} does not say in which analysis the {role.lower()} of {operation} is."


def _terms(event: Record) -> Iterator[str]:
    kinds: dict[str, set[str]] = {}
    for one in event.get("terminologyExtensions", []):
        kinds.setdefault(one.get("enumeration", ""), set()).update(term["id"] for term in one["sponsorTerms"])
    for one in event.get("analyses", []):
        for key, enumeration in (("reason", "AnalysisReasonEnum"), ("purpose", "AnalysisPurposeEnum")):
            where = f"The {key} of the analysis {one['id']}"
            yield from _known(where, "sponsor's term", one[key].get("sponsorTermId"), kinds.get(enumeration, set()))


def _items(listed: Record) -> Iterator[Record]:
    for item in listed.get("listItems", []):
        yield item
        yield from _items(item.get("sublist", {}))
