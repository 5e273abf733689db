"""``holdfast eval``, and what it shares with ``holdfast gate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, open_project
from holdfast.cli.output import ERR, print_json, safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdfast.evaluation.gate import Gate
    from holdfast.evaluation.runner import Progress

CODES = {"pass": 0, "fail": 1, "inconclusive": 2}

Suite = Annotated[str, typer.Argument(help="Name of a file in 'suites', without .toml.")]
Samples = Annotated[
    int | None, typer.Option("--samples", "-k", min=1, max=1000, help="Answers to each case.")
]
RunId = Annotated[
    str, typer.Option("--run", metavar="ID", help="Name of the run; one that is there goes on.")
]


def evaluate(
    suite: Suite,
    release: Annotated[
        str | None,
        typer.Option(help="A known release, or 'deployed'; default: the one this folder makes."),
    ] = None,
    samples: Samples = None,
    run: RunId = "",
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Measure a release on a suite's cases; exit code 1: a threshold failed, 2: undecided."""
    from holdfast.evaluation.gate import gate
    from holdfast.operations.evaluations import Evaluations

    with open_project() as project:
        room = Evaluations(project.system, project.runtime)
        asked = room.suite(suite, samples=samples)
        name = run or room.new_run()
        measured = room.evaluate(
            asked, room.target(release, at=at, environment=env), run=name, progress=reporter(name)
        )
        said = gate(asked, measured)
    if as_json:
        print_json(
            {
                "run": measured.run,
                "outputs": len(measured.outputs),
                "errors": measured.errors,
                "means": room.means(asked, measured),
                "gate": said,
            }
        )
    else:
        for metric, mean in room.means(asked, measured).items():
            print(f"{metric:<20} {'not measured' if mean is None else f'{mean:.4g}'}")
        print(f"{len(measured.outputs)} outputs, {measured.errors} infrastructure errors")
        tell(said)
    raise typer.Exit(CODES[said.verdict])


def tell(said: Gate) -> None:
    """The verdict for people."""
    from holdfast.evaluation.report.terminal import terminal

    if said.rows:
        print(terminal(said))


def reporter(name: str) -> Callable[[Progress], None]:
    """Prints on standard error where a run is: its id first, then a line now and then."""
    import time

    ERR.print(f"[dim]run {safe(name)}; if it is stopped, give --run {safe(name)} to go on[/dim]")
    told = [time.monotonic()]

    def report(at: Progress) -> None:
        if time.monotonic() - told[0] < 2 and at.done < at.total:  # noqa: PLR2004 - seconds
            return
        told[0] = time.monotonic()
        ERR.print(
            f"[dim]{at.done:,} of {at.total:,} outputs, {at.errors:,} errors, "
            f"{at.seconds_left:,.0f} s left, {at.tokens:,} tokens, ${at.cost:.4f}[/dim]"
        )

    return report
