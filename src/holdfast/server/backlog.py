"""How many documents of each environment are on the queue, and in which state."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from holdfast.domain.moment import Cut, Head
from holdfast.project import Project


@dataclass(slots=True)
class _Known:
    cut: Cut
    statuses: dict[str, str] = field(default_factory=dict)


class Backlog:
    """Follows the queues: reads each once, then only what was added since.

    A queue keeps every document that ever came in, so reading all of it at each look would cost
    more with every document.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}

    def counts(self, head: Head) -> Counter[str]:
        """Documents per status (``enqueued``, ``claimed`` ...) at an environment's head."""
        with self._lock:
            known = self._known.get(head.environment)
            if known is None or known.cut.timeline != head.timeline:
                known = self._read(head)
                self._known[head.environment] = known
            elif head.tick > known.cut.tick:
                self._follow(known, head.cut)
            return Counter(known.statuses.values())

    def _read(self, head: Head) -> _Known:
        entries = self._project.entries("queue", environment=head.environment, at=str(head.cut))
        return _Known(head.cut, {entry.key: entry.value["status"] for entry in entries})

    def _follow(self, known: _Known, cut: Cut) -> None:
        for entry in self._project.events("queue", within=cut, after=known.cut.tick):
            if entry.value is None:
                known.statuses.pop(entry.key, None)
            else:
                known.statuses[entry.key] = entry.value["status"]
        known.cut = cut
