"""Both ledgers against a naive one, over random lives of a system.

``--hypothesis-profile=thorough`` runs it for long.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.ledger import MemoryLedger
from holdfast.adapters.sql import SqlLedger, history, reads
from holdfast.domain.event import Change, Commit, Edge, Event, Expect, Fork, Snapshot
from holdfast.domain.moment import Cut, EventId
from holdfast.errors import ConflictError, MomentError, UsageError
from holdfast.ports.ledger import Query
from holdfast.store.ledger.chain import verify
from tests.contracts.world import Both
from tests.integration.replay import Replay

STORES = ("documents", "memory", "cache")
KEYS = ("a", "a/1", "a/2", "b", "ä", "\U0001f600")
ENVIRONMENTS = ("production", "staging", "trial")

names = st.tuples(st.sampled_from(STORES), st.sampled_from(KEYS))
values = st.one_of(st.none(), st.integers(0, 99), st.just({"list": [1.5, "x"]}))
fractions = st.integers(0, 1000).map(lambda n: n / 1000)


@cache
def template() -> Path:
    """An empty database; copying it is quicker than making one."""
    path = Path(tempfile.mkdtemp(prefix="holdfast-")) / "ledger.db"
    SqlLedger.open(path, clock=SettableClock()).close()
    return path


def at_fraction(fraction: float, last: int) -> int:
    """A whole number from 0 to ``last``."""
    return round(fraction * last)


class LedgerMachine(RuleBasedStateMachine):
    """One life: every step is taken by memory, SQLite and the naive model alike."""

    def __init__(self) -> None:
        super().__init__()
        # So few steps that reads also take the way that is for much-written keys, and small pages.
        self.patches = ExitStack()
        self.patches.enter_context(patch.object(reads, "_STEPS", 2))
        self.patches.enter_context(patch.object(reads, "_MORE", 2))
        newest = reads._OF_KEY.suffix_with("LIMIT 2")
        self.patches.enter_context(patch.object(reads, "_NEWEST", newest))
        self.patches.enter_context(patch.object(history, "_PAGE", 4))
        self.folder = Path(tempfile.mkdtemp(prefix="holdfast-"))
        shutil.copy(template(), self.folder / "ledger.db")
        self.clock = SettableClock()
        self.memory = MemoryLedger(clock=self.clock)
        self.sqlite = self.open()
        self.model = Replay()
        self.forks: list[tuple[Fork, Commit]] = []
        self.snapshots: dict[str, Snapshot] = {}

    def open(self) -> SqlLedger:
        return SqlLedger.open(self.folder / "ledger.db", clock=self.clock)

    @property
    def ledgers(self) -> tuple[Both, Both]:
        return self.memory, self.sqlite

    def cut(self, where: float, when: float) -> Cut:
        """Any moment of any timeline, also before it forked and after it was left."""
        number = 1 + at_fraction(where, len(self.model.branches) - 1)
        return Cut(number, at_fraction(when, self.model.tick))

    @initialize()
    def begin(self) -> None:
        self.fork_to("production", None)

    # Writing

    @rule(
        changes=st.lists(
            st.tuples(
                fractions,
                st.dictionaries(names, values, min_size=1, max_size=3),
                st.lists(st.tuples(names, st.sampled_from(["true", "none", "old"])), max_size=2),
            ),
            min_size=1,
            max_size=6,
        )
    )
    def commit(self, changes: list[tuple[float, dict, list]]) -> None:
        """A group of changes whose expectations may contradict each other."""
        wanted = [self.change(*parts) for parts in changes]
        results = [ledger.commit(wanted) for ledger in self.ledgers]
        told = [self.model.commit(change) for change in wanted]
        for found in results:
            kinds = ["done" if isinstance(r, Commit) else type(r).__name__ for r in found]
            assert kinds == told
        memory, sqlite = ([r for r in found if isinstance(r, Commit)] for found in results)
        assert memory == sqlite

    def change(self, where: float, puts: dict, expects: list) -> Change:
        timeline = 1 + at_fraction(where, len(self.model.branches) - 1)
        events = tuple(
            Event(store, key, value, (Edge(f"document:{key}", 0.5),) if store == "cache" else ())
            for (store, key), value in puts.items()
        )
        return Change(timeline, "put", events, tuple(self.expect(timeline, *e) for e in expects))

    def expect(self, timeline: int, name: tuple[str, str], kind: str) -> Expect:
        live = self.model.state(Cut(timeline, self.model.tick)).get(name)
        event = {"true": live and live[0], "none": None, "old": EventId(1, 0)}[kind]
        return Expect(*name, event)

    @rule(
        timeline=fractions,
        items=st.lists(st.integers(0, 10**6), min_size=1, max_size=20, unique=True),
    )
    def append(self, timeline: float, items: list[int]) -> None:
        """Keys that are written once, as decisions are."""
        number = 1 + at_fraction(timeline, len(self.model.branches) - 1)
        events = tuple(Event("decisions", f"d-{item}", {"item": item}) for item in items)
        change = Change(number, "ask", events, actor="ann", cause="decision:d")
        told = self.model.commit(change)
        for ledger in self.ledgers:
            (found,) = ledger.commit([change])
            assert ("done" if isinstance(found, Commit) else type(found).__name__) == told

    # Moving environments

    @rule(environment=st.sampled_from(ENVIRONMENTS), where=fractions, when=fractions)
    def move(self, environment: str, where: float, when: float) -> None:
        """Fork an environment that is not there yet, roll back one that is."""
        self.fork_to(environment, self.cut(where, when))

    @rule(environment=st.sampled_from(ENVIRONMENTS), chosen=st.lists(fractions, max_size=4))
    def recover(self, environment: str, chosen: list[float]) -> None:
        """Keep everything but a few events."""
        if environment not in self.model.heads:
            return
        cut = Cut(self.model.heads[environment], self.model.tick)
        told = self.model.told(cut)
        revoked = [told[at_fraction(f, len(told) - 1)][0] for f in chosen if told]
        self.fork_to(environment, cut, revoked=frozenset(revoked))

    def fork_to(
        self, environment: str, parent: Cut | None, *, revoked: frozenset[EventId] = frozenset()
    ) -> None:
        id_ = f"operation-{len(self.forks)}"
        event = Event("operations", id_, {"to": environment})
        fork = Fork(
            id=id_,
            environment=environment,
            parent=parent,
            expects=self.model.heads.get(environment),
            change=Change(0, "fork", (event,)),
            revoked=revoked,
        )
        memory, sqlite = (ledger.fork(fork) for ledger in self.ledgers)
        assert memory == sqlite
        self.model.fork(environment, parent, revoked=revoked, event=event)
        assert (memory.tick, memory.timeline) == (self.model.tick, len(self.model.branches))
        self.forks.append((fork, memory))

    @rule(which=fractions)
    def fork_again(self, which: float) -> None:
        fork, commit = self.forks[at_fraction(which, len(self.forks) - 1)]
        assert [ledger.fork(fork) for ledger in self.ledgers] == [commit, commit]

    @rule(environment=st.sampled_from(ENVIRONMENTS))
    def fork_in_vain(self, environment: str) -> None:
        """What does not hold is refused and changes nothing."""
        headed = self.model.heads.get(environment)
        change = Change(0, "fork", (Event("operations", "vain", 1),))
        late = Cut(1, self.model.tick + 1)
        event = frozenset({EventId(self.model.tick, 99)})
        attempts = [
            (ConflictError, Fork("vain", environment, None, (headed or 0) + 1, change)),
            (MomentError, Fork("vain", environment, late, headed, change)),
            (UsageError, Fork("vain", environment, Cut(1, late.tick - 1), headed, change, event)),
        ]
        for error, fork in attempts:
            for ledger in self.ledgers:
                with raising(error):
                    ledger.fork(fork)

    @rule(where=fractions, when=fractions, name=st.sampled_from("xyz"))
    def snapshot(self, where: float, when: float, name: str) -> None:
        new = Snapshot(name, self.cut(where, when), self.clock.now(), "ann", "why", "")
        if name in self.snapshots:
            for ledger in self.ledgers:
                with raising(ConflictError):
                    ledger.snapshots(new)
        else:
            self.snapshots[name] = new
            for ledger in self.ledgers:
                ledger.snapshots(new)

    # Reading

    @rule(where=fractions, when=fractions)
    def read(self, where: float, when: float) -> None:
        """Every key, as of any moment."""
        cut = self.cut(where, when)
        state = self.model.state(cut)
        asked = [(store, key) for store in STORES for key in KEYS]
        for ledger in self.ledgers:
            entries = ledger.read(asked, cut)
            found = {(e.store, e.key): (e.id, e.value) for e in entries if e is not None}
            assert found == {name: live for name, live in state.items() if name in asked}

    @rule(
        where=fractions,
        when=fractions,
        store=st.sampled_from((*STORES, "decisions", "operations")),
        prefix=st.sampled_from(["", "a", "a/", "d-1", "z", "operation-"]),
        limit=st.none() | st.integers(0, 5),
    )
    def scan(self, where: float, when: float, store: str, prefix: str, limit: int | None) -> None:
        cut = self.cut(where, when)
        live = sorted(
            (key, id_, value)
            for (kept, key), (id_, value) in self.model.state(cut).items()
            if kept == store and key.startswith(prefix)
        )
        for ledger in self.ledgers:
            found = ledger.scan(store, cut, prefix=prefix, limit=limit)
            assert [(e.key, e.id, e.value) for e in found] == live[:limit]
            count = limit or 0
            recent = ledger.recent(store, cut, prefix=prefix, count=count)
            written = sorted(live, key=lambda entry: entry[1])
            assert [(e.key, e.id, e.value) for e in recent] == (written[-count:] if count else [])

    @rule(
        where=fractions,
        when=fractions,
        span=st.tuples(fractions, fractions),
        store=st.none() | st.sampled_from(STORES),
        newest_first=st.booleans(),
        limit=st.none() | st.integers(0, 9),
    )
    def history(
        self,
        where: float,
        when: float,
        span: tuple[float, float],
        store: str | None,
        newest_first: bool,  # noqa: FBT001 - hypothesis passes by name
        limit: int | None,
    ) -> None:
        cut = self.cut(where, when)
        after, until = sorted(at_fraction(f, self.model.tick) for f in span)
        told = [
            (id_, event.store, event.key, event.value)
            for id_, event in self.model.told(cut)
            if after < id_.tick <= until and store in (None, event.store)
        ]
        query = Query(
            store=store,
            within=cut,
            after=after,
            until=until,
            newest_first=newest_first,
            limit=limit,
        )
        for ledger in self.ledgers:
            found = [(e.id, e.store, e.key, e.value) for _, e in ledger.history(query)]
            assert found == (told[::-1] if newest_first else told)[:limit]

    # Living on

    @rule(seconds=st.integers(-5, 100))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @precondition(lambda self: self.model.tick > 1)
    @rule()
    def restart(self) -> None:
        """The process ends and another begins; in memory life goes on."""
        self.sqlite.close()
        self.sqlite = self.open()

    @invariant()
    def heads_agree(self) -> None:
        told = {
            environment: (number, self.model.branches[number].changes[-1][0])
            for environment, number in sorted(self.model.heads.items())
        }
        for ledger in self.ledgers:
            heads = ledger.heads()
            assert {name: (at.timeline, at.tick) for name, at in heads.items()} == told
            assert list(heads) == list(told)

    def teardown(self) -> None:
        try:
            self.check_all()
        finally:
            self.patches.close()
            self.sqlite.close()
            shutil.rmtree(self.folder)

    def check_all(self) -> None:
        """At the end: everything once more, and the two ledgers are the same to the last bit."""
        if not self.model.branches:
            return
        self.restart()
        for number in self.model.branches:
            memory, sqlite = (ledger.timeline(number) for ledger in self.ledgers)
            assert memory == sqlite
            self.read(where=(number - 1) / max(len(self.model.branches) - 1, 1), when=1.0)
        for environment, numbers in self.model.moves.items():
            memory, sqlite = (ledger.moves(environment) for ledger in self.ledgers)
            assert memory == sqlite
            assert [move.timeline for move in memory] == numbers
        kept = [self.snapshots[name] for name in sorted(self.snapshots)]
        assert [ledger.snapshots() for ledger in self.ledgers] == [kept, kept]
        sources = [f"document:{key}" for key in KEYS]
        memory, sqlite = (ledger.links(sources=sources) for ledger in self.ledgers)
        assert memory == sqlite
        assert verify(self.memory) == verify(self.sqlite)
        assert list(self.memory.history(Query())) == list(self.sqlite.history(Query()))


@contextmanager
def raising(error: type[Exception]) -> Iterator[None]:
    """As ``pytest.raises``; that one keeps the whole machine alive in its traceback."""
    try:
        yield
    except error:
        return
    raise AssertionError(f"{error.__name__} was not raised")


TestLedgerMachine = pytest.mark.slow(pytest.mark.timeout(3600)(LedgerMachine.TestCase))
TestLedgerMachine.settings = settings(
    max_examples=settings.default.max_examples, stateful_step_count=60
)
