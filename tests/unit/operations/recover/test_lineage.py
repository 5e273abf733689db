from __future__ import annotations

from collections.abc import Iterator

import pytest

from holdfast.errors import NotFoundError, UsageError
from holdfast.operations.recover.cause import cause
from holdfast.operations.recover.lineage import Lineage, Node, lineage
from holdfast.operations.recover.recover import Order, recover
from holdfast.ports.ledger import Query
from tests.support.project import SHOES, Shop


def follow(shop: Shop, name: str, **given: object) -> Lineage:
    return lineage(shop.system, "production", name=name, **given)


def walk(nodes: tuple[Node, ...], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The labels' first words from the root to each node."""
    for node in nodes:
        path = (*above, node.label.split()[0])
        yield path
        yield from walk(node.children, path)


def test_down_from_a_document_to_a_case_of_a_dataset(shop: Shop) -> None:
    decision = shop.ask(SHOES, session="s1")
    shop.project.feedback(decision.id, "up")
    shop.project.datasets.add(decision.id, to="golden")
    found = set(walk(follow(shop, "returns.md", direction="down").down))
    chain = ("document", "decision")
    assert ("document", "queue") in found
    assert {(*chain, store) for store in ("memory", "cache", "feedback", "ratings")} <= found
    assert any(path[:2] == chain and path[-1] == "datasets" for path in found)
    again = shop.ask(SHOES)
    assert again.stamp.cache
    up = set(walk(follow(shop, again.id, direction="up").up))
    assert ("decision", "cache", "decision") in up, "the later answer came from the earlier one"


def test_up_from_a_decision_to_the_files_and_the_release(shop: Shop) -> None:
    decision = shop.ask(SHOES)
    found = follow(shop, decision.id, direction="up")
    paths = set(walk(found.up))
    assert ("decision", "chunk", "document") in paths
    assert ("decision", "releases") in paths
    assert found.down == ()
    (root,) = found.up
    strongest = root.children[0 if root.children[0].ref.startswith("chunk") else 1]
    assert strongest.children[0].label.endswith("(returns.md)")
    assert strongest.strength == pytest.approx(1.0, abs=0.05)


def test_a_threshold_leaves_out_what_is_only_mentioned(shop: Shop) -> None:
    shop.ask(SHOES)
    weak = set(walk(follow(shop, "shipping.md", direction="down").down))
    strong = set(walk(follow(shop, "shipping.md", direction="down", threshold=0.2).down))
    assert ("document", "decision") in weak - strong


def test_what_was_taken_back_can_be_followed_by_its_decision(shop: Shop) -> None:
    decision = shop.ask(SHOES, session="s1")
    found = cause(shop.system, "production", name=decision.id)
    recover(shop.system, "production", cause=found, order=Order(0.2))
    paths = set(walk(follow(shop, decision.id).down))
    assert ("decision", "memory") in paths


def test_datasets_and_references_can_be_followed(shop: Shop) -> None:
    decision = shop.ask(SHOES)
    shop.project.datasets.add(decision.id, to="golden")
    up = set(walk(follow(shop, "golden", direction="up").up))
    assert ("datasets", "decision") in up
    chunk = decision.stamp.hits[0].chunk
    assert ("chunk", "decision") in set(walk(follow(shop, f"chunk:{chunk}").down))


def test_every_event_of_it_is_named(shop: Shop) -> None:
    decision = shop.ask(SHOES, session="s1")
    found = follow(shop, decision.id, direction="down")
    stores = {
        entry.store for _, entry in shop.system.ledger.history(Query()) if entry.id in found.events
    }
    assert stores == {"decisions", "memory", "cache"}


def test_bad_names_and_directions(shop: Shop) -> None:
    with pytest.raises(UsageError, match="'sideways'"):
        follow(shop, "returns.md", direction="sideways")
    with pytest.raises(NotFoundError, match=r"'nothing\.md'"):
        follow(shop, "nothing.md")
