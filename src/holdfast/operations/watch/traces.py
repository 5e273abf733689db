"""What applications send of themselves, and how to find it again."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.observation.intake import Intake, Limits
from holdfast.observation.redact import Cleaner
from holdfast.observation.sort import Sorter
from holdfast.operations.system import System
from holdfast.operations.watch.expire import Expired, expire


class Traces:
    """Spans, points and log records of a project: ``Traces(project.system)``."""

    def __init__(self, system: System) -> None:
        self._system = system

    def intake(self, arrived: Callable[[], None] = lambda: None) -> Intake:
        """Where request bodies are handed in; close it."""
        settings = self._system.settings.collect
        return Intake(
            self._system.inbox(),
            limits=Limits(settings.backlog_megabytes << 20, settings.keep_days),
            clock=self._system.clock,
            cleaner=Cleaner(self._system.settings.privacy),
            arrived=arrived,
        )

    def expire(self) -> Expired:
        """Remove what is older than it is kept."""
        return expire(self._system)

    def sorter(self) -> Sorter:
        """What works the inbox down."""
        keep_days = self._system.settings.collect.keep_days
        return Sorter(self._system.inbox(), self._system.telemetry(), keep_days=keep_days)
