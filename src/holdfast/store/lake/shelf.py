"""Segments on disk: derived data, mapped into memory, rebuilt when missing or stale."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
FORSAKEN = 3600.0
"""Seconds after which nobody is still writing in a folder: its writer was killed."""


class Shelf:
    """A folder with one folder per segment, named by the rows it covers: ``AFTER-LAST``.

    A segment is written under another name, synced and renamed, so it is there whole or not at
    all; when two processes write the same one, the first stays. A longer one takes the place of
    those that begin alike. What the disk refuses to keep is used from memory.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / f"v{FORMAT}"
        self._new = self._folder / "new"

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
        with suppress(OSError), self._made() as new:
            for field in fields(segment):
                _write(new / f"{field.name}{ENDING}", getattr(segment, field.name))
            if not path.exists():
                new.rename(path)
            for shorter in self._folder.glob(f"{after:+015d}-*"):
                if shorter.name < path.name:
                    shutil.rmtree(shorter, ignore_errors=True)
        try:
            return _mapped(path)
        except UNREADABLE:
            return segment

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
        with suppress(OSError), self._made() as new:
            _write(new / path.name, codes)
            path.parent.mkdir(parents=True, exist_ok=True)
            (new / path.name).replace(path)

    @contextmanager
    def _made(self) -> Iterator[Path]:
        """A folder to write in, gone afterwards; so is what killed writers left in theirs."""
        self._new.mkdir(parents=True, exist_ok=True)
        for left in self._new.iterdir():
            if time.time() - left.stat().st_mtime > FORSAKEN:
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=self._new, ignore_cleanup_errors=True) as new:
            yield Path(new)

    def _codes(self, segment: Segment, name: str) -> Path:
        chunks = digest_bytes(segment.ids.tobytes())
        return self._folder / "codes" / f"{short(name)}-{short(chunks)}{ENDING}"

    def clear(self) -> None:
        """Forget all segments."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _next(self, after: int) -> Path | None:
        """The longest segment that covers the rows above ``after``."""
        return max(self._folder.glob(f"{after:+015d}-*"), default=None)


def _write(path: Path, array: NDArray[np.generic]) -> None:
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())


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
