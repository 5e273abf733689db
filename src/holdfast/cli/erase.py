"""``holdfast erase``"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, DryRun, Reason, open_project
from holdfast.cli.output import ERR, count, print_json, safe, say, when
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.operations.erase.erase import Erasure, Plan


def erase(
    session: Annotated[str, typer.Option("--session", help="A conversation.")] = "",
    user: Annotated[
        str, typer.Option("--user", help="A user, as the application called them.")
    ] = "",
    decision: Annotated[str, typer.Option("--decision", help="One decision, by its id.")] = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with erasures that were stopped or deferred.")
    ] = False,
    defer: Annotated[
        bool, typer.Option("--defer", help="Leave the files to --resume, in a quiet hour.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Erase what one user said and was told, for good; the ledger still verifies."""
    from holdfast.operations.erase.erase import Erasures
    from holdfast.operations.erase.subject import Subject

    with open_project() as project:
        room = Erasures(project.system)
        if resume:
            if session or user or decision:
                raise UsageError("--resume goes on with what was begun; it takes no subject")
            _show(room.resume(progress=_working), as_json=as_json)
            return
        subject = Subject.of(session=session, user=user, decision=decision)
        if dry_run:
            plan = room.plan(subject)
            print_json(plan) if as_json else _tell_plan(plan)
            return
        if not yes:
            if as_json or not sys.stdin.isatty():
                raise UsageError("it cannot be undone: look with --dry-run, then give --yes")
            _tell_plan(room.plan(subject))
            typer.confirm("Erase all of it? It cannot be undone.", abort=True)
        left = room.plan(subject).left
        done = room.erase(subject, reason=reason, defer=defer, progress=_working)
    if as_json:
        print_json({**{n: getattr(done, n) for n in done.__slots__}, "left": left})
        return
    _tell(done)
    for thing in left:
        say(f"[yellow]Stays[/yellow]: {safe(thing)}")


def _working(what: str) -> None:
    if ERR.is_terminal:
        ERR.print(f"[dim]{what} …[/dim]")


def _tell_plan(plan: Plan) -> None:
    values = ", ".join(f"{number:,} in {store}" for store, number in plan.values.items()) or "none"
    say(f"Would erase the content of {count(plan.decisions, 'decision')}.")
    say(f"Values of the ledger: {values}.")
    for name, number in plan.cases.items():
        say(f"Dataset {safe(name)}: {count(number, 'case')} removed, in every version.")
    say(f"Telemetry: {count(plan.rows, 'row')} of {count(plan.traces, 'trace')} removed.")
    for thing in plan.left:
        say(f"[yellow]Stays[/yellow]: {safe(thing)}")


def _show(done: list[Erasure], *, as_json: bool) -> None:
    if as_json:
        print_json(done)
    elif not done:
        say("No erasure was stopped.")
    else:
        for one in done:
            _tell(one)


def _tell(done: Erasure) -> None:
    say(
        f"Erased [bold]{done.request}[/bold] ({when(done.at)}, {safe(done.actor)}): "
        f"{count(done.decisions, 'decision')}, {count(sum(done.values.values()), 'value')} of the "
        f"ledger, {count(sum(done.cases.values()), 'case')}, {count(done.traces, 'trace')}."
    )
    if done.status == "begun":
        say("Files still hold what was there: 'holdfast erase --resume' writes them anew.")
