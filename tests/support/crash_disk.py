"""A small disk that can be filled up."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A folder on a disk of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    @contextmanager
    def full(self, *, left: int = 0) -> Iterator[None]:
        """Nothing but ``left`` bytes are free within the block."""
        space = os.statvfs(self.folder)
        with self._ballast.open("wb") as file:
            file.truncate(0)
            os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_frsize - left)
        try:
            yield
        finally:
            self._ballast.unlink()


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[SmallDisk]:
    """A file system in memory; who may not mount one skips the test."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as e:
        pytest.skip(f"no small disk can be mounted: {e}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
