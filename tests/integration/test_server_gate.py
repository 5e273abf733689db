"""Who gets in, how much, and what the operator sees."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from holdfast.project import Project
from holdfast.server.app import create_app
from tests.support import provider
from tests.support.server import change, chat, client, made, rest, run, served

KEY = "correct-horse-battery"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with made(tmp_path_factory.mktemp("gate") / "shop", server="max_body_megabytes = 1") as project:
        yield project


@pytest.fixture(scope="module")
def url(project: Project) -> Iterator[str]:
    with served(project) as url:
        yield url


@pytest.fixture(scope="module")
def locked(project: Project) -> Iterator[str]:
    with served(project, api_key=KEY) as url:
        yield url


def post(url: str, path: str, body: bytes, kind: str = "application/json") -> httpx.Response:
    return httpx.post(f"{url}{path}", content=body, headers={"content-type": kind}, timeout=60)


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", f"Bearer {KEY}x", f"Basic {KEY}", KEY, "Bearer é"]
)
@pytest.mark.parametrize("path", ["/v1/models", "/api/v1/log", "/metrics", "/readyz", "/nothing"])
def test_without_the_key_nothing_is_told(locked: str, path: str, given: str | None) -> None:
    headers = {} if given is None else {"authorization": given.encode("latin-1")}
    reply = httpx.get(f"{locked}{path}", headers=headers)
    assert reply.status_code == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.json()["error"]["code"] == "invalid_api_key"
    assert KEY not in reply.text


def test_with_the_key_all_is_as_ever(locked: str) -> None:
    with client(locked, api_key=KEY) as ai:
        assert [model.id for model in ai.models.list()] == ["production"]
    with rest(locked, api_key=KEY) as http:
        assert http.get("/api/v1/log").status_code == 200


def test_anybody_may_ask_whether_the_process_is_alive(locked: str) -> None:
    assert httpx.get(f"{locked}/healthz").json()["status"] == "ok"


def test_web_pages_are_kept_out_where_there_is_no_key(url: str, locked: str) -> None:
    for headers in (
        {"host": "evil.example"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"host": "[::1"},
    ):
        reply = httpx.get(f"{url}/v1/models", headers=headers)
        assert reply.status_code == 403, headers
        assert "access-control-allow-origin" not in reply.headers
    assert httpx.get(f"{url}/v1/models", headers={"host": "localhost:1"}).status_code == 200
    named = {"host": "shop.example", "authorization": f"Bearer {KEY}"}
    assert httpx.get(f"{locked}/v1/models", headers=named).status_code == 200


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/v1/ask", "/api/v1/documents"])
def test_large_bodies_are_refused(url: str, path: str) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 65_536

    headers = {"content-type": "application/json"}
    announced = httpx.post(f"{url}{path}", content=b" " * 1_310_720, headers=headers)
    chunked = httpx.post(f"{url}{path}", content=pieces(), headers=headers)
    for reply in (announced, chunked):
        assert (reply.status_code, reply.json()["error"]["code"]) == (413, "limit")
        assert "1 MB" in reply.json()["error"]["message"]


def test_large_forms_are_refused(url: str) -> None:
    files = {"files": ("big.md", b"x" * 1_310_720)}
    assert httpx.post(f"{url}/api/v1/documents", files=files).status_code == 413


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not JSON"),
        (b'{"question": NaN}', "not JSON"),
        (b'{"question": "\\ud800"}', "not JSON"),
        (b'{"question": "\xff"}', "not JSON"),
        (b'{"question": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "recursion limit"),
        (b'{"question": ' + b"9" * 5_000 + b"}", ""),
    ],
)
def test_json_is_read_strictly(url: str, body: bytes, words: str) -> None:
    reply = post(url, "/api/v1/ask", body)
    assert reply.status_code in (400, 422)
    assert words in reply.json()["error"]["message"]
    assert len(reply.text) < 400


def test_a_body_of_another_type_is_refused(url: str) -> None:
    reply = post(url, "/api/v1/ask", b'{"question": "Hi?"}', "text/plain")
    assert reply.status_code == 422
    assert "application/json" in reply.json()["error"]["message"]


def test_broken_http_does_not_hurt(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    for line in (
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/v1/ask HTTP/1.1\r\n",
    ):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(line)
    assert httpx.get(f"{url}/healthz").status_code == 200


def test_what_nobody_expected_is_logged_and_hidden(
    project: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(project)

    def explode(*_: object, **__: object) -> None:
        raise RuntimeError("the secret plan")

    monkeypatch.setattr(app.state.service.project, "decide", explode)
    monkeypatch.setattr(app.state.service.project, "stream", explode)
    with run(app) as url, rest(url) as http:
        for path, body in (
            ("/api/v1/ask", {"question": "Hi?"}),
            ("/v1/chat/completions", chat("Hi?")),
            ("/v1/chat/completions", chat("Hi?", stream=True)),
        ):
            reply = http.post(path, json=body)
            assert (reply.status_code, reply.json()["error"]["code"]) == (500, "internal")
            assert "secret" not in reply.text
        assert 'status="500"' in http.get("/metrics").text
    assert sum("the secret plan" in str(record.exc_info) for record in caplog.records) == 3


def test_too_many_waiting_requests_are_told_to_come_back(tmp_path: Path) -> None:
    slow = provider.answer("Yes.")
    with provider.serving(provider.Reply(parts=slow.parts, wait=60)) as (base_url, script):
        folder = tmp_path / "shop"
        lines = f'kind = "openai"\nbase_url = "{base_url}"\nmodel = "tiny"\nattempts = 1'
        with (
            made(folder, model=lines, server="threads = 1") as project,
            served(project) as url,
            rest(url) as http,
            ThreadPoolExecutor(12) as pool,
        ):
            waiting = [
                pool.submit(http.post, "/v1/chat/completions", json=chat(f"Question {number}?"))
                for number in range(12)
            ]
            refused = [next(_finished(waiting)) for _ in range(1)]
            # A busy server still tells how it is.
            for path in ("/healthz", "/readyz", "/metrics"):
                assert http.get(path).status_code == 200
            script.stopping.set()
            replies = [future.result() for future in waiting]
    assert refused[0].status_code == 503
    assert refused[0].headers["retry-after"] == "1"
    assert refused[0].json()["error"]["code"] == "busy"
    counts = [reply.status_code for reply in replies]
    assert (counts.count(200), counts.count(503)) == (9, 3)


def _finished(futures: list) -> Iterator[httpx.Response]:
    pause = threading.Event()
    while True:
        yield from (future.result() for future in futures if future.done())
        pause.wait(0.02)


def test_metrics_have_few_labels(project: Project) -> None:
    with served(project) as url, rest(url) as http:
        for number in range(5):
            http.get(f"/strange/{number}")
            http.get(f"/api/v1/decisions/d-{number}{number}{number}")
            http.request(f"ODD{number}", "/healthz")
        http.post("/api/v1/ask", json={"question": "Can I return shoes?"}).raise_for_status()
        text = http.get("/metrics").text

    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    assert names >= {
        "holdfast_build_info",
        "holdfast_cache_hits_total",
        "holdfast_decisions_incomplete_total",
        "holdfast_decisions_total",
        "holdfast_head_tick",
        "holdfast_queue_items",
        "holdfast_request_duration_seconds",
        "holdfast_requests_total",
        "holdfast_stage_duration_seconds",
        "holdfast_tokens_total",
        "process_resident_memory_bytes",
    }
    lines = {
        'holdfast_decisions_total{environment="production",status="answered"} 1.0',
        'holdfast_queue_items{environment="production",status="committed"} 3.0',
        f'holdfast_head_tick{{environment="production"}} {project.head().tick}.0',
        requests('method="GET",route="/api/v1/decisions/{decision}",status="404"', 5),
        requests('method="GET",route="unmatched",status="404"', 5),
        requests('method="other",route="/healthz",status="405"', 5),
    }
    assert lines - set(text.splitlines()) == set()
    assert "strange" not in text
    assert "_created" not in text


def requests(labels: str, count: int) -> str:
    return f"holdfast_requests_total{{{labels}}} {count}.0"


def test_ready_says_why_not(tmp_path: Path) -> None:
    with made(tmp_path / "shop") as project:
        project.rollback("@1")
        with served(project) as url, rest(url) as http:
            reply = http.get("/readyz")
            assert (reply.status_code, reply.json()["error"]["code"]) == (503, "state")
            assert "holdfast deploy" in reply.json()["error"]["message"]
            assert http.get("/healthz").status_code == 200
            project.ingest()
            release = project.deploy().release
            assert http.get("/readyz").json()["release"] == release


def test_the_description_is_complete(url: str) -> None:
    described = httpx.get(f"{url}/openapi.json").json()
    operations = [op for path in described["paths"].values() for op in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names) == 60
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
    assert all(operation["description"] for operation in operations)
    assert "HTTPValidationError" not in json.dumps(described)


def test_keys_are_not_logged(locked: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    httpx.get(f"{locked}/v1/models", headers={"authorization": f"Bearer {KEY}"})
    httpx.get(f"{locked}/v1/models", headers={"authorization": f"Bearer {KEY}-wrong"})
    assert KEY not in caplog.text


def test_folders_can_be_changed(tmp_path: Path) -> None:
    # The support's own promise, which the tests above rest on.
    with made(tmp_path / "shop", server="threads = 3"):
        change(tmp_path / "shop", server="threads = 4")
        assert (tmp_path / "shop" / "holdfast.toml").read_text().count("threads") == 1
