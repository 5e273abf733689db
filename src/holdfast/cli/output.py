"""Print results for people and for programs."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

UNLIMITED = 10_000
"""Columns of an output that is not a terminal, so that no cell is folded or cut."""
NARROW = 20
"""Cells up to this length are never folded."""

OUT = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else UNLIMITED)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


def plain(value: Any) -> Any:
    """Records, models, tuples and sets as what JSON knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(inner) for inner in value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return value


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(plain(value), ensure_ascii=False, indent=2))


def say(text: str) -> None:
    """A line for people; ``[bold]`` and the like are markup."""
    OUT.print(text)


def safe(text: object) -> str:
    """Text that is not ours, so that it cannot be taken for markup."""
    return escape(str(text))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain table; cells are shown as they are."""
    grid = Table(box=None, pad_edge=False, header_style="bold")
    cells = [[str(cell) for cell in row] for row in rows]
    for number, column in enumerate(columns):
        longest = max((len(row[number]) for row in cells), default=0)
        grid.add_column(column, overflow="fold", no_wrap=longest <= NARROW)
    for row in cells:
        grid.add_row(*map(Text, row))
    OUT.print(grid)


def when(at: int) -> str:
    """Microseconds since 1970 as local time.

    >>> len(when(1_700_000_000_000_000))
    19
    """
    return datetime.fromtimestamp(at / 1e6, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def long(length: int) -> str:
    """A time in the unit that suits it, from microseconds.

    >>> long(200_000_000), long(90_000_000_000), long(28 * 86_400_000_000)
    ('3.33 minutes', '25 hours', '28 days')
    """
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if length >= 2 * size * 1_000_000 or unit == "minutes":
            break
    return f"{length / size / 1_000_000:.3g} {unit}"


def count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "chunk"), count(1200, "chunk")
    ('1 chunk', '1,200 chunks')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


@contextmanager
def tracking(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar with the time left, on a terminal only; called with done and total."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
