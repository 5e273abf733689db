from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from holdfast.operations.watch.expire import expire
from holdfast.operations.watch.traces import Traces
from tests.support.otlp import body, gauge, logs, spans, traces
from tests.support.project import SHOES, Shop, made


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return made(tmp_path / "shop")


def store(shop: Shop, request: Any, signal: str = "traces") -> Any:
    shop.parts.inbox.put([body(request, signal)])
    while Traces(shop.system).sorter().sort():
        pass
    return request


def now(shop: Shop) -> int:
    return shop.parts.clock.now() * 1_000


def trace_of(request: Any) -> str:
    return str(spans(request)[0].trace_id.hex())


def test_what_is_older_than_it_is_kept_goes(shop: Shop) -> None:
    old = store(shop, traces(3, at=now(shop)))
    store(shop, logs("a", at=now(shop)), "logs")
    store(shop, gauge("n", 1.0, at=now(shop)), "metrics")
    shop.parts.clock.advance(days=91)
    new = store(shop, traces(at=now(shop)))
    planned = expire(shop.system, dry_run=True)
    assert (planned.rows, len(planned.days), planned.kept) == (5, 3, 0)
    assert len(shop.parts.telemetry.trace(trace_of(old))) == 1
    assert expire(shop.system) == planned
    assert shop.parts.telemetry.trace(trace_of(old)) == []
    assert len(shop.parts.telemetry.trace(trace_of(new))) == 1
    assert expire(shop.system).rows == 0


def test_a_day_is_kept_until_all_of_it_is_old(shop: Shop) -> None:
    store(shop, traces(at=now(shop)))
    shop.parts.clock.advance(days=90)
    assert expire(shop.system).rows == 0


def test_what_the_ledger_names_stays(shop: Shop) -> None:
    decision = shop.ask(SHOES)
    request = traces(4, at=now(shop))
    pair = spans(request)[1].attributes.add()
    pair.key, pair.value.string_value = "holdfast.decision", decision.id
    by_decision, by_trace = (spans(request)[n].trace_id.hex() for n in (1, 2))
    store(shop, request)
    shop.project.feedback(decision.id, "correct", correction=f"as in trace {by_trace}")
    shop.parts.clock.advance(days=200)
    done = shop.project.clean().expired
    assert (done.rows, done.kept) == (2, 2)
    held = [len(shop.parts.telemetry.trace(span.trace_id.hex())) for span in spans(request)]
    assert held == [0, 1, 1, 0]
    assert shop.parts.telemetry.trace(by_decision)
    assert expire(shop.system).rows == 0


def test_a_decision_that_nobody_names_needs_no_span(shop: Shop) -> None:
    decision = shop.ask(SHOES)
    store(shop, traces(at=now(shop), **{"holdfast.decision": decision.id}))
    shop.parts.clock.advance(days=200)
    assert expire(shop.system).rows == 1
