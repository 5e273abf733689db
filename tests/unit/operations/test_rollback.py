from __future__ import annotations

from typing import Any

import pytest

from holdfast.domain.event import Commit, Fork
from holdfast.domain.moment import Cut
from holdfast.errors import ConflictError, MomentError, UsageError
from tests.support.project import SHOES, STUDENTS, Shop

WEEKEND = "# Weekend\n\nThis weekend students get 25 % off everything.\n"


def live(shop: Shop) -> dict[str, object]:
    """All live state but decisions, which no rollback takes back."""
    stores = ("documents", "corpus", "queue", "cache", "memory", "feedback", "ratings", "prompts",
              "releases")  # fmt: skip
    return {
        store: {entry.key: entry.value for entry in shop.project.entries(store)} for store in stores
    }


def go_wrong(shop: Shop) -> None:
    """Change every store there is."""
    shop.bring("weekend.md", WEEKEND)
    shop.project.remove(["shipping.md"])
    decision = shop.ask(STUDENTS, session="s1")
    shop.project.feedback(decision.id, "up")
    prompt = shop.root / "prompts" / "answer.md"
    prompt.write_text(prompt.read_text() + "\nPromise everything.\n")
    shop.project.deploy(reason="bolder")


def test_everything_comes_back_together(shop: Shop) -> None:
    first = shop.ask(STUDENTS, session="s1")
    before, good = live(shop), str(shop.project.head().cut)
    go_wrong(shop)
    bad = live(shop)
    assert all(before[store] != bad[store] for store in before)
    done = shop.project.rollback(good, reason="not approved")
    assert live(shop) == before
    assert shop.project.diff(good).same
    assert (done.to, done.after) == (Cut(1, int(good[3:])), shop.project.head().cut)
    again = shop.ask(STUDENTS, session="s2")
    assert again.stamp.behaviour() == first.stamp.behaviour()
    assert shop.project.log(limit=2)[1].commit.reason == "not approved"


def test_a_rollback_is_undone_by_going_back_to_what_it_left(shop: Shop) -> None:
    good = str(shop.project.head().cut)
    go_wrong(shop)
    wrong = live(shop)
    first = shop.project.rollback(good)
    shop.ask(SHOES)
    shop.project.rollback(good)
    shop.ask(SHOES, session="s9")
    undone = shop.project.rollback(str(first.before))
    assert live(shop) == wrong
    assert undone.after.timeline == 4
    assert shop.project.diff(str(first.before)).same
    assert len(shop.project.moves()) == 4


def test_a_plan_counts_what_would_go_and_changes_nothing(shop: Shop) -> None:
    good = str(shop.project.head().cut)
    go_wrong(shop)
    before = shop.tick
    plan = shop.project.plan_rollback(good)
    assert plan.hidden == {
        "documents": 2, "corpus": 2, "queue": 4, "decisions": 1, "memory": 1, "cache": 1,
        "feedback": 1, "ratings": 3, "releases": 2, "prompts": 1,
    }  # fmt: skip
    assert plan.arrivals == 1
    assert [(d.path, d.kind) for d in plan.difference.documents] == [
        ("shipping.md", "added"),
        ("weekend.md", "removed"),
    ]
    assert plan.at.startswith("2026-01-01T00:00:")
    assert shop.tick == before


def test_a_plan_to_a_timeline_that_was_left_counts_from_where_they_parted(shop: Shop) -> None:
    good = str(shop.project.head().cut)
    shop.bring("weekend.md", WEEKEND)
    left = str(shop.project.head().cut)
    shop.project.rollback(good)
    (shop.root / "documents" / "weekend.md").unlink()
    shop.bring("summer.md", WEEKEND)
    plan = shop.project.plan_rollback(left)
    assert plan.hidden == {"operations": 1, "queue": 3, "documents": 1, "corpus": 1}
    assert plan.arrivals == 1
    staging = shop.project.fork("production", "staging", at=good)
    shop.project.remove(["returns.md"], environment="staging")
    ahead = shop.project.plan_rollback("staging")
    assert ahead.to.timeline == staging.timeline
    assert ahead.hidden == plan.hidden


def test_what_came_in_later_is_left_out_queued_again_or_put_aside(shop: Shop) -> None:
    good = str(shop.project.head().cut)
    shop.bring("weekend.md", WEEKEND)

    def queue() -> dict[str, str]:
        return {item.path: item.status for item in shop.project.queue()}

    shop.project.rollback(good)
    assert "weekend.md" not in queue()

    shop.bring("weekend.md", WEEKEND)
    done = shop.project.rollback(good, arrivals="requeue")
    assert (done.requeued, done.quarantined) == (1, 0)
    assert queue()["weekend.md"] == "enqueued"
    assert shop.project.drain() == 1
    assert "weekend.md" in {d["path"] for d in shop.project.documents()}

    done = shop.project.rollback(good, arrivals="quarantine")
    assert (done.requeued, done.quarantined) == (0, 1)
    (aside,) = shop.project.queue(status="quarantined")
    assert aside.reason == f"came in after {good} and was rolled back"
    found = shop.project.ingest()
    assert found.quarantined == (("weekend.md", aside.reason),)
    assert "weekend.md" not in {d["path"] for d in shop.project.documents()}


def test_what_comes_in_under_a_rollback_is_kept_hold_of_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = str(shop.project.head().cut)
    shop.bring("a.md", "A.")
    fork = shop.parts.ledger.fork
    late = [lambda: shop.bring("b.md", "B.")]

    def overtaken(request: Fork, **how: Any) -> Commit:
        if late:
            late.pop()()
        return fork(request, **how)

    monkeypatch.setattr(shop.parts.ledger, "fork", overtaken)
    done = shop.project.rollback(good, arrivals="requeue")
    assert (done.requeued, str(done.to)) == (2, good)
    assert {item.path for item in shop.project.queue(status="enqueued")} == {"a.md", "b.md"}


def test_of_two_rollbacks_at_once_one_wins(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    fork = shop.parts.ledger.fork
    other = [lambda: shop.project.rollback("@4")]

    def overtaken(request: Fork, **how: Any) -> Commit:
        if other:
            other.pop()()
        return fork(request, **how)

    monkeypatch.setattr(shop.parts.ledger, "fork", overtaken)
    with pytest.raises(ConflictError):
        shop.project.rollback("head", arrivals="quarantine")
    assert len(shop.project.moves()) == 2


def test_the_same_operation_rolls_back_once(shop: Shop) -> None:
    good = str(shop.project.head().cut)
    shop.bring("weekend.md", WEEKEND)
    first = shop.project.rollback(good, arrivals="requeue", operation="o-1")
    shop.ask(SHOES)
    again = shop.project.rollback(good, arrivals="requeue", operation="o-1")
    assert again == first
    assert len(shop.project.moves()) == 2


def test_decisions_of_a_timeline_that_was_left_stay_readable(shop: Shop) -> None:
    good = str(shop.project.head().cut)
    bad = shop.ask(STUDENTS)
    shop.project.rollback(good)
    assert shop.project.decision(bad.id[:16]).answer == bad.answer
    assert shop.project.replay(bad.id).identical
    assert shop.project.ask(STUDENTS, at=bad.id).answer == bad.answer


def test_what_makes_no_sense_is_refused(shop: Shop) -> None:
    with pytest.raises(MomentError):
        shop.project.rollback("no such moment")
    with pytest.raises(UsageError, match="leave, requeue or quarantine"):
        shop.project.rollback("head", arrivals="burn")
    assert len(shop.project.moves()) == 1
