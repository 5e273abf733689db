"""The OpenAI adapter against a provider on a real socket that answers as it is told."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from holdfast.adapters.openai import OpenAIModel
from holdfast.errors import (
    ProviderBusyError,
    ProviderDownError,
    ProviderError,
    ProviderRefusedError,
    ProviderReplyError,
    ProviderTimeoutError,
    SettingsError,
)
from holdfast.pipeline.generate import Patience, generate_step
from holdfast.ports.model import Generation, Message, Sampling, Usage
from tests.support.provider import (
    Reply,
    ScriptedProvider,
    answer,
    error,
    serving,
    stream,
    streamed,
)

KEY = "sk-secret-0123456789"
ASKED = (Message("system", "Be short."), Message("user", "Say hi."))


@contextmanager
def model(*replies: Reply, **settings: Any) -> Iterator[tuple[OpenAIModel, ScriptedProvider]]:
    with serving(*replies) as (base_url, provider):
        opened = OpenAIModel(base_url, "tiny", api_key=KEY, **({"timeout": 5.0} | settings))
        try:
            yield opened, provider
        finally:
            opened.close()


def generate(*replies: Reply, **settings: Any) -> Generation:
    with model(*replies, **settings) as (opened, _):
        return opened.generate(ASKED, sampling=Sampling(seed=7))


def pieces(*replies: Reply, **settings: Any) -> list[str | Generation]:
    with model(*replies, **settings) as (opened, _):
        return list(opened.stream(ASKED, sampling=Sampling(seed=7)))


def test_an_answer_carries_what_the_provider_says_about_it() -> None:
    assert generate(answer("Hi.")) == Generation(
        "Hi.", "stop", "tiny-2026", "fp_1", Usage(input=20, output=3, cached=8)
    )


def test_the_request_says_all_that_the_answer_depends_on() -> None:
    with model(answer("Hi.")) as (opened, provider):
        opened.generate(ASKED, sampling=Sampling(0.3, 0.9, 40, seed=7))
    (request,) = provider.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "tiny",
        "messages": [
            {"role": "system", "content": "Be short."},
            {"role": "user", "content": "Say hi."},
        ],
        "temperature": 0.3,
        "top_p": 0.9,
        "max_tokens": 40,
        "seed": 7,
    }


def test_without_a_seed_none_is_sent() -> None:
    with model(answer("Hi.")) as (opened, provider):
        opened.generate(ASKED, sampling=Sampling())
    assert "seed" not in provider.requests[0].body


def test_the_environment_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    monkeypatch.setenv("OPENAI_ORG_ID", "org")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project")
    with serving(answer("Hi.")) as (base_url, provider):
        opened = OpenAIModel(base_url, "tiny")
        opened.generate(ASKED, sampling=Sampling())
        opened.close()
    names = {name.lower() for name in provider.requests[0].headers}
    assert names.isdisjoint({"authorization", "openai-organization", "openai-project"})


def test_a_stream_gives_its_pieces_then_the_whole() -> None:
    with model(stream(*streamed("Hi", " there", "."))) as (opened, provider):
        found = list(opened.stream(ASKED, sampling=Sampling()))
    assert found[:-1] == ["Hi", " there", "."]
    assert found[-1] == Generation("Hi there.", "stop", "tiny-2026", "fp_1", Usage(20, 3))
    assert provider.requests[0].body["stream_options"] == {"include_usage": True}


def test_a_stream_without_usage_says_so() -> None:
    last = pieces(stream(*streamed("Hi.", usage=False)))[-1]
    assert isinstance(last, Generation)
    assert last.usage is None


def test_a_stream_may_end_without_its_done_mark() -> None:
    assert pieces(stream(*streamed("Hi."), done=False))[0] == "Hi."


def test_what_is_missing_is_not_made_up() -> None:
    bare = answer("Hi.", usage=None, system_fingerprint=None)
    found = generate(bare)
    assert found.fingerprint is None
    assert found.usage is None


def test_a_refusal_of_the_model_is_its_answer() -> None:
    message = {"role": "assistant", "content": None, "refusal": "I will not."}
    choice = {"index": 0, "message": message, "finish_reason": "content_filter"}
    found = generate(answer(None, choices=[choice]))
    assert (found.text, found.finish_reason) == ("I will not.", "content_filter")


STATUSES: list[tuple[Reply, type[ProviderError]]] = [
    (error(429, "slow down"), ProviderBusyError),
    (error(429, "pay first", code="insufficient_quota"), ProviderRefusedError),
    (error(500, "oops"), ProviderDownError),
    (error(503, "later"), ProviderDownError),
    (error(408, "too slow"), ProviderTimeoutError),
    (error(400, "bad model"), ProviderRefusedError),
    (error(401, "no key"), ProviderRefusedError),
    (error(404, "no such model"), ProviderRefusedError),
    (Reply(status=502, parts=(b"<html>Bad Gateway</html>",)), ProviderDownError),
]


@pytest.mark.parametrize(("reply", "expected"), STATUSES)
def test_a_status_becomes_an_error_of_ours(reply: Reply, expected: type[ProviderError]) -> None:
    with pytest.raises(expected, match=str(reply.status)) as whole:
        generate(reply)
    assert type(whole.value) is expected
    with pytest.raises(expected) as piecewise:
        pieces(reply)
    assert type(piecewise.value) is expected


def test_the_wait_that_a_busy_provider_asks_for_is_kept() -> None:
    with pytest.raises(ProviderBusyError) as caught:
        generate(error(429, "slow down", Retry_After="17"))
    assert caught.value.retry_after == 17.0


BROKEN = [
    Reply(parts=(b'{"choices": [',)),
    Reply(parts=(b"<html>hello</html>",), content_type="text/html"),
    Reply(parts=(b"[]",)),
    Reply(parts=(b"{}",)),
    answer("Hi.", choices=[]),
    answer("Hi.", choices=None),
    answer("Hi.", choices=[{"index": 0}]),
    answer("Hi.", choices=[{"index": 0, "message": {"content": 5}}]),
]


@pytest.mark.parametrize("reply", BROKEN)
def test_a_reply_that_is_none_is_an_error(reply: Reply) -> None:
    with pytest.raises(ProviderReplyError):
        generate(reply)


BROKEN_STREAMS = [
    stream(*streamed("Hi", finish=None)),
    stream(*streamed("Hi", finish=None), done=False),
    stream(*streamed("Hi", finish=None, usage=False), done=False, cut=True),
    stream(b"data: {not json\n\n"),
    stream(),
    answer("Hi."),
]


@pytest.mark.parametrize("reply", BROKEN_STREAMS)
def test_a_stream_that_is_cut_or_broken_is_an_error(reply: Reply) -> None:
    with pytest.raises(ProviderReplyError):
        pieces(reply)


def test_an_error_within_a_stream_is_an_error() -> None:
    event = b'data: {"error": {"message": "overloaded", "code": 503}}\n\n'
    with pytest.raises(ProviderDownError, match="overloaded"):
        pieces(stream(*streamed("Hi", finish=None, usage=False), event))


def test_a_body_that_is_cut_is_an_error() -> None:
    whole = answer("Hi.").parts[0]
    with pytest.raises(ProviderError):
        generate(Reply(parts=(whole[:40],), cut=True))


def test_a_provider_that_hangs_is_left() -> None:
    with pytest.raises(ProviderTimeoutError):
        generate(Reply(wait=60.0), timeout=0.2)
    with pytest.raises(ProviderTimeoutError):
        pieces(stream(*streamed("Hi"), pause=60.0), timeout=0.2)


def test_a_provider_that_drips_is_left_in_the_end() -> None:
    drip = stream(*streamed(*"abcdefghij" * 10), pause=0.05)
    with pytest.raises(ProviderTimeoutError, match="still answering"):
        pieces(drip, timeout=5.0, total=0.2)


def test_an_endless_reply_is_not_taken() -> None:
    with pytest.raises(ProviderReplyError, match="more than 100000 bytes"):
        generate(answer("x" * 200_000), largest=100_000)
    with pytest.raises(ProviderReplyError, match="more than 100000 bytes"):
        pieces(stream(*streamed(*["y" * 50_000] * 4)), largest=100_000)


def test_a_reply_that_unpacks_is_not_taken() -> None:
    packed = gzip.compress(json.dumps({"choices": []}).encode())
    with pytest.raises(ProviderReplyError, match="compressed"):
        generate(Reply(parts=(packed,), headers={"Content-Encoding": "gzip"}))


def test_no_connection_is_an_endpoint_that_is_down() -> None:
    with serving(answer("Hi.")) as (base_url, _):
        pass
    opened = OpenAIModel(base_url, "tiny")
    with pytest.raises(ProviderDownError, match=r"127\.0\.0\.1"):
        opened.generate(ASKED, sampling=Sampling())
    opened.close()


def test_a_message_is_short_and_holds_no_key() -> None:
    long = f"Incorrect API key provided: {KEY}. \n\x1b[31m" + "x" * 5_000
    with pytest.raises(ProviderRefusedError) as caught:
        generate(error(401, long))
    message = str(caught.value)
    assert KEY not in message
    assert "\n" not in message
    assert "\x1b" not in message
    assert len(message) < 500


def test_the_identity_holds_no_key() -> None:
    with model(answer("Hi.")) as (opened, _):
        assert KEY not in json.dumps(opened.identity)
        assert opened.deterministic is False


@pytest.mark.parametrize("base_url", ["", "ftp://host/v1", "http://me:secret@host/v1", "host/v1"])
def test_an_address_that_is_none_is_refused(base_url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        OpenAIModel(base_url, "tiny")
    assert "secret" not in str(caught.value)


def test_a_stream_that_is_left_early_ends_its_connection() -> None:
    with model(stream(*streamed("Hi", " there"), pause=0.01)) as (opened, _):
        found = opened.stream(ASKED, sampling=Sampling())
        assert next(found) == "Hi"
        found.close()  # type: ignore[attr-defined]


def test_a_step_is_tried_again_until_the_provider_is_back() -> None:
    waits: list[float] = []
    patience = Patience(sleep=waits.append)
    replies = (error(503, "later"), error(429, "slow down", Retry_After="3"), answer("Hi."))
    with model(*replies) as (opened, provider):
        (found,) = generate_step(opened, ASKED, sampling=Sampling(), patience=patience)
    assert isinstance(found, Generation)
    assert found.text == "Hi."
    assert len(provider.requests) == 3
    assert waits[1] == 3.0


def test_a_step_is_not_tried_again_after_its_first_piece() -> None:
    cut = stream(*streamed("Hi", finish=None, usage=False), done=False, cut=True)
    with model(cut) as (opened, provider):
        step = generate_step(opened, ASKED, sampling=Sampling(), stream=True)
        assert next(step) == "Hi"
        with pytest.raises(ProviderReplyError):
            next(step)
    assert len(provider.requests) == 1
