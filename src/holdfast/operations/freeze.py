"""Freeze an environment: nothing is deployed or ingested until it is over."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.event import Change, Event
from holdfast.domain.rollout import Freeze
from holdfast.errors import StateError, UsageError
from holdfast.operations.later import later
from holdfast.operations.system import System
from holdfast.store.releases import rollouts


@dataclass(frozen=True, slots=True)
class Frozen:
    """A freeze and the change that began or ended it; on a dry run ``tick`` is None."""

    freeze: Freeze
    tick: int | None


def freeze(
    system: System, environment: str, *, reason: str, until: str = "", dry_run: bool = False
) -> Frozen:
    """Refuse deployments and documents from now on, until a time or until it is lifted.

    A second freeze replaces the first. Rollbacks and recoveries are never refused: they are what
    one needs then. A rollback keeps the freeze.
    """
    if not reason.strip():
        raise UsageError("a freeze needs a reason; whoever is refused is told it")
    end = later(until, clock=system.clock) if until else None
    made = Freeze(environment, reason.strip(), end)
    if dry_run:
        system.head(environment)
        return Frozen(made, None)
    return Frozen(made, _write(system, environment, rollouts.event(made), reason=made.reason))


def unfreeze(system: System, environment: str, *, reason: str = "") -> Frozen:
    """Lift the freeze. Raises ``StateError`` when there is none."""
    held = rollouts.freeze(system.view(environment), environment, now=system.clock.now())
    if held is None:
        raise StateError(f"{environment!r} is not frozen")
    gone = Event(rollouts.STORE, rollouts.FREEZE, None)
    return Frozen(held, _write(system, environment, gone, reason=reason))


def carried(system: System, environment: str) -> tuple[Event, ...]:
    """The event that keeps a freeze when the environment goes back to before it."""
    held = rollouts.freeze(system.view(environment), environment, now=system.clock.now())
    return () if held is None else (rollouts.event(held),)


def _write(system: System, environment: str, event: Event, *, reason: str) -> int:
    view = system.view(environment)
    change = Change(
        view.cut.timeline,
        "freeze" if event.value else "unfreeze",
        (event,),
        (rollouts.expect(view, rollouts.FREEZE),),
        actor=system.actor,
        reason=reason,
    )
    return system.append.append(change).tick
