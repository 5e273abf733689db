"""What every adapter of the ledger port does under concurrent use."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.sql import SqlLedger
from holdfast.domain.event import Change, Commit, Event, Expect, Fork
from holdfast.domain.moment import Cut, Head
from holdfast.errors import ConflictError, FencedError
from holdfast.ports.ledger import Query
from holdfast.store.ledger.chain import verify
from tests.contracts.world import Both, World

THREADS = 6


def in_threads(work: Callable[[int], None]) -> None:
    """Run the same work in threads that start together; the first error is raised."""
    barrier = threading.Barrier(THREADS)

    def start(number: int) -> None:
        barrier.wait()
        work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(start, range(THREADS)))


def increment(ledger: Both, *, times: int) -> None:
    """Count up one key that others count up too."""
    timeline = ledger.heads()["production"].timeline
    done = 0
    while done < times:
        (entry,) = ledger.read([("memory", "count")], ledger.heads()["production"].cut)
        expect = Expect("memory", "count", entry and entry.id)
        event = Event("memory", "count", (entry.value if entry else 0) + 1)
        (result,) = ledger.commit([Change(timeline, "count", (event,), (expect,))])
        if isinstance(result, Commit):
            done += 1
        else:
            assert isinstance(result, ConflictError)


def test_no_update_is_lost(world: World) -> None:
    world.start()
    in_threads(lambda _: increment(world.ledger, times=20))
    assert world.value("count", store="memory") == 20 * THREADS
    ticks = [entry.id.tick for _, entry in world.ledger.history(Query(store="memory"))]
    assert ticks == list(range(2, 20 * THREADS + 2))
    assert verify(world.ledger).commits == 20 * THREADS + 1


def test_readers_see_whole_changes_only(world: World) -> None:
    timeline = world.start().timeline
    keys = [f"k{place}" for place in range(5)]
    writing = threading.Event()
    writing.set()

    def work(number: int) -> None:
        if number == 0:
            for n in range(60):
                events = tuple(Event("memory", key, n) for key in keys)
                world.ledger.commit([Change(timeline, "put", events)])
            writing.clear()
        while writing.is_set():
            cut = world.head()
            seen = {entry.value for entry in world.ledger.scan("memory", cut)}
            found = world.ledger.read([("memory", key) for key in keys], cut)
            assert len(seen) == len({entry and entry.value for entry in found}) or not seen
            assert len(seen) <= 1

    in_threads(work)


def test_a_rollback_fences_writers_at_once(world: World) -> None:
    old = world.start()
    acknowledged: list[Commit] = []
    fenced = threading.Barrier(THREADS)

    def work(number: int) -> None:
        if number == 0:
            while len(acknowledged) < 20:
                pass
            world.rollback(old.cut)
        else:
            while True:
                event = Event("memory", f"{number}", 1)
                (result,) = world.ledger.commit([Change(old.timeline, "put", (event,))])
                if not isinstance(result, Commit):
                    assert isinstance(result, FencedError)
                    break
                acknowledged.append(result)
        fenced.wait()

    in_threads(work)
    moved = world.ledger.moves("production")[1]
    assert max(commit.tick for commit in acknowledged) < moved.tick
    assert world.live(store="memory") == {}
    kept = world.live(Cut(old.timeline, moved.tick), store="memory")
    assert set(kept) == {str(n) for n in range(1, THREADS)} & set(kept)


def test_a_settled_fork_has_seen_all_that_it_leaves(world: World) -> None:
    """However busy the others are, it is made at the first try, and misses nothing."""
    old = world.start()
    acknowledged: list[Commit] = []
    seen: list[Head] = []

    def settle(now: Head) -> Fork:
        seen.append(now)
        keys = sorted(world.live(now.cut, store="memory"))
        change = Change(0, "start", (Event("operations", "away", keys),))
        return Fork("away", "production", old.cut, old.timeline, change)

    def work(number: int) -> None:
        if number == 0:
            while len(acknowledged) < 20:
                pass
            planned = Change(0, "start", (Event("operations", "away", None),))
            fork = Fork("away", "production", old.cut, old.timeline, planned)
            world.ledger.fork(fork, settle=settle)
            return
        for n in count():
            event = Event("memory", f"{number}/{n}", 1)
            (result,) = world.ledger.commit([Change(old.timeline, "put", (event,))])
            if not isinstance(result, Commit):
                break
            acknowledged.append(result)

    in_threads(work)
    (head,) = seen
    kept = world.value("away", store="operations")
    assert len(kept) == len(acknowledged)
    assert max(commit.tick for commit in acknowledged) == head.tick


def test_one_of_many_rollbacks_wins(world: World) -> None:
    cut = world.start().cut
    results: list[object] = []

    def work(number: int) -> None:
        try:
            results.append(world.start(parent=cut, expects=1, id=f"rollback-{number}"))
        except ConflictError as error:
            results.append(error)

    in_threads(work)
    assert sum(isinstance(result, Commit) for result in results) == 1
    assert len(results) == THREADS
    assert world.ledger.heads()["production"].timeline == 2


def test_the_same_fork_from_many_sides_happens_once(world: World) -> None:
    cut = world.start().cut
    results: list[Commit] = []
    in_threads(lambda _: results.append(world.start(parent=cut, expects=1, id="same")))
    assert len(results) == THREADS
    assert set(results) == {results[0]}
    assert len(world.ledger.moves("production")) == 2


PROCESS = """
import sys
from pathlib import Path
from holdfast.adapters.clock import SystemClock
from holdfast.adapters.sql import SqlLedger
from tests.contracts.test_ledger_threads import increment

increment(SqlLedger.open(Path(sys.argv[1]), clock=SystemClock()), times=40)
"""


def test_processes_share_a_file(tmp_path: Path, clock: SettableClock) -> None:
    path = tmp_path / "ledger.db"
    command = [sys.executable, "-c", PROCESS, str(path)]
    root = Path(__file__).parents[2]
    ledger = SqlLedger.open(path, clock=clock)
    world = World(ledger)
    world.start()
    processes = [subprocess.Popen(command, cwd=root) for _ in range(2)]
    increment(ledger, times=40)
    assert [process.wait() for process in processes] == [0, 0]
    assert world.value("count", store="memory") == 120
    assert verify(ledger).commits == 121
    ledger.close()
