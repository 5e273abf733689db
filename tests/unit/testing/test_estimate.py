from __future__ import annotations

import pytest

from holdfast.testing.estimate import Estimate


def test_a_comparison_holds_only_when_the_interval_shows_it() -> None:
    few, many = Estimate((1.0,) * 10), Estimate((1.0,) * 60)
    assert many >= 0.9
    assert not few >= 0.9
    assert not few <= 0.9
    assert many >= 0.9
    assert Estimate((0.1, 0.2, 0.15) * 20, "latency") <= 0.5
    with pytest.raises(TypeError):
        assert many > 0.9


def test_it_says_why() -> None:
    few = Estimate((1.0, 1.0, 0.0, 1.0) * 3, "facts", cases=tuple(f"c{i}" for i in range(12)))
    assert "inconclusive; about" in few.explain(0.9)
    assert "against it: c2 (0), c6 (0), c10 (0)" in few.explain(0.9)
    bad = Estimate((0.0,) * 30)
    assert bad.explain(0.9).startswith("values 0 [0, ")
    assert "is not >= 0.9" in bad.explain(0.9)
    assert "shows <= 0.5" in bad.explain(0.5, higher=False)
    assert repr(few) == "<facts 0.75 on 12 cases>"


def test_what_is_lacking_lets_nothing_hold() -> None:
    lacking = Estimate((1.0,) * 100, lacking=3)
    assert not lacking >= 0.5
    assert "3 outputs are lacking" in lacking.explain(0.5)


def test_clusters_are_counted_not_cases() -> None:
    values, clusters = (1.0,) * 60, tuple(f"k{i // 10}" for i in range(60))
    assert not Estimate(values, clusters=clusters) >= 0.9
