"""``holdfast blame``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, Limit, open_project
from holdfast.cli.output import count, print_json, safe, say, table

if TYPE_CHECKING:
    from holdfast.operations.recover.blame import Blame


def blame(
    decision: Annotated[str, typer.Argument(help="Decision id, or its beginning.")],
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """What an answer rests on: leaves each thing out and answers again; records nothing."""
    from holdfast.operations.recover.recoveries import Recoveries

    with open_project() as project:
        found = Recoveries(project.system, project.runtime).blame(decision)
    print_json(found) if as_json else _tell(found, limit)


def _tell(found: Blame, limit: int) -> None:
    say(f"[bold]{safe(found.question)}[/bold]\n{safe(found.answer)}")
    if not found.same:
        say(
            "[yellow]The recorded answer was another: the model does not repeat itself, so small "
            "effects say little.[/yellow]"
        )
    told = [one for one in found.effects if one.changed]
    if told:
        table(
            ("effect", "left out", "", "lost"),
            [
                (f"{one.effect:.2f}", one.kind, one.name[:80], " ".join(one.lost)[:120])
                for one in told[:limit]
            ],
        )
    same = len(found.effects) - len(told)
    say(
        f"{count(found.answers, 'answer')}; {count(same, 'thing')} made no difference."
        + (f" {len(told) - limit} more with --limit." if len(told) > limit else "")
    )
