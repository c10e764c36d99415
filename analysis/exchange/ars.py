"""CDISC Analysis Results Standard, version 1 (JSON): a ReportingEvent from results.json, and back.

What an analysis and its results are stands in the classes of the standard: analyses with method, population (analysis
set), time (data subset), variable, reason, purpose, and each number as an operation's result in its groups. What the
standard has no place for (units, warnings, why a number is null, alpha, numbers analysed) stands under one key of the
root, `x_everynumber`, which the standard's schema lets pass. Nothing stands in both places.

Source: the model of the standard, https://www.cdisc.org/ars/1-0; docs/exchange.md tells the mapping.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from analysis.exchange.faults import Address, ExchangeError, Record, address, group_of, printed_texts
from analysis.names import slug

OURS = "x_everynumber"
FORM = "everynumber/ars/1"
ARM, CONTRAST, ITEM = "grouping.arm", "grouping.contrast", "grouping.item"
REASONS = {True: {"controlledTerm": "SPECIFIED IN PROTOCOL"}, False: {"sponsorTermId": "reason.not_prespecified"}}
"""Not prespecified is not DATA DRIVEN, which says that findings in the data led to the analysis."""
PURPOSES = {
    "primary": {"controlledTerm": "PRIMARY OUTCOME MEASURE"},
    "secondary": {"controlledTerm": "SECONDARY OUTCOME MEASURE"},
    "exploratory": {"controlledTerm": "EXPLORATORY OUTCOME MEASURE"},
    "descriptive": {"sponsorTermId": "purpose.descriptive"},
    "harms": {"sponsorTermId": "purpose.harms"},
}
TERMS = [
    {
        "id": "terms.reason",
        "enumeration": "AnalysisReasonEnum",
        "sponsorTerms": [
            {
                "id": "reason.not_prespecified",
                "submissionValue": "NOT PRESPECIFIED",
                "description": "Chosen without a plan that was made before the data were available",
            }
        ],
    },
    {
        "id": "terms.purpose",
        "enumeration": "AnalysisPurposeEnum",
        "sponsorTerms": [
            {"id": "purpose.descriptive", "submissionValue": "DESCRIPTION", "description": "Describes the patients"},
            {"id": "purpose.harms", "submissionValue": "HARM OUTCOME MEASURE", "description": "Adverse events"},
        ],
    },
]
PATIENTS = ("pairs", "curves", "censoring")
"""Parts of results.json that draw figures and tell of patients one by one."""
_NATIVE = ("method", "label", "population", "outcome", "time", "prespecified", "role")
"""Keys of an analysis that the standard has a place for."""
_RESULT = ("value", "group", "contrast", "outcome", "time", "analysis")
"""Keys of a statistic that it has one for."""
_WHOLE = re.compile(r"-?\d+\Z")


def to_ars(results: Record, ledger: Record | None = None, *, patients: bool = False) -> dict[str, Any]:
    """The ReportingEvent of a results.json.

    Args:
        results: the document, in the form of results.schema.json.
        ledger: ledger.json of the paper, for the values as it prints them and its tables and figures.
        patients: whether what the figures draw of single patients goes with it.

    Raises:
        ExchangeError: where the name of a statistic does not hold its group or contrast.
    """
    places = _places(results["statistics"])
    shown = printed_texts(ledger)
    arms = results["study"]["arms"]
    contrasts = list(dict.fromkeys(tuple(r["contrast"]) for r in results["statistics"].values() if r["contrast"]))
    populations = _ids("population", (one["population"] for one in results["analyses"].values()))
    times = list(dict.fromkeys(one["time"] for one in results["analyses"].values() if one["time"]))
    members: dict[str, list[str]] = {}
    for name, record in results["statistics"].items():
        members.setdefault(record["analysis"], []).append(name)
    outputs = _outputs(ledger)
    study = results["study"]
    event: dict[str, Any] = {
        "id": study["id"],
        "name": study["title"],
        "version": 1,
        "mainListOfContents": _contents(results, ledger, outputs),
        "terminologyExtensions": TERMS,
        "analysisSets": [
            {"id": id_, "name": population, "level": 1, "order": order}
            for order, (population, id_) in enumerate(populations.items(), 1)
        ],
        "dataSubsets": [
            {"id": f"time.{time}", "name": time, "level": 1, "order": order, "condition": _is("time", [time])}
            for order, time in enumerate(times, 1)
        ],
        "analysisGroupings": _groupings(arms, contrasts, study.get("sequences") or {}),
        "methods": _methods(results, places),
        "analyses": [
            _analysis(name, about, results, members.get(name, []), places, shown, populations[about["population"]])
            for name, about in results["analyses"].items()
        ],
    }
    if outputs:
        event["outputs"] = outputs
    kept = [key for key in results if key not in ("analyses", "statistics") and (patients or key not in PATIENTS)]
    event[OURS] = {"form": FORM} | {key: results[key] for key in kept}
    event[OURS]["analyses"] = {
        name: {key: value for key, value in about.items() if key not in _NATIVE}
        for name, about in results["analyses"].items()
    }
    event[OURS]["statistics"] = {
        name: {key: value for key, value in record.items() if key not in _RESULT}
        | _otherwise(record, results["analyses"])
        for name, record in results["statistics"].items()
    }
    return event


def from_ars(event: Record) -> dict[str, Any]:
    """The results.json of a ReportingEvent that `to_ars` made: every statistic with all that it had.

    Raises:
        ExchangeError: where it was not made by everynumber, or analyses, results and `x_everynumber` do not agree.
    """
    ours = event.get(OURS)
    if not isinstance(ours, Mapping) or ours.get("form") != FORM:
        raise ExchangeError(
            [
                "This ReportingEvent was not written by everynumber: it names no statistics. Give the results as a "
                "data frame of cards (docs/exchange.md), or as results.json (docs/results-file.md)."
            ]
        )
    try:
        return _read(event, ours)
    except (KeyError, TypeError, AttributeError, IndexError, StopIteration) as error:
        raise ExchangeError(
            [f"The ReportingEvent is damaged: {error!r} is missing or not what it should be."]
        ) from None


# Out --------------------------------------------------------------------------------------------------------------


def _places(statistics: Mapping[str, Record]) -> dict[str, Address]:
    places, problems = {}, []
    for name, record in statistics.items():
        try:
            places[name] = address(name, record)
        except ExchangeError as error:
            problems += error.problems
    if problems:
        raise ExchangeError(problems)
    return places


def _ids(kind: str, texts: Iterable[str]) -> dict[str, str]:
    """An id for each distinct text, in order."""
    out: dict[str, str] = {}
    for text in texts:
        if text not in out:
            base = f"{kind}.{slug(text)}"
            out[text] = base if base not in out.values() else f"{base}_{len(out) + 1}"
    return out


def _is(variable: str, values: list[str]) -> dict[str, Any]:
    return {"variable": variable, "comparator": "EQ" if len(values) == 1 else "IN", "value": values}


def _groupings(
    arms: Mapping[str, str], contrasts: list[tuple[str, ...]], sequences: Mapping[str, list[str]]
) -> list[dict[str, Any]]:
    single = [(arm, label, [arm]) for arm, label in arms.items()] + [("total", "All arms together", list(arms))]
    compared = [(f"{a}_vs_{b}", f"{arms.get(a, a)}, compared with {arms.get(b, b)}", [a, b]) for a, b in contrasts]
    grouped = _groups("arm", single)
    for key, order in sequences.items():  # groups of patients of a cross-over, whose arms are treatments
        label = " then ".join(arms.get(arm, arm) for arm in order)
        at = {"id": f"arm.{key}", "name": key, "label": label, "level": 1, "order": len(grouped) + 1}
        grouped.append({**at, "condition": _is("sequence", [key])})
    out: list[dict[str, Any]] = [
        {"id": ARM, "name": "Arm", "groupingVariable": "arm", "dataDriven": False, "groups": grouped},
        {
            "id": ITEM,
            "name": "What the number is of",
            "description": "Outcome, time, category, level or term, as the statistic's name begins",
            "dataDriven": True,
        },
    ]
    if compared:
        out.insert(
            1,
            {
                "id": CONTRAST,
                "name": "Contrast",
                "description": "The first arm minus the second, or over it",
                "groupingVariable": "arm",
                "dataDriven": False,
                "groups": _groups("contrast", compared),
            },
        )
    return out


def _groups(kind: str, groups: list[tuple[str, str, list[str]]]) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{kind}.{key}",
            "name": key,
            "label": label,
            "level": 1,
            "order": order,
            "condition": _is("arm", values),
        }
        for order, (key, label, values) in enumerate(groups, 1)
    ]


def _methods(results: Record, places: Mapping[str, Address]) -> list[dict[str, Any]]:
    """Each method with the numbers that its analyses give, and of which two numbers each percentage is made."""
    found: dict[str, dict[str, dict[str, dict[str, Any]]]] = {one["method"]: {} for one in results["analyses"].values()}
    for name, record in results["statistics"].items():
        method = results["analyses"][record["analysis"]]["method"]
        relations = found[method].setdefault(places[name].number, {})
        for relation, role, target in _relations(name, record, results, places):
            relations[relation] = {
                "id": relation,
                "referencedOperationRole": {"controlledTerm": role.upper()},
                "operationId": _operation(target, results, places),
            }
    return [
        {
            "id": f"method.{method}",
            "name": method,
            "operations": [
                {"id": f"{method}.{number}", "name": number, "order": order}
                | ({"referencedOperationRelationships": list(relations.values())} if relations else {})
                for order, (number, relations) in enumerate(numbers.items(), 1)
            ],
        }
        for method, numbers in found.items()
    ]


def _operation(name: str, results: Record, places: Mapping[str, Address]) -> str:
    method = results["analyses"][results["statistics"][name]["analysis"]]["method"]
    return f"{method}.{places[name].number}"


def _relations(
    name: str, record: Record, results: Record, places: Mapping[str, Address]
) -> Iterator[tuple[str, str, str]]:
    """(id of the relationship, role, statistic) of numerator and denominator."""
    own = _operation(name, results, places)
    for role in ("numerator", "denominator"):
        if (target := record[role]) in places:
            yield f"{own}/{role}/{_operation(target, results, places)}", role, target


def _analysis(
    name: str,
    about: Record,
    results: Record,
    members: list[str],
    places: Mapping[str, Address],
    shown: Mapping[str, str],
    population: str,
) -> dict[str, Any]:
    statistics = results["statistics"]
    out: dict[str, Any] = {
        "id": name,
        "name": name,
        "label": about["label"],
        "version": 1,
        "reason": REASONS[about["prespecified"]],
        "purpose": PURPOSES[about["role"]],
        "methodId": f"method.{about['method']}",
        "analysisSetId": population,
    }
    if about["outcome"]:
        out["variable"] = about["outcome"]
    if about["time"]:
        out["dataSubsetId"] = f"time.{about['time']}"
    used = [_result_groups(places[one], statistics[one]) for one in members]
    kinds = [g for g in (ARM, CONTRAST, ITEM) if any(one["groupingId"] == g for groups in used for one in groups)]
    out["orderedGroupings"] = [
        {"order": order, "groupingId": kind, "resultsByGroup": True} for order, kind in enumerate(kinds, 1)
    ]
    related = {
        (relation, statistics[target]["analysis"])
        for one in members
        for relation, _, target in _relations(one, statistics[one], results, places)
    }
    if related:
        out["referencedAnalysisOperations"] = [
            {"referencedOperationRelationshipId": relation, "analysisId": analysis}
            for relation, analysis in sorted(related)
        ]
    software = results["software"]
    out["programmingCode"] = {"context": ", ".join(f"{one} {version}" for one, version in software.items())}
    out["results"] = [
        {"operationId": _operation(one, results, places), "resultGroups": groups}
        | ({} if statistics[one]["value"] is None else {"rawValue": repr(statistics[one]["value"])})
        | ({"formattedValue": shown[one]} if one in shown else {})
        for one, groups in zip(members, used, strict=True)
    ]
    return out


def _result_groups(place: Address, record: Record) -> list[dict[str, str]]:
    groups = [{"groupingId": ITEM, "groupValue": place.item}]
    if record["contrast"]:
        groups.insert(0, {"groupingId": CONTRAST, "groupId": f"contrast.{place.group}"})
    elif place.group:
        groups.insert(0, {"groupingId": ARM, "groupId": f"arm.{place.group}"})
    return groups


def _otherwise(record: Record, analyses: Mapping[str, Record]) -> dict[str, Any]:
    """Outcome and time of a statistic where they are not those of its analysis."""
    about = analyses[record["analysis"]]
    return {key: record[key] for key in ("outcome", "time") if record[key] != about[key]}


def _outputs(ledger: Record | None) -> list[dict[str, Any]]:
    """The paper's tables and figures, with title and notes as they are printed."""
    blocks = (ledger or {}).get("blocks", [])
    out = []
    for kind in ("table", "figure"):
        for item in (ledger or {}).get(f"{kind}s", []):
            id_ = item["id"]
            own = [block for block in blocks if block.get(kind) == id_]
            title = next((block["text"] for block in own if block["kind"] == "caption"), id_)
            notes = [block["text"] for block in own if block["kind"] == "note"]
            sections = [_section("Title", id_, [title])] + ([_section("Footnote", id_, notes)] if notes else [])
            display = {"id": f"display.{id_}", "name": id_, "displayTitle": title, "displaySections": sections}
            out.append(
                {
                    "id": f"output.{id_}",
                    "name": id_,
                    "label": f"{kind.title()} {item['number']}",
                    "version": 1,
                    "displays": [{"order": 1, "display": display | {"version": 1}}],
                }
            )
    return out


