from __future__ import annotations

import pytest

from holdfast.errors import MomentError, NotFoundError
from tests.support.project import SHOES, Shop


def test_a_view_is_the_head_or_a_moment(shop: Shop) -> None:
    assert shop.system.view("production").cut == shop.system.head("production").cut
    shop.ask(SHOES)
    earlier = shop.system.view("production", "~1")
    assert earlier.cut == shop.system.cut("production", f"@{shop.tick - 1}")
    assert earlier.scan("decisions") == []


def test_what_is_not_there_is_named_with_what_is(shop: Shop) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'production'"):
        shop.system.view("prodution")
    with pytest.raises(MomentError, match="no moment"):
        shop.system.view("production", "yore")
