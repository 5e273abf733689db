from __future__ import annotations

import json
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import StatisticsError
from holdfast.statistics.sketch.number import NumberLayout, NumberSketch

VALUES = st.lists(
    st.one_of(st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf, -math.inf])), max_size=60
)


@given(VALUES, VALUES)
@settings(max_examples=60, deadline=None)
def test_merging_is_counting_together(first: list[float], second: list[float]) -> None:
    a, b = np.array(first, dtype=np.float64), np.array(second, dtype=np.float64)
    layout = NumberLayout.of(a)
    whole = layout.sketch(np.concatenate([a, b]))
    one, two = layout.sketch(a), layout.sketch(b)
    for merged in (one.merge(two), two.merge(one)):
        assert merged.counts.tolist() == whole.counts.tolist()
        assert merged.rows == whole.rows == len(first) + len(second)
        assert (merged.low, merged.high) == (whole.low, whole.high)
        assert merged.mean == pytest.approx(whole.mean, abs=1e-6)
        assert merged.deviation == pytest.approx(whole.deviation, rel=1e-6, abs=1e-5)


def test_counts_are_those_of_the_rows() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=1_000)
    layout = NumberLayout.of(values[:300])
    found = layout.sketch(values)
    edges = [-math.inf, *layout.edges, math.inf]
    wanted = [int(((values > a) & (values <= b)).sum()) for a, b in pairwise(edges)]
    assert found.counts.tolist() == wanted
    assert found.mean == pytest.approx(values.mean())
    assert found.deviation == pytest.approx(values.std())


def test_another_value_than_a_constant_has_a_bin_of_its_own() -> None:
    layout = NumberLayout.of(np.full(50, 3.0))
    assert layout.sketch(np.array([2.0, 3.0, 4.0])).counts.tolist() == [1, 1, 1]


def test_single_precision_is_counted_at_the_same_edges() -> None:
    values = np.array([0.1, 0.2, 0.3] * 10)
    layout = NumberLayout.of(values)
    same = layout.sketch(values.astype(np.float32))
    assert same.counts.tolist() == layout.sketch(values).counts.tolist()


@pytest.mark.parametrize("values", [[], [math.nan] * 3, [math.inf, 1.0], [5.0]])
def test_odd_columns_keep_all_rows(values: list[float]) -> None:
    found = NumberLayout.of(np.array(values)).sketch(np.array(values))
    assert found.rows == len(values)
    assert NumberSketch.from_json(json.loads(json.dumps(found.to_json()))).rows == len(values)


def test_a_sketch_is_small_and_comes_back_as_it_was() -> None:
    values = np.random.default_rng(0).normal(1e9, 1e3, size=200_000)
    found = NumberLayout.of(values[:20_000]).sketch(values)
    text = json.dumps(found.to_json())
    assert len(text) <= 4096
    again = NumberSketch.from_json(json.loads(text))
    assert again.to_json() == found.to_json()
    assert again.dependence() == found.dependence()


def test_other_bins_do_not_merge() -> None:
    one, two = NumberLayout.of(np.arange(9.0)), NumberLayout.of(np.arange(5.0))
    with pytest.raises(StatisticsError, match="do not merge"):
        one.sketch(np.arange(3.0)).merge(two.sketch(np.arange(3.0)))


def test_neighbours_that_resemble_each_other_are_noticed() -> None:
    rng = np.random.default_rng(0)
    alone = rng.normal(size=8_192)
    layout = NumberLayout.of(alone)
    assert layout.sketch(alone).dependence() < 1.3
    assert layout.sketch(np.repeat(alone[:512], 16)).dependence() > 5
