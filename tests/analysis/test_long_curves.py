"""Curves of very many times: what is kept for the figure lies on the curve, and misses nothing that can be seen."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.stats.survival import Curve, kaplan_meier
from analysis.survival import MOST_STEPS, _ends, _steps


def sample(n: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(5)
    return chance.exponential(10, n), (chance.random(n) < 0.6).astype(float)


@pytest.mark.parametrize("n", [50, MOST_STEPS, 40_000])
def test_a_curve_keeps_what_a_figure_can_show(n: int) -> None:
    time, event = sample(n)
    curve = kaplan_meier(time, event)
    assert isinstance(curve, Curve)
    kept = _steps(curve)
    assert (
        len(kept) == curve.times.size + 1 + (curve.last > curve.times[-1]) if n < 2 * MOST_STEPS else len(kept) < 1003
    )
    exact = dict(zip(curve.times.tolist(), curve.survival.tolist(), strict=True))
    inner = [row for row in kept[1:] if row[0] in exact]
    assert len(inner) >= len(kept) - 2
    assert all(row[1] == pytest.approx(100 * exact[row[0]], rel=1e-15) for row in inner)
    at = np.array([row[0] for row in kept])
    after = at[np.searchsorted(at, curve.times)]  # the first kept time that is no earlier
    assert (after - curve.times).max() <= curve.last / MOST_STEPS
    assert kept[-1][0] == curve.last


@pytest.mark.parametrize("n", [50, 40_000])
def test_every_patient_whose_observation_ended_is_counted(n: int) -> None:
    time, event = sample(n)
    ends = _ends(time[event == 0])
    assert sum(k for _, k in ends) == int((event == 0).sum())
    assert len(ends) == (event == 0).sum() if n < MOST_STEPS else len(ends) <= MOST_STEPS
    assert {t for t, _ in ends} <= set(time.tolist())
