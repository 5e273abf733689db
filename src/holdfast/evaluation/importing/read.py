"""Read a file of cases, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from holdfast.domain.dataset import Case
from holdfast.errors import LimitError, UsageError
from holdfast.evaluation.case import case
from holdfast.evaluation.dataset import check
from holdfast.evaluation.importing import (
    advbench,
    delimited,
    garak,
    harmbench,
    jsonl,
    parquet,
    promptfoo,
)
from holdfast.evaluation.importing.source import Row, Source

LARGEST = 256 * 2**20
"""Bytes of one file."""


@dataclass(frozen=True, slots=True)
class Format:
    """How one format is told from the others, and read."""

    sniff: Callable[[Source], bool]
    rows: Callable[[Source], Iterator[Row]]


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "parquet": Format(parquet.sniff, parquet.rows),
        "garak": Format(garak.sniff, garak.rows),
        "promptfoo": Format(promptfoo.sniff, promptfoo.rows),
        "jsonl": Format(jsonl.sniff, jsonl.rows),
        "harmbench": Format(harmbench.sniff, harmbench.rows),
        "advbench": Format(advbench.sniff, advbench.rows),
        "csv": Format(delimited.sniff, delimited.rows),
    }
)
"""Every format that is read; they are tried in this order, the particular before the general."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The cases of a file, what it was taken for, and its sha256."""

    cases: tuple[Case, ...]
    format: str
    digest: str


def read(path: Path, *, format: str | None = None) -> Imported:  # noqa: A002 - the users' word
    """The cases of a file. The format is told from the content unless it is given.

    Raises ``UsageError`` that names file and line.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise LimitError(f"{str(path)!r} has {size:,} bytes; at most {LARGEST:,} are read")
        source = Source(path.name, path.read_bytes())
    except OSError as e:
        raise UsageError(f"{str(path)!r} cannot be read: {e.strerror or e}") from e
    return parse(source, format=format)


def parse(source: Source, *, format: str | None = None) -> Imported:  # noqa: A002 - as above
    """``read`` for bytes that are there already."""
    if not source.data.strip():
        raise UsageError(f"{source.name}:1: the file is empty; a dataset needs at least one case")
    name = _sniffed(source) if format is None else format
    if name not in FORMATS:
        raise UsageError(f"no format {name!r}; the formats are {', '.join(FORMATS)}")
    rows = list(FORMATS[name].rows(source))
    if not rows:
        raise UsageError(f"{source.name}:1: there is no case in it; a dataset needs at least one")
    cases = tuple(case(row.value, where=row.where) for row in rows)
    check(cases, where=[row.where for row in rows])
    return Imported(cases, name, source.digest)


def _sniffed(source: Source) -> str:
    if source.name.lower().endswith((".yaml", ".yml")):
        raise UsageError(f"{source.name}: YAML is not read; make JSON of it first")
    first = source.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    for name, format in FORMATS.items():  # noqa: A001 - as above
        # A broken JSON file is told as such, not as CSV with odd columns.
        json_like = first in (b"{", b"[")
        if json_like and name in ("harmbench", "advbench", "csv"):
            break
        if format.sniff(source):
            return name
    return "jsonl" if first in (b"{", b"[") else "csv"
