"""Asking, decisions, feedback, replay, and searching without an answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, Field

from holdfast.domain.decision import Stamp
from holdfast.operations.replay import Replay
from holdfast.operations.retrieve import Retrieved
from holdfast.operations.sources import Source
from holdfast.pipeline.memory import Turn
from holdfast.pipeline.question import Question
from holdfast.server.answer import Answer, answer
from holdfast.server.api.fields import MAX_TEXT, At, Environment, Id
from holdfast.server.api.router import rest_router
from holdfast.server.body import Body
from holdfast.server.service import Opened, Served

router = rest_router("answers")

MAX_TURNS = 128
DecisionId = Annotated[Id, Path(description="A decision's id, or the beginning of it.")]


class TurnBody(Body):
    """An earlier turn of the conversation."""

    question: str = Field(max_length=MAX_TEXT)
    answer: str = Field(max_length=100_000)


class SamplingBody(Body):
    """Sampling that replaces the release's own; what is left out stays."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1, le=100_000)
    seed: int | None = Field(default=None, ge=-1, le=2**53 - 1)


class AskBody(Body):
    """A question."""

    question: str = Field(min_length=1, max_length=MAX_TEXT)
    session: str = Field(default="", max_length=128)
    user: str = Field(default="", max_length=512)
    """Who asks, by a name of yours: keeps one arm of a canary where there is no session."""
    environment: Environment = None
    at: At = None
    history: list[TurnBody] | None = Field(default=None, max_length=MAX_TURNS)
    """The conversation so far; left out, the session's memory is taken."""
    instructions: str = Field(default="", max_length=100_000)
    sampling: SamplingBody = SamplingBody()
    cache: bool = True


class DecisionReply(BaseModel):
    """A decision with its stamp. ``recorded`` is false for what was asked of the past."""

    id: str
    at: int
    environment: str
    session: str
    question: str
    answer: str
    status: str
    stamp: Stamp
    error: str
    error_code: str
    metadata: dict[str, Any]
    complete: bool
    recorded: bool
    sources: tuple[Source, ...]


class FeedbackBody(Body):
    """What somebody thought of an answer; ``correction`` comes with ``correct``."""

    verdict: Literal["up", "down", "correct"]
    correction: str = Field(default="", max_length=MAX_TEXT)
    environment: Environment = None


class FeedbackReply(BaseModel):
    """Where the feedback is recorded."""

    decision: str
    tick: int


class RetrieveBody(Body):
    """What to look for."""

    query: str = Field(min_length=1, max_length=MAX_TEXT)
    environment: Environment = None
    at: At = None
    limit: int = Field(default=10, ge=1, le=1_000)


@router.post("/ask")
def ask(body: AskBody, service: Served) -> DecisionReply:
    """Answer a question; with ``at`` say what would have been answered, and record nothing."""
    given = body.sampling.model_dump(exclude_none=True)
    question = Question(
        body.question,
        body.environment or service.project.environment,
        session=body.session,
        history=None if body.history is None else tuple(map(_turn, body.history)),
        instructions=body.instructions,
        overrides=given,
        cache=body.cache,
        metadata={"user": body.user} if body.user else {},
    )
    return _reply(answer(question, service=service, at=body.at), recorded=body.at is None)


@router.get("/decisions/{decision}")
def get_decision(decision: DecisionId, project: Opened) -> DecisionReply:
    """A recorded decision, also one of an abandoned timeline."""
    found = project.decision(decision)
    return _reply(Answer(found, project.sources(found)), recorded=True)


@router.post("/decisions/{decision}/feedback", status_code=201)
def give_feedback(decision: DecisionId, body: FeedbackBody, project: Opened) -> FeedbackReply:
    """Record what somebody thought of an answer; a second verdict replaces the first."""
    found = project.decision(decision)
    tick = project.feedback(
        found.id, body.verdict, correction=body.correction, environment=body.environment
    )
    return FeedbackReply(decision=found.id, tick=tick)


@router.post("/decisions/{decision}/replay")
def replay_decision(decision: DecisionId, project: Opened) -> Replay:
    """Work on the question again at the recorded moment, and compare stage by stage."""
    return project.replay(decision)


@router.post("/retrieve")
def retrieve(body: RetrieveBody, project: Opened) -> Retrieved:
    """What a question would find, without answering it."""
    return project.retrieve(body.query, environment=body.environment, at=body.at, limit=body.limit)


def _turn(turn: TurnBody) -> Turn:
    return Turn(turn.question, turn.answer)


def _reply(answered: Answer, *, recorded: bool) -> DecisionReply:
    decision = answered.decision
    return DecisionReply(
        id=decision.id,
        at=decision.at,
        environment=decision.environment,
        session=decision.session,
        question=decision.question,
        answer=decision.answer,
        status=decision.status,
        stamp=decision.stamp,
        error=decision.error,
        error_code=decision.error_code,
        metadata=decision.metadata,
        complete=decision.stamp.complete,
        recorded=recorded,
        sources=answered.sources,
    )
