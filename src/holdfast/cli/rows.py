"""Print the rows of a question."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from holdfast.cli.output import ERR, print_json, table
from holdfast.ports.query import Answer

WIDE = 80
"""Characters of a cell that people see."""


def print_rows(answer: Answer, *, as_json: bool, shown: Sequence[str] = ()) -> None:
    """Rows as JSON, or as a table of all columns or those to be ``shown``."""
    if as_json:
        rows = [map(_plain, row) for row in answer.rows]
        print_json([dict(zip(answer.columns, row, strict=True)) for row in rows])
    else:
        names = [name for name in answer.columns if not shown or name in shown]
        places = [answer.columns.index(name) for name in names]
        table(names, [[_cell(row[place]) for place in places] for row in answer.rows])
    if answer.more:
        ERR.print(f"only the first {len(answer.rows):,} rows; --limit N for more")


def _plain(value: Any) -> Any:
    """A value of the database as what JSON knows."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    text = " ".join(str(_plain(value)).split())
    return text if len(text) <= WIDE else f"{text[: WIDE - 1]}…"
