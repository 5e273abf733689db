"""Alembic runs this; the connection is handed over by ``migrate`` and is in a transaction."""

from __future__ import annotations

from alembic import context

from holdfast.adapters.sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
)
context.run_migrations()
