from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.statistics.skew import straighten, unstraighten

QUANTILES = st.floats(-6, 6)
SKEWS = st.floats(-5, 5)
SIZES = st.floats(3, 1e6)


@given(QUANTILES, SKEWS, SIZES)
def test_one_undoes_the_other(g, skewness, n) -> None:
    t = unstraighten(g, skewness=skewness, n=n)
    assert straighten(t, skewness=skewness, n=n) == pytest.approx(g, abs=1e-4)


@given(QUANTILES, QUANTILES, SKEWS, SIZES)
def test_order_is_kept(first, second, skewness, n) -> None:
    low, high = sorted([first, second])
    # Up to rounding, which is as coarse as the skewness is small.
    lower = straighten(low, skewness=skewness, n=n)
    assert lower <= straighten(high, skewness=skewness, n=n) + 1e-9


def test_without_skewness_nothing_changes() -> None:
    assert straighten(1.7, skewness=0.0, n=10) == 1.7
    assert unstraighten(1.7, skewness=0.0, n=10) == 1.7
