from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from holdfast.pipeline import stages as module
from holdfast.pipeline.stages import Stages


def test_a_stage_that_comes_twice_adds_up() -> None:
    stages = Stages()
    with stages("prompt"):
        pass
    once = stages.seconds()["prompt"]
    with stages("prompt"):
        sum(range(100_000))
    seconds = stages.seconds()
    assert list(seconds) == ["prompt", "total"]
    assert once < seconds["prompt"] <= seconds["total"]


def test_a_stage_that_fails_has_taken_its_time_too() -> None:
    stages = Stages()
    with pytest.raises(ValueError, match="no"), stages("generate"):
        raise ValueError("no")
    assert "generate" in stages.seconds()


def test_stages_stand_below_one_span(monkeypatch: pytest.MonkeyPatch) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(module, "TRACER", provider.get_tracer("test"))
    stages = Stages()
    with stages("embed"):
        pass
    stages.finish({"holdfast.decision": "d-1", "holdfast.cost": None}, error="too slow")
    embed, ask = exporter.get_finished_spans()
    assert (embed.name, ask.name) == ("holdfast.embed", "holdfast.ask")
    assert embed.parent is not None
    assert ask.context is not None
    assert embed.parent.span_id == ask.context.span_id
    assert dict(ask.attributes or {}) == {"holdfast.decision": "d-1"}
    assert ask.status.description == "too slow"
