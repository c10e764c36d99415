"""The results that a paper prints with an interval: an estimate before it, a P value after it, in prose or in a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from report.audit.rules.paper import Paper, Passage, Row, Table
from report.audit.rules.printed import NUMBER, PLAIN, START, Printed, clean, read
from report.audit.verdict import Spot

_LEVEL = r"(?P<level>\d\d(?:\.\d+)?)\s?%\s*-?\s*(?:CI|CrI|confidence\s+(?:intervals?|limits?)|credible\s+intervals?)\b"
_DASH = r"[-−–—‐]"
LIMITS = rf"(?P<low>{NUMBER})\s?%?\s*(?:to\s|through\s|{_DASH}|[,;]\s)\s*(?P<high>{NUMBER})(?P<share>\s?%)?"
"""Two limits: 1.2 to 11.0, 1.2–11.0, 1.2, 11.0, −5% to −1%."""
_INTERVAL = re.compile(_LEVEL + rf"[\s,:=(\[]{{0,4}}(?:of\s|was\s|is\s|from\s)?\s?{LIMITS}(?![\d\w])")
_HEADED = re.compile(r"(?P<level>\d\d(?:\.\d+)?)\s?%\s*(?:CI|CrI|confidence)")
BAR = re.compile(rf"{START}(?P<estimate>{NUMBER})\s?%?\s*[(\[]\s*{LIMITS}\s*[)\]](?P<mark>\W*[a-z*†‡§])?")
"""A value with two limits in a cell: 6.2 (1.9 to 10.6)."""
UNITS = (
    r"(?:\s?%|\s(?:percentage\s+points?|percent|per\s+cent|points?|units?|SDs?|mm\s?Hg|mmol/l|mg/dl|[kmµu]?g|[mc]?m|m?l|"
    r"(?:a|per)\s+(?:person-|patient-)?(?:year|month|week|day)|years?|months?|weeks?|days?|hours?|minutes?|kg/m2))?"
)
_ESTIMATE = re.compile(rf"(?P<estimate>{NUMBER})(?P<unit>{UNITS})\s*[;,(\[]\s*[(\[]?\s*$", re.IGNORECASE)
_NOT_BEFORE = re.compile(
    r"(?:^|[\s(\[])(?:at|after|within|over|during|until|before|in|for|per|to|and|or|vs\.?|versus|than|aged?|among|table|"
    r"figure|fig\.?|group|grade|stage|phase|week|month|day|year|visit|type|level|the|all|from|between|part|arm|"
    rf"n\s*=|[<>]|(?:{PLAIN})\s*(?:out\s+)?of)\s*$",
    re.IGNORECASE,
)
"""What makes the number after it a time, a place, a denominator or a name, and no estimate."""
_TIME = re.compile(r"year|month|week|day|hour|minute", re.IGNORECASE)
_SHARE = re.compile(r"%|percent|per\s+cent|points?\b", re.IGNORECASE)
P_VALUE = re.compile(
    rf"\b[Pp]\s*(?:-?\s?values?\s*)?(?P<cmp><=|>=|[<>=≤≥])\s*(?P<p>[-−–]?(?:{PLAIN}))(?P<more>\s?[×x]\s?10|[eE][-−]?\d)?"
)
_P_AFTER = re.compile(rf"\s*[)\];,]{{0,2}}\s*[(\[]?\s*{P_VALUE.pattern}")
P_HEAD = re.compile(r"(?:.*\b)?[Pp](?:[\s-]*values?)?\W*")
"""The head of a column of P values."""


@dataclass(frozen=True, slots=True)
class Part:
    """One number of a result."""

    printed: Printed
    text: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class Result:
    """An interval, with what stands with it. `words` say what is estimated."""

    level: float
    low: Part
    high: Part
    estimate: Part | None
    p: Part | None
    words: str
    shares: bool
    """The limits are printed with a per cent sign."""
    marked: bool
    """A note mark says more about it elsewhere."""
    spot: Spot

    @property
    def limits(self) -> str:
        return f"{self.low.text} to {self.high.text}"


def results(paper: Paper) -> list[Result]:
    """All results of a paper that have an interval whose level is said."""
    return paper.once("results", lambda: [*_in_prose(paper), *_in_tables(paper)])


def _part(passage: Passage, match: re.Match[str], group: str, comparison: str = "") -> Part | None:
    printed = read(match[group], comparison)
    return Part(printed, clean(match[group]), passage.spot(*match.span(group))) if printed else None


def _p_value(passage: Passage, match: re.Match[str] | None) -> Part | None:
    if match is None or match["more"]:
        return None
    found = _part(passage, match, "p", match["cmp"])
    return Part(found.printed, f"P {match['cmp']} {match['p']}", found.spot) if found else None


def _in_prose(paper: Paper) -> Iterator[Result]:
    """`difference 6.1 points (95% CI 1.2 to 11.0; P = 0.02)`, `ratio 0.5; 95% CI, 0.2-1.3`."""
    for passage in paper.passages:
        text = passage.text
        if passage.block.kind == "figure" or "%" not in text:
            continue
        for match in _INTERVAL.finditer(text):
            low, high = _part(passage, match, "low"), _part(passage, match, "high")
            if low is None or high is None:
                continue
            start, estimate = match.start(), None
            before = _ESTIMATE.search(text, max(0, start - 60), start)
            if before and _certain(text, before, bool(match["share"])):
                estimate, start = _part(passage, before, "estimate"), before.start()
            p = _P_AFTER.match(text, match.end())
            yield Result(
                float(match["level"]), low, high, estimate, _p_value(passage, p),
                _clause(text, start) + text[start : match.start()], bool(match["share"]), False,
                passage.spot(start, match.end()),
            )  # fmt: skip


def _certain(text: str, estimate: re.Match[str], share: bool) -> bool:
    """Is the number before an interval its estimate, and not a time, a denominator or a part of a name?"""
    ahead = text[max(0, estimate.start() - 40) : estimate.start()]
    if (ahead and ahead[-1] not in " \n\u00a0\u2009\u202f([=") or _NOT_BEFORE.search(ahead):
        return False
    if re.search(r"\bby\s*$", ahead) and _TIME.search(estimate["unit"]):
        return False
    return not share or bool(_SHARE.search(estimate["unit"]))


def _clause(text: str, end: int) -> str:
    """What stands before a number in its sentence, back to the last closing bracket."""
    low = max(0, end - 250)
    return text[max(text.rfind(". ", low, end), text.rfind(".\n", low, end), text.rfind(")", low, end), low) : end]


def _in_tables(paper: Paper) -> Iterator[Result]:
    for table in paper.tables:
        levels = {column: _HEADED.search(head) for column, head in table.heads.items()}
        for row in table.rows:
            level = _HEADED.search(row.label)
            for column, cell in row.cells.items():
                headed = level or levels.get(column)
                match = BAR.match(cell.text) if headed else None
                if headed and match:
                    yield from _in_cell(table, row, column, float(headed["level"]), match)


def _in_cell(table: Table, row: Row, column: int, level: float, match: re.Match[str]) -> Iterator[Result]:
    cell = row.cells[column]
    passage = Passage(cell.block, cell.text)
    low, high, estimate = (_part(passage, match, group) for group in ("low", "high", "estimate"))
    if low is None or high is None or estimate is None:
        return
    beside = min((c for c in row.cells if c > column), default=0)
    p = None
    if beside and P_HEAD.fullmatch(table.heads.get(beside, "")):
        found = re.match(rf"(?P<cmp>[<>≤≥])?\s?(?P<p>{PLAIN})", row.cells[beside].text)
        printed = read(found["p"], found["cmp"] or "") if found else None
        if found and printed:
            p = Part(printed, f"P {found['cmp'] or '='} {found['p']}", row.cells[beside].spot)
    low, high, estimate = (Part(part.printed, part.text, cell.spot) for part in (low, high, estimate))
    words = f"{row.label} {table.heads.get(column, '')}"
    yield Result(level, low, high, estimate, p, words, bool(match["share"]), bool(match["mark"]), cell.spot)
