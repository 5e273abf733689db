from __future__ import annotations

import pytest

from holdfast.errors import MomentError, NotFoundError
from holdfast.operations.find import decision
from tests.support.project import SHOES, Shop


def test_a_decision_is_found_by_its_beginning_on_any_timeline(shop: Shop) -> None:
    made = shop.ask(SHOES)
    shop.project.rollback("~1")
    for length in (len(made.id), len(made.id) - 1, 16):
        assert decision(made.id[:length], ledger=shop.system.ledger).id == made.id


def test_a_beginning_that_several_share_names_them(shop: Shop) -> None:
    ids = sorted(shop.ask(SHOES).id for _ in range(2))
    with pytest.raises(MomentError, match=f"{ids[0]}, {ids[1]}"):
        decision("d-01", ledger=shop.system.ledger)


@pytest.mark.parametrize(("name", "message"), [("d-", "too short"), ("d-ffff", "holdfast log")])
def test_what_is_not_found_says_what_to_do(shop: Shop, name: str, message: str) -> None:
    with pytest.raises(NotFoundError, match=message):
        decision(name, ledger=shop.system.ledger)
