"""The corpus digest of a cut that shows less than was there when it was written."""

from __future__ import annotations

from holdfast.domain.document import CorpusState
from holdfast.domain.event import Event
from holdfast.domain.moment import Cut
from holdfast.operations.system import System
from holdfast.store.lake.corpus import STATE, STORE
from holdfast.store.lake.sethash import SetHash
from holdfast.store.ledger.as_of import View


def restated(system: System, cut: Cut) -> tuple[Event, ...]:
    """The event that a timeline which begins at a cut needs first; mostly none.

    A recovered timeline also shows its past without what was revoked, but the corpus states of
    that past still count it. Costs as much as there are live documents where that is so.
    """
    revoked = system.timelines.timeline(cut.timeline).revoked
    if not revoked:
        return ()
    view = View(system.ledger, cut)
    written = view.get(STORE, STATE)
    if written is None or not revoked - system.timelines.timeline(written.timeline).revoked:
        return ()
    total, live = SetHash.empty(), view.scan("documents")
    for entry in live:
        total = total.add([entry.key, entry.value["document"]])
    if total.digest == written.value["digest"]:
        return ()
    return (Event(STORE, STATE, CorpusState(total.digest, total.encode(), len(live)).json()),)
