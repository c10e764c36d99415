"""Comparing what a file should print with what it prints, token by token, and giving each number its verdict."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from report.audit.align import coarse, fine, gaps, pair
from report.audit.cells import judge_cells, pair_cells
from report.audit.checks import Checker, citation_list
from report.audit.expected import Expected, ExpectedBlock, Stream, is_numeric
from report.audit.furniture import Norms, peel
from report.audit.geometry import Layout, cell_of, judge_places, raised
from report.audit.ledger_places import describe, table_label
from report.audit.model import Block
from report.audit.moved import judge_moved, relocate, relocate_sentences, relocate_whole
from report.audit.sentences import Key, sentence_starts
from report.audit.tokens import NUMBER, SYMBOL, WORD, Token, tokenise
from report.audit.verdict import FileVerdict, Finding, Spot
from report.audit.words import Words, nearest

Judged = tuple[Finding, int | None, int | None]
"""A finding with its expected token and its token of the file."""

_GROUPS = re.compile("(?<=[0-9])[\u00a0\u2007-\u200a\u202f](?=[0-9]{3}(?![0-9]))")

MAX_CLOSE = 40_000
"""Product of lengths up to which what lies between two anchors is aligned by the kinds of its tokens."""

SETTLED = -4
"""In place of a token's counterpart: it has none, and stands among the pairs."""


@dataclass(slots=True)
class Actual:
    """The tokens of a file, in order."""

    blocks: Sequence[Block]
    norms: list[str] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    block: list[int] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    """Where each block's tokens begin."""

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> Actual:
        actual = cls(blocks)
        for index, block in enumerate(blocks):
            tokens = tokenise(block.text)
            actual.first.append(len(actual.norms))
            actual.tokens += tokens
            if tokens:
                norms, kinds, _, _ = zip(*tokens, strict=True)
                actual.norms += norms
                actual.kinds += kinds
                actual.block += [index] * len(tokens)
        return actual

    def __len__(self) -> int:
        return len(self.norms)

    def numeric(self, at: int) -> bool:
        return 0 <= at < len(self.norms) and is_numeric(self.kinds[at])

    def text(self, at: int) -> str:
        token = self.tokens[at]
        return self.blocks[self.block[at]].text[token.start : token.end].replace("\n", " ")


