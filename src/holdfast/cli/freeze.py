"""``holdfast freeze``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import AsJson, DryRun, Env, open_project
from holdfast.cli.output import print_json, safe, say, when


def freeze(
    reason: Annotated[str, typer.Argument(help="Why; whoever is refused is told it.")],
    until: Annotated[
        str, typer.Option("--until", metavar="TIME", help="A timestamp, or from now on 6h, 2d.")
    ] = "",
    env: Env = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Refuse deployments and documents until a time, or until it is lifted."""
    from holdfast.operations.freeze import freeze as hold

    with open_project() as project:
        name = env or project.environment
        done = hold(project.system, name, reason=reason, until=until, dry_run=dry_run)
    if as_json:
        print_json(done)
        return
    end = "until it is lifted" if done.freeze.until is None else f"until {when(done.freeze.until)}"
    would = "would be" if dry_run else "is"
    say(f"{safe(done.freeze.environment)} {would} frozen {end}: {safe(done.freeze.reason)}")
