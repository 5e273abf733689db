"""``holdfast decisions``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, Limit, open_project

SHOWN = ("time", "id", "status", "question", "answer", "seconds")
"""Columns that people see."""


def decisions(
    where: Annotated[
        str, typer.Option("--where", "-w", help="A condition in SQL: \"status = 'blocked'\".")
    ] = "",
    since: Annotated[str | None, typer.Option(help='A timestamp or phrase: "2 hours ago".')] = None,
    limit: Limit = 100,
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """What was asked and answered, newest first."""
    from holdfast.cli.rows import print_rows
    from holdfast.operations.watch.question import Questions

    with open_project() as project:
        answer = Questions(project.system).decisions(
            where, since=since, environment=env, at=at, limit=limit
        )
    print_rows(answer, as_json=as_json, shown=SHOWN)
