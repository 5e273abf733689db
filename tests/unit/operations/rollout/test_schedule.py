from __future__ import annotations

import pytest

from holdfast.domain.rollout import CANCELLED, DONE, REFUSED
from holdfast.errors import NotFoundError, StateError, UsageError
from holdfast.operations.deploy import Order
from holdfast.operations.freeze import freeze
from holdfast.operations.rollout.schedule import cancel, carry_out, schedule
from holdfast.store.releases import rollouts
from tests.support.project import Shop


def planned(shop: Shop, *, at: str = "2h") -> str:
    (shop.root / "policies.toml").write_text("")
    done = schedule(shop.system, "production", at=at, order=Order("as agreed"))
    assert done.tick == shop.tick
    return done.schedule.release


def test_it_is_deployed_once_and_not_before(shop: Shop) -> None:
    before = shop.project.deployed()
    release = planned(shop)
    assert carry_out(shop.system, "production") == []
    assert shop.project.deployed() == before
    shop.parts.clock.advance(hours=3)
    (done,) = carry_out(shop.system, "production")
    assert (done.status, shop.project.deployed()) == (DONE, release)
    assert shop.project.releases()[0]["reason"] == "as agreed"
    assert carry_out(shop.system, "production") == []


def test_what_is_refused_is_recorded_with_its_reason(shop: Shop) -> None:
    before = shop.project.deployed()
    planned(shop)
    freeze(shop.system, "production", reason="the sale")
    shop.parts.clock.advance(hours=3)
    (done,) = carry_out(shop.system, "production")
    assert (done.status, shop.project.deployed()) == (REFUSED, before)
    assert "the sale" in done.note
    (kept,) = rollouts.schedules(shop.system.view("production"), "production")
    assert kept == done


def test_it_can_be_called_off(shop: Shop) -> None:
    planned(shop)
    (one,) = rollouts.schedules(shop.system.view("production"), "production")
    assert cancel(shop.system, "production", name=one.id[:9], reason="not yet").status == CANCELLED
    shop.parts.clock.advance(hours=3)
    assert carry_out(shop.system, "production") == []
    with pytest.raises(NotFoundError, match="canary status"):
        cancel(shop.system, "production", name=one.id)


def test_what_answers_by_then_is_no_error(shop: Shop) -> None:
    release = planned(shop)
    shop.project.deploy(release)
    shop.parts.clock.advance(hours=3)
    (done,) = carry_out(shop.system, "production")
    assert (done.status, done.note) == (DONE, "it answered already")


def test_what_would_be_refused_now_is_refused_now(shop: Shop) -> None:
    with pytest.raises(UsageError, match="is past"):
        schedule(shop.system, "production", at="2 hours ago", order=Order())
    assert schedule(shop.system, "production", at="1h", order=Order(dry_run=True)).tick is None
    shop.configure("[preprocessing]\nmax_characters = 100\n")
    with pytest.raises(StateError, match="holdfast ingest"):
        schedule(shop.system, "production", at="1h", order=Order())
