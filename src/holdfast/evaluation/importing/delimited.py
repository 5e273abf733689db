"""CSV: one case a record, under the names of the first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from holdfast.errors import UsageError
from holdfast.evaluation.importing.source import Row, Source
from holdfast.evaluation.importing.table import check_columns, fields

LONGEST = 10_000_000
"""Characters of one cell."""


def sniff(source: Source) -> bool:
    """Whether there is a first record with a name in it."""
    return bool(header(source))


def header(source: Source) -> list[str]:
    """The names of the first record."""
    first = source.text.split("\n", 1)[0].strip()
    return [name.strip() for name in next(csv.reader([first]), [])] if first else []


def records(source: Source) -> Iterator[tuple[int, dict[str, str]]]:
    """Every record under the names of the header, with the line it begins on.

    Raises ``UsageError`` that names the line.
    """
    csv.field_size_limit(LONGEST)
    names = header(source)
    reader = csv.reader(io.StringIO(source.text, newline=""), strict=True)
    line = 1
    try:
        for number, record in enumerate(reader):
            if number and record:
                if len(record) != len(names):
                    raise UsageError(
                        f"{source.at(line)}: {len(record)} cells under {len(names)} columns; "
                        "quote a cell that holds a comma"
                    )
                yield line, dict(zip(names, record, strict=True))
            line = reader.line_num + 1
    except csv.Error as e:
        raise UsageError(f"{source.at(line)}: not CSV: {e}") from e


def rows(source: Source) -> Iterator[Row]:
    """Every record with the line it begins on. Lists are JSON, or texts with ``|`` between."""
    check_columns(header(source), where=source.at(1))
    for line, record in records(source):
        where = source.at(line)
        yield Row(where, fields(record, where=where))
