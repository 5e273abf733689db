from __future__ import annotations

import pytest

from holdfast.statistics.overlap import average_overlap, jaccard


@pytest.mark.parametrize(
    ("first", "second", "ranked", "shared"),
    [
        ("", "", 1.0, 1.0),
        ("", "a", 0.0, 0.0),
        ("abcd", "abcd", 1.0, 1.0),
        ("abcd", "dcba", (0 + 0 + 2 / 3 + 1) / 4, 1.0),
        ("ab", "a", (1 + 0.5) / 2, 0.5),
        ("ab", "cd", 0.0, 0.0),
    ],
)
def test_the_best_places_count_most(first, second, ranked, shared) -> None:
    assert average_overlap(first, second) == pytest.approx(ranked)
    assert average_overlap(second, first) == pytest.approx(ranked)
    assert jaccard(first, second) == jaccard(second, first) == shared
