"""Find one object by its id, or by the beginning of it, on any timeline."""

from __future__ import annotations

from holdfast.domain.decision import Decision
from holdfast.errors import MomentError, NotFoundError
from holdfast.ports.ledger import Ledger, Query

MIN_PREFIX = 4


def decision(name: str, *, ledger: Ledger) -> Decision:
    """The decision with this id, or the only one whose id starts so; also abandoned ones."""
    if len(name) < MIN_PREFIX:
        raise NotFoundError(f"{name!r} is too short for a decision id; give more of it")
    found = {
        entry.key: entry.value
        for _, entry in ledger.history(Query(store="decisions", prefix=name, limit=10))
    }
    if not found:
        raise NotFoundError(f"no decision {name!r}; 'holdfast log --operation ask' lists them")
    if len(found) > 1 and name not in found:
        raise MomentError(f"{name!r} could be any of {', '.join(sorted(found))}")
    return Decision.from_json(found.get(name) or next(iter(found.values())))
