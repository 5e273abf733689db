"""``holdfast snapshot``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, Reason, open_project
from holdfast.cli.output import print_json, safe, say, table, when

app = typer.Typer(help="Name moments.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Lower-case name.")],
    env: Env = None,
    at: At = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Name a moment; it is kept for good. Copies nothing."""
    with open_project() as project:
        made = project.snapshot(name, environment=env, at=at, reason=reason)
    if as_json:
        print_json(made)
    else:
        say(f"{safe(made.name)} is {made.cut}.")


@app.command(name="list")
def list_all(as_json: AsJson = False) -> None:
    """List snapshots."""
    with open_project() as project:
        found = project.snapshots()
    if as_json:
        print_json(found)
    else:
        table(
            ("name", "cut", "made", "who", "corpus", "why"),
            ([s.name, s.cut, when(s.at), s.actor, s.corpus[:12], s.reason] for s in found),
        )
