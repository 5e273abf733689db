"""A canary: a candidate answers a share, and a test that may be looked at any time decides."""

from __future__ import annotations

from dataclasses import dataclass, replace

from holdfast.domain.decision import new_id
from holdfast.domain.digest import short
from holdfast.domain.event import Change, Event
from holdfast.domain.rollout import ABORTED, PROMOTED, ROLLED_BACK, Canary, Terms
from holdfast.errors import ConflictError, FencedError, StateError, UsageError
from holdfast.observation.tally import ArmCount, Tally, measures
from holdfast.operations.admit import admit, check_force, check_frozen
from holdfast.operations.deploy import Order, chosen, known, put
from holdfast.operations.rollout.candidate import check_candidate
from holdfast.operations.system import System
from holdfast.statistics.interval import Interval
from holdfast.statistics.sequential import Verdict
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import catalog, rollouts
from holdfast.store.releases.catalog import Components


@dataclass(frozen=True, slots=True)
class Started:
    """What the start of a canary did or, on a dry run, would do; ``tick`` is None then."""

    canary: Canary
    tick: int | None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How a canary does. ``difference`` is candidate minus baseline, in shares of good answers."""

    canary: Canary
    verdict: Verdict
    baseline: ArmCount
    candidate: ArmCount
    difference: Interval
    harmed: float
    """Evidence that the candidate is worse; from ``needed`` on it is rolled back."""
    safe: float
    """Evidence that it is not worse by the margin; from ``needed`` on it is promoted."""
    needed: float
    waiting: int
    """Conversations that are not counted yet."""


class Canaries:
    """The canaries of a project: ``Canaries(project.system)``. Keep it to look again and again."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._tallies: dict[str, Tally] = {}

    def start(
        self, environment: str, *, share: float, release: str | None = None, order: Order
    ) -> Started:
        """Let a candidate answer a share; for the one that is running, change its share.

        Raises ``StateError`` while another canary runs, and for a candidate that is deployed
        already, searches another column, or whose gate did not pass (but for ``order.force``).
        """
        if not 0 < share < 1:
            raise UsageError(f"a canary of {share:.3g} of all is none; write a share like 5%")
        check_force(force=order.force, reason=order.reason)
        view = self._system.view(environment)
        check_frozen(self._system, environment, view=view, force=order.force)
        components = chosen(release, system=self._system)
        candidate = catalog.release_of(components).digest
        running = rollouts.canary(view, environment)
        if running is not None and running.running:
            if running.candidate != candidate:
                raise StateError(
                    f"{short(running.candidate)} is {environment!r}'s canary; end it with "
                    "'holdfast canary promote' or 'holdfast canary abort'"
                )
            canary = replace(running, share=share)
        else:
            canary = self._new(view, components, share=share, order=order, environment=environment)
        if order.dry_run or canary == running:
            return Started(canary, None, order.dry_run)
        with self._system.latch.storing():
            catalog.save(components, blobs=self._system.blobs)
            events = (rollouts.event(canary), *known(view, catalog.release_of(components)))
            tick = self._append(view, events, "canary", order.reason or f"{share:.3g} of all")
        return Started(canary, tick)

    def standing(self, environment: str) -> Standing | None:
        """How the newest canary does, or did; None if there never was one. Changes nothing."""
        now = self._system.clock.now()
        view = self._system.view(environment)
        canary = rollouts.canary(view, environment)
        return None if canary is None else self._standing(canary, view, now=now)

    def check(self, environment: str) -> Standing | None:
        """Look at the running canary, and promote it or roll it back if that is certain.

        Another process may do the same at the same time: one of them moves. A promotion waits
        while the environment is frozen; a rollback does not.
        """
        now = self._system.clock.now()
        view = self._system.view(environment)
        canary = rollouts.canary(view, environment)
        if canary is None or not canary.running:
            return None
        found = self._standing(canary, view, now=now)
        try:
            if found.verdict == "fail":
                return self._end(found, view, status=ROLLED_BACK, reason=told(found))
            frozen = rollouts.freeze(view, environment, now=now)
            if found.verdict == "pass" and frozen is None:
                self._promote(canary, view, reason=told(found), force=bool(canary.forced))
                return replace(found, canary=replace(canary, status=PROMOTED))
        except (ConflictError, FencedError):
            return found  # Somebody else moved it, or the environment; the next look sees it.
        return found

    def promote(self, environment: str, *, reason: str = "", force: bool = False) -> Canary:
        """Deploy the candidate now, whatever the test says."""
        check_force(force=force, reason=reason)
        view = self._system.view(environment)
        canary = _running(view, environment)
        self._promote(
            canary, view, reason=reason or "promoted by hand", force=force or bool(canary.forced)
        )
        return replace(canary, status=PROMOTED)

    def abort(self, environment: str, *, reason: str = "") -> Canary:
        """End the canary; what is deployed answers all again."""
        view = self._system.view(environment)
        ended = replace(_running(view, environment), status=ABORTED)
        self._append(view, (rollouts.event(ended),), "canary", reason or "aborted by hand")
        return ended

    def _new(
        self, view: View, components: Components, *, share: float, order: Order, environment: str
    ) -> Canary:
        system, wanted = self._system, self._system.settings.canary
        measures(wanted.measures)
        baseline = catalog.deployed(view, environment=environment)
        candidate = check_candidate(system, view, components=components, baseline=baseline)
        forced = admit(system, candidate, before=baseline, force=order.force)
        now = system.clock.now()
        terms = Terms(wanted.measures, wanted.margin, wanted.confidence, wanted.settle_seconds)
        return Canary(
            new_id("c", at=now), environment, candidate, baseline, share, terms, now, forced
        )

    def _standing(self, canary: Canary, view: View, *, now: int) -> Standing:
        tally = self._tallies.get(canary.environment)
        if tally is None or (tally.canary.id, tally.timeline) != (canary.id, view.cut.timeline):
            shelf = self._system.rollups().shelf
            tally = Tally(self._system.ledger, canary, timeline=view.cut.timeline, shelf=shelf)
            self._tallies[canary.environment] = tally
        tally.read(view.cut, now=now)
        return Standing(
            canary,
            tally.test.verdict,
            replace(tally.arms["baseline"]),
            replace(tally.arms["candidate"]),
            tally.test.difference,
            tally.test.harmed,
            tally.test.value,
            1 / (1 - canary.terms.confidence),
            tally.waiting,
        )

    def _promote(self, canary: Canary, view: View, *, reason: str, force: bool) -> None:
        done = replace(canary, status=PROMOTED)
        put(
            self._system,
            canary.environment,
            components=catalog.components(canary.candidate, blobs=self._system.blobs),
            order=Order(
                reason,
                force=force,
                beside=(rollouts.event(done),),
                expects=(rollouts.expect(view, rollouts.CANARY),),
            ),
        )

    def _end(self, found: Standing, view: View, *, status: str, reason: str) -> Standing:
        ended = replace(found.canary, status=status)
        self._append(view, (rollouts.event(ended),), "canary", reason)
        return replace(found, canary=ended)

    def _append(self, view: View, events: tuple[Event, ...], operation: str, reason: str) -> int:
        change = Change(
            view.cut.timeline,
            operation,
            events,
            (rollouts.expect(view, rollouts.CANARY),),
            actor=self._system.actor,
            reason=reason,
        )
        return self._system.append.append(change).tick


def _running(view: View, environment: str) -> Canary:
    canary = rollouts.canary(view, environment)
    if canary is None or not canary.running:
        raise StateError(
            f"no canary is running in {environment!r}; 'holdfast deploy R --canary 5%' starts one"
        )
    return canary


def told(standing: Standing) -> str:
    """Why a canary moved: the figures of both arms in one line."""
    sides = [
        f"{arm.arm} {arm.good:.4g} of {arm.conversations} good"
        for arm in (standing.candidate, standing.baseline)
    ]
    between = standing.difference
    return (
        f"{', '.join(sides)}; difference between {100 * between.low:+.1f} and "
        f"{100 * between.high:+.1f} points"
    )
