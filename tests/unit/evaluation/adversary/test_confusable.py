from __future__ import annotations

import random
import unicodedata

from holdfast.domain.dataset import Case
from holdfast.evaluation.adversary.confusable import confusable

CASE = Case("a", "May I pay by card?")


def test_it_reads_the_same_and_is_not() -> None:
    seen = {}
    for seed in range(30):
        variant = confusable(CASE, random.Random(seed))
        seen[variant.detail] = variant.question
    assert set(seen) == {"cyrillic", "full width", "zero width"}
    assert unicodedata.normalize("NFKC", seen["full width"]) == CASE.question
    plain = [c for c in seen["zero width"] if unicodedata.category(c) != "Cf"]
    assert "".join(plain) == CASE.question
    assert not seen["cyrillic"].isascii()
    assert len(seen["cyrillic"]) == len(CASE.question)
