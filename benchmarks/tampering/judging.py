"""Was a tampering found, and told exactly?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.tampering.classes import Change, Tampering
from benchmarks.tampering.located import Located
from report.audit import FileVerdict
from report.audit.verdict import Finding

DRAWN_OVER = "pdf, drawn over"
"""The old text is still in the file: a rectangle covers it, and the new one is drawn on that."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What was tampered with, and how."""

    study: str
    form: str
    """html, docx, pdf, docx with marks stripped …"""
    klass: str


@dataclass(frozen=True, slots=True)
class Outcome:
    subject: Subject
    what: str
    grade: str
    """exact, place (found, the place or the digits not exact), missed."""
    look: bool
    """It was found as something to look at, not as something wrong."""
    others: int
    """Findings about places that were not touched."""
    detail: str


def judged(subject: Subject, tampering: Tampering, verdict: FileVerdict | str, located: Located) -> Outcome:
    """Was it found, with its place and its digits?"""

    def outcome(grade: str, look: bool, others: int, detail: str) -> Outcome:
        return Outcome(subject, tampering.what, grade, look, others, detail)

    said = _told(tampering, located)
    if isinstance(verdict, str):
        return outcome("missed", False, 0, f"{said} · the audit could not run: {verdict}")
    told = [*verdict.findings, *verdict.looks]
    if not told:
        return outcome("missed", False, 0, said)
    if tampering.changes[0].node < 0:  # an image: it can be known only as a whole
        number = f"Figure {-tampering.changes[0].node}"
        exact = any(number in finding.where for finding in told)
        return outcome("exact" if exact else "place", False, 0, said + told_of(told))
    if subject.form == DRAWN_OVER:  # what lies under a rectangle is told by its page
        places = [(f"page {located.nodes[change.node].page}",) for change in tampering.changes]
    else:
        places = [located.place(change.node, change.start) for change in tampering.changes]
    named = [
        any(_here(place, finding) and _names(change, finding) for finding in told)
        for change, place in zip(tampering.changes, places, strict=True)
    ]
    # what changed places as a whole is told by the numbers of one side
    exact = all(named[::2]) or all(named[1::2]) if tampering.together else all(named)
    if tampering.sentence:
        exact = any(_here(place, finding) for place in places for finding in told)
    others = sum(not any(_here(place, finding) for place in places) for finding in told)
    grade = "exact" if exact else "place"
    look = not verdict.findings
    return outcome(grade, look, others, said + ("" if exact and not others and not look else told_of(told)))


def judged_harmless(subject: Subject, tampering: Tampering, verdict: FileVerdict | str, located: Located) -> Outcome:
    """Was something found where nothing is wrong? `exact` stands for nothing found."""
    said = _told(tampering, located)
    if isinstance(verdict, str):
        grade, told, looks = "missed", [], 0
        said += f" · the audit could not run: {verdict}"
    else:
        told, looks = verdict.findings + (verdict.looks if subject.klass == "prose" else []), len(verdict.looks)
        grade = "missed" if told else "exact"
    detail = said + (told_of(told) if told else "")
    return Outcome(subject, tampering.what, grade, bool(looks), len(told), detail)


def _here(place: tuple[str, ...], finding: Finding) -> bool:
    where = " ".join(finding.where.split())
    if finding.verdict == "moved":  # told where it is and where it should be
        where += " · " + " ".join(f"{finding.expected} · {finding.why}".split())
    return bool(place) and all(
        re.search(rf"(?<!\d){re.escape(' '.join(part.split()))}(?!\d)", where) for part in place if part
    )


def _names(change: Change, finding: Finding) -> bool:
    """Does a finding show what is there now, or what should be there?"""
    old, new, text, expected = (_plain(t) for t in (change.old, change.new, finding.text, finding.expected))
    if finding.verdict == "unreadable" and _holds(text, old):  # what should be there, and is covered
        return True
    return _holds(text, new) or _holds(new, text) or _holds(expected, old) or _holds(old, expected)


def _holds(text: str, part: str) -> bool:
    """Does a text hold a part, and not only as a piece of a longer number or word?"""
    if "/" in text or not part[:1].isalnum():  # a piece of a DOI, a sign
        return bool(part) and part in text
    return re.search(rf"(?<![\w.]){re.escape(part)}(?!\w|\.\d)", text) is not None


def _plain(text: str) -> str:
    return " ".join(text.split()).strip(" .,;()[]=").lower()


def _told(tampering: Tampering, located: Located) -> str:
    parts = []
    for change in tampering.changes[:2]:
        if change.node >= 0:
            text = located.nodes[change.node].text
            around = text[max(0, change.start - 30) : change.start], text[change.end : change.end + 20]
            place = ", ".join(located.place(change.node, change.start)) or located.nodes[change.node].kind
            parts.append(f"{place}: “{around[0]}[{change.old} → {change.new}]{around[1]}”".replace("\n", " "))
    return "; ".join(parts) or tampering.what


def told_of(findings: Sequence[Finding]) -> str:
    """The first few findings in a line."""
    return " · told: " + "; ".join(
        f"{f.verdict} “{f.text[:40]}” ({f.where}) for “{f.expected[:40]}”" for f in findings[:4]
    )
