"""``holdfast verify``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, open_project
from holdfast.cli.output import count, print_json, safe, say, tracking

if TYPE_CHECKING:
    from holdfast.operations.verify.verify import Verified


def verify(
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what follows from what is sound.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check that everything recorded is there and is what it was; exit code 1: it is not."""
    from holdfast.operations.verify.repair import repair as mend
    from holdfast.operations.verify.verify import verify as look

    with open_project() as project, tracking("Verifying") as tell:
        found = look(project.system, progress=lambda step: tell(step.done, step.total))
        if repair:
            found = mend(project.system, found, progress=lambda step: tell(step.done, step.total))
    if as_json:
        print_json({"sound": found.sound, **{n: getattr(found, n) for n in found.__slots__}})
    else:
        _tell(found, repair=repair)
    if not found.sound:
        raise typer.Exit(1)


def _tell(found: Verified, *, repair: bool) -> None:
    for check in found.checks:
        bad = sum(one.what == check.what and not one.repaired for one in found.damage)
        mark = f"[red]{count(bad, 'damage')}[/red]" if bad else "[green]sound[/green]"
        say(f"[bold]{check.what:<10}[/bold]{check.looked:>10,}  {mark}  [dim]{check.detail}[/dim]")
    for one in found.damage:
        where = f" in {one.space.preprocessing[:12]}-{one.space.embedder[:12]}" if one.space else ""
        say(f"[red]{one.what}[/red] {safe(one.name)}{where}: {safe(one.problem)}")
        if one.repaired:
            say(f"  [green]repaired[/green]: {safe(one.repaired)}")
    if found.hash:
        say(f"[dim]History up to {found.hash}[/dim]")
    if not found.sound and not repair:
        say("Try 'holdfast verify --repair': it mends what follows from what is sound.")
    say("Sound." if found.sound else "Not sound.")
