"""``holdfast deploy``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.diff import tell_components
from holdfast.cli.options import AsJson, DryRun, Env, Reason, open_project
from holdfast.cli.output import print_json, safe, say


def deploy(
    release: Annotated[
        str | None, typer.Argument(help="A known release; default: the one this folder makes.")
    ] = None,
    env: Env = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    force: Annotated[
        bool, typer.Option("--force", help="Although its gate did not pass; needs --reason.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a release answer: an event on the ledger, undone by a rollback."""
    with open_project() as project:
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
