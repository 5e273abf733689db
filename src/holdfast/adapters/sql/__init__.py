"""The ledger in an SQL database: SQLite in one file; nothing but ``sqlite.py`` knows that."""

from __future__ import annotations

from holdfast.adapters.sql.ledger import SqlLedger

__all__ = ["SqlLedger"]
