"""Answer a question and count it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.domain.decision import FAILED, FENCED, Decision
from holdfast.errors import FencedError, ProviderError
from holdfast.operations.ask import Answering
from holdfast.operations.sources import Source
from holdfast.pipeline.question import Question
from holdfast.server.service import Service


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision with the sources of its passages."""

    decision: Decision
    sources: tuple[Source, ...]


def answer(question: Question, *, service: Service, at: str | None = None) -> Answer:
    """The recorded answer; with ``at`` what would have been said then, neither kept nor counted."""
    try:
        decision = service.project.decide(question, at=at)
    except ProviderError as e:
        if e.decision:
            service.metrics.undecided(question.environment, FAILED)
        raise
    if at is None:
        service.metrics.decided(decision)
    return Answer(decision, service.project.sources(decision))


def stream(question: Question, *, service: Service) -> Iterator[Answering | str | Answer]:
    """Where the answer is read, its text in pieces, and the recorded answer."""
    answering = service.project.stream(question)
    yield answering
    try:
        for piece in answering:
            if isinstance(piece, Decision):
                service.metrics.decided(piece)
                yield Answer(piece, service.project.sources(piece))
            else:
                yield piece
    except FencedError:
        service.metrics.undecided(question.environment, FENCED)
        raise
