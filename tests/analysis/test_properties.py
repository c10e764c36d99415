"""Properties of whole analyses over random small studies: turning the arms round turns the results round."""

from __future__ import annotations

import random
import tempfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.pipeline import analyse_folder
from analysis.results import Results

EDSS = [0, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6]


def tables(seed: int, n: int, missing: float, rate: float) -> dict[str, str]:
    """Tables of a random study of `2 n` patients."""
    pick = random.Random(seed)

    def maybe(value: Any) -> str:
        return "" if pick.random() < missing else str(value)

    people = ["id,group,age,weight,sex,stage,start,received,stopped,why,days,lost"]
    visits, attacks, events = ["id,visit,date,adl,edss"], ["id,day"], ["id,term,day,serious,action"]
    for i in range(2 * n):
        name, days = f"P{i}", pick.choice([365, 365, 365, 400, 200, 90])
        stage = maybe(pick.choice(["I", "II", "III"]))
        people.append(
            f"{name},{'O' if i < n else 'N'},{pick.randint(18, 90)},{maybe(pick.randint(450, 1200) / 10)},"
            f"{pick.choice('fm')},{stage},2018-05-05,yes,no,,{days},"
        )
        visits += [
            f"{name},{t},,{maybe(5 * pick.randint(0, 20))},{maybe(pick.choice(EDSS))}" for t in ("start", "half")
        ]
        attacks += [f"{name},{day}" for day in pick.sample(range(1, days + 1), min(5, int(pick.expovariate(1) * rate)))]
        events += [f"{name},{term},3,no,none" for term in ("rash", "pain") if pick.random() < 0.3]
    parts = {"people": people, "visits": visits, "attacks": attacks, "events": events}
    return {key: "\n".join(rows) + "\n" for key, rows in parts.items()}


def analysed(make: Any, reference: str, content: dict[str, str]) -> Results:
    with tempfile.TemporaryDirectory() as folder:
        small = make(folder)
        small.tables = content
        small.study["reference_arm"] = reference
        return analyse_folder(small.write())


SIGNED = (".difference", ".smd", ".shift", ".risk_difference", ".means.statistic", ".welch.statistic")
INVERTED = (".rate.ratio", ".risk_ratio")
SAME = (".p", ".fisher_p", ".chi_square", ".chi_square_p", ".df")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 9),
    missing=st.sampled_from([0, 0.1, 0.6]),
    rate=st.sampled_from([0, 0.7, 2]),
)
def test_turning_the_arms_round(make_small: Any, seed: int, n: int, missing: float, rate: float) -> None:
    content = tables(seed, n, missing, rate)
    one, two = analysed(make_small, "old", content), analysed(make_small, "new", content)
    compared = 0
    for name, record in one.statistics.items():
        if not record["contrast"]:
            assert two.value(name) == record["value"], name
            continue
        other = two.value(name.replace("new_vs_old", "old_vs_new"))
        value = record["value"]
        if value is None or other is None or (name.startswith("baseline.stage.") and name.endswith(".smd")):
            continue
        compared += 1
        if name.endswith(SIGNED):
            assert other == pytest.approx(-value, rel=1e-6, abs=1e-9), name
        elif name.endswith(INVERTED) and value > 0:
            assert other == pytest.approx(1 / value, rel=1e-6), name
        elif name.endswith(".superiority"):
            assert other == pytest.approx(1 - value, abs=1e-12), name
        elif name.endswith(SAME):
            assert other == pytest.approx(value, rel=1e-6, abs=1e-12), name
        elif name.endswith("ci_low") and not name.startswith("baseline.stage."):
            high = two.value(name.replace("new_vs_old", "old_vs_new").replace("ci_low", "ci_high"))
            ratio = name.endswith(("rr_ci_low", "rate.ci_low"))
            if high is not None and (not ratio or value > 0):
                assert high == pytest.approx(1 / value if ratio else -value, rel=1e-6, abs=1e-9), name
    assert compared > 10


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 6),
    missing=st.sampled_from([0, 0.3, 1]),
    rate=st.sampled_from([0, 1, 3]),
)
def test_any_study_that_passes_its_checks_is_analysed(
    make_small: Any, seed: int, n: int, missing: float, rate: float
) -> None:
    from test_pipeline import check

    check(analysed(make_small, "old", tables(seed, n, missing, rate)))
