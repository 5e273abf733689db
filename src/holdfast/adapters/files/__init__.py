"""Ports made of plain files."""

from __future__ import annotations

from holdfast.adapters.files.blobs import FileBlobs
from holdfast.adapters.files.latch import FileLatch
from holdfast.adapters.files.vault import FileVault

__all__ = ["FileBlobs", "FileLatch", "FileVault"]
