from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain.event import Change, Event
from holdfast.errors import ConflictError, UsageError
from holdfast.store.lake import corpus
from holdfast.store.lake.corpus import EMPTY
from holdfast.store.ledger.as_of import View
from tests.unit.store.lake.world import World

PATHS = st.dictionaries(
    st.sampled_from("abcd"), st.one_of(st.none(), st.sampled_from("uvw")), min_size=1
)


def state(world: World) -> corpus.CorpusState:
    return corpus.state(View(world.ledger, world.head))


@settings(max_examples=50)
@given(st.lists(PATHS, max_size=6))
def test_the_digest_tells_what_is_live_whatever_happened_before(
    changes: list[dict[str, str | None]],
) -> None:
    world, fresh = World(), World()
    live: dict[str, str | None] = {}
    for change in changes:
        world.write(change)
        live = {path: text for path, text in {**live, **change}.items() if text is not None}
    if live:
        fresh.write(live)
    assert state(world) == state(fresh)
    assert state(world).documents == len(live)
    assert (state(world).digest == EMPTY.digest) == (not live)


def test_a_rollback_brings_the_digest_back() -> None:
    world = World()
    first = world.write({"a": "one"}).cut
    before = state(world)
    world.write({"a": "two", "b": "three"})
    assert state(world) != before
    world.fork(first)
    assert state(world) == before


def test_of_two_writers_one_loses() -> None:
    world = World()
    world.write({"a": "one"})
    view = View(world.ledger, world.head)
    changes = []
    for path in "bc":
        event = Event("documents", path, {"document": world.store([path])[0]})
        events, expects = corpus.change(view, [event])
        changes.append(Change(world.head.timeline, "ingest", (event, *events), expects))
    outcomes = world.ledger.commit(changes)
    assert [isinstance(outcome, ConflictError) for outcome in outcomes] == [False, True]
    assert state(world).documents == 2


@pytest.mark.parametrize(
    "events",
    [
        [Event("documents", "a", None), Event("documents", "a", None)],
        [Event("queue", "a", None)],
    ],
)
def test_what_is_no_change_of_documents_is_refused(events: list[Event]) -> None:
    world = World()
    with pytest.raises(UsageError, match="once"):
        corpus.change(View(world.ledger, world.head), events)
