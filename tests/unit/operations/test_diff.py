from __future__ import annotations

from holdfast.operations.diff import DocumentDiff, StoreDiff
from tests.support.project import SHOES, Shop


def test_a_moment_does_not_differ_from_itself(shop: Shop) -> None:
    state = shop.project.diff("head")
    assert state.same
    assert (state.documents, state.components, state.stores) == ((), (), ())
    assert state.corpus_before == state.corpus_after


def test_a_difference_names_documents_components_and_counts(shop: Shop) -> None:
    then = str(shop.project.head().cut)
    old = {d["path"]: d["document"] for d in shop.project.documents()}
    shop.bring("new.md", "New.")
    shop.bring("returns.md", "# Returns\n\nNothing.")
    shop.project.remove(["shipping.md"])
    decision = shop.ask(SHOES, session="s1")
    shop.project.feedback(decision.id, "up")
    (shop.root / "policies.toml").write_text("")
    shop.project.deploy()
    state = shop.project.diff(then)
    new = {d["path"]: d["document"] for d in shop.project.documents()}
    assert state.documents == (
        DocumentDiff("new.md", "added", "", new["new.md"]),
        DocumentDiff("returns.md", "changed", old["returns.md"], new["returns.md"]),
        DocumentDiff("shipping.md", "removed", old["shipping.md"], ""),
    )
    assert [part.component for part in state.components] == ["guard"]
    assert state.stores == (
        StoreDiff("queue", added=1, removed=1, changed=1),
        StoreDiff("cache", added=1, removed=0, changed=0),
        StoreDiff("memory", added=1, removed=0, changed=0),
        StoreDiff("feedback", added=1, removed=0, changed=0),
        StoreDiff("ratings", added=3, removed=0, changed=0),
    )
    backwards = shop.project.diff("head", then)
    assert [d.kind for d in backwards.documents] == ["removed", "changed", "added"]


def test_two_environments_are_compared_by_name(shop: Shop) -> None:
    shop.project.fork("production", "staging")
    assert shop.project.diff("production", "staging").same
    shop.project.remove(["returns.md"], environment="staging")
    (document,) = shop.project.diff("production", "staging").documents
    assert (document.path, document.kind) == ("returns.md", "removed")


def test_before_the_first_release_there_is_none(shop: Shop) -> None:
    state = shop.project.diff("@1")
    assert (state.release_before, state.release_after) == ("", shop.project.deployed())
    assert len(state.documents) == 3
    assert state.components == ()
    (deployment,) = shop.project.releases()
    first = shop.project.diff(f"@{deployment['tick'] - 1}")
    assert (first.documents, first.stores, first.same) == ((), (), False)
