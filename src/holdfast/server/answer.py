"""Answer a question and count it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import thread_time

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
    began = thread_time()
    try:
        decision = service.project.decide(question, at=at)
    except ProviderError as e:
        if e.decision:
            service.metrics.undecided(question.environment, FAILED)
        raise
    if at is None:
        service.metrics.decided(decision, cpu=thread_time() - began)
    return Answer(decision, service.project.sources(decision))


def stream(question: Question, *, service: Service) -> Iterator[Answering | str | Answer]:
    """Where the answer is read, its text in pieces, and the recorded answer; in one thread."""
    began = thread_time()
    answering = service.project.stream(question)
    yield answering
    try:
        for piece in answering:
            if isinstance(piece, Decision):
                service.metrics.decided(piece, cpu=thread_time() - began)
                yield Answer(piece, service.project.sources(piece))
            else:
                yield piece
    except FencedError:
        service.metrics.undecided(question.environment, FENCED)
        raise
