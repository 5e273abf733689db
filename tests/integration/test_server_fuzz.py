"""Whatever is sent, the server says what is wrong with it, and never fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.server import made, rest, served

BODIES: dict[str, dict[str, Any]] = {
    "/api/v1/ask": {
        "question": "Can I return shoes?", "session": "s", "environment": "production", "at": "@5",
        "history": [{"question": "Hi", "answer": "Yes"}], "instructions": "Be brief.",
        "sampling": {"temperature": 0.1, "top_p": 0.9, "max_tokens": 50, "seed": 4}, "cache": True,
    },
    "/api/v1/retrieve": {"query": "shoes", "environment": "production", "at": "head", "limit": 3},
    "/api/v1/documents": {"documents": [{"path": "a.md", "content": "YQ==", "encoding": "base64"}]},
    "/api/v1/deploy": {"release": "abcd", "environment": "production", "dry_run": True},
    "/api/v1/rollback": {
        "to": "@6", "environment": "production", "arrivals": "leave", "operation": "o-1",
        "dry_run": True, "reason": "test",
    },
    "/api/v1/fork": {"source": "production", "name": "staging", "at": "@6", "reason": "test"},
    "/api/v1/snapshots": {"name": "good", "environment": "production", "at": "@6"},
    "/api/v1/clean": {"dry_run": True},
    "/api/v1/decisions/d-0/feedback": {"verdict": "correct", "correction": "No."},
    "/v1/chat/completions": {
        "model": "production", "messages": [{"role": "user", "content": "Can I return shoes?"}],
        "temperature": 0.5, "top_p": 0.9, "max_tokens": 40, "seed": 3, "user": "me", "n": 1,
        "stream": True, "stream_options": {"include_usage": True}, "tools": [],
    },
    "/v1/embeddings": {"model": "production", "input": ["a"], "encoding_format": "float"},
}  # fmt: skip
READS = (
    "/api/v1/documents", "/api/v1/queue", "/api/v1/releases", "/api/v1/prompts", "/api/v1/log",
    "/api/v1/diff", "/api/v1/releases/diff", "/api/v1/show/returns.md", "/api/v1/snapshots",
)  # fmt: skip
PARAMETERS = ("environment", "at", "prefix", "after", "limit", "status", "name", "store",
              "operation", "everything", "before")  # fmt: skip

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30) | st.sampled_from(["", "\0", "@99999999999999999999", "~-1", "../x"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["@0", "@-1", "@99999999999999999999", "~1", "~99999999999", "head~2", "@5~", "t1@3", "t99@1",
     "t1@99999999999999999999999", "@1.1", "@1.99999999999999999999", "yesterday", "9999-99-99",
     "0001-01-01", "production", "d-", "%", "\0", "a" * 300]
)  # fmt: skip
FUZZ = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("fuzz") / "shop"
    with made(folder) as project, served(project) as url, rest(url) as http:
        yield http


def check(reply: httpx.Response) -> None:
    """No failure of ours, and an error that can be read."""
    assert reply.status_code < 500, reply.text
    if reply.is_error:
        message = reply.json()["error"]["message"]
        assert 3 < len(message) < 2_000


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, Any]:
    """A request body with one value, at any depth, replaced by something else."""
    path = draw(st.sampled_from(sorted(BODIES)))
    return path, draw(replaced(BODIES[path]))


def replaced(value: Any) -> st.SearchStrategy[Any]:
    options = [VALUES]
    if isinstance(value, dict) and value:
        options += [
            replaced(inner).map(lambda new, key=key: {**value, key: new})
            for key, inner in value.items()
        ]
        options.append(st.text(max_size=8).map(lambda key: {**value, key: 1}))
    elif isinstance(value, list) and value:
        options.append(replaced(value[0]).map(lambda new: [new, *value[1:]]))
    return st.one_of(options)


@FUZZ
@given(request=broken())
def test_any_body(http: httpx.Client, request: tuple[str, Any]) -> None:
    path, body = request
    data = json.dumps(body).encode()
    check(http.post(path, content=data, headers={"content-type": "application/json"}))


@FUZZ
@given(
    path=st.sampled_from(READS),
    parameters=st.dictionaries(st.sampled_from(PARAMETERS), TEXTS, max_size=3),
)
def test_any_parameters(http: httpx.Client, path: str, parameters: dict[str, str]) -> None:
    check(http.get(path, params={k: v.encode("utf-8", "replace") for k, v in parameters.items()}))


@FUZZ
@given(
    route=st.sampled_from(["show", "decisions", "documents"]),
    name=TEXTS.filter(lambda text: text not in ("", ".", "..")),
)
def test_any_name(http: httpx.Client, route: str, name: str) -> None:
    escaped = quote(name.encode("utf-8", "replace"), safe="")
    if route == "documents":
        check(http.delete(f"/api/v1/documents/{escaped}"))
    else:
        check(http.get(f"/api/v1/{route}/{escaped}"))


@FUZZ
@given(
    value=st.binary(max_size=60),
    name=st.sampled_from(["x-holdfast-session", "host", "origin", "content-type", "authorization"]),
)
def test_any_header(http: httpx.Client, name: str, value: bytes) -> None:
    clean = bytes(byte for byte in value if byte not in b"\0\r\n").strip()
    body = json.dumps(BODIES["/v1/chat/completions"])
    headers = [(b"content-type", b"application/json"), (name.encode(), clean)]
    try:
        reply = http.post("/v1/chat/completions", content=body, headers=headers)
    except httpx.LocalProtocolError:
        return
    assert reply.status_code < 500, reply.text
