"""A project whose model and embedder are behind an endpoint, on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import holdfast
from holdfast.domain.decision import ANSWERED, FAILED
from holdfast.errors import ProviderDownError, ProviderRefusedError, ProviderReplyError
from holdfast.pipeline.question import Question
from holdfast.project import Project
from tests.support.project import SHOES
from tests.support.provider import (
    Reply,
    ScriptedProvider,
    answer,
    error,
    serving,
    stream,
    streamed,
    vectors,
)
from tests.support.server import change, made


@contextmanager
def shop(
    folder: Path, *replies: Reply, attempts: int = 1
) -> Iterator[tuple[Project, ScriptedProvider]]:
    """A deployed project that asks a scripted provider."""
    with serving(*replies) as (url, provider):
        model = f'kind = "openai"\nbase_url = "{url}"\nmodel = "tiny"\nattempts = {attempts}'
        with closing(made(folder / "shop", model=model)) as project:
            yield project, provider


def test_the_stamp_says_what_the_provider_said(tmp_path: Path) -> None:
    with shop(tmp_path, answer("Within 30 days.")) as (project, provider):
        stamp = project.ask(SHOES).stamp
        (step,) = stamp.prompts
        (request,) = provider.requests
    assert (step.model, step.fingerprint, step.finish_reason) == ("tiny-2026", "fp_1", "stop")
    assert (step.input_tokens, step.output_tokens, step.cached_tokens) == (20, 3, 8)
    assert (stamp.missing, stamp.cost) == (("determinism of the model",), None)
    assert request.body["seed"] == stamp.sampling["seed"]
    assert request.body["messages"][-1]["content"].strip().endswith(SHOES)


def test_a_provider_that_fails_leaves_a_failed_decision(tmp_path: Path) -> None:
    with shop(tmp_path, error(503, "down"), error(401, "who?"), answer("Yes.")) as (project, _):
        with pytest.raises(ProviderDownError) as down:
            project.ask(SHOES, session="s1")
        with pytest.raises(ProviderRefusedError):
            project.ask(SHOES, session="s1")
        good = project.ask(SHOES, session="s1")
        assert project.decision(down.value.decision).status == FAILED
        assert (good.status, good.stamp.memory, good.stamp.cache) == (ANSWERED, (), None)
        replay = project.replay(down.value.decision)
        differing = {stage.name for stage in replay.stages if not stage.identical}
        assert "status" in differing, "the provider is back, so the answer is another"
        assert project.replay(good.id).identical
        assert not project.replay(good.id).complete


def test_a_passing_failure_is_tried_again(tmp_path: Path) -> None:
    with shop(tmp_path, error(503, "down"), answer("Yes."), attempts=2) as (project, provider):
        assert project.ask(SHOES).answer == "Yes."
        assert len(provider.requests) == 2


def test_a_stream_is_recorded_as_it_was_shown_also_when_it_breaks(tmp_path: Path) -> None:
    pieces = streamed("Within ", "30 days. ", "Come ", "in.")
    with shop(tmp_path, stream(*pieces), stream(*pieces[:2], done=False, cut=True)) as (project, _):
        *texts, decision = project.stream(Question(SHOES, "production", cache=False))
        assert "".join(texts) == decision.answer == "Within 30 days. Come in."
        broken: list[object] = []
        with pytest.raises((ProviderDownError, ProviderReplyError)) as caught:
            broken.extend(project.stream(Question(SHOES, "production", cache=False)))
        failed = project.decision(caught.value.decision)
        shown = "".join(piece for piece in broken if isinstance(piece, str))
        assert (failed.status, failed.answer) == (FAILED, shown)
        assert "Within 30 days. ".startswith(shown)


def test_an_embedder_behind_an_endpoint_finds_and_is_never_mixed_up(tmp_path: Path) -> None:
    row = [1.0, *[0.0] * 7]
    with serving(vectors(row, row, row), vectors(row)) as (url, provider):
        embedder = f'kind = "openai"\nbase_url = "{url}"\nmodel = "tiny"\ndimensions = 8'
        folder = tmp_path / "shop"
        with closing(made(folder, embedder=embedder)) as project:
            decision = project.ask(SHOES)
            assert len(decision.stamp.hits) == 3
            assert [len(request.body["input"]) for request in provider.requests] == [3, 1]
        change(folder, embedder='kind = "wordllama"')
        with holdfast.open(folder) as project:
            assert project.ask(SHOES).stamp.space == decision.stamp.space, "the release says which"
            project.ingest()
            project.deploy()
            assert project.ask(SHOES).stamp.space != decision.stamp.space
