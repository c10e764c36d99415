"""What stands elsewhere: tables, figures, paragraphs and sentences that were placed elsewhere whole, and single numbers
in another number's place."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from report.audit.align import coarse, gaps, longest_increasing
from report.audit.expected import is_numeric
from report.audit.sentences import Key

if TYPE_CHECKING:
    from report.audit.compare import Comparison, Judged

Hole = tuple[int, int, int, int]
"""What lies between two runs of equal tokens: expected from, to; in the file from, to."""


def relocate_whole(c: Comparison) -> None:
    """Whole tables, figures, captions and paragraphs that stand word for word in another order, before anything else is
    aligned: so a section that went elsewhere is not matched piece by piece with what it passed.

    Of two stretches that changed places the shorter one is told as moved.
    """
    if _nearly_same(c):
        return
    theirs = _starts(c.actual.norms, c.back)
    mine = _starts(c.stream.norms, c.to)
    found: list[tuple[int, int, int]] = []
    for low, high in _unit_runs(c):
        said = c.stream.norms[low:high]
        key = tuple(said[:_KEY])
        if len(said) < _KEY or len(theirs.get(key, ())) > _MANY or len(mine.get(key, ())) > _MANY:
            continue
        if any(k != low and c.stream.norms[k : k + len(said)] == said for k in mine.get(key, ())):
            continue  # the ledger says the same twice (a heading and its paragraph may be another's whole)
        hits = [j for j in theirs.get(key, ()) if c.actual.norms[j : j + len(said)] == said]
        if len(hits) == 1 and _alone(c, hits[0], hits[0] + len(said)):
            found.append((low, hits[0], len(said)))
    found.sort()
    steps = [(i + k, j + k) for i, j, size in found for k in range(0, size, _KEY)]
    ordered = set(longest_increasing(steps))
    for i, j, size in found:
        if (i, j) in ordered or any(at != -1 for at in c.back[j : j + size]):
            continue
        c.to[i : i + size] = range(j, j + size)
        c.back[j : j + size] = range(i, i + size)
        c.relocated.append(c.expected.blocks[c.stream.block[i]].unit)


_KEY = 4
"""Tokens by which a stretch is looked up; shorter ones are left to the alignment."""
_MANY = 50
"""A beginning that stands more often than this tells nothing."""


def _nearly_same(c: Comparison) -> bool:
    """Do both texts differ in one small stretch only?"""
    a = [n for n, j in zip(c.stream.norms, c.to, strict=True) if j == -1]
    b = [n for n, i in zip(c.actual.norms, c.back, strict=True) if i == -1]
    size = min(len(a), len(b))
    head = next((k for k in range(size) if a[k] != b[k]), size)
    tail = next((k for k in range(size - head) if a[-1 - k] != b[-1 - k]), size - head)
    return size - head - tail < _SMALL


_SMALL = 50
"""Tokens that the ordinary way aligns well, whatever was done to them."""


def _starts(norms: list[str], partners: list[int]) -> dict[tuple[str, ...], list[int]]:
    """Where each few tokens begin that have no partner yet."""
    starts: dict[tuple[str, ...], list[int]] = {}
    for k, key in enumerate(zip(*(norms[n:] for n in range(_KEY)), strict=False)):
        if partners[k] == -1:
            starts.setdefault(key, []).append(k)
    return starts


def _alone(c: Comparison, low: int, high: int) -> bool:
    """Does a stretch of the file begin and end with a block, or in a PDF with a line?"""
    return _edge(c, low - 1, low) and _edge(c, high - 1, high)


def _edge(c: Comparison, one: int, other: int) -> bool:
    if one < 0 or other >= len(c.actual) or c.actual.block[one] != c.actual.block[other]:
        return True
    block = c.actual.blocks[c.actual.block[one]]
    between = block.text[c.actual.tokens[one].end : c.actual.tokens[other].start]
    return block.kind == "page" and "\n" in between


def _unit_runs(c: Comparison) -> list[tuple[int, int]]:
    """The stretches of the stream that stand together, without those that are matched already."""
    runs: list[tuple[int, int]] = []
    at = 0
    while at < len(c.stream):
        unit = c.expected.blocks[c.stream.block[at]].unit
        end = at
        while end < len(c.stream) and c.expected.blocks[c.stream.block[end]].unit == unit:
            end += 1
        if all(j == -1 for j in c.to[at:end]):
            runs.append((at, end))
        at = end
    return runs


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
            # of what stands before and after the unit only as much is its own as it lacks, in the same block
            own = target[y1:y2]
            if x1 == 0 and x2 < len(a):
                own = [j for j in own[-x2:] if _one_block(c, j, target[y2])]
            elif x2 == len(a) and x1 > 0:
                own = [j for j in own[: x2 - x1] if _one_block(c, j, target[y1 - 1])]
            if 0 < x1 < x2 < len(a) or own:
                c.close(members[x1:x2], own)
        c.relocated.append(unit)


def _one_block(c: Comparison, j: int, other: int) -> bool:
    """Do both stand in one block, which is not a whole page?"""
    block = c.actual.block[j]
    return block == c.actual.block[other] and c.actual.blocks[block].kind != "page"


def relocate_sentences(c: Comparison, holes: list[Hole]) -> None:
    """Sentences with numbers that stand elsewhere: for a look, since what stands round them is new."""
    starts: dict[tuple[str, ...], list[int]] = {}
    for j in (j for _, _, j1, j2 in holes for j in range(j1, j2)):
        if c.back[j] == -1 and c.begins_in_file(j):
            starts.setdefault(tuple(c.actual.norms[j : j + 4]), []).append(j)
    for tokens in _lost_sentences(c, holes) if starts else ():
        if len(tokens) < 6 or not any(is_numeric(c.stream.kinds[i]) for i in tokens):
            continue
        a = [c.stream.norms[i] for i in tokens]
        for j in starts.get(tuple(a[:4]), ()):
            end = j + 1
            while end < len(c.actual) and c.back[end] == -1 and not c.begins_in_file(end):
                end += 1
            b = c.actual.norms[j:end]
            found = coarse(a, b) if c.back[j] == -1 else []
            if sum(n for _, _, n in found) < 0.8 * len(a):
                continue
            for x, y, n in found:
                for k in range(n):
                    c.to[tokens[x + k]], c.back[j + y + k] = j + y + k, tokens[x + k]
            for x1, x2, y1, y2 in gaps(found, len(a), len(b)):
                c.close(tokens[x1:x2], list(range(j + y1, j + y2)))
            c.carried.append(next(i for i in tokens if is_numeric(c.stream.kinds[i])))
            break


def _lost_sentences(c: Comparison, holes: list[Hole]) -> list[list[int]]:
    """Sentences of paragraphs and notes of which no token was found."""
    found: list[list[int]] = []
    for i1, i2, _, _ in holes:
        sentences: dict[Key, list[int]] = {}
        for i in range(i1, i2):
            if c.expected.blocks[c.stream.block[i]].kind in ("paragraph", "note", "caption"):
                sentences.setdefault(c.sentence_of(i), []).append(i)
        found += [
            tokens
            for tokens in sentences.values()
            if c.begins(tokens[0]) and c.begins(tokens[-1] + 1) and all(c.to[i] == -1 for i in tokens)
        ]
    return found


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
