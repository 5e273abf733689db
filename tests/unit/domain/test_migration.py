from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.domain.document import Space
from holdfast.domain.migration import BACK, CONTRACTED, CUTOVER, STAGES, Migration

OLD, NEW = Space("p", "old", 4), Space("p", "new", 8)


@pytest.mark.parametrize("stage", STAGES)
def test_it_is_the_same_after_the_ledger(stage: str) -> None:
    one = Migration(OLD, NEW, stage, worker="w", overlap=0.5, recall=(0.9, 0.8))
    assert Migration.from_json(one.json()) == one
    assert Migration.from_json(Migration(OLD, NEW).json()) == Migration(OLD, NEW)


def test_its_id_names_both_sides_and_nothing_else() -> None:
    one = Migration(OLD, NEW)
    assert replace(one, stage=CUTOVER, worker="w").id == one.id
    assert Migration(NEW, OLD).id != one.id


@pytest.mark.parametrize("stage", STAGES)
def test_one_side_serves_and_the_other_stands_beside(stage: str) -> None:
    one = Migration(OLD, NEW, stage)
    assert one.serving == (NEW if stage in (CUTOVER, CONTRACTED) else OLD)
    assert {one.serving, one.beside} == {OLD, NEW}
    assert one.active == (stage not in (CONTRACTED, BACK))
