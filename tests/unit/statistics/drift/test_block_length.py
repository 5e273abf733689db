from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from holdfast.statistics.drift.block_length import block_length, dependence


def waves(rng, n, *, memory):
    return signal.lfilter([1], [1, -memory], rng.normal(size=n + 200))[200:]


def test_lengths_are_those_of_another_implementation() -> None:
    """What arch 8.0 says of the circular bootstrap for the same series, rounded up here."""
    rng = np.random.default_rng(5)
    made = {
        (memory, n): waves(rng, n, memory=memory)
        for memory in (0.0, 0.3, 0.5, 0.8, 0.9)
        for n in (500, 2_000, 8_000)
    }
    arch = {
        (0.3, 2_000): 7.821,
        (0.5, 500): 10.247,
        (0.5, 2_000): 19.198,
        (0.8, 2_000): 32.129,
        (0.9, 8_000): 79.369,
    }
    for key, length in arch.items():
        assert block_length(made[key]).block == pytest.approx(length, abs=1.001), key


@pytest.mark.parametrize(("memory", "factor"), [(0.5, 3.0), (0.8, 9.0)])
def test_the_factor_is_that_of_the_long_run(memory, factor) -> None:
    rng = np.random.default_rng(0)
    found = [block_length(waves(rng, 4_000, memory=memory)) for _ in range(20)]
    assert np.mean([one.factor for one in found]) == pytest.approx(factor, rel=0.1)
    assert all(0.8 < one.shown < 1 for one in found)


@pytest.mark.parametrize("values", [[], [1.0], [2.0] * 50, [0.0, 1.0] * 50])
def test_what_does_not_hang_together_needs_no_blocks(values) -> None:
    found = block_length(np.array(values))
    assert (found.block, found.factor, found.shown) == (1, 1.0, 1.0)


def test_one_huge_value_hides_nothing() -> None:
    rows = waves(np.random.default_rng(1), 2_000, memory=0.8)
    rows[1_000] = 1e9
    assert dependence(rows).block > 15


def test_labels_and_embeddings_are_looked_at_too() -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat(rng.choice(["a", "b", "c"], size=100), 12)
    points = rng.normal(size=(1_200, 8)) + np.repeat(rng.normal(size=(100, 8)), 12, axis=0)
    assert dependence(labels).block > 10
    assert dependence(points).block > 10
    assert dependence(rng.permutation(labels)).block <= 2
    assert dependence(np.array(["a"] * 40)).block == 1
