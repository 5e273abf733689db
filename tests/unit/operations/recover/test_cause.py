from __future__ import annotations

import pytest

from holdfast.domain.moment import EventId
from holdfast.errors import MomentError, NotFoundError, UsageError
from holdfast.operations.recover.cause import Cause, cause, together
from tests.support.project import SHOES, Shop


def named(shop: Shop, name: str) -> Cause:
    return cause(shop.system, "production", name=name)


def test_a_path_is_the_version_that_is_live(shop: Shop) -> None:
    shop.bring("returns.md", "# Returns\n\nNothing can be returned.\n")
    (entry,) = named(shop, "returns.md").entries
    assert entry.value["document"] == shop.project.documents()[1]["document"]
    digest = entry.value["document"]
    for name in (digest, digest[:12], f"document:{digest}", f"file:{digest}"):
        found = named(shop, name)
        assert (found.kind, found.events) == ("document", {entry.id})


def test_a_version_is_meant_wherever_it_is_live(shop: Shop) -> None:
    text = (shop.root / "documents" / "returns.md").read_text()
    shop.bring("copy.md", text)
    assert {entry.key for entry in named(shop, "copy.md").entries} == {"copy.md", "returns.md"}


def test_decisions_releases_events_and_changes(shop: Shop) -> None:
    decision = shop.ask(SHOES, session="s1")
    assert named(shop, decision.id[:18]).refs == (f"decision:{decision.id}",)
    release = named(shop, shop.project.deployed()[:12])
    assert (release.kind, [entry.key for entry in release.entries]) == ("release", ["deployed"])
    assert named(shop, f"@{shop.tick}.1").events == {EventId(shop.tick, 1)}
    assert len(named(shop, f"@{shop.tick}").events) == 3


def test_a_span_begins_after_its_first_moment_and_ends_with_its_second(shop: Shop) -> None:
    start = shop.tick
    shop.ask(SHOES)
    middle = shop.tick
    shop.ask(SHOES)
    assert {e.tick for e in named(shop, f"@{start}..@{middle}").events} == {middle}
    assert {e.tick for e in named(shop, f"@{start}..").events} == {middle, middle + 1}
    assert named(shop, f"@{start}..").after == start


def test_causes_join(shop: Shop) -> None:
    one, other = named(shop, "returns.md"), named(shop, "shipping.md")
    both = together([one, other])
    assert both.events == one.events | other.events
    assert both.refs == (*one.refs, *other.refs)


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("", UsageError, "empty"),
        ("no/such.md", NotFoundError, "'no/such.md'"),
        ("@99.0", NotFoundError, "'@99.0'"),
        ("@4..@2", UsageError, "earlier moment first"),
        ("@2..nonsense", MomentError, "'nonsense'"),
        ("ffffffffffff", NotFoundError, "'ffffffffffff'"),
    ],
)
def test_what_is_no_cause(shop: Shop, name: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        named(shop, name)


def test_a_decision_that_was_rolled_back_is_no_cause(shop: Shop) -> None:
    decision = shop.ask(SHOES)
    shop.project.rollback("~1")
    with pytest.raises(NotFoundError, match="does not show"):
        named(shop, decision.id)
