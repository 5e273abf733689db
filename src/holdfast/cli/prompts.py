"""``holdfast prompts``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, open_project
from holdfast.cli.output import print_json, table, when


def prompts(
    name: Annotated[str | None, typer.Argument(help="One prompt; default: all.")] = None,
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """The history of prompts, newest first: who deployed which version when, and why."""
    with open_project() as project:
        history = project.prompts(name, environment=env, at=at)
    if as_json:
        print_json(history)
    else:
        table(
            ("prompt", "digest", "tick", "when", "who", "why"),
            (
                [
                    p["prompt"],
                    (p["digest"] or "removed")[:12],
                    f"@{p['tick']}",
                    when(p["at"]),
                    p["actor"],
                    p["reason"],
                ]
                for p in history
            ),
        )
