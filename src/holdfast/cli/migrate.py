"""``holdfast migrate``"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from holdfast.cli.options import AsJson, DryRun, Env, Price, Reason, open_project
from holdfast.cli.output import count, print_json, safe, say, table, tracking, when
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from holdfast.operations.migrate.adapt import Recall
    from holdfast.operations.migrate.compare import Comparison
    from holdfast.operations.migrate.migrations import Migrations, Status
    from holdfast.operations.migrate.plan import Estimate
    from holdfast.project import Project


class Shorthand(TyperGroup):
    """``holdfast migrate KEY=VALUE`` is ``holdfast migrate start KEY=VALUE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments, with the command that is meant."""
        return super().parse_args(ctx, ["start", *args] if args and "=" in args[0] else args)


app = typer.Typer(
    cls=Shorthand,
    no_args_is_help=True,
    help="Change the embedder or the chunking while questions are answered.",
)

Words = Annotated[
    list[str],
    typer.Argument(
        metavar="KEY=VALUE...", help="embedder=KIND, embedder.model=NAME, chunking=CHARACTERS ..."
    ),
]
Parallel = Annotated[int, typer.Option(min=1, max=64, help="Requests under way at a time.")]
Rate = Annotated[float, typer.Option(min=0.0, help="Chunks a second at most; 0: no limit.")]
Suite = Annotated[
    str, typer.Option(help="Verify on its questions, and hold its gate; default: gate.suite.")
]
Adapted = Annotated[
    bool,
    typer.Option(
        "--adapter",
        help="The old embedder is gone: answer through a map from the new one until the cutover.",
    ),
]


@app.command()
def plan(
    words: Words,
    price: Price = None,
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """Measure on a sample what it would take: rows, time, money, disk. Changes nothing."""
    with open_project() as project:
        made = _room(project).plan(env or project.environment, words, price=price)
    print_json(made) if as_json else _tell_plan(made)


@app.command()
def start(
    words: Words,
    parallel: Parallel = 4,
    rate: Rate = 0.0,
    suite: Suite = "",
    adapter: Adapted = False,
    price: Price = None,
    env: Env = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Begin, fill the new column, and verify it; what answers stays as it is."""
    with open_project() as project:
        room, where = _room(project), env or project.environment
        if dry_run:
            made = room.plan(where, words, price=price)
            print_json(made) if as_json else _tell_plan(made)
            return
        begun = room.start(where, words, reason=reason)
        if not as_json:
            say(f"Migration {begun.id}: documents that come in are prepared for both sides.")
        run = _Run(project, where, parallel, rate, adapter=adapter, as_json=as_json)
        _fill(run, suite)


