"""No byte of what was erased is in the project's folder, also when the erasure was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from holdfast.bootstrap import init_project, open_project
from holdfast.operations.erase.erase import BEGUN, DONE, Erasures
from holdfast.operations.erase.subject import Subject
from holdfast.operations.verify.verify import verify
from holdfast.operations.watch.traces import Traces
from holdfast.project import Project
from holdfast.store.ledger import chain

WORD = b"Featherstonehaugh"
SECRET = f"Can I return shoes? My name is {WORD.decode()}."
STEPS = 7
ERASER = Path(__file__).with_name("eraser.py")


def holding(root: Path) -> list[str]:
    """Files of the project that hold a word of it."""
    files = [path for path in root.rglob("*") if path.is_file()]
    return [str(path.relative_to(root)) for path in files if WORD in path.read_bytes()]


def send(project: Project, session: str, *, sort: bool) -> None:
    """Spans of an application that tells what was said, sorted into a table or still waiting."""
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracer = provider.get_tracer("shop")
    with tracer.start_as_current_span("ask") as span:
        span.set_attribute("session.id", session)
        with tracer.start_as_current_span("chat") as inner:
            inner.set_attribute("input.value", SECRET if session == "s-1" else "Hello?")
    room = Traces(project.system)
    intake = room.intake()
    body = encode_spans(memory.get_finished_spans()).SerializeToString()
    intake.accept("traces", body)
    intake.close()
    if sort:
        room.sorter().sort()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project on disk with two conversations and the telemetry of both."""
    folder = tmp_path / "shop"
    with init_project(folder) as project:
        (folder / "documents" / "returns.md").write_text("Shoes can be returned for 30 days.\n")
        project.ingest()
        project.deploy()
        for n in range(3):
            mine = project.ask(f"{SECRET} That is {n}.", session="s-1")
            project.ask("Can I return shoes?", session="s-2")
        project.feedback(mine.id, "correct", correction=SECRET)
        project.datasets.add(mine.id)
        send(project, "s-2", sort=True)
        send(project, "s-1", sort=True)
        send(project, "s-1", sort=False)
    return folder


def test_no_byte_is_left_in_the_folder(root: Path) -> None:
    assert {path.split("/")[1] for path in holding(root)} >= {
        "ledger.db",
        "inbox.db",
        "blobs",
        "telemetry",
    }
    with open_project(root) as project:
        done = Erasures(project.system).erase(Subject.of(session="s-1"))
        assert (done.status, done.decisions, done.traces) == (DONE, 3, 2)
        assert holding(root) == []
        assert verify(project.system).sound
        assert len(project.system.spans().latest(10)) == 1
        assert project.ask("Can I return shoes?", session="s-1").answer


@pytest.mark.slow
def test_an_erasure_that_is_killed_goes_on(root: Path) -> None:
    said: list[str] = []
    states = set()
    for step in range(STEPS):
        process = subprocess.Popen(
            [sys.executable, str(ERASER), str(root), "s-1"], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        with process:
            lines = [process.stdout.readline() for _ in range(step + 1)]
            process.send_signal(signal.SIGKILL)
        said.append(lines[-1].strip())
        with open_project(root) as project:
            found = chain.verify(project.system.ledger)
            requests = Erasures(project.system).all()
            states |= {one.status for one in requests}
            assert found.erased == sum(sum(one.values.values()) for one in requests)
            if requests:
                # What was begun goes on; the next round has new content to erase.
                Erasures(project.system).resume()
                assert holding(root) == []
                send(project, "s-1", sort=True)
                project.ask(f"{SECRET} Again, {step}.", session="s-1")
    assert len(set(said)) == STEPS
    assert states == {BEGUN, DONE}
    with open_project(root) as project:
        assert verify(project.system).sound
