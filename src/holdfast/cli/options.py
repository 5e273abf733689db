"""Options that many commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.project import Project

Env = Annotated[
    str | None, typer.Option("--env", "-e", help="Environment; default: the project's own.")
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="MOMENT",
        help='A tick (@1234), time or phrase ("2 hours ago"), snapshot, release or decision id; '
        "~N after it goes N changes back.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why, for the ledger.")]
Force = Annotated[
    bool, typer.Option("--force", help="Although the environment is frozen; needs --reason.")
]
Requeue = Annotated[
    bool, typer.Option("--requeue", help="Put the documents that go on the queue again.")
]
Quarantine = Annotated[
    bool, typer.Option("--quarantine", help="Keep the documents that go aside, with the reason.")
]
Price = Annotated[
    float | None, typer.Option(min=0.0, help="Dollars for a million tokens, for the estimate.")
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="At most so many.")]

FOLDER: list[Path] = []
"""Where to look for the project, set by ``holdfast -C``; empty: the current folder."""


def arrivals(*, requeue: bool, quarantine: bool, otherwise: str) -> str:
    """What becomes of documents that go. Raises ``UsageError`` when both are asked for."""
    if requeue and quarantine:
        raise UsageError("give --requeue or --quarantine, not both")
    return "requeue" if requeue else "quarantine" if quarantine else otherwise


def open_project() -> Project:
    """The project of the current folder, found upward as git does."""
    from holdfast.bootstrap import open_project as wire
    from holdfast.settings import find_root

    return wire(find_root(FOLDER[-1] if FOLDER else Path.cwd()))
