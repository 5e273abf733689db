"""Segments on disk: derived data, mapped into memory, rebuilt when missing or stale."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.digest import digest_bytes, short
from holdfast.store.lake.segment import Segment

FORMAT = "1"
UNREADABLE = (OSError, ValueError, EOFError)
"""What reading a torn file raises."""
ENDING = ".npy"


class Shelf:
    """A folder with one folder per segment, named by the rows it covers: ``AFTER-LAST``.

    A segment is written under another name, synced and renamed, so it is there whole or not at
    all; when two processes write the same one, the first stays.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / f"v{FORMAT}"

    def load(self) -> list[Segment]:
        """The segments from the first row on, as far as they are there and readable."""
        segments: list[Segment] = []
        after = -1
        while (path := self._next(after)) is not None:
            try:
                segment = _mapped(path)
            except UNREADABLE:
                shutil.rmtree(path, ignore_errors=True)
                continue
            segments.append(segment)
            after = segment.last
        return segments

    def save(self, segment: Segment, *, after: int) -> Segment:
        """Keep a segment that covers the rows above ``after``; returns it mapped from disk."""
        path = self._folder / f"{after:+015d}-{segment.last:015d}"
        self._folder.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=self._folder, prefix=".new-"))
        try:
            for field in fields(segment):
                with (new / f"{field.name}{ENDING}").open("wb") as file:
                    np.save(file, getattr(segment, field.name), allow_pickle=False)
                    file.flush()
                    os.fsync(file.fileno())
            if not path.exists():
                new.rename(path)
        except FileExistsError:
            pass
        finally:
            shutil.rmtree(new, ignore_errors=True)
        return _mapped(path)

    def codes(self, segment: Segment, *, name: str, words: int) -> NDArray[np.uint64] | None:
        """The codes of a segment's chunks as kept under a name."""
        try:
            held = np.load(self._codes(segment, name), allow_pickle=False)
        except UNREADABLE:
            return None
        fits = held.shape == (words, len(segment)) and held.dtype == np.uint64
        return held if fits else None

    def keep(self, segment: Segment, *, name: str, codes: NDArray[np.uint64]) -> None:
        """Keep the codes of a segment's chunks."""
        path = self._codes(segment, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            np.save(file, codes, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)

    def _codes(self, segment: Segment, name: str) -> Path:
        chunks = digest_bytes(segment.ids.tobytes())
        return self._folder / "codes" / f"{short(name)}-{short(chunks)}{ENDING}"

    def clear(self) -> None:
        """Forget all segments."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _next(self, after: int) -> Path | None:
        """The longest segment that covers the rows above ``after``."""
        return max(self._folder.glob(f"{after:+015d}-*"), default=None)


def _mapped(path: Path) -> Segment:
    arrays = {
        field.name: np.asarray(
            np.load(path / f"{field.name}{ENDING}", mmap_mode="r", allow_pickle=False)
        )
        for field in fields(Segment)
    }
    segment = Segment(**arrays)
    if not (
        len(segment)
        and len(segment) == len(segment.vectors) == len(segment.ids) == len(segment.runs)
        and len(segment.starts) == len(segment.vocabulary) + 1
        and segment.starts[-1] == len(segment.places) == len(segment.counts)
    ):
        raise ValueError(f"segment {path.name!r} is not whole; it is built again")
    return segment
