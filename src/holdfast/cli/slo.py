"""``holdfast slo``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, open_project
from holdfast.cli.output import print_json, safe, say, table, when

if TYPE_CHECKING:
    from holdfast.observation.objective import Report

app = typer.Typer(invoke_without_command=True)

Name = Annotated[str, typer.Argument(help="One objective; default: all.")]


@app.callback()
def slo(context: typer.Context, env: Env = None, at: At = None, as_json: AsJson = False) -> None:
    """Objectives: what is promised, and what is left of the error budget."""
    if context.invoked_subcommand is None:
        status(env=env, at=at, as_json=as_json)


@app.command("status")
def status(name: Name = "", env: Env = None, at: At = None, as_json: AsJson = False) -> None:
    """Budget left and burn rate of every objective; exit code 1: one burns."""
    from holdfast.operations.watch.objectives import Objectives

    with open_project() as project:
        found = Objectives(project.system).reports(name, environment=env, at=at)
    if as_json:
        print_json(found)
    elif found:
        _tell(found)
    else:
        say("No objectives yet; write one in slos/NAME.yaml (OpenSLO v1).")
    if any(one.firing for one in found):
        raise typer.Exit(1)


@app.command("series")
def series(
    name: Name = "",
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="30m, 6h, 7d, or a time; default: 30d.")
    ] = "30d",
    by: Annotated[str, typer.Option(help="hour or day.")] = "day",
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Good decisions of all, hour by hour or day by day."""
    from holdfast.operations.watch.objectives import Objectives

    with open_project() as project:
        found = Objectives(project.system).series(name, environment=env, since=since, at=at, by=by)
    if as_json:
        print_json(found)
        return
    rows = [
        (one.name, when(point.at), f"{point.good:,}", f"{point.n:,}", f"{point.rate:.2%}")
        for one in found
        for point in one.points
        if point.rate is not None
    ]
    table(("objective", "from", "good", "n", "rate"), rows)


@app.command("export")
def export(name: Name = "", env: Env = None) -> None:
    """Rules for Prometheus, by sloth's names."""
    from holdfast.operations.watch.objectives import Objectives

    with open_project() as project:
        print(Objectives(project.system).export(name, environment=env), end="")


def _tell(found: tuple[Report, ...]) -> None:
    rows = []
    for one in found:
        rate = one.rate
        rows.append(
            (
                one.name,
                one.row,
                f"{one.target:.4g}",
                f"{one.good / one.n:.2%}" if one.n else "",
                f"{rate.low:.2%} to {rate.high:.2%}" if rate else "",
                f"{one.n:,}",
                f"{one.left:.0%}" if one.left > 0 else f"spent {1 - one.left:.1f}x",
                " ".join(f"{b.rate:.1f}x" for b in one.burns),
                one.state,
            )
        )
    columns = ("objective", "row", "target", "now", "95 % limits", "n", "budget left", "burn",
               "state")  # fmt: skip
    table(columns, rows)
    for one in found:
        for burn in one.firing:
            say(
                f"{burn.window.severity}: {safe(one.name)} burns "
                f"{burn.rate:.1f} times as fast as allowed ({burn.bad} of {burn.n} bad)"
            )
