"""``holdfast flaky``"""

from __future__ import annotations

from typing import Annotated

import typer

from holdfast.cli.evaluate import Suite
from holdfast.cli.options import AsJson, open_project
from holdfast.cli.output import count, print_json, safe, say, table


def flaky(
    suite: Suite,
    every: Annotated[bool, typer.Option("--all", help="Steady cases too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Which cases of a suite differ from themselves in its newest runs; asks nothing."""
    from holdfast.operations.evaluate.evaluations import Evaluations

    with open_project() as project:
        room = Evaluations(project.system, project.runtime)
        found = room.flaky(room.suite(suite))
    shown = [one for one in found if every or one.flaky]
    if as_json:
        print_json(shown)
        return
    if shown:
        table(
            ("case", "metric", "is", "passed", "of", "interval", "answered by"),
            (
                [
                    one.case,
                    one.metric,
                    one.behaviour,
                    one.passed,
                    one.samples,
                    f"{one.rate.low:.2f} to {one.rate.high:.2f}",
                    one.subject,
                ]
                for one in shown
            ),
        )
    cases, bad = {one.case for one in found}, sorted({one.case for one in found if one.flaky})
    say(f"{count(len(cases), 'case')} asked more than once, {len(bad)} flaky.")
    if bad:
        names = ", ".join(f'"{name}"' for name in bad)
        say(f"In suites/{safe(suite)}.toml they may go into: {safe(f'quarantine = [{names}]')}")
