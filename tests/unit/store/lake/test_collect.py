from __future__ import annotations

from holdfast.domain.digest import digest_bytes
from holdfast.domain.event import Change, Event
from holdfast.store.lake.collect import Collection, collect
from tests.unit.store.lake.world import SPACE, World, vector


def run(
    world: World, *, dry_run: bool = False, grace: float = 0, pinned: tuple[str, ...] = ()
) -> Collection:
    return collect(
        ledger=world.ledger,
        lake=world.lake,
        blobs=world.blobs,
        pinned=lambda: set(pinned),
        grace=grace,
        dry_run=dry_run,
    )


def test_only_what_nothing_refers_to_is_dropped() -> None:
    world = World()
    first = world.write({"live": "live", "old": "replaced"}).cut
    world.write({"old": None, "gone": "on a timeline that was left"})
    world.fork(first)
    (queued,) = world.store(["queued"])
    item = Event("queue", "q", {"document": queued, "status": "enqueued"})
    world.ledger.commit([Change(world.head.timeline, "enqueue", (item,))])
    (orphan,) = world.store(["orphan\nof two chunks"])
    before = world.lake.documents.digests()
    found = run(world)
    assert found.documents == (orphan,)
    assert (found.lake.documents, found.lake.chunks) == (1, 2)
    assert world.lake.documents.digests() == before - {orphan}
    assert world.lake.chunks.documents(SPACE) == before - {orphan}
    assert run(world).documents == ()


def test_a_dry_run_tells_the_same_and_drops_nothing() -> None:
    world = World()
    world.store(["orphan"])
    kept, loose = world.blobs.put(b"prompt"), world.blobs.put(b"left over")
    planned = run(world, dry_run=True, pinned=(kept,))
    assert planned.dry_run
    assert set(world.blobs.digests()) == {kept, loose}
    assert len(world.lake.documents.digests()) == 1
    done = run(world, pinned=(kept,))
    assert (done.documents, done.blobs, done.bytes) == (
        planned.documents,
        planned.blobs,
        planned.bytes,
    )
    assert done.blobs == (digest_bytes(b"left over"),)
    assert done.bytes >= len(b"left over")
    assert set(world.blobs.digests()) == {kept}


def test_what_is_young_is_left_alone() -> None:
    world = World()
    world.store(["orphan"])
    world.blobs.put(b"left over")
    found = run(world, grace=60)
    assert (found.documents, found.blobs) == ((), ())


def test_what_is_found_after_a_collection_is_what_was_found_before() -> None:
    world = World()
    world.store(["crane one", "crane two"])
    world.write({"a": "crane three", "b": "tide"})
    search = world.search()
    hits = search.search("crane", vector("crane"), at=world.head, depth=5)
    run(world)
    for one in (search, world.search()):
        assert one.search("crane", vector("crane"), at=world.head, depth=5) == hits
        assert one.take(hits)[0].text == "crane three"
