"""``/v1/chat/completions`` through OpenAI's client, on a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from holdfast.project import Project
from tests.support.server import chat, client, made, rest, served


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with made(tmp_path_factory.mktemp("chat") / "shop") as project:
        yield project


@pytest.fixture(scope="module")
def url(project: Project) -> Iterator[str]:
    with served(project) as url:
        yield url


def ask(url: str, *contents: str, **fields: object) -> httpx.Response:
    with rest(url) as http:
        return http.post("/v1/chat/completions", json=chat(*contents, **fields))


def test_an_answer_carries_its_stamp(project: Project, url: str) -> None:
    with client(url) as ai:
        raw = ai.chat.completions.with_raw_response.create(
            model="production",
            messages=[{"role": "user", "content": "Can I return shoes that I wore indoors?"}],
        )
    reply = raw.parse()
    given = reply.model_extra["holdfast"]
    decision = project.decision(given["decision"])

    assert reply.choices[0].message.content == decision.answer
    assert "Shoes that you wore once indoors" in decision.answer
    assert reply.choices[0].finish_reason == "stop"
    assert reply.id == f"chatcmpl-{decision.id}"
    assert reply.system_fingerprint == decision.stamp.release[:12]
    assert reply.usage.total_tokens == sum(
        step.input_tokens + step.output_tokens for step in decision.stamp.prompts
    )
    assert given["status"] == "answered"
    assert given["complete"] is True
    assert given["sources"][0]["path"] == "returns.md"
    assert given["sources"][0]["title"] == "Returns"
    used = decision.stamp.hits[: decision.stamp.used]
    assert [source["chunk"] for source in given["sources"]] == [hit.chunk for hit in used]
    assert raw.headers["x-holdfast-decision"] == decision.id
    assert raw.headers["x-holdfast-release"] == decision.stamp.release == project.deployed()
    assert raw.headers["x-holdfast-timeline"] == str(decision.stamp.timeline)
    assert raw.headers["x-holdfast-tick"] == str(decision.stamp.tick)
    assert raw.headers["x-holdfast-complete"] == "true"


def test_a_stream_is_the_same_answer_in_pieces(project: Project, url: str) -> None:
    question = "What does express delivery cost, and when does it arrive?"
    with client(url) as ai:
        raw = ai.chat.completions.with_raw_response.create(
            **chat(question), stream=True, stream_options={"include_usage": True}
        )
        chunks = list(raw.parse())
    *pieces, end, counted = chunks
    decision = project.decision(end.model_extra["holdfast"]["decision"])

    assert "".join(c.choices[0].delta.content or "" for c in pieces) == decision.answer
    assert pieces[0].choices[0].delta.role == "assistant"
    assert end.choices[0].finish_reason == "stop"
    assert counted.choices == []
    assert counted.usage.total_tokens > 0
    assert {chunk.id for chunk in chunks} == {f"chatcmpl-{decision.id}"}
    assert raw.headers["x-holdfast-decision"] == decision.id
    assert raw.headers["x-holdfast-release"] == decision.stamp.release
    assert raw.headers["x-holdfast-tick"] == str(decision.stamp.tick)


def test_a_stream_without_usage_ends_with_our_field_and_done(url: str) -> None:
    reply = ask(url, "Do you deliver to Norway?", stream=True)
    *events, done = [line for line in reply.text.splitlines() if line]
    last = json.loads(events[-1].removeprefix("data: "))

    assert reply.headers["content-type"].startswith("text/event-stream")
    assert done == "data: [DONE]"
    assert last["holdfast"]["status"] == "answered"
    assert "usage" not in last


def test_the_async_client_works_too(url: str) -> None:
    async def talk() -> tuple[str, str]:
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="x", max_retries=0) as ai:
            whole = ai.chat.completions.create(**chat("Do you deliver to Norway?"))
            stream = await ai.chat.completions.create(
                **chat("Do you deliver to Switzerland?"), stream=True
            )
            pieces = [c.choices[0].delta.content or "" async for c in stream if c.choices]
            return (await whole).choices[0].message.content, "".join(pieces)

    whole, pieces = asyncio.run(talk())
    assert whole == pieces
    assert "Norway" in whole


def test_earlier_messages_are_the_history(project: Project, url: str) -> None:
    reply = ask(url, "What about shoes?", "They can be returned.", "And worn outdoors?").json()
    decision = project.decision(reply["holdfast"]["decision"])

    assert decision.metadata["history"] == [["What about shoes?", "They can be returned."]]
    assert decision.question == "And worn outdoors?"
    assert decision.session == ""
    assert decision.stamp.memory == ()


def test_a_session_is_remembered_by_the_server(project: Project, url: str) -> None:
    with client(url) as ai:
        for content in ("How long does standard delivery take?", "And what does it cost?"):
            reply = ai.chat.completions.create(
                **chat(content), extra_headers={"x-holdfast-session": "visitor-7"}
            )
    decision = project.decision(reply.model_extra["holdfast"]["decision"])

    assert decision.session == "visitor-7"
    assert len(decision.stamp.memory) == 1
    assert "history" not in decision.metadata


def test_system_messages_are_the_instructions(project: Project, url: str) -> None:
    messages = [
        {"role": "system", "content": "Be formal."},
        {"role": "developer", "content": [{"type": "text", "text": "Use euros."}]},
        {
            "role": "user",
            "content": [{"type": "text", "text": "What is "}, {"type": "text", "text": "express?"}],
        },
    ]
    with rest(url) as http:
        reply = http.post("/v1/chat/completions", json=chat("x", messages=messages)).json()
    decision = project.decision(reply["holdfast"]["decision"])

    assert decision.metadata["instructions"] == "Be formal.\n\nUse euros."
    assert decision.question == "What is express?"


def test_sampling_overrides_only_what_is_given(project: Project, url: str) -> None:
    own = project.runtime(project.deployed()).sampling
    reply = ask(url, "What does express cost?", temperature=1.5, max_completion_tokens=40).json()
    plain = ask(url, "What does express cost?").json()
    sampling = project.decision(reply["holdfast"]["decision"]).stamp.sampling

    assert sampling == {
        "temperature": 1.5,
        "top_p": own.top_p,
        "max_tokens": 40,
        "seed": own.seed,
    }
    before = project.decision(plain["holdfast"]["decision"]).stamp.sampling
    assert before["temperature"] == own.temperature
    assert project.replay(reply["holdfast"]["decision"]).identical


def test_a_repeated_question_comes_from_the_cache(url: str) -> None:
    first = ask(url, "Which countries do you deliver to?").json()
    second = ask(url, "Which countries do you deliver to?").json()

    assert (first["holdfast"]["cache"], second["holdfast"]["cache"]) == (False, True)
    assert first["choices"] == second["choices"]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 2}, "n"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"logprobs": True}, "logprobs"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format"),
        ({"stop": ["\n"]}, "stop"),
        ({"presence_penalty": 0.5}, "presence_penalty"),
    ],
)  # fmt: skip
def test_what_would_change_the_answer_is_refused_by_name(
    url: str, fields: dict[str, object], param: str
) -> None:
    with client(url) as ai, pytest.raises(openai.BadRequestError) as caught:
        ai.chat.completions.create(**chat("Hi?"), extra_body=fields)
    assert caught.value.param == param
    assert caught.value.code == "unsupported_parameter"
    assert param in caught.value.body["message"]


def test_what_changes_nothing_is_let_pass(url: str) -> None:
    idle = {"n": 1, "tools": [], "stop": None, "store": True, "metadata": {"a": "b"}, "whatever": 1}
    assert ask(url, "Do you deliver to Norway?", **idle).status_code == 200


@pytest.mark.parametrize(
    ("fields", "param", "words"),
    [
        ({"messages": []}, "messages", "at least 1 item"),
        ({"messages": "hi"}, "messages", "list"),
        ({"messages": [{"role": "user", "content": "x"}] * 257}, "messages", "at most 256"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role", "'tool'"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "messages[0].content",
            "image_url",
        ),
        ({"temperature": 3}, "temperature", "less than or equal to 2"),
        ({"temperature": "warm"}, "temperature", "'warm'"),
        ({"max_tokens": 0}, "max_tokens", "greater than or equal to 1"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, None, "last message"),
        ({"messages": [{"role": "user", "content": "  "}]}, None, "empty"),
    ],
)
def test_a_wrong_request_is_explained_in_one_line(
    url: str, fields: dict[str, object], param: str | None, words: str
) -> None:
    reply = ask(url, "Hi?", **fields)
    error = reply.json()["error"]

    assert reply.status_code == 400
    assert error["param"] == param
    assert words in error["message"]
    assert "\n" not in error["message"]
    assert error["type"] == "invalid_request_error"


def test_a_question_that_is_too_long_is_413(url: str) -> None:
    reply = ask(url, "x" * 20_001)
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "limit")


def test_an_unknown_environment_is_an_unknown_model(url: str) -> None:
    with client(url) as ai, pytest.raises(openai.NotFoundError) as caught:
        ai.chat.completions.create(**chat("Hi?", model="staging"))
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
    assert "staging" in caught.value.body["message"]

    with client(url) as ai, pytest.raises(openai.NotFoundError):
        ai.chat.completions.create(**chat("Hi?", model="staging"), stream=True)


def test_a_bad_session_name_is_refused(url: str) -> None:
    with rest(url) as http:
        headers = {"x-holdfast-session": "no spaces"}
        reply = http.post("/v1/chat/completions", json=chat("Hi?"), headers=headers)
    assert reply.status_code == 400
    assert "'no spaces'" in reply.json()["error"]["message"]


def test_an_environment_without_release_says_how_to_deploy(tmp_path: Path) -> None:
    with made(tmp_path / "shop") as project:
        project.fork("production", "empty", at="@1")
        with served(project) as url:
            for stream in (False, True):
                reply = ask(url, "Hi?", model="empty", stream=stream)
                error = reply.json()["error"]
                assert (reply.status_code, error["code"]) == (409, "state")
                assert "holdfast deploy" in error["message"]
