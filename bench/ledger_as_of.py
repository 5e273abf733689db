"""What reading as of a moment costs after a long life, and what moving an environment costs.

A ledger of a million events on 100,000 keys that was rolled back a thousand times; every call goes
through the port, as the system makes it.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from table import percentiles, show

from holdfast.adapters.clock import SystemClock
from holdfast.adapters.sql import SqlLedger
from holdfast.domain.event import Change, Event
from holdfast.domain.moment import Cut
from holdfast.store.ledger.append import GroupCommit
from holdfast.store.ledger.timeline import Operation, copy, create, head, rollback

TOGETHER = 500
"""Changes per transaction while the ledger is made."""
COLUMNS = ("p50 us", "p99 us")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="50k events, 5k keys, 100 rollbacks")
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--keys", type=int, default=100_000)
    options.add_argument("--rollbacks", type=int, default=1_000)
    options.add_argument("--keep", type=Path, help="ledger to make, or to use again")
    given = options.parse_args()
    if given.quick:
        given.events, given.keys, given.rollbacks = 50_000, 5_000, 100
    with tempfile.TemporaryDirectory() as scratch:
        path = given.keep or Path(scratch) / "ledger.db"
        fresh = not path.exists()
        ledger = SqlLedger.open(path, clock=SystemClock())
        if fresh:
            make(ledger, events=given.events, keys=given.keys, rollbacks=given.rollbacks)
        inputs = (
            f"{given.events:,} events, one a change, on {given.keys:,} keys; {given.rollbacks:,} "
            f"rollbacks of up to {reach(given.events, given.rollbacks):,} changes, "
            f"{len(ledger.timeline(head(ledger, 'production').timeline).ancestry):,} pieces of "
            f"ancestry left; {path.stat().st_size / 2**20:,.0f} MiB"
        )
        reads(ledger, path, keys=given.keys, inputs=inputs)
        moves(ledger, inputs=inputs)
        appends(ledger, inputs=inputs)
        ledger.close()


def reach(events: int, rollbacks: int) -> int:
    """How far back a rollback goes at most: twice what lies between two of them."""
    return 2 * events // rollbacks


def make(ledger: SqlLedger, *, events: int, keys: int, rollbacks: int) -> None:
    chance = random.Random(1)
    ledger.fork(create("production", operation=Operation("create")))
    between = events // rollbacks
    for number in range(rollbacks):
        at = head(ledger, "production")
        changes = [put(at.timeline, f"{chance.randrange(keys):06}") for _ in range(between)]
        for start in range(0, between, TOGETHER):
            ledger.commit(changes[start : start + TOGETHER])
        at = head(ledger, "production")
        back = max(1, at.tick - chance.randrange(1, reach(events, rollbacks)))
        operation = Operation(f"rollback-{number}")
        ledger.fork(rollback(at, to=Cut(at.timeline, back), operation=operation))


def put(timeline: int, key: str) -> Change:
    return Change(timeline, "put", (Event("documents", key, {"document": key, "bytes": 1000}),))


def reads(ledger: SqlLedger, path: Path, *, keys: int, inputs: str) -> None:
    chance = random.Random(2)
    now = head(ledger, "production").cut
    names = [f"{chance.randrange(keys):06}" for _ in range(20_000)]
    pasts = [Cut(now.timeline, chance.randrange(1, now.tick)) for _ in names]
    connection = sqlite3.connect(path)
    newest = (
        "SELECT value FROM events WHERE store = 'documents' AND key = ? ORDER BY tick DESC LIMIT 1"
    )

    def at_head(turn: int) -> None:
        ledger.read([("documents", names[turn])], now)

    def as_of(turn: int) -> None:
        ledger.read([("documents", names[turn])], pasts[turn])

    def floor(turn: int) -> None:
        connection.execute(newest, (names[turn],)).fetchone()

    def prefix(turn: int) -> None:
        ledger.scan("documents", pasts[turn], prefix=names[turn][:4])

    def whole(turn: int) -> None:
        ledger.scan("documents", pasts[turn])

    rows = []
    for name, work, times in (
        ("newest row of the key, SQLite alone", floor, len(names)),
        ("point read at the head", at_head, len(names)),
        ("point read as of a random tick", as_of, len(names)),
        ("scan of a prefix of 100 keys, random tick", prefix, 300),
        ("scan of all keys, random tick", whole, 5),
    ):
        rows.append([name, times, *micro(timed(work, times))])
    connection.close()
    show("Ledger: reading", inputs=inputs, columns=("what", "times", *COLUMNS), rows=rows)
    print(f"as of / head: p50 {rows[2][2] / rows[1][2]:.2f}, p99 {rows[2][3] / rows[1][3]:.2f}")


def moves(ledger: SqlLedger, *, inputs: str) -> None:
    chance = random.Random(3)
    run = f"{time.time_ns()}"

    def back(turn: int) -> None:
        at = head(ledger, "production")
        to = Cut(at.timeline, max(1, at.tick - chance.randrange(1, 1_000)))
        ledger.fork(rollback(at, to=to, operation=Operation(f"{run}-back-{turn}")))

    def fork(turn: int) -> None:
        at = head(ledger, "production").cut
        ledger.fork(copy(f"{run}-{turn}", of=at, operation=Operation(f"{run}-copy-{turn}")))

    rows = [
        [name, 500, *micro(timed(work, 500))]
        for name, work in (("rollback, durable", back), ("fork, durable", fork))
    ]
    show("Ledger: moving", inputs=inputs, columns=("what", "times", *COLUMNS), rows=rows)


def appends(ledger: SqlLedger, *, inputs: str) -> None:
    timeline = head(ledger, "production").timeline
    chance = random.Random(4)
    rows: list[list[object]] = []
    with GroupCommit(ledger) as writer:
        for threads in (1, 4, 16, 64):
            each = 4_000 // threads
            durations: list[float] = []

            def work(each: int = each, durations: list[float] = durations) -> None:
                for _ in range(each):
                    started = time.perf_counter()
                    writer.append(put(timeline, f"{chance.randrange(1_000_000)}"))
                    durations.append(time.perf_counter() - started)

            started = time.perf_counter()
            running = [threading.Thread(target=work) for _ in range(threads)]
            for thread in running:
                thread.start()
            for thread in running:
                thread.join()
            rate = len(durations) / (time.perf_counter() - started)
            rows.append([threads, round(rate), *micro(durations)])
    columns = ("threads", "changes/s", *COLUMNS)
    show("Ledger: appending, durable", inputs=inputs, columns=columns, rows=rows)


def micro(seconds: list[float]) -> tuple[float, float]:
    """p50 and p99 in microseconds."""
    p50, p99 = percentiles(seconds)
    return p50 * 1000, p99 * 1000


def timed(work: Callable[[int], None], times: int) -> list[float]:
    """Seconds of each call; a tenth of the calls are made before, to warm up."""
    for turn in range(times // 10):
        work(turn)
    seconds = []
    for turn in range(times // 10, times):
        started = time.perf_counter()
        work(turn)
        seconds.append(time.perf_counter() - started)
    return seconds


if __name__ == "__main__":
    main()
