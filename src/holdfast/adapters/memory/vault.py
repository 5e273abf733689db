"""A vault that is gone with the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from holdfast.errors import NotFoundError, UsageError


class MemoryVault:
    """Bundles in dictionaries.

    >>> vault = MemoryVault()
    >>> with vault.draft("launch") as draft:
    ...     draft.put("a", b"1")
    ...     draft.finish("index.json", b"{}")
    >>> vault.names(), vault.files("launch")
    (['launch'], ['a', 'index.json'])
    """

    where = "memory"

    def __init__(self) -> None:
        self._bundles: dict[str, dict[str, bytes]] = {}

    def names(self) -> list[str]:
        return sorted(self._bundles)

    @contextmanager
    def draft(self, name: str) -> Iterator[_Draft]:
        if name in self._bundles:
            raise UsageError(f"{name!r} is sealed already; a bundle is written once")
        yield _Draft(self._bundles, name)

    def files(self, name: str) -> list[str]:
        return sorted(self._of(name))

    def read(self, name: str, path: str) -> bytes:
        try:
            return self._of(name)[path]
        except KeyError as e:
            raise NotFoundError(f"no file {path!r} in bundle {name!r}") from e

    def lock(self, name: str) -> str:
        self._of(name)
        return ""

    def _of(self, name: str) -> dict[str, bytes]:
        if name not in self._bundles:
            raise NotFoundError(f"no bundle {name!r}")
        return self._bundles[name]


class _Draft:
    def __init__(self, bundles: dict[str, dict[str, bytes]], name: str) -> None:
        self._bundles, self._name = bundles, name
        self._files: dict[str, bytes] = {}

    def put(self, path: str, data: bytes) -> None:
        self._files[path] = data

    def read(self, path: str) -> bytes:
        return self._files[path]

    def finish(self, path: str, data: bytes) -> None:
        self._bundles[self._name] = {**self._files, path: data}
