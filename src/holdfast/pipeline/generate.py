"""One step of a prompt chain, tried again where that is safe."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.domain.patience import PASSING, Patience
from holdfast.errors import ProviderReplyError
from holdfast.ports.model import Generation, Message, Model, Sampling


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
            wait = patience.pause(attempt, asked=e.retry_after)
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
