from __future__ import annotations

import pytest

from holdfast.errors import NotFoundError, UsageError
from holdfast.operations.watch.alerts import ATTEMPTS, Alerts
from holdfast.operations.watch.incidents import Incidents
from tests.support.project import SHOES, STUDENTS, Shop
from tests.support.slo import POLICY

RULE = """[[rules]]
id = "discount-limit"
kind = "numeric_limit"
terms = ["discount", "off", "get"]
unit = "%"
max = 30
action = "flag"
"""
HOOK = '[[targets]]\nname = "oncall"\nurl = "http://127.0.0.1:9/hook"\nseverities = ["page"]\n'
DRAFT = """# Students

How much do students get off? Students get 90 % off this weekend, a 90 % student discount.
"""


@pytest.fixture
def watched(shop: Shop) -> Alerts:
    """A shop with a promise, somebody who is paged, and a calm day behind it."""
    (shop.root / "policies.toml").write_text(RULE)
    shop.project.deploy(reason="a rule")
    (shop.root / "slos" / "answers.yaml").write_text(POLICY)
    (shop.root / "alerts.toml").write_text(HOOK)
    for _ in range(6):
        shop.ask(SHOES)
        shop.ask(STUDENTS)
    return Alerts(shop.system)


def burn(shop: Shop) -> None:
    """A draft slips in, and students are promised too much."""
    shop.parts.clock.advance(hours=2)
    shop.bring("weekend.md", DRAFT)
    for n in range(12):
        shop.ask(STUDENTS, session=f"s{n}")


def test_calm_pages_nobody(shop: Shop, watched: Alerts) -> None:
    done = watched.check()
    assert (done.began, done.told, shop.parts.notifier.sent) == ((), (), [])


def test_a_burn_pages_once_and_its_end_is_told(shop: Shop, watched: Alerts) -> None:
    burn(shop)
    first = watched.check()
    assert [one.severity for one in first.began] == ["page", "ticket"]
    assert watched.check().began == ()
    (notice,) = shop.parts.notifier.sent
    assert [a.labels["severity"] for a in notice.alerts] == ["page"]
    assert "promises in production" in notice.alerts[0].annotations["summary"]
    shop.parts.clock.advance(hours=8)
    for _ in range(30):
        shop.ask(SHOES)
    ended = watched.check().ended
    assert "page" in [one.severity for one in ended]
    assert [n.status for n in shop.parts.notifier.sent] == ["firing", "resolved"]


def test_another_process_that_looks_does_not_page_again(shop: Shop, watched: Alerts) -> None:
    burn(shop)
    watched.check()
    again = Alerts(shop.system).check()
    assert (again.began, again.told) == ((), ())


def test_a_rollback_does_not_make_it_not_have_been(shop: Shop, watched: Alerts) -> None:
    before = shop.tick
    burn(shop)
    watched.check()
    shop.project.rollback(f"@{before}")
    assert [one.severity for one in watched.all()] == ["page", "ticket"]
    assert watched.check().began == ()
    assert len(Incidents(shop.system).all()) == 1


def test_a_firing_page_is_repeated_after_hours(shop: Shop, watched: Alerts) -> None:
    burn(shop)
    watched.check()
    shop.parts.clock.advance(minutes=3)
    watched.check()
    assert len(shop.parts.notifier.sent) == 1
    (shop.root / "alerts.toml").write_text("repeat_hours = 0.01\n" + HOOK)
    watched.check()
    assert len(shop.parts.notifier.sent) == 2


def test_a_receiver_that_fails_is_tried_again_later(shop: Shop, watched: Alerts) -> None:
    shop.parts.notifier.failures = 2
    burn(shop)
    assert watched.check().told == ()
    assert watched.check().told == (), "not before a second has passed"
    for seconds in (2, 3):
        shop.parts.clock.advance(seconds=seconds)
        told = watched.check().told
    assert [(one.attempts, one.error) for one in told] == [(3, "")]


def test_after_the_last_try_the_failure_is_a_record(shop: Shop, watched: Alerts) -> None:
    shop.parts.notifier.failures = 100
    burn(shop)
    for _ in range(ATTEMPTS):
        shop.parts.clock.advance(minutes=2)
        told = watched.check().told
    (one,) = told
    assert (one.attempts, "told to fail" in one.error) == (ATTEMPTS, True)


def test_a_silence_is_kept_and_ends(shop: Shop, watched: Alerts) -> None:
    made = watched.silence({"slo": "promises"}, length="2h", reason="we know")
    shop.parts.clock.advance(minutes=1)
    shop.bring("weekend.md", DRAFT)
    for n in range(12):
        shop.ask(STUDENTS, session=f"s{n}")
    assert watched.check().began != ()
    assert shop.parts.notifier.sent == []
    watched.unsilence(made.id)
    watched.check()
    assert len(shop.parts.notifier.sent) == 1


def test_a_silence_names_what_it_is_of(watched: Alerts) -> None:
    with pytest.raises(UsageError, match="no label 'weather'"):
        watched.silence({"weather": "bad"}, length="2h")
    with pytest.raises(UsageError, match="everything"):
        watched.silence({}, length="2h")
    with pytest.raises(NotFoundError, match="no silence"):
        watched.unsilence("s-1")


def test_a_receiver_can_be_tried(shop: Shop, watched: Alerts) -> None:
    watched.test("oncall")
    assert [n.receiver for n in shop.parts.notifier.sent] == ["oncall"]
    with pytest.raises(NotFoundError, match="no receiver 'team'; there are oncall"):
        watched.test("team")


def test_the_incident_names_who_did_it_and_where_to_go_back(shop: Shop, watched: Alerts) -> None:
    before = shop.tick
    burn(shop)
    watched.check()
    room = Incidents(shop.system)
    incident = room.find("last")
    evidence = incident.evidence
    first = evidence["suspects"][0]
    assert (first["changed"]["kind"], first["changed"]["name"]) == ("document", "weekend.md")
    assert (first["bad_on"], first["good_on"]) == (first["bad"], 0)
    assert first["p_value"] < 0.001
    assert evidence["onset"]["before"] == 0.0
    assert evidence["bad"] == 12
    plan = room.rehearse(incident)
    assert plan.to.tick >= before
    assert plan.hidden["documents"] == 1
    done = room.resolve("last", note="a draft went live")
    assert (done.status, done.note) == ("resolved", "a draft went live")
    assert room.find(incident.id[:12]).status == "resolved"
    with pytest.raises(NotFoundError, match="no incident 'i-none'"):
        room.find("i-none")
