"""Timelines, the environments that head them, and snapshots that name their cuts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from holdfast.domain.event import Commit, Fork, Move, Snapshot
from holdfast.domain.moment import Head, Timeline


class Timelines(Protocol):
    """The few small rows that rollback, fork and recover change."""

    def fork(self, fork: Fork, *, settle: Callable[[Head], Fork] | None = None) -> Commit:
        """Start a timeline and point an environment at it, in one durable transaction.

        Returns the new timeline's first commit. Raises ``ConflictError`` when the environment
        does not head ``fork.expects``, ``MomentError`` when ``fork.parent`` is not a cut.

        ``settle`` is for a fork that depends on everything written up to it: it is called within
        the transaction, when nothing else can be committed, with where the environment is then,
        and the fork that it returns (of the same id and environment) is made instead. It may
        read; what it raises ends the transaction, and nothing has happened.
        """
        ...

    def timeline(self, number: int) -> Timeline:
        """One timeline with its flattened ancestry. Raises ``NotFoundError``."""
        ...

    def heads(self) -> dict[str, Head]:
        """Every environment and where it is now."""
        ...

    def moves(self, environment: str) -> list[Move]:
        """Which timelines an environment has headed, oldest first."""
        ...

    def snapshots(self, add: Snapshot | None = None) -> list[Snapshot]:
        """All snapshots by name, after adding one. Raises ``ConflictError`` for a taken name."""
        ...
