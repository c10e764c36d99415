"""Percentages beside their counts and denominators, in prose and in tables."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from report.audit.rules.paper import Paper, Passage, Table
from report.audit.rules.printed import COUNT, PLAIN, START, Printed, clean, count_of, read
from report.audit.rules.rule import Fault, Rule, shown
from report.audit.verdict import Spot

_SHARE = rf"(?P<cmp>[<>])?\s?(?P<pct>{PLAIN})\s?(?:%|percent\b|per\s+cent\b)"
_PEOPLE = r"(?:\s+(?!and\b|or\b|to\b)[^\W\d][\w’'-]*){0,6}"
_OF = r"\s*(?:/|(?:out\s+)?of(?:\s+the|\s+all|\s+our)?\s)\s*"
_BRACKET = re.compile(rf"[(\[]\s*{_SHARE}\s*[)\];,]")
_BEFORE = (
    re.compile(rf"{START}(?P<n>{COUNT}){_OF}(?P<of>{COUNT}){_PEOPLE}\s*$"),  # 12/30 (40%), 12 of the 30 patients (40%)
    re.compile(  # Of the 30 patients, 12 (40%)
        rf"\b[Oo]f\s+(?:the\s+|all\s+|these\s+)?(?P<of>{COUNT})(?:\s+[^\W\d][\w-]*){{1,4}},\s+(?P<n>{COUNT})\s*$"
    ),
)
_AFTER = re.compile(rf"{START}{_SHARE}\s*[(\[]\s*(?P<n>{COUNT}){_OF}(?P<of>{COUNT})\s*[)\];,]")  # 40% (12/30)


def percents(paper: Paper) -> Iterator[Fault]:
    for passage in paper.prose:
        text = passage.text
        if "%" not in text and "cent" not in text:
            continue
        for share in _BRACKET.finditer(text):
            for pattern in _BEFORE:
                match = pattern.search(text, max(0, share.start() - 90), share.start())
                if match:
                    yield from _percent(passage, match, share, match.start(), share.end())
                    break
        for match in _AFTER.finditer(text):
            yield from _percent(passage, match, match, *match.span())
    for table in paper.tables:
        yield from _percent_cells(table)


def _percent(passage: Passage, counts: re.Match[str], of_all: re.Match[str], start: int, end: int) -> Iterator[Fault]:
    n, of, share = count_of(counts["n"]), count_of(counts["of"]), read(of_all["pct"], of_all["cmp"] or "")
    if n is None or not of or share is None:
        return
    said, spot = clean(passage.text[start:end]), passage.spot(start, end)
    if n > of:
        yield Fault(said, f"{n} is more than the {of} it is part of", "", spot=spot)
    elif not share.may_be(100 * n / of):
        why = f"{of_all['pct']}% is printed, but {n} of {of} is {shown(100 * n / of)}%"
        yield Fault(said, why, f"{_rounded(100 * n / of, of_all['pct'])}%", spot=spot)


_CELL = re.compile(
    rf"^(?P<n>{COUNT})(?:\s*/\s*(?P<of>{COUNT}))?\s*[(\[]\s*(?P<cmp>[<>])?\s?(?P<pct>{PLAIN})\s?%?\s*[)\]]"
)


_GAPS = re.compile(r"missing|recorded|available|followed|known|evaluable|respon|complete|\bdata\b", re.IGNORECASE)
"""Words of a table that may have percentages of fewer patients than its heads give."""


def _percent_cells(table: Table) -> Iterator[Fault]:
    """Counts with percentages: of the patients in the column's head, or of those whom the table says it could ask."""
    gaps = bool(_GAPS.search(table.words))
    declared: dict[int, set[int]] = {}
    for row in table.rows:
        for column, cell in row.cells.items():
            match = _CELL.match(cell.text)
            if not match or not table.counted(row, column):
                continue
            n, share = count_of(match["n"]) or 0, read(match["pct"], match["cmp"] or "")
            own = count_of(match["of"]) if match["of"] else None
            size = own or table.sizes.get(column)
            if share is None or not size:
                continue
            if column not in declared:
                declared[column] = _denominators(table, column)
            others = set() if own else declared[column]
            if any(share.may_be(100 * n / d) for d in (size, *others) if n <= d <= size):
                continue
            if gaps and not own and not others and _some_part(n, size, share):
                continue
            why = f"{match['pct']}% is printed, but {n} of {size} is {shown(100 * n / size)}%"
            if n > size:
                why = f"{n} is more than the {size} patients it is part of"
            right = f"{n} ({_rounded(100 * n / size, match['pct'])})" if n <= size and not others and not gaps else ""
            yield Fault(clean(match[0]), why, right, spot=cell.spot, others=_sizes(table, column))


def _sizes(table: Table, column: int) -> tuple[Spot, ...]:
    """Where a column tells denominators."""
    rows = (row.cells[column].spot for row in table.rows if column in row.cells and row.cells[column].text.isdigit())
    return (*([table.head_spots[column]] if column in table.head_spots else []), *rows)


def _some_part(n: int, size: int, share: Printed) -> bool:
    """Is there a number of patients up to `size` of whom n are that share?"""
    if n == 0 or share.high <= 0:
        return share.low <= 0
    least, most = 100 * n / share.high, 100 * n / share.low if share.low > 0 else size
    return max(n, math.ceil(least - 1e-9)) <= min(size, math.floor(most + 1e-9))


def _denominators(table: Table, column: int) -> set[int]:
    """Denominators of a column that the table's own rows give: all but the missing, or those who were followed."""
    found: set[int] = set()
    size = table.sizes.get(column, 0)
    for row in table.rows:
        cell = row.cells.get(column)
        count = count_of(cell.text) if cell and cell.text.isdigit() else None
        if count is None:
            continue
        if _MISSING.search(row.label):
            found.add(size - count)
        elif _NUMBER_ROW.search(row.label):
            found.add(count)
    return found


_MISSING = re.compile(r"missing|unknown|not\s+(?:recorded|available|reported)", re.IGNORECASE)
_NUMBER_ROW = re.compile(r"\b(?:n|no\.?|number)\b", re.IGNORECASE)


def _rounded(value: float, like: str) -> str:
    places = len(re.split(r"[.·]", like)[1]) if re.search(r"[.·]", like) else 0
    return f"{value:.{places}f}"


PERCENT_RULES = (
    Rule(
        "T-PERCENT",
        "A percentage printed beside its count and denominator is what they give at its digits (12/30 (40%); 12 of 30 patients (40%); 12 (40) under a head with n = 30).",  # noqa: E501
        "definition, with the intervals of rounded numbers as in GRIM (Brown & Heathers 2017)",
        percents,
    ),
)
