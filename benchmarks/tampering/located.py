"""Where a paper's nodes show what the ledger prints: worked out on the clean file, without the audit's help."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from benchmarks.tampering.nodes import Node

_DROPPED = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff-‐‑")
_SIGN = r"(?:(?<![\w\])%])[−+-](?=[\d.]))?"
_NUMBER = re.compile(
    _SIGN + r"\d{1,3}(?:[\u2009\u202f,]\d{3})+(?!\d)(?:\.\d+)?|" + _SIGN + r"(?:\d+(?:\.\d+)?|(?<!\w)\.\d+)"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry of the ledger where a node shows it: `nodes[node].text[start:end]`."""

    entry: str
    kind: str
    name: str
    node: int
    start: int
    end: int
    block: int


@dataclass(frozen=True, slots=True)
class Number:
    """One number as a reader sees it."""

    node: int
    start: int
    end: int
    text: str
    shown: Shown | None


@dataclass
class Located:
    """A clean paper beside its ledger."""

    nodes: Sequence[Node]
    ledger: Mapping[str, Any]
    results: Mapping[str, Any]
    shown: list[Shown] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Entries that no node shows (a figure that is an image)."""
    _runs: list[list[tuple[int, int, int]]] = field(default_factory=list)
    """For each node the stretches (start, end, block) that show a block of the ledger, in order."""
    _paragraphs: list[int] = field(default_factory=list)
    _reference: dict[int, int] = field(default_factory=dict)

    def block(self, node: int, at: int) -> int | None:
        """The ledger's block that a place of a node belongs to: the one that shows it, or the one before or after."""
        runs = self._runs[node]
        if not runs:
            return None
        k = bisect_right([start for start, _, _ in runs], at) - 1
        return runs[max(k, 0)][2]

    def zone(self, node: int, at: int) -> str:
        """Which part of the paper: for spreading cases over it."""
        if node in self._reference:
            return "references"
        if self.nodes[node].kind in ("header", "footer"):
            return "header and footer"
        found = self.block(node, at)
        if found is None:
            return "front matter"
        block = self.ledger["blocks"][found]
        if block["kind"] in ("cell", "caption", "note", "figure", "alt"):
            return {"cell": "tables", "caption": "captions", "note": "notes", "figure": "figures", "alt": "figures"}[
                block["kind"]
            ]
        section = str(block.get("section") or "")
        return "abstract" if section.startswith("Abstract") else "text" if section else "front matter"

    def place(self, node: int, at: int) -> tuple[str, ...]:
        """Words that say exactly where this is: all must stand in what a finding gives as its place."""
        if node in self._reference:
            return (f"References, number {self._reference[node]}",)
        if self.nodes[node].kind in ("header", "footer"):
            return (self.nodes[node].kind,)
        found = self.block(node, at)
        if found is None:
            return ()
        block = self.ledger["blocks"][found]
        section = str(block.get("section") or "").rpartition(" > ")[2]
        kind, table, figure = block["kind"], block.get("table"), block.get("figure")
        told = next((t for t in self.ledger["tables"] if t["id"] == table), None)
        named = told and f"{'Supplementary table S' if told.get('series') else 'Table '}{told['number']}"
        drawn = next((f["number"] for f in self.ledger["figures"] if f["id"] == figure), None)
        if kind == "cell":
            return (f"{named}, row {block['row']}, column {block['column']}",)
        if kind == "figure":
            line = next((s for s in block["text"].split("\n") if _squeezed(s) == _squeezed(self.nodes[node].text)), "")
            return (f"Figure {drawn}", line)
        if kind == "alt":
            return (f"Figure {drawn}, text alternative",)
        if kind in ("caption", "note"):
            return (f"{named}, {kind}" if named else f"Figure {drawn}, {kind}" if drawn else kind,)
        if kind == "paragraph":
            return (section, f"paragraph {self._paragraphs[found]}")
        return (section, kind)

    def sentences(self, node: int) -> list[tuple[int, int]]:
        """Where the sentences of a node begin and end."""
        text = self.nodes[node].text
        ends = [m.end() for m in re.finditer(r"[.!?](?=\s+[A-Z“(])|[.!?]\s*$", text)]
        starts = [0, *(e + len(text[e:]) - len(text[e:].lstrip()) for e in ends)]
        return [(a, b) for a, b in zip(starts, [*ends, len(text)], strict=False) if b > a]

    def numbers(self) -> list[Number]:
        """All numbers that a reader sees, in order, each with its entry where the ledger has one."""
        by_node: dict[int, list[Shown]] = {}
        for shown in self.shown:
            by_node.setdefault(shown.node, []).append(shown)
        found: list[Number] = []
        for index, node in enumerate(self.nodes):
            own = sorted(by_node.get(index, ()), key=lambda s: s.start)
            cuts = [0, *(c for s in own for c in (s.start, s.end)), len(node.text)]
            for low, high in pairwise(cuts):
                of = next((s for s in own if s.start == low and s.end == high), None)
                # what precedes stays in sight, so that a hyphen is not taken for a sign
                found += [
                    Number(index, m.start(), m.end(), m.group(), of) for m in _NUMBER.finditer(node.text, low, high)
                ]
        return found


