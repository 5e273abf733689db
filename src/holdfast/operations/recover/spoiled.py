"""Dataset cases that were made of something that is taken back: they are marked, never removed."""

from __future__ import annotations

from holdfast.evaluation import dataset as versions
from holdfast.evaluation.dataset import STORE
from holdfast.operations.recover.taint import Closure
from holdfast.operations.system import System

MARKS = "taints"


def spoiled(system: System, closure: Closure) -> dict[str, tuple[str, ...]]:
    """The cases of today's datasets whose decision rests on the cause, by dataset."""
    gone = {taint.key for taint in closure.of("decisions")}
    reached = sorted({taint.key for taint in closure.records if taint.store == STORE})
    found: dict[str, tuple[str, ...]] = {}
    for name in reached if gone else ():
        dataset = versions.load(name, ledger=system.ledger, blobs=system.blobs)
        cases = tuple(case.id for case in dataset.cases if case.decision in gone)
        if cases:
            found[name] = cases
    return found
