"""``holdfast rollback``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.diff import tell_state
from holdfast.cli.options import (
    AsJson,
    DryRun,
    Env,
    Quarantine,
    Reason,
    Requeue,
    arrivals,
    open_project,
)
from holdfast.cli.output import count, print_json, safe, say

if TYPE_CHECKING:
    from holdfast.operations.rollback import Plan, Rollback


def rollback(
    to: Annotated[str, typer.Option("--to", metavar="MOMENT", help="Where to go back to.")],
    requeue: Requeue = False,
    quarantine: Quarantine = False,
    env: Env = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take index, queue, cache, memory, feedback, prompts and release back to a moment."""
    later = arrivals(requeue=requeue, quarantine=quarantine, otherwise="leave")
    with open_project() as project:
        if dry_run:
            plan = project.plan_rollback(to, environment=env)
            print_json(plan) if as_json else _plan(plan)
            return
        done = project.rollback(to, environment=env, reason=reason, arrivals=later)
    print_json(done) if as_json else _tell(done)


def _plan(plan: Plan) -> None:
    since = plan.at[:19].replace("T", " ")
    say(f"{safe(plan.environment)} would go from {plan.before} to {plan.to} ({since} UTC).")
    tell_state(plan.difference)
    hidden = ", ".join(f"{number:,} in {store}" for store, number in sorted(plan.hidden.items()))
    say(f"Events that would no longer show: {hidden or 'none'}.")
    if plan.arrivals:
        say(
            f"{count(plan.arrivals, 'document')} came in since; --requeue or --quarantine keeps "
            "hold of them."
        )


def _tell(done: Rollback) -> None:
    say(f"{safe(done.environment)} is back at {done.to}, going on as {done.after}.")
    if done.requeued or done.quarantined:
        say(f"{count(done.requeued, 'document')} queued again, {done.quarantined:,} quarantined.")
    say(f"[dim]Undo: holdfast rollback --to {done.before}[/dim]")
