"""Figures of kept rows are those of the ledger, whatever happened to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.ledger import MemoryLedger
from holdfast.domain.erasure import marked
from holdfast.domain.event import Change, Entry, Event, Fork
from holdfast.domain.moment import Cut
from holdfast.observation.columns import LABEL, LATENCY, SCORE, Columns, FactColumns
from holdfast.observation.fact import facts
from holdfast.observation.metrics import rows
from holdfast.observation.rollup.rollups import Rollups
from holdfast.ports.ledger import Query
from holdfast.store.ledger import timeline
from tests.support.project import SHOES, STUDENTS, Shop

ENVIRONMENTS = ("production", "staging")
QUESTIONS = (
    "Can I return shoes?",
    "shoes return can I?",
    "Thanks! And students?",
    "I want to speak to a human",
    "Is there a discount?",
)
ANSWERS = ("Within 30 days.", "- ten\n- twenty", "I'm sorry, but I can't help with that.")
NUMBERS = (
    "at", "input_tokens", "cached_tokens", "output_tokens", "length", "passages", "similarity",
    "cost",
)  # fmt: skip
TEXTS = (
    "decision", "status", "error_code", "release", "prompt", "model", "fingerprint", "slice",
    "feedback", "outcome",
)  # fmt: skip
STATES = ("cached", "complete", "truncated", "broken", "refused", "formatted", "spoken", "told")


def decision(number: int, *, at: int, who: tuple[str, str], said: tuple[int, int]) -> Any:
    """A decision as it is recorded, as far as figures look at it."""
    (environment, session), (question, answer) = who, said
    failed = number % 7 == 3
    step = {"model": "m", "fingerprint": f"f{number % 2}", "input_tokens": 10 + number,
            "cached_tokens": number % 3, "output_tokens": None,
            "finish_reason": "stop"}  # fmt: skip
    hits = [{"document": f"doc-{number % 3}", "similarity": number / 50}] if number % 4 else []
    stage = "generate" if number % 2 else "rank"
    stamp = {
        "release": f"r{number % 2}", "components": {"prompt": "p"}, "cache": None,
        "prompts": [step] if number % 5 else [], "missing": ["seed"] if number % 6 == 0 else [],
        "latency": {"total": 0.1 * number, stage: 0.05}, "cost": None if number % 3 else 0.1,
        "findings": [{"rule": "r", "where": "answer"}] if number % 8 == 1 else [], "hits": hits,
        "used": len(hits),
    }  # fmt: skip
    if number % 9 == 4:
        stamp["cache"] = "event:@1.0"
    return {
        "id": f"d-{number:04d}", "at": at, "environment": environment, "session": session,
        "question": QUESTIONS[question], "answer": "" if failed else ANSWERS[answer],
        "status": "failed" if failed else "answered", "stamp": stamp,
        "error_code": "model_unavailable" if failed else "", "withheld": {},
        "metadata": {"slice": "vip"} if number % 5 == 2 else {},
    }  # fmt: skip


@dataclass
class World:
    """A ledger to which things happen."""

    clock: SettableClock = field(default_factory=SettableClock)
    decided: int = 0

    def __post_init__(self) -> None:
        self.ledger = MemoryLedger(clock=self.clock)
        for name in ENVIRONMENTS:
            start = timeline.Operation(f"init-{name}", actor="tester")
            self.ledger.fork(timeline.create(name, operation=start))

    def write(self, environment: int, event: Event) -> None:
        head = self.ledger.heads()[ENVIRONMENTS[environment]]
        (done,) = self.ledger.commit([Change(head.timeline, "test", (event,))])
        assert not isinstance(done, Exception), done

    def ask(self, environment: int, session: int, question: int, answer: int) -> None:
        who = (ENVIRONMENTS[environment], f"s-{session}" if session else "")
        value = decision(self.decided, at=self.clock.now(), who=who, said=(question, answer))
        self.decided += 1
        self.write(environment, Event("decisions", value["id"], value))

    def wait(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    def learn(self, environment: int, number: int, store: str, value: Any) -> None:
        name = {"feedback": "", "labels": "/good", "assessments": "/grounding"}[store]
        self.write(environment, Event(store, f"d-{number:04d}{name}", value))

    def place(self, environment: int, document: int, path: int) -> None:
        value = {"document": f"doc-{document}"}
        self.write(environment, Event("documents", f"part{path}/{document}.md", value))

    def erase(self, number: int) -> None:
        found = self.entry(f"d-{number:04d}")
        if found is None:
            return
        left = {**found.value, "question": "", "answer": "",
                "withheld": {"answer": {"characters": 3}, "refused": False}}  # fmt: skip
        head = self.ledger.heads()["production"]
        mark = marked(found.id, request="e-1", remains=left)
        self.ledger.erase(Change(head.timeline, "erase", (mark,)), remains={found.id: left})

    def roll_back(self, ticks: int) -> None:
        head = self.ledger.heads()["production"]
        back = Cut(head.timeline, max(1, head.tick - ticks))
        if self.ledger.timeline(head.timeline).spans(back.tick):
            change = Change(0, "rollback", (Event("operations", f"o-{head.tick}", {}),))
            self.ledger.fork(Fork(f"o-{head.tick}", "production", back, head.timeline, change))

    def entry(self, name: str) -> Entry | None:
        history = self.ledger.history(Query(store="decisions", key=name, newest_first=True))
        return next((entry for _, entry in history if entry.erased is None), None)


number = st.integers(0, 12)
environments = st.integers(0, 1)
verdicts = st.sampled_from([{"verdict": "up"}, {"verdict": "down"}, None])
labels = st.sampled_from([{"good": True}, {"good": False}, None])
scores = st.builds(
    lambda value, why: {"value": value, "why": why},
    st.sampled_from([True, 0.5, 1.0, "hostile", None]),
    st.sampled_from(["fair", "fair", "odd"]),
)
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("ask"), environments, st.integers(0, 3), st.integers(0, 4), st.integers(0, 2)
        ),
        st.tuples(st.just("wait"), st.integers(0, 70)),
        st.tuples(st.just("learn"), environments, number, st.just("feedback"), verdicts),
        st.tuples(st.just("learn"), environments, number, st.just("labels"), labels),
        st.tuples(st.just("learn"), environments, number, st.just("assessments"), scores),
        st.tuples(st.just("place"), environments, st.integers(0, 2), st.integers(0, 1)),
        st.tuples(st.just("erase"), number),
        st.tuples(st.just("roll_back"), st.integers(1, 6)),
        st.just(("look",)),
    ),
    min_size=5,
    max_size=60,
)


def same(kept: Columns, plain: Columns) -> None:
    """All that either tells is equal, to the last digit."""
    assert kept.size == plain.size
    for kind in (LATENCY, SCORE, LABEL):
        assert kept.names(kind) == plain.names(kind), kind
    stages = [f"{LATENCY}{name}" for name in plain.names(LATENCY)]
    for name in (*NUMBERS, *stages):
        np.testing.assert_array_equal(kept.number(name), plain.number(name), name)
    for name in TEXTS:
        assert kept.text(name).texts() == plain.text(name).texts(), name
    for name in (*STATES, *(f"{LABEL}{name}" for name in plain.names(LABEL))):
        np.testing.assert_array_equal(kept.state(name), plain.state(name), name)
    np.testing.assert_array_equal(kept.keys, plain.keys)
    for by in ("", "slice", "hour"):
        assert rows(kept, since=0, until=1, by=by) == rows(plain, since=0, until=1, by=by), by


def compare(rollups: Rollups, world: World, *, since: int, before: int | None) -> None:
    for name in ENVIRONMENTS:
        plain = FactColumns(facts(world.ledger, name, since=since, before=before))
        same(rollups.columns(name, since=since, before=before), plain)


@settings(max_examples=25)
@given(steps)
def test_figures_are_those_of_the_ledger_whatever_happened(done: list[tuple[Any, ...]]) -> None:
    world = World()
    begun = world.clock.now()
    with TemporaryDirectory() as folder:
        kept = Rollups(world.ledger, Path(folder), small=4, together=2)
        for name, *arguments in done:
            if name == "look":
                compare(kept, world, since=0, before=None)
            else:
                getattr(world, name)(*arguments)
        now = world.clock.now()
        again = Rollups(world.ledger, Path(folder), small=4, together=2)
        middle = (begun + now) // 2
        compare(kept, world, since=0, before=None)
        for since, before in ((begun, now), (middle, now), (begun, middle)):
            compare(again, world, since=since, before=before)


def talked(shop: Shop) -> Columns:
    return shop.system.rollups().columns("production", since=0)


def plainly(shop: Shop) -> Columns:
    return FactColumns(facts(shop.system.ledger, "production", since=0))


def test_a_real_project_is_told_alike(shop: Shop) -> None:
    before = shop.tick
    first = shop.ask(SHOES, session="s1")
    same(talked(shop), plainly(shop))
    shop.ask(f"Thanks! {STUDENTS}", session="s1")
    shop.project.feedback(first.id, "down")
    same(talked(shop), plainly(shop))
    shop.project.rollback(f"@{before}")
    shop.ask(SHOES, session="s2")
    same(talked(shop), plainly(shop))
    assert talked(shop).size == 3


def fill(world: World, count: int) -> None:
    for place in range(count):
        world.ask(0, place % 3, place % 5, place % 3)
        world.wait(1)


def test_what_is_kept_is_not_read_again_and_may_be_broken_or_gone(tmp_path: Path) -> None:
    world = World()
    fill(world, 20)
    Rollups(world.ledger, tmp_path, small=4, together=2).columns("production", since=0)
    files = sorted(tmp_path.iterdir())
    assert any(file.name.startswith("b1-") for file in files)
    read: list[Query] = []
    history = world.ledger.history

    def counted(query: Query) -> Any:
        read.append(query)
        return history(query)

    world.ledger.history = counted  # type: ignore[method-assign]
    again = Rollups(world.ledger, tmp_path, small=4, together=2)
    again.columns("production", since=0)
    assert min(q.after for q in read if q.store == "decisions") == 20
    for file in files:
        file.write_bytes(b"broken")
    compare(Rollups(world.ledger, tmp_path, small=4, together=2), world, since=0, before=None)
    again.drop()
    assert list(tmp_path.iterdir()) == []
    compare(again, world, since=0, before=None)


def test_rows_of_another_ledger_are_not_taken(tmp_path: Path) -> None:
    for session in (1, 2):
        world = World()
        for place in range(12):
            world.ask(0, session, place % 5, 0)
        rollups = Rollups(world.ledger, tmp_path, small=4, together=2)
        compare(rollups, world, since=0, before=None)


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    world = World()
    fill(world, 12)
    file = tmp_path / "file"
    file.write_text("no folder")
    compare(Rollups(world.ledger, file / "kept", small=4, together=2), world, since=0, before=None)


def test_what_was_kept_of_an_erased_decision_goes(tmp_path: Path) -> None:
    world = World()
    fill(world, 20)
    rollups = Rollups(world.ledger, tmp_path, small=4, together=2)
    rollups.columns("production", since=0)
    before = {file.name for file in tmp_path.iterdir()}
    world.erase(1)
    rollups.forget(["d-0001"])
    left = {file.name for file in tmp_path.iterdir()}
    gone = {name.partition("-")[2].partition("-")[0] for name in before - left}
    assert gone == {"00000000"}, "the block that the decision stands in, and nothing else"
    compare(rollups, world, since=0, before=None)


@pytest.mark.parametrize("store", ["feedback", "labels", "assessments"])
def test_what_becomes_known_late_counts_from_then_on(tmp_path: Path, store: str) -> None:
    world = World()
    fill(world, 12)
    rollups = Rollups(world.ledger, tmp_path, small=4, together=2)
    then = world.clock.now()
    compare(rollups, world, since=0, before=None)
    world.wait(60)
    value = {"verdict": "up", "good": False, "value": 0.5, "why": "fair"}
    world.learn(0, 2, store, value)
    compare(rollups, world, since=0, before=None)
    compare(rollups, world, since=0, before=then)
    world.learn(0, 2, store, None)
    compare(rollups, world, since=0, before=None)
