"""Nodes that are made of pieces of a file, and edits of a node told as new texts of its pieces."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from benchmarks.tampering.nodes import Edit, apply


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a node's text that lies in one place of the file. `at` is the format's own handle of that place;
    a piece whose `at` is None (a tab, a line break) can be seen but not edited."""

    text: str
    at: int | None


def rewritten(pieces: Sequence[Piece], edits: Iterable[Edit]) -> dict[int, str]:
    """The new text of each piece (by its handle) that the edits of one node change.

    What replaces text over several pieces stands in the first of them; what is inserted between two joins the one
    before.
    Raises ValueError where edits overlap, reach outside, or touch what cannot be edited.
    """
    starts = [0, *accumulate(len(piece.text) for piece in pieces)]
    inner: dict[int, list[Edit]] = {}
    for edit in edits:
        if not 0 <= edit.start <= edit.end <= starts[-1]:
            raise ValueError(f"{edit} reaches outside the text")
        first = bisect_right(starts, edit.start, hi=len(pieces)) - 1
        if edit.start == edit.end and edit.start == starts[first] and first > 0 and pieces[first - 1].at is not None:
            first -= 1
        last = max(first, bisect_right(starts, edit.end - 1, hi=len(pieces)) - 1)
        new = edit.new
        for k in range(first, last + 1):
            low = max(edit.start, starts[k]) - starts[k]
            high = min(edit.end, starts[k + 1]) - starts[k]
            if pieces[k].at is None and (high > low or new):
                raise ValueError(f"{edit} touches a tab or line break")
            if high > low or new:
                inner.setdefault(k, []).append(Edit(edit.node, low, high, new))
            new = ""
    out: dict[int, str] = {}
    for k, own in inner.items():
        at = pieces[k].at
        assert at is not None
        out[at] = apply(pieces[k].text, own)
    return out


def grouped(edits: Iterable[Edit]) -> dict[int, list[Edit]]:
    """The edits of each node."""
    of: dict[int, list[Edit]] = {}
    for edit in edits:
        of.setdefault(edit.node, []).append(edit)
    return of
