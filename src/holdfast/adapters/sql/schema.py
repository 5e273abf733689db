"""The tables of the ledger. ``migrations/`` makes them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

REVISION = "0001"
"""The newest migration; a database that says so is used as it is."""

metadata = MetaData()


def _number(name: str, *constraints: ForeignKey, primary_key: bool = False) -> Column[int]:
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column(
        name, kind, *constraints, primary_key=primary_key, autoincrement=False, nullable=False
    )


def _text(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=primary_key, nullable=False)


timelines = Table(
    "timelines",
    metadata,
    _number("number", primary_key=True),
    Column("parent", BigInteger, ForeignKey("timelines.number")),
    Column("fork_tick", BigInteger),
    Column("ancestry", Text, nullable=False),  # JSON: [[timeline, after, until], ...]
    Column("revokers", Text, nullable=False),  # JSON: timelines that revoked
    _number("at"),
)

commits = Table(
    "commits",
    metadata,
    _number("tick", primary_key=True),
    _number("timeline", ForeignKey("timelines.number")),
    _number("at"),
    _text("operation"),
    _text("actor"),
    _text("reason"),
    _text("cause"),
    Column("events", Integer, nullable=False),
    _text("hash"),
    Index("commits_by_timeline", "timeline", "tick", unique=True),
    Index("commits_by_time", "at", unique=True),
)

events = Table(
    "events",
    metadata,
    _number("tick", ForeignKey("commits.tick"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    _number("timeline"),
    _text("store"),
    _text("key"),
    Column("value", Text),  # canonical JSON; NULL when the key is removed
    _text("digest"),
)
Index(
    "events_by_key",
    events.c.store,
    events.c.key,
    events.c.tick.desc(),
    events.c.timeline,
    events.c.place,
    unique=True,
)
Index("events_by_store", events.c.store, events.c.tick, events.c.place)

edges = Table(
    "edges",
    metadata,
    _number("tick", primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    _text("source", primary_key=True),
    Column("strength", Float, nullable=False),
    ForeignKeyConstraint(["tick", "place"], ["events.tick", "events.place"]),
    Index("edges_by_source", "source"),
)

revocations = Table(
    "revocations",
    metadata,
    _number("timeline", ForeignKey("timelines.number"), primary_key=True),
    _number("tick", primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    ForeignKeyConstraint(["tick", "place"], ["events.tick", "events.place"]),
)

environments = Table(
    "environments",
    metadata,
    _text("name", primary_key=True),
    Column("timeline", BigInteger, ForeignKey("timelines.number"), unique=True, nullable=False),
)

moves = Table(
    "moves",
    metadata,
    _text("operation", primary_key=True),
    _text("environment"),
    _number("timeline", ForeignKey("timelines.number")),
    _number("tick", ForeignKey("commits.tick")),
    _number("at"),
    Index("moves_by_environment", "environment", "tick"),
)

snapshots = Table(
    "snapshots",
    metadata,
    _text("name", primary_key=True),
    _number("timeline", ForeignKey("timelines.number")),
    _number("tick"),
    _number("at"),
    _text("actor"),
    _text("reason"),
    _text("corpus"),
)
