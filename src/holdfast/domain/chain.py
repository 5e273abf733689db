"""The hash chain over commits: what was recorded cannot be altered unnoticed.

Each commit's hash covers the hash before it, its own fields and, per event, the digest of the
value (not the value, so that a value can be erased and the chain still verifies).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from holdfast.domain.digest import canonical, digest_bytes
from holdfast.domain.event import Commit, Edge

GENESIS = "0" * 64
"""Stands for the hash before the first commit."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a commit's hash covers of one event."""

    store: str
    key: str
    digest: str
    """Digest of the canonical value."""
    sources: tuple[Edge, ...]


def seal(commit: Commit, *, previous: str, leaves: Sequence[Leaf]) -> Commit:
    """The commit with its hash: sha256 over ``previous`` and canonical JSON of all the rest.

    >>> commit = Commit(1, 1, 0, "put", "", "", "", 1, "")
    >>> leaf = Leaf("documents", "a.md", "0" * 64, ())
    >>> seal(commit, previous=GENESIS, leaves=[leaf]).hash[:8]
    'd808c301'
    """
    body = {
        "tick": commit.tick,
        "timeline": commit.timeline,
        "at": commit.at,
        "operation": commit.operation,
        "actor": commit.actor,
        "reason": commit.reason,
        "cause": commit.cause,
        "events": [_leaf(leaf) for leaf in leaves],
    }
    return replace(commit, hash=digest_bytes(previous.encode() + canonical(body)))


def _leaf(leaf: Leaf) -> list[object]:
    edges = sorted([edge.source, edge.strength] for edge in leaf.sources)
    return [leaf.store, leaf.key, leaf.digest, edges]
