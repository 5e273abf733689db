"""``holdfast ingest``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, DryRun, Env, Force, Reason, open_project
from holdfast.cli.output import count, print_json, safe, say, tracking

if TYPE_CHECKING:
    from holdfast.operations.ingest import Ingestion


def ingest(
    source: Annotated[
        Path | None, typer.Argument(help="Folder or file; default: the project's documents.")
    ] = None,
    sync: Annotated[
        bool, typer.Option("--sync", help="Also remove live documents that are not there any more.")
    ] = False,
    prefix: Annotated[str, typer.Option(help="Put before every path in the corpus.")] = "",
    env: Env = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Bring documents in. Idempotent: only what changed is embedded."""
    from holdfast.operations.ingest import Selection
    from holdfast.operations.ingest import ingest as ingest_selection

    with open_project() as project, tracking("Ingesting") as tell:
        place = source or project.root / project.settings.documents.path
        done = ingest_selection(
            project.system,
            env or project.environment,
            selection=Selection(place, prefix, sync),
            reason=reason,
            dry_run=dry_run,
            force=force,
            progress=lambda step: tell(step.done, step.total),
        )
    if as_json:
        print_json(done)
    else:
        _tell(done)


def _tell(done: Ingestion) -> None:
    numbers = (
        f"{count(len(done.added), 'new document')}, {len(done.changed):,} changed, "
        f"{len(done.removed):,} removed, {done.unchanged:,} unchanged"
    )
    if done.dry_run:
        say(f"Would bring in {numbers}.")
    else:
        embedded = count(done.chunks, "chunk")
        say(f"Brought in {numbers} ({embedded} embedded). Corpus {done.corpus[:12]}.")
    for path, why in done.quarantined:
        say(f"[yellow]Quarantined[/yellow] {safe(path)}: {safe(why)}")
