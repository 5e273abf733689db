"""Ports made of plain files."""

from __future__ import annotations

from holdfast.adapters.files.blobs import FileBlobs

__all__ = ["FileBlobs"]
