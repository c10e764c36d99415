"""Non-inferiority and equivalence: a comparison tested against the margin that study.yml declares.

The verdict is the interval's: it lies on the right side of the margin (of both margins) or it does not. The P value
beside it is one-sided and of the same method, so that the two agree at half of 1 minus the interval's level.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.context import Context
from analysis.describing import Record, percent
from analysis.stats import NO_DATA, NO_VARIATION, Problem, Value
from analysis.stats.means import TTest
from analysis.stats.regression import Ratio
from analysis.stats.score import difference_z, ratio_z, score_difference, score_ratio
from analysis.study import Outcome

FRAMEWORKS = {"non-inferiority": "noninferiority", "equivalence": "equivalence"}
"""Frameworks that need a margin, and the part of the statistics' names that they give."""


@dataclass(frozen=True)
class Tested:
    """A statistic at a margin and its one-sided P."""

    statistic: Value
    p: Value


def limits_of(outcome: Outcome, framework: str) -> dict[str, float]:
    """`{"value": …}` of non-inferiority, `{"low": …, "high": …}` of equivalence, first arm against the reference.

    In the unit of the outcome (percentage points of a binary one) or as a ratio. A difference that is worse by the
    margin has the sign that `better` gives it.
    """
    margin = outcome.margin
    if margin is None or framework not in FRAMEWORKS:
        return {}
    ratio = margin.scale == "ratio"
    if framework == "equivalence":
        ends = sorted((margin.value, 1 / margin.value if ratio else -margin.value))
        return {"low": ends[0], "high": ends[1]}
    return {"value": margin.value if ratio or outcome.better == "lower" else -margin.value}


def more_is_worse(outcome: Outcome) -> bool:
    """Whether a larger comparison is worse for the first arm; a hazard is larger where times are shorter."""
    return (outcome.better == "lower") != (outcome.kind == "time_to_event")


def _normal(statistic: float, sign: int) -> Tested:
    if not np.isfinite(statistic):
        return Tested(NO_VARIATION, NO_VARIATION)
    return Tested(statistic, float(stats.norm.sf(sign * statistic)))


def judge(outcome: Outcome, limits: dict[str, float], test: Callable[[float, int], Tested]) -> Tested:
    """The test of non-inferiority, or the less clear one of the two tests of equivalence (Schuirmann 1987).

    Args:
        limits: of `limits_of`.
        test: given a margin and 1 (above it) or -1 (below it).
    """
    if "value" in limits:
        return test(limits["value"], -1 if more_is_worse(outcome) else 1)
    both = [test(limits["low"], 1), test(limits["high"], -1)]
    for one in both:
        if isinstance(one.p, Problem):
            return one
    return max(both, key=lambda one: float(one.p))  # type: ignore[arg-type]


def t_test(found: TTest, margin: float, sign: int) -> Tested:
    """Whether a difference lies above (1) or below (-1) a margin, by Student's t with the test's own error and df.

    R: `t.test(first, second, mu = margin, alternative = "greater")`.
    """
    for one in (found.difference, found.se, found.df):
        if isinstance(one, Problem):
            return Tested(one, one)
    difference, se, df = (float(one) for one in (found.difference, found.se, found.df))  # type: ignore[arg-type]
    if not se > 0:
        return Tested(NO_VARIATION, NO_VARIATION)
    t = (difference - margin) / se
    return Tested(t, float(stats.t.sf(sign * t, df)))


def geometric_test(logs: TTest, margin: float, sign: int) -> Tested:
    """The same for a ratio of geometric means, by the test of their logarithms."""
    return t_test(logs, float(np.log(margin)), sign)


def risk_test(x1: int, n1: int, x2: int, n2: int, scale: str) -> Callable[[float, int], Tested]:
    """Miettinen and Nurminen's test of a risk difference (margins in percentage points) or a risk ratio."""

    def test(margin: float, sign: int) -> Tested:
        if not n1 or not n2:
            return Tested(NO_DATA, NO_DATA)
        z = ratio_z(x1, n1, x2, n2, margin) if scale == "ratio" else difference_z(x1, n1, x2, n2, margin / 100)
        return _normal(z, sign)

    return test


_LABELS = {
    "margin_t": "t test against the margin",
    "margin_score": "score test against the margin",
    "margin_wald": "Wald test against the margin",
}


