"""Comparisons within strata: levels of categories that patients are compared inside of, and then taken together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.context import Context, Floats
from analysis.describing import Record, percent
from analysis.stats.stratified import mantel_haenszel


def strata_of(context: Context, columns: list[str], patients: pd.Index[Any]) -> NDArray[np.int64]:
    """Number of the stratum of each patient: of the combination of levels; -1 where any is missing."""
    file = context.study.files[context.study.participants]
    found = np.zeros(len(patients), dtype=np.int64)
    missing = np.zeros(len(patients), dtype=bool)
    for name in columns:
        levels = list(file.columns[name].levels or {})
        codes = pd.Categorical(context.people[name].reindex(patients), categories=levels).codes.astype(np.int64)
        missing |= codes < 0
        found = found * len(levels) + codes
    return np.where(missing, -1, found)


def put_stratified_risks(
    context: Context, stem: str, record: Record, cells: dict[str, Floats], groups: dict[str, pd.Index[Any]]
) -> None:
    """`<stem>.C.stratified.{statistic,p}`, and `risk_difference`, `risk_ratio`, `odds_ratio` there with their limits.

    Args:
        cells: 1, 0 or NaN of each patient by arm, in the order of `groups`.
    """
    study, out = context.study, context.out
    columns = study.outcomes[stem.partition(".")[0]].stratify_by
    stratum = {arm: strata_of(context, columns, patients) for arm, patients in groups.items()}
    known = {arm: (stratum[arm] >= 0) & ~np.isnan(array) for arm, array in cells.items()}
    more: dict[str, Any] = {"n_analysed": {arm: int(one.sum()) for arm, one in known.items()}, "adjusted_for": columns}
    size = 1 + max((int(one.max(initial=0)) for one in stratum.values()), default=0)
    n = {arm: _per_stratum(stratum[arm][known[arm]], np.ones(int(known[arm].sum())), size) for arm in cells}
    x = {arm: _per_stratum(stratum[arm][known[arm]], array[known[arm]], size) for arm, array in cells.items()}
    test = record(f"{stem}.stratified.test", "cochran_mantel_haenszel", "Cochran–Mantel–Haenszel test", null=1, **more)
    found = {arm: mantel_haenszel(x[arm], n[arm], x[old], n[old], context.level) for arm, old in study.contrasts}
    for arm, reference in study.contrasts:
        at, contrast = f"{stem}.{context.vs(arm)}.stratified", (arm, reference)
        for part, value in (("statistic", found[arm].test.statistic), ("p", found[arm].test.p)):
            out.put(f"{at}.{part}", value, statistic=part, analysis=test, contrast=contrast)
    for noun, prefix, label, null in (
        ("risk_difference", "rd", "common difference of proportions", 0),
        ("risk_ratio", "rr", "common ratio of proportions", 1),
        ("odds_ratio", "or", "common ratio of odds", 1),
    ):
        about = {**more, "ci_method": "mantel_haenszel", "null": null}
        name = record(f"{stem}.stratified.{noun}", "mantel_haenszel", label, **about)
        for arm, reference in study.contrasts:
            one = getattr(found[arm], noun)
            for part, value, statistic in (
                (noun, one.estimate, noun),
                (f"{prefix}_ci_low", one.ci_low, "ci_low"),
                (f"{prefix}_ci_high", one.ci_high, "ci_high"),
            ):
                out.put(
                    f"{stem}.{context.vs(arm)}.stratified.{part}",
                    percent(value) if null == 0 else value,
                    statistic=statistic,
                    unit="percent" if null == 0 else "ratio",
                    analysis=name,
                    contrast=(arm, reference),
                )


def _per_stratum(stratum: NDArray[np.int64], amounts: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(stratum, weights=amounts, minlength=size), dtype=np.float64)