def locate(nodes: Sequence[Node], ledger: Mapping[str, Any], results: Mapping[str, Any]) -> Located:
    """Finds every block of the ledger in the nodes: by its characters, without white space and hyphens."""
    located = Located(nodes, ledger, results, _runs=[[] for _ in nodes])
    chars: list[str] = []
    at: list[tuple[int, int]] = []
    for index, node in enumerate(nodes):
        if node.kind in ("header", "footer", "reference"):
            continue
        for k, c in enumerate(node.text):
            for d in _squeezed(c):
                chars.append(d)
                at.append((index, k))
    text = "".join(chars)
    taken = bytearray(len(text))
    cursor = 0
    section, paragraph = None, 0
    drawn = any(node.kind == "figure" for node in nodes)
    for unit in _units(ledger["blocks"]):
        if not drawn and ledger["blocks"][unit[0]]["kind"] == "figure":
            # figures are images here
            located.lost += [entry for b in unit for entry, _, _ in ledger["blocks"][b].get("spans") or ()]
            continue
        atoms = [
            (b, k, d) for b in unit for k, c in enumerate(ledger["blocks"][b].get("text") or "") for d in _squeezed(c)
        ]
        pieces = _find(text, taken, "".join(d for *_, d in atoms), 0, len(atoms), cursor, None)
        if sum(high - low for low, high, _ in pieces) < 0.9 * len(atoms):
            pieces = []  # the file does not show it as text: a figure that is an image
        where: dict[tuple[int, int], tuple[int, int]] = {}
        for low, high, place in pieces:
            taken[place : place + high - low] = b"\1" * (high - low)
            for k in range(low, high):
                where[atoms[k][:2]] = at[place + k - low]
            cursor = place + high - low
        for b in unit:
            block = ledger["blocks"][b]
            spread: dict[int, list[int]] = {}
            for k in range(len(block.get("text") or "")):
                if (b, k) in where:
                    node, offset = where[b, k]
                    spread.setdefault(node, []).append(offset)
            for node, offsets in spread.items():
                located._runs[node].append((min(offsets), max(offsets) + 1, b))
            for entry, low, high in block.get("spans") or ():
                item = ledger["entries"].get(entry)
                ends = [where[b, k] for k in range(low, high) if (b, k) in where]
                if item is None or not ends or ends[0][0] != ends[-1][0]:
                    located.lost.append(entry)
                    continue
                first, last = ends[0], ends[-1]
                located.shown.append(
                    Shown(entry, str(item["kind"]), str(item["name"]), first[0], first[1], last[1] + 1, b)
                )
    for block in ledger["blocks"]:
        if block.get("section", "") != section:
            section, paragraph = block.get("section", ""), 0
        paragraph += block["kind"] == "paragraph"
        located._paragraphs.append(paragraph)
    for runs in located._runs:
        runs.sort()
    _references(located)
    return located


def _references(located: Located) -> None:
    """Which nodes are the entries of the list of references."""
    begun, number = False, 0
    for index, node in enumerate(located.nodes):
        if node.kind == "heading" or (not begun and node.text.strip() == "References"):
            begun = node.text.strip() == "References"
        elif node.kind == "reference" or (begun and node.kind not in ("header", "footer", "cell", "figure", "alt")):
            head = re.match(r"\s*(\d+)\.(?:\s|$)", node.text)
            if head and int(head[1]) == number + 1:
                number += 1
            if number:
                located._reference[index] = number


def _units(blocks: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """What a format keeps together: the cells of one table, else a block alone."""
    units: list[list[int]] = []
    table = None
    for index, block in enumerate(blocks):
        own = block.get("table") if block["kind"] == "cell" else None
        if own is not None and own == table:
            units[-1].append(index)
        elif block.get("text"):
            units.append([index])
        table = own
    return units


def _find(
    text: str, taken: bytearray, wanted: str, low: int, high: int, cursor: int, limit: int | None
) -> list[tuple[int, int, int]]:
    """Where wanted[low:high] stands in the text: whole, or else in halves one after the other (page breaks)."""
    piece = wanted[low:high]
    if not piece:
        return []
    for start in (cursor, 0) if limit is None else (cursor,):
        place = text.find(piece, start, limit if limit is not None else len(text))
        while place >= 0 and any(taken[place : place + len(piece)]):
            place = text.find(piece, place + 1, limit if limit is not None else len(text))
        if place >= 0:
            return [(low, high, place)]
    if high - low < (2 if limit is not None else 40):
        return []
    middle = (low + high) // 2
    first = _find(text, taken, wanted, low, middle, cursor, limit)
    if not first:
        return _find(text, taken, wanted, middle, high, cursor, limit)
    after = first[-1][2] + first[-1][1] - first[-1][0]
    return first + _find(text, taken, wanted, middle, high, after, min(len(text), after + 3 * (high - low) + 3000))


def _squeezed(text: str) -> str:
    if text.isascii():
        return "".join(c for c in text if not c.isspace() and c != "-")
    return "".join(c for c in unicodedata.normalize("NFKC", text) if not c.isspace() and c not in _DROPPED)
