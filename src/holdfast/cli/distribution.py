"""``holdfast distribution``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.evaluate import progress_line
from holdfast.cli.options import AsJson, At, Env, open_project
from holdfast.cli.output import count, print_json, safe, say, table

if TYPE_CHECKING:
    from holdfast.operations.evaluate.distribution import Distribution, Side

DIFFERENT = 1
LONGEST = 100


def distribution(
    question: Annotated[str, typer.Argument(help="What is asked again and again.")],
    n: Annotated[int, typer.Option("-n", "--answers", help="Answers of each release.")] = 50,
    release: Annotated[str, typer.Option(help="A known release.")] = "deployed",
    against: Annotated[
        str | None, typer.Option("--against", metavar="RELEASE", help="Another one beside it.")
    ] = None,
    against_at: Annotated[
        str | None,
        typer.Option("--against-at", metavar="MOMENT", help="The other's moment; default: --at."),
    ] = None,
    risk: Annotated[
        float, typer.Option(min=1e-6, max=0.5, help="Of calling equal releases different.")
    ] = 0.05,
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Which meanings a question is answered with, and whether two releases answer alike."""
    from holdfast.operations.evaluate.evaluations import Evaluations

    with open_project() as project:
        room = Evaluations(project.system, project.runtime)
        targets = [room.target(release, at=at, environment=env)]
        if against is not None or against_at is not None:
            other = against_at or at
            targets.append(room.target(against or release, at=other, environment=env))
        found = room.distribution(question, targets, n=n, progress=progress_line())
    different = found.contrast is not None and found.contrast.p_value < risk
    if as_json:
        print_json(found)
    else:
        _tell(found, different=different)
    raise typer.Exit(DIFFERENT if different else 0)


def _tell(found: Distribution, *, different: bool) -> None:
    two = found.against is not None
    columns = (
        ("answers", "against", "wordings", "meaning") if two else ("answers", "wordings", "meaning")
    )
    rows = []
    for one in found.meanings:
        text = one.answer if len(one.answer) <= LONGEST else f"{one.answer[:LONGEST]} …"
        numbers = (one.count, one.against, one.wordings) if two else (one.count, one.wordings)
        rows.append([*numbers, text or "(nothing)"])
    table(columns, rows)
    say(_side(found.side))
    if found.against is not None and found.contrast is not None:
        say(f"against {_side(found.against)}")
        verdict = "They answer differently" if different else "No difference is shown"
        say(
            f"{verdict}: permuted G-test p {found.contrast.p_value:.2g}, "
            f"{100 * found.contrast.effect:.0f} % of answers would have to change."
        )


def _side(side: Side) -> str:
    errors = f", {count(side.errors, 'error')}" if side.errors else ""
    return (
        f"{safe(side.release[:12])}: {count(side.answers, 'answer')}{errors}, "
        f"{count(side.meanings, 'meaning')}, semantic entropy {side.entropy:.3f} nats"
    )
