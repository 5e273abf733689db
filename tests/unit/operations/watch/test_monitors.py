from __future__ import annotations

import json

import pytest

from holdfast.errors import NotFoundError, StateError
from holdfast.observation.drift import epoch, seen, spread
from holdfast.observation.duration import DAY
from holdfast.operations.retention.clean import clean
from holdfast.operations.watch.monitors import Monitors, pinned
from holdfast.operations.watch.movement import movement
from tests.support.project import SHOES, STUDENTS, Shop

TOML = """window = 20
reference = 60
[[monitors]]
name = "questions"
watch = ["question.length", "question.meaning"]
[[monitors]]
name = "retrieval"
watch = ["retrieval.document", "answer.format"]
"""


@pytest.fixture
def watched(shop: Shop) -> Monitors:
    (shop.root / "monitors.toml").write_text(TOML)
    for n in range(48):
        shop.ask(STUDENTS if n % 4 == 3 else f"{SHOES[:-1]} {n % 5} times?")
    return Monitors(shop.system)


def ask_students(shop: Shop, n: int = 40) -> None:
    for i in range(n):
        shop.ask(f"{STUDENTS[:-1]} in shop {i % 6}, and may they use a card there too?")


def test_without_a_reference_it_says_so_and_reads_only(shop: Shop, watched: Monitors) -> None:
    before = shop.tick
    found = watched.check()
    said = "no reference yet, 48 of 60 decisions: 'holdfast serve' makes it by itself"
    assert {one.note for one in found.standings} == {
        f"{said}, 'holdfast drift calibrate' from 40 on"
    }
    assert movement(watched, found).verdict == "undecided"
    assert shop.tick == before


def test_a_reference_is_an_object_tied_to_a_release_by_an_event(
    shop: Shop, watched: Monitors
) -> None:
    (kept, _) = watched.fit(reason="calm week")
    assert (kept.rows, kept.release) == (48, shop.project.deployed())
    assert watched.kept("production")["questions"] == kept
    assert watched.usual(kept).reference.rows == 48
    assert {kept.reference} <= pinned(shop.system.ledger)
    clean(shop.system)
    assert json.loads(shop.system.blobs.get(kept.reference))["format"] == 1
    line = shop.project.log(store="monitors", limit=2)[-1]
    assert (line.commit.operation, line.commit.reason) == ("fit", "calm week")


def test_a_dry_run_writes_nothing(shop: Shop, watched: Monitors) -> None:
    before = shop.tick
    watched.fit(dry_run=True)
    watched.calibrate(dry_run=True)
    assert (shop.tick, watched.kept("production")) == (before, {})


def test_what_was_usual_at_a_moment(shop: Shop, watched: Monitors) -> None:
    moment = f"@{shop.tick}"
    ask_students(shop)
    (kept,) = watched.fit(name="questions", at=moment)
    assert kept.until <= int(moment[1:])
    with pytest.raises(StateError, match="looks at 20 at a time; 40 are needed"):
        watched.fit(at="@20")
    with pytest.raises(NotFoundError, match="there are questions, retrieval"):
        watched.fit(name="nobody")


def test_what_was_usual_of_a_time(shop: Shop, watched: Monitors) -> None:
    (shop.root / "monitors.toml").write_text(TOML.replace("= 60", "= '7 days'"))
    (first,) = watched.fit(name="questions")
    assert (first.rows, first.among, first.lasts < DAY) == (48, 48, True)
    shop.parts.clock.advance(days=5)
    ask_students(shop)
    moment = f"@{shop.tick}"
    shop.parts.clock.advance(days=4)
    ask_students(shop, 10)
    (both,) = watched.fit(name="questions")
    assert (both.among, both.lasts) == (50, 7 * DAY)
    assert len(watched.rows(both)) == 50
    (then,) = watched.fit(name="questions", at=moment)
    assert then.among == 88
    assert then.ends < both.ends
    shop.parts.clock.advance(days=5)
    said = (
        "10 decisions of the last 7d in 'production', and monitor 'questions' looks at 20 at a time"
    )
    with pytest.raises(StateError, match=said):
        watched.fit(name="questions")


def test_of_very_many_decisions_some_are_looked_at(
    shop: Shop, watched: Monitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread, "RUN", 5)
    monkeypatch.setattr(spread, "MOST", 40)
    (kept, _) = watched.fit()
    rows = watched.rows(kept)
    assert (kept.rows, kept.among, len(rows)) == (40, 48, 40)
    assert (rows[0].tick, rows[-1].tick) == (kept.after + 1, kept.until)
    assert watched.usual(kept).reference.rows == 40
    watched.calibrate()
    assert watched.check().standings[0].judged.reference_rows == 40


def test_calibrating_twice_is_harmless_and_keeps_the_reference(
    shop: Shop, watched: Monitors
) -> None:
    first, again = watched.calibrate(), watched.calibrate()
    assert [one.thresholds for one in first] == [one.thresholds for one in again]
    assert first[0].kept == again[0].kept
    assert {t.signal for t in first[0].thresholds} >= {"question.length", "question.meaning"}
    assert "answer.format" in first[1].refused
    assert pinned(shop.system.ledger) >= {one.kept.calibration for one in first}


