"""P values by themselves, and with the test statistic that they belong to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from report.audit.rules.distributions import p_of_chi_square, p_of_f, p_of_t, p_of_z
from report.audit.rules.intervals import P_HEAD, P_VALUE
from report.audit.rules.paper import Paper
from report.audit.rules.printed import COUNT, PLAIN, clean, read
from report.audit.rules.rule import Fault, Rule
from report.audit.rules.text_intervals import ADJUSTED


def p_form(paper: Paper) -> Iterator[Fault]:
    for passage in paper.passages:
        for match in P_VALUE.finditer(passage.text):
            if match["more"] or passage.text[match.end() : match.end() + 2].strip().startswith("%"):
                continue
            why = _impossible(match["cmp"], match["p"])
            if why:
                yield Fault(clean(match[0]), f"{clean(match[0])}: {why}", "", spot=passage.spot(*match.span()))
    for table in paper.tables:
        for row in table.rows:
            for column, cell in row.cells.items():
                if not P_HEAD.fullmatch(table.heads.get(column, "")):
                    continue
                found = re.fullmatch(rf"(?P<cmp>[<>=≤≥])?\s?(?P<p>[-−–]?(?:{PLAIN}))\W*[a-z]?\W*", cell.text)
                why = _impossible(found["cmp"] or "=", found["p"]) if found else ""
                if why:
                    yield Fault(cell.text, f"P = {cell.text}: {why}", "", spot=cell.spot)


def _impossible(comparison: str, text: str) -> str:
    found = read(text)
    if found is None or ("." not in text and "·" not in text and abs(found.value) > 1):
        return ""  # p = 12 is a number of predictors
    if found.value < 0:
        return "no probability is below 0"
    if found.value > 1:
        return "no probability is above 1"
    if found.value == 1 and comparison == ">":
        return "no probability is above 1"
    if found.value == 1 and comparison == "<":
        return "every P value is at most 1, so this says nothing"
    if found.value == 0 and comparison in "=<≤":
        return "no P value is 0; it is below the last printed place"
    return ""


_DF = rf"\s*\(\s*(?P<df>{PLAIN})\s*(?:,\s*(?P<df2>{PLAIN}|[nN]\s*=\s*{COUNT})\s*)?\)"
_STATISTIC = re.compile(
    rf"(?<![^\W_])(?P<kind>[tFrzZ]|χ\s?[2²]|[Cc]hi-?\s?squared?|X2)(?:{_DF})?\s*=\s*(?P<value>[-−–]?(?:{PLAIN}))\s*[,;]\s*"
    rf"(?:two-(?:sided|tailed)\s+)?[Pp]\s*(?P<cmp>[<>=≤≥])\s*(?P<p>{PLAIN})(?P<more>\s?[×x]\s?10|[eE][-−]?\d)?"
)


def statistic_p(paper: Paper) -> Iterator[Fault]:
    for passage in paper.prose:
        for match in _STATISTIC.finditer(passage.text):
            value, p = read(match["value"]), read(match["p"], match["cmp"])
            if value is None or p is None or match["more"]:
                continue
            ends = abs(value)
            tails = [_tail(match, x) for x in (ends.low, ends.high)]
            low, high = (
                min((t for t in tails if t is not None), default=None),
                max((t for t in tails if t is not None), default=None),
            )
            if low is None or high is None or p.may_be(low, high):
                continue
            one_sided = paper.says(r"one-(?:sided|tailed)|directional")
            if (one_sided and p.may_be(low / 2, high / 2)) or (p.value > high and paper.says(ADJUSTED)):
                continue
            why = f"{clean(match[0])}: the statistic gives P = {high:.3g}" + (
                "" if f"{low:.3g}" == f"{high:.3g}" else f" to {low:.3g}"
            )
            yield Fault(clean(match[0]), why, f"{high:.3g}", spot=passage.spot(*match.span()))


def _tail(match: re.Match[str], x: float) -> float | None:
    """Two-sided P of a statistic (upper tail of F and chi-square); None where its degrees of freedom are not there."""
    kind, df = match["kind"], read(match["df"]) if match["df"] else None
    df2 = read(match["df2"]) if match["df2"] and match["df2"][0].isdigit() else None
    if kind in "zZ":
        return p_of_z(x) if df is None else None
    if df is None or df.value <= 0:
        return None
    if kind == "t":
        return p_of_t(x, df.value) if df2 is None else None
    if kind == "F":
        return p_of_f(x, df.value, df2.value) if df2 and df2.value > 0 else None
    if kind == "r":
        return p_of_t(x * math.sqrt(df.value / (1 - x * x)), df.value) if x < 1 and df2 is None else None
    return p_of_chi_square(x, df.value) if df2 is None else None


TEST_RULES = (
    Rule(
        "T-P-FORM", "A P value is not above 1, not 0 and not just below 1.", "ICMJE and AMA styles; definition", p_form
    ),
    Rule(
        "T-STAT-P",
        "A P value is that of the statistic and degrees of freedom printed with it (t, F, r, z, chi-square).",
        "Nuijten et al. 2016, statcheck (doi:10.3758/s13428-015-0664-2)",
        statistic_p,
    ),
)
