from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import StatisticsError
from holdfast.statistics.sketch.label import LabelLayout, LabelSketch, shorten

CODES = st.lists(st.integers(-1, 5), max_size=60)
NAMES = ["a", "b", "c", "d", "e", None]


@given(CODES, CODES)
@settings(max_examples=60, deadline=None)
def test_merging_is_counting_together(first: list[int], second: list[int]) -> None:
    a, b = np.array(first, dtype=np.int64), np.array(second, dtype=np.int64)
    layout = LabelLayout.of({"a": 2, "b": 1})
    merged = layout.sketch(NAMES, a).merge(layout.sketch(NAMES, b))
    whole = layout.sketch(NAMES, np.concatenate([a, b]))
    assert merged.counts.tolist() == whole.counts.tolist()
    assert merged.missing == whole.missing
    assert dict(merged.others) == dict(whole.others)


def test_more_labels_than_memory_should_hold_share_a_bin() -> None:
    names = [f"customer-{i:06}" for i in range(50_000)]
    layout = LabelLayout.of(dict.fromkeys(names, 1))
    found = layout.sketch(names, np.arange(50_000))
    assert found.rows == 50_000
    assert not found.complete
    assert len(json.dumps(found.to_json())) <= 4096


def test_long_labels_stay_apart() -> None:
    long = "x" * 1_000
    assert shorten(long + "a") != shorten(long + "b")
    assert len(shorten(long)) < 60


def test_it_comes_back_as_it_was() -> None:
    found = LabelLayout.of({"a": 2}).sketch(NAMES, np.array([0, 1, 5, -1]))
    again = LabelSketch.from_json(json.loads(json.dumps(found.to_json())))
    assert again.to_json() == found.to_json()
    assert (again.n, again.missing) == (2, 2)


def test_other_labels_do_not_merge() -> None:
    one, two = LabelLayout.of({"a": 1}), LabelLayout.of({"b": 1})
    with pytest.raises(StatisticsError, match="do not merge"):
        one.sketch(NAMES, np.array([0])).merge(two.sketch(NAMES, np.array([0])))
