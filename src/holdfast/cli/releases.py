"""``holdfast releases``"""

from __future__ import annotations

from holdfast.cli.options import AsJson, At, Env, open_project
from holdfast.cli.output import print_json, table, when


def releases(env: Env = None, at: At = None, as_json: AsJson = False) -> None:
    """What was deployed, newest first: who, when and why."""
    with open_project() as project:
        deployed = project.releases(environment=env, at=at)
    if as_json:
        print_json(deployed)
    else:
        table(
            ("release", "tick", "when", "who", "why"),
            (
                [d["release"][:12], f"@{d['tick']}", when(d["at"]), d["actor"], d["reason"]]
                for d in deployed
            ),
        )
