"""Aligning two token streams: what a file should hold and what it holds.

Equal streams cost one comparison. Else runs of tokens that occur once in both are found first (the "patience" way), in
order; what lies between is small and is left to difflib. The cost is linear where files are clean.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from difflib import SequenceMatcher

Run = tuple[int, int, int]
"""A run of equal tokens: where it begins in the first stream, where in the second, how long it is."""

MAX_DIFFLIB = 4_000_000
"""Product of lengths up to which difflib is asked."""


def coarse(a: Sequence[str], b: Sequence[str], lengths: Sequence[int] = (8, 4, 3)) -> list[Run]:
    """Runs of equal tokens in order, found by groups of tokens that occur exactly once on both sides."""
    runs: list[Run] = []
    work = [(0, len(a), 0, len(b), 0)]
    while work:
        a0, a1, b0, b1, level = work.pop()
        head = 0
        limit = min(a1 - a0, b1 - b0)
        while head < limit and a[a0 + head] == b[b0 + head]:
            head += 1
        if head:
            runs.append((a0, b0, head))
            a0, b0 = a0 + head, b0 + head
        tail = 0
        limit = min(a1 - a0, b1 - b0)
        while tail < limit and a[a1 - tail - 1] == b[b1 - tail - 1]:
            tail += 1
        if tail:
            runs.append((a1 - tail, b1 - tail, tail))
            a1, b1 = a1 - tail, b1 - tail
        if a0 == a1 or b0 == b1:
            continue
        while level < len(lengths):
            chain = _anchors(a, a0, a1, b, b0, b1, lengths[level])
            if chain:
                last_a, last_b = a0, b0
                for at, bt in chain:
                    if at < last_a or bt < last_b:
                        continue
                    work.append((last_a, at, last_b, bt, level))
                    last_a, last_b = at, bt
                    # the anchor itself is the head of the next piece, and is extended there
                work.append((last_a, a1, last_b, b1, level))
                break
            level += 1
    runs.sort()
    return _merge(runs)


def _anchors(
    a: Sequence[str], a0: int, a1: int, b: Sequence[str], b0: int, b1: int, length: int
) -> list[tuple[int, int]]:
    """Starts of token groups of a length that are unique on both sides, in increasing order on both."""
    mine = _unique(a, a0, a1, length)
    theirs = _unique(b, b0, b1, length)
    pairs = [(position, theirs[key]) for key, position in mine.items() if position >= 0 and theirs.get(key, -1) >= 0]
    chain = longest_increasing(pairs)
    # neighbours on one diagonal are one run: its first start is enough
    kept: list[tuple[int, int]] = []
    before = (-2, -2)
    for at, bt in chain:
        if (at - before[0], bt - before[1]) != (1, 1):
            kept.append((at, bt))
        before = (at, bt)
    return kept


def _unique(tokens: Sequence[str], low: int, high: int, length: int) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    piece = list(tokens[low:high])
    for offset, key in enumerate(zip(*(piece[i:] for i in range(length)), strict=False)):
        found[key] = -1 if key in found else low + offset
    return found


def longest_increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest chain of pairs (given in order of the first) that also grows in the second."""
    tails: list[int] = []
    tail_at: list[int] = []
    before: list[int] = [-1] * len(pairs)
    for index, (_, second) in enumerate(pairs):
        at = bisect_left(tails, second)
        before[index] = tail_at[at - 1] if at else -1
        if at == len(tails):
            tails.append(second)
            tail_at.append(index)
        else:
            tails[at] = second
            tail_at[at] = index
    chain: list[tuple[int, int]] = []
    index = tail_at[-1] if tail_at else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _merge(runs: list[Run]) -> list[Run]:
    merged: list[Run] = []
    for a, b, n in runs:
        if merged and merged[-1][0] + merged[-1][2] == a and merged[-1][1] + merged[-1][2] == b:
            merged[-1] = (merged[-1][0], merged[-1][1], merged[-1][2] + n)
        else:
            merged.append((a, b, n))
    return merged


def gaps(runs: list[Run], a_length: int, b_length: int) -> list[tuple[int, int, int, int]]:
    """What lies between the runs: (a from, a to, b from, b to)."""
    found = []
    a0 = b0 = 0
    for a, b, n in [*runs, (a_length, b_length, 0)]:
        if a > a0 or b > b0:
            found.append((a0, a, b0, b))
        a0, b0 = a + n, b + n
    return found


def fine(a: Sequence[str], b: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """difflib's operations between two short pieces."""
    if len(a) * len(b) > MAX_DIFFLIB:
        return [("replace", 0, len(a), 0, len(b))]
    return SequenceMatcher(None, a, b, autojunk=False).get_opcodes()  # type: ignore[return-value]


GAP = 105
"""What it costs to leave a token without a partner. Two of them cost more than two tokens of one kind that differ, so
that swapped numbers are told where they stand, and less than two tokens of different kinds."""


def pair(a: Sequence[tuple[str, str]], b: Sequence[tuple[str, str]]) -> list[tuple[int | None, int | None]]:
    """The likeliest pairing, in order, of tokens that differ: numbers with numbers, words with words."""
    if not a or not b:
        return [(i, None) for i in range(len(a))] + [(None, j) for j in range(len(b))]
    if len(a) * len(b) > 250_000:
        common = min(len(a), len(b))
        return (
            [(i, i) for i in range(common)]
            + [(i, None) for i in range(common, len(a))]
            + [(None, j) for j in range(common, len(b))]
        )
    gap = GAP
    width = len(b) + 1
    cost = [[gap * j for j in range(width)]]
    for i, left in enumerate(a, 1):
        row = [gap * i]
        above = cost[-1]
        for j, right in enumerate(b, 1):
            row.append(min(above[j - 1] + _distance(left, right), above[j] + gap, row[j - 1] + gap))
        cost.append(row)
    out: list[tuple[int | None, int | None]] = []
    i, j = len(a), len(b)
    while i or j:
        if i and j and cost[i][j] == cost[i - 1][j - 1] + _distance(a[i - 1], b[j - 1]):
            i, j = i - 1, j - 1
            out.append((i, j))
        elif i and cost[i][j] == cost[i - 1][j] + gap:
            i -= 1
            out.append((i, None))
        else:
            j -= 1
            out.append((None, j))
    return out[::-1]


def _distance(left: tuple[str, str], right: tuple[str, str]) -> int:
    (a, a_class), (b, b_class) = left, right
    if a_class != b_class:
        return 250
    if a == b:
        return 0
    same = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        same += 1
    for x, y in zip(reversed(a), reversed(b), strict=False):
        if x != y:
            break
        same += 1
    return 100 - 50 * min(same, max(len(a), len(b))) // max(len(a), len(b))
