"""A column of a table that is headed by a group holds the results of that group.

Asked of the ledger, by the names of the statistics: a program that fills a column with another group's numbers blesses
them in its own ledger.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby

from report.audit.expected import Expected, ExpectedBlock
from report.audit.rules.rule import Fault, Rule
from report.audit.rules.same import Whole

_HEAD = re.compile(r"flow\.([^.]+)\.assigned")
_TOTAL = "flow.included"


def columns(whole: Whole) -> Iterator[Fault]:
    if whole.expected is None:
        return
    tables: dict[str, list[ExpectedBlock]] = defaultdict(list)
    for block in whole.expected.blocks:
        if block.kind == "cell" and block.table and block.row is not None and block.column is not None:
            tables[block.table].append(block)
    for name, cells in tables.items():
        heads = _heads(whole.expected, cells)
        arms = {group for group in heads.values() if group != "total"}
        for cell in cells:
            group = heads.get(cell.column or 0)
            if group is None or cell.header:
                continue
            for key in cell.entries:
                entry = whole.expected.entries.get(key, {})
                statistic = str(entry.get("name", ""))
                if entry.get("kind") == "result" and (other := _other(statistic, group, arms)):
                    where = f"{name}, row {cell.row}, column {cell.column}"
                    why = f"{where}: the column is headed by the group {group}, but {statistic} is of {other}"
                    yield Fault(str(entry.get("text", "")), why, "", statistic)


def _heads(expected: Expected, cells: list[ExpectedBlock]) -> dict[int, str]:
    """The group that heads each column: its number of patients stands in the head, which reaches to the next one."""
    widest = max(cell.column or 0 for cell in cells)
    found: dict[int, str] = {}
    for _, row in groupby((cell for cell in cells if cell.header), key=lambda cell: cell.row):
        line = sorted(row, key=lambda cell: cell.column or 0)
        for k, cell in enumerate(line):
            end = line[k + 1].column if k + 1 < len(line) else widest + 1
            names = [str(expected.entries.get(key, {}).get("name", "")) for key in cell.entries]
            groups = [m.group(1) for name in names if (m := _HEAD.fullmatch(name))]
            groups += ["total"] * (_TOTAL in names)
            if len(groups) == 1:
                found |= dict.fromkeys(range(cell.column or 0, end or 0), groups[0])
    return found


def _other(statistic: str, group: str, arms: set[str]) -> str | None:
    """The group or comparison that a statistic is of, where it is not that of its column."""
    for part in statistic.split("."):
        first, versus, second = part.partition("_vs_")
        if versus and {first, second} <= arms and group not in (first, second):
            return part
        if part != group and (part in arms or (part == "total" and group != "total")):
            return part
    return None


COLUMN_RULE: Rule[Whole] = Rule(
    "T-COLUMN",
    "A column that is headed by a group, with its number of patients, holds results of that group, or comparisons with it.",  # noqa: E501
    "definition; by the ledger's names",
    columns,
)
