"""Order statistics of all differences, found without making them: the same as sorting all of them, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats import pairwise
from analysis.stats.pairwise import smallest_differences
from analysis.stats.ranks import mann_whitney

VALUES = st.lists(
    st.one_of(
        st.integers(-4, 4).map(float),
        st.integers(-30, 30).map(lambda one: one / 10),
        st.floats(-1e9, 1e9, allow_nan=False),
        st.floats(-1e-9, 1e-9, allow_nan=False),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("few", [0, pairwise.FEW])
@settings(max_examples=200, deadline=None)
@given(first=VALUES, second=VALUES)
def test_every_place_is_that_of_the_sorted_differences(few: int, first: list[float], second: list[float]) -> None:
    a, b = np.array(first), np.array(second)
    wanted = np.sort(np.subtract.outer(a, b), axis=None).tolist()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pairwise, "FEW", few)
        assert smallest_differences(a, b, range(1, a.size * b.size + 1)) == wanted


def test_the_shift_of_large_groups_is_the_median_of_all_differences() -> None:
    chance = np.random.default_rng(4)
    a, b = chance.normal(0, 1, 2001), chance.normal(0.2, 1, 1500)
    assert a.size * b.size > pairwise.FEW
    found = mann_whitney(a, b)
    differences = np.sort(np.subtract.outer(a, b), axis=None)
    assert found.shift == np.median(differences)
    # Bauer 1972 without ties: the limits are differences at places that lie as far from both ends
    low, high = (int(np.searchsorted(differences, one)) for one in (found.shift_ci_low, found.shift_ci_high))
    sd = np.sqrt(a.size * b.size * (a.size + b.size + 1) / 12)
    assert abs(low - (a.size * b.size / 2 - 1.959963984540054 * sd)) < 2
    assert abs(low + high - a.size * b.size) <= 2


def test_groups_of_a_hundred_thousand_need_no_table_of_pairs() -> None:
    chance = np.random.default_rng(5)
    a, b = np.round(chance.normal(0, 1, 100_000), 3), np.round(chance.normal(0.1, 1, 100_000), 3)
    found = mann_whitney(a, b)
    assert found.shift == pytest.approx(-0.1, abs=0.02)
    assert float(found.shift_ci_low) < float(found.shift) < float(found.shift_ci_high)  # type: ignore[arg-type]
