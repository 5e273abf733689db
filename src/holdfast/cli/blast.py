"""``holdfast blast-radius``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdfast.cli.lineage import OpenLineage, export
from holdfast.cli.options import AsJson, Env, open_project
from holdfast.cli.output import count, print_json, safe, say, table

if TYPE_CHECKING:
    from holdfast.operations.recover.recover import Loss

Strength = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        help="From what strength on something rests on the cause. Default: recover.threshold.",
    ),
]


def blast(
    causes: Annotated[
        list[str],
        typer.Argument(
            metavar="CAUSE...",
            help="Document (path or digest), decision, release, event or MOMENT..MOMENT.",
        ),
    ],
    threshold: Strength = None,
    openlineage: OpenLineage = None,
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """Count what rests on a cause and what only mentions it; changes nothing."""
    from holdfast.operations.recover.recoveries import Recoveries

    with open_project() as project:
        room = Recoveries(project.system, project.runtime)
        plan = room.plan(causes, threshold=threshold, environment=env)
        if openlineage is not None:
            closure = plan.closure
            found = (*closure.rests, *closure.mentions, *closure.records)
            export(openlineage, room.openlineage(frozenset(taint.event for taint in found)))
    if as_json:
        print_json({"environment": plan.environment, "at": plan.before, **_fields(plan.loss)})
    else:
        tell(plan.loss)


def tell(loss: Loss) -> None:
    """What a cause reaches, for people."""
    stores = sorted(loss.revoked.keys() | loss.mentioned.keys())
    if not stores:
        say(f"Nothing rests on {safe(loss.cause)}.")
        return
    table(
        ("store", f"rests on it (≥ {loss.threshold:g})", "only mentions it"),
        [(store, loss.revoked.get(store, 0), loss.mentioned.get(store, 0)) for store in stores],
    )
    for turn in loss.documents:
        what = f"shows {turn.after[:12]} again" if turn.after else "goes"
        say(f"{safe(turn.path)} ({turn.before[:12] or 'removed'}) {what}")
    if loss.sessions:
        say(f"{count(loss.sessions, 'conversation')} would lose a turn.")
    for name, cases in loss.datasets.items():
        say(f"Dataset {safe(name)}: {count(len(cases), 'case')} made of it: {', '.join(cases[:5])}")
    say(f"That is {loss.share:.1%} of the changes or of the live documents.")


def _fields(loss: Loss) -> dict[str, object]:
    return {name: getattr(loss, name) for name in type(loss).__dataclass_fields__}
