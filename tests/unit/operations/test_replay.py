from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.domain.decision import FENCED
from holdfast.errors import FencedError, NotFoundError, ProviderError, ProviderRefusedError
from holdfast.pipeline.memory import Turn
from holdfast.pipeline.question import Question
from holdfast.ports.model import Message
from tests.support.project import SHOES, STUDENTS, Parts, Script, Shop, made


def decide(shop: Shop, text: str = SHOES, **changes: object) -> str:
    return shop.project.decide(replace(Question(text, "production"), **changes)).id


def test_every_kind_of_answer_replays_identically(shop: Shop) -> None:
    decisions = [
        decide(shop),
        decide(shop),
        decide(shop, cache=False),
        decide(shop, session="s1"),
        decide(shop, "And boots?", session="s1"),
        decide(shop, "And boots?", history=(Turn(SHOES, "Yes."),), instructions="Be brief."),
        decide(shop, STUDENTS, overrides={"temperature": 0.9, "seed": 7}),
        decide(shop, metadata={"user": "ann"}),
    ]
    shop.project.feedback(decisions[0], "down")
    decisions.append(decide(shop, STUDENTS))
    shop.bring("returns.md", "# Returns\n\nNothing can be returned.\n")
    shop.project.rollback("~3")
    replays = [shop.project.replay(decision) for decision in decisions]
    assert [replay.identical for replay in replays] == [True] * len(decisions)
    assert all(replay.complete and replay.recorded == replay.replayed for replay in replays)
    assert {stage.name for stage in replays[0].stages} >= {"corpus", "retrieval", "answer", "cache"}


def test_a_replay_leaves_no_trace(shop: Shop) -> None:
    decision = decide(shop)
    before = shop.tick
    shop.project.replay(decision)
    assert shop.tick == before


def test_blocked_and_failed_answers_replay_too(tmp_path: Path) -> None:
    def reply(messages: tuple[Message, ...]) -> str:
        if "fail" in messages[-1].content:
            raise ProviderRefusedError("no")
        return "Everybody gets 90 % off."

    shop = made(tmp_path / "shop", Parts(model=Script(reply)))
    blocked = shop.ask(STUDENTS)
    assert blocked.status == "blocked"
    with pytest.raises(ProviderError) as failed:
        shop.ask("fail, please")
    assert shop.project.replay(blocked.id).identical
    assert shop.project.replay(failed.value.decision).identical


def test_a_fenced_answer_replays_as_what_it_was(shop: Shop) -> None:
    answering = shop.project.stream(Question(SHOES, "production"))
    shop.project.rollback("head")
    with pytest.raises(FencedError) as caught:
        list(answering)
    assert shop.project.decision(caught.value.decision).status == FENCED
    assert shop.project.replay(caught.value.decision).identical


def test_a_replay_tells_how_another_model_differs(tmp_path: Path) -> None:
    shop = made(tmp_path / "shop", Parts(model=Script(lambda _: "One.\nTwo.")))
    decision = shop.ask(SHOES)
    shop.parts.model = Script(lambda _: "One.\nThree.", name="newer", fingerprint="fp2")
    shop.configure((shop.root / "holdfast.toml").read_text())
    replay = shop.project.replay(decision.id)
    differing = {stage.name: stage.detail for stage in replay.stages if not stage.identical}
    assert differing.keys() == {"model answer", "output answer", "answer"}
    assert differing["model answer"] == "was script, fp, is newer, fp2"
    assert differing["answer"].splitlines()[-2:] == ["-Two.", "+Three."]
    assert not replay.identical


def test_a_replay_tells_when_a_stored_answer_is_not_what_was_said(shop: Shop) -> None:
    decision = shop.ask(SHOES)
    runtime = shop.project.runtime(decision.stamp.release)
    strict = replace(runtime, retrieval=replace(runtime.retrieval, passages=1))
    shop.project._runtimes[decision.stamp.release] = strict
    stages = {stage.name: stage for stage in shop.project.replay(decision.id).stages}
    assert not stages["retrieval"].identical
    assert stages["retrieval"].detail.endswith("0 new")
    assert stages["release"].identical


def test_only_decisions_are_replayed(shop: Shop) -> None:
    with pytest.raises(NotFoundError, match="holdfast log"):
        shop.project.replay("d-0000")
