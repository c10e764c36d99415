"""Groups too small for a rank interval: no shift can be refused at the level, and the paper says so."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from analysis.stats.ranks import NO_LIMITS, MannWhitney, mann_whitney
from report.audit.rules.record import Record
from report.audit.rules.results_estimates import ESTIMATE_RULES
from report.build import build

NMOSD = Path(__file__).parents[2] / "data" / "nmosd"


def apart(m: int, n: int, level: float = 0.95) -> MannWhitney:
    """The most extreme data without ties: all of the first group below the second."""
    return mann_whitney(np.arange(m) * 1.5, 100 + np.arange(n) * 1.7, level)


@pytest.mark.parametrize(
    ("m", "n", "level", "limits"),
    [
        (2, 2, 0.95, False), (3, 3, 0.95, False), (3, 4, 0.95, False), (4, 4, 0.95, True), (3, 5, 0.95, True),
        (2, 8, 0.95, False), (2, 9, 0.95, True), (1, 50, 0.95, False), (4, 4, 0.99, False), (3, 3, 0.9, True),
    ],
)  # fmt: skip
def test_limits_exist_from_a_size_on(m: int, n: int, level: float, limits: bool) -> None:
    """By hand: z = (mn / 2 - 0.5) / sqrt(mn (m + n + 1) / 12), the largest there is, against the quantile."""
    found = apart(m, n, level)
    assert isinstance(found.p, float)
    assert isinstance(found.shift, float)
    if limits:
        assert isinstance(found.shift_ci_low, float)
        assert isinstance(found.shift_ci_high, float)
        assert found.p < 1 - level
        assert found.shift_ci_low <= found.shift <= found.shift_ci_high
    else:
        assert (found.shift_ci_low, found.shift_ci_high) == (NO_LIMITS, NO_LIMITS)
        assert found.p > 1 - level


values = st.lists(st.integers(0, 6).map(float), min_size=1, max_size=9)


@given(values, values, st.sampled_from([0.9, 0.95, 0.99]))
def test_an_interval_without_limits_is_never_beside_a_small_p(a: list[float], b: list[float], level: float) -> None:
    one, two = mann_whitney(np.array(a), np.array(b), level), mann_whitney(np.array(b), np.array(a), level)
    if one.shift_ci_low is NO_LIMITS:
        assert (one.shift_ci_high, two.shift_ci_low) == (NO_LIMITS, NO_LIMITS)
        assert isinstance(one.p, float)
        assert one.p >= 1 - level
    elif isinstance(one.shift_ci_low, float):
        assert isinstance(one.shift_ci_high, float)
        assert isinstance(one.shift, float)
        assert (two.shift_ci_low, two.shift_ci_high) == (-one.shift_ci_high, -one.shift_ci_low)
        assert one.shift_ci_low <= one.shift <= one.shift_ci_high


@given(values, values)
def test_the_test_rejects_a_shift_beyond_a_limit_and_none_within(a: list[float], b: list[float]) -> None:
    """The definition of the interval, testing the shifted data anew where nothing is tied across groups."""
    x, y = np.array(a), np.array(b)
    found = mann_whitney(x, y)
    if isinstance(found.shift_ci_low, float) and isinstance(found.shift_ci_high, float):
        low, high = found.shift_ci_low, found.shift_ci_high
        for shift, inside in ((low - 0.5, False), (low + 0.5, True), (high - 0.5, True), (high + 0.5, False)):
            if low < high or not inside:
                p = mann_whitney(x - shift, y).p
                assert isinstance(p, float)
                assert (p > 0.05) == inside
    elif found.shift_ci_low is NO_LIMITS:
        for shift in (-10.5, 10.5):
            p = mann_whitney(x - shift, y).p
            assert isinstance(p, float)
            assert p > 2 * norm.sf(norm.ppf(0.975))


def test_the_rule_of_interval_and_p_reads_unbounded_limits() -> None:
    rule = next(rule for rule in ESTIMATE_RULES if rule.id == "R-CI-P")

    def record(p: float) -> Record:
        about = {"method": "mann_whitney", "null": 0, "ci_level": 0.95}
        limit = {"value": None, "error": {"code": NO_LIMITS.code, "message": NO_LIMITS.message}, "analysis": "r"}
        values = {"shift": {"value": 1.0, "analysis": "r"}, "p": {"value": p, "analysis": "r"}}
        names = values | {"shift_ci_low": limit, "shift_ci_high": limit}
        statistics = {f"s.half.a_vs_b.ranks.{key}": value for key, value in names.items()}
        return Record({"study": {"arms": {"a": "A", "b": "B"}}, "analyses": {"r": about}, "statistics": statistics})

    assert not list(rule.check(record(0.19)))
    assert len(list(rule.check(record(0.01)))) == 1


@pytest.mark.parametrize("size", [2, 3, 4])
def test_a_study_of_little_groups_builds_says_so_and_audits_clean(tmp_path: Path, size: int) -> None:
    study = tmp_path / "little"
    shutil.copytree(NMOSD, study, ignore=shutil.ignore_patterns("__pycache__"))
    with (study / "participants.csv").open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    whole = [row for row in people if row["followup_days"] >= "365"]
    kept = {row["patient_id"] for arm in ("AZA", "AZA+MMF") for row in [r for r in whole if r["arm"] == arm][:size]}
    assert len(kept) == 2 * size
    for path in study.glob("*.csv"):
        head, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *(r for r in rows if kept & set(r))])
    made = build(study, engine="embedded", out=tmp_path / "out", formats=("html",))
    assert made.passed, made.audit
    page = (made.out / "paper.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>", "", re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL))
    said = "the groups are too small for limits at this confidence level"
    assert (said in text) == (size < 4)