def _section(kind: str, of: str, texts: list[str]) -> dict[str, Any]:
    return {
        "sectionType": kind,
        "orderedSubSections": [
            {"order": order, "subSection": {"id": f"{of}.{kind.lower()}.{order}", "text": text}}
            for order, text in enumerate(texts, 1)
        ],
    }


def _contents(results: Record, ledger: Record | None, outputs: list[dict[str, Any]]) -> dict[str, Any]:
    """Each table and figure with the analyses whose numbers it prints; then all other analyses."""
    printed: dict[str, dict[str, None]] = {}
    blocks = {block["id"]: block for block in (ledger or {}).get("blocks", []) if "id" in block}
    for entry in (ledger or {}).get("entries", {}).values():
        block = blocks.get(entry.get("block"), {})
        shown = block.get("table") or block.get("figure")
        if shown and entry["name"] in results["statistics"]:
            printed.setdefault(f"output.{shown}", {})[results["statistics"][entry["name"]]["analysis"]] = None
    items: list[dict[str, Any]] = []
    for output in outputs:
        item = {"name": output["label"], "level": 1, "order": len(items) + 1, "outputId": output["id"]}
        if output["id"] in printed:
            item["sublist"] = {"listItems": _items(printed[output["id"]], results, 2)}
        items.append(item)
    listed = {analysis for analyses in printed.values() for analysis in analyses}
    rest = [name for name in results["analyses"] if name not in listed]
    items += _items(rest, results, 1, len(items))
    return {"name": "Tables, figures and analyses", "contentsList": {"listItems": items}}


