"""``holdfast init``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from holdfast.cli.options import AsJson
from holdfast.cli.output import print_json, safe, say


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make, or an empty one.")],
    as_json: AsJson = False,
) -> None:
    """Make a project folder: holdfast.toml, prompts/, documents/, policies, monitors, probes."""
    from holdfast.bootstrap import init_project

    with init_project(folder) as project:
        if as_json:
            print_json({"root": str(project.root), "environment": project.environment})
            return
        say(f"Made [bold]{safe(folder)}[/bold] with environment {safe(project.environment)}.")
        say(f"Next: cd {safe(folder)} && holdfast ingest && holdfast deploy")
