"""A model provider that fails: recorded, told, and tried again where that is safe."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.bootstrap import open_project
from holdfast.domain.decision import ANSWERED, FAILED, Decision
from holdfast.errors import (
    ProviderBusyError,
    ProviderDownError,
    ProviderError,
    ProviderRefusedError,
    ProviderReplyError,
    ProviderTimeoutError,
)
from holdfast.pipeline import generate
from holdfast.pipeline.question import Question
from holdfast.project import Project
from tests.support.crash_audit import audit
from tests.support.crash_world import started
from tests.support.provider import Reply, ScriptedProvider, answer, error, serving, streamed

QUESTION = "How long may I return something?"
GOOD = answer("Within 30 days.")
STREAMED = Reply(parts=streamed("Within ", "30 days."), content_type="text/event-stream")
ATTEMPTS = 3

BAD_JSON = Reply(parts=(b'{"id": "c-1", "choices": [',))
NO_CHOICES = Reply(parts=(json.dumps({"id": "c-1", "choices": []}).encode(),))
NOT_JSON = Reply(parts=(b"<html>Bad gateway</html>",), content_type="text/html")
CUT = Reply(parts=(GOOD.parts[0][:40],), cut=True)
SILENT = Reply(parts=GOOD.parts, wait=2.0)
CUT_STREAM = Reply(
    parts=streamed("Within 30 days. ", "Then ")[:2], content_type="text/event-stream", cut=True
)
ENDED_STREAM = Reply(
    parts=streamed("Within 30 days. ", finish=None, usage=False), content_type="text/event-stream"
)
BROKEN_STREAM = Reply(
    parts=(*streamed("Within 30 days. ")[:1], b"data: {nonsense\n\n"),
    content_type="text/event-stream",
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait between tries only shortly."""
    patience = generate.Patience
    monkeypatch.setattr(
        generate, "Patience", lambda: patience(first=0.01, longest=0.02, deadline=20)
    )


def using(folder: Path, base_url: str) -> Project:
    """A project whose release answers with a provider's model."""
    started(folder).close()
    settings = folder / "holdfast.toml"
    model = f'kind = "openai"\nbase_url = "{base_url}"\nmodel = "tiny"\ntimeout_seconds = 0.5\n'
    settings.write_text(settings.read_text().replace('kind = "extractive"', model, 1))
    project = open_project(folder)
    project.deploy()
    return project


@pytest.fixture
def provider() -> Iterator[tuple[str, ScriptedProvider]]:
    with serving(GOOD) as (url, provider):
        yield url, provider


@pytest.fixture
def project(tmp_path: Path, provider: tuple[str, ScriptedProvider]) -> Iterator[Project]:
    with using(tmp_path / "project", provider[0]) as project:
        yield project
        provider[1].replies = [GOOD]
        assert [wrong for wrong in audit(project) if not wrong.startswith("replay")] == []


def script(provider: ScriptedProvider, *replies: Reply) -> None:
    provider.replies = list(replies)
    provider.requests.clear()


def failed(project: Project, raised: ProviderError, *, stream: bool) -> Decision:
    """The record that a failure left: whole, and without any trace in what answers later."""
    decision = project.decision(raised.decision)
    assert (decision.status, decision.error_code) == (FAILED, raised.code)
    assert decision.error == str(raised)
    assert "\n" not in decision.error
    assert "answer" in decision.stamp.missing
    assert decision.stamp.hits
    assert project.entries("memory") == project.entries("cache") == []
    if not stream:
        assert decision.answer == ""
    return decision


PASSING = [(error(429, "broken"), ProviderBusyError), (error(500, "broken"), ProviderDownError)]
LASTING = [
    (BAD_JSON, ProviderReplyError),
    (NOT_JSON, ProviderReplyError),
    (NO_CHOICES, ProviderReplyError),
    (error(400, "broken"), ProviderRefusedError),
    (error(401, "broken"), ProviderRefusedError),
]


