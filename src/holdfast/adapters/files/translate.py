"""What the file system says, in our own words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from holdfast.errors import StorageError, StorageFullError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def translate(path: Path) -> Iterator[None]:
    """Raise our errors for the system's; ``FileNotFoundError`` is the caller's to understand."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as e:
        if e.errno in FULL:
            raise StorageFullError(f"no space left for {str(path)!r}; free some and retry") from e
        raise StorageError(f"cannot use {str(path)!r}: {e.strerror or e}; check the disk") from e
