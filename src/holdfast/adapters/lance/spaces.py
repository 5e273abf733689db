"""Chunk tables as wholes: which there are, whether they are sound, and taking them away."""

from __future__ import annotations

import shutil
import time
import zlib
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from holdfast.adapters.lance.chunks import BATCH, LanceChunks, checksum
from holdfast.adapters.lance.durable import locked, sync
from holdfast.adapters.lance.rows import ROW, scan
from holdfast.adapters.lance.sets import Span
from holdfast.adapters.lance.table import Dataset
from holdfast.adapters.lance.translate import translate
from holdfast.domain.document import Space, chunk_id
from holdfast.ports.lake import Freed

CHECKED = ["id", "document", "ordinal", "title", "text", "terms", "sum", "vector", "vector_sum"]


class LanceSpaces:
    """The spaces of a ``LanceLake``."""

    def __init__(self, folder: Path, chunks: LanceChunks) -> None:
        self._folder = folder
        self._chunks = chunks

    def known(self) -> list[Space]:
        found = []
        for sets in self._chunks.tables():
            dataset = sets.table.latest()
            if dataset is not None:
                told = {k.decode(): v.decode() for k, v in dataset.schema.metadata.items()}
                found.append(
                    Space(told["preprocessing"], told["embedder"], int(told["dimensions"]))
                )
        return found

    def damaged(self, space: Space) -> dict[str, str]:
        sets = self._chunks.opened(space)
        wrong: dict[str, str] = {}
        ordinals: dict[str, int] = {}
        after = -1
        while span := sets.visible(after=after, limit=BATCH):
            after = span.last
            rows = sets.table.read(partial(_rows, span=span))
            for document, ordinal, problem in _checked(rows, space) if rows else ():
                if problem:
                    wrong.setdefault(document, f"chunk {ordinal} {problem}")
                elif ordinal != ordinals.get(document, 0):
                    wrong.setdefault(document, f"chunk {ordinals.get(document, 0)} is missing")
                ordinals[document] = ordinal + 1
        return wrong

    def drop(self, documents: Collection[str], *, space: Space) -> int:
        with locked(self._folder, exclusive=True):
            sets = self._chunks.opened(space)
            rows = sets.rows(set(documents))
            if rows:
                sets.table.delete(rows)
        return len(rows)

    def forget(self, space: Space, *, aside: bool = False, dry_run: bool = False) -> Freed:
        path = self._chunks.path(space)
        with locked(self._folder, exclusive=True), translate(path):
            if not path.exists():
                return Freed(0, 0, 0)
            size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
            rows = 0 if aside else self._chunks.opened(space).table.count()
            if not dry_run:
                kind = "damaged" if aside else "gone"
                target = self._folder / f"{kind}-{time.time_ns()}-{path.name}"
                path.rename(target)
                sync([self._folder])
                self._chunks.close(space)
                if not aside:
                    shutil.rmtree(target)
        return Freed(0, rows, size)


def _rows(dataset: Dataset, *, span: Span) -> pa.Table:
    held = [name for name in CHECKED if name in dataset.schema.names]
    found = scan(dataset, columns=held, after=span.first - 1, until=span.last)
    return found.filter(pa.array(np.isin(found[ROW].to_numpy(), span.numbers)))


def _checked(rows: pa.Table, space: Space) -> Iterator[tuple[str, int, str]]:
    """Each row's document, ordinal and what is wrong with it, if anything is."""
    ids, names = rows["id"].to_pylist(), rows["document"].to_pylist()
    titles, texts = rows["title"].to_pylist(), rows["text"].to_pylist()
    sums = rows["sum"].to_pylist()
    terms = rows["terms"].combine_chunks()
    values, offsets = terms.values.to_numpy(), terms.offsets.to_numpy()
    flat = rows["vector"].combine_chunks().flatten().to_numpy()
    vectors = flat.reshape(len(rows), space.dimensions)
    kept = rows["vector_sum"].to_pylist() if "vector_sum" in rows.column_names else None
    for i, ordinal in enumerate(rows["ordinal"].to_pylist()):
        document = names[i].hex()
        name = chunk_id(document, preprocessing=space.preprocessing, ordinal=ordinal)
        span = values[offsets[i] : offsets[i + 1]].tobytes()
        problem = ""
        if ids[i].hex() != name:
            problem = "is not named by its content"
        elif checksum(titles[i], texts[i], terms=span) != sums[i]:
            problem = "does not match its checksum"
        elif kept is not None and zlib.crc32(vectors[i].tobytes()) != kept[i]:
            problem = "has a vector that does not match its checksum"
        elif not np.isfinite(vectors[i]).all():
            problem = "has a vector that is none"
        yield document, ordinal, problem
