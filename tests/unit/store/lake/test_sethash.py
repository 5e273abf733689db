from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import CorruptionError
from holdfast.store.lake.sethash import SetHash

ITEMS = st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)).map(list), max_size=8)


def total(items: list[list[str]]) -> SetHash:
    found = SetHash.empty()
    for item in items:
        found = found.add(item)
    return found


@given(ITEMS, st.randoms(use_true_random=False))
def test_order_makes_no_difference(items: list[list[str]], random: object) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert total(items) == total(shuffled)


@given(ITEMS, ITEMS)
def test_removing_undoes_adding(items: list[list[str]], others: list[list[str]]) -> None:
    found = total([*items, *others])
    for item in others:
        found = found.remove(item)
    assert found == total(items)


@given(ITEMS)
def test_it_survives_being_written(items: list[list[str]]) -> None:
    found = total(items)
    assert SetHash.decode(found.encode()) == found
    assert SetHash.decode(found.encode()).digest == found.digest


def test_different_sets_differ() -> None:
    sets = [[], [["a", "1"]], [["a", "2"]], [["a1", ""]], [["a", "1"], ["a", "1"]]]
    assert len({total(items).digest for items in sets}) == len(sets)


def test_the_digest_never_changes() -> None:
    assert SetHash.empty().add(["a.md", "00"]).digest == (
        "93070ece0adf3100531b88699fda36e768d2db25f1bcb42942b4bc0a6fed003f"
    )


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", "é"])
def test_what_is_no_set_hash_is_refused(text: str) -> None:
    with pytest.raises(CorruptionError, match="ledger"):
        SetHash.decode(text)
