"""May something be changed? Not while it is frozen; a release only when its gate passed."""

from __future__ import annotations

from datetime import UTC, datetime

from holdfast.domain.digest import short
from holdfast.errors import StateError, UsageError
from holdfast.operations.system import System
from holdfast.ports.ledger import Query
from holdfast.store.ledger.as_of import View
from holdfast.store.releases import rollouts

STORE = "verdicts"


def admit(system: System, candidate: str, *, before: str, force: bool = False) -> str:
    """Refuse a release whose newest gate against the deployed one did not pass.

    Asks nothing without ``[gate] suite``, or when nothing is deployed yet. ``force`` lets the
    release in all the same, with a reason that the ledger keeps; what the gate says then is
    returned, else nothing. Raises ``StateError``.
    """
    suite = system.settings.gate.suite
    if not suite or not before or before == candidate:
        return ""
    said = verdict(system, suite, candidate=candidate, baseline=before)
    if said == "pass":
        return ""
    told = f"says {said}" if said else "has not judged it"
    if not force:
        raise StateError(
            f"release {short(candidate)}: the gate {suite!r} {told} against {short(before)}; run "
            f"'holdfast gate {suite} --candidate {short(candidate)}', or deploy with --force "
            "--reason"
        )
    return f"the gate {suite!r} {told}"


def check_frozen(
    system: System, environment: str, *, view: View | None = None, force: bool = False
) -> None:
    """Refuse a change of release or documents while an environment is frozen.

    Raises ``StateError`` with the freeze's reason, but for ``force``.
    """
    seen = system.view(environment) if view is None else view
    held = rollouts.freeze(seen, environment, now=system.clock.now())
    if held is None or force:
        return
    until = "" if held.until is None else f" until {told(held.until)}"
    raise StateError(
        f"{environment!r} is frozen{until}: {held.reason}; wait, lift it with 'holdfast unfreeze', "
        "or use --force --reason"
    )


def told(at: int) -> str:
    """A time as people read it, in UTC."""
    return datetime.fromtimestamp(at / 1e6, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")


def check_force(*, force: bool, reason: str) -> None:
    """Refuse to force anything without a reason. Raises ``UsageError``."""
    if force and not reason.strip():
        raise UsageError("--force needs a --reason; the ledger keeps it")


def verdict(system: System, suite: str, *, candidate: str, baseline: str) -> str:
    """The newest verdict of a suite's gate on two releases; empty when there is none."""
    query = Query(store=STORE, newest_first=True)
    for _, entry in system.ledger.history(query):
        value = entry.value or {}
        if value.get("suite") != suite:
            continue
        pair = value["candidate"].get("release"), value["baseline"].get("release")
        if pair == (candidate, baseline):
            return str(value["verdict"])
    return ""
