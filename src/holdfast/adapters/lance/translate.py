"""What Lance raises, in our own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from holdfast.errors import (
    CorruptionError,
    HoldfastError,
    StorageError,
    StorageFullError,
)

MISSING = ("Not found:", "No such file")
FULL = ("No space left", "os error 28", "Disk quota", "os error 122", "os error 27")
BROKEN = ("fill whole buffer", "Invalid range", "corrupt", "magic number", "decode", "Panic")

VENDOR = (OSError, ValueError, RuntimeError)
"""What Lance and Arrow raise; a panic in Rust comes as its own ``BaseException``."""


def missing(error: Exception) -> bool:
    """Whether a file was gone: the table's version was cleaned up under an old reader."""
    return any(sign in str(error) for sign in MISSING)


@contextmanager
def translate(path: Path) -> Iterator[None]:
    """Raise our errors for Lance's."""
    try:
        yield
    except HoldfastError:
        raise
    except VENDOR as e:
        text = str(e)
        if any(sign in text for sign in FULL):
            raise StorageFullError(f"no space left for {str(path)!r}; free some and retry") from e
        if any(sign in text for sign in (*BROKEN, *MISSING)):
            raise CorruptionError(
                f"{str(path)!r} is damaged ({_first(text)}); restore it from a backup"
            ) from e
        raise StorageError(f"cannot use {str(path)!r}: {_first(text)}; check the disk") from e


def _first(text: str) -> str:
    """A message without the vendor's source locations."""
    return text.split(", /", 1)[0].splitlines()[0] if text else "no reason given"
