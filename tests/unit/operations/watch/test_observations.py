from __future__ import annotations

import pytest

from holdfast.errors import UsageError
from holdfast.operations.watch.observations import Observations
from tests.support.project import SHOES, STUDENTS, Shop


def test_status_looks_back_as_far_as_it_is_told(shop: Shop) -> None:
    shop.ask(SHOES)
    shop.parts.clock.advance(hours=2)
    shop.ask(STUDENTS)
    room = Observations(shop.system)
    assert [room.status(since=s).groups[0].decisions for s in ("1h", "1d", "3 hours ago")] == [
        1, 2, 2,
    ]  # fmt: skip


def test_status_can_be_read_as_of_a_moment(shop: Shop) -> None:
    shop.ask(SHOES)
    then = shop.tick
    shop.parts.clock.advance(hours=2)
    shop.ask(STUDENTS)
    assert Observations(shop.system).status(at=f"@{then}", since="1h").groups[0].decisions == 1


@pytest.mark.parametrize("since", ["soon", "0m", "2030-01-01"])
def test_a_time_that_is_none_is_refused(shop: Shop, since) -> None:
    with pytest.raises(UsageError, match=since):
        Observations(shop.system).status(since=since)
