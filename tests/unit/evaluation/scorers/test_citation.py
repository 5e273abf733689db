from __future__ import annotations

from holdfast.evaluation.scorers.citation import Citation
from tests.support.samples import passages, sample

TEXTS = passages("Express delivery costs 9.90 euros.", "Shoes can be returned within 30 days.")


def test_each_sentence_points_to_its_best_passage() -> None:
    score = Citation()(
        sample("Shoes can be returned within 30 days. The moon is cheese.", passages=TEXTS)
    )
    assert score.value == 0.5
    assert score.detail["sentences"][0]["path"] == "1.md"


def test_nothing_to_cite_or_to_cite_from() -> None:
    assert Citation()(sample("It is.", passages=TEXTS)).value is None
    assert Citation()(sample("Shoes can be returned.")).value is None
