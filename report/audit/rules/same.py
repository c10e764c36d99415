"""The same statistic printed in several places: abstract, text, tables."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import groupby

from report.audit.checks import printed_value
from report.audit.expected import NUMBERS, Expected, ExpectedBlock
from report.audit.rules.intervals import Part, results
from report.audit.rules.paper import Paper, Passage
from report.audit.rules.printed import of_value
from report.audit.rules.rule import Fault, Rule
from report.audit.sentences import sentence_starts
from report.audit.tokens import Token, tokenise

Norms = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A file, and what its ledger expects of it where there is one."""

    paper: Paper
    expected: Expected | None


def same(whole: Whole) -> Iterator[Fault]:
    if whole.expected is not None:
        yield from _by_name(whole.paper, whole.expected)
    yield from _by_estimate(whole.paper)


# -- by the ledger's names -------------------------------------------------------------------------------------------


def _by_name(paper: Paper, expected: Expected) -> Iterator[Fault]:
    for name, places in _places(paper, expected).items():
        odd = _odd(places)
        if odd is None:
            continue
        place, other = odd
        others = tuple(one.spot for one in places if one is not place)
        why = f"{name} is printed as {place.text} here and as {other.text} elsewhere"
        yield Fault(place.text, why, other.text, name, place.spot, others)


def _odd(places: list[Part]) -> tuple[Part, Part] | None:
    """The place that agrees with the fewest others, and one with which it does not."""
    if max(place.printed.low for place in places) <= min(place.printed.high for place in places):
        return None
    agree = [sum(one.printed.overlaps(other.printed) for other in places) for one in places]
    if min(agree) == len(places):
        return None  # ties of binary fractions
    at = agree.index(min(agree))
    return places[at], next(other for other in places if not places[at].printed.overlaps(other.printed))


def _places(paper: Paper, expected: Expected) -> dict[str, list[Part]]:
    """Where the file prints each statistic: its sentences and rows are known by their words, whatever their numbers."""
    stream = expected.body
    masked = ["#" if kind in NUMBERS else norm for norm, kind in zip(stream.norms, stream.kinds, strict=True)]
    groups: dict[Norms, list[int]] = {}
    for first, last in _units(expected, _repeated(expected)):
        if last - first >= 3:
            groups.setdefault(tuple(masked[first:last]), []).append(first)
    if not groups:
        return {}
    tokens: list[Token] = []
    homes: list[Passage] = []
    for passage in paper.passages:
        if passage.block.kind not in ("figure", "alt"):
            tokens += tokenise(passage.block.text)
            homes += [passage] * (len(tokens) - len(homes))
    norms = ["#" if kind in NUMBERS else norm for norm, kind, _, _ in tokens]
    index = _index(norms, {mask[k : k + 3] for mask in groups for k in range(len(mask) - 2)})
    found: dict[str, list[Part]] = {}
    for mask, firsts in groups.items():
        for first, hit in _matched(mask, firsts, masked, norms, index):
            for entry, at in _entries(expected, first, len(mask)):
                run = [tokens[hit + i - first] for i in at]
                value, passage = printed_value(run), homes[hit + at[0] - first]
                if value is None or passage is not homes[hit + at[-1] - first]:
                    continue
                spot, printed = passage.spot(run[0].start, run[-1].end), of_value(value)
                name = str(expected.entries[entry].get("name"))
                if expected.entries[entry].get("transform") == "absolute":
                    name, printed = f"{name} (its sign left out)", abs(printed)
                text = passage.block.text[spot.start : spot.end]
                found.setdefault(name, []).append(Part(printed, text, spot))
    return found


def _index(norms: list[str], wanted: Set[Norms]) -> dict[Norms, list[int]]:
    """Where each three tokens in a row stand, of those that are wanted."""
    index: dict[Norms, list[int]] = defaultdict(list)
    for k, three in enumerate(zip(norms, norms[1:], norms[2:], strict=False)):
        if three in wanted:
            index[three].append(k)
    return index


def _matched(
    mask: Norms, firsts: list[int], masked: list[str], norms: list[str], index: dict[Norms, list[int]]
) -> Iterator[tuple[int, int]]:
    """(place in the ledger, place in the file) of a sequence of words. Where it stands several times, what stands
    before it must tell one from the other: tables and paragraphs may have changed their order."""
    hits = _hits(mask, norms, index)
    for more in (0, 15, 60):
        if len(firsts) == len(hits) == 1:
            yield firsts[0], hits[0]
        if len(firsts) < 2 or len(firsts) != len(hits):
            return
        before = [tuple(masked[max(0, first - more) : first]) for first in firsts]
        after = [tuple(norms[max(0, hit - more) : hit]) for hit in hits]
        if len(set(before)) == len(firsts) and set(before) == set(after):
            yield from ((first, hits[after.index(context)]) for first, context in zip(firsts, before, strict=True))
            return


