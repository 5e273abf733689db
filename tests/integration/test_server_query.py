"""Traces and SQL over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

import holdfast
from holdfast.server.api import query
from tests.support.otlp import PROTOBUF, spans, traces
from tests.support.server import rest, served


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("query") / "shop"
    with holdfast.init(folder) as project, served(project) as url, rest(url) as http:
        yield http


@pytest.fixture(scope="module")
def trace(http: httpx.Client) -> str:
    """A trace that can be found."""
    request = traces(1, name="chat gpt", **{"gen_ai.request.model": "gpt", "tenant": "t1"})
    reply = http.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF)
    assert reply.status_code == 200
    name: str = spans(request)[0].trace_id.hex()
    while http.get(f"/api/v1/traces/{name}").status_code != 200:
        time.sleep(0.05)
    return name


def test_the_latest_traces_and_one_of_them(http: httpx.Client, trace: str) -> None:
    (latest,) = http.get("/api/v1/traces", params={"limit": 5}).json()
    assert (latest["trace_id"], latest["name"], latest["model"]) == (trace, "chat gpt", "gpt")
    assert "attributes" not in latest
    (found,) = http.get(f"/api/v1/traces/{trace[:12]}").json()
    assert found["attributes"] == '{"tenant":"t1"}'
    assert "batch" not in found


def test_no_trace(http: httpx.Client) -> None:
    for name in ("f" * 32, "abcd", "d-nothing", "'; drop"):
        reply = http.get(f"/api/v1/traces/{name}")
        assert reply.status_code == 404
        assert "no trace" in reply.json()["error"]["message"]


def test_sql_reads_what_there_is(http: httpx.Client, trace: str) -> None:
    text = "SELECT trace_id, model, start, NULL AS nothing FROM spans WHERE name = 'chat gpt'"
    found = http.post("/api/v1/sql", json={"query": text}).json()
    assert found["columns"] == ["trace_id", "model", "start", "nothing"]
    ((name, model, start, nothing),) = found["rows"]
    assert (name, model, nothing, found["more"]) == (trace, "gpt", None, False)
    assert start.endswith("+00:00")


def test_sql_says_what_was_left_out(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {"query": "SELECT range AS n, repeat('x', 1000) FROM range(50)", "limit": 10}
    found = http.post("/api/v1/sql", json=many).json()
    assert (len(found["rows"]), found["more"]) == (10, True)
    monkeypatch.setattr(query, "MOST_BYTES", 3_000)
    found = http.post("/api/v1/sql", json={**many, "limit": 100}).json()
    assert (len(found["rows"]), found["more"]) == (2, True)


@pytest.mark.parametrize(
    "text",
    [
        "DELETE FROM spans",
        "SELECT 1; SELECT 2",
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/x'",
        "SET memory_limit = '10GB'",
        "SELECT",
    ],
)
def test_sql_that_does_more_than_read_is_refused(http: httpx.Client, text: str) -> None:
    reply = http.post("/api/v1/sql", json={"query": text})
    assert 400 <= reply.status_code < 500
    assert reply.json()["error"]["message"]
