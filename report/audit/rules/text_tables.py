"""Counts of a table: groups and their total, windows and events that nest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from report.audit.rules.paper import Cell, Paper, Passage, Row, Table
from report.audit.rules.printed import COUNT, START, count_of
from report.audit.rules.rule import Fault, Rule
from report.audit.verdict import Spot

_COUNTED = re.compile(rf"^({COUNT})\s*(?:$|[(\[]\s*[<>]?\s?[\d.·]+\s?%?\s*[)\]]|/)")


def _count(cell: Cell | None) -> int | None:
    match = _COUNTED.match(cell.text) if cell else None
    return count_of(match[1]) if match else None


# -- groups and their total ------------------------------------------------------------------------------------------

_COUNT_LABEL = re.compile(r"\b(?:n|no\.|number|missing)\b\s*(?:[,(\[].*|$)", re.IGNORECASE)


def count_total(paper: Paper) -> Iterator[Fault]:
    for table in paper.tables:
        arms, whole = table.arms, table.whole
        if not arms or whole is None:
            continue
        sizes = [table.sizes[c] for c in arms]
        if sum(sizes) != table.sizes[whole]:
            listed = " + ".join(map(str, sizes))
            why = f"the groups' {listed} = {sum(sizes)} patients are not the {table.sizes[whole]} of the total"
            yield Fault(f"n = {table.sizes[whole]}", why, f"n = {sum(sizes)}", "", *_heads(table, whole, arms))
            continue
        for row in table.rows:
            if not (table.counted(row, whole) or _COUNT_LABEL.search(row.label)):
                continue
            counts, total = [_count(row.cells.get(c)) for c in arms], _count(row.cells.get(whole))
            known = [c for c in counts if c is not None]
            if total is None or len(known) < len(arms) or sum(known) == total:
                continue
            why = f"{row.label}: the groups' {' + '.join(map(str, known))} = {sum(known)} are not the total's {total}"
            others = tuple(row.cells[c].spot for c in arms)
            yield Fault(row.cells[whole].text, why, str(sum(known)), "", row.cells[whole].spot, others)


def _heads(table: Table, column: int, others: list[int]) -> tuple[Spot | None, tuple[Spot, ...]]:
    """The heads that give the sizes of a column and of others."""
    return table.head_spots.get(column), tuple(table.head_spots[c] for c in others if c in table.head_spots)


# -- nested counts ---------------------------------------------------------------------------------------------------

_BY = re.compile(rf"^(?:by|within|up to|through|to)\s+({COUNT})\s+(day|week|month|year)s?$", re.IGNORECASE)
_EVENT_ROW = re.compile(r",\s*n\b|\bnumber of\b|^no\. of\b|\bperson-(?:years|months|days)", re.IGNORECASE)


def nest(paper: Paper) -> Iterator[Fault]:
    for table in paper.tables:
        yield from _windows(table)
        yield from _patients_and_events(table)
    for passage in paper.prose:
        yield from _said_windows(passage)


def _windows(table: Table) -> Iterator[Fault]:
    """Rows of one label under `By 6 months` and `By 12 months`: cumulative counts of events do not fall."""
    series: dict[tuple[str, str], list[tuple[int, Row]]] = {}
    for row in table.rows:
        window = _BY.match(row.group)
        if (
            window
            and _EVENT_ROW.search(row.label)
            and not re.search(r"%|follow|analy|patients|mean|rate", row.label, re.IGNORECASE)
        ):
            series.setdefault((window[2].lower(), row.label), []).append((count_of(window[1]) or 0, row))
    for (_, label), rows in series.items():
        for (early, one), (late, two) in pairwise(sorted(rows, key=lambda item: item[0])):
            for column, cell in two.cells.items():
                before, after = _whole(one.cells.get(column)), _whole(cell)
                if early < late and before is not None and after is not None and after < before:
                    why = f"{label}: {before} {one.group[0].lower() + one.group[1:]}, but {after} {two.group[0].lower() + two.group[1:]}, which contains it"  # noqa: E501
                    yield Fault(cell.text, why, "", "", cell.spot, (one.cells[column].spot,))


def _whole(cell: Cell | None) -> float | None:
    if cell is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)", cell.text.replace("·", "."))
    return float(match[1]) if match else None


def _patients_and_events(table: Table) -> Iterator[Fault]:
    """A column `Events` beside one of patients with the event, in a row that is a term."""
    for column, head in table.heads.items():
        beside = table.heads.get(column - 1, "")
        if not re.search(r"\bevents\W*$", head, re.IGNORECASE) or not re.search(
            r"\b(?:patients|participants|persons|subjects|n)\b", beside, re.IGNORECASE
        ):
            continue
        for row in table.rows:
            patients, events = _count(row.cells.get(column - 1)), _count(row.cells.get(column))
            if patients is not None and events is not None and events < patients:
                why = f"{row.label}: {events} events cannot be those of {patients} patients with one at least"
                yield Fault(row.cells[column].text, why, "", "", row.cells[column].spot, (row.cells[column - 1].spot,))


_WINDOW = re.compile(
    rf"\bBy\s+({COUNT})\s+(day|week|month|year)s?,?\s+there\s+(?:were|was|had\s+been)\s", re.IGNORECASE
)
_EVENTS = re.compile(
    rf"{START}({COUNT})\s+(recurrences?|relapses?|attacks?|events?|deaths?|infections?|exacerbations?)\s+(during|in)\b"
)


def _said_windows(passage: Passage) -> Iterator[Fault]:
    """`By 6 months, there were 16 recurrences …`, then `By 12 months, there were 22 recurrences …`."""
    text = passage.text
    found = []
    for match in _WINDOW.finditer(text):
        stop = re.search(r"\.\s", text[match.end() :])
        end = match.end() + stop.start() if stop else len(text)
        events = list(_EVENTS.finditer(text, match.start(), end))
        found.append((count_of(match[1]) or 0, match[2].lower(), match, events))
    for (early, unit, one, before), (late, unit2, two, after) in pairwise(found):
        nouns = {m[2].rstrip("s") for m in (*before, *after)}
        if unit != unit2 or early >= late or len(before) != len(after) or len(nouns) != 1:
            continue
        for m, n in zip(before, after, strict=True):
            if (count_of(m[1]) or 0) > (count_of(n[1]) or 0):
                why = f"{m[1]} {m[2]} {one[0].split(',')[0].lower()}, but {n[1]} {two[0].split(',')[0].lower()}, which contains it"  # noqa: E501
                yield Fault(n[0], why, "", "", passage.spot(*n.span()), (passage.spot(*m.span()),))


TABLE_RULES = (
    Rule(
        "T-COUNT-TOTAL",
        "In a table with a column of all patients, the groups' sizes and counts sum to it.",
        "definition",
        count_total,
    ),
    Rule(
        "T-NEST",
        "Counts nest: events by a later time are no fewer than by an earlier one, and no fewer than the patients who had one.",  # noqa: E501
        "definition of cumulative counts",
        nest,
    ),
)
