"""What stands elsewhere: tables, figures, paragraphs and sentences that were placed elsewhere whole, and single numbers
in another number's place."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from report.audit.align import coarse, gaps
from report.audit.expected import is_numeric
from report.audit.sentences import sentence_starts

if TYPE_CHECKING:
    from report.audit.compare import Comparison, Judged

Hole = tuple[int, int, int, int]
"""What lies between two runs of equal tokens: expected from, to; in the file from, to."""


def relocate(c: Comparison, holes: list[Hole]) -> None:
    """Whole tables, figures, captions and paragraphs that were placed elsewhere."""
    lost = [i for i1, i2, _, _ in holes for i in range(i1, i2) if c.to[i] == -1]
    free = [(j1, j2) for _, _, j1, j2 in holes if any(c.back[j] == -1 for j in range(j1, j2))]
    if not lost or not free:
        return
    units: dict[str, list[int]] = {}
    sizes: Counter[str] = Counter(c.expected.blocks[b].unit for b in c.stream.block)
    for i in lost:
        units.setdefault(c.expected.blocks[c.stream.block[i]].unit, []).append(i)
    where: dict[tuple[str, ...], list[int]] = {}
    for j1, j2 in free:
        piece = [j for j in range(j1, j2) if c.back[j] == -1]
        for x, y, z in zip(piece, piece[1:], piece[2:], strict=False):
            where.setdefault((c.actual.norms[x], c.actual.norms[y], c.actual.norms[z]), []).append(x)
    for unit, members in units.items():
        if len(members) < 0.9 * sizes[unit] or len(members) < 4:
            continue
        a = [c.stream.norms[i] for i in members]
        hits = [j for key in zip(a, a[1:], a[2:], strict=False) for j in where.get(key, ())]
        if len(hits) < 0.4 * (len(a) - 2):
            continue
        hole = Counter(bisect_right(free, (j, len(c.actual))) - 1 for j in hits).most_common(1)[0][0]
        j1, j2 = free[hole]
        home = next((h for h in holes if h[0] <= members[0] < h[1]), None)
        if home is not None and home[2:] == (j1, j2):
            continue  # it stands where it should: the ordinary way will find it
        inside = sorted(j for j in hits if j1 <= j < j2)
        middle = inside[len(inside) // 2]
        low, high = max(j1, middle - len(a) - 5), min(j2, middle + len(a) + 5)
        target = [j for j in range(low, high) if c.back[j] == -1]
        b = [c.actual.norms[j] for j in target]
        found = coarse(a, b)
        if sum(n for _, _, n in found) < (0.5 * len(a) if len(a) >= 8 else len(a)):
            continue  # a short one must be found whole
        for x, y, n in found:
            for k in range(n):
                c.to[members[x + k]] = target[y + k]
                c.back[target[y + k]] = members[x + k]
        for x1, x2, y1, y2 in gaps(found, len(a), len(b)):
            # what stands before and after the unit is not its own
            if 0 < x1 < len(a) and x2 < len(a):
                c.close(members[x1:x2], target[y1:y2])
        c.relocated.append(unit)


def relocate_sentences(c: Comparison, holes: list[Hole]) -> None:
    """Sentences with numbers that stand elsewhere word for word: for a look, since what stands round them is new."""
    free = [j for _, _, j1, j2 in holes for j in range(j1, j2) if c.back[j] == -1]
    if not free:
        return
    starts: dict[tuple[str, ...], list[int]] = {}
    for k in range(len(free) - 5):
        if free[k + 5] == free[k] + 5:
            starts.setdefault(tuple(c.actual.norms[free[k] : free[k] + 6]), []).append(free[k])
    for tokens in _lost_sentences(c, holes):
        if len(tokens) < 6 or not any(is_numeric(c.stream.kinds[i]) for i in tokens):
            continue
        norms = [c.stream.norms[i] for i in tokens]
        for j in starts.get(tuple(norms[:6]), ()):
            end = j + len(norms)
            if c.actual.norms[j:end] != norms or any(b != -1 for b in c.back[j:end]):
                continue
            for i, at in zip(tokens, range(j, end), strict=True):
                c.to[i], c.back[at] = at, i
            c.carried.append(next(i for i in tokens if is_numeric(c.stream.kinds[i])))
            break


def _lost_sentences(c: Comparison, holes: list[Hole]) -> list[list[int]]:
    """Sentences of paragraphs and notes of which no token was found."""
    found: list[list[int]] = []
    for i1, i2, _, _ in holes:
        at = i1
        while at < i2:
            index = c.stream.block[at]
            end = at
            while end < i2 and c.stream.block[end] == index:
                end += 1
            block = c.expected.blocks[index]
            if block.kind in ("paragraph", "note", "caption"):
                starts = sentence_starts(block.text)
                sentences: dict[int, list[int]] = {}
                for i in range(at, end):
                    sentences.setdefault(bisect_right(starts, c.stream.start[i]) - 1, []).append(i)
                for tokens in sentences.values():
                    whole = (tokens[0] == 0 or _other(c, starts, tokens[0] - 1, tokens[0])) and (
                        tokens[-1] + 1 == len(c.stream) or _other(c, starts, tokens[-1], tokens[-1] + 1)
                    )
                    if whole and all(c.to[i] == -1 for i in tokens):
                        found.append(tokens)
            at = end
    return found


def _other(c: Comparison, starts: list[int], one: int, next_one: int) -> bool:
    """Does a new sentence begin between two neighbouring expected tokens?"""
    if c.stream.block[one] != c.stream.block[next_one]:
        return True
    return bisect_right(starts, c.stream.start[one]) != bisect_right(starts, c.stream.start[next_one])


def judge_moved(c: Comparison, judged: list[Judged]) -> list[Judged]:
    """A changed number that is its neighbour's, or one lost here and found there, was moved."""
    stream, actual = c.stream, c.actual
    wanted: dict[str, list[int]] = {}
    for finding, i, _ in judged:
        if i is not None and finding.verdict in ("altered", "missing") and is_numeric(stream.kinds[i]) and c.to[i] < 0:
            wanted.setdefault(stream.norms[i], []).append(i)
    out: list[Judged] = []
    gone: set[int] = set()
    for finding, i, j in judged:
        if (
            j is None
            or not is_numeric(actual.kinds[j])
            or finding.verdict not in ("altered", "unaccounted")
            or c.back[j] >= 0
        ):
            out.append((finding, i, j))
            continue
        candidates = [k for k in wanted.get(actual.norms[j], ()) if k != i]
        if i is not None:
            unit = c.expected.blocks[stream.block[i]].unit
            candidates = [k for k in candidates if c.expected.blocks[stream.block[k]].unit == unit]
        else:
            candidates = [k for k in candidates if k not in gone]
        if not candidates:
            out.append((finding, i, j))
            continue
        k = candidates[0]
        why = f"it is the number of {c.owner(k) or c.said(k)}"
        if i is None:
            gone.add(k)
            finding = replace(finding, verdict="moved", expected=c.where(k, None), name=c.owner(k), why=why)
        else:
            finding = replace(finding, verdict="moved", why=why)
        out.append((finding, i, j))
    return [
        (finding, i, j)
        for finding, i, j in out
        if not (finding.verdict == "missing" and i is not None and i in gone and j is None)
    ]
