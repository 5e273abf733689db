"""The document events of a ledger as arrays, in memory and on disk.

The file is derived data: it saves reading a long history again at every start, and is only
believed when the ledger still holds the last commit it was made from.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from holdfast.domain.event import Commit, Entry
from holdfast.store.lake.numbers import Numbers

FORMAT = 1
REMOVED = -1
"""The document number of a removal."""


@dataclass(frozen=True, slots=True)
class Events:
    """The document events of one timeline, ascending."""

    ticks: NDArray[np.int64]
    places: NDArray[np.int32]
    paths: NDArray[np.int32]
    documents: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.ticks)


NONE = Events(
    np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int32)
)


@dataclass(frozen=True, slots=True)
class Source:
    """The newest commit that events were read from."""

    tick: int
    hash: str


class History:
    """Document events by timeline; paths and documents are numbers."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self.paths: list[str] = []
        self.source = Source(0, "")
        self._known: dict[str, int] = {}
        self._events: dict[int, Events] = {}

    def __len__(self) -> int:
        return sum(len(events) for events in self._events.values())

    def of(self, timeline: int) -> Events:
        return self._events.get(timeline, NONE)

    def add(self, news: Iterable[tuple[Commit, Entry]]) -> int:
        """Append what the ledger's history yields; returns how many events that was."""
        digests: list[bytes] = []
        rows: dict[int, list[tuple[int, int, int, int]]] = {}
        newest: Commit | None = None
        for commit, entry in news:
            newest = commit
            document = REMOVED
            if entry.value is not None:
                document = len(digests)
                digests.append(bytes.fromhex(entry.value["document"]))
            row = (entry.id.tick, entry.id.place, self._path(entry.key), document)
            rows.setdefault(entry.timeline, []).append(row)
        numbers = np.append(self.numbers.of(digests), np.int32(REMOVED))
        for timeline, added in rows.items():
            ticks, places, paths, documents = np.array(added, np.int64).T
            self._extend(
                timeline,
                Events(
                    ticks,
                    places.astype(np.int32),
                    paths.astype(np.int32),
                    numbers[documents],
                ),
            )
        if newest is not None:
            self.source = Source(newest.tick, newest.hash)
        return sum(map(len, rows.values()))

    def save(self, path: Path) -> None:
        """Write everything to a file, whole or not at all."""
        timelines = sorted(self._events)
        events = [self._events[timeline] for timeline in timelines]
        documents = np.concatenate([one.documents for one in events])
        used, found = np.unique(documents[documents != REMOVED], return_inverse=True)
        documents[documents != REMOVED] = found
        text = [name.encode("utf-8", "surrogatepass") for name in self.paths]
        arrays = {
            "format": np.array([FORMAT, self.source.tick]),
            "hash": np.array(list(bytes.fromhex(self.source.hash)), np.uint8),
            "timelines": np.repeat(timelines, [len(one) for one in events]),
            "ticks": np.concatenate([one.ticks for one in events]),
            "places": np.concatenate([one.places for one in events]),
            "paths": np.concatenate([one.paths for one in events]),
            "documents": documents,
            "digests": np.frombuffer(b"".join(self.numbers.raw(used)), "V32"),
            "names": np.frombuffer(b"".join(text), np.uint8),
            "ends": np.cumsum([len(name) for name in text], dtype=np.int64),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)

    @classmethod
    def load(cls, path: Path, *, numbers: Numbers) -> History | None:
        """Read what ``save`` wrote; ``None`` when there is nothing usable."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
                arrays = dict(held)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            return None
        if int(arrays["format"][0]) != FORMAT:
            return None
        history = cls(numbers)
        history.source = Source(int(arrays["format"][1]), arrays["hash"].tobytes().hex())
        names, start = arrays["names"].tobytes(), 0
        for end in arrays["ends"].tolist():
            history._path(names[start:end].decode("utf-8", "surrogatepass"))
            start = end
        documents = np.append(numbers.of(arrays["digests"].tolist()), np.int32(REMOVED))
        for timeline in np.unique(arrays["timelines"]).tolist():
            own = arrays["timelines"] == timeline
            ticks, places, paths = (arrays[name][own] for name in ("ticks", "places", "paths"))
            numbered = documents[arrays["documents"][own]]
            history._extend(timeline, Events(ticks, places, paths, numbered))
        return history

    def _path(self, name: str) -> int:
        number = self._known.setdefault(name, len(self.paths))
        if number == len(self.paths):
            self.paths.append(name)
        return number

    def _extend(self, timeline: int, new: Events) -> None:
        old = self._events.get(timeline)
        self._events[timeline] = (
            new
            if old is None
            else Events(
                np.append(old.ticks, new.ticks),
                np.append(old.places, new.places),
                np.append(old.paths, new.paths),
                np.append(old.documents, new.documents),
            )
        )
