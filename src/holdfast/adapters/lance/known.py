"""What was known of a chunk table, kept in its folder: a start reads only the rows that are new.

Derived data: a file that is missing, torn or of another table's rows is not believed.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = "known.npz"
FORMAT = 1
UNREADABLE = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile)
"""What reading a torn file raises."""


@dataclass(frozen=True, slots=True)
class Known:
    """A table up to a row."""

    last: int
    """The newest row's number, -1 for none."""
    count: int
    """How many rows there were."""
    version: int
    stored: dict[bytes, int]
    """Raw digests of documents and when their chunks were last stored (us since 1970 UTC)."""
    visible: NDArray[np.int64]
    """Numbers of the rows to show, ascending."""

    def save(self, table: Path) -> None:
        """Keep it with the table, whole or not at all; a full disk is no error."""
        arrays = {
            "head": np.array([FORMAT, self.last, self.count, self.version]),
            "documents": np.frombuffer(b"".join(self.stored), "V32"),
            "at": np.fromiter(self.stored.values(), np.int64, len(self.stored)),
            "visible": self.visible,
        }
        with suppress(OSError):
            handle, name = tempfile.mkstemp(dir=table, prefix=FILE)
            try:
                with os.fdopen(handle, "wb") as file:
                    np.savez(file, allow_pickle=False, **arrays)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(table / FILE)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    @classmethod
    def load(cls, table: Path) -> Known | None:
        """What ``save`` kept; ``None`` when there is nothing usable."""
        try:
            with (table / FILE).open("rb") as file, np.load(file, allow_pickle=False) as held:
                arrays = dict(held)
            form, last, count, version = arrays["head"].tolist()
            pairs = zip(arrays["documents"].tolist(), arrays["at"].tolist(), strict=True)
            stored = dict(pairs)
        except UNREADABLE:
            return None
        if form != FORMAT:
            return None
        return cls(last, count, version, stored, arrays["visible"])
