from __future__ import annotations

from collections.abc import Iterator

import pytest

from holdfast.domain.decision import Decision
from holdfast.domain.event import Commit, Entry
from holdfast.domain.rollout import BASELINE, CANDIDATE, ROLLED_BACK
from holdfast.errors import StateError, UsageError
from holdfast.observation import tallied
from holdfast.operations.deploy import Order
from holdfast.operations.erase.erase import Erasures
from holdfast.operations.erase.subject import Subject
from holdfast.operations.rollout.canary import Canaries
from holdfast.ports.ledger import Query
from tests.support.project import SHOES, STUDENTS, Shop

PATIENT = "[canary]\nmargin = 0.2\nsettle_seconds = 60\n"
BAD = "Answer in French."


def reword(shop: Shop, line: str) -> None:
    prompt = shop.root / "prompts" / "answer.md"
    prompt.write_text(f"{prompt.read_text()}\n{line}\n")


def started(shop: Shop, *, share: float = 0.5) -> Canaries:
    shop.configure(PATIENT)
    reword(shop, BAD)
    room = Canaries(shop.system)
    assert room.start("production", share=share, order=Order("try it")).tick == shop.tick
    return room


def asked(shop: Shop, sessions: int, *, first: int = 0) -> list[Decision]:
    return [shop.ask(SHOES, session=f"s-{n}") for n in range(first, first + sessions)]


def test_a_session_keeps_its_arm_and_the_stamp_says_which(shop: Shop) -> None:
    room = started(shop)
    canary = room.standing("production").canary
    found = asked(shop, 20)
    assert {d.stamp.arm for d in found} == {BASELINE, CANDIDATE}
    for decision in found:
        side = canary.candidate if decision.stamp.arm == CANDIDATE else canary.baseline
        assert (decision.stamp.release, decision.stamp.canary) == (side, canary.id)
        again = shop.ask(STUDENTS, session=decision.session)
        assert again.stamp.arm == decision.stamp.arm
        assert shop.project.replay(decision.id).identical
    assert shop.ask(SHOES).stamp.arm, "a question alone is drawn by its own id"


def test_a_larger_share_only_adds_candidates(shop: Shop) -> None:
    room = started(shop, share=0.2)
    before = {d.session: d.stamp.arm for d in asked(shop, 30)}
    canary = room.standing("production").canary
    wider = room.start("production", share=0.8, order=Order())
    assert (wider.canary.id, wider.canary.share) == (canary.id, 0.8)
    after = {d.session: d.stamp.arm for d in asked(shop, 30)}
    assert all(after[s] == CANDIDATE for s, arm in before.items() if arm == CANDIDATE)
    assert list(after.values()).count(CANDIDATE) > list(before.values()).count(CANDIDATE)


def test_a_bad_candidate_is_rolled_back_with_its_reason(shop: Shop) -> None:
    room = started(shop)
    before = shop.project.deployed()
    for decision in asked(shop, 60):
        if decision.stamp.arm == CANDIDATE:
            shop.project.feedback(decision.id, "down")
    found = room.check("production")
    assert found.waiting == 60, "nothing is counted before it has settled"
    shop.parts.clock.advance(minutes=2)
    found = room.check("production")
    assert (found.verdict, found.canary.status, found.waiting) == ("fail", ROLLED_BACK, 0)
    assert found.candidate.good == 0
    assert found.baseline.good == found.baseline.conversations
    assert shop.project.deployed() == before
    (line,) = shop.project.log(limit=1)
    assert line.commit.operation == "canary"
    assert "candidate 0 of" in line.commit.reason
    assert shop.ask(SHOES, session="s-1").stamp.canary == ""
    assert room.check("production") is None


def test_a_good_candidate_is_promoted_in_one_change(shop: Shop) -> None:
    room = started(shop)
    asked(shop, 150)
    shop.parts.clock.advance(minutes=2)
    found = room.check("production")
    assert (found.verdict, found.canary.status) == ("pass", "promoted")
    assert shop.project.deployed() == found.canary.candidate
    (line,) = shop.project.log(limit=1)
    assert line.commit.operation == "deploy"
    assert "difference between" in line.commit.reason
    assert room.standing("production").canary.status == "promoted"


def test_who_counts_again_counts_the_same_and_late_news_change_nothing(shop: Shop) -> None:
    room = started(shop)
    found = asked(shop, 40)
    shop.parts.clock.advance(minutes=2)
    first = room.standing("production")
    for decision in found:
        shop.project.feedback(decision.id, "down")
    asked(shop, 5)
    assert room.standing("production") == Canaries(shop.system).standing("production")
    assert room.standing("production").candidate == first.candidate


