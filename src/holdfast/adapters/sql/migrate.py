"""Bring a database to the newest schema."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from holdfast.adapters.sql.database import Database
from holdfast.adapters.sql.schema import REVISION
from holdfast.errors import StorageError

_STORED = text("SELECT version_num FROM alembic_version")


def migrate(database: Database) -> None:
    """Create or upgrade the tables, in one transaction, unless they are the newest already.

    Raises ``StorageError`` for a database that a newer Holdfast has written.
    """
    if revision(database) == REVISION:
        return
    with database.transaction():
        # Another process may have done it while this one waited.
        stored = revision(database)
        if stored == REVISION:
            return
        _upgrade(database, stored)


def revision(database: Database) -> str | None:
    """The schema a database has; ``None`` for an empty one."""
    with database.connection() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(_STORED).scalar()


def _upgrade(database: Database, stored: str | None) -> None:
    # Alembic takes long to import and is needed once in the life of a database.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with database.connection() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, REVISION)
        except CommandError as error:
            raise StorageError(
                f"{database.backend.name!r} has schema {stored!r}, which this Holdfast does not "
                f"know (its newest is {REVISION!r}); use the Holdfast that wrote it"
            ) from error
