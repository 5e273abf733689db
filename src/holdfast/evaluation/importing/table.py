"""Rows of a table as cases: what CSV and Parquet have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.errors import UsageError
from holdfast.evaluation.case import ALIASES, FIELDS, LISTS

METADATA = "metadata."
"""A column ``metadata.owner`` becomes the key ``owner`` of the metadata."""
BETWEEN = "|"
"""Between the texts of a list in one cell."""


def check_columns(columns: Sequence[str], *, where: str) -> None:
    """Refuse columns that are no fields, doubled, or without a question. Raises ``UsageError``."""
    for column in columns:
        if ALIASES.get(column, column) not in FIELDS and not column.startswith(METADATA):
            raise UsageError(
                f"{where}: unknown column {column!r}; the fields are {', '.join(FIELDS)}, and "
                f"anything else is called '{METADATA}{column or 'NAME'}'"
            )
        if columns.count(column) > 1:
            raise UsageError(f"{where}: column {column!r} stands twice; keep one of them")
    if "question" not in {ALIASES.get(column, column) for column in columns}:
        raise UsageError(f"{where}: there is no column 'question' (or input, prompt, query)")


def fields(row: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """The fields of a row without its empty cells; list cells are split, or read as JSON."""
    found: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for column, cell in row.items():
        if cell is None or cell in ("", []):
            continue
        name = ALIASES.get(column, column)
        if column.startswith(METADATA):
            metadata[column.removeprefix(METADATA)] = cell
        elif isinstance(cell, str) and name in (*LISTS, "history", "metadata", "weight"):
            found[column] = _cell(cell, name=name, where=f"{where}: {column}")
        else:
            found[column] = cell
    if metadata:
        found["metadata"] = {**found.get("metadata", {}), **metadata}
    return found


def _cell(cell: str, *, name: str, where: str) -> Any:
    if name == "weight":
        try:
            return float(cell)
        except ValueError as e:
            raise UsageError(f"{where} {cell!r} must be a number") from e
    if name in LISTS and not cell.lstrip().startswith("["):
        return [part.strip() for part in cell.split(BETWEEN)]
    try:
        return json.loads(cell)
    except ValueError as e:
        raise UsageError(f"{where} {cell[:40]!r} is not JSON: {e}") from e
