"""Models of repeated measures: what theory says of them, and data from which they cannot be had."""

from __future__ import annotations

import copy
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from test_repeated_r import frame_of, results, write

from analysis.faults import StudyError
from analysis.pipeline import analyse_folder
from analysis.stats import Problem
from analysis.stats.means import TTest
from analysis.stats.repeated import BOUNDARY, Mixed, Structure, mixed_model

Floats = NDArray[np.float64]
STRUCTURES: tuple[Structure, ...] = ("unstructured", "random_intercept")
PARTS = ("difference", "se", "ci_low", "ci_high", "statistic", "df", "p")


def sample(n: int = 60, visits: int = 4, seed: int = 1) -> tuple[Floats, NDArray[np.int64], Floats]:
    chance = np.random.default_rng(seed)
    own = chance.normal(size=n)
    y = 10 + own[:, None] + chance.normal(size=(n, visits)) * (1 + np.arange(visits) / 4)
    y[chance.random(y.shape) < 0.15] = np.nan
    return y, np.arange(n) % 2, own + chance.normal(size=n)


def fitted(y: Floats, arm: NDArray[np.int64], base: Floats | None, structure: Structure, arms: int = 2) -> Mixed:
    return mixed_model(y, arm, arms, base, np.empty((len(y), 0)), structure)


def numbers(test: TTest) -> list[float]:
    found = [getattr(test, part) for part in PARTS]
    assert not any(isinstance(one, Problem) for one in found)
    return found


@pytest.mark.parametrize("structure", STRUCTURES)
def test_swapped_arms_change_the_sign(structure: Structure) -> None:
    y, arm, base = sample()
    one, other = fitted(y, arm, base, structure), fitted(y, 1 - arm, base, structure)
    for a, b in zip(one.tests, other.tests, strict=True):
        difference, se, low, high, t, df, p = numbers(b[0])
        assert numbers(a[0]) == pytest.approx([-difference, se, -high, -low, -t, df, p], rel=1e-8)
    for c, d in zip(one.means, other.means, strict=True):
        assert c[0].mean == pytest.approx(d[1].mean) and c[1].ci_low == pytest.approx(d[0].ci_low)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("factor", [1e-3, 7.0, 1e200])
def test_another_unit_changes_what_has_one(structure: Structure, factor: float) -> None:
    y, arm, base = sample()
    one, other = fitted(y, arm, base, structure), fitted(y * factor, arm, base * 3, structure)
    for a, b in zip(one.tests, other.tests, strict=True):
        found = numbers(a[0])
        assert numbers(b[0]) == pytest.approx([x * factor for x in found[:4]] + found[4:], rel=1e-8)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_order_of_patients_does_not_count(structure: Structure) -> None:
    y, arm, base = sample()
    order = np.random.default_rng(2).permutation(len(y))
    one, other = fitted(y, arm, base, structure), fitted(y[order], arm[order], base[order], structure)
    for a, b in zip(one.tests, other.tests, strict=True):
        assert numbers(a[0]) == pytest.approx(numbers(b[0]), rel=1e-8)


def test_complete_values_without_a_baseline_are_compared_as_by_students_test() -> None:
    """Unstructured and nothing missing: at each visit the difference, error and df of the t test with pooled SD."""
    y = np.random.default_rng(3).normal(size=(24, 3))
    arm = np.arange(24) % 2
    for t, tests in enumerate(fitted(y, arm, None, "unstructured").tests):
        a, b = y[arm == 1, t], y[arm == 0, t]
        se = np.sqrt((a.var(ddof=1) * 11 + b.var(ddof=1) * 11) / 22 * (1 / 12 + 1 / 12))
        found = numbers(tests[0])
        assert [found[0], found[1], found[5]] == pytest.approx([a.mean() - b.mean(), se, 22], rel=1e-8)


def test_balanced_compound_symmetry_has_satterthwaites_degrees_of_freedom() -> None:
    """By mean squares between (25 df) and within patients (75 df) of R's Orthodont."""
    frame, reference, times = frame_of("distance_ri")
    found = fitted(
        frame[times].to_numpy(float), (frame["arm"] != reference).to_numpy().astype(int), None, STRUCTURES[1]
    )
    assert found.covariance is not None
    between, total = found.covariance[0, 1], found.covariance[0, 0]
    within = total - between
    df = total**2 / (((within + 4 * between) / 4) ** 2 / 25 + (3 * within / 4) ** 2 / 75)
    assert numbers(found.tests[0][0])[5] == pytest.approx(df, rel=1e-9)


def test_a_variance_of_zero_between_patients_is_said() -> None:
    chance = np.random.default_rng(5)
    y = chance.normal(size=(40, 2))
    y[:, 1] = -y[:, 0] + 0.3 * chance.normal(size=40)
    arm = np.arange(40) % 2
    found = fitted(y, arm, None, "random_intercept")
    assert found.warnings == (BOUNDARY,) and found.covariance is not None and found.covariance[0, 1] == 0
    assert numbers(found.tests[0][0])[5] == pytest.approx(80 - 4, rel=1e-9)  # that of independent values
    assert fitted(y, arm, None, "unstructured").warnings == ()


