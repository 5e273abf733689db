"""What was acknowledged survives ``kill -9``, whole, and nothing needs repair."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from holdfast.adapters.clock import SystemClock
from holdfast.adapters.sql import SqlLedger
from holdfast.ports.ledger import Query
from holdfast.store.ledger.chain import verify
from holdfast.store.ledger.timeline import Operation, create
from tests.integration.writer import EVENTS

ROUNDS = 22
WRITER = Path(__file__).with_name("writer.py")


def killed(path: Path, name: str, *, after: int, pause: float) -> list[str]:
    """What a writer acknowledged before it was killed, some time after its nth line."""
    process = subprocess.Popen(
        [sys.executable, str(WRITER), str(path), name], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process:
        lines = [process.stdout.readline() for _ in range(after)]
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL
    return lines


@pytest.mark.slow
def test_what_was_acknowledged_survives_being_killed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = SqlLedger.open(path, clock=SystemClock())
    ledger.fork(create("production", operation=Operation("create")))
    ledger.close()

    chance = random.Random(7)
    total, checked = 0, 0
    for turn in range(ROUNDS):
        # Now and then before anything was written: while the file is being opened.
        after = chance.choice([0, 1, 1, 20, 100])
        lines = killed(path, f"round-{turn}", after=after, pause=chance.random() * 0.2)
        checked = check(path, lines, after=checked)
        total += len(lines)
    assert total > ROUNDS

    ledger = SqlLedger.open(path, clock=SystemClock())
    assert verify(ledger).commits == checked
    ledger.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def check(path: Path, lines: list[str], *, after: int) -> int:
    """Everything acknowledged is there; what else is there is whole too. Returns the last tick."""
    ledger = SqlLedger.open(path, clock=SystemClock())
    found: Counter[tuple[int, int, str]] = Counter()
    for commit, entry in ledger.history(Query(store="memory", after=after)):
        assert entry.key == f"{commit.operation}/{entry.value['n']}/{entry.id.place}"
        found[commit.tick, entry.value["n"], commit.operation] += 1
    last = ledger.heads()["production"].tick
    ledger.close()
    parts = (line.split() for line in lines)
    acknowledged = {(int(tick), int(n), name) for tick, n, name in parts}
    assert acknowledged <= set(found)
    assert set(found.values()) <= {EVENTS}
    return last
