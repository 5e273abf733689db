from __future__ import annotations

import pytest

from holdfast.operations.watch.question import Questions
from holdfast.operations.watch.traces import Traces
from holdfast.pipeline import stages
from holdfast.server.own import record_own
from holdfast.server.service import serve_project
from tests.support.project import SHOES, Shop, made


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return made(tmp_path_factory.mktemp("own") / "shop")


def test_an_answer_is_a_trace_that_its_decision_finds(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve_project(shop.project)
    provider = record_own(service)
    monkeypatch.setattr(stages, "TRACER", provider.get_tracer("holdfast.pipeline"))
    monkeypatch.setattr("holdfast.observation.intake.Window.at", always)
    decision = shop.ask(SHOES, session="s-1")
    for close in service.closing:
        close()
    service.intake.close()
    while Traces(shop.system).sorter().sort():
        pass
    spans = Questions(shop.system).trace(decision.id)
    names = {row["name"] for row in spans}
    assert {"holdfast.ask", "holdfast.retrieve", "holdfast.generate", "holdfast.guard"} <= names
    top = next(row for row in spans if row["name"] == "holdfast.ask")
    assert (top["release"], top["tick"]) == (decision.stamp.release, decision.stamp.tick)
    assert (top["session"], top["cost"]) == ("s-1", 0.0)
    assert {row["parent_id"] for row in spans if row is not top} == {top["span_id"]}


def always(now: int, *, days: int) -> object:
    """The shop's clock stands elsewhere than the spans' own."""
    from holdfast.observation.wire import Window

    return Window(0, now * 1_000, 2**62)
