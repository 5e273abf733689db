"""``holdfast gate``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.evaluate import CODES, RunId, Samples, StopEarly, Suite, reporter
from holdfast.cli.judge import watch_judges
from holdfast.cli.options import At, Env, open_project
from holdfast.cli.output import print_json, table
from holdfast.cli.paper import Paper, Reports, check

if TYPE_CHECKING:
    from holdfast.evaluation.more import Plan


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
        str, typer.Option("--format", help="terminal, json, junit, markdown or github.")
    ] = "terminal",
    report: Reports = None,
    samples: Samples = None,
    run: RunId = "",
    stop_early: StopEarly = False,
    env: Env = None,
    at: At = None,
) -> None:
    """Hold a candidate against a baseline; exit code 1: it failed, 2: undecided."""
    from holdfast.operations.evaluate.evaluations import Evaluations

    check(format_, report)
    with open_project() as project:
        room = Evaluations(project.system, project.runtime)
        asked = room.suite(suite, samples=samples, stop_early=stop_early)
        watch_judges(asked)
        if plan:
            _plan(room.plan(asked), as_json=format_ == "json")
            return
        name = run or room.new_run()
        found = room.gate(
            asked,
            candidate=room.target(candidate, at=at, environment=env),
            baseline=room.target(baseline, at=baseline_at or at, environment=env),
            run=name,
            progress=reporter(name),
        )
        paper = Paper(asked, found.gate, found.candidate, found.baseline)
    print(paper.text(format_), end="")
    paper.write(report)
    raise typer.Exit(CODES[found.gate.verdict])


def _plan(found: tuple[Plan, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    columns = ("metric", "slice", "margin", "cases", "power", "detectable", "needed", "variance")
    rows = (
        (p.metric, p.slice or "all", p.margin, p.cases, f"{p.power:.2f}", f"{p.detectable:.3f}")
        for p in found
    )
    table(columns, ((*row, p.needed, p.variance) for row, p in zip(rows, found, strict=True)))
