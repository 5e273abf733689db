from __future__ import annotations

from holdfast.observation.duration import DAY
from holdfast.observation.spend import Meter, Spend, midnight
from tests.support.project import SHOES, STUDENTS, Script, Shop


def test_a_day_begins_at_midnight_utc() -> None:
    assert midnight(5 * DAY + 7) == 5 * DAY


def test_every_answer_counts_once_and_the_cache_not_at_all(shop: Shop) -> None:
    shop.parts.model = Script(lambda _: "Within 30 days.")
    meter = Meter(shop.system.ledger)
    now = shop.parts.clock.now()
    assert meter.today(now) == {}
    for question in (SHOES, SHOES, STUDENTS, SHOES):
        shop.ask(question)
    fresh = Meter(shop.system.ledger).today(now)
    assert meter.today(now) == fresh
    paid = [d for d in shop.project.entries("decisions") if d.value["stamp"]["cache"] is None]
    spent = [d.value["stamp"]["prompts"][0] for d in paid]
    tokens = sum(step["input_tokens"] + step["output_tokens"] for step in spent)
    assert fresh == {"production": Spend(tokens, 0.0, len(paid))}
    assert len(paid) == 2


def test_a_rollback_gives_nothing_back_and_the_next_day_begins_anew(shop: Shop) -> None:
    meter, tick = Meter(shop.system.ledger), shop.tick
    shop.ask(SHOES)
    before = meter.today(shop.parts.clock.now())
    shop.project.rollback(f"@{tick}")
    assert meter.today(shop.parts.clock.now()) == before
    shop.parts.clock.advance(hours=24)
    assert meter.today(shop.parts.clock.now()) == {}
