"""``holdfast unfreeze``"""

from __future__ import annotations

from holdfast.cli.options import AsJson, Env, Reason, open_project
from holdfast.cli.output import print_json, safe, say


def unfreeze(env: Env = None, reason: Reason = "", as_json: AsJson = False) -> None:
    """Lift a freeze."""
    from holdfast.operations.freeze import unfreeze as lift

    with open_project() as project:
        done = lift(project.system, env or project.environment, reason=reason)
    print_json(done) if as_json else say(f"{safe(done.freeze.environment)} is not frozen any more.")
