"""Bridge from an iterator that blocks to the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from holdfast.server.service import Service

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class Pump(Generic[T]):
    """Runs an iterator to its end in one thread and hands its items to the event loop.

    The thread does not stop when nobody listens any more: an answer whose client went away in the
    middle is recorded like every other. One thread from beginning to end also keeps what is bound
    to a thread or context (spans) in one piece.
    """

    def __init__(self, items: Iterator[T], *, service: Service) -> None:
        self._items: asyncio.Queue[T | _End] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        task = asyncio.create_task(service.run(self._run, items))
        service.streams.add(task)
        task.add_done_callback(service.streams.discard)

    def __aiter__(self) -> Pump[T]:
        return self

    async def __anext__(self) -> T:
        item = await self._items.get()
        if not isinstance(item, _End):
            return item
        if item.error is not None:
            raise item.error
        raise StopAsyncIteration

    def _run(self, items: Iterator[T]) -> None:
        try:
            for item in items:
                self._put(item)
        except BaseException as e:  # noqa: BLE001 - raised where the items are taken
            self._put(_End(e))
        else:
            self._put(_End(None))

    def _put(self, item: T | _End) -> None:
        self._loop.call_soon_threadsafe(self._items.put_nowait, item)
