from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.errors import UsageError
from holdfast.pipeline.feedback import MAX_CORRECTION, feedback, ratings
from tests.support.project import SHOES, Shop, made


def scores(shop: Shop) -> dict[str, float]:
    return {passage.chunk: passage.score for passage in shop.project.retrieve(SHOES).passages}


def test_a_verdict_rates_every_passage_that_was_in_the_prompt(shop: Shop) -> None:
    decision = shop.ask(SHOES)
    chunks = [hit.chunk for hit in decision.stamp.hits]
    shop.project.feedback(decision.id, "up")
    counts, refs = ratings(shop.system.view("production"), chunks)
    assert counts == dict.fromkeys(chunks, (1, 0))
    assert refs == [f"event:@{shop.tick}.{1 + chunks.index(chunk)}" for chunk in chunks]
    assert shop.ask("What about shoes that I wore once?").stamp.ratings == tuple(refs)


def test_a_second_verdict_replaces_the_first(shop: Shop) -> None:
    decision = shop.ask(SHOES)
    for verdict in ("up", "up", "down"):
        shop.project.feedback(decision.id, verdict)
    shop.project.feedback(decision.id, "correct", correction="Within 30 days.")
    counts, _ = ratings(shop.system.view("production"), [decision.stamp.hits[0].chunk])
    assert list(counts.values()) == [(0, 1)]
    (kept,) = shop.project.entries("feedback")
    assert kept.value == {
        "verdict": "correct",
        "correction": "Within 30 days.",
        "question": SHOES,
    }


def test_feedback_moves_scores_within_a_bound(shop: Shop) -> None:
    before = scores(shop)
    for _ in range(30):
        shop.project.feedback(shop.ask(SHOES).id, "up")
    weight = shop.system.settings.retrieval.feedback_weight
    for chunk, score in scores(shop).items():
        assert before[chunk] < score <= round(before[chunk] * (1 + weight), 6)
    for entry in shop.project.entries("feedback"):
        shop.project.feedback(entry.key, "down")
    for chunk, score in scores(shop).items():
        assert round(before[chunk] * (1 - weight), 6) <= score < before[chunk]


def test_feedback_changes_the_order_of_near_equals(tmp_path: Path) -> None:
    shop = made(tmp_path / "shop", toml="[retrieval]\npassages = 1\nfeedback_weight = 0.5\n")
    shop.bring("other.md", "# Returns\n\nShoes that you wore once outdoors can be exchanged.\n")
    first = shop.ask(SHOES)
    shop.project.feedback(first.id, "down")
    later = shop.ask(SHOES)
    assert later.stamp.hits[0].chunk != first.stamp.hits[0].chunk
    assert later.stamp.cache is None
    shop.project.rollback(first.id)
    assert shop.ask(SHOES).stamp.hits == first.stamp.hits


def test_feedback_on_a_decision_of_an_environment_counts_there(shop: Shop) -> None:
    shop.project.fork("production", "staging")
    decision = shop.project.ask(SHOES, environment="staging")
    before = shop.tick
    shop.project.feedback(decision.id, "up")
    assert shop.tick == before
    assert len(shop.project.entries("feedback", environment="staging")) == 1
    shop.project.feedback(decision.id, "down", environment="production")
    assert len(shop.project.entries("feedback")) == 1


@pytest.mark.parametrize(
    ("verdict", "correction"),
    [("great", ""), ("up", "text"), ("correct", ""), ("correct", "  "),
     ("correct", "x" * (MAX_CORRECTION + 1))],
)  # fmt: skip
def test_what_is_no_verdict_is_refused(shop: Shop, verdict: str, correction: str) -> None:
    with pytest.raises(UsageError):
        feedback(shop.ask(SHOES), verdict=verdict, correction=correction)
