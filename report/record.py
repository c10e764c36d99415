"""The record that a finished file carries, so that it can be audited alone (docs/proof.md).

It holds the ledger, the part of results.json that the ledger and the audit's rules use, and the hashes of all that the
paper was made from. It tells no more of single patients than the paper prints: no joint values (``pairs``), no times of
single events (``curves``, ``censoring``), and no extreme, quartile or label that is not printed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from report.ledger import sha256

SCHEMA = "everynumber/record/1"
_OF_ONE_PATIENT = ("min", "q1", "median", "q3", "max")
"""Statistics that may be the value of one patient."""
_OF_EACH_PATIENT = ("pairs", "curves", "censoring")
"""Parts of results.json that draw figures and tell of patients one by one."""
_OPERANDS = ("of", "low", "high")
_UNSAFE = "<>&"


def make_record(ledger: bytes, results: bytes) -> bytes:
    """The record as compact JSON in ASCII, from the bytes of ledger.json and results.json.

    The same bytes stand in every format, for none of them means anything to HTML or XML. Equal input, equal bytes.
    """
    printed, computed = json.loads(ledger), json.loads(results)
    record = {
        "schema": SCHEMA,
        "ledger": printed,
        "results": _used(computed, printed),
        "sha256": {
            "ledger": sha256(ledger),
            "results": sha256(results),
            "study": printed.get("study_sha256"),
            "references": printed.get("references_sha256"),
            "data": {item["file"]: item["sha256"] for item in computed["inputs"]},
        },
        "software": computed["software"],
    }
    text = json.dumps(record, ensure_ascii=True, separators=(",", ":"))
    for letter in _UNSAFE:  # they stand in strings only
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text.encode("ascii")


def _used(results: Mapping[str, Any], ledger: Mapping[str, Any]) -> dict[str, Any]:
    """results.json with the statistics, analyses and labels that are needed, each as it is there."""
    entries = list(ledger["entries"].values())
    statistics = results["statistics"]
    names = _statistics(statistics, _named(entries))
    analyses = {statistics[name]["analysis"] for name in names} | set(_analyses(results["analyses"], entries))
    # an analysis that found nothing is told in the methods all the same, with nothing printed of it
    found = {one["analysis"] for one in statistics.values() if one["value"] is not None}
    analyses |= results["analyses"].keys() - found
    labels = {entry["name"] for entry in entries if entry["kind"] == "label"}
    kept = {
        "statistics": {name: record for name, record in statistics.items() if name in names},
        "analyses": {name: record for name, record in results["analyses"].items() if name in analyses},
        "labels": {name: text for name, text in results["labels"].items() if name in labels},
    }
    return {key: kept.get(key, value) for key, value in results.items() if key not in _OF_EACH_PATIENT}


def _named(entries: Iterable[Mapping[str, Any]]) -> set[str]:
    """What the entries name, and what the predicates of claims ask about."""
    return {entry["name"] for entry in entries} | {
        name for entry in entries if entry.get("predicate") for name in _operands(entry["predicate"])
    }


def _operands(predicate: Mapping[str, Any]) -> Iterator[str]:
    for part in predicate.get("all", ()):
        yield from _operands(part)
    yield from (predicate[key] for key in _OPERANDS if isinstance(predicate.get(key), str))


def _statistics(statistics: Mapping[str, Mapping[str, Any]], named: set[str]) -> set[str]:
    """The named statistics; what stands beside them (an estimate's interval, n, degrees of freedom), by which rules of
    arithmetic check them; and the numerators and denominators of all these."""
    used = named & statistics.keys()
    stems = {_stem(name) for name in used}
    kept = used | {
        name for name in statistics if _stem(name) in stems and name.rpartition(".")[2] not in _OF_ONE_PATIENT
    }
    parts = {statistics[name][key] for name in kept for key in ("numerator", "denominator")}
    return kept | (parts & statistics.keys())


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _analyses(analyses: Iterable[str], entries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The analyses that entries or predicates reach by a path or by their own name."""
    paths = [entry["name"] for entry in entries]
    paths += [path for entry in entries if entry.get("predicate") for path in _paths(entry["predicate"])]
    reached: set[str] = set()
    for path in paths:
        parts = path.removeprefix("results.").removeprefix("analyses.").split(".")
        reached |= {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
    return (name for name in analyses if name in reached)


def _paths(predicate: Mapping[str, Any]) -> Iterator[str]:
    for part in predicate.get("all", ()):
        yield from _paths(part)
    if isinstance(predicate.get("path"), str):
        yield predicate["path"]
