"""The simulated NMOSD study: its files are what simulate.py writes, are legal, and agree with the abstract."""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

STUDY = Path(__file__).resolve().parents[2] / "data" / "nmosd"
FILES = ("participants.csv", "visits.csv", "relapses.csv", "adverse_events.csv")
EDSS = {0.0, *(step / 2 for step in range(2, 21))}
Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with (STUDY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PATIENTS = rows("participants.csv")
VISITS = rows("visits.csv")
RELAPSES = rows("relapses.csv")
EVENTS = rows("adverse_events.csv")
ARM = {row["patient_id"]: row["arm"] for row in PATIENTS}


def score(outcome: str, timepoint: str) -> dict[str, float]:
    """Score by patient; NaN where missing."""
    return {r["patient_id"]: float(r[outcome] or "nan") for r in VISITS if r["timepoint"] == timepoint}


def by_arm(values: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Values of the treatment and of the control arm, the missing ones left out."""
    treatment, control = (
        np.array([v for p, v in values.items() if ARM[p] == arm and not np.isnan(v)]) for arm in ("AZA+MMF", "AZA")
    )
    return treatment, control


def counts(window: int, ids: list[str]) -> dict[str, float]:
    found = Counter(r["patient_id"] for r in RELAPSES if int(r["day"]) <= window)
    return {p: float(found[p]) for p in ids}


def test_same_bytes(tmp_path: Path) -> None:
    out = tmp_path / "Ärzte und Daten"
    subprocess.run([sys.executable, str(STUDY / "simulate.py"), "--out", str(out)], check=True, capture_output=True)
    assert sorted(p.name for p in out.iterdir()) == sorted(FILES)
    for name in FILES:
        assert (out / name).read_bytes() == (STUDY / name).read_bytes(), f"{name} is not what simulate.py writes"


@pytest.mark.parametrize("name", FILES)
def test_plain_text(name: str) -> None:
    data = (STUDY / name).read_bytes()
    assert data.decode("utf-8").isascii()
    assert b"\r" not in data
    assert data.endswith(b"\n")


def test_participants() -> None:
    assert [r["patient_id"] for r in PATIENTS] == [f"P{i:02d}" for i in range(1, 61)]
    assert Counter(ARM.values()) == {"AZA": 30, "AZA+MMF": 30}
    arms = list(ARM.values())
    assert arms not in (sorted(arms), sorted(arms, reverse=True))
    for r in PATIENTS:
        assert 18 <= int(r["age"]) <= 70
        assert r["sex"] in {"female", "male"}
        assert r["aqp4_igg"] in {"positive", "negative", ""}
        assert 0 < float(r["disease_duration"]) <= int(r["age"])
        assert 0 <= int(r["prior_year_relapses"]) <= 20
        assert r["corticosteroid"] in {"yes", "no"}
        assert dt.date(2015, 4, 1) <= dt.date.fromisoformat(r["enrolment_date"]) <= dt.date(2019, 3, 31)
        assert r["received"] == "yes"
    assert 1 <= sum(r["aqp4_igg"] == "" for r in PATIENTS) <= 2


def test_one_stopped_and_one_lost() -> None:
    (stopped,) = [r for r in PATIENTS if r["stopped"] == "yes"]
    assert stopped["stop_reason"]
    (event,) = [r for r in EVENTS if r["action"] == "stopped"]
    assert event["patient_id"] == stopped["patient_id"]
    of_one = [r for r in EVENTS if r["patient_id"] == stopped["patient_id"]]
    assert all(int(r["start_day"]) <= int(event["start_day"]) for r in of_one)
    assert not np.isnan(score("adl", "month_6")[stopped["patient_id"]])

    (lost,) = [r for r in PATIENTS if r["lost_reason"]]
    assert 183 < int(lost["followup_days"]) < 365
    assert all(365 <= int(r["followup_days"]) <= 400 for r in PATIENTS if r is not lost)
    assert all(r["stop_reason"] == "" for r in PATIENTS if r is not stopped)


def test_visits() -> None:
    assert [(r["patient_id"], r["timepoint"]) for r in VISITS] == [(p, t) for p in ARM for t in ("baseline", "month_6")]
    enrolled = {r["patient_id"]: dt.date.fromisoformat(r["enrolment_date"]) for r in PATIENTS}
    for r in VISITS:
        if r["visit_date"]:
            day = (dt.date.fromisoformat(r["visit_date"]) - enrolled[r["patient_id"]]).days
            assert day == 0 if r["timepoint"] == "baseline" else 165 <= day <= 200
        else:
            assert r["adl"] == r["edss"] == ""
        assert r["adl"] == "" or int(r["adl"]) in range(0, 101, 5)
        assert r["edss"] == "" or (float(r["edss"]) in EDSS and 1 <= float(r["edss"]) <= 7.5)
        assert r["timepoint"] == "month_6" or (r["adl"] and r["edss"])
    assert 1 <= sum(r["adl"] == "" for r in VISITS) + sum(r["edss"] == "" for r in VISITS) <= 3


def test_relapses() -> None:
    followup = {r["patient_id"]: int(r["followup_days"]) for r in PATIENTS}
    days: dict[str, list[int]] = {}
    for r in RELAPSES:
        assert 1 <= int(r["day"]) <= followup[r["patient_id"]]
        days.setdefault(r["patient_id"], []).append(int(r["day"]))
    for of_one in days.values():
        assert all(later - earlier > 30 for earlier, later in pairwise(of_one))
    six, twelve = counts(183, list(ARM)), counts(365, list(ARM))
    assert all(twelve[p] >= six[p] for p in ARM)
    assert any(twelve[p] > six[p] for p in ARM)


def test_adverse_events() -> None:
    keys = [(r["patient_id"], r["term"], r["start_day"]) for r in EVENTS]
    assert len(set(keys)) == len(keys)
    assert {r["term"] for r in EVENTS} == {"leukopenia", "liver", "infection", "gastrointestinal", "alopecia"}
    assert {r["action"] for r in EVENTS} == {"none", "dose_reduced", "stopped"}
    assert all(r["patient_id"] in ARM and 0 <= int(r["start_day"]) <= 183 for r in EVENTS)
    assert all(r["serious"] in {"yes", "no"} for r in EVENTS)
    assert sum(r["serious"] == "yes" for r in EVENTS) <= 1
    assert len({r["patient_id"] for r in EVENTS}) < len(EVENTS)


# ---- every comparison of the abstract ------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["adl", "edss"])
def test_before_treatment(outcome: str) -> None:
    treatment, control = by_arm(score(outcome, "baseline"))
    assert stats.ttest_ind(treatment, control, equal_var=False).pvalue > 0.05
    assert stats.mannwhitneyu(treatment, control).pvalue > 0.05


@pytest.mark.parametrize(("outcome", "sign"), [("adl", 1), ("edss", -1)])
def test_at_6_months(outcome: str, sign: int) -> None:
    after = score(outcome, "month_6")
    treatment, control = by_arm(after)
    assert sign * (treatment.mean() - control.mean()) > 0
    assert stats.ttest_ind(treatment, control, equal_var=False).pvalue < 0.05
    assert stats.mannwhitneyu(treatment, control).pvalue < 0.05

    # Analysis of covariance by Frisch, Waugh and Lovell: regress both sides on the baseline, then on each other.
    before = score(outcome, "baseline")
    ids = [p for p in ARM if not np.isnan(after[p])]
    baseline = np.column_stack([np.ones(len(ids)), [before[p] for p in ids]])

    def residual(values: list[float]) -> np.ndarray:
        y = np.array(values)
        return y - baseline @ np.linalg.lstsq(baseline, y, rcond=None)[0]

    y, x = residual([after[p] for p in ids]), residual([float(ARM[p] == "AZA+MMF") for p in ids])
    difference = x @ y / (x @ x)
    left = y - difference * x
    t = difference / np.sqrt(left @ left / (len(ids) - 3) / (x @ x))
    assert sign * difference > 0
    assert 2 * stats.t.sf(abs(t), len(ids) - 3) < 0.05


@pytest.mark.parametrize(("outcome", "sign"), [("adl", 1), ("edss", -1)])
def test_within_each_arm(outcome: str, sign: int) -> None:
    before, after = score(outcome, "baseline"), score(outcome, "month_6")
    for change in by_arm({p: after[p] - before[p] for p in ARM}):
        assert sign * change.mean() > 0
        assert stats.ttest_1samp(change, 0).pvalue < 0.05
        assert stats.wilcoxon(change).pvalue < 0.05


def test_any_adverse_reaction() -> None:
    with_any = {r["patient_id"] for r in EVENTS}
    affected = [sum(ARM[p] == arm for p in with_any) for arm in ("AZA+MMF", "AZA")]
    table = [[n, 30 - n] for n in affected]
    assert table[0][0] < table[1][0]
    assert stats.fisher_exact(table).pvalue < 0.05
    assert stats.chi2_contingency(table, correction=False).pvalue < 0.05


@pytest.mark.parametrize("window", [183, 365])
@pytest.mark.parametrize("lost", ["kept", "left out"])
def test_recurrences(window: int, lost: str) -> None:
    ids = [r["patient_id"] for r in PATIENTS if lost == "kept" or not r["lost_reason"]]
    treatment, control = by_arm(counts(window, ids))
    assert treatment.mean() < control.mean()
    assert stats.ttest_ind(treatment, control, equal_var=False).pvalue < 0.05
    days = {r["patient_id"]: float(min(int(r["followup_days"]), window)) for r in PATIENTS if r["patient_id"] in ids}
    time_treatment, time_control = (part.sum() for part in by_arm(days))
    share = time_treatment / (time_treatment + time_control)
    assert stats.binomtest(int(treatment.sum()), int(treatment.sum() + control.sum()), share).pvalue < 0.05
