"""The Word file that came back: what happened to its numbers, by whom, and what the audit says of each.

Two sources tell what was done to a number: the tracked changes of the file (the two views, `docx_changes.py`), and the
comparison with the ledger, which also finds what was done with tracking off. Both come together here: each finding gets
the tracked change that made it, and each tracked change that touches a number gets the audit's verdict.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from report.audit.align import pair
from report.audit.errors import AuditError
from report.audit.expected import is_numeric
from report.audit.model import Block, Comment, Document, Mark
from report.audit.places import where_of
from report.audit.read_docx import WordFile
from report.audit.tokens import Token, is_number, tokenise
from report.audit.verdict import FileVerdict, Finding, Spot

WRONG = ("altered", "moved", "missing", "unaccounted")
"""Verdicts that are about something which was changed."""
GAP = 3
"""Characters without a letter or digit that may lie between what was taken out and what was put in its stead."""

MOST = 2000
"""Tracked changes of one and the same number that are looked at to find the one that a finding is about."""


@dataclass(frozen=True, slots=True)
class NumberChange:
    """One number that is not what it was. `was` and `now` are as printed; one of them may be empty."""

    verdict: str
    """What the audit says of it as it is now, all changes accepted; "accounted" where it is as the results say."""
    was: str
    now: str
    where: str
    tracked: str = ""
    """replaced, inserted, deleted or moved; empty where tracking was off."""
    by: str = ""
    when: str = ""
    name: str = ""
    why: str = ""
    spot: Spot | None = field(default=None, compare=False, repr=False)
    """Where it stands, or for what is gone, where it stood."""

    def as_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {"verdict": self.verdict, "was": self.was, "now": self.now, "where": self.where}
        more = {"tracked": self.tracked, "by": self.by, "when": self.when, "name": self.name, "why": self.why}
        out |= {key: value for key, value in more.items() if value}
        if self.spot is not None:
            sentence, start, end = self.spot.marked()
            place = self.spot.block.place
            out |= {"sentence": sentence, "at": [start, end], "section": place.section}
            numbers = {"paragraph": place.paragraph, "table": place.table, "row": place.row, "column": place.column}
            out |= {key: value for key, value in numbers.items() if value}
        return out


@dataclass(frozen=True, slots=True)
class Returned:
    """What is told of a Word file beside its findings."""

    changes: tuple[NumberChange, ...]
    rejected: FileVerdict | None
    """The verdict on the file with all changes rejected, where it holds tracked changes."""
    tracked: int
    """Tracked changes in the file."""
    words: int
    """Tracked changes of text that touch no number."""
    authors: Mapping[str, int]
    """Stretches of text that were changed with tracking on, by author."""
    comments: tuple[Comment, ...]
    """Comments that hold numbers; not judged, since they are no part of the paper."""

    def as_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {"changes": [change.as_dict() for change in self.changes]}
        if self.tracked:
            out |= {"tracked": self.tracked, "tracked_without_numbers": self.words, "authors": dict(self.authors)}
        if self.rejected is not None:
            told = self.rejected.as_dict()
            out["rejected"] = {key: told[key] for key in ("verdict", "numbers", "claims", "findings", "looks")}
        if self.comments:
            out["comments"] = [
                {"text": comment.text, "where": where_of(comment.place), "by": comment.by, "when": comment.when}
                for comment in self.comments
            ]
        return out


def complete(
    verdict: FileVerdict, word: WordFile, document: Document, audit: Callable[[Document], FileVerdict]
) -> None:
    """Adds to the verdict on a Word file (on `document`, its view with all changes accepted) who made each finding and
    when, and what is told of the file as one that came back. `audit` judges another view."""
    rejected = word.view("rejected") if word.tracked else None
    touched = _touched_of(document, rejected)
    verdict.findings, about = _attributed(verdict.findings, document, touched)
    if word.tracked:
        verdict.findings = _formatted(verdict.findings, word)
    changes = _changes([*verdict.findings, *verdict.looks], touched, about)
    comments = tuple(
        comment for comment in document.comments if any(is_number(token) for token in tokenise(comment.text))
    )
    if not (changes or comments or word.tracked):
        return
    judged = None
    if rejected is not None:
        try:
            judged = audit(rejected)
        except AuditError as error:
            verdict.notes.append(f"With all changes rejected the file could not be audited: {error}")
    marks = [mark for block in document.blocks for mark in block.marks]
    with_numbers = {id(mark) for one in touched for mark in one.marks}
    verdict.returned = Returned(
        tuple(changes),
        judged,
        word.tracked,
        sum(id(mark) not in with_numbers for mark in marks),
        dict(sorted(Counter(mark.by or "unknown" for mark in marks).items())),
        comments,
    )


# -- tracked changes of numbers ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Touched:
    """A number that a tracked change touched: what it was, what it is, both as printed."""

    block: Block
    was: str
    now: str
    was_norm: str
    now_norm: str
    start: int
    end: int
    marks: tuple[Mark, ...]
    stood: Spot | None = None
    """Where it stood before, in the rejected view."""

    @property
    def mark(self) -> Mark:
        """The change that tells best who made it what it is."""
        return next((mark for mark in self.marks if mark.start < mark.end), self.marks[0])

    @property
    def tracked(self) -> str:
        if any(mark.kind.startswith("moved") for mark in self.marks):
            return "moved"
        return "replaced" if self.was and self.now else "inserted" if self.now else "deleted"

    @property
    def spot(self) -> Spot:
        if not self.now and self.stood is not None:
            return self.stood
        return Spot(self.block, self.start, self.end)


def _touched_of(document: Document, rejected: Document | None) -> list[_Touched]:
    """Numbers that tracked changes touched, in order; those that were moved as one change each."""
    if rejected is None:
        return []
    found = [one for block in document.blocks if block.marks for one in _touched(block)]
    stood: list[tuple[str, Spot]] = []
    for block in rejected.blocks:
        marks = _Marks.of(block) if block.marks else None
        if marks is not None and marks.spans:
            stood += [
                (token.norm, Spot(block, token.start, token.end))
                for token in _numbers(block.text)
                if marks.over(token.start, token.end) is not None
            ]
    gone = [one for one in found if one.was]
    at = 0
    for one in gone:  # both are in the order of the file; a number that a paragraph's end runs into may lack its fellow
        for k in range(at, min(at + 50, len(stood))):
            if stood[k][0] == one.was_norm:
                one.stood, at = stood[k][1], k + 1
                break
    away: dict[tuple[str, str], list[_Touched]] = {}
    for one in found:
        if not one.now and any(mark.kind == "moved away" for mark in one.marks):
            away.setdefault((one.was_norm, one.mark.by), []).append(one)
    joined = set()
    for one in found:
        others = away.get((one.now_norm, one.mark.by)) if not one.was else None
        if others and any(mark.kind == "moved here" for mark in one.marks):
            other = others.pop(0)
            joined.add(id(other))
            one.was, one.was_norm, one.stood = other.was, other.was_norm, other.stood
    return [one for one in found if id(one) not in joined]


def _touched(block: Block) -> list[_Touched]:
    """Numbers of one block that tracked changes touched: those that came, those that went, and of those that became
    others both."""
    before = _Before.of(block)
    old, new = _numbers(before.text), _numbers(block.text)
    kept = {(token.start, token.end, token.norm) for token in new}
    whole = set()
    lost: list[tuple[int, Token]] = []
    for token in old:
        a, b = before.kept_at(token.start), before.kept_at(token.end - 1)
        if a is not None and b is not None and (a, b + 1, token.norm) in kept:
            whole.add(a)
        else:
            left = (before.kept_at(k) for k in range(token.start, token.end))
            lost.append((next((at for at in left if at is not None), before.now_at(token.start)), token))
    came = [token for token in new if token.start not in whole]
    zones = _zones(block, came)
    lows = [low for low, _ in zones]
    theirs: list[list[Token]] = [[] for _ in zones]
    ours: list[list[Token]] = [[] for _ in zones]
    marks: list[list[Mark]] = [[] for _ in zones]
    for at, token in lost:
        theirs[max(0, bisect_right(lows, at) - 1)].append(token)
    for token in came:
        ours[bisect_right(lows, token.start) - 1].append(token)
    for mark in block.marks:
        marks[bisect_right(lows, mark.start) - 1].append(mark)
    out = []
    for gone, there, made in zip(theirs, ours, marks, strict=True):
        if not made:
            continue
        for i, j in pair([(t.norm, "number") for t in gone], [(t.norm, "number") for t in there]):
            was, now = (None if i is None else gone[i]), (None if j is None else there[j])
            if was is not None and now is not None and was.norm == now.norm:
                continue  # taken out and put in again as it was
            start = now.start if now is not None else before.now_at(was.start if was is not None else 0)
            end = now.end if now is not None else start
            text = _said(before.text, was)
            norms = (was.norm if was else "", now.norm if now else "")
            own = _nearest(made, start, end, text)
            out.append(_Touched(block, text, _said(block.text, now), *norms, start, end, own))
    return out


@dataclass(frozen=True, slots=True)
class _Marks:
    """The tracked changes of one block, to be found by place: those that cover text, and those at one place."""

    spans: list[Mark]
    starts: list[int]
    points: list[Mark]
    places: list[int]

    @classmethod
    def of(cls, block: Block) -> _Marks:
        spans = [mark for mark in block.marks if mark.start < mark.end]
        points = [mark for mark in block.marks if mark.start == mark.end]
        return cls(spans, [mark.start for mark in spans], points, [mark.start for mark in points])

    def over(self, start: int, end: int) -> Mark | None:
        """The last one that covers something of a stretch."""
        k = bisect_right(self.starts, end - 1) - 1
        return self.spans[k] if k >= 0 and self.spans[k].end > start else None

    def at(self, start: int, end: int) -> Mark | None:
        """The first one at a place of a stretch, its edges and what follows directly counted."""
        k = bisect_left(self.places, start)
        return self.points[k] if k < len(self.points) and self.places[k] <= end + 2 else None


def _numbers(text: str) -> list[Token]:
    return [token for token in tokenise(text) if is_numeric(token.kind)]


def _said(text: str, token: Token | None) -> str:
    return text[token.start : token.end] if token is not None else ""


@dataclass(frozen=True, slots=True)
class _Before:
    """A block's text as it was before its tracked changes, with the stretches that are the same: where each began,
    where it begins now, its length."""

    text: str
    was: list[int]
    now: list[int]
    length: list[int]

    @classmethod
    def of(cls, block: Block) -> _Before:
        text: list[str] = []
        out = cls("", [], [], [])
        size = at = 0
        edges = [(mark.start, mark.end, mark.text if mark.start == mark.end else "") for mark in block.marks]
        for start, end, taken in [*edges, (len(block.text), len(block.text), "")]:
            if start > at:
                out.was.append(size)
                out.now.append(at)
                out.length.append(start - at)
                text.append(block.text[at:start])
                size += start - at
            at = max(at, end)
            text.append(taken)
            size += len(taken)
        return replace(out, text="".join(text))

    def kept_at(self, old: int) -> int | None:
        """Where a character of the old text stands now."""
        k = bisect_right(self.was, old) - 1
        return self.now[k] + old - self.was[k] if k >= 0 and old < self.was[k] + self.length[k] else None

    def now_at(self, old: int) -> int:
        """Where in the text of now something that was taken out stood."""
        k = bisect_right(self.was, old) - 1
        return self.now[k] + min(self.length[k], old - self.was[k]) if k >= 0 else 0


def _zones(block: Block, came: Iterable[Token]) -> list[tuple[int, int]]:
    """Stretches of the text that were changed, with the numbers that reach into them; those with next to nothing
    between them are one."""
    edges = [(mark.start, mark.end) for mark in block.marks] + [(token.start, token.end) for token in came]
    zones: list[tuple[int, int]] = []
    for low, high in sorted(edges):
        if zones:
            between = block.text[zones[-1][1] : low]
            if low <= zones[-1][1] or (len(between) <= GAP and not any(char.isalnum() for char in between)):
                zones[-1] = (zones[-1][0], max(high, zones[-1][1]))
                continue
        zones.append((low, high))
    return zones


def _nearest(marks: Sequence[Mark], start: int, end: int, was: str) -> tuple[Mark, ...]:
    """Of the changes in a stretch those that touch a number; all of them where none does by itself."""
    own = tuple(
        mark
        for mark in marks
        if (mark.start < mark.end and mark.start < end and mark.end > start)
        or (mark.start == mark.end and start <= mark.start <= end and (not was or was in mark.text or start < end))
    )
    return own or tuple(marks)


# -- findings and changes ---------------------------------------------------------------------------------------------


def _attributed(
    findings: Sequence[Finding], document: Document, touched: Sequence[_Touched]
) -> tuple[list[Finding], dict[int, _Touched]]:
    """The findings, each with the tracked change that made it; and by the place of a finding among them the change of a
    number that it is about."""
    finder = _Finder(document, touched)
    about: dict[int, _Touched] = {}
    out = []
    for at, finding in enumerate(findings):
        one = finder.change_of(finding) if finding.verdict in WRONG else None
        mark = one.mark if one is not None else None
        if one is not None:
            about[at] = one
            finding = replace(finding, spot=finding.spot or one.spot)
        elif finding.verdict in WRONG and finding.spot is not None:
            mark = finder.mark_at(finding.spot)
        if mark is not None:
            finding = replace(finding, tracked=mark.kind, by=mark.by, when=mark.when)
        out.append(finding)
    return out, about


class _Finder:
    """Finds for a finding the tracked change of a number that it is about; each change belongs to one finding."""

    def __init__(self, document: Document, touched: Sequence[_Touched]) -> None:
        self.order = {id(block): k for k, block in enumerate(document.blocks)}
        self.in_block: dict[int, list[_Touched]] = {}
        self.by_now: dict[str, list[_Touched]] = {}
        self.gone: dict[str, list[_Touched]] = {}
        for one in touched:
            if one.now:
                self.in_block.setdefault(id(one.block), []).append(one)
                self.by_now.setdefault(one.now_norm, []).append(one)
            else:
                self.gone.setdefault(one.was_norm, []).append(one)
        self.taken: set[int] = set()
        self.marks: dict[int, _Marks] = {}

    def mark_at(self, spot: Spot) -> Mark | None:
        """The tracked change that a place lies in or at."""
        if id(spot.block) not in self.marks:
            self.marks[id(spot.block)] = _Marks.of(spot.block)
        marks = self.marks[id(spot.block)]
        return marks.over(spot.start, spot.end) or marks.at(spot.start, spot.end)

    def change_of(self, finding: Finding) -> _Touched | None:
        spot = finding.spot
        if spot is not None and spot.start < spot.end:
            here = self.in_block.get(id(spot.block), ())
            last = bisect_right(here, spot.end - 1, key=lambda one: one.start) - 1
            found = [here[last]] if last >= 0 and here[last].end > spot.start else []
        elif finding.text:  # in the list of references or a margin, whose findings tell no spot
            found = [
                one
                for token in _numbers(finding.text)
                for one in self.by_now.get(token.norm, [])[:MOST]
                if _margin_of(one) == finding.where.partition(",")[0].partition(" ")[0]
            ]
        else:
            found = [one for token in _numbers(finding.expected) for one in self.gone.get(token.norm, [])[:MOST]]
            at = self.order.get(id(spot.block), 0) if spot is not None else 0
            near = {id(one): abs(self.order.get(id(one.block), 0) - at) for one in found}
            found = [one for one in found if near[id(one)] <= 2 or _section_in(one, finding.where) or spot is None]
            found.sort(key=lambda one: near[id(one)])
        free = next((one for one in found if id(one) not in self.taken), None)
        if free is not None:
            self.taken.add(id(free))
        return free


def _margin_of(one: _Touched) -> str:
    """The word with which findings name the place of what stands outside the compared text."""
    place = one.block.place
    return "References" if one.block.kind == "reference" or place.section == "References" else place.part


def _section_in(one: _Touched, where: str) -> bool:
    section = (one.stood or one.spot).block.place.section
    return bool(section) and section in where


def _formatted(findings: Sequence[Finding], word: WordFile) -> list[Finding]:
    """The findings, those about text that is not seen with who made it so, where that was tracked."""
    made = {(item.text, where_of(item.place), item.why): change for item, change in word.seen("accepted")[1].items()}
    out = []
    for finding in findings:
        change = made.get((finding.text, finding.where, finding.why)) if finding.verdict == "unreadable" else None
        if change is not None:
            finding = replace(finding, tracked=change.kind, by=change.by, when=change.when)
        out.append(finding)
    return out


def _changes(
    findings: Sequence[Finding], touched: Sequence[_Touched], about: Mapping[int, _Touched]
) -> list[NumberChange]:
    """Every change of a number: those that the audit found, made with tracking on or off, and what tracked changes did
    rightly. In the order of the findings, then in that of the file."""
    changes = []
    told = {id(one) for one in about.values()}
    for at, finding in enumerate(findings):
        if finding.verdict not in (*WRONG, "context"):
            continue
        one = about.get(at)
        spot = one.spot if one is not None and not one.now else finding.spot
        was = finding.expected or (one.was if one is not None else "")
        tracked = one.tracked if one is not None else finding.tracked
        changes.append(
            NumberChange(
                finding.verdict, was, finding.text, finding.where, tracked, finding.by, finding.when, finding.name,
                finding.why, spot,
            )
        )  # fmt: skip
    for one in touched:
        if id(one) not in told:
            mark = one.mark
            why = "" if one.now else "what was taken out is none of the paper's numbers"
            where = where_of(one.spot.block.place)
            changes.append(
                NumberChange("accounted", one.was, one.now, where, one.tracked, mark.by, mark.when, "", why, one.spot)
            )
    return changes
