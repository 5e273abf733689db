"""Work the inbox down: bodies become rows of daily tables, each body's rows once."""

from __future__ import annotations

import logging

from holdfast.observation import wire
from holdfast.observation.days import Days
from holdfast.observation.logs import decode_logs
from holdfast.observation.points import decode_points
from holdfast.observation.spans import decode_spans
from holdfast.observation.wire import Window
from holdfast.ports.inbox import Held, Inbox
from holdfast.ports.telemetry import TABLES, Columns, Telemetry

LOG = logging.getLogger("holdfast.intake")
DECODERS = {
    wire.TRACES: ("spans", decode_spans),
    wire.METRICS: ("points", decode_points),
    wire.LOGS: ("logs", decode_logs),
}
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
        taken = len(bodies)
        size = sum(len(held.body.content) for held in bodies)
        self.full = taken >= BODIES // 2 or size >= ROOM // 2
        sure, self._sure = self._sure, False
        for table, days in self._decode(bodies).items():
            for day, columns in days.columns().items():
                fresh = columns if sure else self._fresh(table, day, columns)
                if fresh["batch"]:
                    self._telemetry.append(table, day, columns=fresh)
        if bodies:
            self._inbox.done([held.number for held in bodies])
        self._sure = True
        return taken

    def _decode(self, bodies: list[Held]) -> dict[str, Days]:
        """Rows of all bodies; one that cannot be decoded is set aside and holds nobody up."""
        into: dict[str, Days] = {}
        for held in bodies:
            try:
                self._decode_one(held, into)
            except Exception as error:
                LOG.exception("inbox: body %d is set aside", held.number)
                self._inbox.set_aside(held.number, f"{type(error).__name__}: {error}")
                bodies.remove(held)
                return self._decode(bodies)
        return into

    def _decode_one(self, held: Held, into: dict[str, Days]) -> None:
        table, decode = DECODERS[held.body.signal]
        message = wire.parse(held.body.signal, wire.unpack(held.body.content, held.body.encoding))
        days = into.setdefault(table, Days(TABLES[table]))
        window = Window.at(held.at, days=self._keep_days)
        decode(message, batch=held.number, window=window, into=days)

    def _fresh(self, table: str, day: str, columns: Columns) -> Columns:
        """The rows of batches that the day's table does not hold yet."""
        batches = columns["batch"]
        stored = self._telemetry.batches(table, day, since=min(batches))
        if not stored:
            return columns
        kept = [row for row, batch in enumerate(batches) if batch not in stored]
        return {name: [values[row] for row in kept] for name, values in columns.items()}
