from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from holdfast.adapters.memory.clock import SettableClock
from holdfast.domain.event import Snapshot
from holdfast.domain.moment import Cut
from holdfast.errors import MomentError, NotFoundError
from holdfast.store.ledger.moment import resolve
from tests.contracts.world import World, first

RELEASE_A, RELEASE_B, RELEASE_C = "abcd" + "1" * 60, "abcd" + "2" * 60, "ef01" + "3" * 60


@pytest.fixture
def told(world: World, clock: SettableClock) -> World:
    """A day in production, one change an hour from 01:00 on 1 January 2026:

    @1 created, @2 release A, @3 a document, @4 staging forked, @5 release B, @6 a decision of @5,
    @7 rolled back to @3, @8 a document.
    """
    clock.advance(hours=1)
    world.start("production")
    steps = (
        lambda: deploy(world, RELEASE_A),
        lambda: world.put("a.md", 1),
        lambda: world.start("staging", parent=Cut(1, 3)),
        lambda: deploy(world, RELEASE_B),
        lambda: decide(world, "d-0111", Cut(1, 5)),
        lambda: world.rollback(Cut(1, 3)),
        lambda: world.put("b.md", 1),
    )
    for step in steps:
        clock.advance(hours=1)
        step()
    clock.advance(minutes=30)
    return world


def deploy(world: World, release: str, *, on: int | None = None) -> Any:
    return world.put("deployed", {"release": release}, store="releases", on=on)


def decide(world: World, name: str, cut: Cut, *, on: int | None = None) -> Any:
    stamp = {"timeline": cut.timeline, "tick": cut.tick}
    return world.put(name, {"stamp": stamp}, store="decisions", on=on)


def moment(world: World, text: str, *, environment: str = "production") -> str:
    clock = world.ledger._clock  # type: ignore[attr-defined]
    cut = resolve(
        text,
        environment=environment,
        ledger=world.ledger,
        timelines=world.ledger,
        clock=clock,
    )
    return str(cut)


def complaint(world: World, text: str) -> str:
    with pytest.raises(MomentError) as caught:
        moment(world, text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        # heads
        ("head", "t3@8"),
        ("  head ", "t3@8"),
        ("production", "t3@8"),
        ("staging", "t2@4"),
        # ticks mean what the environment showed then
        ("@8", "t3@8"),
        ("@7", "t3@7"),
        ("@6", "t1@6"),
        ("@4", "t1@4"),
        ("@1", "t1@1"),
        ("t3@5", "t3@5"),
        ("t2@8", "t2@8"),
        # times too
        ("2026-01-01 08:00", "t3@8"),
        ("2026-01-01 07:59:59", "t3@7"),
        ("2026-01-01 07:00", "t3@7"),
        ("2026-01-01 06:59", "t1@6"),
        ("2026-01-01 04:30", "t1@3"),
        ("2026-01-01 01:00", "t1@1"),
        ("2 hours ago", "t1@6"),
        ("0 seconds ago", "t3@8"),
        # releases: on the ancestry, else anywhere
        (RELEASE_A, "t3@2"),
        (RELEASE_A[:8], "t3@2"),
        ("abcd", "t3@2"),
        ("abcd2", "t1@5"),
        (f"sha256:{RELEASE_B}", "t1@5"),
        (f"release:{RELEASE_B[:12]}", "t1@5"),
        # decisions, also of an abandoned timeline
        ("d-0111", "t1@5"),
        ("d-01", "t1@5"),
        ("decision:d-0111", "t1@5"),
        # and back from any of them: t3 is @1 @2 @3 @7 @8
        ("~0", "t3@8"),
        ("~", "t3@7"),
        ("~1", "t3@7"),
        ("head~2", "t3@3"),
        ("~1~1", "t3@3"),
        ("~4", "t3@1"),
        ("@6~1", "t1@5"),
        ("@6~2", "t1@3"),
        ("t2@4~1", "t2@3"),
        ("d-0111~1", "t1@3"),
        ("2 hours ago~1", "t1@5"),
    ],
)
def test_moments_of_production(told: World, text: str, cut: str) -> None:
    assert moment(told, text) == cut


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("head", "t2@4"),
        ("production", "t3@8"),
        ("@8", "t2@8"),
        ("@4", "t2@4"),
        ("@3", "t2@3"),
        ("2026-01-01 02:30", "t2@2"),
        ("2026-01-01 04:00", "t2@4"),
        ("abcd2", "t1@5"),
        ("abcd1", "t2@2"),
        ("~1", "t2@3"),
    ],
)
def test_moments_of_a_fork_reach_back_into_what_it_forked_from(
    told: World, text: str, cut: str
) -> None:
    assert moment(told, text, environment="staging") == cut


