from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from holdfast.domain.moment import Cut
from holdfast.store.ledger.as_of import View
from tests.contracts.world import World


def test_a_view_keeps_to_its_cut(world: World) -> None:
    world.start()
    cut = world.put("a", 1).cut
    view = View(world.ledger, cut)
    world.put("a", 2)
    world.put("b", 2)
    world.rollback(Cut(1, 1))
    entry = view.get("documents", "a")
    assert entry is not None
    assert entry.value == 1
    assert view.get("documents", "b") is None
    assert view.get_many([("documents", "b"), ("documents", "a")]) == [None, entry]
    assert view.scan("documents") == [entry]
    assert view.scan("documents", "b") == []
    assert view.scan("documents", limit=0) == []


def test_a_view_is_frozen(world: World) -> None:
    view = View(world.ledger, world.start().cut)
    with pytest.raises(FrozenInstanceError):
        view.cut = Cut(1, 9)  # type: ignore[misc]
