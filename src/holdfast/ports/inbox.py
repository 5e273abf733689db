"""The inbox: request bodies as they came in, durable before anybody is told so."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Body:
    """One request: what it says, and how it is packed."""

    signal: str
    """traces, metrics or logs"""
    digest: str
    """sha256 of the content before it was packed: the same content has the same name."""
    encoding: str
    """How ``content`` is packed: empty, gzip or deflate."""
    items: int
    """Spans, points or records that are in it."""
    content: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """A body that waits to be worked on."""

    number: int
    """Grows; unlike any other of this or another inbox."""
    at: int
    """When it came in, in microseconds since 1970 UTC."""
    body: Body


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits."""

    bodies: int
    items: int
    bytes: int
    damaged: int
    """Bodies that could not be worked on and were set aside."""
    since: int = 0
    """When the oldest that waits came in, in microseconds since 1970 UTC; 0 when nothing waits."""


class Inbox(Protocol):
    """Safe for threads and processes. What ``put`` returned from is durable (fsync)."""

    def put(self, bodies: Sequence[Body]) -> list[bool]:
        """Keep bodies, in one transaction; ``False`` for content that came in before.

        Content counts as known for an hour after it was worked on. Raises ``StorageError`` when
        nothing was written.
        """
        ...

    def take(self, *, limit: int, room: int, after: int = 0) -> list[Held]:
        """The oldest bodies with numbers above ``after``, at least one, up to ``room`` bytes."""
        ...

    def done(self, numbers: Sequence[int]) -> None:
        """Forget the content of bodies that were worked on."""
        ...

    def shrink(self) -> None:
        """Give back some of the disk that a burst needed and nothing needs now; cheap."""
        ...

    def set_aside(self, number: int, reason: str) -> None:
        """Keep a body that cannot be worked on, and take it no more."""
        ...

    def backlog(self) -> Backlog:
        """What waits now."""
        ...

    def scrub(self) -> None:
        """Leave no byte in the files of what is not in the inbox any more."""
        ...

    def alone(self) -> AbstractContextManager[bool]:
        """Hold the right to work on what waits, if nobody else does; whether it is held."""
        ...
