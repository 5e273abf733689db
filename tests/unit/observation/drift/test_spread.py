from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from holdfast.observation.drift.spread import RUN, spread


@given(st.integers(0, 2_000_000), st.integers(2 * RUN, 3_000))
def test_runs_are_spread_evenly_from_the_first_to_the_last(rows, most) -> None:
    places = spread(rows, most=most)
    assert len(places) == rows if rows <= most else most - RUN < len(places) <= most
    assert (np.diff(places) > 0).all()
    if rows > most:
        firsts = places.reshape(-1, RUN)[:, 0]
        assert (places[0], places[-1]) == (0, rows - 1)
        assert np.ptp(np.diff(firsts)) <= 1
        assert (np.diff(places.reshape(-1, RUN), axis=1) == 1).all()