def _items(names: Iterable[str], results: Record, level: int, after: int = 0) -> list[dict[str, Any]]:
    return [
        {"name": f"{name}: {results['analyses'][name]['label']}", "level": level, "order": order, "analysisId": name}
        for order, name in enumerate(names, after + 1)
    ]


# In ---------------------------------------------------------------------------------------------------------------


def _read(event: Record, ours: Record) -> dict[str, Any]:
    sets = {one["id"]: one["name"] for one in event["analysisSets"]}
    times = {one["id"]: one["name"] for one in event["dataSubsets"]}
    methods = {one["id"]: one["name"] for one in event["methods"]}
    numbers = {op["id"]: op["name"] for one in event["methods"] for op in one["operations"]}
    groups = {
        group["id"]: group["condition"]["value"]
        for one in event["analysisGroupings"]
        for group in one.get("groups", [])
    }
    analyses: dict[str, Any] = {}
    statistics: dict[str, Any] = {}
    problems: list[str] = []
    for one in event["analyses"]:
        analyses[one["id"]] = about = {
            "method": methods[one["methodId"]],
            "label": one["label"],
            "population": sets[one["analysisSetId"]],
            "outcome": one.get("variable"),
            "time": times[one["dataSubsetId"]] if "dataSubsetId" in one else None,
            "prespecified": one["reason"] == REASONS[True],
            "role": next(role for role, purpose in PURPOSES.items() if purpose == one["purpose"]),
            **ours["analyses"][one["id"]],
        }
        for result in one["results"]:
            record = {"value": _value(result.get("rawValue"))} | _in_groups(result["resultGroups"], groups)
            item = next(group["groupValue"] for group in result["resultGroups"] if group["groupingId"] == ITEM)
            name = Address(item, group_of(record), numbers[result["operationId"]]).name
            if name not in ours["statistics"]:
                problems.append(f"The analysis {one['id']} has a result for {name}, which {OURS} does not describe.")
            elif name in statistics:
                problems.append(f"The statistic {name} has two results.")
            else:
                where = {"outcome": about["outcome"], "time": about["time"], "analysis": one["id"]}
                statistics[name] = record | where | dict(ours["statistics"][name])
    problems += [f"The statistic {name} has no result." for name in ours["statistics"] if name not in statistics]
    if problems:
        raise ExchangeError(problems)
    rest = {key: value for key, value in ours.items() if key not in ("form", "analyses", "statistics")}
    return {"pairs": {}} | rest | {"analyses": analyses, "statistics": statistics}


def _value(raw: str | None) -> float | int | None:
    if raw is None:
        return None
    try:
        return int(raw) if _WHOLE.match(raw) else float(raw)
    except ValueError:
        raise ExchangeError([f"The raw value '{raw}' is no number."]) from None


def _in_groups(groups: list[Record], values: Mapping[str, list[str]]) -> dict[str, Any]:
    by = {one["groupingId"]: one.get("groupId", "") for one in groups}
    group = by[ARM].removeprefix("arm.") if ARM in by else None
    return {"group": group, "contrast": values[by[CONTRAST]] if CONTRAST in by else None}
