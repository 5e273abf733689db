"""``holdfast log``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, Limit, open_project
from holdfast.cli.output import print_json, table, when


def log(
    limit: Limit = 30,
    store: Annotated[str | None, typer.Option(help="Only changes of this store.")] = None,
    operation: Annotated[
        str | None, typer.Option(help="Only this operation: ask, ingest, deploy ...")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also timelines that were rolled back.")
    ] = False,
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """The ledger: what changed, newest first."""
    with open_project() as project:
        lines = project.log(
            environment=env,
            at=at,
            limit=limit,
            store=store,
            operation=operation,
            everything=everything,
        )
    if as_json:
        print_json(lines)
        return
    rows = (
        [
            line.commit.cut,
            when(line.commit.at),
            line.commit.operation,
            line.commit.actor,
            ", ".join(f"{n} {name}" if n > 1 else name for name, n in line.stores.items()),
            line.commit.reason or line.about,
        ]
        for line in lines
    )
    table(("change", "when", "operation", "who", "events", "why, or what about"), rows)
