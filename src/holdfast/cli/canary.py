"""``holdfast canary``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.options import AsJson, Env, Force, Reason, open_project
from holdfast.cli.output import count, print_json, safe, say, table, when

if TYPE_CHECKING:
    from holdfast.observation.comparison import Report
    from holdfast.operations.rollout.canary import Standing
    from holdfast.operations.rollout.rollouts import Rollouts

app = typer.Typer(help="Releases on their way in: canary, shadow, scheduled deployments, freeze.")


@app.command("status")
def status(env: Env = None, as_json: AsJson = False) -> None:
    """How the canary and the shadow do, what is scheduled, and whether all is frozen."""
    from holdfast.operations.rollout.rollouts import status as standing

    with open_project() as project:
        name = env or project.environment
        found = standing(project.system, name, runtimes=project.runtime)
    print_json(found) if as_json else _tell(found)


@app.command("check")
def check(env: Env = None, as_json: AsJson = False) -> None:
    """One look, as 'holdfast serve' takes again and again: moves the canary if that is certain."""
    from holdfast.operations.rollout.canary import Canaries
    from holdfast.operations.rollout.rollouts import check as look

    with open_project() as project:
        room = Canaries(project.system)
        done = look(project.system, env or project.environment, canaries=room)
    if as_json:
        print_json(done)
        return
    for one in done.schedules:
        say(f"{one.id}: {one.status}{f' ({safe(one.note)})' if one.note else ''}")
    say("No canary is running.") if done.canary is None else _canary(done.canary)


@app.command("promote")
def promote(
    env: Env = None, reason: Reason = "", force: Force = False, as_json: AsJson = False
) -> None:
    """Deploy the candidate now, whatever the test says."""
    from holdfast.operations.rollout.canary import Canaries

    with open_project() as project:
        room = Canaries(project.system)
        done = room.promote(env or project.environment, reason=reason, force=force)
    if as_json:
        print_json(done)
    else:
        say(f"{done.candidate[:12]} answers all of {safe(done.environment)}.")


@app.command("abort")
def abort(
    name: Annotated[
        str, typer.Argument(metavar="[WHAT]", help="canary, shadow, or the id of a schedule.")
    ] = "canary",
    env: Env = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """End the canary (or the shadow, or call a scheduled deployment off)."""
    from holdfast.operations.rollout.rollouts import abort as end

    with open_project() as project:
        where = env or project.environment
        done = end(project.system, where, name=name, runtimes=project.runtime, reason=reason)
    print_json(done) if as_json else say(f"{done.id}: {done.status}.")


def _tell(found: Rollouts) -> None:
    if found.freeze is not None:
        end = "" if found.freeze.until is None else f" until {when(found.freeze.until)}"
        say(f"[bold]Frozen[/bold]{end}: {safe(found.freeze.reason)}")
    if found.canary is None:
        say("There was no canary.")
    else:
        _canary(found.canary)
    if found.shadow is not None:
        _shadow(found.shadow)
    for one in found.schedules:
        note = f" ({safe(one.note)})" if one.note else ""
        say(f"Scheduled {one.id}: {one.release[:12]} at {when(one.at)}, {one.status}{note}")


def _canary(one: Standing) -> None:
    canary = one.canary
    say(
        f"[bold]Canary {canary.id}[/bold] is {canary.status}: {canary.candidate[:12]} answers "
        f"{canary.share:.3g} of {safe(canary.environment)} since {when(canary.since)}."
    )
    rows = []
    for arm in (one.baseline, one.candidate):
        n, decisions = max(arm.conversations, 1), max(arm.decisions, 1)
        rows.append(
            (
                arm.arm,
                f"{arm.conversations:,}",
                f"{arm.good / n:.1%}" if arm.conversations else "",
                f"{arm.decisions:,}",
                f"{arm.seconds / decisions:.3g} s",
                f"{arm.cost / decisions:.3g} USD",
            )
        )
    table(("arm", "conversations", "good", "decisions", "mean latency", "mean cost"), rows)
    between = one.difference
    say(
        f"Candidate minus baseline: {100 * between.estimate:+.1f} points, between "
        f"{100 * between.low:+.1f} and {100 * between.high:+.1f} however often one looks."
    )
    say(
        f"Evidence that it is worse {one.harmed:.3g}, that it is not worse by "
        f"{100 * canary.terms.margin:.3g} points {one.safe:.3g}; {one.needed:.3g} decides."
    )
    if one.waiting:
        say(f"{count(one.waiting, 'conversation')} not counted yet.")


def _shadow(one: Report) -> None:
    shadow = one.shadow
    say(
        f"[bold]Shadow {shadow.id}[/bold] is {shadow.status}: {shadow.candidate[:12]} was asked "
        f"{count(one.compared, 'question')}, {one.failed:,} without an answer."
    )
    if one.same is None:
        return
    say(f"{one.same.estimate:.1%} mean the same ({one.same.low:.1%} to {one.same.high:.1%}).")
    rows: list[tuple[str, ...]] = [
        (
            name,
            f"{change.served:.3g}",
            f"{change.shadow:.3g}",
            ""
            if change.difference is None
            else f"{change.difference.low:+.3g} to {change.difference.high:+.3g}",
        )
        for name, change in one.scores.items()
    ]
    if one.seconds:
        rows.append(("seconds (median)", *(f"{value:.3g}" for value in one.seconds), ""))
    if one.cost:
        rows.append(("cost in USD (sum)", *(f"{value:.3g}" for value in one.cost), ""))
    table(("", "served", "shadow", "difference"), rows)
    for name, (question, was, now) in one.differing.items():
        say(f"{name}: {safe(question[:80])}")
        say(f"  served: {safe(was[:200])}")
        say(f"  shadow: {safe(now[:200])}")
