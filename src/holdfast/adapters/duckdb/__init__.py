"""Questions in SQL, answered by DuckDB in memory."""

from __future__ import annotations

from holdfast.adapters.duckdb.engine import DuckEngine

__all__ = ["DuckEngine"]
