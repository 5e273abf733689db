"""``holdfast serve`` as a process, and another process on the same folder."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

import holdfast
from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.errors import SettingsError
from holdfast.server.serve import serve
from tests.support import provider
from tests.support.server import chat, client, made, rest, settle, spawned


def test_telemetry_comes_in_by_grpc_where_a_port_is_asked_for(tmp_path: Path) -> None:
    with made(tmp_path / "shop") as project, spawned(project.root, "--grpc-port", "0") as server:
        place = re.search(r"gRPC (\S+)", server.line)
        assert place, server.line
        provider = TracerProvider()
        exporter = OTLPSpanExporter(place[1], insecure=True, timeout=30)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        with provider.get_tracer("lib").start_as_current_span("pack") as span:
            pass
        provider.shutdown()
        with rest(server.url) as http:
            path = f"/api/v1/traces/{span.get_span_context().trace_id:032x}"
            while (found := http.get(path)).is_error:
                time.sleep(0.05)
            assert "pack" in found.text


def test_what_another_process_does_is_seen_at_the_next_request(tmp_path: Path) -> None:
    with (
        made(tmp_path / "shop") as project,
        spawned(project.root) as server,
        rest(server.url) as http,
    ):

        def ask(question: str) -> dict:
            reply = http.post("/api/v1/ask", json={"question": question})
            assert reply.status_code == 200, reply.text
            return reply.json()

        before = ask("How long are gift cards valid?")
        project.snapshot("good")
        file = tmp_path / "gifts.md"
        file.write_text("# Gift cards\n\nGift cards are valid for three years.")
        project.ingest(file)
        after = ask("How long are gift cards valid?")
        assert "three years" in after["answer"]
        assert after["sources"][0]["path"] == "gifts.md"

        prompt = project.root / "prompts" / "answer.md"
        prompt.write_text(prompt.read_text().replace("## user", "Be formal.\n\n## user"))
        release = project.deploy().release
        assert ask("Can I return shoes?")["stamp"]["release"] == release

        project.rollback("good")
        restored = ask("How long are gift cards valid?")
        assert restored["answer"] == before["answer"]
        assert restored["stamp"]["corpus"] == before["stamp"]["corpus"]
        assert restored["stamp"]["release"] == before["stamp"]["release"]
        assert restored["stamp"]["timeline"] == project.head().timeline

        # And the other way round.
        assert project.decision(restored["id"]).answer == restored["answer"]
        document = {"path": "jobs.md", "content": "# Jobs\n\nWe hire bakers."}
        http.post("/api/v1/documents", json={"documents": [document]}).raise_for_status()
        settle(http)
        assert "jobs.md" in {entry["path"] for entry in project.documents()}
        project.fork("production", "staging")
        assert http.get("/v1/models/staging").status_code == 200


def test_the_server_brings_in_what_others_enqueue(tmp_path: Path) -> None:
    with made(tmp_path / "shop") as project, spawned(project.root) as server:
        data = b"# Jobs\n\nWe hire bakers."
        project.enqueue([("jobs.md", Document(digest_bytes(data), "text/markdown", data))])
        with rest(server.url) as http:
            assert settle(http)["jobs.md"] == "committed"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_running_requests_finish(tmp_path: Path, number: int) -> None:
    slow = provider.Reply(parts=provider.answer("Yes.").parts, wait=1.5)
    with provider.serving(slow) as (base_url, script):
        lines = f'kind = "openai"\nbase_url = "{base_url}"\nmodel = "tiny"\nattempts = 1'
        with made(tmp_path / "shop", model=lines) as project:
            with spawned(project.root) as server, ThreadPoolExecutor(1) as pool:
                path = f"{server.url}/v1/chat/completions"
                running = pool.submit(httpx.post, path, json=chat("Can I?"), timeout=60)
                while not script.requests:
                    pass
                status = server.stop(number)
                reply = running.result()
            assert (status, reply.status_code) == (0, 200)
            decision = project.decision(reply.json()["holdfast"]["decision"])
            assert decision.answer == "Yes."


def test_a_key_opens_the_server_and_stays_out_of_what_it_says(tmp_path: Path) -> None:
    with made(tmp_path / "shop") as project:
        key = "correct-horse"
        with spawned(project.root, HOLDFAST_API_KEY=key) as server:
            assert httpx.get(f"{server.url}/v1/models").status_code == 401
            with client(server.url, api_key=key) as ai:
                assert ai.models.retrieve("production").owned_by == "holdfast"
            assert server.stop() == 0
            assert key not in server.process.stdout.read()


def test_other_machines_need_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with made(tmp_path / "shop") as project:
        for host in ("0.0.0.0", "::", "shop.example"):  # noqa: S104 - that is the point
            with pytest.raises(SettingsError, match="HOLDFAST_API_KEY"):
                serve(project, host=host, port=0)
        monkeypatch.setenv("HOLDFAST_API_KEY", "key")
        with pytest.raises(SettingsError, match="cannot listen on"):
            serve(project, host="nowhere.invalid", port=0)


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with holdfast.init(tmp_path / "shop"), socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "holdfast.cli.main", "serve", "--port", str(port)],
            cwd=tmp_path / "shop", capture_output=True, text=True, check=False, env=os.environ,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"holdfast: cannot listen on 127.0.0.1:{port}")
    assert done.stderr.count("\n") == 1


def test_a_server_without_a_release_starts_and_says_what_to_do(tmp_path: Path) -> None:
    with holdfast.init(tmp_path / "shop") as project, spawned(project.root) as server:
        with rest(server.url) as http:
            assert http.get("/healthz").status_code == 200
            assert http.get("/readyz").status_code == 503
            reply = http.post("/api/v1/ask", json={"question": "Can I return shoes?"})
            assert (reply.status_code, reply.json()["error"]["code"]) == (409, "state")
            project.ingest()
            project.deploy()
            reply = http.post("/api/v1/ask", json={"question": "Can I return shoes?"})
            assert reply.status_code == 200
            assert http.get("/readyz").status_code == 200
        assert server.stop() == 0
