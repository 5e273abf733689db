"""``holdfast labels``"""

from __future__ import annotations

from holdfast.cli.label import About
from holdfast.cli.options import AsJson, At, Env, Limit, open_project
from holdfast.cli.output import count, print_json, say, table
from holdfast.cli.status import Since


def labels(
    about: About = "good",
    since: Since = "7d",
    limit: Limit = 20,
    env: Env = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """What to label next, and the rate as labels correct it."""
    from holdfast.operations.watch.scoring import Scoring

    with open_project() as project:
        room = Scoring(project.system)
        found = room.labelling(env, about=about, since=since, at=at, limit=limit)
    if as_json:
        print_json(found)
        return
    measured = "not measured" if found.measured is None else f"{found.measured:.1%}"
    rate = found.corrected
    corrected = (
        f"{rate.estimate:.1%} ({rate.low:.1%} to {rate.high:.1%})" if rate else "no labels yet"
    )
    told = count(found.labels, "label")
    say(f"{found.measure}: measured {measured}; by {told} {corrected}")
    table(
        ("label next", "slice", "question"),
        ((f.decision, f.slice, f.question) for f in found.queue),
    )
