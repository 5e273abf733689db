"""What clients see when the model provider fails, or when they leave in mid-answer."""

from __future__ import annotations

import time
from pathlib import Path

import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from holdfast.domain.decision import Decision
from holdfast.errors import NotFoundError
from holdfast.project import Project
from tests.support import provider
from tests.support.server import chat, client, made, rest, served

QUESTION = "Can I return shoes?"
SENTENCES = [
    f"This is sentence number {n}, which tells a little more about shoes. " for n in range(6)
]
"""Long enough for the guard to judge one after the other."""


def using(folder: Path, base_url: str) -> Project:
    """A project that answers with a provider's model, without trying again."""
    lines = f'kind = "openai"\nbase_url = "{base_url}"\nmodel = "tiny"\nattempts = 1'
    return made(folder, model=lines)


def recorded(project: Project, name: str) -> Decision:
    """A decision, as soon as it is there."""
    while True:
        try:
            return project.decision(name)
        except NotFoundError:
            time.sleep(0.02)


def test_the_answer_says_that_its_stamp_misses_something(tmp_path: Path) -> None:
    with (
        provider.serving(provider.answer("Yes, within 30 days.")) as (base_url, _),
        using(tmp_path / "shop", base_url) as project,
        served(project) as url,
        client(url) as ai,
    ):
        raw = ai.chat.completions.with_raw_response.create(**chat(QUESTION))
        reply = raw.parse()

        assert reply.choices[0].message.content == "Yes, within 30 days."
        assert reply.usage.prompt_tokens == 20
        assert raw.headers["x-holdfast-complete"] == "false"
        assert reply.model_extra["holdfast"]["missing"] == ["determinism of the model"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (provider.error(500, "broken"), 502, "provider_down"),
        (provider.error(401, "who are you"), 502, "provider_refused"),
        (provider.error(429, "slow down", retry_after="7"), 429, "provider_busy"),
    ],
)
def test_a_failure_before_the_first_word_is_a_status(
    *, tmp_path: Path, failure: provider.Reply, status: int, code: str, stream: bool
) -> None:
    with (
        provider.serving(failure) as (base_url, _),
        using(tmp_path / "shop", base_url) as project,
        served(project) as url,
        rest(url) as http,
    ):
        reply = http.post("/v1/chat/completions", json=chat(QUESTION, stream=stream))
        decision = project.decision(reply.headers["x-holdfast-decision"])
        metrics = http.get("/metrics").text

        assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
        assert (decision.status, decision.error_code) == ("failed", code)
        assert reply.headers.get("retry-after") == ("7" if status == 429 else None)
        counted = 'holdfast_decisions_total{environment="production",status="failed"} 1.0'
        assert counted in metrics


def test_a_failure_after_the_first_word_ends_the_stream_with_the_error(tmp_path: Path) -> None:
    cut = provider.stream(*provider.streamed(*SENTENCES, finish=None), done=False, cut=True)
    with (
        provider.serving(cut) as (base_url, _),
        using(tmp_path / "shop", base_url) as project,
        served(project) as url,
        client(url) as ai,
        ai.chat.completions.create(**chat(QUESTION), stream=True) as stream,
    ):
        chunks: list[ChatCompletionChunk] = []
        with pytest.raises(openai.APIError) as caught:
            chunks.extend(stream)
        decision = project.decision(chunks[0].id.removeprefix("chatcmpl-"))

        assert caught.value.code == "provider_reply"
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == decision.answer
        assert decision.answer.startswith(SENTENCES[0])
        assert decision.status == "failed"


def test_an_answer_whose_client_left_is_recorded_all_the_same(tmp_path: Path) -> None:
    slow = provider.stream(*provider.streamed(*SENTENCES), pause=0.05)
    with (
        provider.serving(slow) as (base_url, _),
        using(tmp_path / "shop", base_url) as project,
        served(project) as url,
        rest(url) as http,
    ):
        body = chat(QUESTION, stream=True)
        with http.stream("POST", "/v1/chat/completions", json=body) as reply:
            name = reply.headers["x-holdfast-decision"]
            next(reply.iter_raw())
        decision = recorded(project, name)

        assert decision.status == "answered"
        assert decision.answer == "".join(SENTENCES)
        assert http.get("/healthz").status_code == 200


def test_a_rollback_under_a_stream_ends_it_as_fenced(tmp_path: Path) -> None:
    slow = provider.stream(*provider.streamed(*SENTENCES), pause=0.2)
    with (
        provider.serving(slow) as (base_url, _),
        using(tmp_path / "shop", base_url) as project,
        served(project) as url,
        client(url) as ai,
    ):
        with ai.chat.completions.create(**chat(QUESTION), stream=True) as stream:
            first = next(stream)
            project.rollback("~1")
            with pytest.raises(openai.APIError) as caught:
                list(stream)
        decision = recorded(project, first.id.removeprefix("chatcmpl-"))

        assert caught.value.code == "fenced"
        assert decision.status == "fenced"


def test_running_answers_are_finished_when_the_server_stops(tmp_path: Path) -> None:
    slow = provider.stream(*provider.streamed(*SENTENCES), pause=0.1)
    with provider.serving(slow) as (base_url, _), using(tmp_path / "shop", base_url) as project:
        with served(project) as url, rest(url) as http:
            body = chat(QUESTION, stream=True)
            with http.stream("POST", "/v1/chat/completions", json=body) as reply:
                name = reply.headers["x-holdfast-decision"]
                next(reply.iter_raw())
        # The server is gone, and the client left before the end.
        assert project.decision(name).status == "answered"
