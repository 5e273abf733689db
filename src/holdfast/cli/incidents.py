"""``holdfast incidents`` and ``holdfast incident``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from holdfast.cli.options import AsJson, Env, open_project
from holdfast.cli.output import count, print_json, safe, say, table, when

if TYPE_CHECKING:
    from holdfast.operations.rollback import Plan
    from holdfast.operations.watch.incidents import Incident

app = typer.Typer(help="One incident: what is known of it, and its end.")
Name = Annotated[str, typer.Argument(help="Its id, the beginning of it, or 'last'.")]
SUSPECTS = 5


def incidents(env: Env = None, as_json: AsJson = False) -> None:
    """Times when an objective was not met, the newest first."""
    from holdfast.operations.watch.incidents import Incidents

    with open_project() as project:
        found = Incidents(project.system).all(env)
    if as_json:
        print_json(found)
        return
    if not found:
        say("No incidents.")
        return
    rows = (
        (
            one.id,
            one.status,
            one.severity,
            one.slo,
            when(one.opened),
            one.evidence["bad"],
            next((s["changed"]["name"] for s in one.evidence["suspects"]), ""),
        )
        for one in found
    )
    table(("incident", "status", "severity", "objective", "opened", "bad", "first suspect"), rows)


@app.command("show")
def show(name: Name, as_json: AsJson = False) -> None:
    """When it began, which decisions, who is suspected, and where to go back to."""
    from holdfast.operations.watch.incidents import Incidents

    with open_project() as project:
        room = Incidents(project.system)
        found = room.find(name)
        plan = room.rehearse(found)
    if as_json:
        print_json({"incident": found, "rollback": plan})
    else:
        _tell(found, plan)


@app.command("resolve")
def resolve(
    name: Name,
    note: Annotated[str, typer.Option(help="What it was, for those who come later.")] = "",
    as_json: AsJson = False,
) -> None:
    """Close an incident."""
    from holdfast.operations.watch.incidents import Incidents

    with open_project() as project:
        done = Incidents(project.system).resolve(name, note=note)
    print_json(done) if as_json else say(f"{done.id} is resolved.")


def _tell(one: Incident, plan: Plan | None) -> None:
    evidence = one.evidence
    say(f"[bold]{one.id}[/bold] {one.severity}: {safe(one.slo)} in {safe(one.environment)}, "
        f"{one.status}, opened {when(one.opened)} {safe(one.note)}")  # fmt: skip
    onset = evidence["onset"]
    if onset:
        shares = f"{onset['before']:.1%} bad before, {onset['after']:.1%} after"
        between = f"between {when(onset['earliest'])} and {when(onset['latest'])}"
        say(f"It began {when(onset['at'])} ({between}): {shares}.")
    decisions = evidence["decisions"]
    if evidence["bad"] or evidence["good"]:
        first = f"; the first: {', '.join(decisions[:3])}" if decisions else ""
        what = "decision" if decisions else "answer"
        say(f"Since then {count(evidence['bad'], what)} bad, {evidence['good']} good{first}")
        _suspects(evidence["suspects"])
    if plan is not None:
        hidden = ", ".join(f"{n} in {store}" for store, n in sorted(plan.hidden.items()))
        say(f"Last moment inside the objective: {plan.to}. A rollback there would hide {hidden}.")
        say(f"  holdfast rollback --env {safe(one.environment)} --to {plan.to} --dry-run")


def _suspects(found: list[dict[str, Any]]) -> None:
    if not found:
        say("Nothing on the ledger changed in the day before: look at the model's provider, or at "
            "what is asked (holdfast status --by slice).")  # fmt: skip
        return
    rows = [
        (
            number,
            s["changed"]["kind"],
            s["changed"]["name"],
            f"@{s['changed']['tick']}" if s["changed"]["tick"] else "",
            when(s["changed"]["at"]),
            f"{s['changed']['operation']} by {s['changed']['actor']}",
            f"{s['bad_on']} of {s['bad']}",
            f"{s['good_on']} of {s['good']}",
            f"{s['lift']:.3g}x",
            f"{s['p_value']:.1e}",
        )
        for number, s in enumerate(found[:SUSPECTS], start=1)
    ]
    columns = (
        "",
        "suspect",
        "name",
        "since",
        "when",
        "how",
        "bad on it",
        "good on it",
        "lift",
        "p",
    )
    table(columns, rows)
    if len(found) > SUSPECTS:
        say(f"... and {count(len(found) - SUSPECTS, 'suspect')} more (--json).")
