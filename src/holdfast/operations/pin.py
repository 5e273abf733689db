"""Keep vector search quick as the corpus grows."""

from __future__ import annotations

from holdfast.domain.event import Change, Expect
from holdfast.errors import ConflictError
from holdfast.operations.system import System
from holdfast.pipeline.ingest import Intake


def pin(system: System, intake: Intake) -> int:
    """Pin how large spaces are searched from now on; returns how many pins were made.

    An event like any other: cuts before it are searched exactly, as they always were, and a
    rollback takes it back. Does nothing while the corpus is small or the pin still fits.
    """
    view = intake.view()
    made = 0
    for target in intake.targets(view):
        if target.optional:
            continue  # A migration fills it; it is pinned before it is searched.
        event = system.search(target.space).pin(view.cut)
        if event is None:
            continue
        held = view.get(event.store, event.key)
        change = Change(
            view.cut.timeline,
            "pin",
            (event,),
            (Expect(event.store, event.key, held.id if held else None),),
            actor=intake.actor,
        )
        try:
            system.append.append(change)
        except ConflictError:
            continue  # Another writer has pinned it meanwhile, which serves as well.
        made += 1
    return made
