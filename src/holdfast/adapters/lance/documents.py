"""Source documents in one Lance table."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from holdfast.adapters.lance.durable import locked
from holdfast.adapters.lance.rows import ROW, Cursor, scan
from holdfast.adapters.lance.table import Table
from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.errors import CorruptionError, UsageError

SCHEMA = pa.schema(
    [
        pa.field("digest", pa.binary(32), nullable=False),
        pa.field("at", pa.int64(), nullable=False),
        pa.field("bytes", pa.int64()),
        pa.field("media_type", pa.string()),
        pa.field("source", pa.large_binary()),
    ]
)
"""A row without ``bytes`` and ``source`` says that a stored document was put again ``at``."""


KEYS = ["digest", "at", "bytes"]


class LanceDocuments:
    """Documents by digest. Part of ``LanceLake``."""

    def __init__(self, folder: Path, *, grace: timedelta) -> None:
        self._folder = folder
        self._table = Table(folder / "documents.lance", grace=grace)
        self._cursor = Cursor()
        self._rows: dict[str, tuple[int, int]] = {}
        self._put: dict[str, int] = {}
        self._lock = threading.Lock()

    def put(self, documents: Sequence[Document]) -> None:
        unique = {document.digest: document for document in documents}
        for digest, document in unique.items():
            if digest_bytes(document.source) != digest:
                raise UsageError(f"document {digest!r} is not the sha256 of its source; compute it")
        if not unique:
            return
        with locked(self._folder, exclusive=False):
            self._refresh()
            now = time.time_ns() // 1_000
            rows = [
                {"digest": bytes.fromhex(digest), "at": now}
                | ({} if digest in self._rows else _content(document))
                for digest, document in unique.items()
            ]
            self._table.append(pa.Table.from_pylist(rows, schema=SCHEMA))

    def get(self, digests: Sequence[str]) -> dict[str, Document]:
        self._refresh()
        rows = [self._rows[digest][0] for digest in dict.fromkeys(digests) if digest in self._rows]
        if not rows:
            return {}
        found = self._table.read(
            lambda table: table._take_rows(rows, columns=["digest", "media_type", "source"])  # noqa: SLF001
        )
        checked = [_checked(row) for row in found.to_pylist()] if found else []
        return {document.digest: document for document in checked}

    def digests(self) -> set[str]:
        self._refresh()
        return set(self._rows)

    def last_put(self) -> dict[str, int]:
        """When each document was last put, in microseconds since 1970 UTC."""
        self._refresh()
        return dict(self._put)

    def weigh(self, documents: Collection[str]) -> int:
        """Bytes of those of the documents that are there."""
        self._refresh()
        return sum(self._rows[digest][1] for digest in documents if digest in self._rows)

    def drop(self, documents: Collection[str], *, until: int) -> None:
        """Remove documents, and the notes of putting again ``until`` a time."""
        self._refresh()
        gone = set(documents)
        rows = self._table.read(lambda table: scan(table, columns=KEYS))
        self._table.delete(
            [
                row[ROW]
                for row in (rows.to_pylist() if rows else ())
                if row["digest"].hex() in gone or (row["bytes"] is None and row["at"] <= until)
            ]
        )

    def _refresh(self) -> None:
        with self._lock:
            news = self._table.read(lambda table: self._cursor.advance(table, columns=KEYS))
            if news is None:
                return
            if news.again:
                self._rows, self._put = {}, {}
            for row in news.rows.to_pylist():
                digest = row["digest"].hex()
                self._put[digest] = max(row["at"], self._put.get(digest, 0))
                if row["bytes"] is not None:
                    self._rows.setdefault(digest, (row[ROW], row["bytes"]))


def _content(document: Document) -> dict[str, object]:
    return {
        "bytes": len(document.source),
        "media_type": document.media_type,
        "source": document.source,
    }


def _checked(row: dict[str, Any]) -> Document:
    digest, source = row["digest"].hex(), row["source"]
    if digest_bytes(source) != digest:
        raise CorruptionError(
            f"document {digest!r} does not match its digest; restore the lake from a backup"
        )
    return Document(digest=digest, media_type=row["media_type"], source=source)
