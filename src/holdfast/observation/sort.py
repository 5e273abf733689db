"""Work the inbox down: bodies become rows of daily tables, each body's rows once."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from holdfast.observation.decode import decode
from holdfast.ports.inbox import Inbox
from holdfast.ports.telemetry import Telemetry

BODIES = 256
ROOM = 32 << 20
"""Bodies, and their bytes, that are worked on at once: what bounds the memory this takes."""


class Sorter:
    """Takes bodies from an inbox and appends their rows; one sorter works at a time.

    A kill between appending and forgetting leaves rows of bodies that are still in the inbox.
    Those can only be the oldest bodies, the ones that are taken first. So whoever begins, or goes
    on after an error, asks the tables which of them they hold already.
    """

    def __init__(self, inbox: Inbox, telemetry: Telemetry, *, keep_days: int) -> None:
        self._inbox = inbox
        self._telemetry = telemetry
        self._keep_days = keep_days
        self._sure = False
        self.full = False
        """Whether as much was taken the last time as is worked on at once: more may wait."""

    def sort(self) -> int:
        """Work on the oldest bodies; how many that were. Raises ``StorageError``."""
        bodies = self._inbox.take(limit=BODIES, room=ROOM)
        sure, self._sure = self._sure, False
        found = decode(bodies, keep_days=self._keep_days)
        taken = len(found.numbers)
        size = sum(len(held.body.content) for held in bodies)
        self.full = taken < len(bodies) or taken >= BODIES // 2 or size >= ROOM // 2
        for number, reason in found.damaged.items():
            self._inbox.set_aside(number, reason)
        for (table, day), rows in found.tables().items():
            fresh = rows if sure else self._fresh(table, day, rows)
            if len(fresh):
                columns = dict(zip(fresh.column_names, fresh.columns, strict=True))
                self._telemetry.append(table, day, columns=columns)
        done = [number for number in found.numbers if number not in found.damaged]
        if done:
            self._inbox.done(done)
        self._sure = True
        if not self.full:
            self._inbox.shrink()
        return taken

    def _fresh(self, table: str, day: str, rows: pa.Table) -> pa.Table:
        """The rows of batches that the day's table does not hold yet."""
        stored = self._telemetry.batches(table, day, since=pc.min(rows["batch"]).as_py())
        held = pc.is_in(rows["batch"], pa.array(sorted(stored), pa.int64()))
        return rows.filter(pc.invert(held))
