"""Appending from many threads in few transactions."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from copy import copy
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from holdfast.domain.event import Change, Commit
from holdfast.errors import StateError, StorageError, StorageLockedError, UsageError
from holdfast.ports.ledger import Ledger


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A change whose caller waits for what becomes of it."""

    change: Change
    result: Future[Commit] = field(default_factory=Future)


class GroupCommit:
    """Writes what concurrent callers append in one transaction, and so with one fsync.

    There is no delay: while one group is made durable the next one gathers. A caller whose change
    is refused, or whose group the disk refused, gets the error; the others do not notice.
    ``together`` is the most changes of one transaction, ``room`` how many may wait, ``patience``
    the seconds that a caller waits for room. Close it, or use it in a ``with`` statement.
    """

    def __init__(
        self, ledger: Ledger, *, together: int = 256, room: int = 1024, patience: float = 30.0
    ) -> None:
        self._ledger = ledger
        self._together = together
        self._room = room
        self._patience = patience
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._closed = False
        # A daemon: a program that forgets to close still ends. Nobody was told what is lost then.
        self._thread = threading.Thread(target=self._work, name="ledger-writer", daemon=True)
        self._thread.start()

    def append(self, change: Change) -> Commit:
        """Write a change; returns when it is durable.

        Raises why it was refused: ``FencedError``, ``ConflictError``, ``UsageError``, or
        ``StorageError`` when nothing was written.
        """
        waiting = _Waiting(change)
        with self._changed:
            if not self._changed.wait_for(self._has_room, timeout=self._patience):
                raise StorageLockedError(
                    f"{self._room} changes have been waiting for {self._patience:g} s to be "
                    "written; the disk is too slow or stuck: retry later"
                )
            if self._closed:
                raise StorageError("the ledger's writer is closed; open the ledger again")
            self._waiting.append(waiting)
            self._changed.notify_all()
        return waiting.result.result()

    def close(self) -> None:
        """Write what is waiting, then stop; later appends raise ``StorageError``."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _has_room(self) -> bool:
        return self._closed or len(self._waiting) < self._room

    def _work(self) -> None:
        while group := self._gather():
            self._write(group)

    def _gather(self) -> list[_Waiting]:
        """The next group; empty when there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            count = min(self._together, len(self._waiting))
            group = [self._waiting.popleft() for _ in range(count)]
            self._changed.notify_all()
            return group

    def _write(self, group: Sequence[_Waiting]) -> None:
        try:
            results = self._ledger.commit([waiting.change for waiting in group])
        except UsageError as error:
            if len(group) == 1:
                group[0].result.set_exception(error)
                return
            # One of them is malformed: the others must not suffer from it.
            for waiting in group:
                self._write([waiting])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the callers' to know
            for waiting in group:
                waiting.result.set_exception(copy(error))
        else:
            for waiting, result in zip(group, results, strict=True):
                if isinstance(result, StateError):
                    waiting.result.set_exception(result)
                else:
                    waiting.result.set_result(result)
