from __future__ import annotations

from dataclasses import replace

from holdfast.observation.sampling import FAIR, ODD, Plan, picks
from tests.support.fact import FACT

FACTS = [
    replace(FACT, decision=f"d-{n}", at=n, refused=n % 50 == 0, slice="rare" if n < 4 else "usual")
    for n in range(1000)
]


def test_the_fair_share_is_the_rate_and_does_not_depend_on_what_is_odd() -> None:
    with_odd = {p.fact.decision for p in picks(FACTS, Plan(0.2)) if p.why == FAIR}
    without = {p.fact.decision for p in picks(FACTS, Plan(0.2, odd=False))}
    assert with_odd == without
    assert 150 < len(without) < 250


def test_all_that_look_odd_come_first() -> None:
    found = picks(FACTS, Plan(0.1))
    odd = [p for p in found if p.why == ODD]
    assert found[: len(odd)] == odd
    assert {p.fact.decision for p in found} >= {f.decision for f in FACTS if f.refused}


def test_every_slice_gets_its_part() -> None:
    found = picks(FACTS, Plan(0.0, slices=3, odd=False))
    slices = [p.fact.slice for p in found]
    assert (slices.count("rare"), slices.count("usual")) == (3, 3)


def test_what_was_not_answered_is_not_scored() -> None:
    assert picks([replace(FACT, status="failed")], Plan(1.0)) == []
