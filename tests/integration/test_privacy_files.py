"""Nothing that is recognised is in any file of a project, whatever was asked and sent."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from holdfast.bootstrap import init_project, open_project
from holdfast.operations.watch.traces import Traces
from holdfast.project import Project
from holdfast.settings import FILE

TOML = """
[privacy]
redact = ["email", "phone", "card", "iban", "key"]
[privacy.patterns]
customer = '\\bC-\\d{6}\\b'
"""
MARK = "Featherstonehaugh"
THINGS = (
    f"{MARK}@mail.example",
    "4111 1111 1111 1111",
    "5500-0000-0000-0004",
    "+44 20 7946 0958",
    "GB82 WEST 1234 5698 7654 32",
    f"sk-proj-{MARK}0123456789abcdef",
    "C-123456",
)
FILLER = ("Can I return shoes", "my parcel is lost", "please", "and", "äöü", "?", "100 %")


def send(project: Project, text: str) -> None:
    """The text in every kind of place of a span, sorted or left waiting."""
    message = ExportTraceServiceRequest()
    span = (
        message.resource_spans.add()
        .scope_spans.add()
        .spans.add(trace_id=b"t" * 16, span_id=b"s" * 8, name=text)
    )
    span.start_time_unix_nano = span.end_time_unix_nano = time.time_ns()
    for key in ("input.value", "output.value", "shop.note"):
        made = span.attributes.add()
        made.key, made.value.string_value = key, text
    room = Traces(project.system)
    intake = room.intake()
    intake.accept("traces", message.SerializeToString())
    intake.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    with init_project(folder) as project:
        (folder / "documents" / "returns.md").write_text("Shoes can be returned for 30 days.\n")
        project.ingest()
        project.deploy()
    (folder / FILE).write_text((folder / FILE).read_text() + TOML)
    return folder


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(parts=st.lists(st.sampled_from(THINGS + FILLER), min_size=1, max_size=5), sort=st.booleans())
def test_nothing_recognised_is_in_any_file(root: Path, parts: list[str], *, sort: bool) -> None:
    text = ", ".join(parts)
    with open_project(root) as project:
        made = project.ask(text, session="s-1")
        project.feedback(made.id, "correct", correction=text)
        send(project, text)
        if sort:
            Traces(project.system).sorter().sort()
    files = [path for path in (root / ".holdfast").rglob("*") if path.is_file()]
    held = [
        (path.name, thing)
        for path in files
        for thing in THINGS
        if thing.encode() in path.read_bytes()
    ]
    assert held == []
