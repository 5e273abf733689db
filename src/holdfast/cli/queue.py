"""``holdfast queue``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, open_project
from holdfast.cli.output import print_json, table


def queue(
    status: Annotated[
        str | None, typer.Option(help="enqueued, claimed, committed or quarantined.")
    ] = None,
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """List documents on their way in, and those that were quarantined."""
    with open_project() as project:
        items = project.queue(environment=env, at=at, status=status)
    if as_json:
        print_json(items)
    else:
        table(
            ("status", "path", "document", "reason"),
            ([i.status, i.path, i.document[:12], i.reason] for i in items),
        )
