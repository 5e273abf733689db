"""``holdfast gate``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.evaluate import CODES, RunId, Samples, Suite, reporter, tell
from holdfast.cli.options import At, Env, open_project
from holdfast.cli.output import print_json, table
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.evaluation.gate import Gate
    from holdfast.evaluation.more import Plan

FORMATS = ("terminal", "json", "junit", "markdown")


def gate(
    suite: Suite,
    candidate: Annotated[
        str | None,
        typer.Option(help="A known release, or 'deployed'; default: the one this folder makes."),
    ] = None,
    baseline: Annotated[str, typer.Option(help="What it is held against.")] = "deployed",
    baseline_at: Annotated[
        str | None,
        typer.Option("--baseline-at", metavar="MOMENT", help="The baseline's; default: --at."),
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Tell the power; ask nothing.")] = False,
    format_: Annotated[
        str, typer.Option("--format", help="terminal, json, junit or markdown.")
    ] = "terminal",
    samples: Samples = None,
    run: RunId = "",
    env: Env = None,
    at: At = None,
) -> None:
    """Hold a candidate against a baseline; exit code 1: it failed, 2: undecided."""
    from holdfast.operations.evaluations import Evaluations

    if format_ not in FORMATS:
        raise UsageError(f"--format {format_!r} is none of {', '.join(FORMATS)}")
    with open_project() as project:
        room = Evaluations(project.system, project.runtime)
        asked = room.suite(suite, samples=samples)
        if plan:
            _plan(room.plan(asked), as_json=format_ == "json")
            return
        name = run or room.new_run()
        said = room.gate(
            asked,
            candidate=room.target(candidate, at=at, environment=env),
            baseline=room.target(baseline, at=baseline_at or at, environment=env),
            run=name,
            progress=reporter(name),
        ).gate
    _print(said, format_)
    raise typer.Exit(CODES[said.verdict])


def _plan(found: tuple[Plan, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    columns = ("metric", "slice", "margin", "cases", "power", "detectable", "needed")
    rows = (
        (p.metric, p.slice or "all", p.margin, p.cases, f"{p.power:.2f}", f"{p.detectable:.3f}")
        for p in found
    )
    table(columns, ((*row, p.needed) for row, p in zip(rows, found, strict=True)))


def _print(said: Gate, format_: str) -> None:
    if format_ == "json":
        print_json(said)
    elif format_ == "junit":
        from holdfast.evaluation.report.junit import junit

        print(junit(said), end="")
    elif format_ == "markdown":
        from holdfast.evaluation.report.markdown import markdown

        print(markdown(said), end="")
    else:
        tell(said)
