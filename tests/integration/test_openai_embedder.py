"""The OpenAI embedder against a provider on a real socket that answers as it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from holdfast.adapters.openai import OpenAIEmbedder
from holdfast.errors import ProviderBusyError, ProviderRefusedError, ProviderReplyError
from tests.support.provider import Reply, ScriptedProvider, error, serving, vectors


@contextmanager
def embedder(
    *replies: Reply, dimensions: int = 2, retries: int = 0
) -> Iterator[tuple[OpenAIEmbedder, ScriptedProvider]]:
    with serving(*replies) as (base_url, provider):
        opened = OpenAIEmbedder(base_url, "tiny", dimensions=dimensions, retries=retries)
        try:
            yield opened, provider
        finally:
            opened.close()


def test_vectors_have_unit_length_and_the_order_of_the_texts() -> None:
    with embedder(vectors([3.0, 4.0], [0.0, -2.0])) as (opened, provider):
        found = opened.embed(["a", "b"])
    assert found.dtype == np.float32
    assert found.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, -1.0]]
    assert provider.requests[0].path == "/v1/embeddings"
    assert provider.requests[0].body == {
        "model": "tiny",
        "input": ["a", "b"],
        "encoding_format": "float",
    }


def test_a_reply_out_of_order_is_put_in_order() -> None:
    body = (
        b'{"object": "list", "model": "tiny", "data": ['
        b'{"object": "embedding", "index": 1, "embedding": [0.0, 1.0]},'
        b'{"object": "embedding", "index": 0, "embedding": [1.0, 0.0]}]}'
    )
    with embedder(Reply(parts=(body,))) as (opened, _):
        assert opened.embed(["a", "b"]).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_many_texts_go_in_batches() -> None:
    replies = (vectors(*[[1.0, 0.0]] * 128), vectors(*[[0.0, 1.0]] * 72))
    with embedder(*replies) as (opened, provider):
        found = opened.embed([f"text {i}" for i in range(200)])
    assert [len(request.body["input"]) for request in provider.requests] == [128, 72]
    assert found[127].tolist() == [1.0, 0.0]
    assert found[128].tolist() == [0.0, 1.0]


def test_long_texts_go_in_smaller_batches() -> None:
    with embedder(vectors([1.0, 0.0])) as (opened, provider):
        opened.embed(["x" * 150_000, "y" * 150_000])
    assert len(provider.requests) == 2


def test_no_texts_ask_nothing() -> None:
    with embedder(vectors()) as (opened, provider):
        assert opened.embed([]).shape == (0, 2)
    assert provider.requests == []


def test_an_empty_text_is_sent_as_a_space() -> None:
    with embedder(vectors([1.0, 0.0])) as (opened, provider):
        opened.embed([""])
    assert provider.requests[0].body["input"] == [" "]


BROKEN = [
    vectors([1.0, 0.0, 0.0]),
    vectors([1.0]),
    vectors([]),
    vectors([1.0, 0.0], [1.0, 0.0]),
    vectors(),
    vectors([0.0, 0.0]),
    vectors([float("nan"), 1.0]),
    Reply(parts=(b"{}",)),
    Reply(parts=(b"not json",)),
    Reply(parts=(b'{"data": [{"index": 0, "embedding": "abc"}]}',)),
    Reply(parts=(b'{"data": [{"index": 0}]}',)),
    Reply(parts=(b'{"data": [7]}',)),
]


@pytest.mark.parametrize("reply", BROKEN)
def test_vectors_that_are_none_are_an_error(reply: Reply) -> None:
    with embedder(reply) as (opened, _), pytest.raises(ProviderReplyError):
        opened.embed(["a"])


def test_other_dimensions_are_named_with_the_way_out() -> None:
    with (
        embedder(vectors([1.0, 0.0, 0.0])) as (opened, _),
        pytest.raises(ProviderReplyError, match=r"embedder\.dimensions = 3"),
    ):
        opened.embed(["a"])


def test_a_refusal_is_one() -> None:
    with embedder(error(400, "too long")) as (opened, _), pytest.raises(ProviderRefusedError):
        opened.embed(["a"])


def test_a_busy_provider_is_asked_again() -> None:
    busy = error(429, "slow down", Retry_After_Ms="1")
    with embedder(busy, vectors([1.0, 0.0]), retries=1) as (opened, provider):
        assert opened.embed(["a"]).tolist() == [[1.0, 0.0]]
    assert len(provider.requests) == 2


def test_a_provider_that_stays_busy_is_an_error() -> None:
    busy = error(429, "slow down", Retry_After_Ms="1")
    with embedder(busy, retries=1) as (opened, _), pytest.raises(ProviderBusyError):
        opened.embed(["a"])


def test_the_identity_names_the_space() -> None:
    with embedder(vectors()) as (opened, _):
        assert opened.identity["dimensions"] == opened.dimensions == 2


def test_the_same_request_has_the_same_idempotency_key() -> None:
    with embedder(vectors([3.0, 4.0])) as (opened, provider):
        for text in ("a", "a", "b"):
            opened.embed([text])
    one, again, other = (request.headers["idempotency-key"] for request in provider.requests)
    assert one == again != other
