from __future__ import annotations

from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.operations.retention.retained import Retained, retained
from tests.support.project import SHOES, Shop


def count(found: Retained, what: str, by: str) -> int:
    (one,) = [held for held in found.held if (held.what, held.by) == (what, by)]
    return one.count


def test_who_holds_what_and_how_long(shop: Shop) -> None:
    shop.project.snapshot("opening")
    shop.project.remove(["shipping.md"])
    found = retained(shop.system)
    assert count(found, "documents", "environment 'production'") == 2
    assert count(found, "documents", "snapshot 'opening'") == 3
    assert count(found, "documents", "earlier moments and the queue alone") == 0
    assert count(found, "blobs", "releases") == 10
    kept = {rule.setting: rule.kept for rule in found.rules if rule.setting}
    assert kept["storage.retention_days"].startswith("30 days")
    assert kept["collect.keep_days"] == "90 days"
    (column,) = found.columns
    assert (column.embedder, column.size.chunks) == ("wordllama, 256 dimensions", 3)
    assert {holder.kind for holder in column.holders} == {"environment", "snapshot", "retention"}
    assert found.cleaning.dry_run


def test_what_is_held_by_the_past_alone_is_not_freed(shop: Shop) -> None:
    shop.configure("[storage]\ngrace_minutes = 0\n")
    decision = shop.ask(SHOES)
    shop.project.remove(["returns.md"])
    left = b"left over"
    shop.parts.lake.documents.put([Document(digest_bytes(left), "text/plain", left)])
    before = retained(shop.system)
    assert count(before, "documents", "earlier moments and the queue alone") == 1
    assert before.cleaning.collected.documents == (digest_bytes(left),)
    shop.project.clean()
    after = retained(shop.system)
    assert (after.held, after.columns) == (before.held, before.columns)
    assert after.cleaning.collected.documents == ()
    assert shop.project.replay(decision.id).identical


def test_a_column_that_nobody_holds_says_so(shop: Shop) -> None:
    shop.configure("[storage]\nretention_days = 0\n[preprocessing]\nmax_characters = 100\n")
    shop.project.ingest()
    shop.project.deploy()
    shop.parts.clock.advance(minutes=1)
    held = {column.space.preprocessing: column.holders for column in retained(shop.system).columns}
    assert sorted(len(holders) for holders in held.values()) == [0, 2]
