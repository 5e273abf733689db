from __future__ import annotations

from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.evaluation.scorers.overlap import Overlap, Pair, coverage

EVIDENCE = "Students get 10 % off with a valid student card."


def test_a_strange_number_costs_most_of_the_support() -> None:
    right, wrong = (
        coverage("Students get 10 % off.", EVIDENCE),
        coverage("Students get 90 % off.", EVIDENCE),
    )
    assert right == 1.0
    assert wrong < 0.5


def test_meaning_counts_where_there_is_an_embedder() -> None:
    pairs = [Pair("Pupils pay less.", EVIDENCE), Pair("The crane is broken.", EVIDENCE)]
    assert Overlap()(pairs) == [0.0, 0.0]
    near, far = Overlap(WordLlamaEmbedder())(pairs)
    assert near > far
    assert Overlap()([]) == []
