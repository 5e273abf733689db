"""Writing what belongs to an evaluation, whatever becomes of the environment meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.domain.event import Change, Event
from holdfast.errors import FencedError
from holdfast.operations.system import System

TRIES = 20
"""How often an environment may be rolled back under one change."""


@dataclass(frozen=True, slots=True)
class Journal:
    """Appends at an environment's head; a rollback meanwhile is no reason to lose an answer."""

    system: System
    environment: str
    operation: str
    cause: str
    """What the changes belong to: ``run:ID``."""

    def write(self, events: Sequence[Event], *, reason: str = "") -> None:
        """Append one change; returns when it is durable. Raises ``FencedError``."""
        last: FencedError | None = None
        for _ in range(TRIES):
            change = Change(
                self.system.head(self.environment).timeline,
                self.operation,
                tuple(events),
                actor=self.system.actor,
                reason=reason,
                cause=self.cause,
            )
            try:
                self.system.append.append(change)
            except FencedError as e:
                last = e
            else:
                return
        raise FencedError(
            f"{self.environment!r} was rolled back {TRIES} times meanwhile; try again"
        ) from last
