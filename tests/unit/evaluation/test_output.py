from __future__ import annotations

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.ledger import MemoryLedger
from holdfast.domain.event import Change
from holdfast.domain.score import Output, Passage
from holdfast.evaluation.output import event, outputs
from holdfast.store.ledger import timeline

OUTPUT = Output(
    "a/b",
    2,
    "30 days.",
    "answered",
    seed=5,
    passages=(Passage("c", "d", "returns.md", "Within 30 days."),),
    retrieved=("returns.md", "sale.md"),
    cost=0.25,
)


def test_an_output_comes_back_as_it_was_and_the_newest_one_counts() -> None:
    ledger = MemoryLedger(clock=SettableClock())
    ledger.fork(timeline.create("production", operation=timeline.Operation("o")))
    failed = Output("a/b", 2, "", "failed", error="429")
    for run, output in (("r", failed), ("r", OUTPUT), ("r2", failed)):
        ledger.commit([Change(1, "evaluate", (event(run, output),))])
    assert outputs("r", ledger=ledger) == {("a/b", 2): OUTPUT}
