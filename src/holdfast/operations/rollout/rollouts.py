"""Everything that is on its way into an environment, and what keeps it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from holdfast.domain.rollout import Canary, Freeze, Schedule, Shadow
from holdfast.observation.comparison import Report
from holdfast.operations.rollout.canary import Canaries, Standing
from holdfast.operations.rollout.schedule import cancel, carry_out
from holdfast.operations.rollout.shadow import Shadows
from holdfast.operations.system import System
from holdfast.pipeline.runtime import Runtime
from holdfast.store.releases import rollouts

CANARY, SHADOW = "canary", "shadow"


@dataclass(frozen=True, slots=True)
class Rollouts:
    """How an environment stands; None where there never was such a thing."""

    environment: str
    canary: Standing | None
    shadow: Report | None
    schedules: tuple[Schedule, ...]
    freeze: Freeze | None


@dataclass(frozen=True, slots=True)
class Moved:
    """What a look did."""

    canary: Standing | None
    """The running canary as it stood, ended if it was; None without one."""
    schedules: tuple[Schedule, ...]
    """Deployments that were due."""


def status(system: System, environment: str, *, runtimes: Callable[[str], Runtime]) -> Rollouts:
    """All of it; changes nothing."""
    view = system.view(environment)
    return Rollouts(
        environment,
        Canaries(system).standing(environment),
        Shadows(system, runtimes).report(environment),
        tuple(rollouts.schedules(view, environment)),
        rollouts.freeze(view, environment, now=system.clock.now()),
    )


def check(system: System, environment: str, *, canaries: Canaries) -> Moved:
    """Do what is due: scheduled deployments, and what the canary's test says."""
    due = tuple(carry_out(system, environment))
    return Moved(canaries.check(environment), due)


def abort(
    system: System,
    environment: str,
    *,
    name: str,
    runtimes: Callable[[str], Runtime],
    reason: str = "",
) -> Canary | Shadow | Schedule:
    """End the canary, the shadow, or a scheduled deployment by its id."""
    if name == CANARY:
        return Canaries(system).abort(environment, reason=reason)
    if name == SHADOW:
        return Shadows(system, runtimes).end(environment, reason=reason)
    return cancel(system, environment, name=name, reason=reason)
