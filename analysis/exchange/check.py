"""Are results, as another program may have made them, of the form of results.schema.json, and of this study?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from analysis.exchange.faults import ExchangeError, Record, address
from analysis.exchange.schema import schema_faults
from analysis.faults import nearest, suggestion
from analysis.results import MOST_DRAWN, SCHEMA_FILE
from analysis.study_crossover import OWN_WORDS

if TYPE_CHECKING:
    from analysis.study import Study

FAMILIES = ("design", "flow", "followup", "baseline", "harms", "sensitivity")
OWN_PROGRAM = "everynumber"
HASHES = ("sha256", "rows")
SAID = {
    "welch": "welch",
    "means": "welch",
    "paired_t": "paired_t",
    "ancova": ("ancova", "linear"),
    "ranks": "mann_whitney",
    "signed_rank": "signed_rank",
    "free": "newcombe",
    "odds": "proportional_odds",
    "km": "kaplan_meier",
    "logrank": "logrank",
    "cox": "cox",
    "rmst": "rmst",
}
"""Methods that the paper's methods section names whatever the results say, by the last part of the analysis' name."""
NEAR = 1e-9
"""What rounding may leave between a percentage and its counts."""


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
    for program in results["software"]:
        if any(letter.isdigit() for letter in program):
            yield (
                f"The program {program} in the part software has a digit in its name, which the paper would print as a "
                "number without a source. Leave it out, or tell of it in the prose (terms of study.yml)."
            )
    if study["reference_arm"] not in study["arms"]:
        yield f"The reference arm {study['reference_arm']} is not one of the arms."
    groups = [*study["arms"], *study.get("sequences", ()), "total"]
    for name, record in statistics.items():
        try:
            address(name, record)
        except ExchangeError as error:
            yield from error.problems
        if record["analysis"] not in analyses:
            near = suggestion(record["analysis"], analyses, "analysis")
            yield f"The statistic {name} is of the analysis {record['analysis']}, which is not there. {near}".strip()
        unknown = [record["group"]] if record["group"] is not None and record["group"] not in groups else []
        unknown += [arm for arm in record["contrast"] or () if arm not in study["arms"]]
        yield from (f"The statistic {name} is of {arm}, which is no arm. {suggestion(arm, groups)}" for arm in unknown)
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
    if record["statistic"] in ("ci_low", "ci_high"):
        yield from _limits(name, record, statistics)
    percent = record["value"] if record["statistic"] == "percent" else None
    if percent is not None and over is not None and under and abs(percent - 100 * over / under) > NEAR:
        yield (
            f"The percentage {name} is {percent}, but {over} of {under} are {100 * over / under}. Percentages are in "
            "percent units, 12.5 for 12.5%."
        )


def _limits(name: str, record: Record, statistics: Mapping[str, Record]) -> Iterator[str]:
    """An interval has two limits (a null one with its reason), the lower one below."""
    low = record["statistic"] == "ci_low"
    other = re.sub("low$" if low else "high$", "high" if low else "low", name)
    if other not in statistics:
        yield f"The limit {name} has no other limit, {other}. One that cannot be given is null, with the reason."
    elif low and (pair := (record["value"], statistics[other]["value"])) and None not in pair and pair[0] > pair[1]:
        yield f"The lower limit {name} is {pair[0]}, above the upper one, {pair[1]}."


def study_faults(results: Record, study: Study, name: str) -> list[str]:
    """Where results and study do not belong together, in sentences: the arms, and the parts of names."""
    found = (
        *_kind(results["study"], study),
        *_names(results["statistics"], study),
        *_methods(results["analyses"], study),
    )
    return [f"{name}: {fault}" for fault in found]


def drawn_faults(results: Record, study: Study, name: str) -> Iterator[str]:
    """What the figures draw and the results lack: values before and after of each patient, survival curves."""
    first = study.first_timepoint
    for key, outcome in study.outcomes.items():
        needed: list[tuple[str, str, Any]] = []
        if study.crossover:
            continue
        if (
            outcome.kind in ("continuous", "ordinal")
            and first in outcome.timepoints
            and outcome.timepoints[-1] != first
        ):
            last = f"{key}.{outcome.timepoints[-1]}"
            if _patients(results, last, study) <= MOST_DRAWN:
                needed = [("pairs", f"{last}, {arm}", results["pairs"].get(last, {}).get(arm)) for arm in study.arms]
        elif outcome.kind == "time_to_event":
            curves = results.get("curves") or {}
            needed = [("curves", f"{key}.{arm}", curves.get(f"{key}.{arm}")) for arm in study.arms]
        for part, what, found in needed:
            if not found:
                yield f"{name}: The part {part} has no {what}, which a figure draws (docs/results-file.md)."


def _patients(results: Record, stem: str, study: Study) -> int:
    """How many patients the results count at a time, with and without a value."""
    found = (results["statistics"].get(f"{stem}.{arm}.{part}") for arm in study.arms for part in ("n", "missing"))
    return sum(int(one["value"] or 0) for one in found if one)


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
        elif parts[0] == "sensitivity" and parts[1] not in study.sensitivity:
            what = f"The statistic {name} is of {parts[1]}, which is no sensitivity analysis of study.yml."
            yield f"{what} {suggestion(parts[1], study.sensitivity)}".strip()
        elif parts[0] in study.outcomes:
            yield from _time(name, parts, study)


def _methods(analyses: Mapping[str, Record], study: Study) -> Iterator[str]:
    """Analyses of outcomes by another method than the paper would say."""
    for name, about in analyses.items():
        said = SAID.get(name.rpartition(".")[2])
        allowed = said if isinstance(said, tuple) else (said,)
        if name.partition(".")[0] in study.outcomes and said and about["method"] not in allowed:
            by = f"The analysis {name} was made by {about['method']}"
            yield f"{by}, but the paper would say that it was by {allowed[0]}."


def _time(name: str, parts: list[str], study: Study) -> Iterator[str]:
    """The second part of an outcome's name: a time point, a change, subgroups; of times to event also the group."""
    times = [*study.timepoints, *(f"change_{time}" for time in study.timepoints)]
    contrasts = [f"{a}_vs_{b}" for a, b in study.contrasts]
    groups = [*study.arms, "total", "global", *contrasts] if study.outcomes[parts[0]].kind == "time_to_event" else []
    if study.crossover:
        groups = [*study.arms, *contrasts, *OWN_WORDS]
    model = ["mixed"] if study.outcomes[parts[0]].repeated else []
    known = [*times, *groups, *model]
    if parts[1] not in known and not parts[1].startswith(("by_", "factor_")):
        yield f"The statistic {name} is of {parts[1]}, which is no time point. {suggestion(parts[1], known)}"
