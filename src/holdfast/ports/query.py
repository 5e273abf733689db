"""Questions in SQL over tables that are handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from holdfast.ports.telemetry import Relation, Row


@dataclass(frozen=True, slots=True)
class View:
    """A name that a question may use, and where its rows are.

    ``relations`` (or ``rows``, whose columns and kinds ``columns`` names) are one below the other;
    ``select`` is what is shown of them.
    """

    name: str
    relations: tuple[Relation, ...] = ()
    rows: Sequence[Row] = ()
    columns: Mapping[str, str] | None = None
    select: str = "*"


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows that a question found."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool
    """There are more rows than were asked for."""


class QueryEngine(Protocol):
    """Reads only what it is given: no file, no network, no setting can be reached from SQL."""

    def query(self, text: str, *, views: Sequence[View], limit: int) -> Answer:
        """The first rows of one SELECT statement. Raises ``UsageError``, ``LimitError``."""
        ...

    def names(self, text: str) -> set[str]:
        """The words of a statement, in lower case, that may name a view. Raises ``UsageError``."""
        ...
