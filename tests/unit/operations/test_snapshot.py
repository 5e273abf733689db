from __future__ import annotations

import pytest

from holdfast.errors import ConflictError, MomentError, UsageError
from tests.support.project import SHOES, Shop


def test_a_snapshot_names_a_moment_for_good(shop: Shop) -> None:
    made = shop.project.snapshot("calm", reason="a calm evening")
    then = shop.ask(SHOES)
    shop.bring("returns.md", "# Returns\n\nShoes that you wore once cannot be returned.")
    shop.project.rollback("calm")
    assert shop.project.snapshots() == [made]
    assert (made.reason, made.actor) == ("a calm evening", "tester")
    assert made.corpus == then.stamp.corpus
    assert shop.project.diff("calm").same
    assert shop.project.cut("calm~1").tick == made.cut.tick - 1
    assert shop.project.ask(SHOES, at="calm").answer == then.answer


def test_a_snapshot_of_an_earlier_moment(shop: Shop) -> None:
    made = shop.project.snapshot("empty", at="@1")
    assert (made.cut.tick, shop.project.documents(at="empty")) == (1, [])


def test_a_name_is_given_once(shop: Shop) -> None:
    shop.project.snapshot("calm")
    shop.ask(SHOES)
    with pytest.raises(ConflictError, match="calm"):
        shop.project.snapshot("calm")


@pytest.mark.parametrize("name", ["", "Calm", "calm evening", "head", "production", "x" * 64])
def test_a_name_that_is_none_or_means_something_is_refused(shop: Shop, name: str) -> None:
    with pytest.raises(UsageError):
        shop.project.snapshot(name)
    assert shop.project.snapshots() == []


def test_a_moment_that_is_not_there_is_refused(shop: Shop) -> None:
    with pytest.raises(MomentError):
        shop.project.snapshot("calm", at="@999")
