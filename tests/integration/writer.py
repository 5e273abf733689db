"""A process that appends from several threads and says what was acknowledged, until it is killed.

python writer.py LEDGER ROUND
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
from pathlib import Path

from holdfast.adapters.clock import SystemClock
from holdfast.adapters.sql import SqlLedger
from holdfast.domain.event import Change, Edge, Event
from holdfast.store.ledger.append import GroupCommit

THREADS = 6
EVENTS = 3


def write(writer: GroupCommit, name: str) -> None:
    for n in itertools.count():
        sources = (Edge(f"document:{name}"),)
        events = tuple(
            Event("memory", f"{name}/{n}/{place}", {"n": n, "text": "x" * 500}, sources)
            for place in range(EVENTS)
        )
        commit = writer.append(Change(1, name, events))
        # One short write is atomic: a line is there whole or not at all.
        os.write(1, f"{commit.tick} {n} {name}\n".encode())


def main() -> None:
    ledger = SqlLedger.open(Path(sys.argv[1]), clock=SystemClock())
    writer = GroupCommit(ledger)
    for thread in range(THREADS):
        threading.Thread(target=write, args=(writer, f"{sys.argv[2]}-{thread}")).start()


if __name__ == "__main__":
    main()
