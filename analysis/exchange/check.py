"""Are results, as another program may have made them, of the form of results.schema.json, and of this study?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from analysis.exchange.faults import ExchangeError, Record, address
from analysis.exchange.schema import schema_faults
from analysis.faults import nearest, suggestion
from analysis.results import SCHEMA_FILE

if TYPE_CHECKING:
    from analysis.study import Study

FAMILIES = ("design", "flow", "followup", "baseline", "harms")
OWN_PROGRAM = "everynumber"
HASHES = ("sha256", "rows")


def given_faults(results: Any, name: str) -> list[str]:
    """What is wrong with results in themselves, in sentences: by schema, then by the names that they refer to.

    The schema is that of our own results, but for what only our own program can know: hashes and rows of the inputs,
    the hash of study.yml, and which software there is (it must name at least one program beside everynumber).
    """
    return schema_faults(results, _schema(), name) or [f"{name}: {fault}" for fault in _references(results)]


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    parts = schema["properties"]
    for part, optional in ((parts["study"], ("sha256",)), (parts["inputs"]["items"], HASHES)):
        part["required"] = [key for key in part["required"] if key not in optional]
    parts["software"]["required"] = []
    return schema


def _references(results: Record) -> Iterator[str]:
    statistics, analyses, study = results["statistics"], results["analyses"], results["study"]
    if not set(results["software"]) - {OWN_PROGRAM}:
        yield 'The part software names no program. Add the one that computed the results: {"R": "4.4.1"}.'
    if study["reference_arm"] not in study["arms"]:
        yield f"The reference arm {study['reference_arm']} is not one of the arms."
    groups = [*study["arms"], "total"]
    for name, record in statistics.items():
        try:
            address(name, record)
        except ExchangeError as error:
            yield from error.problems
        if record["analysis"] not in analyses:
            near = suggestion(record["analysis"], analyses, "analysis")
            yield f"The statistic {name} is of the analysis {record['analysis']}, which is not there. {near}".strip()
        if record["group"] is not None and record["group"] not in groups:
            yield f"The group {record['group']} of the statistic {name} is no arm. {suggestion(record['group'], groups)}"
        for arm in record["contrast"] or ():
            if arm not in study["arms"]:
                yield f"The contrast of the statistic {name} names {arm}, which is no arm. {suggestion(arm, groups)}"
        yield from _parts(name, record, statistics)


def _parts(name: str, record: Record, statistics: Mapping[str, Record]) -> Iterator[str]:
    """Numerator and denominator are there, and a percentage is what they give."""
    for role in ("numerator", "denominator"):
        if record[role] is not None and record[role] not in statistics:
            near = nearest(record[role], statistics)
            yield (
                f"The {role} of {name} is {record[role]}, which is not there."
                + (f" The nearest is {near}." if near else "")
            )
    over, under = (statistics.get(record[role] or "", {}).get("value") for role in ("numerator", "denominator"))
    if record["statistic"] == "percent" and record["value"] is not None and over is not None and under:
        if abs(record["value"] - 100 * over / under) > 1e-9:
            yield (
                f"The percentage {name} is {record['value']}, but {over} of {under} are {100 * over / under}. "
                "Percentages are in percent units, 12.5 for 12.5%."
            )


def study_faults(results: Record, study: Study, name: str) -> list[str]:
    """Where results and study do not belong together, in sentences: the study's arms and kind, and each name's parts."""
    return [f"{name}: {fault}" for fault in (*_kind(results["study"], study), *_names(results["statistics"], study))]


def _kind(given: Record, study: Study) -> Iterator[str]:
    said = {
        "id": study.id,
        "data": study.data,
        "allocation": study.design.allocation,
        "reference_arm": study.reference_arm,
    }
    for key, value in said.items():
        if given[key] != value:
            yield f"The results are of a study whose {key} is {given[key]}; in study.yml it is {value}."
    for arm in given["arms"].keys() - study.arms.keys():
        yield f"The arm {arm} is not in study.yml. {suggestion(arm, study.arms, 'arm')}"
    for arm in study.arms.keys() - given["arms"].keys():
        yield f"The arm {arm} of study.yml is not among the arms of the results."


def _names(statistics: Mapping[str, Record], study: Study) -> Iterator[str]:
    """Names whose first part is no outcome or family, or whose second is no time of the outcome."""
    heads = [*FAMILIES, *study.outcomes]
    for name in statistics:
        parts = name.split(".")
        if parts[0] not in heads:
            yield f"The statistic {name} begins with {parts[0]}, which is no outcome. {suggestion(parts[0], heads)}"
        elif parts[0] in study.outcomes:
            yield from _time(name, parts, study)


def _time(name: str, parts: list[str], study: Study) -> Iterator[str]:
    """The second part of an outcome's name: a time point, a change, subgroups; of times to event also the group."""
    times = [*study.timepoints, *(f"change_{time}" for time in study.timepoints)]
    contrasts = [f"{a}_vs_{b}" for a, b in study.contrasts]
    groups = [*study.arms, "total", *contrasts] if study.outcomes[parts[0]].kind == "time_to_event" else []
    if parts[1] not in (*times, *groups) and not parts[1].startswith("by_"):
        yield f"The statistic {name} is of {parts[1]}, which is no time point. {suggestion(parts[1], [*times, *groups])}"
