from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.operations.recover.isolate import BAD, GOOD, UNSURE, halve, isolate


class Counting:
    """A test of subsets that counts how often it is asked."""

    def __init__(self, needed: set[int], *, deaf: set[int] | None = None) -> None:
        self.needed, self.deaf, self.times = needed, deaf or set(), 0

    def __call__(self, some: frozenset[int]) -> str:
        self.times += 1
        if self.deaf and len(self.deaf & some) == 1:
            return UNSURE
        return BAD if self.needed <= some else GOOD


@given(st.integers(2, 400), st.data())
def test_one_culprit_takes_a_halving(count: int, data: st.DataObject) -> None:
    culprit = data.draw(st.integers(0, count - 1))
    test = Counting({culprit})
    found = isolate(count, test)
    assert found.difference == (culprit,)
    assert test.times <= math.ceil(math.log2(count))


@given(st.integers(2, 60), st.data())
def test_of_several_that_are_needed_one_is_told_apart(count: int, data: st.DataObject) -> None:
    needed = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=4))
    found = isolate(count, Counting(needed))
    (only,) = found.difference
    assert only in needed
    assert not needed <= found.good
    assert needed <= found.bad


def test_what_cannot_be_told_apart_stays_together() -> None:
    found = isolate(16, Counting({3}, deaf={3, 9}))
    assert {3, 9} >= set(found.difference) > set() or found.difference == (3,)
    assert 3 in found.difference


def test_nothing_can_be_said_at_all() -> None:
    assert isolate(4, lambda _: UNSURE).difference == (0, 1, 2, 3)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=60), st.data())
def test_halving_finds_the_step_and_weighs(weights: list[int], data: st.DataObject) -> None:
    step = data.draw(st.integers(1, len(weights)))
    times = 0

    def test(place: int) -> str:
        nonlocal times
        times += 1
        assert 0 < place < len(weights)
        return BAD if place >= step else GOOD

    assert halve(weights, test) == (step - 1, step)
    assert times <= len(weights)


def test_ten_thousand_events_take_few_looks_however_they_are_bundled() -> None:
    for size in (1, 16, 256, 10_000):
        bundles = [size] * (10_000 // size)
        looks = 0
        for culprit in (0, 617, 6_170, 9_999):
            test = Counting({culprit % size})
            asked = [0]

            def place(
                n: int, culprit: int = culprit, size: int = size, asked: list[int] = asked
            ) -> str:
                asked[0] += 1
                return BAD if n * size > culprit else GOOD

            if culprit // size >= len(bundles):
                continue
            low, high = halve(bundles, place)
            assert (low, high) == (culprit // size, culprit // size + 1)
            if size > 1:
                isolate(size, test)
            looks = max(looks, asked[0] + test.times)
        assert looks <= 15


@pytest.mark.parametrize("deaf", [{5}, {4, 5, 6}, set(range(1, 10))])
def test_places_that_cannot_say_are_passed_over(deaf: set[int]) -> None:
    low, high = halve([1] * 10, lambda n: UNSURE if n in deaf else BAD if n >= 5 else GOOD)
    assert low < 5 <= high
    assert not set(range(low + 1, high)) - deaf
