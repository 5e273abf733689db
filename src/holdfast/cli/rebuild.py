"""``holdfast rebuild``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, open_project
from holdfast.cli.output import count, print_json, safe, say, tracking

if TYPE_CHECKING:
    from holdfast.operations.verify.rebuild import Rebuilt

SHOWN = 20
"""Documents that are named."""


def rebuild(
    at: At = None,
    threads: Annotated[int, typer.Option(min=1, max=256, help="Documents made at once.")] = 1,
    store: Annotated[
        bool, typer.Option("--store", help="Keep chunks that the lake lacks; changes no other.")
    ] = False,
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """Make chunks, vectors and index again from the documents; exit code 1 when they differ."""
    from holdfast.operations.verify.rebuild import rebuild as make

    with open_project() as project, tracking("Rebuilding") as tell:
        done = make(
            project.system,
            env or project.environment,
            at=at,
            threads=threads,
            store=store,
            progress=lambda step: tell(step.done, step.total),
        )
    print_json({**vars_of(done), "identical": done.identical}) if as_json else _tell(done)
    if not done.identical:
        raise typer.Exit(1)


def vars_of(done: Rebuilt) -> dict[str, object]:
    """The record's fields."""
    return {name: getattr(done, name) for name in done.__slots__}


def _tell(done: Rebuilt) -> None:
    say(
        f"{safe(done.environment)} as of {done.cut}: {count(done.documents, 'document')}, "
        f"{count(done.chunks, 'chunk')}, made again as {done.release[:12]} makes them."
    )
    for part in done.compared:
        mark = "[green]identical[/green]" if part.identical else "[red]differs[/red]  "
        other = "" if part.identical else f", recorded {part.recorded[:16]}"
        say(f"{mark}  [bold]{part.part:<8}[/bold] [dim]{part.rebuilt[:16]}{other}[/dim]")
    for path, why in done.differing[:SHOWN]:
        say(f"[red]{safe(path)}[/red]: {safe(why)}")
    if len(done.differing) > SHOWN:
        say(f"and {len(done.differing) - SHOWN:,} more; --json names all")
    if done.stored:
        say(f"Chunks of {count(done.stored, 'document')} were missing and are stored now.")
    say("Identical." if done.identical else "Not identical.")
