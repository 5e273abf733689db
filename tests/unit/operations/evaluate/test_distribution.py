from __future__ import annotations

import pytest

from holdfast.errors import ProviderError, UsageError
from holdfast.operations.evaluate.distribution import distribution
from holdfast.operations.evaluate.evaluate import Conduct, Target
from tests.support.project import SHOES

NOW = Target("production")


def answers(shop, *targets, n=20, question=SHOES):
    conduct = Conduct(shop.system, shop.project.runtime)
    return distribution(conduct, question, targets=targets, n=n)


def test_two_moments_of_one_release_are_told_apart_and_equal_ones_are_not(shop) -> None:
    good = Target("production", at=f"@{shop.tick}")
    shop.bring("returns.md", "# Returns\n\nShoes that you wore once cannot be returned.\n")
    found = answers(shop, NOW, good)
    assert found.contrast.p_value < 0.01
    assert found.contrast.effect == 1.0
    assert {(m.count, m.against) for m in found.meanings} == {(0, 20), (20, 0)}
    (old,) = [m.answer for m in found.meanings if m.against]
    assert "30 days" in old
    assert (found.side.entropy, found.side.meanings, found.against.answers) == (0.0, 1, 20)
    same = answers(shop, NOW, NOW)
    assert same.contrast.p_value == 1.0
    assert shop.project.entries("decisions") == []
    assert shop.project.entries("runs") == []


def test_one_release_alone_is_not_compared(shop) -> None:
    found = answers(shop, NOW, n=3)
    assert (found.against, found.contrast) == (None, None)
    assert found.meanings[0].count == 3


@pytest.mark.parametrize(
    ("question", "n", "message"),
    [("  ", 5, "the question is empty"), ("a?", 1, "-n 1 must lie"), ("a?", 0, "-n 0 must lie")],
)
def test_what_shows_nothing_is_refused(shop, question, n, message) -> None:
    with pytest.raises(UsageError, match=message):
        answers(shop, NOW, question=question, n=n)


def test_a_provider_that_is_down_ends_it(shop) -> None:
    def down(messages):
        raise ProviderError("503")

    shop.parts.model = type(shop.parts.model).__new__(type(shop.parts.model))
    shop.parts.model.generate = lambda messages, sampling: down(messages)
    shop.parts.model.stream = lambda messages, sampling: down(messages)
    with pytest.raises(ProviderError):
        answers(shop, NOW, n=4)
