"""The folder of kept rows. Whatever is missing or broken in it is made again."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
from pyarrow import ipc

SUFFIX = ".arrow"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")


class Shelf:
    """Tables by name, in Arrow files that are mapped into memory.

    A name says what its table was made from, so that one that does not hold any more is never
    asked for. Writing is best effort: where it is refused, figures are worked out anew each time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> set[str]:
        """What there is."""
        with suppress(OSError):
            return {
                file.name.removesuffix(SUFFIX)
                for file in self._folder.iterdir()
                if file.name.endswith(SUFFIX)
            }
        return set()

    def get(self, name: str) -> pa.Table | None:
        """A table, or None where there is none that can be read."""
        try:
            with ipc.open_file(pa.memory_map(str(self._path(name)))) as file:
                return file.read_all()
        except (OSError, pa.ArrowException):
            return None

    def put(self, name: str, table: pa.Table) -> None:
        """Keep a table; one of the same name is replaced, and nobody sees half of it."""
        path = self._path(name)
        part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with ipc.new_file(str(part), table.schema) as file:
                file.write_table(table)
            part.replace(path)
        except (OSError, pa.ArrowException):
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def forget(self, names: Iterable[str]) -> None:
        """Remove tables that nobody asks for any more, where that is possible."""
        for name in names:
            with suppress(OSError):
                self._path(name).unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Remove a table that must not stay. Raises ``OSError``."""
        self._path(name).unlink(missing_ok=True)

    def drop(self) -> None:
        """Remove all tables, half written ones too. Raises ``OSError``."""
        if self._folder.is_dir():
            for file in self._folder.iterdir():
                file.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a table")
        return self._folder / f"{name}{SUFFIX}"
