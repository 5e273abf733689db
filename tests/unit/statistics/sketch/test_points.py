from __future__ import annotations

import json

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.sketch.points import PointSketch


def test_merging_is_counting_together() -> None:
    rows = np.random.default_rng(0).normal(size=(90, 32))
    whole = PointSketch.of(rows)
    merged = PointSketch.of(rows[:30]).merge(PointSketch.of(rows[30:]))
    assert merged.n == whole.n == 90
    assert merged.mean == pytest.approx(whole.mean)
    assert merged.scatter == pytest.approx(whole.scatter)


def test_rows_that_are_not_finite_are_missing() -> None:
    rows = np.ones((4, 8))
    rows[1, 3] = np.nan
    found = PointSketch.of(rows)
    assert (found.n, found.missing, found.constant) == (3, 1, True)
    assert PointSketch.of(np.empty((0, 8))).merge(found).n == 3


def test_a_sketch_is_small_and_comes_back_as_it_was() -> None:
    found = PointSketch.of(np.random.default_rng(0).normal(size=(90, 768)))
    text = json.dumps(found.to_json())
    assert len(text) <= 4096
    again = PointSketch.from_json(json.loads(text))
    assert again.mean.tolist() == found.mean.tolist()
    assert again.scatter == pytest.approx(found.scatter)


def test_other_widths_do_not_merge() -> None:
    with pytest.raises(StatisticsError, match="do not merge"):
        PointSketch.of(np.ones((2, 8))).merge(PointSketch.of(np.ones((2, 9))))
