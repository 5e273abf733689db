from __future__ import annotations

import numpy as np
import pytest

from holdfast.observation.drift.seen import Decisions, Stretch, begins, newest
from holdfast.observation.fact import facts
from holdfast.observation.sampling import Plan
from holdfast.operations.watch.scoring import Scoring
from holdfast.ports.ledger import Query
from tests.support.project import SHOES, STUDENTS, Shop


@pytest.fixture
def told(shop: Shop) -> Shop:
    """Decisions in conversations, with feedback, labels and scores of some of them."""
    for n in range(12):
        asked = shop.ask(STUDENTS if n % 3 else SHOES, session=f"s-{n // 4}")
        if n % 4 == 0:
            shop.project.feedback(asked.id, "up" if n % 8 else "down")
        if n % 5 == 0:
            Scoring(shop.system).label(asked.id, "bad", about="good")
    return shop


def decisions(shop: Shop, after: int = 0, until: int | None = None) -> Decisions:
    stretch = Stretch("production", after, until)
    return Decisions(shop.system.ledger, shop.system.rollups(), stretch=stretch)


def test_rows_say_what_the_ledger_says_of_each_decision(told: Shop) -> None:
    found = decisions(told)
    every = found.rows(np.arange(len(found)))
    assert [row.fact for row in every] == facts(told.system.ledger, "production", since=0)
    assert {row.fact.feedback for row in every} == {"up", "down", ""}
    assert any(row.fact.labels == {"good": False} for row in every)
    assert [row.tick for row in every] == found.ticks.tolist()


def test_scores_are_told_by_version_of_their_scorer(told: Shop) -> None:
    room = Scoring(told.system)
    room.score("production", facts(told.system.ledger, "production", since=0), plan=Plan(rate=1.0))
    found = decisions(told)
    known = {
        name: entry.value["scorer"][:8]
        for _, entry in told.system.ledger.history(Query(store="assessments"))
        for name in [entry.key.partition("/")[2]]
    }
    rows = found.rows(np.arange(len(found)))
    told_of = {name for row in rows for name in row.scores}
    assert told_of
    assert told_of <= {f"{name}@{version}" for name, version in known.items()}
    assert all(
        {name.partition("@")[0] for name in row.scores} == {*row.fact.scores} for row in rows
    )


def test_a_part_is_a_part_of_the_whole(told: Shop) -> None:
    whole = decisions(told)
    rows = whole.rows(np.arange(len(whole)))
    part = decisions(told, after=rows[2].tick, until=rows[8].tick)
    assert part.rows(np.arange(len(part))) == rows[3:9]
    assert part.rows(np.array([1, 4])) == [rows[4], rows[7]]
    assert part.rows(np.array([], dtype=np.int64)) == []


def test_nothing_is_a_stretch_too(told: Shop) -> None:
    assert len(decisions(told, after=told.tick)) == 0
    assert len(decisions(told, until=1)) == 0


def test_the_newest_are_found_from_behind(told: Shop) -> None:
    whole = decisions(told)
    rows = whole.rows(np.arange(len(whole)), said=False)
    assert newest(told.system.ledger, "production", most=5) == rows[-5:]
    assert newest(told.system.ledger, "production", most=2, until=rows[4].tick) == rows[3:5]
    assert len(decisions(told, begins(told.system.ledger, "production", most=5))) == 5
    assert begins(told.system.ledger, "elsewhere", most=5) == 0
