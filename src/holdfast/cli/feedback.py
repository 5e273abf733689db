"""``holdfast feedback``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import AsJson, Env, open_project
from holdfast.cli.output import print_json, say
from holdfast.errors import UsageError


def feedback(
    decision: Annotated[str, typer.Argument(help="Decision id, or its beginning.")],
    up: Annotated[bool, typer.Option("--up", help="The answer was good.")] = False,
    down: Annotated[bool, typer.Option("--down", help="The answer was bad.")] = False,
    correct: Annotated[str, typer.Option("--correct", help="What it should have said.")] = "",
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """Say what you think of an answer; ranking listens, within bounds."""
    chosen = [name for name, on in (("up", up), ("down", down), ("correct", bool(correct))) if on]
    if len(chosen) != 1:
        raise UsageError("give exactly one of --up, --down and --correct TEXT")
    with open_project() as project:
        tick = project.feedback(decision, chosen[0], correction=correct, environment=env)
    if as_json:
        print_json({"tick": tick, "verdict": chosen[0]})
    else:
        say(f"Recorded as @{tick}.")
