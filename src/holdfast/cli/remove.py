"""``holdfast remove``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import AsJson, Env, Force, Reason, open_project
from holdfast.cli.output import count, print_json, say


def remove(
    paths: Annotated[list[str], typer.Argument(help="Corpus paths, as 'documents' lists them.")],
    env: Env = None,
    reason: Reason = "",
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Take documents out of the corpus; a rollback brings them back."""
    with open_project() as project:
        project.remove(paths, environment=env, reason=reason, force=force)
    if as_json:
        print_json({"removed": paths})
    else:
        say(f"Removed {count(len(paths), 'document')}.")
