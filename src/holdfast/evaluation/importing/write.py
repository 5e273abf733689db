"""Cases as a file that ``read`` takes back unchanged."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pyarrow as pa
from pyarrow import parquet as pq

from holdfast.domain.dataset import Case
from holdfast.errors import UsageError
from holdfast.evaluation.case import FIELDS
from holdfast.evaluation.dataset import lines


def write(cases: Sequence[Case], *, format: str = "jsonl") -> bytes:  # noqa: A002 - users' word
    """The bytes of a JSON lines, CSV or Parquet file. Raises ``UsageError``.

    >>> write([Case("a", "May I return shoes?")])
    b'{"id":"a","question":"May I return shoes?"}\\n'
    """
    if format not in WRITERS:
        raise UsageError(f"no format {format!r} to write; there are {', '.join(WRITERS)}")
    return WRITERS[format](cases)


def _columns(cases: Sequence[Case]) -> dict[str, list[Any]]:
    """The fields that any case has, with what each case has there."""
    values = [one.json() for one in cases]
    used = [name for name in FIELDS if any(name in value for value in values)]
    return {name: [value.get(name) for value in values] for name in used}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _csv(cases: Sequence[Case]) -> bytes:
    columns = _columns(cases)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(cell) for cell in row] for row in zip(*columns.values(), strict=True))
    return out.getvalue().encode()


def _parquet(cases: Sequence[Case]) -> bytes:
    columns = _columns(cases)
    for name in ("history", "metadata"):
        if name in columns:
            columns[name] = [_cell(value) or None for value in columns[name]]
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


WRITERS: Mapping[str, Callable[[Sequence[Case]], bytes]] = MappingProxyType(
    {"jsonl": lines, "csv": _csv, "parquet": _parquet}
)
"""Formats that cases are written in; each is read back unchanged."""
