"""``holdfast alerts`` and ``holdfast alert``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, Env, Reason, open_project
from holdfast.cli.output import print_json, safe, say, table, when
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.operations.watch.alerts import Passed

app = typer.Typer(help="Raise alerts, silence them, try a receiver.")


def alerts(
    everything: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """What fires now, and what is silenced."""
    from holdfast.operations.watch.alerts import Alerts

    with open_project() as project:
        room = Alerts(project.system)
        found = [one for one in room.all(env) if everything or one.ended is None]
        silent = room.silent()
    if as_json:
        print_json({"alerts": found, "silences": silent})
        return
    if found:
        rows = (
            (one.state, one.severity, one.slo, one.environment, when(one.since), one.incident)
            for one in found
        )
        table(("state", "severity", "objective", "environment", "since", "incident"), rows)
    else:
        say("Nothing fires.")
    for one in silent:
        match = " ".join(f"{k}={v}" for k, v in one.match.items())
        say(f"silent until {when(one.until)}: {safe(match)} ({one.id}) {safe(one.reason)}")


@app.command("check")
def check(env: Env = None, as_json: AsJson = False) -> None:
    """Look at every objective once, raise and resolve, tell who wants to know; for cron."""
    from holdfast.operations.watch.alerts import Alerts

    with open_project() as project:
        done = Alerts(project.system).check(env)
    if as_json:
        print_json({"began": done.began, "ended": done.ended, "told": done.told})
    else:
        _tell(done)


def _tell(done: Passed) -> None:
    for one in done.began:
        say(f"[red]{one.severity}[/red]: {safe(one.summary)} ({one.incident})")
    for one in done.ended:
        say(f"[green]ended[/green]: {one.severity} of {safe(one.slo)}")
    for notice in done.told:
        outcome = f"not told: {notice.error}" if notice.error else "told"
        say(f"{safe(notice.receiver)}: {safe(outcome)} ({notice.state} {safe(notice.key)})")
    burning = sum(bool(one.firing) for one in done.standings)
    say(f"{len(done.standings)} objectives, {burning} burning.")


@app.command("silence")
def silence(
    match: Annotated[list[str], typer.Argument(help="Labels: slo=NAME, severity=ticket ...")],
    length: Annotated[str, typer.Option("--for", help="How long: 30m, 2h, 1d.")] = "2h",
    end: Annotated[bool, typer.Option("--end", help="End the silence of this id.")] = False,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Tell nobody of alerts with these labels, for a time."""
    from holdfast.operations.watch.alerts import Alerts

    with open_project() as project:
        room = Alerts(project.system)
        if end:
            made = room.unsilence(match[0])
        else:
            pairs = [pair.partition("=") for pair in match]
            wrong = next((pair for pair, (_, eq, value) in zip(match, pairs, strict=True)
                          if not eq or not value), None)  # fmt: skip
            if wrong is not None:
                raise UsageError(f"{wrong!r} is no label; write slo=NAME")
            made = room.silence({k: v for k, _, v in pairs}, length=length, reason=reason)
    print_json(made) if as_json else say(f"{made.id} until {when(made.until)}.")


@app.command("test")
def test(receiver: Annotated[str, typer.Argument(help="A target of alerts.toml.")]) -> None:
    """Send a notice to a receiver, to see that it arrives."""
    from holdfast.operations.watch.alerts import Alerts

    with open_project() as project:
        Alerts(project.system).test(receiver)
    say(f"{safe(receiver)} took it.")
