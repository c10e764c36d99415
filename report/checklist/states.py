"""What a paper does with each item of a guideline, from its ledger, its study file and where its words were found.

Nothing here is typed: an item is reported where an anchored stretch of text stands in the finished files, and else the
study file decides what the author still owes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from report.checklist.guidelines import Item, guideline, lists
from report.checklist.owed import answer, by_templates, owed_keys

REPORTED, NOT_APPLICABLE, NOT_DONE, OWED = (
    "reported at",
    "not applicable",
    "not done and said so",
    "author input needed",
)


@dataclass(frozen=True)
class Place:
    """Words of the paper that answer an item, and where they stand in its files (None: no such file at hand)."""

    item: str
    says: str
    block: str
    section: str
    text: str
    sentences: str = ""
    """The text with the rest of the sentences that it begins or ends in."""
    page: int | None = None
    """Page of the PDF, from 1 on."""
    line: int | None = None
    """Line of the line-numbered Word file, where a layout was at hand."""
    paragraph: int | None = None
    """Paragraph of the Word file, from 1 on."""
    absent_from: tuple[str, ...] = ()
    """Files in which the words were looked for and not found."""


@dataclass(frozen=True)
class State:
    """One row of the checklist."""

    item: Item
    state: str
    reason: str = ""
    """Why it does not apply; for what the author owes, what is lacking."""
    keys: tuple[str, ...] = ()
    """Keys of study.yml (or of its texts) that the author has to fill."""
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Checklist:
    """A filled guideline."""

    guideline: str
    states: tuple[State, ...]

    @property
    def debts(self) -> tuple[State, ...]:
        return tuple(one for one in self.states if one.state == OWED)


@dataclass(frozen=True)
class Facts:
    """The study file as plain data: with its defaults, and as given; and the author's texts by key."""

    study: Mapping[str, Any]
    given: Mapping[str, Any] | None = None
    prose: Mapping[str, str] = field(default_factory=dict)

    @property
    def stated(self) -> Mapping[str, Any]:
        return self.given if self.given is not None else self.study


def places_of(blocks: Iterable[Mapping[str, Any]]) -> list[Place]:
    """The anchored stretches of a ledger's blocks (as in ledger.json), in reading order; empty ones do not count."""
    out = []
    for block in blocks:
        for name, says, start, end in block.get("items") or ():
            text = str(block["text"])[start:end]
            if re.search(r"\w", text):
                whole = whole_sentences(str(block["text"]), start, end)
                out.append(Place(name, says, block["id"], block.get("section", ""), text, whole))
    return out


