"""``holdfast label``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import AsJson, open_project
from holdfast.cli.output import print_json, say

About = Annotated[str, typer.Option("--about", help="By which measure: good, grounded ...")]


def label(
    decision: Annotated[str, typer.Argument(help="Decision id, or its beginning.")],
    verdict: Annotated[str, typer.Argument(metavar="good|bad", help="What you say of it.")],
    about: About = "good",
    note: Annotated[str, typer.Option(help="Why.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say whether a decision was good; rates are corrected by it."""
    from holdfast.operations.watch.scoring import Scoring

    with open_project() as project:
        tick = Scoring(project.system).label(decision, verdict, about=about, note=note)
    if as_json:
        print_json({"tick": tick, "label": verdict, "about": about})
    else:
        say(f"Recorded as @{tick}.")
