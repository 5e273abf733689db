from __future__ import annotations

from collections.abc import Iterator

import pytest

from holdfast.domain.digest import JsonObject
from holdfast.errors import (
    ProviderBusyError,
    ProviderDownError,
    ProviderError,
    ProviderRefusedError,
    ProviderReplyError,
    ProviderTimeoutError,
)
from holdfast.pipeline.generate import Patience, generate_step
from holdfast.ports.model import Generation, Message, Sampling

DONE = Generation("Hi.", "stop", "m", None, None)
ASKED = (Message("user", "Hi?"),)

Outcome = ProviderError | str | Generation


class Scripted:
    """A model whose answers are written down: a list of pieces, or an error, per call."""

    identity: JsonObject = {"kind": "scripted"}  # noqa: RUF012
    deterministic = True

    def __init__(self, *answers: list[Outcome]) -> None:
        self.answers = list(answers)
        self.calls = 0

    def generate(self, messages: tuple[Message, ...], *, sampling: Sampling) -> Generation:
        (last,) = self.stream(messages, sampling=sampling)
        assert isinstance(last, Generation)
        return last

    def stream(
        self, messages: tuple[Message, ...], *, sampling: Sampling
    ) -> Iterator[str | Generation]:
        answer = self.answers[min(self.calls, len(self.answers) - 1)]
        self.calls += 1
        for piece in answer:
            if isinstance(piece, ProviderError):
                raise piece
            yield piece


class Clock:
    def __init__(self) -> None:
        self.time = 0.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds

    def patience(self, draw: float = 1.0, **settings: float) -> Patience:
        return Patience(sleep=self.sleep, now=lambda: self.time, draw=lambda: draw, **settings)


def step(model: Scripted, clock: Clock, **settings: object) -> list[str | Generation]:
    patience = settings.pop("patience", None) or clock.patience()
    return list(
        generate_step(model, ASKED, sampling=Sampling(), patience=patience, **settings)  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_is_given_through(*, stream: bool) -> None:
    model = Scripted([DONE])
    assert step(model, Clock(), stream=stream) == [DONE]
    assert model.calls == 1


def test_a_stream_gives_its_pieces() -> None:
    assert step(Scripted(["H", "i.", DONE]), Clock(), stream=True) == ["H", "i.", DONE]


@pytest.mark.parametrize("error", [ProviderBusyError, ProviderDownError, ProviderTimeoutError])
@pytest.mark.parametrize("stream", [False, True])
def test_a_passing_failure_is_tried_again(error: type[ProviderError], *, stream: bool) -> None:
    clock = Clock()
    model = Scripted([error("no")], [error("no")], [DONE])
    assert step(model, clock, attempts=3, stream=stream) == [DONE]
    assert clock.waits == [0.5, 1.0]


@pytest.mark.parametrize("error", [ProviderRefusedError, ProviderReplyError, ProviderError])
def test_another_failure_is_not(error: type[ProviderError]) -> None:
    model = Scripted([error("no")], [DONE])
    with pytest.raises(error):
        step(model, Clock())
    assert model.calls == 1


def test_attempts_are_counted() -> None:
    model = Scripted([ProviderDownError("first")], [ProviderDownError("last")])
    with pytest.raises(ProviderDownError, match="last"):
        step(model, Clock(), attempts=4)
    assert model.calls == 4


def test_after_the_first_piece_nothing_is_tried_again() -> None:
    model = Scripted(["H", ProviderTimeoutError("no")], [DONE])
    answer = generate_step(model, ASKED, sampling=Sampling(), stream=True)
    assert next(answer) == "H"
    with pytest.raises(ProviderTimeoutError):
        next(answer)
    assert model.calls == 1


def test_waits_grow_and_are_spread() -> None:
    clock = Clock()
    model = Scripted([ProviderDownError("no")])
    with pytest.raises(ProviderDownError):
        step(model, clock, attempts=7, patience=clock.patience(draw=0.0))
    assert clock.waits == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0]


def test_a_wait_the_provider_asks_for_is_kept() -> None:
    busy = ProviderBusyError("no")
    busy.retry_after = 30.0
    clock = Clock()
    assert step(Scripted([busy], [DONE]), clock) == [DONE]
    assert clock.waits == [30.0]


def test_nothing_is_tried_after_the_deadline() -> None:
    busy = ProviderBusyError("no")
    busy.retry_after = 30.0
    clock = Clock()
    model = Scripted([busy])
    with pytest.raises(ProviderBusyError):
        step(model, clock, attempts=10, patience=clock.patience(deadline=70.0))
    assert clock.waits == [30.0, 30.0]


def test_a_stream_without_its_summary_is_an_error() -> None:
    with pytest.raises(ProviderReplyError, match="summary"):
        step(Scripted(["H"]), Clock(), stream=True)
