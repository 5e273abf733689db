from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from holdfast.domain.event import Change
from holdfast.domain.moment import Cut
from holdfast.store.lake import codes, index, pin, search
from holdfast.store.lake.search import CorpusSearch
from tests.unit.store.lake.world import SPACE, World, vector

WORDS = [f"word{i}" for i in range(40)]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a few hundred chunks a large corpus."""
    monkeypatch.setattr(search, "EXACT", 100)
    monkeypatch.setattr(pin, "WIDE", (0.1, 0.4))
    monkeypatch.setattr(pin, "NARROW", 2)
    monkeypatch.setattr(pin, "RECALL", 0.8)
    for module in (codes, index):
        monkeypatch.setattr(module, "ROWS", 64)


def corpus(count: int, *, seed: int = 0) -> dict[str, str | None]:
    chosen = np.random.default_rng(seed).choice(WORDS, (count, 6))
    return {f"{seed}/{i}": " ".join(words) for i, words in enumerate(chosen.tolist())}


def pinned(world: World, found: CorpusSearch) -> Cut:
    event = found.pin(world.head)
    assert event is not None
    (done,) = world.ledger.commit([Change(world.head.timeline, "pin", (event,))])
    return done.cut


def facts(found: CorpusSearch, at: Cut) -> list[list[tuple[str, float]]]:
    hits = [found.search(word, vector(word), at=at, depth=3) for word in WORDS[:10]]
    return [[(hit.chunk, hit.score) for hit in some] for some in hits]


def test_a_small_corpus_needs_no_shortlist() -> None:
    world = World()
    world.write(corpus(50))
    found = world.search()
    assert found.pin(world.head) is None
    assert found.identity(world.head)["index"] == "exact"


def test_a_shortlist_finds_the_nearest() -> None:
    world = World()
    world.write(corpus(300))
    found = world.search()
    exact = facts(found, world.head)
    at = pinned(world, found)
    value = found.identity(at)["index"]
    assert value["kind"] == "signs"
    assert len(value["center"]) == 64
    same = [
        len({chunk for chunk, _ in one[:3]} & {chunk for chunk, _ in two[:3]})
        for one, two in zip(exact, facts(found, at), strict=True)
    ]
    assert sum(same) >= 27


def test_a_cut_before_the_pin_is_searched_exactly() -> None:
    world = World()
    world.write(corpus(300))
    found, before = world.search(), world.head
    exact = facts(found, before)
    pinned(world, found)
    assert found.identity(before)["index"] == "exact"
    assert facts(found, before) == exact


def test_it_is_pinned_anew_only_when_the_corpus_has_grown() -> None:
    world = World()
    world.write(corpus(150))
    found = world.search()
    assert found.pin(pinned(world, found)) is None
    world.write(corpus(200, seed=1))
    assert found.pin(world.head) is None
    world.write(corpus(300, seed=2))
    assert found.pin(world.head) is not None


def test_what_is_not_live_has_no_influence_on_a_shortlist() -> None:
    clean, dirty = World(), World()
    clean.write(corpus(300))
    dirty.store(text for text in corpus(200, seed=1).values() if text)
    dirty.write(corpus(300))
    one, other = clean.search(), dirty.search()
    assert one.pin(clean.head) == other.pin(dirty.head)
    assert facts(one, pinned(clean, one)) == facts(other, pinned(dirty, other))


def test_codes_on_disk_and_codes_made_as_chunks_come_find_the_same(tmp_path: Path) -> None:
    world = World()
    world.write(corpus(150))
    growing = world.search(tmp_path / "one")
    at = pinned(world, growing)
    for seed in range(1, 8):
        world.write(corpus(20 * seed, seed=seed))
        at = world.head
        grown = facts(growing, at)
    assert facts(world.search(tmp_path / "one"), at) == grown
    assert facts(world.search(tmp_path / "two"), at) == grown
    assert facts(world.search(), at) == grown
    kept = list((tmp_path / "one").rglob("codes/*.npy"))
    kept[0].write_bytes(kept[0].read_bytes()[:100])
    assert facts(world.search(tmp_path / "one"), at) == grown


def test_the_number_of_threads_makes_no_difference() -> None:
    script = Path(__file__)
    found = set()
    for threads in ("1", "2", "7"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
        environment = os.environ | dict.fromkeys(names, threads)
        root = script.parents[4]
        environment["PYTHONPATH"] = str(root)
        command = [sys.executable, str(script)]
        output = subprocess.run(command, check=True, capture_output=True, env=environment, cwd=root)
        found.add(output.stdout)
    assert len(found) == 1
    assert len(json.loads(found.pop())) == 20


def demonstrate() -> None:
    """Print what is found, exactly and with a shortlist, in this process."""
    search.EXACT = 100
    pin.RECALL, pin.WIDE, pin.NARROW = 0.5, (0.1, 0.4), 2
    world = World()
    world.write(corpus(300))
    found = world.search()
    exact = facts(found, world.head)
    assert SPACE.dimensions == 16
    print(json.dumps(exact + facts(found, pinned(world, found))))  # noqa: T201


if __name__ == "__main__":
    demonstrate()
