"""Arithmetic that must hold whoever computed it: rules over results.json and over the text of any finished paper.

`check_results` asks the results, `check_text` what is printed. A rule over text fires only where no raw values behind
the printed digits could satisfy it. docs/rules.md lists them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from report.audit.rules.record import Record
from report.audit.rules.results_counts import COUNT_RULES
from report.audit.rules.results_estimates import ESTIMATE_RULES
from report.audit.rules.rule import Fault, Rule
from report.audit.verdict import Finding

RESULT_RULES: tuple[Rule[Record], ...] = (*COUNT_RULES, *ESTIMATE_RULES)


def check_results(results: Mapping[str, Any]) -> list[Finding]:
    """What contradicts itself in results.json (or in the part of it that a finished file carries).

    Numbers that are missing, null or not finite are not checked; no error is raised for them.
    """
    record = Record(results)
    return [
        Finding("inconsistent", fault.text, "results.json", fault.expected, fault.name, fault.why, rule=rule.id)
        for rule in RESULT_RULES
        for fault in rule.check(record)
    ]


__all__ = ["RESULT_RULES", "Fault", "Rule", "check_results"]
