from __future__ import annotations

import hashlib
from dataclasses import fields, replace

import pytest

from holdfast.domain.chain import GENESIS, Leaf, seal
from holdfast.domain.event import Commit, Edge

COMMIT = Commit(7, 1, 1000, "put", "ann", "why", "decision:d-1", 1, "")
LEAF = Leaf("documents", "a.md", "0" * 64, (Edge("document:1", 0.5), Edge("chunk:2")))


def sealed(commit: Commit = COMMIT, leaf: Leaf = LEAF, previous: str = GENESIS) -> str:
    return seal(commit, previous=previous, leaves=[leaf]).hash


def test_a_hash_stays_what_it_is() -> None:
    # Every ledger ever written is verified with it.
    body = (
        '{"actor":"ann","at":1000,"cause":"decision:d-1","events":[["documents","a.md","'
        + "0" * 64
        + '",[["chunk:2",1],["document:1",0.5]]]],'
        '"operation":"put","reason":"why","tick":7,"timeline":1}'
    )
    assert sealed() == hashlib.sha256(("0" * 64 + body).encode()).hexdigest()


@pytest.mark.parametrize(
    "field", [f.name for f in fields(Commit) if f.name not in ("events", "hash")]
)
def test_every_field_counts(field: str) -> None:
    value = getattr(COMMIT, field)
    other = value + 1 if isinstance(value, int) else value + "x"
    assert sealed(replace(COMMIT, **{field: other})) != sealed()


@pytest.mark.parametrize(
    "fields",
    [
        {"store": "memory"},
        {"key": "b.md"},
        {"digest": "1" * 64},
        {"sources": LEAF.sources[:1]},
        {"sources": (Edge("document:1", 0.6), LEAF.sources[1])},
    ],
)
def test_every_part_of_an_event_counts(fields: dict[str, object]) -> None:
    assert sealed(leaf=replace(LEAF, **fields)) != sealed()


def test_the_past_counts() -> None:
    assert sealed(previous="1" * 64) != sealed()


def test_the_order_of_edges_does_not_count() -> None:
    assert sealed(leaf=replace(LEAF, sources=LEAF.sources[::-1])) == sealed()


def test_the_order_of_events_counts() -> None:
    other = replace(LEAF, key="b.md")
    one = seal(COMMIT, previous=GENESIS, leaves=[LEAF, other])
    two = seal(COMMIT, previous=GENESIS, leaves=[other, LEAF])
    assert one.hash != two.hash
