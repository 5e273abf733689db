"""``holdfast bisect``"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, Env, open_project
from holdfast.cli.output import ERR, count, print_json, safe, say, when
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.operations.recover.bisect import Bisection
    from holdfast.operations.recover.trial import Trial


def bisect(
    good: Annotated[str, typer.Option("--good", metavar="MOMENT", help="When all was well.")] = "",
    bad: Annotated[
        str, typer.Option("--bad", metavar="MOMENT", help="When it was not; default: now.")
    ] = "head",
    suite: Annotated[
        str, typer.Option("--suite", help="Suite whose questions tell. Default: recover.suite.")
    ] = "",
    question: Annotated[
        str, typer.Option("--question", "-q", help="One question instead of a suite.")
    ] = "",
    expect: Annotated[
        list[str] | None, typer.Option("--expect", help="A good answer to it says this.")
    ] = None,
    forbid: Annotated[
        list[str] | None, typer.Option("--forbid", help="A good answer to it does not say this.")
    ] = None,
    run: Annotated[
        str,
        typer.Option("--run", metavar="ID", help="Name of the search; one that is there goes on."),
    ] = "",
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """Find the document, feedback or release that changed answers between two moments."""
    from holdfast.operations.recover.recoveries import Asked, Recoveries

    if not good and not run:
        raise UsageError("say when all was well with --good MOMENT")
    with open_project() as project:
        room = Recoveries(project.system, project.runtime)
        asked = Asked(suite, question, tuple(expect or ()), tuple(forbid or ()))
        name = run or room.new_run()
        if sys.stderr.isatty():
            ERR.print(f"[dim]run {safe(name)}; if it is stopped, give --run {safe(name)}[/dim]")
        found = room.bisect(
            asked,
            between=(good, bad),
            run=name,
            environment=env,
            tell=_silent if as_json else _trial,
        )
    print_json(found) if as_json else _tell(found)


def _silent(_: Trial) -> None:
    """Tells nobody; the result has every trial."""


def _trial(found: Trial) -> None:
    ERR.print(f"[dim]{found.state}: {found.verdict} ({found.bad} of {found.asked} bad)[/dim]")


def _tell(found: Bisection) -> None:
    from holdfast.operations.recover.bisect import describe

    if len(found.culprits) == 1:
        say(f"[bold]{safe(describe(found.culprits[0]))}[/bold]")
    else:
        say(f"One of {len(found.culprits)} events did it; nothing between them could say which:")
        for culprit in found.culprits[:20]:
            say(f"  {safe(describe(culprit))}")
    for culprit in found.culprits[:1]:
        said = f" “{safe(culprit.reason)}”" if culprit.reason else ""
        say(f"{when(culprit.at)}{said}")
    if found.alone is False:
        say("It does so only together with others of the same change.")
    say(
        f"Found between {found.good} and {found.bad} among {count(found.events, 'event')} in "
        f"{count(found.changes, 'change')}, with {count(found.evaluations, 'evaluation')} of "
        f"{count(found.questions, 'question')}."
    )
    first = found.culprits[0]
    cause = first.key if first.store == "documents" and first.after else first.event
    say(f"[dim]Next: holdfast recover --from {safe(cause)} --dry-run[/dim]")
