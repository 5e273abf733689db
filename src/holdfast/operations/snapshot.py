"""Name a moment."""

from __future__ import annotations

import re

from holdfast.domain.event import Snapshot
from holdfast.errors import UsageError
from holdfast.operations.system import System
from holdfast.store.lake import corpus
from holdfast.store.ledger.as_of import View

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
HEAD = "head"


def check_name(name: str, *, kind: str) -> str:
    """The name, if it is a good one for a snapshot or environment. Raises ``UsageError``.

    >>> check_name("before-launch", kind="snapshot")
    'before-launch'
    """
    if not NAME.fullmatch(name):
        raise UsageError(f"{kind} name {name!r}: use up to 63 lower-case letters, digits and . _ -")
    if name == HEAD:
        raise UsageError(f"{kind} name {name!r}: it means the newest state; give another")
    return name


def snapshot(
    system: System, environment: str, *, name: str, at: str | None = None, reason: str = ""
) -> Snapshot:
    """Give a cut a name; it stays readable and is never collected. Copies nothing."""
    check_name(name, kind="snapshot")
    if name in system.timelines.heads():
        raise UsageError(f"snapshot name {name!r}: an environment is called so; give another")
    view: View = system.view(environment, at)
    made = Snapshot(
        name,
        view.cut,
        system.clock.now(),
        system.actor,
        reason,
        corpus.state(view).digest,
    )
    system.timelines.snapshots(made)
    return made
