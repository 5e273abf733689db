"""A provider changes its model and tells nobody: probes over real HTTP notice, and page."""

from __future__ import annotations

import re
import time
from contextlib import closing
from pathlib import Path

import pytest

from holdfast.adapters.memory.clock import SettableClock
from holdfast.observation.fact import facts
from holdfast.operations.watch.alerts import Alerts
from holdfast.operations.watch.incidents import Incidents
from holdfast.operations.watch.probes import Probes
from holdfast.server.app import create_app
from holdfast.server.asking import Asking
from tests.support.project import SHOES
from tests.support.provider import Reply, Request, answer, error, serving
from tests.support.server import made, rest, run

TOML = f'[probes.shoes]\nquestion = "{SHOES}"\nbaseline = 45\n'
USUAL = ("Within 30 days.", "You have 30 days to return them.", "Yes, for 30 days.")


class Provider:
    """Words its answers by the seed; another model may answer behind the same name."""

    def __init__(self) -> None:
        self.changed = False
        self.down = False

    def __call__(self, request: Request) -> Reply:
        if self.down:
            return error(503, "overloaded")
        usual = USUAL[request.body["seed"] % len(USUAL)]
        return answer("You have 60 days." if self.changed else usual)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SettableClock:
    """The project's clock; seeds and draws come from it, so that nothing is left to chance."""
    clock = SettableClock()
    monkeypatch.setattr("holdfast.bootstrap.SystemClock", lambda: clock)
    return clock


def test_a_silent_change_is_noticed_within_rounds_and_pages(
    tmp_path: Path, provider: Provider, clock: SettableClock
) -> None:
    with serving(provider) as (url, seen):
        model = f'kind = "openai"\nbase_url = "{url}"\nmodel = "tiny"\nattempts = 1'
        with closing(made(tmp_path / "shop", model=model)) as project:
            (tmp_path / "shop" / "probes.toml").write_text(TOML)
            probes = Probes(project.system, project.runtime)
            probes.fit("shoes")
            for _ in range(12):
                clock.advance(minutes=15)
                calm = probes.run("shoes")
                assert calm is not None
                assert calm.moved == ()
            provider.changed = True
            needed = 0
            while probes.status()[0].state == "calm" and needed < 10:
                clock.advance(minutes=15)
                probes.run("shoes")
                needed += 1
            assert needed <= 3
            (began,) = Alerts(project.system).check().began
            assert (began.slo, began.severity) == ("probe:shoes", "page")
            assert Incidents(project.system).find("last").evidence["bad"] == 5 * needed
            assert facts(project.system.ledger, "production", since=0) == []
            seeds = [request.body["seed"] for request in seen.requests]
            assert len(set(seeds)) == len(seeds), "every answer is drawn anew"


def test_a_provider_that_is_down_is_no_change(tmp_path: Path, provider: Provider) -> None:
    with serving(provider) as (url, _):
        model = f'kind = "openai"\nbase_url = "{url}"\nmodel = "tiny"\nattempts = 1'
        with closing(made(tmp_path / "shop", model=model)) as project:
            (tmp_path / "shop" / "probes.toml").write_text(TOML)
            probes = Probes(project.system, project.runtime)
            probes.run("shoes")
            provider.down = True
            for _ in range(4):
                failed = probes.run("shoes")
                assert failed is not None
                assert (failed.errors, failed.moved) == (4, ())
            assert probes.status()[0].state == "failing"
            assert Alerts(project.system).check().began == ()


def test_the_server_asks_by_itself(tmp_path: Path, provider: Provider) -> None:
    with serving(provider) as (url, _):
        model = f'kind = "openai"\nbase_url = "{url}"\nmodel = "tiny"\nattempts = 1'
        with closing(made(tmp_path / "shop", model=model)) as project:
            (tmp_path / "shop" / "probes.toml").write_text(TOML)
            app = create_app(project)
            app.state.service.asking = Asking(project, look=0.05)
            with run(app) as served, rest(served) as http:
                probes = Probes(project.system, project.runtime)
                while probes.status()[0].rounds == 0:
                    time.sleep(0.05)
                text = http.get("/metrics").text
                (shown,) = http.get("/api/v1/probes").json()
    assert (shown["name"], shown["state"], shown["baseline"]["answers"]) == ("shoes", "calm", 45)
    assert 'holdfast_probe_moved{environment="production",probe="shoes"} 0.0' in text
    assert not re.search(r"^holdfast_decisions_total\{", text, re.MULTILINE)