def _hits(mask: Norms, norms: list[str], index: dict[Norms, list[int]]) -> list[int]:
    """Where a sequence of words stands, by its rarest three."""
    rarest, offset = min(
        ((index.get(mask[k : k + 3], []), k) for k in range(len(mask) - 2)), key=lambda item: len(item[0])
    )
    return [
        at - offset for at in rarest if at >= offset and tuple(norms[at - offset : at - offset + len(mask)]) == mask
    ]


def _entries(expected: Expected, first: int, length: int) -> Iterator[tuple[str, list[int]]]:
    """The results of a unit, each with the indices of its tokens."""
    runs: dict[str, list[int]] = {}
    for i in range(first, first + length):
        entry = expected.body.entry[i]
        if entry is not None and expected.entries[entry].get("kind") == "result":
            runs.setdefault(entry, []).append(i)
    yield from runs.items()


def _repeated(expected: Expected) -> set[str]:
    """The results that are printed more than once."""
    count = Counter(str(entry.get("name")) for entry in expected.entries.values() if entry.get("kind") == "result")
    return {
        key
        for key, entry in expected.entries.items()
        if entry.get("kind") == "result" and count[str(entry.get("name"))] > 1
    }


def _unit(block: ExpectedBlock) -> tuple[object, ...]:
    return (block.table, block.row) if block.kind == "cell" else (block.index,)


def _units(expected: Expected, wanted: set[str]) -> Iterator[tuple[int, int]]:
    """Sentences and rows of tables that hold a wanted entry, as ranges of the ledger's tokens."""
    stream = expected.body
    of_text = [block for block in expected.blocks if block.kind not in ("alt", "figure", "reference")]
    for _, members in groupby(of_text, key=_unit):
        blocks = list(members)
        if wanted.isdisjoint(entry for block in blocks for entry in block.entries):
            continue
        if blocks[0].kind == "cell":
            yield blocks[0].first, blocks[-1].last
            continue
        starts = sentence_starts(blocks[0].text)
        tokens = range(blocks[0].first, blocks[0].last)
        for _, sentence in groupby(tokens, key=lambda i: bisect_right(starts, stream.start[i])):
            indices = list(sentence)
            yield indices[0], indices[-1] + 1


# -- by what stands together -----------------------------------------------------------------------------------------

_ENOUGH = 5
"""Digits that must agree before two printed results are taken for one."""


def _by_estimate(paper: Paper) -> Iterator[Fault]:
    """An estimate, its interval and its P value in the abstract and elsewhere: where all but one of the four agree,
    they are the same result, and the fourth contradicts. No name is needed, so this works on any paper."""
    here: list[tuple[Part, ...]] = []
    there: list[tuple[Part, ...]] = []
    for result in results(paper):
        if result.estimate and result.p:
            parts = (result.estimate, result.low, result.high, result.p)
            (here if paper.in_abstract(result.spot) else there).append(parts)
    for one in here:
        apart = [(other, _differing(one, other)) for other in there]
        if any(not differing for _, differing in apart):
            continue
        for other, differing in apart:
            agreeing = sum(part.printed.digits for k, part in enumerate(one) if k not in differing)
            if len(differing) == 1 and agreeing >= _ENOUGH:
                mine, its = one[differing[0]], other[differing[0]]
                why = f"the abstract prints {mine.text} where the paper elsewhere prints {its.text} of the same result"
                yield Fault(
                    mine.text,
                    why,
                    its.text,
                    "",
                    mine.spot,
                    (*(part.spot for part in one), *(part.spot for part in other)),
                )
                break


def _differing(one: tuple[Part, ...], other: tuple[Part, ...]) -> list[int]:
    return [k for k, (a, b) in enumerate(zip(one, other, strict=True)) if not a.printed.overlaps(b.printed)]


ABSTRACT_RULE: Rule[Whole] = Rule(
    "T-ABSTRACT",
    "A statistic that is printed in several places (abstract, text, tables) is printed as one value, each place within the rounding of the others.",  # noqa: E501
    "CONSORT for abstracts (Hopewell 2008); by the ledger's names, without one by results of which all but one number agree",  # noqa: E501
    same,
)
