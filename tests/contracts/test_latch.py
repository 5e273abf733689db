"""What every adapter of the latch port does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from holdfast.adapters.files import FileLatch
from holdfast.adapters.memory.latch import MemoryLatch
from holdfast.ports.latch import Latch

PAUSE = 0.1
"""Seconds in which what may go on would have gone on."""


@pytest.fixture(params=["memory", "files"])
def latch(request: pytest.FixtureRequest, tmp_path: Path) -> Latch:
    make: dict[str, Callable[[], Latch]] = {
        "memory": MemoryLatch,
        "files": lambda: FileLatch(tmp_path / ".latch"),
    }
    return make[request.param]()


def held(how: Callable[[], AbstractContextManager[None]]) -> tuple[threading.Thread, list[str]]:
    """A thread that takes the latch and lets go of it."""
    steps: list[str] = []

    def take() -> None:
        with how():
            steps.append("in")

    thread = threading.Thread(target=take)
    thread.start()
    return thread, steps


def test_many_may_store_at_once(latch: Latch) -> None:
    with latch.storing(), latch.storing():
        thread, steps = held(latch.storing)
        thread.join(30)
        assert steps == ["in"]


def test_a_collector_waits_for_those_who_store(latch: Latch) -> None:
    with latch.storing():
        thread, steps = held(latch.collecting)
        thread.join(PAUSE)
        assert steps == []
    thread.join(30)
    assert steps == ["in"]


@pytest.mark.parametrize("how", ["storing", "collecting"])
def test_everybody_waits_for_a_collector(latch: Latch, how: str) -> None:
    with latch.collecting():
        thread, steps = held(getattr(latch, how))
        thread.join(PAUSE)
        assert steps == []
    thread.join(30)
    assert steps == ["in"]


def test_a_collector_gets_its_turn_although_others_go_on_storing(latch: Latch) -> None:
    stop = threading.Event()

    def store() -> None:
        while not stop.is_set():
            with latch.storing():
                stop.wait(0.01)

    storers = [threading.Thread(target=store) for _ in range(4)]
    for storer in storers:
        storer.start()
    try:
        thread, steps = held(latch.collecting)
        thread.join(30)
        assert steps == ["in"]
    finally:
        stop.set()
        for storer in storers:
            storer.join()


def test_an_error_lets_go(latch: Latch) -> None:
    with pytest.raises(ValueError, match="inside"), latch.storing():
        raise ValueError("inside")
    with pytest.raises(ValueError, match="inside"), latch.collecting():
        raise ValueError("inside")
    with latch.collecting():
        pass
