"""``holdfast score``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.options import AsJson, Env, open_project
from holdfast.cli.output import count, print_json, say
from holdfast.cli.status import Since


def score(
    since: Since = "24h",
    everything: Annotated[bool, typer.Option("--all", help="Every decision.")] = False,
    env: Env = None,
    as_json: AsJson = False,
) -> None:
    """Score recorded decisions; what is scored already is left alone."""
    from holdfast.operations.watch.scoring import Scoring

    with open_project() as project:
        done = Scoring(project.system).recent(env, since=since, everything=everything)
    if as_json:
        print_json(done)
    else:
        failed = f", {count(done.failed, 'score')} failed" if done.failed else ""
        say(f"Scored {count(done.decisions, 'decision')} ({count(done.scores, 'score')}{failed}).")
