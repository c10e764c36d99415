"""More than two arms: one test of all of them, and comparisons with the reference that keep the error of the family."""

from __future__ import annotations

import numpy as np

from analysis.context import Context, Floats
from analysis.describing import Record, put_t_test
from analysis.stats import NO_DATA, NO_EVENTS, Problem
from analysis.stats.proportions import Test, chi_square
from analysis.stats.several import dunnett, holm


def put_global(context: Context, stem: str, record: Record, method: str, label: str, test: Test) -> None:
    """`<stem>.global.{statistic,df,p}`: are all arms alike? Where there are more than two."""
    name = record(f"{stem}.global", method, label)
    for part, value in (("statistic", test.statistic), ("df", test.df), ("p", test.p)):
        context.out.put(f"{stem}.global.{part}", value, statistic=part, analysis=name)


def several_arms(context: Context) -> bool:
    """Whether a study has more than two arms, so that there is a global test and a family of comparisons."""
    return len(context.study.arms) > 2


def risks_alike(events: dict[str, int], n: dict[str, int]) -> Test:
    """Pearson's chi-square of events by arm. R: `chisq.test(table, correct = FALSE)`."""
    if not all(n.values()):
        return Test(NO_DATA, NO_DATA, NO_DATA)
    if not any(events.values()):
        return Test(NO_EVENTS, NO_EVENTS, NO_EVENTS)
    return chi_square(np.array([[events[arm], n[arm] - events[arm]] for arm in n], dtype=float))


def put_family(context: Context, stem: str, record: Record, p_last: str) -> None:
    """`<stem>.C.multiplicity.p`: Holm's P values of the comparisons whose own are `<stem>.C.<p_last>`.

    Comparisons without a P value are none of the family's, and keep their reason.
    """
    study, out = context.study, context.out
    if not several_arms(context) or study.multiplicity.method == "none":
        return
    own = {arm: out.statistics[f"{stem}.{context.vs(arm)}.{p_last}"] for arm, _ in study.contrasts}
    family = {arm: float(one["value"]) for arm, one in own.items() if one["value"] is not None}
    adjusted = dict(zip(family, holm(list(family.values())), strict=True))
    name = record(f"{stem}.multiplicity", "holm", "Holm's adjustment for the number of comparisons")
    for arm, reference in study.contrasts:
        error = own[arm]["error"] or {}
        value = adjusted[arm] if arm in adjusted else Problem(error["code"], error["message"])
        at = f"{stem}.{context.vs(arm)}.multiplicity.p"
        out.put(at, value, statistic="p", analysis=name, contrast=(arm, reference))


def put_family_of_means(context: Context, stem: str, record: Record, groups: dict[str, Floats], p_last: str) -> None:
    """As `put_family`; with `dunnett`, `<stem>.C.multiplicity.{difference,se,ci_low,ci_high,statistic,df,p}`."""
    study = context.study
    if not several_arms(context) or study.multiplicity.method != "dunnett":
        put_family(context, stem, record, p_last)
        return
    name = record(f"{stem}.multiplicity", "dunnett", "Dunnett's test", ci_method="dunnett", null=0)
    unit = study.outcomes[stem.partition(".")[0]].unit
    others = [arm for arm, _ in study.contrasts]
    found = dunnett([groups[arm] for arm in others], groups[study.reference_arm], context.level)
    for (arm, reference), one in zip(study.contrasts, found, strict=True):
        put_t_test(context, f"{stem}.{context.vs(arm)}.multiplicity", name, unit, one, (arm, reference), se=True)
