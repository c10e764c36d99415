"""Comparing what a file should print with what it prints, token by token, and giving each number its verdict."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from report.audit.align import coarse, fine, gaps, pair
from report.audit.checks import Checker, citation_list
from report.audit.expected import NEGATIONS, Expected, ExpectedBlock, Lexicon, Stream, is_numeric
from report.audit.furniture import Norms, peel
from report.audit.ledger_places import describe, table_label
from report.audit.model import Block
from report.audit.tokens import NUMBER, SYMBOL, WORD, Token, tokenise
from report.audit.verdict import FileVerdict, Finding, Spot

LOADED = frozenset(
    (
        "mean", "median", "sd", "se", "iqr", "ci", "p", "n", "percent", "percentage", "ratio", "rate", "risk", "odds",
        "hazard", "difference", "range", "interquartile", "confidence", "interval", "control", "treatment", "baseline",
        "before", "after", "included", "excluded", "week", "weeks", "day", "days", "month", "months", "year", "years",
        "points", "point", "mg", "kg", "g", "ml", "minimum", "maximum",
    )
)  # fmt: skip
"""Words whose change beside numbers changes what the numbers say."""

_GROUPS = re.compile("(?<=[0-9])[\u00a0\u2007-\u200a\u202f](?=[0-9]{3}(?![0-9]))")

NEAR = 12
"""Tokens to either side within which a negation or a loaded word counts as standing beside a number or claim."""


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
    prose: int = 0
    _findings: list[tuple[Finding, int | None, int | None]] = field(default_factory=list)
    _told: set[tuple[str, object]] = field(default_factory=set)
    _paired: dict[int, int] = field(default_factory=dict)
    _claims_of: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    # -- alignment ------------------------------------------------------------------------------------------------

    def align(self) -> None:
        a, b = self.stream.norms, self.actual.norms
        self.to, self.back = [-1] * len(a), [-1] * len(b)
        if a == b:
            self.to, self.back = list(range(len(a))), list(range(len(b)))
            return
        runs = coarse(a, b)
        for i, j, n in runs:
            self.to[i : i + n] = range(j, j + n)
            self.back[j : j + n] = range(i, i + n)
        holes = gaps(runs, len(a), len(b))
        for i1, i2, j1, j2 in holes:
            if i1 == i2:
                self.peel_repeat(j1, j2)
        self.relocate(holes)
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

    def relocate(self, holes: list[tuple[int, int, int, int]]) -> None:
        """Whole tables, figures, captions and paragraphs that the format placed elsewhere."""
        lost = [i for i1, i2, _, _ in holes for i in range(i1, i2) if self.to[i] == -1]
        free = [(j1, j2) for _, _, j1, j2 in holes if any(self.back[j] == -1 for j in range(j1, j2))]
        if not lost or not free:
            return
        units: dict[str, list[int]] = {}
        sizes: Counter[str] = Counter(self.expected.blocks[b].unit for b in self.stream.block)
        for i in lost:
            units.setdefault(self.expected.blocks[self.stream.block[i]].unit, []).append(i)
        where: dict[tuple[str, ...], list[int]] = {}
        for j1, j2 in free:
            piece = [j for j in range(j1, j2) if self.back[j] == -1]
            for x, y, z in zip(piece, piece[1:], piece[2:], strict=False):
                where.setdefault((self.actual.norms[x], self.actual.norms[y], self.actual.norms[z]), []).append(x)
        for unit, members in units.items():
            if len(members) < 0.9 * sizes[unit] or len(members) < 4:
                continue
            a = [self.stream.norms[i] for i in members]
            hits = [j for key in zip(a, a[1:], a[2:], strict=False) for j in where.get(key, ())]
            if len(hits) < 0.4 * (len(a) - 2):
                continue
            hole = Counter(bisect_right(free, (j, len(self.actual))) - 1 for j in hits).most_common(1)[0][0]
            j1, j2 = free[hole]
            home = next((h for h in holes if h[0] <= members[0] < h[1]), None)
            if home is not None and home[2:] == (j1, j2):
                continue  # it stands where it should: the ordinary way will find it
            inside = sorted(j for j in hits if j1 <= j < j2)
            middle = inside[len(inside) // 2]
            low, high = max(j1, middle - len(a) - 5), min(j2, middle + len(a) + 5)
            target = [j for j in range(low, high) if self.back[j] == -1]
            b = [self.actual.norms[j] for j in target]
            found = coarse(a, b)
            if sum(n for _, _, n in found) < (0.5 * len(a) if len(a) >= 8 else len(a)):
                continue  # a short one must be found whole
            for x, y, n in found:
                for k in range(n):
                    self.to[members[x + k]] = target[y + k]
                    self.back[target[y + k]] = members[x + k]
            for x1, x2, y1, y2 in gaps(found, len(a), len(b)):
                # what stands before and after the unit is not its own
                if 0 < x1 < len(a) and x2 < len(a):
                    self.close(members[x1:x2], target[y1:y2])
            self.relocated.append(unit)

    def close(self, lost: list[int], free: list[int]) -> None:
        """Match what can be matched between two anchors; what remains becomes pairs of old and new."""
        if not lost and not free:
            return
        if not lost or not free or self.same(lost, free):
            self.remain(lost, free)
            return
        a = [self.stream.norms[i] for i in lost]
        b = [self.actual.norms[j] for j in free]
        for op, i1, i2, j1, j2 in fine(a, b):
            if op == "equal":
                for i, j in zip(lost[i1:i2], free[j1:j2], strict=True):
                    self.to[i], self.back[j] = j, i
            else:
                self.remain(lost[i1:i2], free[j1:j2])

    def remain(self, lost: list[int], free: list[int]) -> None:
        if lost and free and self.same(lost, free):
            return
        if not lost and free and free[-1] - free[0] == len(free) - 1 and self.peel_repeat(free[0], free[-1] + 1):
            return
        lost, free = self.trim(lost, free)
        left = [(self.stream.norms[i], _class(self.stream.kinds[i])) for i in lost]
        right = [(self.actual.norms[j], _class(self.actual.kinds[j])) for j in free]
        self.pairs += [(None if x is None else lost[x], None if y is None else free[y]) for x, y in pair(left, right)]

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
        forms = {self.compact(lost, glue=glue, split=split) for glue in (False, True) for split in (False, True)}
        said = _compact([actual.norms[j] for j in free], ())
        if said not in forms and not self.same_citation(lost, free):
            return False
        for k, i in enumerate(lost):
            self.to[i] = free[min(k, len(free) - 1)]
        for k, j in enumerate(free):
            self.back[j] = lost[k] if len(lost) == len(free) and stream.norms[lost[k]] == actual.norms[j] else -3
        return True

    def compact(self, lost: list[int], *, glue: bool, split: bool) -> str:
        stream = self.stream
        norms = [stream.norms[i] for i in lost]
        joints: set[int] = set()
        if glue:  # a raised citation closes up with the number before it, where the format does not tell it is raised
            for k in range(1, len(lost)):
                owner, before = stream.entry[lost[k]], stream.entry[lost[k - 1]]
                if owner != before and owner is not None and self.expected.entries[owner].get("kind") == "citation":
                    joints.add(k)
        if split:  # a line may end between the groups of a long number, or its thin spaces come out as ordinary ones
            norms = [
                _GROUPS.sub("\0", self.said(i)) if stream.kinds[i] == NUMBER and _GROUPS.search(self.said(i)) else norm
                for i, norm in zip(lost, norms, strict=True)
            ]
        return _compact(norms, joints)

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
        """The expected token nearest before a token that was not expected."""
        for at in range(j - 1, max(-1, j - 400), -1):
            if self.back[at] >= 0:
                return self.back[at]
            if at in self._paired:
                return self._paired[at]
        for at in range(j + 1, min(len(self.back), j + 400)):
            if self.back[at] >= 0:
                return self.back[at]
        return None

    def where(self, i: int | None, j: int | None) -> str:
        parts: list[str] = []
        at = j if j is not None else (self.near(i) if i is not None else None)
        place = self.actual.blocks[self.actual.block[at]].place if at is not None else None
        if i is None and j is not None and place is not None and not place.page and place.part == "body":
            # its own place in the file
            if place.section:
                parts.append(place.section)
            if place.table:
                table = self.table_of(place.table)
                parts.append(f"{table}, row {place.row}, column {place.column}")
            elif self.actual.blocks[self.actual.block[j]].kind in ("paragraph", "page"):
                parts.append(f"paragraph {place.paragraph}")
            else:
                parts.append(self.actual.blocks[self.actual.block[j]].kind)
        else:
            if i is None and j is not None:
                near = self.home(j)
                block = self.expected.blocks[self.stream.block[near]] if near is not None else None
            else:
                block = self.expected.blocks[self.stream.block[i]] if i is not None else None
            if block is not None:
                line = self.line_of(i) if block.kind == "figure" and i is not None else ""
                parts.append(describe(self.expected, block) + (f", “{line}”" if line else ""))
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
        names: Counter[str] = Counter()
        for index, block in enumerate(self.actual.blocks):
            if block.place.table == ordinal:
                for j in range(self.actual.first[index], self.end_of(index)):
                    if self.back[j] >= 0:
                        table = self.expected.blocks[self.stream.block[self.back[j]]].table
                        if table:
                            names[table] += 1
        return table_label(self.expected, names.most_common(1)[0][0]) if names else f"table {ordinal} of the file"

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
            self.judge_cells()
        self.judge_moved()
        verdict.findings += [finding for finding, _, _ in self._findings]
        peeled = sum(1 for j, i in enumerate(self.back) if i == -2 and is_numeric(self.actual.kinds[j]))
        verdict.numbers += peeled
        if peeled:
            verdict.by_class["furniture"] += peeled

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

    def once(self, kind: str, key: object) -> bool:
        if (kind, key) in self._told:
            return False
        self._told.add((kind, key))
        return True

    def judge_pairs(self, verdict: FileVerdict) -> None:
        stream, actual = self.stream, self.actual
        numbers = {i for i, _ in self.pairs if i is not None and is_numeric(stream.kinds[i])}
        self._paired = {j: i for i, j in self.pairs if i is not None and j is not None}
        news = {j for _, j in self.pairs if j is not None and is_numeric(actual.kinds[j])}
        for i, j in self.pairs:
            old = is_numeric(stream.kinds[i]) if i is not None else False
            new = is_numeric(actual.kinds[j]) if j is not None else False
            if new:
                verdict.numbers += 1
            if old and new:
                why = "" if _bare(stream.norms[i]) != _bare(actual.norms[j]) else "its sign or mark is another"  # type: ignore[index]
                self.add("altered", i, j, why)
                continue
            if old:
                self.add("missing", i, None)
            if new:
                self.add("unaccounted", None, j, "it stands nowhere in the ledger")
            if old or new:
                if i is not None and not old:
                    self.judge_word(i, None, numbers, news)
                if j is not None and not new:
                    self.judge_word(None, j, numbers, news)
                continue
            self.judge_word(i, j, numbers, news)

    def judge_word(self, i: int | None, j: int | None, numbers: set[int], news: set[int]) -> None:
        """A word or symbol that came, went or changed: does it touch a number, a claim or a label?"""
        stream, actual = self.stream, self.actual
        entry = stream.entry[i] if i is not None else None
        if entry is not None and i is not None:
            if self.once("entry", entry):
                kind = self.expected.entries[entry].get("kind")
                what = "the claim was changed" if kind == "claim" else ""
                self.add("altered" if j is not None else "missing", i, j, what, expected=self.entry_text(entry))
            return
        claims = self.claims_at(j)
        if (i is not None and stream.claim[i]) or claims:
            if self.once("claim", (i, claims)):
                verdict = "altered" if i is not None and j is not None else "missing" if j is None else "unaccounted"
                self.add(verdict, i, j, "a claim that the ledger does not hold" if claims else "a claim is gone")
            return
        word = (i is not None and stream.kinds[i] == WORD) or (j is not None and actual.kinds[j] == WORD)
        beside = self.beside(i, j)
        if not word:
            if beside is None:
                self.prose += 1
            elif beside >= 0 and beside not in numbers and self.once("symbol", beside):
                self.around("a sign beside the number was changed", beside, i, j)
            return
        norms = {stream.norms[i] if i is not None else "", actual.norms[j] if j is not None else ""} - {""}
        if norms & NEGATIONS and self.by_number_or_claim(i, j):
            self.add("altered", i, j, "a word that turns the sentence round came or went")
            return
        block = self.block_of(i, j)
        if block in ("cell", "figure"):
            self.add(
                "altered",
                i,
                j,
                "a label was changed" if i is not None else "words that the table or figure does not have",
            )
            return
        if (norms & self.expected.arm_words and len(norms) == 2) or (norms & LOADED and self.by_number_or_claim(i, j)):
            self.add("altered", i, j, "a word that says what the numbers stand for was changed")
            return
        after = self.unit_of(i, j)
        if after is not None and after not in numbers and self.once("unit", after):
            self.around("the word after the number was changed", after, i, j)
            return
        self.prose += 1

    def around(self, why: str, number: int, i: int | None, j: int | None) -> None:
        """A finding about a matched number whose neighbour was changed: shows both with their neighbour."""
        stream = self.stream
        block = stream.block[number]
        low, high = max(number - 2, 0), min(number + 3, len(stream))
        inside = [k for k in range(low, high) if stream.block[k] == block]
        text = self.expected.blocks[block].text
        expected = text[stream.start[inside[0]] : stream.end[inside[-1]]]
        at = self.to[number]
        low, high = max(at - 2, 0), min(at + 3, len(self.actual))
        near = [k for k in range(low, high) if self.actual.block[k] == self.actual.block[at]]
        whole = self.actual.blocks[self.actual.block[at]].text
        said = whole[self.actual.tokens[near[0]].start : self.actual.tokens[near[-1]].end].replace("\n", " ")
        self.add("altered", number, at, why, text=said, expected=expected)

    def beside(self, i: int | None, j: int | None) -> int | None:
        """The expected number that a symbol stands next to; -1 for a number that was not expected; None for none."""
        if i is not None:
            for at in (i - 1, i + 1, i - 2, i + 2):
                if 0 <= at < len(self.stream) and self.stream.block[at] == self.stream.block[i]:
                    if is_numeric(self.stream.kinds[at]):
                        return at if self.to[at] >= 0 else -1
                    if abs(at - i) == 1 and self.stream.kinds[at] != SYMBOL and at > i:
                        break
        for at in () if j is None else (j - 1, j + 1):
            if self.actual.numeric(at) and self.actual.block[at] == self.actual.block[j or 0]:
                return self.back[at] if self.back[at] >= 0 else -1
        return None

    def unit_of(self, i: int | None, j: int | None) -> int | None:
        """The number that a word directly follows, where it is (or stands in the place of) the number's unit."""
        if (
            i is not None
            and i > 0
            and is_numeric(self.stream.kinds[i - 1])
            and self.stream.block[i - 1] == self.stream.block[i]
        ):
            return i - 1 if self.to[i - 1] >= 0 else None
        if i is None and j is not None and j > 0 and is_numeric(self.actual.kinds[j - 1]) and self.back[j - 1] >= 0:
            return self.back[j - 1]
        return None

    def block_of(self, i: int | None, j: int | None) -> str:
        if i is not None:
            return self.expected.blocks[self.stream.block[i]].kind
        if j is not None:
            kind = self.actual.blocks[self.actual.block[j]].kind
            if kind != "page":
                return kind
        return ""

    def by_number_or_claim(self, i: int | None, j: int | None) -> bool:
        """Does it stand near a number or claim that is still there?"""
        stream = self.stream
        if i is not None:
            for at in range(max(0, i - NEAR), min(len(stream), i + NEAR + 1)):
                if stream.block[at] == stream.block[i] and self.to[at] >= 0 and self.tells(at):
                    return True
        if j is not None:
            for at in range(max(0, j - NEAR), min(len(self.actual), j + NEAR + 1)):
                if self.actual.block[at] == self.actual.block[j] and self.back[at] >= 0 and self.tells(self.back[at]):
                    return True
        return False

    def tells(self, i: int) -> bool:
        return is_numeric(self.stream.kinds[i]) or self.stream.claim[i]

    def claims_at(self, j: int | None) -> tuple[int, int, int] | None:
        """The claim word of the file (block, from, to) that a token is a part of."""
        if j is None or self.actual.kinds[j] == SYMBOL:
            return None
        block = self.actual.block[j]
        if block not in self._claims_of:
            self._claims_of[block] = find_softened(self.expected.lexicon, self.actual.blocks[block].text)
        token = self.actual.tokens[j]
        for low, high in self._claims_of[block]:
            if low < token.end and high > token.start:
                return (block, low, high)
        return None

    def judge_cells(self) -> None:
        """Numbers that stand in another row or column of their table than the rest of that row and column."""
        rows: dict[tuple[str, int, int], Counter[int]] = {}
        columns: dict[tuple[str, int, int], Counter[int]] = {}
        members: list[tuple[int, int, ExpectedBlock]] = []
        for i, j in enumerate(self.to):
            if j < 0:
                continue
            block = self.expected.blocks[self.stream.block[i]]
            if block.kind != "cell" or block.table is None or block.row is None or block.column is None:
                continue
            place = self.actual.blocks[self.actual.block[j]].place
            if not place.table:
                continue
            rows.setdefault((block.table, place.table, block.row), Counter())[place.row] += 1
            columns.setdefault((block.table, place.table, block.column), Counter())[place.column] += 1
            if is_numeric(self.stream.kinds[i]) or self.stream.entry[i] is not None:
                members.append((i, j, block))
        best_row = {key: count.most_common(1)[0][0] for key, count in rows.items()}
        best_column = {key: count.most_common(1)[0][0] for key, count in columns.items()}
        for i, j, block in members:
            place = self.actual.blocks[self.actual.block[j]].place
            table = str(block.table)
            if (
                best_row[table, place.table, block.row or 0] != place.row
                or best_column[table, place.table, block.column or 0] != place.column
            ):
                self.add("moved", i, j, f"it now stands in row {place.row}, column {place.column} of the file's table")

    def judge_moved(self) -> None:
        """A changed number that is its neighbour's, or one lost here and found there, was moved."""
        stream, actual = self.stream, self.actual
        wanted: dict[str, list[int]] = {}
        for finding, i, _ in self._findings:
            if (
                i is not None
                and finding.verdict in ("altered", "missing")
                and is_numeric(stream.kinds[i])
                and self.to[i] < 0
            ):
                wanted.setdefault(stream.norms[i], []).append(i)
        out: list[tuple[Finding, int | None, int | None]] = []
        gone: set[int] = set()
        for finding, i, j in self._findings:
            if j is None or not is_numeric(actual.kinds[j]) or finding.verdict not in ("altered", "unaccounted"):
                out.append((finding, i, j))
                continue
            if self.back[j] >= 0:
                out.append((finding, i, j))
                continue
            candidates = [k for k in wanted.get(actual.norms[j], ()) if k != i]
            if i is not None:
                unit = self.expected.blocks[stream.block[i]].unit
                candidates = [k for k in candidates if self.expected.blocks[stream.block[k]].unit == unit]
            else:
                candidates = [k for k in candidates if k not in gone]
            if not candidates:
                out.append((finding, i, j))
                continue
            k = candidates[0]
            why = f"it is the number of {self.owner(k) or self.said(k)}"
            if i is None:
                gone.add(k)
                finding = replace(finding, verdict="moved", expected=self.where(k, None), name=self.owner(k), why=why)
            else:
                finding = replace(finding, verdict="moved", why=why)
            out.append((finding, i, j))
        self._findings = [
            (finding, i, j)
            for finding, i, j in out
            if not (finding.verdict == "missing" and i is not None and i in gone and j is None)
        ]


def find_softened(lexicon: Lexicon, text: str) -> list[tuple[int, int]]:
    """Claim words of a text, also those that a line's end has parted."""
    if "\u00ad" not in text:
        return lexicon.find(text)
    places = [k for k, char in enumerate(text) if char != "\u00ad"]
    return [(places[a], places[b - 1] + 1) for a, b in lexicon.find(text.replace("\u00ad", ""))]


def _class(kind: int) -> str:
    return "number" if is_numeric(kind) else "symbol" if kind == SYMBOL else "word"


def _bare(norm: str) -> str:
    return norm.strip("<>≤≥-+%‰")


def _compact(norms: Sequence[str], joints: set[int] | tuple[()]) -> str:
    """Tokens without the cuts between them, but for those that keep two numbers apart."""
    out = ""
    for k, norm in enumerate(norms):
        if out and out[-1] in "0123456789" and norm[:1] in "0123456789." and k not in joints:
            out += "\0"
        out += norm
    return out
