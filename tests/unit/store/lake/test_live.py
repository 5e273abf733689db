from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain.moment import Cut, EventId
from holdfast.ports.ledger import Query
from holdfast.store.lake import live
from holdfast.store.lake.live import FILE, LiveDocuments
from holdfast.store.lake.numbers import Numbers
from tests.unit.store.lake.world import World


def documents(world: World, folder: Path | None = None) -> LiveDocuments:
    return LiveDocuments(world.ledger, world.ledger, numbers=Numbers(), folder=folder)


def expected(world: World, cut: Cut) -> dict[str, str]:
    return {entry.key: entry.value["document"] for entry in world.ledger.scan("documents", cut)}


STEPS = st.lists(
    st.one_of(
        st.dictionaries(
            st.sampled_from("abcd"), st.one_of(st.none(), st.sampled_from("uvwxyz")), min_size=1
        ),
        st.tuples(st.integers(0, 30), st.booleans()),
    ),
    max_size=12,
)


@settings(max_examples=80)
@given(STEPS, st.randoms(use_true_random=False))
def test_it_shows_what_the_ledger_shows_at_every_cut(steps: list, random: object) -> None:
    world = World()
    shown = documents(world)
    for step in steps:
        if isinstance(step, dict):
            world.write(step)
        else:
            back, revoke = step
            head = world.head
            parent = Cut(head.timeline, max(1, head.tick - back))
            visible = [
                entry.id for _, entry in world.ledger.history(Query(store="documents", within=head))
            ]
            chosen = random.sample(visible, len(visible) // 2) if revoke else ()  # type: ignore[attr-defined]
            world.fork(head if revoke else parent, revoked=chosen)
        shown.at(world.head)
    timelines = range(1, world.head.timeline + 1)
    cuts = [Cut(t, tick) for t in timelines for tick in range(world.head.tick + 1)]
    for cut in cuts:
        assert shown.at(cut).by_path() == expected(world, cut)
        assert documents(world).at(cut).by_path() == expected(world, cut)


def test_a_live_document_knows_its_paths() -> None:
    world = World()
    world.write({"a": "one", "b": "one", "c": "two"})
    found = documents(world).at(world.head)
    (name,) = {found.by_path()["a"]}
    assert len(found) == 3
    assert found.paths(name) == ["a", "b"]
    assert found.paths("0" * 64) == []
    assert found.digests == set(found.by_path().values())


def test_cuts_without_a_document_between_them_share_their_answer() -> None:
    world = World()
    first = world.write({"a": "one"}).cut
    shown = documents(world)
    later = world.fork(first)
    assert shown.at(later) is shown.at(first)
    assert shown.at(world.write({"b": "two"}).cut) is not shown.at(first)


def test_a_revoked_event_shows_what_it_had_overwritten() -> None:
    world = World()
    world.write({"a": "good"})
    bad = world.write({"a": "bad"})
    after = world.fork(world.head, revoked=[EventId(bad.tick, 0)])
    assert documents(world).at(after).by_path() == expected(world, after)
    assert documents(world).at(after).by_path() != expected(world, bad.cut)


class TestOnDisk:
    @pytest.fixture(autouse=True)
    def save_soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(live, "UNSAVED", 1)

    def test_a_start_reads_only_what_is_new(self, tmp_path: Path) -> None:
        world = World()
        world.write({"ä\n": "one", "b": "two", "c": "three"})
        world.write({"b": None})
        documents(world, tmp_path).at(world.head)
        asked = []
        history = world.ledger.history

        def watched(query: Query) -> object:
            asked.append(query)
            return history(query)

        world.ledger.history = watched  # type: ignore[method-assign, assignment]
        world.write({"d": "four"})
        again = documents(world, tmp_path)
        for tick in range(world.head.tick + 1):
            cut = Cut(1, tick)
            assert again.at(cut).by_path() == expected(world, cut)
        assert {query.after for query in asked} == {2, 3}

    def test_another_ledgers_file_is_not_believed(self, tmp_path: Path) -> None:
        for text in ("one", "two"):
            world = World()
            world.write({"a": text, "b": text})
            found = documents(world, tmp_path).at(world.head)
            assert found.by_path() == expected(world, world.head)

    @pytest.mark.parametrize("keep", [0, 10, 200, -1])
    def test_a_torn_file_is_not_believed(self, tmp_path: Path, keep: int) -> None:
        world = World()
        world.write({"a": "one", "b": "two"})
        documents(world, tmp_path).at(world.head)
        whole = (tmp_path / FILE).read_bytes()
        (tmp_path / FILE).write_bytes(whole[:keep])
        found = documents(world, tmp_path).at(world.head)
        assert found.by_path() == expected(world, world.head)

    def test_an_older_cut_is_there_too(self, tmp_path: Path) -> None:
        world = World()
        first = world.write({"a": "one", "b": "two"}).cut
        world.write({"a": "three"})
        documents(world, tmp_path).at(world.head)
        found = documents(world, tmp_path).at(first)
        assert found.by_path() == expected(world, first)
        assert found.documents.dtype == np.int32