@dataclass(slots=True)
class Comparison:
    """One stream of a file against one stream of the ledger."""

    expected: Expected
    stream: Stream
    actual: Actual
    checker: Checker
    known: Sequence[Norms]
    pages: int = 0
    cells: bool = False
    """The file tells rows and columns."""
    to: list[int] = field(default_factory=list)
    """For each expected token the token of the file that it was found at, or -1."""
    back: list[int] = field(default_factory=list)
    """For each token of the file the expected token, -1 for none, -2 for a known repeat, -3 for a part of one."""
    pairs: list[tuple[int | None, int | None]] = field(default_factory=list)
    peeled: int = 0
    relocated: list[str] = field(default_factory=list)
    carried: list[int] = field(default_factory=list)
    """A number of each sentence that went elsewhere word for word."""
    tables: dict[int, str] = field(default_factory=dict)
    """Tables of the file, by their place in it, that were compared cell by cell with a table of the ledger."""
    prose: int = 0
    layout: Layout | None = None
    """Where everything is drawn (geometry)."""
    _findings: list[Judged] = field(default_factory=list)
    _looks: list[Finding] = field(default_factory=list)
    _paired: dict[int, int] = field(default_factory=dict)
    _known: Sequence[Sequence[int]] = ()
    """For each token of the file the nearest one before it, and after it, that has one of the ledger."""
    _labels: dict[int, str] = field(default_factory=dict)
    _starts: dict[tuple[bool, int], list[int]] = field(default_factory=dict)

    # -- alignment ------------------------------------------------------------------------------------------------

    def align(self) -> None:
        a, b = self.stream.norms, self.actual.norms
        self.to, self.back = [-1] * len(a), [-1] * len(b)
        if a == b:
            self.to, self.back = list(range(len(a))), list(range(len(b)))
            return
        for lost, free in pair_cells(self) if self.cells else ():
            self.close(lost, free)
        relocate_whole(self)
        mine = [i for i, j in enumerate(self.to) if j == -1]
        theirs = [j for j, i in enumerate(self.back) if i == -1]
        runs = coarse([a[i] for i in mine], [b[j] for j in theirs])
        for x, y, n in runs:
            for i, j in zip(mine[x : x + n], theirs[y : y + n], strict=True):
                self.to[i], self.back[j] = j, i
        holes = [
            (*_span(mine, x1, x2, len(a)), *_span(theirs, y1, y2, len(b)))
            for x1, x2, y1, y2 in gaps(runs, len(mine), len(theirs))
        ]
        for i1, i2, j1, j2 in holes:
            if i1 == i2:
                self.peel_repeat(j1, j2)
        relocate(self, holes)
        relocate_sentences(self, holes)
        for i1, i2, j1, j2 in holes:
            self.close([i for i in range(i1, i2) if self.to[i] == -1], [j for j in range(j1, j2) if self.back[j] == -1])

    def peel_repeat(self, j1: int, j2: int) -> bool:
        """Is an inserted stretch a known repeat? It may have slid over equal tokens beside it: try each slide."""
        norms, back = self.actual.norms, self.back
        length = j2 - j1
        for step in (-1, 1):
            for slide in range(0, step * (min(length, 200) + 1), step):
                if slide:
                    # one token goes over from this side of the stretch to the other
                    out, into = (j1 + slide, j2 + slide) if step < 0 else (j2 + slide - 1, j1 + slide - 1)
                    if not 0 <= out < len(norms) or norms[out] != norms[into] or back[out] < 0:
                        break
                low, high = j1 + slide, j2 + slide
                if not peel(norms[low:high], self.known, self.page(low), self.pages):
                    continue
                if slide < 0:
                    back[high:j2] = back[low:j1]
                elif slide > 0:
                    back[j1:low] = back[j2:high]
                for j in (*range(min(j1, high), j2), *range(j1, max(j1, low))):
                    if back[j] >= 0:
                        self.to[back[j]] = j
                back[low:high] = [-2] * length
                self.peeled += length
                return True
        return False

    def close(self, lost: list[int], free: list[int]) -> None:
        """Match what can be matched between two anchors; what remains becomes pairs of old and new."""
        if not lost and not free:
            return
        if not lost or not free or self.same(lost, free):
            self.remain(lost, free)
            return
        if len(lost) * len(free) <= MAX_CLOSE:
            ops = pair(self.mine(lost), self.theirs(free))
        else:
            ops = []
            for op, x1, x2, y1, y2 in fine([self.stream.norms[i] for i in lost], [self.actual.norms[j] for j in free]):
                if op == "equal":
                    ops += zip(range(x1, x2), range(y1, y2), strict=True)
                else:
                    ops += [(x, None) for x in range(x1, x2)] + [(None, y) for y in range(y1, y2)]
        apart: tuple[list[int], list[int]] = ([], [])
        for x, y in ops:
            if x is not None and y is not None and self.stream.norms[lost[x]] == self.actual.norms[free[y]]:
                self.remain(*apart)
                apart = ([], [])
                self.to[lost[x]], self.back[free[y]] = free[y], lost[x]
                continue
            if x is not None:
                apart[0].append(lost[x])
            if y is not None:
                apart[1].append(free[y])
        self.remain(*apart)

    def mine(self, lost: list[int]) -> list[tuple[str, str]]:
        return [(self.stream.norms[i], _class(self.stream.kinds[i])) for i in lost]

    def theirs(self, free: list[int]) -> list[tuple[str, str]]:
        return [(self.actual.norms[j], _class(self.actual.kinds[j])) for j in free]

    def remain(self, lost: list[int], free: list[int]) -> None:
        if not lost and not free:
            return
        if lost and free and self.same(lost, free):
            return
        if not lost and free and free[-1] - free[0] == len(free) - 1 and self.peel_repeat(free[0], free[-1] + 1):
            return
        lost, free = self.slide(lost, free)
        lost, free = self.trim(lost, free)
        self.pairs += [
            (None if x is None else lost[x], None if y is None else free[y])
            for x, y in pair(self.mine(lost), self.theirs(free))
        ]
        for i in lost:
            self.to[i] = SETTLED
        for j in free:
            self.back[j] = SETTLED

    def slide(self, lost: list[int], free: list[int]) -> tuple[list[int], list[int]]:
        """Where several words only came or only went, the same texts differ in more than one way ("in the group. It
        was 5 in the group."): take the way in which whole sentences did."""
        if bool(lost) == bool(free):
            return lost, free
        run = lost or free
        first, last = run[0], run[-1]
        if len(run) < 4 or last - first != len(run) - 1:
            return lost, free
        norms, to, back = (self.stream.norms, self.to, self.back) if lost else (self.actual.norms, self.back, self.to)
        begins = self.begins if lost else self.begins_in_file
        for step in (-1, 1):
            low, high = first, last
            for _ in range(min(len(run), 80) + 1):
                if begins(low) and begins(high + 1):
                    # the tokens slid over take the partners of those that they are equal to
                    moves = range(first - 1, low - 1, -1) if step < 0 else range(last + 1, high + 1)
                    for at in moves:
                        twin = at + len(run) if step < 0 else at - len(run)
                        to[twin], back[to[at]], to[at] = to[at], twin, -1
                    moved = list(range(low, high + 1))
                    return (moved, free) if lost else (lost, moved)
                out, into = (low - 1, high) if step < 0 else (high + 1, low)
                if not 0 <= out < len(norms) or norms[out] != norms[into] or to[out] < 0:
                    break
                low, high = low + step, high + step
        return lost, free

    def begins(self, i: int) -> bool:
        """Does a sentence of the ledger begin with that token?"""
        if i <= 0 or i >= len(self.stream) or self.stream.block[i] != self.stream.block[i - 1]:
            return True
        return self.sentence_of(i) != self.sentence_of(i - 1)

    def begins_in_file(self, j: int) -> bool:
        """Does a sentence of the file begin with that token?"""
        if j <= 0 or j >= len(self.actual) or self.actual.block[j] != self.actual.block[j - 1]:
            return True
        return self.sentence_at(j) != self.sentence_at(j - 1)

    def sentence_of(self, i: int) -> Key:
        """The ledger's sentence that an expected token stands in."""
        index = self.stream.block[i]
        if (True, index) not in self._starts:
            self._starts[True, index] = sentence_starts(self.expected.blocks[index].text)
        return index, bisect_right(self._starts[True, index], self.stream.start[i]) - 1

    def sentence_at(self, j: int) -> Key:
        """The file's sentence that a token of the file stands in."""
        index = self.actual.block[j]
        if (False, index) not in self._starts:
            self._starts[False, index] = sentence_starts(self.actual.blocks[index].text)
        return index, bisect_right(self._starts[False, index], self.actual.tokens[j].start) - 1

    def trim(self, lost: list[int], free: list[int]) -> tuple[list[int], list[int]]:
        """Without the words at either end that are the same but for where they are cut ("ratio" with a raised c)."""
        for head in (True, False):
            for k in range(1, min(4, len(lost)) + 1):
                for n in range(1, min(4, len(free)) + 1):
                    mine, theirs = (lost[:k], free[:n]) if head else (lost[-k:], free[-n:])
                    if (
                        all(self.stream.kinds[i] == WORD for i in mine)
                        and all(self.actual.kinds[j] == WORD for j in theirs)
                        and self.same(mine, theirs)
                    ):
                        return self.trim(*((lost[k:], free[n:]) if head else (lost[:-k], free[:-n])))
        return lost, free

    def same(self, lost: list[int], free: list[int]) -> bool:
        """Do both say the same, cut into tokens elsewhere (a hyphen at a line's end), or as a citation list?"""
        stream, actual = self.stream, self.actual
        said = _compact([actual.norms[j] for j in free], {})
        # a raised citation closes up with the number before it where the format does not tell that it is raised
        apart = any(said == self.compact(lost, glue=False, split=split) for split in (False, True))
        glued = (
            not apart and not self.cells and any(said == self.compact(lost, glue=True, split=s) for s in (False, True))
        )
        if not apart and not (glued and raised(self, free)) and not self.same_citation(lost, free):
            return False
        for k, i in enumerate(lost):
            self.to[i] = free[min(k, len(free) - 1)]
        for k, j in enumerate(free):
            self.back[j] = lost[k] if len(lost) == len(free) and stream.norms[lost[k]] == actual.norms[j] else -3
        return True

    def compact(self, lost: list[int], *, glue: bool, split: bool) -> str:
        stream = self.stream
        norms = [stream.norms[i] for i in lost]
        joints: dict[int, str] = {}
        if glue:
            for k in range(1, len(lost)):
                owner, before = stream.entry[lost[k]], stream.entry[lost[k - 1]]
                if owner != before and owner is not None and self.expected.entries[owner].get("kind") == "citation":
                    joints[k] = self.full_stop(lost[k - 1], lost[k])
        if split:  # a line may end between the groups of a long number, or its thin spaces come out as ordinary ones
            norms = [
                _GROUPS.sub("\0", self.said(i)) if stream.kinds[i] == NUMBER and _GROUPS.search(self.said(i)) else norm
                for i, norm in zip(lost, norms, strict=True)
            ]
        return _compact(norms, joints)

    def full_stop(self, one: int, other: int) -> str:
        """The full stop between two tokens that follow each other in a block, or nothing."""
        if self.stream.block[one] != self.stream.block[other]:
            return ""
        text = self.expected.blocks[self.stream.block[one]].text[self.stream.end[one] : self.stream.start[other]]
        return "." if text.strip("\u2063 ") == "." else ""

    def same_citation(self, lost: list[int], free: list[int]) -> bool:
        stream, actual = self.stream, self.actual
        for i in lost:
            owner = stream.entry[i]
            if is_numeric(stream.kinds[i]):
                if owner is None or self.expected.entries[owner].get("kind") != "citation":
                    return False
            elif stream.kinds[i] != SYMBOL or stream.norms[i] not in "[](),–;":
                return False
        mine = citation_list([Token(stream.norms[i], stream.kinds[i], 0, 0) for i in lost])
        theirs = citation_list([actual.tokens[j] for j in free])
        symbols = all(is_numeric(actual.kinds[j]) or actual.norms[j] in "[](),–;" for j in free)
        return bool(mine) and mine == theirs and symbols

    # -- places ---------------------------------------------------------------------------------------------------

    def page(self, j: int) -> int:
        return self.actual.blocks[self.actual.block[j]].place.page if 0 <= j < len(self.actual) else 0

    def near(self, i: int) -> int | None:
        """The token of the file nearest to where a lost token should stand."""
        for step in range(1, 400):
            for at in (i - step, i + step):
                if 0 <= at < len(self.to) and self.to[at] >= 0:
                    return self.to[at]
        return None

    def home(self, j: int) -> int | None:
        """The expected token beside a token that was not expected: in the same block of the file the one before it, or
        the one after it where a line's end lies between it and the one before."""
        block = self.actual.block[j]
        if not self._known:
            self._known = nearest([i >= 0 or at in self._paired for at, i in enumerate(self.back)])
        sides: list[tuple[int, int] | None] = []
        for side in self._known:
            at = side[j]
            if at < 0 or self.actual.block[at] != block:
                sides.append(None)
            else:
                sides.append((at, self.back[at] if self.back[at] >= 0 else self._paired[at]))
        before, after = sides
        if before is None or after is None:
            return before[1] if before else after[1] if after else None
        whole, tokens = self.actual.blocks[block], self.actual.tokens
        if whole.kind in ("page", "figure"):
            broken = "\n" in whole.text[tokens[before[0]].end : tokens[j].start]
            if broken and "\n" not in whole.text[tokens[j].end : tokens[after[0]].start]:
                return after[1]
        return before[1]

    def home_block(self, j: int) -> ExpectedBlock | None:
        """The ledger's block into which a token was put that was not expected; None where its whole block is new."""
        home = self.home(j)
        return None if home is None else self.expected.blocks[self.stream.block[home]]

    def where(self, i: int | None, j: int | None) -> str:
        parts: list[str] = []
        at = j if j is not None else (self.near(i) if i is not None else None)
        place = self.actual.blocks[self.actual.block[at]].place if at is not None else None
        near = i if i is not None else self.home(j) if j is not None else None
        if near is not None:
            block = self.expected.blocks[self.stream.block[near]]
            if i is None and j is not None and block.kind == "cell" and not self.cells:
                block = cell_of(self, j, block)
            line = self.line_of(near) if block.kind == "figure" else ""
            parts.append(describe(self.expected, block) + (f", “{line}”" if line else ""))
        elif place is not None and j is not None and not place.page and place.part == "body":
            kind = self.actual.blocks[self.actual.block[j]].kind
            if place.section:
                parts.append(place.section)
            if place.table:
                parts.append(f"{self.table_of(place.table)}, row {place.row}, column {place.column}")
            else:
                parts.append(f"paragraph {place.paragraph}" if kind in ("paragraph", "page") else kind)
        if place is not None and place.part not in ("body", ""):
            parts.append(place.part)
        if place is not None and place.page:
            parts.append(f"page {place.page}")
        return "; ".join(part for part in parts if part) or "the file"

    def line_of(self, i: int) -> str:
        """The line of a figure's texts that an expected token belongs to."""
        text = self.expected.blocks[self.stream.block[i]].text
        start = text.rfind("\n", 0, self.stream.start[i]) + 1
        return text[start:].split("\n", 1)[0].replace("\u00a0", " ")

    def table_of(self, ordinal: int) -> str:
        """What the ledger calls the table that is at that place in the file."""
        if not self._labels:
            names: dict[int, Counter[str]] = {}
            for j, i in enumerate(self.back):
                table = self.expected.blocks[self.stream.block[i]].table if i >= 0 else None
                theirs = self.actual.blocks[self.actual.block[j]].place.table
                if table and theirs:
                    names.setdefault(theirs, Counter())[table] += 1
            self._labels = {
                theirs: table_label(self.expected, count.most_common(1)[0][0]) for theirs, count in names.items()
            }
        return self._labels.get(ordinal, f"table {ordinal} of the file")

    def end_of(self, block: int) -> int:
        return self.actual.first[block + 1] if block + 1 < len(self.actual.first) else len(self.actual)

    def said(self, i: int) -> str:
        block = self.expected.blocks[self.stream.block[i]]
        return block.text[self.stream.start[i] : self.stream.end[i]]

    def owner(self, i: int | None) -> str:
        entry = self.stream.entry[i] if i is not None else None
        return (
            str(self.expected.entries[entry].get("name"))
            if entry is not None and entry in self.expected.entries
            else ""
        )

    # -- verdicts -------------------------------------------------------------------------------------------------

    def judge(self, verdict: FileVerdict) -> None:
        self.judge_found(verdict)
        self.judge_pairs(verdict)
        if self.cells:
            judge_cells(self)
        else:
            judge_places(self)
        self._findings = judge_moved(self, self._findings)
        for i in self.carried:
            self.look(i, self.to[i] if self.to[i] >= 0 else None, "its sentence went elsewhere, word for word")
        verdict.findings += [finding for finding, _, _ in self._findings]
        verdict.looks += self._looks
        peeled = sum(1 for j, i in enumerate(self.back) if i == -2 and is_numeric(self.actual.kinds[j]))
        verdict.numbers += peeled
        if peeled:
            verdict.by_class["furniture"] += peeled

    def look(self, i: int | None, j: int | None, why: str, text: str | None = None) -> None:
        """Something that a person should look at: nothing that is known to be wrong."""
        said = text if text is not None else self.actual.text(j) if j is not None else ""
        expected = self.said(i) if i is not None and (j is None or self.to[i] != j) else ""
        self._looks.append(
            Finding("context", said, self.where(i, j), expected, self.owner(i), why, spot=self.spot(i, j))
        )

    def add(self, verdict: str, i: int | None, j: int | None, why: str = "", **said: str) -> None:
        text = said.get("text", self.actual.text(j) if j is not None else "")
        expected = said.get("expected", self.said(i) if i is not None else "")
        name = said.get("name", self.owner(i))
        finding = Finding(verdict, text, self.where(i, j), expected, name, why, spot=self.spot(i, j))
        self._findings.append((finding, i, j))

    def spot(self, i: int | None, j: int | None) -> Spot | None:
        """The stretch of the file that a finding is about; for what is missing, the end of what stands before it."""
        if j is not None:
            token = self.actual.tokens[j]
            return Spot(self.actual.blocks[self.actual.block[j]], token.start, token.end)
        before = next((self.to[at] for at in range(i or 0, max(-1, (i or 0) - 400), -1) if self.to[at] >= 0), None)
        if before is None:
            return None
        end = self.actual.tokens[before].end
        return Spot(self.actual.blocks[self.actual.block[before]], end, end)

    def judge_found(self, verdict: FileVerdict) -> None:
        """Tokens that stand where they should: is what they stand for right?"""
        stream, entries = self.stream, self.expected.entries
        counted: set[str] = set()
        faulty: set[str] = set()
        for i, entry in enumerate(stream.entry):
            numeric = stream.kinds[i] in (1, 2)
            if entry is None and not numeric and not stream.claim[i]:
                continue
            j = self.to[i]
            if j < 0:
                continue
            if entry is None:
                if numeric:
                    verdict.numbers += 1
                    self.add("unaccounted", i, j, "the paper prints it without an entry in the ledger", expected="")
                elif i == 0 or not stream.claim[i - 1] or stream.block[i - 1] != stream.block[i]:
                    verdict.claims += 1
                    self.add("unaccounted", i, j, "a claim without an entry in the ledger", expected="")
                continue
            kind = str(entries[entry].get("kind"))
            first = entry not in counted
            if kind == "claim":
                if not first:
                    continue
                verdict.claims += 1
            elif numeric:
                verdict.numbers += 1
            else:
                if not first or any(is_numeric(t.kind) for t in self.expected.entry_tokens[entry]):
                    continue
                if stream.claim[i]:
                    verdict.claims += 1
                else:
                    verdict.numbers += 1
            counted.add(entry)
            why = self.checker.check(entry)
            if why is None:
                verdict.by_class[kind] += 1
            elif entry not in faulty:
                faulty.add(entry)
                self.add("altered", i, j, why, text=self.entry_text(entry), expected="")

    def entry_text(self, entry: str) -> str:
        return str(self.expected.entries[entry].get("text") or "")

    def judge_pairs(self, verdict: FileVerdict) -> None:
        stream, actual = self.stream, self.actual
        numbers = {i for i, _ in self.pairs if i is not None and is_numeric(stream.kinds[i])}
        self._paired = {j: i for i, j in self.pairs if i is not None and j is not None}
        self._known = ()
        changes: list[tuple[int | None, int | None]] = []
        for i, j in self.pairs:
            old = is_numeric(stream.kinds[i]) if i is not None else False
            new = is_numeric(actual.kinds[j]) if j is not None else False
            if new:
                verdict.numbers += 1
            if i is not None and j is not None and old and new:
                why = "" if _bare(stream.norms[i]) != _bare(actual.norms[j]) else "its sign or mark is another"
                self.add("altered", i, j, why)
                continue
            if old:
                self.add("missing", i, None)
            if new:
                self.add("unaccounted", None, j, "it stands nowhere in the ledger")
            if (i is not None and not old) or (j is not None and not new):
                changes.append((None if old else i, None if new else j))
        Words(self).judge(changes, numbers)


def _span(places: list[int], low: int, high: int, size: int) -> tuple[int, int]:
    """The stretch of the whole that holds places[low:high]."""
    if low < high:
        return places[low], places[high - 1] + 1
    at = places[low - 1] + 1 if low else 0
    return min(at, size), min(at, size)


def _class(kind: int) -> str:
    return "number" if is_numeric(kind) else "symbol" if kind == SYMBOL else "word"


def _bare(norm: str) -> str:
    return norm.strip("<>≤≥-+%‰")


def _compact(norms: Sequence[str], joints: Mapping[int, str]) -> str:
    """Tokens without the cuts between them, but for those that keep two numbers apart. `joints` are cuts at which even
    numbers close up, with what stands there."""
    out = ""
    for k, norm in enumerate(norms):
        if k in joints:
            out += joints[k]
        elif out and out[-1] in "0123456789" and norm[:1] in "0123456789.":
            out += "\0"
        out += norm
    return out
