"""``holdfast probe``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, At, Env, Reason, open_project
from holdfast.cli.output import ERR, count, print_json, safe, say, table, when

if TYPE_CHECKING:
    from holdfast.operations.watch.probes import Standing
    from holdfast.operations.watch.rounds import Round

MOVED = 1

app = typer.Typer(invoke_without_command=True)
Names = Annotated[list[str] | None, typer.Argument(help="Probes of probes.toml; default: all.")]


@app.callback()
def probe(context: typer.Context, env: Env = None, as_json: AsJson = False) -> None:
    """Fixed questions against what they are usually answered."""
    if context.invoked_subcommand is None:
        status(env=env, as_json=as_json)


@app.command("run")
def run(
    names: Names = None,
    due: Annotated[bool, typer.Option("--due", help="Only those that are due; for cron.")] = False,
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """Ask one round now; exit code 1: something moved. The first round makes the baseline."""
    from holdfast.operations.watch.probes import Probes

    done = []
    with open_project() as project:
        room = Probes(project.system, project.runtime)
        for name in names or room.schedule.probes:
            ERR.print(f"[dim]asking {safe(name)} ...[/dim]")
            one = room.run(name, env, force=not due)
            if one is not None:
                done.append(one)
    if as_json:
        print_json(done)
    else:
        for one in done:
            _tell(one)
        if not done:
            say("Nothing was asked: none is due, or another process is asking.")
    if any(one.moved for one in done):
        raise typer.Exit(MOVED)


@app.command("status")
def status(env: Env = None, as_json: AsJson = False) -> None:
    """How every probe stands against its baseline; exit code 1: something moved."""
    from holdfast.operations.watch.probes import Probes

    with open_project() as project:
        found = Probes(project.system, project.runtime).status(env)
    if as_json:
        print_json(found)
    elif found:
        table(COLUMNS, [_row(one) for one in found])
        for one in found:
            _explain(one)
    else:
        say("No probes yet; write one in probes.toml.")
    if any(one.state == "moved" for one in found):
        raise typer.Exit(MOVED)


@app.command("baseline")
def baseline(
    names: Names = None,
    at: At = None,
    env: Env = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Ask anew what is usual, now or as of a moment, and compare with it from now on."""
    from holdfast.operations.watch.probes import Probes

    made = []
    with open_project() as project:
        room = Probes(project.system, project.runtime)
        for name in names or room.schedule.probes:
            if not as_json:
                number = room.schedule.named(name).baseline
                say(f"[dim]asking {safe(name)} {count(number, 'time')} ...[/dim]")
            made.append(room.fit(name, env, at=at, reason=reason))
    if as_json:
        print_json(made)
        return
    for one in made:
        say(
            f"{safe(one.probe)}: {count(one.answers, 'answer')} of release {one.release[:12]} "
            f"as of {one.cut}{_before(one.before)}"
        )
    if not made:
        say("No probes yet; write one in probes.toml.")


def _before(before: dict[str, object]) -> str:
    if not before:
        return "."
    return (
        f"; {100 * float(str(before['effect'])):.0f} % of its answers differ in meaning from the "
        f"baseline before (p {float(str(before['p_value'])):.2g})."
    )


def _tell(one: Round) -> None:
    if not one.answers:
        say(f"{safe(one.probe)}: no answer ({safe(one.error)})")
        return
    verdict = f"[red]moved[/red]: {', '.join(one.moved)}" if one.moved else "calm"
    say(
        f"{safe(one.probe)}: {verdict}; {one.unusual} of {count(one.asked, 'answer')} unusual, "
        f"evidence {one.value:.3g} of {one.threshold:,.0f}, "
        f"{one.overlap:.0%} of the baseline's passages"
    )


COLUMNS = (
    "probe",
    "every",
    "state",
    "rounds",
    "unusual",
    "evidence",
    "passages",
    "last",
    "release",
)


def _row(one: Standing) -> tuple[object, ...]:
    last = one.last
    release = one.baseline.release[:12] if one.baseline else ""
    if last is None or not one.rounds:
        return (one.name, one.probe.every, one.state, one.rounds, "", "", "", "", release)
    return (
        one.name,
        one.probe.every,
        one.state,
        one.rounds,
        f"{last.unusual} of {last.asked}",
        f"{last.value:.3g} of {last.threshold:,.0f}",
        f"{last.overlap:.0%}",
        when(last.at),
        release,
    )


def _explain(one: Standing) -> None:
    last = one.last
    if last is None or one.state not in ("moved", "failing"):
        return
    if one.state == "failing":
        say(f"{safe(one.name)}: no answer in the last round: {safe(last.error)}")
        return
    say(f"{safe(one.name)}: {', '.join(last.moved)} moved from the baseline")
    for said in last.answers:
        aspects = ", ".join(said.unusual) or "as usual"
        say(f"  {said.count}x ({aspects}) {safe(said.text[:200])}")
