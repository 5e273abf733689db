"""One step of a prompt chain, tried again where that is safe."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from holdfast.errors import (
    ProviderBusyError,
    ProviderDownError,
    ProviderReplyError,
    ProviderTimeoutError,
)
from holdfast.ports.model import Generation, Message, Model, Sampling

PASSING = (ProviderBusyError, ProviderDownError, ProviderTimeoutError)
"""Failures that the same request may not meet again; a refused or broken one would."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait between tries, in seconds.

    Waits double from ``first`` to ``longest``, each drawn between half of that and all of it, so
    that clients that failed together do not come back together. No try begins later than
    ``deadline`` after the first.
    """

    first: float = 0.5
    longest: float = 8.0
    deadline: float = 120.0
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = random.random


def generate_step(
    model: Model,
    messages: tuple[Message, ...],
    *,
    sampling: Sampling,
    attempts: int = 3,
    stream: bool = False,
    patience: Patience | None = None,
) -> Iterator[str | Generation]:
    """Pieces of the answer as they come (only with ``stream``), then the ``Generation``.

    A provider that is busy, down or silent is asked again, ``attempts`` times in all, as long as
    no piece has been given out. Raises the last ``ProviderError``.
    """
    patience = patience or Patience()
    began = patience.now()
    for attempt in range(1, attempts + 1):
        given = False
        try:
            for piece in _answer(model, messages, sampling=sampling, stream=stream):
                given = True
                yield piece
        except PASSING as e:
            wait = _wait(patience, attempt, e.retry_after)
            late = patience.now() + wait - began > patience.deadline
            if given or attempt == attempts or late:
                raise
            patience.sleep(wait)
        else:
            return


def _answer(
    model: Model, messages: tuple[Message, ...], *, sampling: Sampling, stream: bool
) -> Iterator[str | Generation]:
    if not stream:
        yield model.generate(messages, sampling=sampling)
        return
    finished = False
    for piece in model.stream(messages, sampling=sampling):
        finished = isinstance(piece, Generation)
        yield piece
    if not finished:
        raise ProviderReplyError("the model's stream ended without its summary: try again")


def _wait(patience: Patience, attempt: int, asked: float | None) -> float:
    """Seconds until the next try; what the provider asks for counts if it is longer."""
    limit = min(patience.longest, patience.first * 2.0 ** (attempt - 1))
    return max(limit * (1 + patience.draw()) / 2, asked or 0.0)
