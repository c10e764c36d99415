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
from typing import TYPE_CHECKING, Any

from report.audit.model import BOUNDARY, Block

if TYPE_CHECKING:
    from report.audit.returned import Returned

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
        return self.marked()[0]

    def marked(self) -> tuple[str, int, int]:
        """The sentence, and from where to where in it the stretch reaches."""
        text = self.block.text
        first, last = max(0, self.start - AROUND), self.end + AROUND
        low = max(
            (at + len(end) for end in (". ", "? ", "! ", "\n") if (at := text.rfind(end, first, self.start)) >= 0),
            default=first,
        )
        ends = [at for end in (". ", "? ", "! ", "\n") if (at := text.find(end, self.end, last)) >= 0]
        high = min(ends, default=last) + 1
        before, own, after = (
            " ".join(f"\0{piece}\0".replace(BOUNDARY, "").split()).replace("\0", "")
            for piece in (text[low : self.start], text[self.start : self.end], text[self.end : high])
        )
        before = before.lstrip()
        return (before + own + after).rstrip(), len(before), len(before) + len(own)


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

    def as_dict(self) -> dict[str, Any]:
        """Keys that hold nothing are left out, but for the first five. `at` tells from where to where in its sentence
        (`context`) it stands."""
        out: dict[str, Any] = {
            "verdict": self.verdict, "text": self.text, "where": self.where, "expected": self.expected,
            "name": self.name, "why": self.why,
        }  # fmt: skip
        sentence, start, end = self.spot.marked() if self.spot else ("", 0, 0)
        context = self.context or sentence
        if start < end and context == sentence:
            out["at"] = [start, end]
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
    returned: Returned | None = None
    """For a Word file that was edited: what happened to its numbers, and by whom."""
    printed: Mapping[tuple[int, int], str] = field(default_factory=dict, repr=False)
    """What the file prints for each number of the ledger's text, tables and captions, by block and place."""

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
        } | ({"returned": self.returned.as_dict()} if self.returned is not None else {})


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
        lines += _returned(verdict.get("returned") or {}, most)
        lines += [f"  note: {note}" for note in verdict["notes"]]
    return "\n".join(lines)


def _returned(told: Mapping[str, Any], most: int) -> list[str]:
    """What is told of a Word file that came back, beside its findings."""
    lines = []
    if told.get("tracked"):
        by = ", ".join(f"{count} by {author}" for author, count in told["authors"].items())
        lines.append(
            f"  {_count(told['tracked'], 'tracked change')} ({by or 'none of text'}); "
            f"{told['tracked_without_numbers']} stretches of changed text touch no number. "
            "The verdict is on the file with all of them accepted."
        )
    rejected = told.get("rejected")
    if rejected:
        findings = _count(len(rejected["findings"]), "finding")
        lines.append(f"  With all of them rejected: {rejected['verdict'].upper()}, {findings}.")
    right = [change for change in told.get("changes") or () if change["verdict"] == "accounted"]
    for change in right[:most]:
        line = f"  ACCOUNTED “{change['was']}” → “{change['now']}” · {change['where']}"
        lines.append(line + _who(change))
    return lines + [
        f"  COMMENT “{comment['text'][:200]}” · {comment['where']} · not judged{_who(comment)}"
        for comment in (told.get("comments") or ())[:most]
    ]


def _who(item: Mapping[str, Any]) -> str:
    """The tracked change that something comes from: what, by whom, when."""
    out = f" · {item['tracked']}" if item.get("tracked") else ""
    out += f" by {item['by']}" if item.get("by") else ""
    return out + (f" on {item['when'][:10]}" if item.get("when") else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _line(finding: Mapping[str, Any]) -> str:
    out = str(finding["verdict"]).upper()
    if finding["text"]:
        out += f" “{finding['text']}”"
    out += f" · {finding['where']}"
    if finding["expected"]:
        out += f" · expected “{finding['expected']}”"
    out += "".join(f" · {finding[key]}" for key in ("name", "why") if finding[key])
    out += f" · rule {finding['rule']}" if finding.get("rule") else ""
    return out + _who(finding)
