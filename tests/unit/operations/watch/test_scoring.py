from __future__ import annotations

import pytest

from holdfast.errors import UsageError
from holdfast.observation.fact import facts
from holdfast.observation.sampling import Plan
from holdfast.operations.watch.observations import Observations
from holdfast.operations.watch.scoring import Scoring
from tests.support.project import SHOES, STUDENTS, Shop


def test_every_decision_is_scored_once_and_shows_in_the_figures(shop: Shop) -> None:
    shop.ask(SHOES)
    shop.ask(STUDENTS)
    room = Scoring(shop.system)
    done = room.recent(everything=True)
    assert (done.decisions, done.failed) == (2, 0)
    assert room.recent(everything=True).decisions == 0
    (group,) = Observations(shop.system).status().groups
    values = {f.name: (f.value, f.n) for f in group.decision}
    assert values["grounded"] == (1.0, 2)
    assert values["safe"] == (1.0, 2)
    assert values["relevance"][0] > 0.3


def test_odd_decisions_are_scored_and_do_not_bend_the_rates(shop: Shop) -> None:
    first = shop.ask(SHOES)
    shop.project.feedback(first.id, "down")
    rows = facts(shop.system.ledger, "production", since=0)
    done = Scoring(shop.system).score("production", rows, plan=Plan(0.0, odd=True))
    assert done.decisions == 1
    assert facts(shop.system.ledger, "production", since=0)[0].scores == {}
    assert shop.project.entries("assessments")[0].value["why"] == "odd"


def test_the_hour_has_a_budget(shop: Shop) -> None:
    shop.configure("[scoring]\nrate = 1.0\nper_hour = 1\n")
    shop.ask(SHOES)
    shop.ask(STUDENTS)
    rows = facts(shop.system.ledger, "production", since=0)
    room = Scoring(shop.system)
    assert (room.score("production", rows).decisions, room.score("production", rows).waiting) == (
        1, 1,
    )  # fmt: skip
    shop.parts.clock.advance(hours=2)
    assert room.score("production", rows).decisions == 1


def test_labels_are_kept_and_asked_for(shop: Shop) -> None:
    first, second = shop.ask(SHOES), shop.ask(STUDENTS)
    room = Scoring(shop.system)
    room.label(first.id, "bad", note="too short")
    found = room.labelling()
    assert (found.labels, [f.decision for f in found.queue]) == (1, [second.id])
    room.label(first.id[:20], "good", about="grounded")
    (fact, _) = facts(shop.system.ledger, "production", since=0)
    assert fact.labels == {"good": False, "grounded": True}
    with pytest.raises(UsageError, match="label 'fine'"):
        room.label(first.id, "fine")
    with pytest.raises(UsageError, match="no measure"):
        room.label(first.id, "good", about="weather")
