"""``holdfast eval``, and what it shares with ``holdfast gate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.callable import load
from holdfast.cli.judge import watch_judges
from holdfast.cli.options import AsJson, At, Env, open_project
from holdfast.cli.output import ERR, print_json, safe
from holdfast.cli.paper import Paper, Reports, check
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdfast.evaluation.runner import Progress
    from holdfast.operations.evaluate.evaluate import Own, Target

CODES = {"pass": 0, "fail": 1, "inconclusive": 2}

Suite = Annotated[str, typer.Argument(help="Name of a file in 'suites', without .toml.")]
Samples = Annotated[
    int | None, typer.Option("--samples", "-k", min=1, max=1000, help="Answers to each case.")
]
RunId = Annotated[
    str, typer.Option("--run", metavar="ID", help="Name of the run; one that is there goes on.")
]
StopEarly = Annotated[
    bool, typer.Option("--stop-early", help="Ask in random order; stop when the verdict is sure.")
]


def evaluate(
    suite: Suite,
    release: Annotated[
        str | None,
        typer.Option(help="A known release, or 'deployed'; default: the one this folder makes."),
    ] = None,
    callable_: Annotated[
        str | None,
        typer.Option("--callable", metavar="MODULE:FUNCTION", help="Your own code instead."),
    ] = None,
    rescore: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Score the answers of this run again; ask nothing."),
    ] = None,
    samples: Samples = None,
    run: RunId = "",
    stop_early: StopEarly = False,
    report: Reports = None,
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Measure a release on a suite's cases; exit code 1: a threshold failed, 2: undecided."""
    from holdfast.evaluation.gate import gate
    from holdfast.operations.evaluate.evaluations import Evaluations

    check("terminal", report)
    _check(rescore, callable_, release=release, at=at, stop_early=stop_early)

    with open_project() as project:
        room = Evaluations(project.system, project.runtime)
        asked = room.suite(suite, samples=samples, stop_early=stop_early)
        watch_judges(asked)
        if rescore is not None:
            measured = room.rescore(asked, rescore)
            said = gate(asked, measured)
        else:
            name = run or room.new_run()
            target: Target | Own = room.target(release, at=at, environment=env)
            if callable_ is not None:
                target = load(callable_, folder=project.root)
            said, measured = room.judge(asked, target, run=name, progress=reporter(name))
        paper = Paper(asked, said, measured)
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
        print(paper.text("terminal"), end="")
    paper.write(report)
    raise typer.Exit(CODES[said.verdict])


def _check(
    rescore: str | None, callable_: str | None, *, release: str | None, at: str | None, **more: bool
) -> None:
    """Refuse options that contradict each other."""
    if callable_ is not None and (release is not None or at is not None):
        raise UsageError("--callable is asked instead of a release; leave out --release and --at")
    given = callable_ is not None or release is not None or at is not None or any(more.values())
    if rescore is not None and given:
        raise UsageError(
            "--rescore asks nobody; leave out --release, --callable, --at and --stop-early"
        )


def reporter(name: str) -> Callable[[Progress], None]:
    """Prints on standard error where a run is: its id first, then a line now and then."""
    ERR.print(f"[dim]run {safe(name)}; if it is stopped, give --run {safe(name)} to go on[/dim]")
    return progress_line()


def progress_line() -> Callable[[Progress], None]:
    """Prints a line on standard error every two seconds, and at the end."""
    import time

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
