"""``holdfast replay``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, open_project
from holdfast.cli.output import print_json, safe, say

if TYPE_CHECKING:
    from holdfast.operations.replay import Replay


def replay(
    decision: Annotated[str, typer.Argument(help="Decision id, or its beginning.")],
    as_json: AsJson = False,
) -> None:
    """Rebuild an answer stage by stage; exit code 1 when a stage differs."""
    with open_project() as project:
        result = project.replay(decision)
    print_json(result) if as_json else _tell(result)
    if not result.identical:
        raise typer.Exit(1)


def _tell(result: Replay) -> None:
    for stage in result.stages:
        mark = "[green]identical[/green]" if stage.identical else "[red]differs[/red]  "
        if not stage.comparable:
            mark = "[yellow]unknown[/yellow]  "
        say(f"{mark}  [bold]{safe(stage.name)}[/bold]  [dim]{safe(stage.detail)}[/dim]")
    if not result.complete:
        say(
            f"[yellow]The stamp is not complete[/yellow]: missing {safe(', '.join(result.missing))}"
        )
    say("Identical." if result.identical else "Not identical.")
