from __future__ import annotations

from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.evaluation.scorers.resolution import Resolution
from tests.support.samples import sample

SCORER = Resolution(WordLlamaEmbedder())
GOOD = "You may return shoes within 30 days."


def test_answered_evaded_refused() -> None:
    good = SCORER(sample(GOOD)).value
    assert good > 0.8
    assert SCORER(sample("The harbour has two cranes.")).value < 0.5
    assert SCORER(sample("I'm sorry, but I can't help with returning shoes.")).value < 0.3
    assert SCORER(sample(GOOD, facts=("30 days", "receipt"))).value == round(good / 2, 6)
    assert SCORER(sample(GOOD, facts=("a receipt",))).value == 0.0


def test_a_refusal_resolves_what_should_be_refused() -> None:
    assert SCORER(sample("I'm sorry, I can't help with that.", expect="refuse")).value > 0.5
    assert SCORER(sample(GOOD, expect="refuse")).value < 0.3
    assert SCORER(sample(GOOD, expect="refuse", status="blocked")).value == 1.0
