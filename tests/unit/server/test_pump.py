"""A blocking iterator on the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from anyio import to_thread

from holdfast.server.pump import Pump


def service() -> Any:
    """As much of a service as a pump needs."""

    async def run(work: Any, *given: Any) -> Any:
        return await to_thread.run_sync(partial(work, *given))

    return SimpleNamespace(run=run, streams=set())


def test_items_come_in_order_from_one_thread() -> None:
    threads: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            threads.append(threading.get_ident())
            yield number

    async def play() -> list[int]:
        return [item async for item in Pump(items(), service=service())]

    assert asyncio.run(play()) == list(range(100))
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


@pytest.mark.parametrize("error", [ValueError("no"), BaseException("a panic")])
def test_an_error_is_raised_where_the_items_are_taken(error: BaseException) -> None:
    def items() -> Iterator[int]:
        yield 1
        raise error

    async def play() -> None:
        pump = Pump(items(), service=service())
        assert await anext(pump) == 1
        with pytest.raises(type(error), match=str(error)):
            await anext(pump)

    asyncio.run(play())


def test_the_iterator_is_run_to_its_end_when_nobody_listens() -> None:
    ended = threading.Event()
    go = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        go.wait()
        yield 2
        ended.set()

    async def play() -> None:
        mine = service()
        pump = Pump(items(), service=mine)
        assert await anext(pump) == 1
        del pump
        go.set()
        await asyncio.wait(mine.streams)
        assert mine.streams == set()

    asyncio.run(play())
    assert ended.is_set()
