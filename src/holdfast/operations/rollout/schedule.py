"""Deploy at a time to come."""

from __future__ import annotations

from dataclasses import dataclass, replace

from holdfast.domain.decision import new_id
from holdfast.domain.event import Change
from holdfast.domain.rollout import CANCELLED, DONE, REFUSED, WAITING, Schedule
from holdfast.errors import ConflictError, FencedError, HoldfastError, NotFoundError
from holdfast.operations.admit import check_force
from holdfast.operations.deploy import Order, check_prepared, chosen, known, put
from holdfast.operations.later import later
from holdfast.operations.system import System
from holdfast.store.releases import catalog, rollouts


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A deployment to come; on a dry run ``tick`` is None."""

    schedule: Schedule
    tick: int | None
    dry_run: bool = False


def schedule(
    system: System, environment: str, *, at: str, release: str | None = None, order: Order
) -> Scheduled:
    """Deploy a release at a time; what would be refused now is refused now.

    ``holdfast serve`` does it when the time has come, or ``holdfast canary check``. The gate and a
    freeze are looked at then.
    """
    check_force(force=order.force, reason=order.reason)
    view = system.view(environment)
    when = later(at, clock=system.clock)
    components = chosen(release, system=system)
    check_prepared(view, components, system=system)
    made = Schedule(
        new_id("s", at=system.clock.now()),
        environment,
        catalog.release_of(components).digest,
        when,
        order.reason,
        order.force,
    )
    if order.dry_run:
        return Scheduled(made, None, dry_run=True)
    with system.latch.storing():
        release_ = catalog.save(components, blobs=system.blobs)
        change = Change(
            view.cut.timeline,
            "schedule",
            (rollouts.event(made), *known(view, release_)),
            actor=system.actor,
            reason=order.reason,
        )
        return Scheduled(made, system.append.append(change).tick)


def carry_out(system: System, environment: str) -> list[Schedule]:
    """Deploy what is due; what is refused is recorded with the reason, and not tried again."""
    view = system.view(environment)
    now = system.clock.now()
    found = rollouts.schedules(view, environment)
    due = [one for one in found if one.status == WAITING and one.at <= now]
    return [done for one in due if (done := _carry_out(system, one)) is not None]


def cancel(system: System, environment: str, *, name: str, reason: str = "") -> Schedule:
    """Call a scheduled deployment off, by its id or the beginning of it."""
    found = [
        one
        for one in rollouts.schedules(system.view(environment), environment)
        if one.status == WAITING and one.id.startswith(name)
    ]
    if len(found) != 1:
        raise NotFoundError(
            f"no scheduled deployment {name!r} waits; 'holdfast canary status' lists them"
        )
    done = replace(found[0], status=CANCELLED, note=reason)
    _record(system, done, reason=reason)
    return done


def _carry_out(system: System, one: Schedule) -> Schedule | None:
    done = replace(one, status=DONE)
    view = system.view(one.environment)
    order = Order(
        one.reason or "as scheduled",
        force=one.force,
        beside=(rollouts.event(done),),
        expects=(rollouts.expect(view, rollouts.key(one)),),
    )
    try:
        components = catalog.components(one.release, blobs=system.blobs)
        made = put(system, one.environment, components=components, order=order)
        if made.tick is None:
            done = replace(done, note="it answered already")
            _record(system, done, reason=done.note)
    except (ConflictError, FencedError):
        return None  # Somebody else did it, or something came between; the next look sees it.
    except HoldfastError as e:
        done = replace(one, status=REFUSED, note=str(e))
        _record(system, done, reason=str(e))
    return done


def _record(system: System, one: Schedule, *, reason: str) -> None:
    view = system.view(one.environment)
    change = Change(
        view.cut.timeline,
        "schedule",
        (rollouts.event(one),),
        (rollouts.expect(view, rollouts.key(one)),),
        actor=system.actor,
        reason=reason,
    )
    system.append.append(change)
