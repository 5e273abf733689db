from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import holdfast
from holdfast.client import decision as module
from holdfast.domain.digest import digest


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The spans that would be sent."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(module, "sending", lambda: None)
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return exporter


def one(sent: InMemorySpanExporter, name: str) -> ReadableSpan:
    return next(span for span in sent.get_finished_spans() if span.name == name)


def attributes(sent: InMemorySpanExporter, name: str = "decision") -> dict[str, Any]:
    return dict(one(sent, name).attributes or {})


@dataclass
class Chunk:
    chunk: str
    similarity: float
    content: str


def test_a_decision_says_what_it_rests_on_and_what_is_missing(sent: InMemorySpanExporter) -> None:
    with holdfast.decision(
        "May I?", session="s", user="u", release="abc", model="gpt", metadata={"tenant": 3}
    ) as made:
        holdfast.retrieved(
            [{"id": "c1", "score": 0.5, "text": "Yes."}, Chunk("c2", 0.25, "No."), "plain"],
            query="may",
            source="docs",
        )
        made.answer = "Yes."
    found = attributes(sent)
    assert found["holdfast.decision"] == made.id
    assert (found["input.value"], found["output.value"]) == ("May I?", "Yes.")
    assert (found["gen_ai.conversation.id"], found["user.id"]) == ("s", "u")
    assert (found["holdfast.release.digest"], found["gen_ai.request.model"]) == ("abc", "gpt")
    assert found["holdfast.tenant"] == 3
    assert found["holdfast.retrieved"] == ("c1", "c2", digest("plain"))
    assert found["holdfast.missing"] == ("prompt", "seed")
    search = attributes(sent, "retrieval docs")
    assert json.loads(search["gen_ai.retrieval.documents"])[:2] == [
        {"id": "c1", "score": 0.5, "content": "Yes."},
        {"id": "c2", "score": 0.25, "content": "No."},
    ]
    inner, outer = one(sent, "retrieval docs"), one(sent, "decision")
    assert inner.parent is not None
    assert outer.context is not None
    assert inner.parent.span_id == outer.context.span_id


def test_an_error_is_told_and_goes_on_its_way(sent: InMemorySpanExporter) -> None:
    with pytest.raises(KeyError), holdfast.decision("May I?"):
        raise KeyError("lost")
    assert one(sent, "decision").status.description == "KeyError: 'lost'"
    assert "answer" in attributes(sent)["holdfast.missing"]
    assert module.current() is None


def test_decisions_of_tasks_do_not_mix(sent: InMemorySpanExporter) -> None:
    async def work(name: str) -> None:
        with holdfast.decision(name) as made:
            await asyncio.sleep(0)
            holdfast.retrieved([{"id": name}])
            await asyncio.sleep(0)
            made.answer = name

    async def both() -> None:
        await asyncio.gather(work("a"), work("b"))

    asyncio.run(both())
    for span in sent.get_finished_spans():
        if span.name == "decision":
            found = dict(span.attributes or {})
            assert found["holdfast.retrieved"] == (found["input.value"],)


def test_traced_functions_are_spans_below_each_other(sent: InMemorySpanExporter) -> None:
    @holdfast.traced
    def inner(number: int) -> int:
        return number + 1

    @holdfast.traced
    async def outer() -> int:
        return inner(1)

    @holdfast.traced
    def broken() -> None:
        raise ValueError("no")

    assert asyncio.run(outer()) == 2
    with pytest.raises(ValueError, match="no"):
        broken()
    low, high, bad = sent.get_finished_spans()
    assert low.parent is not None
    assert high.context is not None
    assert low.parent.span_id == high.context.span_id
    assert bad.status.description == "ValueError: no"
    assert len(bad.events) == 1


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no text")


def test_whatever_is_told_never_breaks_the_application(sent: InMemorySpanExporter) -> None:
    with holdfast.decision("q", metadata={"odd": object()}) as made:  # type: ignore[dict-item]
        holdfast.retrieved([Hostile(), None, 3])
        made.answer = Hostile()  # type: ignore[assignment]
    assert module.current() is None
    assert one(sent, "decision").end_time is not None
    with holdfast.decision("next") as made:
        made.answer = "fine"
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_a_failing_queue_never_breaks_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError("no thread can be started")

    monkeypatch.setattr(module, "sending", fail)

    @holdfast.traced
    def work() -> int:
        return 3

    with holdfast.decision("q") as made:
        holdfast.retrieved(["a"])
        made.answer = str(work())
    assert made.answer == "3"
