"""A streamed answer as server-sent events."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from holdfast.domain.decision import FAILED
from holdfast.domain.digest import short
from holdfast.errors import HoldfastError
from holdfast.operations.ask import Answering
from holdfast.pipeline.question import Question
from holdfast.server import answer as answers
from holdfast.server.answer import Answer
from holdfast.server.errors import INTERNAL, problem
from holdfast.server.gateway.reply import (
    Chunk,
    ChunkChoice,
    early_headers,
    finish_reason,
    holdfast,
    usage,
)
from holdfast.server.pump import Pump
from holdfast.server.service import Service

LOG = logging.getLogger("holdfast.server")
PATH = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class _Head:
    """What all events of a stream have in common."""

    answering: Answering
    model: str
    created: int
    usage: dict[str, None]
    """``{"usage": None}`` when the client asked for usage: it stands in every chunk then."""

    def event(self, *choices: ChunkChoice, **rest: Any) -> str:
        """A chunk; what ``rest`` does not name is left out of it."""
        given = {**self.usage, **rest}
        chunk = Chunk(
            id=f"chatcmpl-{self.answering.decision}",
            created=self.created,
            model=self.model,
            system_fingerprint=short(self.answering.release),
            choices=list(choices),
            **given,
        )
        return _event(chunk.model_dump_json(exclude={"usage", "holdfast"} - given.keys()))


async def stream(
    question: Question, *, service: Service, include_usage: bool
) -> tuple[AsyncIterator[str], dict[str, str]]:
    """The events of an answer, and the headers that are known before its first word.

    Returns when the first piece is there: what fails before is raised, and becomes a reply with
    a status of its own; what fails later ends the stream with an event that holds the error.
    """
    pump = Pump(answers.stream(question, service=service), service=service)
    answering = await anext(pump)
    assert isinstance(answering, Answering)  # noqa: S101 - tells the type checker
    first = await anext(pump)
    if isinstance(first, Answer) and first.decision.status == FAILED:
        await anext(pump)
    usage: dict[str, None] = {"usage": None} if include_usage else {}
    head = _Head(answering, question.environment, int(time.time()), usage)
    return _events(first, pump, head=head), early_headers(answering)


async def _events(
    first: Answering | str | Answer, pump: Pump[Answering | str | Answer], *, head: _Head
) -> AsyncIterator[str]:
    yield head.event(ChunkChoice(delta={"role": "assistant", "content": ""}))
    try:
        for event in _piece(first, head):
            yield event
        async for piece in pump:
            for event in _piece(piece, head):
                yield event
    except HoldfastError as e:
        yield _event(json.dumps(problem(e, PATH).body(PATH)))
    except Exception:
        LOG.exception("POST %s failed in mid-stream", PATH)
        yield _event(json.dumps(INTERNAL.body(PATH)))
    else:
        yield _event("[DONE]")


def _piece(piece: Answering | str | Answer, head: _Head) -> Iterator[str]:
    """The events that a piece of the answer is."""
    if isinstance(piece, str):
        yield head.event(ChunkChoice(delta={"content": piece}))
    elif isinstance(piece, Answer) and piece.decision.status != FAILED:
        end = ChunkChoice(delta={}, finish_reason=finish_reason(piece.decision))
        yield head.event(end, holdfast=holdfast(piece))
        if head.usage:
            yield head.event(usage=usage(piece.decision.stamp))


def _event(data: str) -> str:
    return f"data: {data}\n\n"
