"""Finding what went wrong and taking it back: lineage, blast radius, recover."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from holdfast.domain.digest import JsonObject
from holdfast.domain.moment import EventId
from holdfast.errors import UsageError
from holdfast.evaluation.suite import Suite
from holdfast.operations import recover as recovering
from holdfast.operations.again import Again, ask_again
from holdfast.operations.cause import Cause, cause, together
from holdfast.operations.evaluate import load_suite
from holdfast.operations.lineage import BOTH, Lineage, lineage
from holdfast.operations.openlineage import run_events
from holdfast.operations.recover import Order, Recovered, RecoverPlan
from holdfast.operations.system import System
from holdfast.pipeline.runtime import Runtime

Causes: TypeAlias = Sequence[str]
"""Names of documents, decisions, releases, events or spans, as ``cause`` reads them."""


class Recoveries:
    """What was behind an answer, and what it leads to: ``Recoveries(system, runtimes)``."""

    def __init__(self, system: System, runtimes: Callable[[str], Runtime]) -> None:
        self._system = system
        self._runtimes = runtimes

    def lineage(
        self,
        name: str,
        *,
        direction: str = BOTH,
        threshold: float = 0.0,
        environment: str | None = None,
        at: str | None = None,
    ) -> Lineage:
        """What a thing derives from and what derives from it."""
        where = self._where(environment)
        return lineage(
            self._system, where, name=name, direction=direction, threshold=threshold, at=at
        )

    def openlineage(self, events: frozenset[EventId]) -> list[JsonObject]:
        """The changes of these events as OpenLineage RunEvents."""
        return list(run_events(self._system, events))

    def plan(
        self, names: Causes, *, threshold: float | None = None, environment: str | None = None
    ) -> RecoverPlan:
        """What rests on causes and what only mentions them; changes nothing."""
        where = self._where(environment)
        strength = self._system.settings.recover.threshold if threshold is None else threshold
        return recovering.plan_recovery(
            self._system, where, cause=self._cause(where, names), threshold=strength
        )

    def recover(
        self, names: Causes, *, order: Order | None = None, environment: str | None = None
    ) -> Recovered:
        """Take causes back with all that rests on them. Without an order, as the settings say.

        A second call with the same ``operation`` id changes nothing and returns what the first
        did.
        """
        where = self._where(environment)
        given = order or self.order()
        done = recovering.earlier(self._system, where, operation=given.operation)
        if done is not None:
            return done
        return recovering.recover(self._system, where, cause=self._cause(where, names), order=given)

    def order(self, *, threshold: float | None = None, yes: bool = False) -> Order:
        """How the settings want a recovery; ``yes`` takes back whatever share it is."""
        settings = self._system.settings.recover
        order = Order(settings.threshold if threshold is None else threshold)
        return order if yes else replace(order, most=settings.share)

    def suite(self, name: str = "") -> Suite | None:
        """The suite that is asked again: the one named, or the settings'; None without any."""
        settings = self._system.settings
        wanted = name or settings.recover.suite or settings.gate.suite
        return load_suite(self._system, wanted) if wanted else None

    def again(self, done: Recovered, suite: Suite) -> Again:
        """Ask the suite's questions that a recovery touched, as of before and after it."""
        touched = {turn.before for turn in done.loss.documents if turn.before}
        touched |= {turn.after for turn in done.loss.documents if turn.after}
        beyond = done.loss.revoked.keys() & {"releases", "prompts"}
        return ask_again(
            self._system,
            suite,
            environment=done.environment,
            cuts=(done.before, done.after),
            touched=None if beyond or not touched else touched,
            runtimes=self._runtimes,
        )

    def _cause(self, environment: str, names: Causes) -> Cause:
        if not names:
            raise UsageError("name what went wrong with --from")
        return together(cause(self._system, environment, name=name) for name in names)

    def _where(self, environment: str | None) -> str:
        return environment or self._system.settings.project.environment
