"""Rows as they are decoded, by the day that they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeAlias

from holdfast.observation.wire import DAY

Lists: TypeAlias = dict[str, list[Any]]


class Days:
    """Columns by day, filled row by row.

    Most columns of a row have no value: a column is only as long as the last row that has one,
    until ``columns`` fills it up.

    >>> days = Days(["name", "cost"])
    >>> columns, row = days.at(0)
    >>> put(columns["name"], "chat", row=row)
    >>> days.columns()
    {'1970-01-01': {'name': ['chat'], 'cost': [None]}}
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)
        self._days: dict[int, Lists] = {}
        self._counts: dict[int, int] = defaultdict(int)

    def at(self, time: int) -> tuple[Lists, int]:
        """The columns of a time's day (ns), and the number of the row that is begun there."""
        day = time // DAY
        row = self._counts[day]
        self._counts[day] = row + 1
        columns = self._days.get(day)
        if columns is None:
            columns = self._days[day] = {name: [] for name in self._names}
        return columns, row

    def columns(self) -> dict[str, Lists]:
        """All columns by day, all of one length."""
        for day, columns in self._days.items():
            for values in columns.values():
                values.extend([None] * (self._counts[day] - len(values)))
        return {name_of(day): columns for day, columns in self._days.items()}


def name_of(day: int) -> str:
    """A day counted from 1970 as tables are named.

    >>> name_of(0)
    '1970-01-01'
    """
    return datetime.fromtimestamp(day * 86_400, tz=UTC).strftime("%Y-%m-%d")


def put(values: list[Any], value: Any, *, row: int) -> None:
    """Set a row's value of a column that may be shorter."""
    if len(values) < row:
        values.extend([None] * (row - len(values)))
    values.append(value)


def fill(columns: Lists, values: dict[str, Any], *, row: int) -> None:
    """Set those of a row's values that are there."""
    for name, value in values.items():
        if value is not None:
            put(columns[name], value, row=row)
