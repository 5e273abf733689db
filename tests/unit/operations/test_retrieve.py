from __future__ import annotations

import pytest

from holdfast.errors import UsageError
from tests.support.project import SHOES, STUDENTS, Shop


def test_a_search_finds_what_an_answer_would_rest_on(shop: Shop) -> None:
    found = shop.project.retrieve(SHOES)
    decision = shop.ask(SHOES)
    assert [(p.chunk, p.score) for p in found.passages] == [
        (hit.chunk, hit.score) for hit in decision.stamp.hits
    ]
    assert (found.release, found.cut) == (decision.stamp.release, decision.stamp.cut)
    best = found.passages[0]
    assert (best.path, best.title) == ("returns.md", "Returns")
    assert "Shoes that you wore once" in best.text


def test_a_search_is_limited_and_as_of_a_moment(shop: Shop) -> None:
    then = f"@{shop.tick}"
    shop.project.remove(["returns.md"])
    assert len(shop.project.retrieve(SHOES, limit=1).passages) == 1
    assert {p.path for p in shop.project.retrieve(SHOES).passages} == {
        "discounts.md",
        "shipping.md",
    }
    assert shop.project.retrieve(SHOES, at=then).passages[0].path == "returns.md"


def test_feedback_counts_in_a_search_too(shop: Shop) -> None:
    before = shop.project.retrieve(SHOES).passages[0].score
    shop.project.feedback(shop.ask(SHOES).id, "up")
    assert shop.project.retrieve(SHOES).passages[0].score > before


def test_a_search_for_nothing_is_refused_and_leaves_no_trace(shop: Shop) -> None:
    before = shop.tick
    with pytest.raises(UsageError, match="empty"):
        shop.project.retrieve(" ")
    shop.project.retrieve(STUDENTS)
    assert shop.tick == before
