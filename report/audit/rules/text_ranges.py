"""Medians and means within their ranges, rates beside their events and person-time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from report.audit.rules.intervals import BAR, UNITS
from report.audit.rules.paper import Paper
from report.audit.rules.printed import COUNT, NUMBER, PLAIN, START, clean, count_of, read
from report.audit.rules.rule import Fault, Rule, shown

_TO = r"(?:to\s|[-−–—‐]|[,;]\s|and\s)"
_AROUND = re.compile(
    rf"\b(?P<of>median|mean)s?\b(?:\s+[^\W\d][\w’'-]*){{0,6}}?\s+(?P<at>{NUMBER}){UNITS}\s*[(\[;,]\s*"
    rf"(?:(?:SD|[±])[^()\d]{{0,6}}(?:{PLAIN})\s*[;,]\s*)?"
    rf"(?P<kind>IQR|interquartile\s+range|quartiles|inter-quartile\s+range|range|min(?:imum)?\s*[-–,]\s*max(?:imum)?)"
    rf"[\s,:=]{{0,3}}(?:from\s)?(?P<low>{NUMBER})\s*{_TO}\s*(?P<high>{NUMBER})(?![\d\w])",
    re.IGNORECASE,
)
_ROW_RANGE = re.compile(
    r"\b(?P<of>median|mean)\s*[,(\[]+\s*(?P<kind>IQR|interquartile\s+range|quartiles|range|Q1|min)", re.IGNORECASE
)


def ranges(paper: Paper) -> Iterator[Fault]:
    for passage in paper.prose:
        for match in _AROUND.finditer(passage.text):
            if (
                match["of"].lower() == "mean"
                and match["kind"].lower() not in ("range",)
                and not match["kind"].lower().startswith("min")
            ):
                continue  # a mean may lie outside the quartiles
            why = _outside(match["of"], match["at"], match["low"], match["high"], match["kind"])
            if why:
                yield Fault(clean(match[0]), why, "", spot=passage.spot(*match.span()))
    for table in paper.tables:
        for row in table.rows:
            headed = _ROW_RANGE.search(row.label)
            if not headed or (headed["of"].lower() == "mean" and headed["kind"].lower() not in ("range", "min")):
                continue
            for cell in row.cells.values():
                bar = BAR.match(cell.text)
                why = _outside(headed["of"], bar["estimate"], bar["low"], bar["high"], headed["kind"]) if bar else ""
                if why:
                    yield Fault(clean(cell.text), why, "", spot=cell.spot)


def _outside(of: str, at: str, low_text: str, high_text: str, kind: str) -> str:
    middle, low, high = read(at), read(low_text), read(high_text)
    if middle is None or low is None or high is None:
        return ""
    if low.low > high.high:
        return f"the {kind} runs from {shown(low.value)} to {shown(high.value)}: its ends are the wrong way round"
    if middle.may_be(low.low, high.high):
        return ""
    return (
        f"the {of.lower()} {shown(middle.value)} lies outside the {kind} of {shown(low.value)} to {shown(high.value)}"
    )


_RATE = re.compile(
    rf"{START}(?P<n>{COUNT})\s+[^\W\d][\w-]*(?:\s+[^\W\d][\w-]*){{0,2}}\s+(?:during|in|over)\s+(?P<time>{PLAIN})\s+"
    rf"(?:person|patient)[-‐‑\s]?(?P<unit>year|month|week|day)s\b[^().;\d]{{0,60}}[(;,]\s*(?:rate,?\s+)?(?P<rate>{PLAIN})\s+"
    rf"(?:(?:recurrences?|relapses?|events?|attacks?|cases?)\s+)?(?:a|per)\s+(?:(?P<scale>{COUNT})\s+)?(?:(?:person|patient)[-‐‑\s]?)?(?P=unit)s?\b"
)


def rates(paper: Paper) -> Iterator[Fault]:
    for passage in paper.prose:
        for match in _RATE.finditer(passage.text):
            n, time, rate = count_of(match["n"]), read(match["time"]), read(match["rate"])
            scale = count_of(match["scale"]) if match["scale"] else 1
            if n is None or time is None or rate is None or time.low <= 0 or not scale:
                continue
            if not rate.may_be(scale * n / time.high, scale * n / time.low):
                right = shown(float(f"{scale * n / time.value:.3g}"))
                why = f"a rate of {match['rate']} is printed, but {n} in {match['time']} {match['unit']}s is {right}"
                yield Fault(clean(match[0]), why, right, spot=passage.spot(*match.span()))


RANGE_RULES = (
    Rule(
        "T-RANGE",
        "A median lies within its quartiles or range, a mean within its range, and the ends are in order.",
        "definition",
        ranges,
    ),
    Rule("T-RATE", "A rate printed beside its events and person-time is their quotient.", "definition", rates),
)
