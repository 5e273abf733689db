"""Print the rows of a question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from holdfast.cli.output import ERR, print_json, table
from holdfast.operations.watch.question import plain
from holdfast.ports.query import Answer

WIDE = 80
"""Characters of a cell that people see."""


def print_rows(answer: Answer, *, as_json: bool, shown: Sequence[str] = ()) -> None:
    """Rows as JSON, or as a table of all columns or those to be ``shown``."""
    if as_json:
        rows = [map(plain, row) for row in answer.rows]
        print_json([dict(zip(answer.columns, row, strict=True)) for row in rows])
    else:
        names = [name for name in answer.columns if not shown or name in shown]
        places = [answer.columns.index(name) for name in names]
        table(names, [[_cell(row[place]) for place in places] for row in answer.rows])
    if answer.more:
        ERR.print(f"only the first {len(answer.rows):,} rows; --limit N for more")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    text = " ".join(str(plain(value)).split())
    return text if len(text) <= WIDE else f"{text[: WIDE - 1]}…"
