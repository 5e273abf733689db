from __future__ import annotations

import pytest

from holdfast.errors import UsageError
from tests.support.project import SHOES, STUDENTS, Shop


def about(shop: Shop, **filters: object) -> list[tuple[str, str]]:
    return [(line.commit.operation, line.about) for line in shop.project.log(**filters)]


def test_the_log_tells_a_story(shop: Shop) -> None:
    decision = shop.ask(SHOES, session="s1")
    shop.project.feedback(decision.id, "up")
    shop.project.remove(["shipping.md"])
    shop.project.rollback("~1")
    assert about(shop, everything=True) == [
        ("rollback", "production to t1@7"),
        ("remove", "shipping.md removed"),
        ("feedback", f"up: {SHOES}"),
        ("ask", SHOES),
        ("deploy", shop.project.deployed()[:12]),
        ("ingest", "discounts.md and 2 more"),
        ("claim", "discounts.md and 2 more"),
        ("enqueue", "discounts.md and 2 more"),
        ("create", "production"),
    ]
    line = shop.project.log(limit=5)[-1]
    assert line.stores == {"queue": 3, "documents": 3, "corpus": 1}
    assert line.keys == ("queue/discounts.md", "queue/returns.md", "queue/shipping.md")


def test_the_log_follows_the_timeline_unless_told_otherwise(shop: Shop) -> None:
    shop.ask(SHOES)
    shop.project.rollback("~1")
    shop.ask(STUDENTS)
    assert [name for name, _ in about(shop)][:3] == ["ask", "rollback", "deploy"]
    assert [what for _, what in about(shop, operation="ask")] == [STUDENTS]
    assert [what for _, what in about(shop, operation="ask", everything=True)] == [STUDENTS, SHOES]


def test_the_log_is_filtered(shop: Shop) -> None:
    shop.ask(SHOES)
    shop.ask(STUDENTS)
    assert about(shop, limit=1) == [("ask", STUDENTS)]
    assert about(shop, limit=1, operation="deploy") == [("deploy", shop.project.deployed()[:12])]
    assert [name for name, _ in about(shop, store="documents")] == ["ingest"]
    assert [name for name, _ in about(shop, at="@1")] == ["create"]
    assert about(shop, operation="nothing") == []
    with pytest.raises(UsageError, match="documents"):
        shop.project.log(store="nothing")


def test_a_store_without_words_is_told_by_a_short_key(shop: Shop) -> None:
    shop.ask(SHOES)
    ((operation, key),) = about(shop, store="cache")
    assert (operation, len(key)) == ("ask", 24)
    assert shop.project.deployed().startswith(key)
