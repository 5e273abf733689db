"""``holdfast fork``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import AsJson, At, Reason, open_project
from holdfast.cli.output import print_json, safe, say


def fork(
    source: Annotated[str, typer.Argument(help="Environment to copy.")],
    name: Annotated[str, typer.Argument(help="Environment to make.")],
    at: At = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Make an environment with all state of another; nothing is copied."""
    with open_project() as project:
        cut = project.fork(source, name, at=at, reason=reason)
    if as_json:
        print_json({"environment": name, "cut": str(cut)})
    else:
        say(f"{safe(name)} starts as {safe(source)}, at {cut}.")
