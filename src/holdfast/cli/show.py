"""``holdfast show``"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, open_project
from holdfast.cli.output import plain, print_json, safe, say


def show(
    name: Annotated[
        str,
        typer.Argument(
            help="Decision, release, document path, snapshot, environment, @12 or @12.0."
        ),
    ],
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Any object by its id."""
    with open_project() as project:
        shown = project.show(name, environment=env, at=at)
    if as_json:
        print_json(shown)
        return
    say(f"[bold]{safe(shown.kind)}[/bold] {safe(shown.id)}")
    for key, value in plain(shown.value).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
        say(f"[bold]{safe(key)}[/bold]: {safe(text)}")