def ask(project: Project, *, stream: bool) -> Decision:
    question = Question(QUESTION, project.environment, session="s")
    if not stream:
        return project.decide(question)
    *pieces, decision = project.stream(question)
    assert "".join(pieces) == decision.answer
    return decision


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("reply", "kind"), [*PASSING, (SILENT, ProviderTimeoutError)])
def test_a_passing_failure_is_tried_again(
    project: Project,
    provider: tuple[str, ScriptedProvider],
    reply: Reply,
    kind: type[ProviderError],
    *,
    stream: bool,
) -> None:
    script(provider[1], reply, reply, STREAMED if stream else GOOD)
    decision = ask(project, stream=stream)
    assert (decision.status, decision.answer) == (ANSWERED, "Within 30 days.")
    assert len(provider[1].requests) == ATTEMPTS
    script(provider[1], reply)
    with pytest.raises(kind) as raised:
        ask(project, stream=stream)
    assert len(provider[1].requests) == ATTEMPTS
    decision = project.decision(raised.value.decision)
    assert (decision.status, decision.error_code) == (FAILED, raised.value.code)
    assert len(project.entries("memory")) == 1


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("reply", "kind"), LASTING)
def test_a_lasting_failure_is_recorded_at_once(
    project: Project,
    provider: tuple[str, ScriptedProvider],
    reply: Reply,
    kind: type[ProviderError],
    *,
    stream: bool,
) -> None:
    script(provider[1], reply)
    with pytest.raises(kind) as raised:
        ask(project, stream=stream)
    assert len(provider[1].requests) == 1
    failed(project, raised.value, stream=stream)
    script(provider[1], STREAMED if stream else GOOD)
    assert ask(project, stream=stream).status == ANSWERED


def test_a_cut_reply_is_recorded(project: Project, provider: tuple[str, ScriptedProvider]) -> None:
    script(provider[1], CUT)
    with pytest.raises(ProviderError) as raised:
        ask(project, stream=False)
    failed(project, raised.value, stream=False)


@pytest.mark.parametrize("reply", [CUT_STREAM, ENDED_STREAM, BROKEN_STREAM])
def test_a_stream_that_breaks_is_not_begun_again(
    project: Project, provider: tuple[str, ScriptedProvider], reply: Reply
) -> None:
    script(provider[1], reply)
    shown: list[str] = []
    question = Question(QUESTION, project.environment, session="s")
    with pytest.raises(ProviderReplyError) as raised:
        shown.extend(piece for piece in project.stream(question) if isinstance(piece, str))
    assert len(provider[1].requests) == 1
    decision = failed(project, raised.value, stream=True)
    assert decision.answer == "".join(shown)
    assert "Within 30 days." in decision.answer or decision.answer == ""


def test_nobody_at_the_address(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with using(tmp_path / "project", url) as project:
        with pytest.raises(ProviderDownError, match="is it running") as raised:
            project.ask(QUESTION)
        failed(project, raised.value, stream=False)
        # What was answered before can be gone back to.
        project.rollback("@5")
        assert project.ask(QUESTION).status == ANSWERED


def test_a_failure_at_a_past_moment_is_told_and_not_recorded(
    project: Project, provider: tuple[str, ScriptedProvider]
) -> None:
    script(provider[1], error(400, "broken"))
    tick = project.head().tick
    with pytest.raises(ProviderRefusedError) as raised:
        project.ask(QUESTION, at="head")
    assert raised.value.decision == ""
    assert project.head().tick == tick


def test_a_failed_decision_can_be_replayed(
    project: Project, provider: tuple[str, ScriptedProvider]
) -> None:
    script(provider[1], error(400, "broken"))
    with pytest.raises(ProviderRefusedError) as raised:
        project.ask(QUESTION)
    again = project.replay(raised.value.decision)
    assert (again.complete, again.identical) == (False, True)
    script(provider[1], GOOD)
    again = project.replay(raised.value.decision)
    assert [stage.name for stage in again.stages if not stage.identical][-2:] == [
        "status",
        "answer",
    ]
