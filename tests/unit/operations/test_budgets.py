from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.domain.decision import ANSWERED, BLOCKED
from holdfast.errors import QuotaError
from holdfast.observation.fact import facts
from holdfast.operations.budgets import Budgets
from holdfast.operations.watch.alerts import Alerts
from holdfast.pipeline.question import Question
from tests.support.project import SHOES, STUDENTS, Parts, Script, Shop, made

FIVE = "tokens_per_day = 10\n"
"""The scripted model takes two tokens an answer."""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return made(tmp_path / "shop", Parts(model=Script(lambda _: "Within 30 days.")))


def limited(shop: Shop, budget: str) -> Budgets:
    shop.configure(f"[retrieval]\ncache = false\n[budget]\n{budget}")
    shop.project.deploy(reason="no cache")
    return Budgets(shop.system)


def test_no_limit_is_no_account(shop: Shop) -> None:
    assert Budgets(shop.system).accounts() == ()
    assert Budgets(shop.system).check("production") == ""


def test_what_is_used_up_is_refused_until_midnight(shop: Shop) -> None:
    budgets = limited(shop, FIVE)
    for _ in range(5):
        assert shop.ask(SHOES).status == ANSWERED
    (one,) = budgets.accounts()
    assert (one.environment, one.unit, one.spent, one.limit, one.state) == (
        "", "tokens", 10, 10, "used up"
    )  # fmt: skip
    with pytest.raises(QuotaError, match="10 of 10 tokens of the project; ask again") as refused:
        shop.ask(SHOES)
    assert 0 < refused.value.retry_after <= 86_400
    with pytest.raises(QuotaError):
        shop.project.stream(Question(SHOES, "production"))
    assert len(facts(shop.system.ledger, "production", since=0)) == 5, "nothing was recorded"
    assert shop.project.ask(SHOES, at=f"@{shop.tick}"), "the past may be asked"
    shop.parts.clock.advance(hours=24)
    assert shop.ask(SHOES).status == ANSWERED


def test_or_the_fallback_is_given_and_replays(shop: Shop) -> None:
    limited(shop, FIVE + 'stop = "fallback"')
    for _ in range(5):
        shop.ask(SHOES)
    withheld = shop.ask(STUDENTS)
    assert (withheld.status, withheld.stamp.prompts) == (BLOCKED, ())
    assert withheld.answer == shop.project.runtime(shop.project.deployed()).guard.fallback
    assert [f.rule for f in withheld.stamp.findings] == ["budget"]
    assert shop.project.replay(withheld.id).identical
    (*_, fact) = facts(shop.system.ledger, "production", since=0)
    assert (fact.broken, fact.input_tokens) == ((), 0), "no rule was broken"


def test_a_ticket_warns_and_a_page_says_that_it_stopped(shop: Shop) -> None:
    limited(shop, FIVE)
    alerts = Alerts(shop.system)
    for _ in range(3):
        shop.ask(SHOES)
    assert alerts.check().began == ()
    shop.ask(SHOES)
    (warned,) = alerts.check().began
    assert (warned.slo, warned.severity) == ("budget:tokens:project", "ticket")
    assert "8 of 10 tokens of the project are spent today." in warned.summary
    shop.ask(SHOES)
    done = alerts.check()
    assert [one.severity for one in done.began] == ["page"]
    shop.parts.clock.advance(hours=24)
    assert [one.severity for one in alerts.check().ended] == ["page"]
    assert alerts.check().began == ()


def test_environments_have_limits_of_their_own(shop: Shop) -> None:
    budgets = limited(shop, "[budget.environments.staging]\ntokens_per_day = 2\n")
    shop.project.fork("production", "staging")
    shop.project.ask(SHOES, environment="staging")
    with pytest.raises(QuotaError, match="2 of 2 tokens of environment 'staging'"):
        shop.project.ask(SHOES, environment="staging")
    assert shop.ask(SHOES).status == ANSWERED
    assert [one.environment for one in budgets.accounts()] == ["staging"]
    assert budgets.alarms("production", now=1) == []
    (alarm,) = budgets.alarms("staging", now=1)
    assert (alarm.environment, alarm.slo) == ("staging", "budget:tokens")


def test_dollars_say_what_they_do_not_know(shop: Shop) -> None:
    budgets = limited(shop, "dollars_per_day = 1.5\n")
    shop.ask(SHOES)
    (one,) = budgets.accounts()
    assert (one.unit, one.spent, one.unpriced) == ("dollars", 0.0, 1)
    assert one.told == "$0.0000 of $1.50 of the project"