@app.command()
def resume(
    parallel: Parallel = 4,
    rate: Rate = 0.0,
    suite: Suite = "",
    adapter: Adapted = False,
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """Go on after a pause, an error or a kill: fill what is left, and verify."""
    with open_project() as project:
        where = env or project.environment
        run = _Run(project, where, parallel, rate, adapter=adapter, as_json=as_json)
        _fill(run, suite)


@app.command()
def status(env: Env = None, as_json: AsJson = False) -> None:
    """Where the migrations of an environment are."""
    with open_project() as project:
        found = _room(project).status(env or project.environment)
    if as_json:
        print_json(found)
        return
    table(
        ("migration", "stage", "prepared", "since", "tick"),
        (
            (
                one.migration.id,
                _stage(one),
                f"{one.done:,} of {one.documents:,}",
                when(one.at),
                f"@{one.tick}",
            )
            for one in found
        ),
    )


@app.command()
def pause(env: Env = None, as_json: AsJson = False) -> None:
    """Stop filling the new column; 'resume' goes on."""
    with open_project() as project:
        done = _room(project).pause(env or project.environment)
    print_json(done) if as_json else say(f"Migration {done.id} is paused.")


@app.command()
def cutover(
    force: Annotated[
        bool, typer.Option("--force", help="Although it is not verified; needs --reason.")
    ] = False,
    env: Env = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Answer from the new column: one change, undone by 'back' or a rollback."""
    if force and not reason.strip():
        raise UsageError("--force needs a --reason; the ledger keeps it")
    with open_project() as project:
        done = _room(project).cutover(env or project.environment, reason=reason, force=force)
    if as_json:
        print_json(done)
        return
    say(f"{done.release[:12]} answers in {safe(done.environment)} since @{done.tick}.")
    say("[dim]Undo: holdfast migrate back. Later: holdfast migrate contract[/dim]")


@app.command()
def back(env: Env = None, reason: Reason = "", as_json: AsJson = False) -> None:
    """Leave the migration at whatever stage it is; what answered before it answers."""
    with open_project() as project:
        where = env or project.environment
        done = _room(project).back(where, reason=reason)
    if as_json:
        print_json(done)
    elif done is None:
        say("Left; nothing that answers had changed. 'holdfast migrate contract' frees the disk.")
    else:
        say(f"{done.release[:12]} answers in {safe(done.environment)} since @{done.tick}.")


@app.command()
def contract(
    force: Annotated[
        bool, typer.Option("--force", help="Although moments inside the retention need it.")
    ] = False,
    env: Env = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Give up the column that answers no more, when nothing retained needs it."""
    with open_project() as project:
        done = _room(project).contract(
            env or project.environment, force=force, dry_run=dry_run, reason=reason
        )
    if as_json:
        print_json(done)
        return
    verb = "Would free" if dry_run else "Freed"
    say(f"{verb} {count(done.freed.chunks, 'chunk')}: {done.freed.bytes / 1e6:,.1f} MB.")


def _room(project: Project) -> Migrations:
    from holdfast.operations.migrate.migrations import Migrations

    return Migrations(project.system, project.runtime)


@dataclass(frozen=True, slots=True)
class _Run:
    """A filling under way, as it was asked for."""

    project: Project
    where: str
    parallel: int
    rate: float
    adapter: bool
    as_json: bool


def _fill(run: _Run, suite: str) -> None:
    room = _room(run.project)
    recall = None
    if not room.filled(run.where):
        if run.adapter:
            recall = _adapt(room, run)
        if not _embed(room, run):
            return
    named = suite or run.project.settings.gate.suite
    compared = room.verify(run.where, suite=named)
    gated = room.gate(run.where, named).gate if named else None
    if run.as_json:
        print_json({"comparison": compared, "gate": gated, "adapter": recall})
    else:
        _tell_comparison(compared)
        if gated is not None:
            say(f"Gate {safe(gated.suite)}: {gated.verdict}.")
    if not compared.passed or (gated is not None and gated.verdict != "pass"):
        raise typer.Exit(1)
    if not run.as_json:
        say("Next: holdfast migrate cutover")


def _adapt(room: Migrations, run: _Run) -> Recall | None:
    from holdfast.operations.migrate.backfill import Pace

    with tracking("Learning an adapter") as tell:
        recall = room.adapt(
            run.where,
            pace=Pace(run.parallel, run.rate),
            progress=lambda step: tell(step.done, step.total),
        )
    if not run.as_json:
        say(
            "No adapter yet: the migration is paused, or the whole column is filled as soon."
            if recall is None
            else f"Answers come through an adapter, which keeps {recall}."
        )
    return recall


def _embed(room: Migrations, run: _Run) -> bool:
    """Whether the column is full now."""
    from holdfast.operations.migrate.backfill import Pace

    with tracking("Embedding") as tell:
        done = room.backfill(
            run.where,
            pace=Pace(run.parallel, run.rate),
            progress=lambda step: tell(step.done, step.total),
        )
    if done.paused:
        say("Paused; 'holdfast migrate resume' goes on.")
    elif not run.as_json:
        say(f"{count(done.chunks, 'chunk')} embedded; no live document lacks its vectors.")
    return not done.paused


def _tell_plan(made: Estimate) -> None:
    rows: list[tuple[str, Any]] = [
        ("documents", f"{made.documents:,}, {made.lacking:,} to prepare"),
        ("chunks", f"{made.chunks:,} (from {made.sampled:,} documents)"),
        ("tokens", f"about {made.tokens:,}"),
        ("time", f"{made.seconds / 60:,.1f} min at {made.rate:,.0f} chunks/s, one at a time"),
        ("money", "no --price given" if made.cost is None else f"${made.cost:,.2f}"),
        ("disk", f"{made.bytes / 1e6:,.1f} MB more until 'contract'"),
    ]
    for name, told in rows:
        say(f"{name:<10} {told}")


def _tell_comparison(compared: Comparison) -> None:
    mark = "[green]verified[/green]" if compared.passed else "[red]not verified[/red]"
    say(
        f"{mark} on {compared.questions} {compared.kind}: their document is found for "
        f"{compared.before:.1%} before, {compared.after:.1%} after; {compared.overlap:.0%} of "
        "the ten best are the same."
    )


def _stage(one: Status) -> str:
    stage = one.migration.stage
    if one.migration.paused:
        stage = "paused"
    elif stage == "backfill" and not one.at_work:
        stage = "backfill, nobody at work"
    adapter = one.migration.adapter
    if adapter is None or stage in ("cutover", "contracted", "back"):
        return stage
    return f"{stage}, answers through an adapter that keeps {adapter['recall']['mean']:.0%}"
