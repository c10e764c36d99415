"""Verdicts, and how they are told: as text for a person, as JSON for a program.

A number or claim of a file is one of:

- accounted: it stands where the ledger says, and what it stands for was checked (`by_class` counts these by kind);
- altered: another number (sign, digit, unit, word) stands in its place, or it is not what the results say;
- moved: a right number in another number's place;
- missing: the file should hold it and does not;
- unaccounted: the file holds it and nothing accounts for it;
- unreadable: it may hold numbers that cannot be read, or are seen otherwise than they are read;
- inconsistent: it contradicts another number of the paper (a rule of arithmetic, named by its id);
- context: a right number whose sentence was rewritten: for a look, not wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from report.audit.model import BOUNDARY, Block

VERDICTS = ("altered", "moved", "missing", "unaccounted", "unreadable", "inconsistent", "context")


AROUND = 500
"""Characters of a sentence that are told to either side of a finding: one line may hold a whole file."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A stretch of a file's block."""

    block: Block
    start: int
    end: int

    @property
    def sentence(self) -> str:
        """The sentence that it stands in, or the whole cell, heading or caption where that is short; of a longer one,
        `AROUND` characters to either side."""
        text = self.block.text
        first, last = max(0, self.start - AROUND), self.end + AROUND
        low = max(
            (at + len(end) for end in (". ", "? ", "! ", "\n") if (at := text.rfind(end, first, self.start)) >= 0),
            default=first,
        )
        ends = [at for end in (". ", "? ", "! ", "\n") if (at := text.find(end, self.end, last)) >= 0]
        return " ".join(text[low : min(ends, default=last) + 1].replace(BOUNDARY, "").split())


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
    rule: str = ""
    """The id of the rule that an inconsistent number breaks."""
    context: str = ""
    """The sentence of the file that it stands in (or stood in)."""
    tracked: str = ""
    """The tracked change that made it: inserted, deleted, moved here, moved away; empty where none was tracked."""
    by: str = ""
    when: str = ""
    spot: Spot | None = field(default=None, compare=False, repr=False)

    def as_dict(self) -> dict[str, str]:
        """Keys that hold nothing are left out, but for the first five."""
        out = {
            "verdict": self.verdict, "text": self.text, "where": self.where, "expected": self.expected,
            "name": self.name, "why": self.why,
        }  # fmt: skip
        context = self.context or (self.spot.sentence if self.spot else "")
        more = {"rule": self.rule, "context": context, "tracked": self.tracked, "by": self.by, "when": self.when}
        return out | {key: value for key, value in more.items() if value}


@dataclass(slots=True)
class FileVerdict:
    file: str
    format: str
    numbers: int = 0
    claims: int = 0
    by_class: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    looks: list[Finding] = field(default_factory=list)
    """Right numbers that a person should look at again: their sentence was rewritten or went elsewhere."""
    notes: list[str] = field(default_factory=list)
    printed: Mapping[tuple[int, int], str] = field(default_factory=dict, repr=False)
    """What the file prints for each number of the ledger's text, tables and captions, by block and place in its text."""

    @property
    def passed(self) -> bool:
        return not self.findings and not self.looks and self.numbers > 0

    @property
    def verdict(self) -> str:
        """fail: something is wrong; look: nothing is known to be wrong, but a person must look; pass."""
        if self.findings or not self.numbers:
            return "fail"
        return "look" if self.looks else "pass"

    def as_dict(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "file": self.file,
            "format": self.format,
            "numbers": self.numbers,
            "claims": self.claims,
            "by_class": dict(sorted(self.by_class.items())),
            "findings": [finding.as_dict() for finding in self.findings],
            "looks": [finding.as_dict() for finding in self.looks],
            "notes": list(self.notes),
        }


def to_json(verdicts: Sequence[FileVerdict]) -> dict[str, Any]:
    """The record that audit.json holds: one verdict over all files, and each file's own."""
    told = {verdict.verdict for verdict in verdicts}
    return {
        "schema": "everynumber/audit/1",
        "verdict": "fail" if "fail" in told or not told else "look" if "look" in told else "pass",
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
        looks = verdict.get("looks") or []
        told = verdict["verdict"].upper()
        told += f", {_count(len(findings), 'finding')}" if findings else ""
        told += f", {_count(len(looks), 'number')} to look at" if looks else ""
        lines.append(f"{verdict['file']}: {told}. {verdict['numbers']} numbers and {verdict['claims']} claims.")
        if verdict["by_class"]:
            lines.append("  accounted for: " + ", ".join(f"{n} {kind}" for kind, n in verdict["by_class"].items()))
        lines += ["  " + _line(finding) for finding in findings[:most]]
        if len(findings) > most:
            lines.append(f"  … and {len(findings) - most} more; --json tells all.")
        lines += ["  " + _line(look) for look in looks[:most]]
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
    out += "".join(f" · {finding[key]}" for key in ("name", "why") if finding[key])
    out += f" · rule {finding['rule']}" if finding.get("rule") else ""
    if finding.get("tracked"):
        out += f" · {finding['tracked']}"
        out += f" by {finding['by']}" if finding.get("by") else ""
        out += f" on {finding['when'][:10]}" if finding.get("when") else ""
    return out
