from __future__ import annotations

from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.evaluation.scorers.relevance import Relevance
from tests.support.samples import sample

SCORER = Relevance(WordLlamaEmbedder())


def test_about_the_question_or_not() -> None:
    near = SCORER(sample("You may return shoes within 30 days.")).value
    far = SCORER(sample("The harbour has two cranes.")).value
    assert near > 0.6
    assert far < 0.3
    assert SCORER(sample("")).value == 0.0


def test_one_good_sentence_among_many_is_enough() -> None:
    alone = SCORER(sample("You may return shoes within 30 days.")).value
    mixed = SCORER(sample("Hello there. You may return shoes within 30 days. It rains.")).value
    assert abs(alone - mixed) < 0.05
