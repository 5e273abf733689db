"""Erasing what one user said and was told."""

from __future__ import annotations

from pydantic import Field

from holdfast.errors import UsageError
from holdfast.operations.erase.erase import Erasure, Erasures, Plan
from holdfast.operations.erase.subject import Subject
from holdfast.server.api.fields import DryRun, Reason
from holdfast.server.api.router import rest_router
from holdfast.server.body import Body
from holdfast.server.service import Opened

router = rest_router("privacy")


class EraseBody(Body):
    """Whose content goes: a session, a user or a decision, exactly one."""

    session: str = Field(default="", max_length=128)
    user: str = Field(default="", max_length=1_000)
    decision: str = Field(default="", max_length=128)
    reason: Reason = ""
    yes: bool = False
    """An erasure cannot be undone, so it must be said."""
    defer: bool = False
    """Leave the files to ``POST /api/v1/erasures/resume``, in a quiet hour."""
    dry_run: DryRun = False


@router.post("/erase")
def erase(body: EraseBody, project: Opened) -> Erasure | Plan:
    """Erase one user's content for good; with ``dry_run`` a plan.

    Takes as long as writing the ledger anew does; others wait to write meanwhile.
    """
    room = Erasures(project.system)
    subject = Subject.of(session=body.session, user=body.user, decision=body.decision)
    if body.dry_run:
        return room.plan(subject)
    if not body.yes:
        raise UsageError("an erasure cannot be undone: look with dry_run, then send yes")
    return room.erase(subject, reason=body.reason, defer=body.defer)


@router.get("/erasures")
def list_erasures(project: Opened) -> list[Erasure]:
    """Every erasure, the newest first, and whether all files have been seen to."""
    return Erasures(project.system).all()


@router.post("/erasures/resume")
def resume_erasures(project: Opened) -> list[Erasure]:
    """Go on with erasures that were stopped."""
    return Erasures(project.system).resume()
