"""A shadow: a candidate is asked what users asked, its answers are compared and never served."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from holdfast.domain.decision import ANSWERED, BLOCKED, Decision, new_id
from holdfast.domain.event import Change, Edge, Event
from holdfast.domain.rollout import ABORTED, Shadow, drawn
from holdfast.errors import QuotaError, StateError
from holdfast.evaluation.meaning import meanings
from holdfast.evaluation.scorers.scorer import apply
from holdfast.observation.comparison import STORE, Compared, Report, report
from holdfast.observation.spend import spend
from holdfast.operations.budgets import Budgets
from holdfast.operations.deploy import Order, chosen, known
from holdfast.operations.journal import Journal
from holdfast.operations.keep import ASKED, Keeper
from holdfast.operations.replay import question_of
from holdfast.operations.rollout.candidate import check_candidate
from holdfast.operations.system import System
from holdfast.operations.watch.scoring import Scoring
from holdfast.pipeline.run import Draft, run
from holdfast.pipeline.runtime import Runtime
from holdfast.ports.ledger import Query
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog, rollouts

MOST = 1_000
"""Decisions that may wait to be asked again; of more, the oldest are left out."""


@dataclass(frozen=True, slots=True)
class Shadowed:
    """What the start of a shadow did or, on a dry run, would do; ``tick`` is None then."""

    shadow: Shadow
    tick: int | None
    dry_run: bool = False


@dataclass(slots=True)
class _Reading:
    """How far the ledger has been read for one shadow, and what is to be asked."""

    shadow: str
    timeline: int
    tick: int = 0
    waiting: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)


class Shadows:
    """The shadows of a project: ``Shadows(project.system, project.runtime)``."""

    def __init__(self, system: System, runtimes: Callable[[str], Runtime]) -> None:
        self._system = system
        self._runtimes = runtimes
        self._scoring = Scoring(system)
        self._budgets = Budgets(system)
        self._keeper = Keeper.of(system.settings.privacy)
        self._readings: dict[str, _Reading] = {}

    def start(
        self, environment: str, *, share: float, release: str | None = None, order: Order
    ) -> Shadowed:
        """Ask a candidate, too, from now on; it replaces another shadow."""
        system = self._system
        view = system.view(environment)
        components = chosen(release, system=system)
        baseline = catalog.deployed(view, environment=environment)
        candidate = check_candidate(system, view, components=components, baseline=baseline)
        now = system.clock.now()
        made = Shadow(new_id("w", at=now), environment, candidate, share, now)
        if order.dry_run:
            return Shadowed(made, None, dry_run=True)
        with system.latch.storing():
            catalog.save(components, blobs=system.blobs)
            events = (rollouts.event(made), *known(view, catalog.release_of(components)))
            return Shadowed(made, self._append(view, events, order.reason))

    def end(self, environment: str, *, reason: str = "") -> Shadow:
        """Ask it no more; what was compared stays."""
        view = self._system.view(environment)
        shadow = rollouts.shadow(view, environment)
        if shadow is None or not shadow.running:
            raise StateError(
                f"no shadow is running in {environment!r}; 'holdfast deploy R --shadow' starts one"
            )
        ended = replace(shadow, status=ABORTED)
        self._append(view, (rollouts.event(ended),), reason)
        return ended

    def follow(self, environment: str, *, seconds: float = 5.0) -> int:
        """Ask what was asked since, for a time; returns how many answers were compared.

        Goes on where the ledger says it stopped, so nothing is lost by a kill.
        """
        view = self._system.view(environment)
        shadow = rollouts.shadow(view, environment)
        if shadow is None or not shadow.running:
            return 0
        waiting = self._read(shadow, view)
        until = time.monotonic() + seconds
        done = 0
        while waiting and time.monotonic() < until and self._affordable(environment):
            _, value = waiting.popitem(last=False)
            found = self._compare(shadow, Decision.from_json(value))
            edges = (Edge(f"decision:{value['id']}"), Edge(f"release:{shadow.candidate}"))
            event = Event(STORE, value["id"], asdict(found), edges)
            Journal(self._system, environment, "shadow", f"decision:{value['id']}").write([event])
            done += 1
        return done

    def report(self, environment: str) -> Report | None:
        """What the newest shadow showed; None if there never was one."""
        view = self._system.view(environment)
        shadow = rollouts.shadow(view, environment)
        if shadow is None:
            return None
        query = Query(store=STORE, within=view.cut, since=shadow.since)
        found = {
            entry.key: Compared(**entry.value)
            for _, entry in self._system.ledger.history(query)
            if entry.value is not None and entry.value["shadow"] == shadow.id
        }
        return report(shadow, found)

    def _read(self, shadow: Shadow, view: View) -> OrderedDict[str, dict[str, Any]]:
        at = self._readings.get(shadow.environment)
        if at is None or (at.shadow, at.timeline) != (shadow.id, view.cut.timeline):
            at = self._readings[shadow.environment] = _Reading(shadow.id, view.cut.timeline)
        since = None if at.tick else shadow.since
        for store in ("decisions", STORE):
            query = Query(
                store=store, within=view.cut, after=at.tick, until=view.cut.tick, since=since
            )
            for _, entry in self._system.ledger.history(query):
                if store == STORE:
                    at.waiting.pop(entry.key, None)
                elif entry.value is not None and _asked(shadow, entry.value):
                    at.waiting[entry.key] = entry.value
        at.tick = view.cut.tick
        while len(at.waiting) > MOST:
            at.waiting.popitem(last=False)
        return at.waiting

    def _affordable(self, environment: str) -> bool:
        """Whether the budget of the day has room; what waits is asked tomorrow."""
        try:
            return not self._budgets.check(environment)
        except QuotaError:
            return False

    def _compare(self, shadow: Shadow, was: Decision) -> Compared:
        said = self._answer(shadow, was)
        # Compared as both are kept: what was served has been redacted, too.
        text = self._keeper.text
        now = replace(said, answer=text(said.answer), error=text(said.error))
        runtime = self._runtimes(shadow.candidate)
        answered = now.status in (ANSWERED, BLOCKED)
        pair = [was.answer, now.answer]
        same = answered and len(set(meanings(pair, embedder=runtime.embedder).tolist())) == 1
        scores: dict[str, list[float]] = {}
        samples = [self._scoring.sample(one) for one in (was, now)]
        for scorer in self._scoring.scorers():
            values = [apply(scorer, sample).value for sample in samples]
            numbers = [float(v) for v in values if v is not None and not isinstance(v, str)]
            if len(numbers) == len(samples):
                scores[scorer.name] = numbers
        return Compared(
            shadow=shadow.id,
            environment=shadow.environment,
            question=was.question,
            was=was.answer,
            answer=now.answer,
            status=now.status,
            same=same,
            scores=scores,
            seconds=[one.stamp.latency.get("total", 0.0) for one in (was, now)],
            cost=[one.stamp.cost for one in (was, now)],
            tokens=spend(now.json()).tokens,
            error=now.error,
        )

    def _answer(self, shadow: Shadow, was: Decision) -> Decision:
        """What the candidate says to the same question, at the same cut; nothing is recorded."""
        runtime = self._runtimes(shadow.candidate)
        pieces = run(
            question_of(was),
            runtime=runtime,
            view=View(self._system.ledger, was.stamp.cut),
            search=self._system.search(runtime.space),
            clock=self._system.clock,
        )
        return next(piece.decision for piece in pieces if isinstance(piece, Draft))

    def _append(self, view: View, events: tuple[Event, ...], reason: str) -> int:
        change = Change(
            view.cut.timeline,
            "shadow",
            events,
            (rollouts.expect(view, rollouts.SHADOW),),
            actor=self._system.actor,
            reason=reason,
        )
        return self._system.append.append(change).tick


def _asked(shadow: Shadow, value: dict[str, Any]) -> bool:
    """Whether a recorded decision is one that the shadow is asked, too, and can be."""
    return (
        value["environment"] == shadow.environment
        and value["status"] in (ANSWERED, BLOCKED)
        and not value.get("withheld")
        and not set(ASKED) & (value.get("redacted") or {}).keys()
        and value["stamp"]["release"] != shadow.candidate
        and drawn(shadow.id, value["id"]) < shadow.share
    )
