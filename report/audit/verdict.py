"""Verdicts, and how they are told: as text for a person, as JSON for a program.

A number or claim of a file is one of:

- accounted: it stands where the ledger says, and what it stands for was checked (`by_class` counts these by kind);
- altered: another number (sign, digit, unit, word) stands in its place, or it is not what the results say;
- moved: a right number in another number's place;
- missing: the file should hold it and does not;
- unaccounted: the file holds it and nothing accounts for it;
- unreadable: it may hold numbers that cannot be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

VERDICTS = ("altered", "moved", "missing", "unaccounted", "unreadable")


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: str
    text: str
    """What the file says."""
    where: str
    expected: str = ""
    """What it should say."""
    name: str = ""
    """The statistic, constant, table … that it belongs to."""
    why: str = ""

    def as_dict(self) -> dict[str, str]:
        return {
            "verdict": self.verdict, "text": self.text, "where": self.where, "expected": self.expected,
            "name": self.name, "why": self.why,
        }  # fmt: skip


@dataclass(slots=True)
class FileVerdict:
    file: str
    format: str
    numbers: int = 0
    claims: int = 0
    by_class: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.findings and self.numbers > 0

    @property
    def verdict(self) -> str:
        return "pass" if self.passed else "fail"

    def as_dict(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "file": self.file,
            "format": self.format,
            "numbers": self.numbers,
            "claims": self.claims,
            "by_class": dict(sorted(self.by_class.items())),
            "findings": [finding.as_dict() for finding in self.findings],
            "notes": list(self.notes),
        }


def to_json(verdicts: Sequence[FileVerdict]) -> dict[str, Any]:
    """The record that audit.json holds: one verdict over all files, and each file's own."""
    return {
        "schema": "everynumber/audit/1",
        "verdict": "pass" if verdicts and all(verdict.passed for verdict in verdicts) else "fail",
        "files": [verdict.as_dict() for verdict in verdicts],
    }


def to_text(verdicts: Sequence[FileVerdict]) -> str:
    """The verdicts for a person."""
    return text_of(to_json(verdicts))


def text_of(record: Mapping[str, Any], *, most: int = 200) -> str:
    """The record of an audit for a person; at most `most` findings of each file are written out."""
    lines: list[str] = []
    for verdict in record["files"]:
        findings = verdict["findings"]
        told = "PASS" if verdict["verdict"] == "pass" else f"FAIL, {_count(len(findings), 'finding')}"
        lines.append(f"{verdict['file']}: {told}. {verdict['numbers']} numbers and {verdict['claims']} claims.")
        if verdict["by_class"]:
            lines.append("  accounted for: " + ", ".join(f"{n} {kind}" for kind, n in verdict["by_class"].items()))
        lines += ["  " + _line(finding) for finding in findings[:most]]
        if len(findings) > most:
            lines.append(f"  … and {len(findings) - most} more; --json tells all.")
        lines += [f"  note: {note}" for note in verdict["notes"]]
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _line(finding: Mapping[str, str]) -> str:
    out = finding["verdict"].upper()
    if finding["text"]:
        out += f" “{finding['text']}”"
    out += f" · {finding['where']}"
    if finding["expected"]:
        out += f" · expected “{finding['expected']}”"
    return out + "".join(f" · {finding[key]}" for key in ("name", "why") if finding[key])
