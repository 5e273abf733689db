from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.domain.event import Event
from holdfast.errors import ConflictError, FencedError
from holdfast.operations.ingest import intake_for
from holdfast.pipeline.ingest import Intake, Outcome, Plan, drain, enqueue, make_live
from holdfast.pipeline.queue import Item
from tests.support.project import Shop

ELSEWHERE = "other-host:1:abcd"


def stored(shop: Shop, path: str, text: str) -> Item:
    """A document in the lake, as an item that may be enqueued."""
    data = text.encode()
    document = Document(digest_bytes(data), "text/plain", data)
    shop.parts.lake.documents.put([document])
    return Item(path, document.digest, "text/plain", len(data))


def intake(shop: Shop, **changes: object) -> Intake:
    return replace(intake_for(shop.system, "production"), **changes)


def queue(shop: Shop) -> dict[str, str]:
    return {item.path: item.status for item in shop.project.queue()}


def text(shop: Shop, path: str) -> str:
    return str(shop.project.show(path).value["text"])


def test_enqueueing_what_waits_already_changes_nothing(shop: Shop) -> None:
    item = stored(shop, "a.txt", "A.")
    enqueue([item], intake=intake(shop))
    before = shop.tick
    enqueue([item], intake=intake(shop))
    assert shop.tick == before


def test_a_newer_version_takes_the_place_of_one_that_waits(shop: Shop) -> None:
    enqueue([stored(shop, "a.txt", "Old.")], intake=intake(shop))
    enqueue([stored(shop, "a.txt", "New.")], intake=intake(shop))
    seen: list[Outcome] = []
    drain(None, intake=intake(shop), progress=seen.append)
    assert text(shop, "a.txt") == "New."
    assert sum(len(outcome.committed) for outcome in seen) == 1


def test_an_older_version_never_comes_in_after_a_newer_one(shop: Shop) -> None:
    mine = intake(shop)
    enqueue([stored(shop, "a.txt", "Old.")], intake=mine)
    get = mine.documents.get
    newer = [stored(shop, "a.txt", "New.")]

    class Slow:
        """While the old version is read, the new one arrives."""

        def get(self, digests):
            if newer:
                enqueue([newer.pop()], intake=mine)
            return get(digests)

    seen: list[Outcome] = []
    drain(None, intake=replace(mine, documents=Slow()), progress=seen.append)
    assert text(shop, "a.txt") == "New."
    assert [len(outcome.committed) for outcome in seen] == [0, 1]


def test_a_document_does_not_come_in_after_its_removal(shop: Shop) -> None:
    mine = intake(shop)
    enqueue([stored(shop, "returns.md", "Newer.")], intake=mine)
    get = mine.documents.get
    removal = [lambda: shop.project.remove(["returns.md"])]

    class Slow:
        def get(self, digests):
            if removal:
                removal.pop()()
            return get(digests)

    drain(None, intake=replace(mine, documents=Slow()))
    assert "returns.md" not in {d["path"] for d in shop.project.documents()}
    assert "returns.md" not in queue(shop)


def test_workers_share_a_queue(shop: Shop) -> None:
    items = [stored(shop, f"{n}.txt", f"Number {n} of many.") for n in range(12)]
    enqueue(items, intake=intake(shop))
    seen: list[Outcome] = []
    threads = [
        threading.Thread(
            target=drain,
            args=(None,),
            kwargs={"intake": intake(shop, worker=f"other:{n}:x"), "progress": seen.append},
        )
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    paths = [item.path for outcome in seen for item in outcome.committed]
    assert sorted(paths) == sorted(item.path for item in items)
    assert set(queue(shop).values()) == {"committed"}


def test_a_silent_workers_claim_is_taken_over(shop: Shop) -> None:
    item = stored(shop, "a.txt", "A.")
    mine = intake(shop)
    claimed = replace(item, status="claimed", worker=ELSEWHERE, claimed_at=shop.system.clock.now())
    enqueue([claimed], intake=mine)
    drain(None, intake=mine)
    assert queue(shop)["a.txt"] == "claimed", "its lease holds"
    shop.parts.clock.advance(seconds=61)
    drain(None, intake=mine)
    assert queue(shop)["a.txt"] == "committed"


def test_what_is_not_in_the_store_is_put_aside(shop: Shop) -> None:
    ghost = Item("ghost.txt", "0" * 64, "text/plain", 1)
    enqueue([ghost, stored(shop, "a.txt", "A.")], intake=intake(shop))
    seen: list[Outcome] = []
    drain(None, intake=intake(shop), progress=seen.append)
    (outcome,) = seen
    assert [item.path for item in outcome.committed] == ["a.txt"]
    assert [(i.path, i.reason) for i in outcome.quarantined] == [
        ("ghost.txt", "its content is not in the store")
    ]


def test_the_same_content_under_two_paths_is_prepared_once(shop: Shop) -> None:
    enqueue(
        [stored(shop, "a.txt", "# T\n\nSame."), stored(shop, "b.txt", "# T\n\nSame.")],
        intake=intake(shop),
    )
    seen: list[Outcome] = []
    drain(None, intake=intake(shop), progress=seen.append)
    assert (len(seen[0].committed), seen[0].chunks) == (2, 1)


def test_work_that_began_before_a_rollback_is_refused(shop: Shop) -> None:
    mine = intake(shop)
    enqueue([stored(shop, "a.txt", "A.")], intake=mine)
    shop.project.rollback("~1")
    with pytest.raises(FencedError, match="t1 to t2"):
        drain(None, intake=mine)
    with pytest.raises(FencedError):
        enqueue([stored(shop, "b.txt", "B.")], intake=mine)
    assert "a.txt" not in queue(shop)


def test_a_change_of_the_corpus_is_planned_anew_when_another_came_first(shop: Shop) -> None:
    mine = intake(shop)
    asked = []

    def plan(view):
        asked.append(view.cut)
        if len(asked) == 1:
            shop.project.remove(["shipping.md"])
        return Plan((Event("documents", "returns.md", None),))

    make_live(plan, operation="remove", intake=mine)
    assert len(asked) == 2
    assert [d["path"] for d in shop.project.documents()] == ["discounts.md"]


def test_a_change_that_always_comes_second_is_given_up(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(change):
        raise ConflictError("somebody was first")

    monkeypatch.setattr(shop.system.append, "append", refuse)
    with pytest.raises(ConflictError, match="20 times"):
        make_live(
            lambda view: Plan((Event("documents", "returns.md", None),)),
            operation="remove",
            intake=intake(shop),
        )


def test_a_plan_of_nothing_writes_nothing(shop: Shop) -> None:
    before = shop.tick
    assert make_live(lambda view: Plan(), operation="sync", intake=intake(shop)) == Plan()
    assert shop.tick == before
