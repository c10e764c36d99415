"""Arithmetic that must hold whoever computed it: rules over results.json and over the text of any finished paper.

`check_results` asks the results, `check_text` what is printed. A rule over text fires only where no raw values behind
the printed digits could satisfy it. docs/rules.md lists them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from report.audit.expected import Expected
from report.audit.model import Document, Place
from report.audit.places import where_of
from report.audit.rules.claimed import CLAIM_RULES
from report.audit.rules.columns import COLUMN_RULE
from report.audit.rules.methods import METHODS_RULE
from report.audit.rules.paper import Paper, paper_of
from report.audit.rules.record import Record
from report.audit.rules.results_counts import COUNT_RULES
from report.audit.rules.results_crossover import CROSSOVER_RULES
from report.audit.rules.results_estimates import ESTIMATE_RULES
from report.audit.rules.results_factors import FACTOR_RULES
from report.audit.rules.results_sensitivity import SENSITIVITY_RULES
from report.audit.rules.rule import Fault, Rule
from report.audit.rules.same import ABSTRACT_RULE, Whole
from report.audit.rules.text_flow import FLOW_RULES
from report.audit.rules.text_intervals import INTERVAL_RULES
from report.audit.rules.text_percent import PERCENT_RULES
from report.audit.rules.text_ranges import RANGE_RULES
from report.audit.rules.text_tables import TABLE_RULES
from report.audit.rules.text_tests import TEST_RULES
from report.audit.verdict import Finding, Spot

RESULT_RULES: tuple[Rule[Record], ...] = (
    *COUNT_RULES,
    *FACTOR_RULES,
    *ESTIMATE_RULES,
    *CROSSOVER_RULES,
    *SENSITIVITY_RULES,
)
TEXT_RULES: tuple[Rule[Paper], ...] = (
    *PERCENT_RULES,
    *INTERVAL_RULES,
    *TEST_RULES,
    *RANGE_RULES,
    *TABLE_RULES,
    *FLOW_RULES,
)
WHOLE_RULES: tuple[Rule[Whole], ...] = (ABSTRACT_RULE, COLUMN_RULE, *CLAIM_RULES, METHODS_RULE)
RULES: tuple[Rule[Record] | Rule[Paper] | Rule[Whole], ...] = (*RESULT_RULES, *TEXT_RULES, *WHOLE_RULES)
"""All rules, in the order of docs/rules.md."""


def check_results(results: Mapping[str, Any]) -> list[Finding]:
    """What contradicts itself in results.json (or in the part of it that a finished file carries).

    Numbers that are missing, null or not finite are not checked. No error is raised: where numbers are such that a rule
    cannot be worked out (an analysis of another form, a count of 1e308), that is what is found.
    """
    record = Record(results)
    return [_of_results(rule.id, fault) for rule in RESULT_RULES for fault in _worked_out(rule, record)]


def _worked_out(rule: Rule[Record], record: Record) -> Iterator[Fault]:
    try:
        yield from rule.check(record)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        yield Fault("", f"the rule cannot be worked out with these numbers ({error})")


def _of_results(rule: str, fault: Fault) -> Finding:
    return Finding("inconsistent", fault.text, "results.json", fault.expected, fault.name, fault.why, rule=rule)


def check_text(document: Document, expected: Expected | None = None) -> list[Finding]:
    """What contradicts itself in a finished file, whoever wrote it; where its ledger is known, the same statistic in
    different places is known by its name. What cannot be read is not checked; no error is raised for it.
    """
    return [_finding(rule, fault) for rule, fault in _faults(document, expected)]


def with_contradictions(found: Sequence[Finding], document: Document, expected: Expected | None) -> list[Finding]:
    """The findings of a file with its contradictions. A contradiction with a number that was found wrong before is no
    finding of its own: the number's finding gets the rule's id.
    """
    out = list(found)
    at: dict[Place, list[int]] = {}
    for k, finding in enumerate(found):
        if finding.spot:
            at.setdefault(finding.spot.block.place, []).append(k)
    for rule, fault in _faults(document, expected):
        spots = [spot for spot in (fault.spot, *fault.others) if spot]
        known = [k for spot in spots for k in at.get(spot.block.place, ()) if _meet(spot, out[k].spot)]
        if not known:
            out.append(_finding(rule, fault))
        elif not out[known[0]].rule:
            out[known[0]] = replace(out[known[0]], rule=rule)
    return out


def _meet(one: Spot, other: Spot | None) -> bool:
    """Do two stretches of one block overlap or touch? A page of a PDF may be another block where a part was cut off."""
    if other is None or not (one.block is other.block or one.block.kind == other.block.kind == "page"):
        return False
    return one.start <= other.end + 1 and other.start <= one.end + 1


def _faults(document: Document, expected: Expected | None) -> list[tuple[str, Fault]]:
    paper = paper_of(document)
    faults = [(rule.id, fault) for rule in TEXT_RULES for fault in rule.check(paper)]
    whole = Whole(paper, expected)
    return faults + [(rule.id, fault) for rule in WHOLE_RULES for fault in rule.check(whole)]


def _finding(rule: str, fault: Fault) -> Finding:
    where = where_of(fault.spot.block.place) if fault.spot else "the file"
    return Finding("inconsistent", fault.text, where, fault.expected, fault.name, fault.why, rule=rule, spot=fault.spot)


__all__ = ["RESULT_RULES", "RULES", "TEXT_RULES", "Fault", "Rule", "check_results", "check_text", "with_contradictions"]