def put_verdicts(
    context: Context, stem: str, record: Record, unit: str, tested: dict[str, Tested], method: str
) -> None:
    """`<stem>.C.margin.*` and `<stem>.C.{noninferiority,equivalence}.{statistic,p}` of every contrast.

    Args:
        stem: outcome and time.
        unit: of the margin.
        tested: by arm.
        method: `margin_t`, `margin_score` or `margin_wald`.
    """
    study, framework = context.study, context.study.design.framework
    outcome, word = study.outcomes[stem.partition(".")[0]], FRAMEWORKS[framework]
    label = _LABELS[method]
    half = (1 - context.level) / 2
    name = record(f"{stem}.{word}", method, label, sides=1, alpha=half)
    for arm, reference in study.contrasts:
        at, contrast = f"{stem}.{context.vs(arm)}", (arm, reference)
        for part, limit in limits_of(outcome, framework).items():
            context.out.put(
                f"{at}.margin.{part}", limit, statistic="margin", unit=unit, analysis=name, contrast=contrast
            )
        for part, value in (("statistic", tested[arm].statistic), ("p", tested[arm].p)):
            context.out.put(f"{at}.{word}.{part}", value, statistic=part, analysis=name, contrast=contrast)


def put_risk_margin(context: Context, stem: str, record: Record, events: dict[str, int], n: dict[str, int]) -> None:
    """Of a binary outcome: `<stem>.C.score.{risk_difference,rd_ci_low,rd_ci_high}` (or `risk_ratio`, `rr_…`) by
    Miettinen and Nurminen, and the test against the margin by the same method."""
    study = context.study
    outcome = study.outcomes[stem.partition(".")[0]]
    limits = limits_of(outcome, study.design.framework)
    if outcome.margin is None or not limits:
        return
    ratio = outcome.margin.scale == "ratio"
    label = "ratio of proportions" if ratio else "difference of proportions"
    name = record(f"{stem}.score", "miettinen_nurminen", label, ci_method="miettinen_nurminen", null=int(ratio))
    noun, prefix, unit = ("risk_ratio", "rr", "ratio") if ratio else ("risk_difference", "rd", "percent")
    tested = {}
    for arm, reference in study.contrasts:
        table = (events[arm], n[arm], events[reference], n[reference])
        found = score_ratio(*table, context.level) if ratio else score_difference(*table, context.level)
        for part, value, statistic in (
            (noun, found.estimate, noun),
            (f"{prefix}_ci_low", found.ci_low, "ci_low"),
            (f"{prefix}_ci_high", found.ci_high, "ci_high"),
        ):
            context.out.put(
                f"{stem}.{context.vs(arm)}.score.{part}",
                value if ratio else percent(value),
                statistic=statistic,
                unit=unit,
                analysis=name,
                contrast=(arm, reference),
            )
        tested[arm] = judge(outcome, limits, risk_test(*table, outcome.margin.scale))
    put_verdicts(context, stem, record, unit, tested, "margin_score")


def put_mean_margin(
    context: Context, stem: str, record: Record, found: dict[str, TTest], test: Callable[[TTest, float, int], Tested]
) -> None:
    """Of a continuous outcome: the test against the margin of the main comparison.

    Args:
        found: the comparison of each arm, for a ratio that of the logarithms.
        test: `t_test` or `geometric_test`.
    """
    study = context.study
    outcome = study.outcomes[stem.partition(".")[0]]
    limits = limits_of(outcome, study.design.framework)
    if outcome.margin is None or not limits:
        return
    if outcome.margin.scale == "difference" and (size := context.out.sizes.get(stem.partition(".")[0])):
        limits = {part: limit / size for part, limit in limits.items()}

    def at(one: TTest) -> Callable[[float, int], Tested]:
        return lambda margin, sign: test(one, margin, sign)

    tested = {arm: judge(outcome, limits, at(one)) for arm, one in found.items()}
    unit = "ratio" if outcome.margin.scale == "ratio" else outcome.unit
    put_verdicts(context, stem, record, unit, tested, "margin_t")


def put_hazard_margin(context: Context, stem: str, record: Record, found: dict[str, Ratio]) -> None:
    """Of a time to event: Cox's hazard ratio, on the logarithmic scale, tested against the margin.

    Args:
        found: the unadjusted hazard ratio of each arm.
    """
    outcome = context.study.outcomes[stem]
    limits = limits_of(outcome, context.study.design.framework)
    if limits:
        tested = {arm: judge(outcome, limits, hazard_test(one)) for arm, one in found.items()}
        put_verdicts(context, stem, record, "ratio", tested, "margin_wald")


def hazard_test(found: Ratio) -> Callable[[float, int], Tested]:
    """Wald's test of a ratio against a margin."""

    def test(margin: float, sign: int) -> Tested:
        if isinstance(found.log_estimate, Problem) or isinstance(found.se, Problem):
            why = next(one for one in (found.log_estimate, found.se) if isinstance(one, Problem))
            return Tested(why, why)
        return _normal((found.log_estimate - float(np.log(margin))) / found.se, sign)

    return test
