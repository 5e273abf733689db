"""The tables of the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create all tables."""
    _timelines()
    _changes()
    _environments()


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, autoincrement=False, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _place() -> sa.Column[int]:
    return sa.Column("place", sa.Integer(), autoincrement=False, nullable=False)


def _timelines() -> None:
    op.create_table(
        "timelines",
        _number("number"),
        sa.Column("parent", sa.BigInteger()),
        sa.Column("fork_tick", sa.BigInteger()),
        sa.Column("ancestry", sa.Text(), nullable=False),
        sa.Column("revokers", sa.Text(), nullable=False),
        _number("at"),
        sa.ForeignKeyConstraint(["parent"], ["timelines.number"]),
        sa.PrimaryKeyConstraint("number"),
    )


def _changes() -> None:
    op.create_table(
        "commits",
        _number("tick"),
        _number("timeline"),
        _number("at"),
        *(_text(name) for name in ("operation", "actor", "reason", "cause")),
        sa.Column("events", sa.Integer(), nullable=False),
        _text("hash"),
        sa.ForeignKeyConstraint(["timeline"], ["timelines.number"]),
        sa.PrimaryKeyConstraint("tick"),
    )
    op.create_index("commits_by_time", "commits", ["at"], unique=True)
    op.create_index("commits_by_timeline", "commits", ["timeline", "tick"], unique=True)
    op.create_table(
        "events",
        _number("tick"),
        _place(),
        _number("timeline"),
        _text("store"),
        _text("key"),
        sa.Column("value", sa.Text()),
        _text("digest"),
        sa.ForeignKeyConstraint(["tick"], ["commits.tick"]),
        sa.PrimaryKeyConstraint("tick", "place"),
    )
    op.create_index(
        "events_by_key",
        "events",
        ["store", "key", sa.literal_column("tick DESC"), "timeline", "place"],
        unique=True,
    )
    op.create_index("events_by_store", "events", ["store", "tick", "place"])
    op.create_table(
        "edges",
        _number("tick"),
        _place(),
        _text("source"),
        sa.Column("strength", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["tick", "place"], ["events.tick", "events.place"]),
        sa.PrimaryKeyConstraint("tick", "place", "source"),
    )
    op.create_index("edges_by_source", "edges", ["source"])
    op.create_table(
        "revocations",
        _number("timeline"),
        _number("tick"),
        _place(),
        sa.ForeignKeyConstraint(["tick", "place"], ["events.tick", "events.place"]),
        sa.ForeignKeyConstraint(["timeline"], ["timelines.number"]),
        sa.PrimaryKeyConstraint("timeline", "tick", "place"),
    )


def _environments() -> None:
    op.create_table(
        "environments",
        _text("name"),
        sa.Column("timeline", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["timeline"], ["timelines.number"]),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("timeline"),
    )
    op.create_table(
        "moves",
        _text("operation"),
        _text("environment"),
        *(_number(name) for name in ("timeline", "tick", "at")),
        sa.ForeignKeyConstraint(["tick"], ["commits.tick"]),
        sa.ForeignKeyConstraint(["timeline"], ["timelines.number"]),
        sa.PrimaryKeyConstraint("operation"),
    )
    op.create_index("moves_by_environment", "moves", ["environment", "tick"])
    op.create_table(
        "snapshots",
        _text("name"),
        *(_number(name) for name in ("timeline", "tick", "at")),
        *(_text(name) for name in ("actor", "reason", "corpus")),
        sa.ForeignKeyConstraint(["timeline"], ["timelines.number"]),
        sa.PrimaryKeyConstraint("name"),
    )
