"""Intervals with their estimates and P values, in prose and in tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from report.audit.rules.intervals import Result, results
from report.audit.rules.paper import Paper
from report.audit.rules.printed import Printed
from report.audit.rules.rule import Fault, Rule, shown


def ci_order(paper: Paper) -> Iterator[Fault]:
    for result in results(paper):
        if result.low.printed.low > result.high.printed.high:
            why = f"the interval runs from {result.limits}: its limits are the wrong way round"
            yield Fault(result.limits, why, "", spot=result.spot)


def ci_contains(paper: Paper) -> Iterator[Fault]:
    for result in results(paper):
        low, high = result.low.printed, result.high.printed
        if result.estimate is None or low.low > high.high:
            continue
        value = result.estimate.printed
        # "lower by 0.57 points (95% CI −1.00 to −0.13)": the words carry the sign
        if not value.may_be(low.low, high.high) and not value.may_be(-high.high, -low.low):
            why = f"the estimate {result.estimate.text} lies outside its interval of {result.limits}"
            yield Fault(result.estimate.text, why, "", spot=result.spot)


# -- an interval and its P value -------------------------------------------------------------------------------------

_QUANTITY = re.compile(
    r"(?P<one>(?i:ratios?\b|\bodds\b|hazard|relative\s+risk\b(?!\s+reduction))|\bRR\b|\bOR\b|\bHR\b|\bIRR\b)|"
    r"(?P<zero>(?i:differences?\b|chang|shift|\breduction|increase|decrease|(?:lower|higher)\s+by|"
    r"percentage\s+points?|slope|coefficient|\bbeta\b(?!\s+(?:group|arm|\w+er|and|or)\b))|\bMD\b|\bSMD\b)"
)
"""Words that tell whether no effect is 1 or 0."""
_SHARES = re.compile(r"percentage\s+point|risk|proportion|odds|%|\bfree\b|incidence", re.IGNORECASE)
_OTHER_TESTS = (
    (re.compile(r"hazard|surviv", re.IGNORECASE), r"log-?\s?rank|permutation|stratified"),
    (
        _SHARES,
        r"Fisher|exact\s+test|chi-?\s?squared?|χ2|χ²|McNemar|Mantel|permutation|Barnard|"
        r"test\s+of\s+the\s+risk\s+difference",
    ),
    (re.compile(r"median|shift|rank|Hodges", re.IGNORECASE), r"Mann|Wilcoxon|rank|bootstrap|permutation|quantile"),
    (re.compile(r"\brates?\b", re.IGNORECASE), r"exact\s+(?:conditional|test|method)|permutation|bootstrap"),
)
"""What is compared, and the tests of it whose P value inverts no ordinary interval."""
_MEAN_TESTS = r"\bt[\s-]?tests?\b|Welch|covariance|ANCOVA|regression|linear\s+model|mixed\s+model|paired\s+t\b|ANOVA"
_RANK_TESTS = r"Mann|Wilcoxon|rank[\s-]sum|signed[\s-]rank|permutation|bootstrap"
ADJUSTED = (
    r"one-(?:sided|tailed)(?!,?\s+(?:upper|lower|\d))|Bonferroni|Holm\b|Hochberg|Dunnett|Tukey|multiplicity-adjusted|"
    r"non-?inferiority|Bayes"
)
"""P values of another kind than an ordinary interval has; a one-sided limit of a single proportion is none."""


def ci_p(paper: Paper) -> Iterator[Fault]:
    for result in results(paper):
        null = _null(result)
        if result.p is None or null is None or result.marked or result.low.printed.low > result.high.printed.high:
            continue
        does = _disagree(result.low.printed, result.high.printed, result.p.printed, null, 1 - result.level / 100)
        if does and not _excused(paper, result.words):
            why = f"the interval {result.limits} {does} {shown(null)}, but {result.p.text}, and no other test is named"
            yield Fault(result.p.text, why, "", spot=result.p.spot, others=(result.spot,))


def _null(result: Result) -> float | None:
    """The value of no effect, from the last word that tells it."""
    words = [match.lastgroup for match in _QUANTITY.finditer(result.words)]
    if not words:
        return None
    if words[-1] == "zero":
        return 0.0
    return None if result.shares or result.low.printed.value < 0 else 1.0


def _disagree(low: Printed, high: Printed, p: Printed, null: float, alpha: float) -> str:
    """How an interval contradicts a P value for certain: "includes" or "excludes"; empty where it may not."""
    if low.high < null < high.low and p.high < alpha - 1e-9:
        return "includes"
    if (null < low.low or null > high.high) and p.low > alpha + 1e-9:
        return "excludes"
    return ""


def _excused(paper: Paper, words: str) -> bool:
    """Does the paper say that P comes from another method than the interval, or is of another kind?"""
    if paper.says(ADJUSTED):
        return True
    if any(kind.search(words) and paper.says(tests) for kind, tests in _OTHER_TESTS):
        return True
    if _SHARES.search(words):
        return False
    return paper.says(_RANK_TESTS) and (bool(re.search(_RANK_TESTS, words)) or not paper.says(_MEAN_TESTS))


INTERVAL_RULES = (
    Rule(
        "T-CI-ORDER", "The lower limit of an interval stands first and is not above the upper.", "definition", ci_order
    ),
    Rule(
        "T-CI-CONTAINS",
        "An estimate lies inside its interval at the printed digits; where words carry the sign, so does it without.",
        "holds of every ordinary method",
        ci_contains,
    ),
    Rule(
        "T-CI-P",
        "A P value agrees with the interval beside it about 1 minus its level, unless the paper names another test.",
        "duality of tests and intervals; SAMPL guidelines (Lang & Altman 2013): name the test",
        ci_p,
    ),
)
