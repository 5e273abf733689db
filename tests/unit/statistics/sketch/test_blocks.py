from __future__ import annotations

import numpy as np
import pytest

from holdfast.statistics.sketch.blocks import LENGTHS, Blocks, blocked


def effect(codes: np.ndarray) -> float:
    root = np.sqrt(1 / np.array([0.5, 0.5]))
    share = np.bincount(codes, minlength=2) / len(codes)
    center = np.array([0.5, 0.5]) * root
    return blocked(codes, root, center=center).effect(1.0, spread=2.0, shift=share * root - center)


def test_independent_rows_have_no_effect() -> None:
    rng = np.random.default_rng(0)
    found = [effect(rng.integers(0, 2, 10_000)) for _ in range(40)]
    assert np.mean(np.array(found) > 1) < 0.2


def test_runs_of_eight_rows_inflate_eightfold() -> None:
    rng = np.random.default_rng(0)
    assert effect(np.repeat(rng.integers(0, 2, 8_000), 8)) == pytest.approx(8, rel=0.25)


def test_a_share_that_differs_from_the_center_is_no_dependence() -> None:
    rng = np.random.default_rng(0)
    codes = (rng.random(20_000) < 0.6).astype(np.int64)
    assert effect(codes) < 1.3


def test_blocks_merge_by_adding() -> None:
    codes = np.random.default_rng(0).integers(0, 2, 2 * LENGTHS[-1])
    root, center = np.ones(2), np.full(2, 0.5)
    halves = [blocked(half, root, center=center) for half in np.split(codes, 2)]
    whole = blocked(codes, root, center=center)
    merged = halves[0].merge(halves[1])
    assert merged.count == whole.count
    assert merged.total == pytest.approx(whole.total)
    assert Blocks().merge(whole) == whole


def test_few_rows_make_no_block() -> None:
    assert blocked(np.zeros(10, dtype=np.int64), np.ones(2), center=np.zeros(2)) == Blocks()
