from __future__ import annotations

from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.evaluation.scorers.similarity import Similarity
from tests.support.samples import sample

SCORER = Similarity(WordLlamaEmbedder())


def test_meaning_counts_not_wording() -> None:
    reference = "Shoes can be sent back within a month."
    near, far = (
        SCORER(sample(answer, reference=reference)).value
        for answer in ("You may return footwear for 30 days.", "The harbour has two cranes.")
    )
    assert near > far + 0.2
    assert SCORER(sample(reference, reference=reference)).value == 1.0
    assert SCORER(sample(" ", reference=reference)).value == 0.0
