"""The closure, and recovery as a whole against a naive model: history replayed without the bad."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.ledger import MemoryLedger
from holdfast.domain.event import Change, Edge, Event
from holdfast.domain.moment import EventId
from holdfast.operations.recover.cause import Cause
from holdfast.operations.recover.taint import FLOOR, close, extend
from holdfast.ports.ledger import Query
from holdfast.store.ledger.timeline import Operation, create, head, recover

STORES = ("documents", "decisions", "cache", "memory", "ratings")
STRENGTHS = (1.0, 0.5, 0.1)


@dataclass
class Made:
    """One event of the naive model: what it says, and the earlier events that it rests on."""

    store: str
    key: str
    value: int | None
    on: dict[int, float]
    id: EventId | None = None
    refs: list[str] = field(default_factory=list)


class Wired:
    """As much of a system as following lineage takes."""

    def __init__(self) -> None:
        self.ledger = self.timelines = self.masks = MemoryLedger(clock=SettableClock())
        self.ledger.fork(create("production", operation=Operation("create")))

    def write(self, made: Made, all_made: list[Made]) -> None:
        edges = tuple(Edge(all_made[n].refs[0], strength) for n, strength in made.on.items())
        timeline = head(self.ledger, "production").timeline
        event = Event(made.store, made.key, made.value, edges)
        (commit,) = self.ledger.commit([Change(timeline, "put", (event,))])
        made.id = EventId(commit.tick, 0)
        named = [f"decision:{made.key}"] if made.store == "decisions" else []
        made.refs = [*named, f"event:{made.id}"]


@st.composite
def histories(draw: st.DrawFn) -> list[Made]:
    """Writes of a few keys, each resting on some of those before it."""
    made: list[Made] = []
    for number in range(draw(st.integers(2, 14))):
        store = draw(st.sampled_from(STORES))
        # A decision is written once; the others are overwritten and removed.
        key = f"d-{number}" if store == "decisions" else draw(st.sampled_from("abc"))
        gone = store != "decisions" and draw(st.booleans()) and draw(st.booleans())
        on = draw(
            st.dictionaries(
                st.integers(0, number - 1), st.sampled_from(STRENGTHS), max_size=min(3, number)
            )
            if number
            else st.just({})
        )
        made.append(Made(store, key, None if gone else number, on))
    return made


def spoiled(made: list[Made], bad: set[int], *, threshold: float) -> set[int]:
    """What rests on the bad events, by the best path: one pass, as sources come first."""
    best = dict.fromkeys(bad, 1.0)
    for number, one in enumerate(made):
        paths = [best.get(n, 0.0) * strength for n, strength in one.on.items()]
        strongest = max([*paths, best.get(number, 0.0)])
        if strongest >= FLOOR:
            best[number] = strongest
    return {n for n, strength in best.items() if strength >= threshold or n in bad}


def replayed(made: list[Made], without: set[int]) -> dict[tuple[str, str], int]:
    """The state that history leaves when some of it is left out."""
    state: dict[tuple[str, str], int] = {}
    for number, one in enumerate(made):
        if number in without:
            continue
        if one.value is None:
            state.pop((one.store, one.key), None)
        else:
            state[one.store, one.key] = one.value
    return state


@settings(max_examples=150, deadline=None)
@given(
    made=histories(),
    picks=st.sets(st.integers(0, 13), min_size=1, max_size=3),
    threshold=st.sampled_from([0.05, 0.25, 0.6, 1.0]),
    late=st.integers(0, 5),
)
def test_a_recovery_is_history_without_the_bad_events(
    made: list[Made], picks: set[int], threshold: float, late: int
) -> None:
    system = Wired()
    # The last few come in between the plan and the transaction.
    known = max(1, len(made) - late)
    bad = {pick % known for pick in picks}
    for one in made[:known]:
        system.write(one, made)
    start = head(system.ledger, "production")
    ids = {made[n].id for n in bad}
    entries = tuple(entry for _, entry in system.ledger.history(Query()) if entry.id in ids)
    closure = close(system, Cause("event", "bad", entries), cut=start.cut, threshold=threshold)
    for one in made[known:]:
        system.write(one, made)
    now = head(system.ledger, "production")
    grown = extend(system, closure, cut=now.cut)
    again = close(system, closure.cause, cut=now.cut, threshold=threshold)
    assert grown.revoked == again.revoked, "what is extended is what is computed anew"

    expected = spoiled(made, bad, threshold=threshold)
    assert grown.revoked == {made[n].id for n in expected}
    system.ledger.fork(recover(now, revoked=grown.revoked, operation=Operation("recover")))
    cut = head(system.ledger, "production").cut
    state = {
        (entry.store, entry.key): entry.value
        for store in STORES
        for entry in system.ledger.scan(store, cut)
    }
    assert state == replayed(made, expected)
