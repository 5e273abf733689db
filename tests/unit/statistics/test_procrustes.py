from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import StatisticsError
from holdfast.statistics.procrustes import procrustes

RNG = np.random.default_rng(5)
POINTS = RNG.standard_normal((200, 24))


def rotation(dimensions: int) -> np.ndarray:
    return np.linalg.qr(RNG.standard_normal((dimensions, dimensions)))[0]


def test_a_rotation_is_found_again() -> None:
    turn = rotation(24)
    assert np.allclose(procrustes(POINTS, POINTS @ turn), turn)


@pytest.mark.parametrize("dimensions", [8, 24, 40])
def test_it_turns_and_never_stretches(dimensions: int) -> None:
    found = procrustes(POINTS, RNG.standard_normal((200, dimensions)))
    small = found @ found.T if dimensions >= 24 else found.T @ found
    assert found.shape == (24, dimensions)
    assert np.allclose(small, np.eye(min(24, dimensions)))


def test_no_other_rotation_comes_nearer() -> None:
    onto = POINTS @ rotation(24) + 0.3 * RNG.standard_normal((200, 24))
    least = np.linalg.norm(POINTS @ procrustes(POINTS, onto) - onto)
    assert all(least < np.linalg.norm(POINTS @ rotation(24) - onto) for _ in range(20))


@pytest.mark.parametrize(
    ("points", "onto", "said"),
    [
        ([[1.0]], [[1.0], [2.0]], "are no pairs"),
        ([], [], "are no pairs"),
        ([1.0], [1.0], "are no pairs"),
        ([[np.nan]], [[1.0]], "not finite"),
    ],
)
def test_what_are_no_pairs_is_refused(points: object, onto: object, said: str) -> None:
    with pytest.raises(StatisticsError, match=said):
        procrustes(points, onto)
