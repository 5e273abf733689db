from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, Status, StatusCode

from holdfast.client.cleaning import Cleaning
from holdfast.client.sending import exporter
from holdfast.errors import SettingsError
from holdfast.settings import PrivacySettings, client_privacy

MAIL = "ann@mail.example"


def sent(settings: PrivacySettings) -> InMemorySpanExporter:
    """What arrives of a span that tells an address in every place."""
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Cleaning(memory, settings)))
    links = [Link(SpanContext(1, 1, is_remote=False), {"k": MAIL})]
    span = provider.get_tracer("t").start_span(f"GET {MAIL}", links=links)
    span.set_attribute("input.value", f"I am {MAIL}")
    span.set_attribute("list", [MAIL, "x"])
    span.set_attribute("user.id", MAIL)
    span.set_attribute("tokens", 3)
    span.add_event(MAIL, {"exception.message": f"no {MAIL}"})
    span.set_status(Status(StatusCode.ERROR, f"no {MAIL}"))
    span.end()
    return memory


def test_nothing_of_it_leaves_the_application() -> None:
    (span,) = sent(PrivacySettings(redact=("email",))).get_finished_spans()
    assert MAIL not in span.to_json()
    assert span.name == "GET [email]"
    assert span.attributes is not None
    assert span.attributes["input.value"] == "I am [email]"
    assert span.attributes["list"] == ("[email]", "x")
    assert str(span.attributes["user.id"]).startswith("email-")
    assert span.attributes["tokens"] == 3
    assert span.status.description == "no [email]"
    assert span.links[0].attributes == {"k": "[email]"}
    assert span.end_time is not None


def test_without_capture_no_text_leaves_it() -> None:
    (span,) = sent(PrivacySettings(capture=False, redact=())).get_finished_spans()
    assert span.attributes is not None
    assert str(span.attributes["input.value"]).startswith("[not kept: 21 characters")
    assert str(span.status.description).startswith("[not kept: 19 characters")
    assert span.attributes["tokens"] == 3


def test_the_environment_says_what_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not isinstance(exporter(), Cleaning)
    monkeypatch.setenv("HOLDFAST_REDACT", "card, key")
    assert client_privacy().redact == ("card", "key")
    assert isinstance(exporter(), Cleaning)
    monkeypatch.setenv("HOLDFAST_REDACT", "")
    monkeypatch.setenv("HOLDFAST_CAPTURE", "off")
    assert isinstance(exporter(), Cleaning)


@pytest.mark.parametrize(
    ("name", "value"), [("HOLDFAST_REDACT", "cards"), ("HOLDFAST_CAPTURE", "no")]
)
def test_an_environment_that_makes_no_sense_is_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"{name} is '{value}'"):
        client_privacy()
