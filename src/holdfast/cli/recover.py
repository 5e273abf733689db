"""``holdfast recover``"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.blast import Strength, tell
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
from holdfast.cli.output import count, print_json, safe, say, table

if TYPE_CHECKING:
    from holdfast.operations.recover.again import Again
    from holdfast.operations.recover.recover import Recovered

ROWS = 10
"""Questions whose answers are shown."""


def recover(
    causes: Annotated[
        list[str],
        typer.Option(
            "--from",
            metavar="CAUSE",
            help="Document (path or digest), decision, release, event or MOMENT..MOMENT; "
            "may be given again.",
        ),
    ],
    threshold: Strength = None,
    requeue: Requeue = False,
    quarantine: Quarantine = False,
    suite: Annotated[
        str, typer.Option("--suite", help="Suite to ask again. Default: recover.suite.")
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Take back more than recover.share unasked.")
    ] = False,
    env: Env = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take a cause back with everything that rests on it; everything else stays."""
    from holdfast.operations.recover.recoveries import Recoveries

    later = arrivals(requeue=requeue, quarantine=quarantine, otherwise="quarantine")
    with open_project() as project:
        room = Recoveries(project.system, project.runtime)
        asked = room.suite(suite)
        if dry_run:
            plan = room.plan(causes, threshold=threshold, environment=env)
            value = {"environment": plan.environment, "before": plan.before, "loss": plan.loss}
            print_json(value) if as_json else tell(plan.loss)
            return
        if not yes and sys.stdin.isatty() and not as_json:
            loss = room.plan(causes, threshold=threshold, environment=env).loss
            if loss.share > project.settings.recover.share:
                tell(loss)
                yes = typer.confirm("Take all of it back?", abort=True)
        order = replace(
            room.order(threshold=threshold, yes=yes),
            reason=reason,
            arrivals=later,
        )
        done = room.recover(causes, order=order, environment=env)
        again = room.again(done, asked) if asked is not None else None
    print_json({**_fields(done), "again": again}) if as_json else _tell(done, again)


def _fields(done: Recovered) -> dict[str, object]:
    return {name: getattr(done, name) for name in type(done).__dataclass_fields__}


def _tell(done: Recovered, again: Again | None) -> None:
    taken = ", ".join(f"{number:,} in {store}" for store, number in done.loss.revoked.items())
    say(f"{safe(done.environment)} goes on as {done.after} without {safe(done.loss.cause)}.")
    say(f"Taken back: {taken}.")
    kept = ", ".join(f"{number:,} in {store}" for store, number in done.loss.mentioned.items())
    if kept:
        say(f"Kept, as they only mention it: {kept}.")
    for turn in done.loss.documents:
        what = f"shows {turn.after[:12]} again" if turn.after else "is gone"
        say(f"{safe(turn.path)} {what}")
    if done.requeued or done.quarantined:
        say(f"{count(done.requeued, 'document')} queued again, {done.quarantined:,} quarantined.")
    for name, cases in done.loss.datasets.items():
        say(f"Dataset {safe(name)}: {count(len(cases), 'case')} marked: {', '.join(cases[:5])}")
    if again is not None:
        _tell_again(again)
    say(f"[dim]Undo: holdfast rollback --to {done.before}[/dim]")


def _tell_again(again: Again) -> None:
    say(f"{len(again.answered)} of {count(again.cases, 'question')} of {again.suite} were touched.")
    for name, (before, after) in again.means.items():
        say(f"  {safe(name)}: {before:.3g} before, {after:.3g} now")
    changed = [one for one in again.answered if one.before != one.after]
    if changed:
        rows = [(one.question, one.before[:80], one.after[:80]) for one in changed[:ROWS]]
        table(("question", "before", "now"), rows)
