from __future__ import annotations

import pytest

from holdfast.errors import StateError, UsageError
from holdfast.operations.recover.recoveries import Recoveries
from tests.support.project import SHOES, STUDENTS, Shop

SUITE = """\
file = "golden.jsonl"

[metrics.facts]
[metrics.forbidden]
"""
CASES = (
    f'{{"id": "students", "question": "{STUDENTS}", "facts": ["10 %"], "forbidden": ["25 %"]}}\n'
    f'{{"id": "shoes", "question": "{SHOES}", "facts": ["30 days"]}}\n'
)


@pytest.fixture
def poisoned(shop: Shop) -> Shop:
    (shop.root / "suites").mkdir(exist_ok=True)
    (shop.root / "suites" / "golden.toml").write_text(SUITE)
    (shop.root / "suites" / "golden.jsonl").write_text(CASES)
    shop.bring("promo.md", "# Weekend\n\nThis weekend students get 25 % off everything.\n")
    shop.ask(STUDENTS, session="s")
    return shop


def room(shop: Shop) -> Recoveries:
    return Recoveries(shop.system, shop.project.runtime)


def test_the_touched_questions_are_asked_before_and_after(poisoned: Shop) -> None:
    it = room(poisoned)
    done = it.recover(["promo.md"], order=it.order(yes=True))
    suite = it.suite("golden")
    assert suite is not None
    tick = poisoned.tick
    again = it.again(done, suite)
    assert again.cases == 2
    told = {one.case: one for one in again.answered}
    assert "25 %" in told["students"].before
    assert "10 %" in told["students"].after
    assert told["students"].scores["forbidden"] == (0.0, 1.0)
    assert again.means["forbidden"] == (0.0, 1.0)
    assert poisoned.tick == tick, "nothing is recorded"


def test_a_share_from_the_settings_is_asked_for(poisoned: Shop) -> None:
    with pytest.raises(StateError, match=r"recover\.share"):
        room(poisoned).recover(["promo.md"])
    assert room(poisoned).plan(["promo.md"]).loss.threshold == 0.15
    with pytest.raises(UsageError, match="--from"):
        room(poisoned).recover([])


def test_without_a_suite_nobody_is_asked(poisoned: Shop) -> None:
    assert room(poisoned).suite() is None