def test_a_snapshot_goes_before_a_release_of_that_name(told: World) -> None:
    told.ledger.snapshots(Snapshot("abcd", Cut(1, 4), 0, "", "", ""))
    told.ledger.snapshots(Snapshot("before-poison", Cut(1, 3), 0, "", "", ""))
    assert moment(told, "abcd") == "t1@4"
    assert moment(told, "before-poison~1") == "t1@2"


def test_the_newest_deployment_of_a_release_counts(told: World) -> None:
    deploy(told, RELEASE_B)  # 9
    deploy(told, RELEASE_A)  # 10
    deploy(told, RELEASE_C)  # 11
    assert moment(told, "abcd1") == "t3@10"
    assert moment(told, "abcd2") == "t3@9"
    deploy(told, RELEASE_A, on=2)
    assert moment(told, "abcd1") == "t3@10"


def test_a_release_of_before_a_recovery_does_not_bring_back_what_was_revoked(told: World) -> None:
    bad = first(told.put("bad.md", 1))  # 9
    deploy(told, RELEASE_C)  # 10
    told.start(parent=Cut(3, 10), expects=3, revoked=[bad])
    assert moment(told, "ef01") == "t4@10"
    assert moment(told, "@10") == "t3@10"
    assert told.live(Cut(4, 10)) == {"a.md": 1, "b.md": 1}


def test_an_id_that_is_the_start_of_another_is_itself(told: World) -> None:
    decide(told, "d-01112", Cut(3, 8))
    assert moment(told, "d-0111") == "t1@5"
    assert moment(told, "d-01112") == "t3@8"


def test_a_decision_that_was_written_again_is_one(told: World) -> None:
    for _ in range(8):
        decide(told, "d-2", Cut(3, 8))
    assert moment(told, "d-2") == "t3@8"


def test_ambiguous_prefixes_name_the_candidates(told: World) -> None:
    decide(told, "d-0222", Cut(3, 8))
    assert "d-0111, d-0222" in complaint(told, "d-0")
    deploy(told, RELEASE_B)
    assert "abcd11111111, abcd22222222" in complaint(told, "abcd")
    for n in range(20):
        decide(told, f"d-9{n:02}", Cut(3, 8))
    assert complaint(told, "d-9").count("d-9") == 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@9", "the ticks are @1 to @8, the nearest is @8"),
        ("@0", "the nearest is @1"),
        ("t9@1", "no timeline 9"),
        ("@5.0", "an event; its moment is '@5'"),
        ("5", "did you mean '@5'"),
        ("99", "no moment '99'"),
        ("stagin", "did you mean 'staging'"),
        ("befor-poison", "did you mean 'before-poison'"),
        ("no such thing", "2026-01-01 01:00:00+00:00 to 2026-01-01 08:00:00+00:00"),
        ("", "no moment ''"),
        ("x~1", "no moment 'x'"),
        ("~5", "there are 5 changes up to t3@8; the oldest is ~4"),
        ("~99999999999", "no moment"),
        ("2025-12-31", "before anything was there"),
        ("2026-01-01 00:59", "known are 2026-01-01 01:00"),
        ("2027-01-01", "yet to come"),
        ("beef", "no moment 'beef'"),
        ("abc", "no moment 'abc'"),
    ],
)
def test_what_is_no_moment_is_answered_with_the_nearest(told: World, text: str, said: str) -> None:
    told.ledger.snapshots(Snapshot("before-poison", Cut(1, 3), 0, "", "", ""))
    assert re.search(re.escape(said), complaint(told, text))


def test_an_unknown_environment_is_not_found(told: World) -> None:
    with pytest.raises(NotFoundError, match="'production'"):
        moment(told, "head", environment="prod")


def test_a_time_that_the_log_is_ahead_of_is_known(world: World, clock: SettableClock) -> None:
    world.start()
    clock.set(datetime(2025, 1, 1, tzinfo=UTC))
    put = world.put("a", 1)
    assert put.at > clock.now()
    assert moment(world, "2026-01-01 00:00:00.000001") == "t1@2"
