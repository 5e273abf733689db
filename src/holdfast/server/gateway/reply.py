"""Answers in the shapes of OpenAI's chat completions."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from holdfast.domain.decision import BLOCKED, Decision, GuardFinding, Stamp
from holdfast.domain.digest import short
from holdfast.domain.moment import Cut
from holdfast.operations.ask import Answering
from holdfast.operations.sources import Source
from holdfast.server.answer import Answer

LENGTH, STOP, FILTERED = "length", "stop", "content_filter"


class Usage(BaseModel):
    """Tokens as the models counted them, over all prompts of the chain."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Holdfast(BaseModel):
    """What is particular to us: where the answer comes from."""

    decision: str
    status: str
    complete: bool
    missing: tuple[str, ...]
    release: str
    timeline: int
    tick: int
    corpus: str
    sources: tuple[Source, ...]
    cache: bool
    """Whether an earlier answer was given again."""
    findings: tuple[GuardFinding, ...]


class Message(BaseModel):
    """What is said."""

    role: Literal["assistant"] = "assistant"
    content: str


class Choice(BaseModel):
    """The answer."""

    index: int = 0
    message: Message
    logprobs: None = None
    finish_reason: str


class Completion(BaseModel):
    """A whole answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    system_fingerprint: str
    choices: list[Choice]
    usage: Usage | None
    holdfast: Holdfast


class ChunkChoice(BaseModel):
    """A piece of the answer."""

    index: int = 0
    delta: dict[Literal["role", "content"], str]
    logprobs: None = None
    finish_reason: str | None = None


class Chunk(BaseModel):
    """An event of a streamed answer; ``holdfast`` comes with the one that has a finish reason."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    system_fingerprint: str
    choices: list[ChunkChoice]
    usage: Usage | None = None
    holdfast: Holdfast | None = None


def completion(answer: Answer) -> Completion:
    """A whole answer."""
    decision = answer.decision
    message = Message(content=decision.answer)
    return Completion(
        id=f"chatcmpl-{decision.id}",
        created=decision.at // 1_000_000,
        model=decision.environment,
        system_fingerprint=short(decision.stamp.release),
        choices=[Choice(message=message, finish_reason=finish_reason(decision))],
        usage=usage(decision.stamp),
        holdfast=holdfast(answer),
    )


def early_headers(answering: Answering) -> dict[str, str]:
    """The headers that are known before the answer is."""
    return _headers(answering.decision, answering.release, answering.cut)


def headers(decision: Decision) -> dict[str, str]:
    """The headers of a whole answer."""
    stamp = decision.stamp
    complete = "true" if stamp.complete else "false"
    return {
        **_headers(decision.id, stamp.release, stamp.cut),
        "x-holdfast-complete": complete,
    }


def _headers(decision: str, release: str, cut: Cut) -> dict[str, str]:
    return {
        "x-holdfast-decision": decision,
        "x-holdfast-release": release,
        "x-holdfast-timeline": str(cut.timeline),
        "x-holdfast-tick": str(cut.tick),
    }


def finish_reason(decision: Decision) -> str:
    """Why the answer ends, in OpenAI's words."""
    if decision.status == BLOCKED:
        return FILTERED
    steps = decision.stamp.prompts
    return steps[-1].finish_reason if steps else STOP


def usage(stamp: Stamp) -> Usage | None:
    """The tokens of all prompts; ``None`` when a model did not say."""
    if any(step.input_tokens is None or step.output_tokens is None for step in stamp.prompts):
        return None
    read = sum(step.input_tokens or 0 for step in stamp.prompts)
    written = sum(step.output_tokens or 0 for step in stamp.prompts)
    return Usage(prompt_tokens=read, completion_tokens=written, total_tokens=read + written)


def holdfast(answer: Answer) -> Holdfast:
    """Our part of a reply."""
    decision, stamp = answer.decision, answer.decision.stamp
    return Holdfast(
        decision=decision.id,
        status=decision.status,
        complete=stamp.complete,
        missing=stamp.missing,
        release=stamp.release,
        timeline=stamp.timeline,
        tick=stamp.tick,
        corpus=stamp.corpus,
        sources=answer.sources,
        cache=stamp.cache is not None,
        findings=stamp.findings,
    )
