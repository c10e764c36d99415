"""The section on statistics names the methods and programs behind the numbers that the paper prints, and no others.

It is read in the finished file as a reader has it, by names (`templates/methods.yml`): a mark of the program that
wrote the sentences would bless what the program forgot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cached_property

from report.audit.expected import Expected
from report.audit.method_names import Name, Names, names, plain, used_by
from report.audit.rules.paper import Paper, Passage
from report.audit.rules.rule import Fault, Rule
from report.audit.rules.same import Whole
from report.audit.verdict import Spot

_TITLE = re.compile(
    r"[\d. ]*(?:statistic\w*(?: (?:analys[ei]s|methods?|considerations))?|data analys[ei]s)", re.IGNORECASE
)
_DENIED = re.compile(r"\b(?:not|no|nor|neither|never|without|instead of|rather than)\b[^.,;:]*$", re.IGNORECASE)
_NOT_RESULTS = ("none", "")


@dataclass(frozen=True)
class Section:
    """The section on statistics: where it stands in the passages of a file."""

    parts: tuple[tuple[Passage, int, int], ...]

    @cached_property
    def read(self) -> tuple[str, list[tuple[Passage, int]]]:
        """Its text as the patterns read it, and where each character stands."""
        words: list[str] = []
        places: list[tuple[Passage, int]] = []
        for passage, start, end in (part for part in self.parts if part[1] < part[2]):
            shown, at = plain(passage.text[start:end] + "\n")
            words.append(shown)
            places += [(passage, start + min(k, end - start - 1)) for k in at]
        return "".join(words), places

    def find(self, name: Name) -> Spot | None:
        """Where it is said first that this was used."""
        text, places = self.read
        for found in name.says.finditer(text):
            if not _DENIED.search(text[max(0, found.start() - 60) : found.start()]):
                (passage, start), (last, end) = places[found.start()], places[found.end() - 1]
                return passage.spot(start, end + 1 if last is passage else len(passage.text))
        return None


def section_of(paper: Paper, expected: Expected) -> Section | None:
    """The section: from its heading to the next heading of the paper, or to the end of a file without one; None where
    no line is such a heading."""
    headings = {_line(block.text) for block in expected.blocks if block.kind == "heading"}
    parts: list[tuple[Passage, int, int]] = []
    inside = False
    for passage in paper.prose:
        start = 0
        for line in re.finditer(r"[^\n]+", passage.text):
            said = _line(line.group())
            if not inside and _TITLE.fullmatch(said):
                inside, start = True, line.end()
            elif inside and said in headings:
                return Section((*parts, (passage, start, line.start())))
        if inside and start < len(passage.text):
            parts.append((passage, start, len(passage.text)))
    return Section(tuple(parts)) if parts else None


def _line(text: str) -> str:
    return " ".join(text.split()).casefold()


def methods_of(expected: Expected, *kinds: str) -> dict[str, str]:
    """The methods of the statistics that the ledger has as entries of these kinds, each with the first of them."""
    found: dict[str, str] = {}
    statistics, analyses = (expected.results.get(part) or {} for part in ("statistics", "analyses"))
    for entry in expected.entries.values():
        name = str(entry.get("name"))
        if entry.get("kind") in kinds and name in statistics:
            analysis = analyses.get(statistics[name].get("analysis")) or {}
            for method in used_by(statistics[name], analysis):
                found.setdefault(method, name)
    return {method: name for method, name in found.items() if method not in _NOT_RESULTS}


def run(expected: Expected) -> set[str]:
    """The methods of all analyses of the results, also of those that found nothing and of those not printed."""
    analyses = (expected.results.get("analyses") or {}).values()
    told = {str(one.get(key) or "") for one in analyses for key in ("method", "ci_method")}
    return told - set(_NOT_RESULTS)


def methods(whole: Whole) -> Iterator[Fault]:
    expected = whole.expected
    if expected is None or not expected.results:
        return
    section = section_of(whole.paper, expected)
    if section is None:
        if any(block.kind == "heading" and _TITLE.fullmatch(_line(block.text)) for block in expected.blocks):
            yield Fault("", "no section says by which statistical methods the results were found")
        return
    known = names()
    yield from _undescribed(section, methods_of(expected, "result"), known)
    used = methods_of(expected, "result", "not_estimable").keys()
    if used <= known.named | known.unnamed:  # methods of another program may go by any name
        yield from _unused(section, used | run(expected), known)
    yield from _programs(section, expected, known)


def _undescribed(section: Section, used: dict[str, str], known: Names) -> Iterator[Fault]:
    for method, statistic in used.items():
        called = [one for one in known.methods if method in one.keys]
        if called and method not in known.unnamed and not any(section.find(one) for one in called):
            said = " or ".join(one.name for one in called)
            why = f"{statistic} was found by {said}, which the section on statistics does not name"
            yield Fault("", why, called[0].name, statistic)


def _unused(section: Section, used: Set[str], known: Names) -> Iterator[Fault]:
    for one in known.methods:
        if not one.keys & used and (spot := section.find(one)):
            why = f"the section on statistics names {one.name}, by which nothing was analysed"
            yield Fault(_shown(spot), why, spot=spot)


def _programs(section: Section, expected: Expected, known: Names) -> Iterator[Fault]:
    recorded = set(expected.results.get("software") or {}) - {"everynumber"}
    told = {str(entry.get("name")) for entry in expected.entries.values() if entry.get("kind") == "software"}
    for one in known.software:
        spot = section.find(one)
        if spot and not one.keys & recorded:
            yield Fault(_shown(spot), f"{one.name} is not among the programs that computed the results", spot=spot)
        if not spot and one.keys & recorded & told:
            yield Fault("", f"the section on statistics does not name {one.name}, which computed the results", one.name)


def _shown(spot: Spot) -> str:
    return spot.block.text[spot.start : spot.end]


METHODS_RULE: Rule[Whole] = Rule(
    "T-METHODS",
    "The section on statistics names every method by which a printed result was found, every program, and no other.",
    "SAMPL guidelines (Lang & Altman 2013); CONSORT 2025, item 21a",
    methods,
)
