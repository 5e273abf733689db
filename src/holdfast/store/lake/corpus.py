"""The corpus as the ledger tells it: its digest, and the events of a change to it."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.domain.document import CorpusState
from holdfast.domain.event import Event, Expect
from holdfast.errors import UsageError
from holdfast.store.lake.sethash import SetHash
from holdfast.store.ledger.as_of import View

STORE, STATE = "corpus", "state"
INDEX = "index/"
"""Before an embedder's digest: the key of how its vectors are searched."""
EMPTY = CorpusState(SetHash.empty().digest, SetHash.empty().encode(), 0)


def state(view: View) -> CorpusState:
    """Which documents a view shows, as a digest: equal for equal paths and documents."""
    entry = view.get(STORE, STATE)
    return EMPTY if entry is None else CorpusState(**entry.value)


def change(view: View, documents: Sequence[Event]) -> tuple[tuple[Event, ...], tuple[Expect, ...]]:
    """The ``corpus/state`` event that belongs to ``documents`` events, and what it rests on.

    ``view`` shows the state before them. The expectation makes one of two writers that started
    from the same state lose; it reads again and retries. Raises ``UsageError``.
    """
    paths = [event.key for event in documents]
    if len(set(paths)) != len(paths) or any(event.store != "documents" for event in documents):
        raise UsageError(f"a change names each document once: {sorted(paths)!r}")
    entry = view.get(STORE, STATE)
    before = EMPTY if entry is None else CorpusState(**entry.value)
    total, count = SetHash.decode(before.sum), before.documents
    held = view.get_many([("documents", path) for path in paths])
    for event, old in zip(documents, held, strict=True):
        if old is not None:
            total = total.remove([event.key, old.value["document"]])
            count -= 1
        if event.value is not None:
            total = total.add([event.key, event.value["document"]])
            count += 1
    after = CorpusState(total.digest, total.encode(), count)
    expect = Expect(STORE, STATE, None if entry is None else entry.id)
    return (Event(STORE, STATE, after.json()),), (expect,)
