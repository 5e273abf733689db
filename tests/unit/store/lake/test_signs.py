from __future__ import annotations

import numpy as np
import pytest

from holdfast.store.lake.signs import BLOCK, PLANES, Signs


def vectors(count: int, dimensions: int, *, offset: float = 0.0) -> np.ndarray:
    drawn = np.random.default_rng(count).normal(size=(count, dimensions)) + offset
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16)


def unpacked(words: np.ndarray) -> np.ndarray:
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), bitorder="little")


@pytest.mark.parametrize(("dimensions", "words"), [(8, 1), (64, 1), (65, 2), (256, 4), (1536, 32)])
def test_a_code_has_a_bit_for_each_dimension_up_to_a_power_of_two(
    dimensions: int, words: int
) -> None:
    signs = Signs(np.zeros(dimensions, np.float16))
    assert signs.encode(vectors(3, dimensions)).shape == (words, 3)


def test_turning_keeps_angles() -> None:
    given = vectors(20, 48).astype(np.float32)
    turned = Signs(np.zeros(48, np.float16))._turned(given)
    assert np.allclose(turned.T @ turned / 64, given @ given.T, atol=1e-5)


def test_codes_are_the_signs_around_the_center() -> None:
    center = vectors(1, 64)[0]
    signs, given = Signs(center), vectors(9, 64)
    turned = signs._turned(given)
    codes = signs.encode(given)
    for i in range(9):
        assert np.array_equal(unpacked(codes[:, i]), (turned[:, i] > 0).astype(np.uint8))


def test_a_code_does_not_depend_on_its_neighbours() -> None:
    given = vectors(BLOCK + 5, 64)
    signs = Signs(given[0])
    codes = signs.encode(given)
    for part in (slice(0, 1), slice(7, 1000), slice(BLOCK - 2, BLOCK + 5)):
        assert np.array_equal(codes[:, part], signs.encode(given[part]))


def test_a_question_is_about_the_sum_of_its_planes() -> None:
    signs = Signs(np.zeros(256, np.float16))
    question = vectors(1, 256)[0].astype(np.float32)
    planes = signs.planes(question)
    assert planes.shape == (PLANES, 4)
    bits = np.stack([unpacked(plane).astype(int) for plane in planes])
    levels = ((2 * bits - 1) * (2 ** np.arange(PLANES))[:, np.newaxis]).sum(axis=0)
    turned = signs._turned(question[np.newaxis])[:, 0]
    assert np.corrcoef(levels, turned)[0, 1] > 0.98
    assert np.array_equal(bits[-1] == 1, turned > 0)


def test_a_question_at_the_center_is_no_error() -> None:
    center = vectors(1, 64)[0]
    assert Signs(center).planes(center.astype(np.float32)).shape == (PLANES, 1)