def test_a_rollback_brings_the_canary_back_as_it_was(shop: Shop) -> None:
    room = started(shop)
    asked(shop, 30)
    shop.parts.clock.advance(minutes=2)
    before = room.standing("production")
    shop.project.snapshot("half-way")
    asked(shop, 30, first=30)
    room.abort("production", reason="enough")
    assert not room.standing("production").canary.running
    shop.project.rollback("half-way")
    assert room.standing("production") == before
    assert shop.ask(SHOES, session="s-1").stamp.arm
    shop.project.rollback("half-way~31")
    assert room.standing("production") is None
    assert shop.ask(SHOES, session="s-1").stamp.arm == ""


def test_a_fork_goes_on_without_the_canary(shop: Shop) -> None:
    started(shop)
    shop.project.fork("production", "staging")
    assert Canaries(shop.system).standing("staging") is None
    decision = shop.project.ask(SHOES, session="s-1", environment="staging")
    assert decision.stamp.arm == ""


def test_nothing_else_is_deployed_under_a_canary_but_by_force(shop: Shop) -> None:
    room = started(shop)
    first = room.standing("production").canary
    reword(shop, "Be kind.")
    with pytest.raises(StateError, match="canary promote"):
        shop.project.deploy()
    with pytest.raises(StateError, match="end it with"):
        room.start("production", share=0.5, order=Order())
    done = shop.project.deploy(force=True, reason="urgent")
    assert shop.project.deployed() == done.release
    assert room.standing("production").canary.status == "aborted"
    with pytest.raises(StateError, match="no canary is running"):
        room.promote("production")
    again = room.start("production", share=0.5, release=first.candidate[:12], order=Order())
    assert room.promote("production", reason="we know it").id == again.canary.id
    assert shop.project.deployed() == first.candidate


def test_what_is_no_canary_is_refused(shop: Shop) -> None:
    room = Canaries(shop.system)
    with pytest.raises(UsageError, match="5%"):
        room.start("production", share=1.0, order=Order())
    with pytest.raises(StateError, match="already"):
        room.start("production", share=0.5, order=Order())
    shop.configure("[preprocessing]\nmax_characters = 100\n")
    shop.project.ingest()
    with pytest.raises(StateError, match="holdfast migrate start"):
        Canaries(shop.system).start("production", share=0.5, order=Order())
    assert room.standing("production") is None


def test_a_dry_run_changes_nothing(shop: Shop) -> None:
    before = shop.tick
    reword(shop, BAD)
    done = Canaries(shop.system).start("production", share=0.1, order=Order(dry_run=True))
    assert (done.tick, done.dry_run, shop.tick) == (None, True, before)


def test_what_was_counted_is_not_read_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallied, "ENOUGH", 1)
    started(shop)
    asked(shop, 12)
    shop.parts.clock.advance(minutes=2)
    waiting = asked(shop, 3, first=20)
    first = Canaries(shop.system).standing("production")
    assert (first.baseline.conversations + first.candidate.conversations, first.waiting) == (12, 3)
    shop.ask(STUDENTS, session=waiting[0].session)
    shop.parts.clock.advance(minutes=2)
    asked(shop, 2, first=30)

    read: list[Query] = []
    history = shop.parts.ledger.history

    def noted(query: Query) -> Iterator[tuple[Commit, Entry]]:
        read.append(query)
        return history(query)

    monkeypatch.setattr(shop.parts.ledger, "history", noted)
    again = Canaries(shop.system).standing("production")
    (decisions,) = (q for q in read if q.store == "decisions" and q.limit is None)
    assert decisions.after > shop.project.cut(waiting[0].id).tick - 3
    shop.system.rollups().drop()
    assert Canaries(shop.system).standing("production") == again
    assert (again.baseline.conversations + again.candidate.conversations, again.waiting) == (15, 2)


def test_after_an_erasure_conversations_are_counted_anew(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallied, "ENOUGH", 1)
    started(shop)
    asked(shop, 6)
    shop.parts.clock.advance(minutes=2)
    Canaries(shop.system).standing("production")
    kept = shop.root / ".holdfast" / "rollups"
    assert any(file.name.startswith(tallied.PREFIX) for file in kept.iterdir())
    Erasures(shop.system).erase(Subject.of(session="s-1"))
    assert not any(file.name.startswith(tallied.PREFIX) for file in kept.iterdir())
    found = Canaries(shop.system).standing("production")
    assert found.baseline.conversations + found.candidate.conversations == 6
