"""``holdfast deploy``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.diff import tell_components
from holdfast.cli.options import AsJson, DryRun, Env, Reason, open_project
from holdfast.cli.output import print_json, safe, say, when
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.operations.rollout.canary import Started
    from holdfast.operations.rollout.schedule import Scheduled
    from holdfast.operations.rollout.shadow import Shadowed


def deploy(
    release: Annotated[
        str | None, typer.Argument(help="A known release; default: the one this folder makes.")
    ] = None,
    env: Env = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Although its gate, a canary or a freeze forbids; --reason."),
    ] = False,
    canary: Annotated[
        str, typer.Option("--canary", metavar="SHARE", help="Let it answer a share: 5%.")
    ] = "",
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Ask it, too; compare, and serve nothing of it.")
    ] = False,
    share: Annotated[str, typer.Option("--share", help="Share that a shadow is asked.")] = "100%",
    at: Annotated[
        str, typer.Option("--at", metavar="TIME", help="When: a timestamp, or from now 30m, 6h.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make a release answer: an event on the ledger, undone by a rollback."""
    from holdfast.operations.deploy import Order
    from holdfast.operations.rollout.canary import Canaries
    from holdfast.operations.rollout.candidate import share as parse
    from holdfast.operations.rollout.schedule import schedule
    from holdfast.operations.rollout.shadow import Shadows

    if bool(canary) + shadow + bool(at) > 1:
        raise UsageError("give one of --canary, --shadow and --at")
    with open_project() as project:
        system, name = project.system, env or project.environment
        order = Order(reason, dry_run, force)
        later: Started | Shadowed | Scheduled | None = None
        if canary:
            room = Canaries(system)
            later = room.start(name, share=parse(canary), release=release, order=order)
        elif shadow:
            shadows = Shadows(system, project.runtime)
            later = shadows.start(name, share=parse(share), release=release, order=order)
        elif at:
            later = schedule(system, name, at=at, release=release, order=order)
        if later is not None:
            print_json(later) if as_json else _tell(later)
            return
        done = project.deploy(release, environment=env, reason=reason, dry_run=dry_run, force=force)
    if as_json:
        print_json(done)
        return
    tell_components(done.differences)
    if done.before == done.release:
        say(f"{done.release[:12]} already answers in {safe(done.environment)}.")
    elif dry_run:
        say(f"{done.release[:12]} would answer in {safe(done.environment)}.")
    else:
        say(f"{done.release[:12]} answers in {safe(done.environment)} since @{done.tick}.")


def _tell(done: Started | Shadowed | Scheduled) -> None:
    from holdfast.operations.rollout.canary import Started
    from holdfast.operations.rollout.schedule import Scheduled

    since = f"since @{done.tick}" if done.tick else "nothing was changed"
    if isinstance(done, Scheduled):
        one = done.schedule
        where = safe(one.environment)
        say(f"{one.release[:12]} answers in {where} from {when(one.at)} on ({one.id}, {since}).")
    elif isinstance(done, Started):
        canary = done.canary
        say(
            f"{canary.candidate[:12]} answers {canary.share:.3g} of {safe(canary.environment)} "
            f"beside {canary.baseline[:12]} ({since})."
        )
        say("[dim]holdfast serve promotes it or rolls it back: holdfast canary status[/dim]")
    else:
        shadow = done.shadow
        say(
            f"{shadow.candidate[:12]} is asked {shadow.share:.3g} of {safe(shadow.environment)} "
            f"in the background ({since})."
        )
        say("[dim]What it shows: holdfast canary status[/dim]")
