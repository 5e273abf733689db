from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import StateError
from holdfast.operations.migrate.adapt import MOST, Pairs, split


def pairs(*sizes: int) -> Pairs:
    """Documents of so many passages each."""
    names = [number.to_bytes(32) for number, size in enumerate(sizes) for _ in range(size)]
    vectors = np.arange(len(names), dtype=np.float32)[:, np.newaxis]
    return Pairs(np.array(names, "V32"), np.arange(len(names)), vectors, vectors)


@pytest.mark.parametrize("sizes", [(10,) * 50, (1_000, *(3,) * 49), (*(3,) * 49, 1_000)])
def test_whole_documents_are_held_out_and_a_long_one_weighs_no_more(sizes: tuple[int, ...]) -> None:
    learning, held = split(pairs(*sizes))
    assert not set(learning.documents.tolist()) & set(held.documents.tolist())
    assert len(set(held.documents.tolist())) == 10
    assert len(learning.rows) == sum(sizes[:40])
    assert len(held.rows) == sum(min(size, MOST) for size in sizes[40:])
    assert (held.old[:, 0] == held.rows).all()


@pytest.mark.parametrize("sizes", [(), (500,), (500, 500), (4,) * 4])
def test_a_handful_of_documents_teaches_nothing(sizes: tuple[int, ...]) -> None:
    with pytest.raises(StateError, match=f"{len(sizes)} documents are too few"):
        split(pairs(*sizes))
