"""Find the files of a folder that ingestion should look at."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path, PurePosixPath

from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.errors import DocumentError, SettingsError, UsageError
from holdfast.pipeline.load import media_type
from holdfast.pipeline.queue import QUARANTINED, Item

TRIES = 3
"""How often a file that changes under the reader is read."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file and the path it has in the corpus."""

    path: str
    file: Path
    named: bool = True
    """Whether its name is UTF-8; in ``path``, bytes that are none are spelt out."""


def scan(
    source: Path,
    *,
    include: Sequence[str] = ("**/*",),
    exclude: Sequence[str] = (),
    prefix: str = "",
) -> list[Found]:
    """The files under a folder (or one file), by corpus path: relative to it, behind ``prefix``.

    Hidden files and folders are left out. Raises ``UsageError`` if there is no such place or a
    folder in it cannot be read: what is not seen must not be taken for gone. Raises
    ``SettingsError`` for a pattern that is none.
    """
    if source.is_file():
        return [_found(prefix + source.name, source)]
    if not source.is_dir():
        raise UsageError(f"{str(source)!r} is neither a file nor a folder")
    _check_readable(source)
    found: dict[str, Path] = {}
    for pattern in include:
        for file in _matching(source, pattern):
            name = PurePosixPath(file.relative_to(source).as_posix())
            hidden = any(part.startswith(".") for part in name.parts)
            if file.is_file() and not hidden and not any(name.match(p) for p in exclude):
                found[prefix + str(name)] = file
    return [_found(path, found[path]) for path in sorted(found)]


def _found(path: str, file: Path) -> Found:
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return Found(text, file, named=text == path)


def _check_readable(source: Path) -> None:
    def refuse(error: OSError) -> None:
        raise UsageError(
            f"folder {error.filename!r} cannot be read ({error.strerror}); nothing was done"
        ) from error

    for _, folders, _ in os.walk(source, onerror=refuse):
        folders[:] = [folder for folder in folders if not folder.startswith(".")]


def _matching(source: Path, pattern: str) -> Iterator[Path]:
    try:
        yield from source.glob(pattern)
    except (ValueError, NotImplementedError) as e:
        raise SettingsError(
            f"holdfast.toml: documents.include: {pattern!r} is no pattern below the folder ({e})"
        ) from e


def read(found: Sequence[Found], *, max_bytes: int) -> Iterator[tuple[Item, Document | None]]:
    """Each file as a queue item with its content; what cannot be read is quarantined at once."""
    for entry in found:
        try:
            data = _content(entry, max_bytes=max_bytes)
        except OSError as e:
            yield _broken(entry, f"cannot be read: {e.strerror or e}"), None
        except DocumentError as e:
            yield _broken(entry, str(e)), None
        else:
            kind = media_type(entry.path, data)
            name = digest_bytes(data)
            yield Item(entry.path, name, kind, len(data)), Document(name, kind, data)


def _content(entry: Found, *, max_bytes: int) -> bytes:
    """A file as it was at one moment. Raises ``DocumentError``."""
    if not entry.named:
        raise DocumentError("its name is not UTF-8; rename it")
    for _ in range(TRIES):
        with FileIO(entry.file, opener=_without_waiting) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise DocumentError("it is no regular file")
            if before.st_size > max_bytes:
                raise DocumentError(
                    f"{before.st_size} bytes are more than the limit of {max_bytes}"
                )
            data = file.readall()
            after = os.fstat(file.fileno())
        same = (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
        if same and len(data) == after.st_size:
            return data
    raise DocumentError("it changed each time it was read; ingest it again when it is at rest")


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe that took its place is not waited for."""
    return os.open(path, flags | os.O_NONBLOCK)


def _broken(entry: Found, reason: str) -> Item:
    return Item(entry.path, "", "", 0, status=QUARANTINED, reason=reason)
