"""Ports made of S3's object storage, and of whatever speaks its protocol."""

from __future__ import annotations

from holdfast.adapters.s3.vault import Retention, S3Vault

__all__ = ["Retention", "S3Vault"]
