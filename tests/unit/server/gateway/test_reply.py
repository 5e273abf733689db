"""Decisions in OpenAI's words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.domain.decision import ANSWERED, BLOCKED, Decision, PromptStep, Stamp
from holdfast.server.answer import Answer
from holdfast.server.gateway.reply import completion, finish_reason, headers, usage

STEP = PromptStep(
    name="answer", rendered="r", output="o", model="m", fingerprint="f", seed=0,
    input_tokens=10, output_tokens=4, cached_tokens=0,
)  # fmt: skip
STAMP = Stamp(
    release="ab" * 32, components={}, timeline=2, tick=7, corpus="c", space={}, hits=(), used=0,
    evidence="e", ratings=(), prompts=(STEP, STEP), sampling={}, cache=None, memory=(),
    findings=(), latency={}, cost=None,
)  # fmt: skip
DECISION = Decision("d-1", 5_000_000, "production", "", "Hi?", "Yes.", ANSWERED, STAMP)


def test_usage_is_that_of_the_whole_chain() -> None:
    counted = usage(STAMP)
    assert counted is not None
    assert (counted.prompt_tokens, counted.completion_tokens, counted.total_tokens) == (20, 8, 28)


def test_usage_is_unknown_when_one_model_does_not_say() -> None:
    silent = replace(STEP, output_tokens=None)
    assert usage(replace(STAMP, prompts=(STEP, silent))) is None


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        (ANSWERED, "stop", "stop"),
        (ANSWERED, "length", "length"),
        (BLOCKED, "stop", "content_filter"),
    ],
)
def test_the_finish_reason_is_the_last_prompts(status: str, reason: str, expected: str) -> None:
    stamp = replace(STAMP, prompts=(STEP, replace(STEP, finish_reason=reason)))
    assert finish_reason(replace(DECISION, status=status, stamp=stamp)) == expected


def test_an_answer_without_prompts_stops() -> None:
    assert finish_reason(replace(DECISION, stamp=replace(STAMP, prompts=()))) == "stop"


def test_the_reply_names_decision_release_and_cut() -> None:
    incomplete = replace(DECISION, stamp=replace(STAMP, missing=("seed",)))
    reply = completion(Answer(incomplete, ()))
    assert (reply.id, reply.created, reply.system_fingerprint) == (
        "chatcmpl-d-1",
        5,
        "abababababab",
    )
    assert reply.holdfast.missing == ("seed",)
    assert headers(incomplete) == {
        "x-holdfast-decision": "d-1",
        "x-holdfast-release": "ab" * 32,
        "x-holdfast-timeline": "2",
        "x-holdfast-tick": "7",
        "x-holdfast-complete": "false",
    }
