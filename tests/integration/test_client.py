"""Applications with the public instrumentors, in processes of their own, unchanged."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.operations.watch.question import Questions
from holdfast.project import Project
from tests.support.provider import answer, serving
from tests.support.server import made, served

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, str]]:
    with made(tmp_path_factory.mktemp("client") / "shop") as project, served(project) as url:
        yield project, url


def run(kind: str, *, endpoint: str, **environment: str) -> str:
    """Run the application; what it printed."""
    with serving(answer("Yes.")) as (provider, _):
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.application", kind, provider],
            cwd=ROOT,
            env={
                "PATH": "",
                "HOLDFAST_ENDPOINT": endpoint,
                "OTEL_SERVICE_NAME": "app",
                "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def trace(project: Project, decision: str, count: int) -> dict[str, dict[str, Any]]:
    """The spans of a decision's trace by name, once all are there."""
    while True:
        text = f"SELECT trace_id FROM spans WHERE decision = '{decision}'"  # noqa: S608
        if rows := Questions(project.system).sql(text).rows:
            found = project.system.spans().trace(str(rows[0][0]))
            if len(found) >= count:
                return {row["name"]: row for row in found}
        time.sleep(0.1)


def check_decision(spans: dict[str, dict[str, Any]], decision: str) -> dict[str, Any]:
    row = spans["decision"]
    assert (row["decision"], row["release"], row["session"]) == (decision, "r1", "s-1")
    assert (row["input"], row["output"], row["service"]) == ("May I?", "Yes.", "app")
    rest = json.loads(row["attributes"])
    assert rest == {"holdfast.retrieved": ["c-1"], "holdfast.missing": ["prompt"]}
    assert spans["retrieval"]["parent_id"] == spans["search"]["parent_id"] == row["span_id"]
    documents = json.loads(spans["retrieval"]["attributes"])["gen_ai.retrieval.documents"]
    assert json.loads(documents) == [{"id": "c-1", "score": 0.75, "content": "About: May I?"}]
    return row


def test_opentelemetry_s_instrumentor(world: tuple[Project, str]) -> None:
    project, url = world
    decision = run("otel", endpoint=url)
    spans = trace(project, decision, 4)
    top = check_decision(spans, decision)
    row = spans["chat tiny"]
    assert row["parent_id"] == top["span_id"]
    assert (row["kind"], row["operation"], row["provider"]) == ("client", "chat", "openai")
    assert (row["model"], row["response_model"], row["response_id"]) == ("tiny", "tiny-2026", "c-1")
    assert (row["temperature"], row["max_tokens"], row["seed"]) == (0.5, 9, 7)
    assert (row["input_tokens"], row["output_tokens"]) == (20, 3)
    assert row["finish_reasons"] == ["stop"]


def test_openinference_s_instrumentor(world: tuple[Project, str]) -> None:
    project, url = world
    decision = run("openinference", endpoint=url)
    spans = trace(project, decision, 4)
    top = check_decision(spans, decision)
    row = spans["ChatCompletion"]
    assert row["parent_id"] == top["span_id"]
    assert (row["provider"], row["model"]) == ("openai", "tiny-2026")
    assert (row["input_tokens"], row["output_tokens"], row["cached_tokens"]) == (20, 3, 8)
    assert json.loads(row["input"])["messages"] == [{"role": "user", "content": "May I?"}]
    assert json.loads(row["output"])["system_fingerprint"] == "fp_1"
    rest = json.loads(row["attributes"])
    assert rest["openinference.span.kind"] == "LLM"
    assert rest["llm.output_messages.0.message.content"] == "Yes."
    assert rest["llm.token_count.total"] == 23


def test_without_a_server_the_application_works_and_ends() -> None:
    assert run("openinference", endpoint="http://127.0.0.1:1").startswith("d-")
