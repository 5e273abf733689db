"""``holdfast sql``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, Limit, open_project


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT statement.")],
    limit: Limit = 1_000,
    everything: Annotated[
        bool, typer.Option("--all", help="Also timelines that were rolled back.")
    ] = False,
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Ask in SQL: spans, points, logs, decisions, events and every store of the ledger."""
    from holdfast.cli.rows import print_rows
    from holdfast.operations.watch.question import Questions

    with open_project() as project:
        answer = Questions(project.system).sql(
            query, environment=env, at=at, everything=everything, limit=limit
        )
    print_rows(answer, as_json=as_json)
