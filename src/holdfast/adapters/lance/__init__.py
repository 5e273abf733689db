"""The lake in Lance tables on a local disk."""

from __future__ import annotations

from holdfast.adapters.lance.lake import LanceLake

__all__ = ["LanceLake"]