def spoilt(name: str) -> tuple[Floats, NDArray[np.int64], Floats | None]:
    y, arm, made = sample()
    base: Floats | None = made
    if name == "a group without values at a visit":
        y[arm == 1, 2] = np.nan
    elif name == "visits never together":
        y[:30, 1], y[30:, 2] = np.nan, np.nan
    elif name == "once":
        y[np.arange(len(y))[:, None] // 2 % 4 != np.arange(4)] = np.nan
    elif name == "few":
        y, arm, base = y[:6], arm[:6], made[:6]
        y[:] = np.arange(24).reshape(6, 4) % 7
    elif name == "constant":
        y[:, 1] = 3.0
    elif name == "copied":
        y[:, 3] = 2 * y[:, 0]
    elif name == "constant baseline":
        base = np.full(len(y), 4.0)
    elif name == "baseline tells the arm":
        base = arm * 1.0
    elif name == "nobody":
        y[:] = np.nan
    return y, arm, base


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a group without values at a visit", "no_data"),
        ("visits never together", "not_identified"),
        ("few", "too_few"),
        ("constant", "no_variation"),
        ("copied", "not_converged"),
        ("constant baseline", "no_variation"),
        ("baseline tells the arm", "not_separable"),
        ("nobody", "no_data"),
    ],
)
def test_what_cannot_be_fitted_has_a_reason(name: str, code: str) -> None:
    found = fitted(*spoilt(name), "unstructured")
    assert found.problem is not None and found.problem.code == code
    everything = [getattr(test, part) for tests in found.tests for test in tests for part in PARTS]
    everything += [mean.mean for means in found.means for mean in means]
    assert set(everything) == {found.problem}
    assert len(found.tests) == 4 and len(found.means[0]) == 2


def test_patients_seen_once_have_no_random_intercept() -> None:
    y, arm, base = spoilt("once")
    assert (np.isfinite(y).sum(axis=1) <= 1).all()
    found = fitted(y, arm, base, "random_intercept")
    assert found.problem is not None and found.problem.code == "not_identified"


def test_a_thousand_patients_take_less_than_a_second() -> None:
    y, arm, base = sample(1000)
    start = time.perf_counter()
    assert fitted(y, arm, base, "unstructured").problem is None
    assert time.perf_counter() - start < 1


# Whole studies --------------------------------------------------------------------------------------------------


def test_the_mixed_model_takes_the_place_of_ancova(tmp_path: Path) -> None:
    found = results("score", tmp_path)
    names = [name for name in found.statistics if ".adjusted." in name]
    assert names == [] and not any(name.endswith(".ancova") for name in found.analyses)
    about = found.analyses["score.mixed"]
    assert about["method"] == "mmrm_unstructured" and about["adjusted_for"] == ["score.start"]
    assert sum(about["n_analysed"].values()) == found.value("score.mixed.patients")
    record = found.statistics["score.week_2.low_vs_control.mixed.difference"]
    assert record["time"] == "week_2" and record["unit"] == "units"
    assert found.value("score.week_2.low_vs_control.difference") is not None  # Welch's, beside it
    assert found.value("flow.low.analysed_score_week_4") == about["n_analysed"]["low"]


def test_margin_and_family_are_those_of_the_model(tmp_path: Path) -> None:
    from scipy import stats

    from report.audit.rules import check_results

    frame, reference, times = frame_of("score")
    more: dict[str, Any] = {"outcome": {"margin": {"value": 4}}, "multiplicity": {"method": "holm"}}
    folder = write(tmp_path, "score", frame, reference, times, **more)
    text = (folder / "study.yml").read_text()
    (folder / "study.yml").write_text(
        text.replace("prospective: false", "prospective: false\n  framework: non-inferiority")
    )
    found = analyse_folder(folder)
    stem = "score.week_4.low_vs_control"
    difference, se, df = (float(found.value(f"{stem}.mixed.{part}") or 0) for part in ("difference", "se", "df"))
    assert found.value(f"{stem}.noninferiority.p") == pytest.approx(stats.t.cdf((difference - 4) / se, df))
    own = [float(found.value(f"score.week_4.{arm}_vs_control.mixed.p") or 0) for arm in ("low", "high")]
    holm = [float(found.value(f"score.week_4.{arm}_vs_control.multiplicity.p") or 0) for arm in ("low", "high")]
    assert min(holm) == pytest.approx(min(1, 2 * min(own)))
    assert check_results(found.document) == []


def test_a_rule_finds_a_difference_that_is_not_that_of_its_means(tmp_path: Path) -> None:
    from report.audit.rules import check_results

    document = copy.deepcopy(results("score", tmp_path).document)
    document["statistics"]["score.week_3.low.mixed.mean"]["value"] += 0.5
    assert {finding.rule for finding in check_results(document)} >= {"R-DIFF"}
    document = copy.deepcopy(results("score", tmp_path).document)
    document["statistics"]["flow.low.analysed_score_week_3"]["value"] -= 1
    assert {finding.rule for finding in check_results(document)} >= {"R-FLOW-N"}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"timepoints": ["start", "week_1"]}, "needs two times after the first time point; there is one"),
        ({"timepoints": ["start"]}, "there is none"),
        ({"scale": "log", "margin": {"value": 1.5, "scale": "ratio"}}, "which the model of repeated measures has not"),
        ({"repeated": "toeplitz"}, "unstructured"),
    ],
)
def test_a_model_that_a_study_cannot_have_is_a_fault(tmp_path: Path, keys: dict[str, Any], said: str) -> None:
    folder = write(tmp_path, "score", *frame_of("score"), outcome=keys)
    with pytest.raises(StudyError) as caught:
        analyse_folder(folder)
    assert any(said in str(fault) for fault in caught.value.faults)