_ENDS = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bal)[.!?][)\]”’]*\s+(?=[A-Z0-9“‘(\[])")


def whole_sentences(text: str, start: int, end: int) -> str:
    """The sentences of a text that a stretch of it touches."""
    cuts = [0, *(found.end() for found in _ENDS.finditer(text)), len(text)]
    first = max(cut for cut in cuts if cut <= start)
    last = min(cut for cut in cuts if cut >= end)
    return text[first:last].strip()


def fill(facts: Facts, places: Sequence[Place]) -> tuple[Checklist, ...]:
    """The checklists of a paper: that of its design first, CONSORT beside it where that is another one, extensions."""
    return tuple(
        Checklist(key, tuple(_state(item, facts, places, key) for item in guideline(key).items))
        for key in lists(facts.study)
    )


def owed_items(checklists: Sequence[Checklist]) -> tuple[tuple[str, State], ...]:
    """What the author owes, each debt once: (guideline, state), CONSORT first, then what other lists ask beside it."""
    found: list[tuple[str, State]] = []
    told: set[str] = set()
    for one in sorted(checklists, key=lambda one: one.guideline != "consort"):
        mine = [state for state in one.debts if one.guideline == "consort" or not told >= set(state.keys)]
        found += [(one.guideline, state) for state in mine]
        told |= {key for state in mine for key in state.keys}
    return tuple(found)


def consort_of(checklists: Sequence[Checklist]) -> Checklist:
    """The list of CONSORT, which every paper has."""
    return next(one for one in checklists if one.guideline == "consort")


def _state(item: Item, facts: Facts, places: Sequence[Place], of: str) -> State:
    if of == "consort":
        return _own(item, facts, places)
    consort = {one.id: one for one in guideline("consort").items}
    parts = [
        _own(consort[name], facts, places, titled=of in ("strobe", "trend"))
        if name in consort
        else _anchored(item, name, facts, places)
        for name in item.answered_by
    ]
    stands = [part for part in parts if part.state != NOT_APPLICABLE]
    worst = min(stands or parts, key=lambda part: [OWED, REPORTED, NOT_DONE, NOT_APPLICABLE].index(part.state))
    keys = tuple(dict.fromkeys(key for part in parts for key in part.keys))
    found = tuple(place for part in stands for place in part.places)
    return State(item, worst.state, worst.reason, keys, found)


def _anchored(item: Item, name: str, facts: Facts, places: Sequence[Place]) -> State:
    """The state of an item that CONSORT itself does not have."""
    told = answer(facts.study, item.key)
    reason = told.get("not_applicable") if isinstance(told, Mapping) else None
    if item.never or reason:
        return State(item, NOT_APPLICABLE, item.never or str(reason))
    anchored = [place for place in places if place.item == name]
    found = tuple(place for place in anchored if not place.absent_from)
    keys = owed_keys(item, facts.study, facts.stated, facts.prose)
    if keys:
        return State(item, OWED, "told in part" if found else "the study file does not tell it", keys, found)
    if found:
        return _said(item, found)
    if item.otherwise and not anchored:
        return State(item, NOT_APPLICABLE, item.otherwise)
    return State(item, OWED, _lost(anchored), (item.key or f'{{{{ item("{name}") }}}} in a text',))


def _said(item: Item, found: tuple[Place, ...]) -> State:
    """The state of an item whose words stand in the files: reported, or said to be not done or not reported."""
    says = [place.says for place in found]
    if "reported" in says:
        return State(item, REPORTED, places=found)
    return State(item, NOT_DONE, "said to be not reported" if "not reported" in says else "", places=found)


def _lost(anchored: Sequence[Place]) -> str:
    if anchored:
        return f"its words are not in {', '.join(anchored[0].absent_from)}"
    return "no paragraph of the paper answers it"


def _own(item: Item, facts: Facts, places: Sequence[Place], *, titled: bool = False) -> State:
    """The state of an item of CONSORT; ``titled`` where the title counts although nobody was randomised."""
    reason = not_applicable(item, facts, titled=titled)
    found = tuple(place for place in places if place.item == item.id and not place.absent_from)
    if reason and not (found and item.id in ("21d", "28")):
        return State(item, NOT_APPLICABLE, reason)
    keys = owed_keys(item, facts.study, facts.stated, facts.prose)
    if keys:
        return State(item, OWED, "the study file does not tell it" if not found else "told in part", keys, found)
    if not found:
        lost = _lost([place for place in places if place.item == item.id])
        return State(item, OWED, lost, (item.key or f'{{{{ item("{item.id}") }}}} in a text',))
    return _said(item, found)


def not_applicable(item: Item, facts: Facts, *, titled: bool = False) -> str:
    """Why an item of CONSORT does not apply to a study, or an empty text."""
    design = facts.study["design"]
    told = answer(facts.study, item.key)
    if isinstance(told, Mapping) and told.get("not_applicable"):
        return str(told["not_applicable"])
    if item.not_randomised and design["allocation"] != "randomised" and not (titled and item.id == "1a"):
        return item.not_randomised.get(design["assigned_by"]) or item.not_randomised["routine care"]
    if item.id == "20b" and set(design["blinding"].values()) <= {"no", "unknown"} and not told:
        return "nobody is known to have been blinded"
    if item.id in ("21d", "28") and not (facts.study.get("subgroups") or facts.study.get("sensitivity")):
        return "no subgroup or other additional analysis is declared"
    return ""


def debts(facts: Facts) -> tuple[tuple[str, State], ...]:
    """What the author still owes by the study file alone, before anything is computed or written: of the guideline of
    the design, item by item, with the keys to fill: CONSORT first, then what the lists beside it ask for."""
    out = []
    anchored = {name for text in facts.prose.values() for name in _anchors_in(text)}
    for item in guideline("consort").items:
        if not_applicable(item, facts, titled=True):
            continue
        keys = owed_keys(item, facts.study, facts.stated, facts.prose)
        alone = item.key and not item.asks and not answer(facts.study, item.key)
        if not keys and alone and item.id not in anchored | by_templates(facts.study):
            keys = (item.key,)
        if keys:
            out.append(State(item, OWED, "", keys))
    beside = _debts_beside(facts, anchored, {key for one in out for key in one.keys})
    return (*(("consort", one) for one in out), *beside)


def _debts_beside(facts: Facts, anchored: set[str], told: set[str]) -> Iterator[tuple[str, State]]:
    """What the lists beside CONSORT ask for and CONSORT does not."""
    for of in lists(facts.study):
        for item in guideline(of).items if of != "consort" else ():
            keys = owed_keys(item, facts.study, facts.stated, facts.prose)
            alone = item.key and not item.otherwise and not answer(facts.study, item.key)
            if not keys and alone and not anchored & set(item.answered_by):
                keys = (item.key,)
            if keys and not told >= set(keys):
                told |= set(keys)
                yield of, State(item, OWED, "", keys)


def _anchors_in(text: str) -> set[str]:
    calls = re.findall(r"\bitem\(([^)]*)\)", text)
    return {name for call in calls for name in re.findall(r"[\"']([^\"']+)[\"']", call)}
