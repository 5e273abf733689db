"""Find the files of a folder that ingestion should look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from holdfast.domain.digest import digest_bytes
from holdfast.domain.document import Document
from holdfast.errors import UsageError
from holdfast.pipeline.load import media_type
from holdfast.pipeline.queue import QUARANTINED, Item


@dataclass(frozen=True, slots=True)
class Found:
    """A file and the path it has in the corpus."""

    path: str
    file: Path


def scan(
    source: Path,
    *,
    include: Sequence[str] = ("**/*",),
    exclude: Sequence[str] = (),
    prefix: str = "",
) -> list[Found]:
    """The files under a folder (or one file), by corpus path: relative to it, behind ``prefix``.

    Hidden files and folders are left out. Raises ``UsageError`` if there is no such place.
    """
    if source.is_file():
        return [Found(prefix + source.name, source)]
    if not source.is_dir():
        raise UsageError(f"{str(source)!r} is neither a file nor a folder")
    found: dict[str, Path] = {}
    for pattern in include:
        for file in source.glob(pattern):
            name = PurePosixPath(file.relative_to(source).as_posix())
            hidden = any(part.startswith(".") for part in name.parts)
            if file.is_file() and not hidden and not any(name.match(p) for p in exclude):
                found[prefix + str(name)] = file
    return [Found(path, found[path]) for path in sorted(found)]


def read(found: Sequence[Found], *, max_bytes: int) -> Iterator[tuple[Item, Document | None]]:
    """Each file as a queue item with its content; what cannot be read is quarantined at once."""
    for entry in found:
        try:
            size = entry.file.stat().st_size
            data = entry.file.read_bytes() if size <= max_bytes else b""
        except OSError as e:
            yield _broken(entry, f"cannot be read: {e.strerror or e}"), None
            continue
        if size > max_bytes:
            yield _broken(entry, f"{size} bytes are more than the limit of {max_bytes}"), None
            continue
        kind = media_type(entry.path, data)
        name = digest_bytes(data)
        yield Item(entry.path, name, kind, len(data)), Document(name, kind, data)


def _broken(entry: Found, reason: str) -> Item:
    return Item(entry.path, "", "", 0, status=QUARANTINED, reason=reason)
