"""JSON lines: one case an object, one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from holdfast.errors import UsageError
from holdfast.evaluation.importing.source import Row, Source


def sniff(source: Source) -> bool:
    """Whether the first line is a JSON object of its own."""
    first = next((line for line in source.lines if line.strip()), "")
    try:
        return isinstance(json.loads(first), dict)
    except ValueError:
        return False


def rows(source: Source) -> Iterator[Row]:
    """Every object with its line; empty lines are skipped."""
    for number, line in enumerate(source.lines, 1):
        if line.strip():
            where = source.at(number)
            yield Row(where, _object(line, where=where))


def _object(line: str, *, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as e:
        raise UsageError(f"{where}: not JSON: {e}; write one object a line") from e
    if not isinstance(value, dict):
        raise UsageError(f"{where}: {line.strip()[:40]!r} is not an object; write one a line")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")