def test_other_questions_move_and_the_rest_is_calm(shop: Shop, watched: Monitors) -> None:
    watched.calibrate()
    ask_students(shop)
    found = movement(watched, watched.check())
    assert found.verdict == "moved"
    first = next(one for one in found.moved if one.signal == "question.length")
    assert first.evidence is not None
    assert first.evidence.onset is not None
    assert (first.calibrated, first.aspect) == (True, "values")
    assert first.evidence.suspects == ()
    assert all(one.signal != "answer.format" for one in found.moved)


def test_a_document_that_pushed_in_is_the_likely_cause(shop: Shop, watched: Monitors) -> None:
    watched.calibrate()
    shop.bring("worn.md", "# Worn shoes\n\nCan I return shoes that I wore once? Yes, shoes that "
               "you wore once can be returned within 60 days.\n")  # fmt: skip
    for n in range(40):
        shop.ask(STUDENTS if n % 4 == 3 else f"{SHOES[:-1]} {n % 5} times?")
    found = movement(watched, watched.check())
    moved = {one.signal: one for one in found.moved}
    evidence = moved["retrieval.document"].evidence
    assert evidence is not None
    assert evidence.suspects[0].changed.name == "worn.md"
    assert not any(name.startswith("question.") for name in moved)


def test_questions_that_recur_find_and_say_something_else(shop: Shop) -> None:
    (shop.root / "monitors.toml").write_text(
        'window = 20\nreference = 40\n[[monitors]]\nname = "repeats"\n'
        'watch = ["retrieval.churn", "retrieval.overlap", "answer.change"]\n'
    )
    shop.configure("[retrieval]\ncache = false\n")
    shop.project.deploy()
    watched = Monitors(shop.system)

    def ask(n: int) -> None:
        for i in range(n):
            shop.ask(STUDENTS if i % 4 == 3 else f"{SHOES[:-1]} {i % 3} times?")

    ask(40)
    (done,) = watched.calibrate()
    assert set(done.refused) == {"retrieval.churn", "retrieval.overlap", "answer.change"}
    ask(20)
    assert movement(watched, watched.check()).verdict == "calm"
    shop.bring(
        "worn.md", "# Worn shoes\n\nCan I return shoes that I wore 0, 1 or 2 times? Ask us.\n"
    )
    ask(20)
    moved = {one.signal: one for one in movement(watched, watched.check()).moved}
    assert moved.keys() == {"retrieval.churn", "retrieval.overlap"}
    shop.bring(
        "returns.md", "# Returns\n\nShoes that you wore once can be returned within 7 days.\n"
    )
    ask(40)
    moved = {one.signal: one for one in movement(watched, watched.check()).moved}
    evidence = moved["answer.change"].evidence
    assert evidence is not None
    assert evidence.suspects[0].changed.name == "returns.md"
    assert "of 20 of 4 questions that recur" in moved["answer.change"].detail


def test_who_looks_again_and_again_says_what_a_fresh_look_says(
    shop: Shop, watched: Monitors
) -> None:
    watched.calibrate()
    for _ in range(4):
        ask_students(shop, 10)
        shop.parts.clock.advance(minutes=7)
        found = watched.check()
    assert found.decided == Monitors(shop.system).check().decided
    assert found.moved


def test_many_decisions_are_judged_by_the_newest(
    shop: Shop, watched: Monitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epoch, "LENGTH", 20)
    read = []
    plain = seen.Decisions.rows
    monkeypatch.setattr(
        seen.Decisions,
        "rows",
        lambda self, places, **more: read.append(len(places)) or plain(self, places, **more),
    )
    watched.calibrate()
    for n in range(75):
        shop.ask(STUDENTS if n % 4 == 3 else f"{SHOES[:-1]} {n % 5} times?")
    shop.parts.clock.advance(minutes=20)
    calm = watched.check()
    read.clear()
    fresh = Monitors(shop.system).check()
    assert max(read) < 40
    assert calm.decided == fresh.decided
    assert not fresh.moved
    assert {one.judged.rows for one in fresh.standings if one.judged} == {75}
    ask_students(shop, 20)
    later = watched.check()
    assert {one.finding.signal for one in later.moved} >= {"question.length"}
    assert later.decided == Monitors(shop.system).check().decided


def test_another_definition_asks_for_another_reference(shop: Shop, watched: Monitors) -> None:
    watched.calibrate()
    (shop.root / "monitors.toml").write_text(TOML.replace('"question.length", ', ""))
    notes = {one.monitor.name: one.note for one in watched.check().standings}
    assert notes == {
        "questions": "watches other signals than its reference: 'holdfast drift fit'",
        "retrieval": "",
    }


def test_a_rollback_forgets_no_reference(shop: Shop, watched: Monitors) -> None:
    before = shop.tick
    watched.calibrate()
    shop.project.rollback(f"@{before}")
    assert set(Monitors(shop.system).kept("production")) == {"questions", "retrieval"}
