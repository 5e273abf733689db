from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.adapters.memory.clock import SettableClock
from holdfast.adapters.memory.ledger import MemoryLedger
from holdfast.domain.event import Edge
from holdfast.domain.moment import Cut
from holdfast.errors import LimitError
from holdfast.store.ledger.lineage import Reach, Reading, ancestors, descendants
from tests.contracts.world import World, first


@pytest.fixture
def told(world: World) -> World:
    """A poisoned document, what it taught, and what it did not.

    document:bad -> d-1 (0.8) -> memory (1.0) -> d-2 (0.5)
                 -> d-3 (0.1);  document:good -> d-2 (0.9)
    """
    world.start()
    decide(world, "d-1", {"document:bad": 0.8})  # 2
    world.put("s/d-1", 1, store="memory", sources=[Edge("decision:d-1")])  # 3
    decide(world, "d-2", {"event:@3.0": 0.5, "document:good": 0.9})  # 4
    decide(world, "d-3", {"document:bad": 0.1})  # 5
    return world


def decide(world: World, name: str, sources: dict[str, float]) -> None:
    edges = [Edge(*source) for source in sources.items()]
    world.put(name, {}, store="decisions", sources=edges)


def down(world: World, *start: str, reading: Reading | None = None) -> dict[str, Reach]:
    return descendants(start, ledger=world.ledger, timelines=world.ledger, reading=reading)


def up(world: World, *start: str, reading: Reading | None = None) -> dict[str, Reach]:
    return ancestors(start, ledger=world.ledger, timelines=world.ledger, reading=reading)


def strengths(found: dict[str, Reach]) -> dict[str, float]:
    return {ref: pytest.approx(reach.strength) for ref, reach in found.items()}


def test_everything_that_derives_from_a_document(told: World) -> None:
    found = down(told, "document:bad")
    assert strengths(found) == {
        "document:bad": 1.0,
        "event:@2.0": 0.8,
        "decision:d-1": 0.8,
        "event:@3.0": 0.8,
        "event:@4.0": 0.4,
        "decision:d-2": 0.4,
        "event:@5.0": 0.1,
        "decision:d-3": 0.1,
    }
    assert found["event:@3.0"].via == "decision:d-1"
    assert str(found["decision:d-2"].event) == "@4.0"
    assert found["document:bad"].event is None


def test_a_threshold_leaves_out_what_hardly_depends(told: World) -> None:
    found = down(told, "document:bad", reading=Reading(threshold=0.4))
    assert "decision:d-2" in found
    assert "decision:d-3" not in found
    assert "decision:d-2" not in down(told, "document:bad", reading=Reading(threshold=0.41))


def test_a_decision_goes_by_its_event_too(told: World) -> None:
    for start in ("decision:d-1", "event:@2.0"):
        names = {"decision:d-1", "event:@2.0", "event:@3.0", "event:@4.0", "decision:d-2"}
        assert set(down(told, start)) == names


def test_everything_that_a_decision_derives_from(told: World) -> None:
    assert strengths(up(told, "decision:d-2")) == {
        "decision:d-2": 1.0,
        "event:@4.0": 1.0,
        "event:@3.0": 0.5,
        "document:good": 0.9,
        "event:@2.0": 0.5,
        "decision:d-1": 0.5,
        "document:bad": 0.4,
    }


def test_the_strongest_path_counts(told: World) -> None:
    decide(told, "d-4", {"decision:d-3": 1.0, "decision:d-2": 1.0})
    assert down(told, "document:bad")["decision:d-4"].strength == pytest.approx(0.4)
    assert down(told, "document:bad")["decision:d-4"].via == "decision:d-2"


def test_only_what_a_cut_shows(told: World) -> None:
    told.rollback(Cut(1, 2))
    decide(told, "d-9", {"document:bad": 0.7})
    here = Reading(within=told.head())
    found = down(told, "document:bad", reading=here)
    assert {ref for ref in found if ref.startswith("decision")} == {"decision:d-1", "decision:d-9"}
    assert "decision:d-2" in down(told, "document:bad")
    assert set(up(told, "decision:d-2", reading=here)) == {"decision:d-2", "event:@4.0"}


def test_what_is_revoked_leads_nowhere(told: World) -> None:
    (memory,) = told.ledger.read([("memory", "s/d-1")], told.head())
    assert memory is not None
    told.start(parent=told.head(), expects=1, revoked=[memory.id])
    found = down(told, "document:bad", reading=Reading(within=told.head()))
    assert "decision:d-2" not in found
    assert "decision:d-1" in found


def test_what_nothing_derives_from_is_alone(told: World) -> None:
    assert set(down(told, "document:unknown")) == {"document:unknown"}
    assert set(up(told, "event:@99.0", "decision:none")) == {"event:@99.0", "decision:none"}
    assert down(told) == {}


def test_too_much_is_said_to_be_too_much(told: World) -> None:
    with pytest.raises(LimitError, match="more than 3"):
        down(told, "document:bad", reading=Reading(limit=3))


def test_a_cycle_ends(world: World) -> None:
    world.start()
    decide(world, "d-1", {"decision:d-2": 1.0})
    decide(world, "d-2", {"decision:d-1": 1.0})
    decide(world, "d-3", {"decision:d-3": 0.5})
    both = {"decision:d-1", "decision:d-2", "event:@2.0", "event:@3.0"}
    assert set(down(world, "decision:d-1")) == both
    assert set(up(world, "decision:d-1")) == both
    assert down(world, "decision:d-3")["decision:d-3"].strength == 1.0


@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from([0.25, 0.5, 1.0])),
        max_size=25,
    ),
    st.sampled_from([0.0, 0.2, 0.6]),
)
def test_the_closure_is_the_best_path(
    edges: list[tuple[int, int, float]], threshold: float
) -> None:
    world = World(MemoryLedger(clock=SettableClock()))
    world.start()
    graph = {(source, target): strength for source, target, strength in edges}
    for node in range(8):
        sources = {f"decision:{a}": s for (a, b), s in graph.items() if b == node}
        decide(world, f"{node}", sources)
    # Floyd and Warshall with products: independent of the order in which nodes are reached.
    best = {(a, b): graph.get((a, b), 0.0) for a in range(8) for b in range(8)}
    best |= {(a, a): 1.0 for a in range(8)}
    for middle in range(8):
        for a in range(8):
            for b in range(8):
                through = best[a, middle] * best[middle, b]
                best[a, b] = max(best[a, b], through)
    for ends, found in ((0, down), (1, up)):
        for start in range(8):
            reached = found(world, f"decision:{start}", reading=Reading(threshold=threshold))
            told = {r: reach.strength for r, reach in reached.items() if r.startswith("decision")}
            expected = {
                f"decision:{pair[1 - ends]}": strength
                for pair, strength in best.items()
                if pair[ends] == start and strength > 0 and strength >= threshold
            }
            assert told == expected


def test_first_events_are_known_by_name(world: World) -> None:
    world.start()
    release = world.put("abc", {}, store="releases")
    use = world.put("a", 1, store="cache", sources=[Edge("release:abc")])
    assert set(down(world, f"event:{first(release)}")) == {
        "release:abc",
        f"event:{first(release)}",
        f"event:{first(use)}",
    }
