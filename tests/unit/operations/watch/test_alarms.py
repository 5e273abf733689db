from __future__ import annotations

import pytest

from holdfast.operations.watch.alerts import Alerts
from holdfast.operations.watch.incidents import Incidents
from holdfast.operations.watch.monitors import Monitors
from tests.support.project import SHOES, STUDENTS, Shop

TOML = """window = 20
reference = 40
[[monitors]]
name = "questions"
watch = ["question.length"]
"""
HOOK = '[[targets]]\nname = "oncall"\nurl = "http://127.0.0.1:9/hook"\n'


@pytest.fixture
def watched(shop: Shop) -> Alerts:
    """A shop with a calibrated monitor, and somebody who is told."""
    (shop.root / "monitors.toml").write_text(TOML)
    (shop.root / "alerts.toml").write_text(HOOK)
    for n in range(40):
        shop.ask(f"{SHOES[:-1]} {'very ' * (n % 3)}often?")
    Monitors(shop.system).calibrate()
    return Alerts(shop.system)


def move(shop: Shop, n: int = 40) -> None:
    for _ in range(n):
        shop.ask(f"{STUDENTS[:-1]}, and is there more for those who study very, very long?")


def test_calm_raises_nothing(shop: Shop, watched: Alerts) -> None:
    assert watched.check().began == ()
    assert Monitors(shop.system).check().standings[0].judged is not None


def test_drift_that_harms_nobody_is_a_ticket_with_an_incident(shop: Shop, watched: Alerts) -> None:
    move(shop)
    done = watched.check()
    (alert,) = done.began
    assert (alert.slo, alert.severity) == ("drift:questions", "ticket")
    assert "questions in production moved: question.length" in alert.summary
    assert "feedback" not in alert.summary
    (incident,) = Incidents(shop.system).all()
    assert (incident.slo, incident.id) == ("drift:questions", alert.incident)
    assert incident.evidence["onset"]["after"] > 0.9
    assert [a.labels["slo"] for a in shop.parts.notifier.sent[0].alerts] == ["drift:questions"]
    assert watched.check().began == ()


def test_drift_that_harms_pages(shop: Shop, watched: Alerts) -> None:
    move(shop)
    for entry in list(shop.project.entries("decisions"))[-40:]:
        shop.project.feedback(entry.key, "down")
    for entry in list(shop.project.entries("decisions"))[:20]:
        shop.project.feedback(entry.key, "up")
    (alert,) = Alerts(shop.system).check().began
    assert alert.severity == "page"
    assert "feedback 1 → 0" in alert.summary


def test_what_is_usual_again_ends_it(shop: Shop, watched: Alerts) -> None:
    move(shop)
    watched.check()
    for n in range(30):
        shop.ask(f"{SHOES[:-1]} {'very ' * (n % 3)}often?")
    (over,) = watched.check().ended
    assert over.slo == "drift:questions"
    assert [one.status for one in Incidents(shop.system).all()] == ["resolved"]


@pytest.mark.parametrize(("severity", "raised"), [("none", []), ("page", ["page"])])
def test_a_monitor_says_how_it_is_told(shop: Shop, watched: Alerts, severity, raised) -> None:
    (shop.root / "monitors.toml").write_text(f"{TOML}severity = '{severity}'\n")
    move(shop)
    assert [one.severity for one in watched.check().began] == raised
