from __future__ import annotations

import numpy as np
import pytest

from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.errors import CorruptionError
from holdfast.evaluation.scorers.fit import fit
from holdfast.evaluation.scorers.intent import OUTSIDE, Intent, Intents
from tests.support.samples import sample

EMBEDDER = WordLlamaEmbedder()
THINGS = ("shoes", "a hat", "the coat", "my order", "these gloves", "a shirt", "trousers", "socks")
QUESTIONS = {
    "return": [f"can I send back {thing}" for thing in THINGS],
    "ship": [f"when will {thing} be delivered" for thing in THINGS],
    "pay": [f"how do I pay for {thing} by card" for thing in THINGS],
}


@pytest.fixture(scope="module")
def intents() -> Intents:
    texts = [text for group in QUESTIONS.values() for text in group]
    labels = [label for label, group in QUESTIONS.items() for _ in group]
    return fit(texts, labels, embedder=EMBEDDER)


def test_a_label_and_whether_it_was_right(intents) -> None:
    scorer = Intent(intents)
    score = scorer(sample(question="can I send back a scarf", intent="return"))
    assert (score.value, score.detail["right"]) == ("return", True)
    strange = scorer(sample(question="who wrote the Iliad"))
    assert strange.value == OUTSIDE
    assert strange.detail["margin"] < intents.threshold


def test_a_model_is_plain_arrays_and_comes_back_the_same(intents) -> None:
    again = Intents.from_bytes(intents.to_bytes(), embedder=EMBEDDER)
    assert again.identity == intents.identity
    for question in ("send it back", "", "\u6f22\u5b57"):
        assert again.guess(question) == pytest.approx(intents.guess(question)) or (
            again.guess(question).intent == intents.guess(question).intent
        )
    assert again.weights.dtype == np.float16


@pytest.mark.parametrize("cut", [0, 10, 1000])
def test_broken_bytes_are_told(intents, cut) -> None:
    with pytest.raises(CorruptionError, match="train it again"):
        Intents.from_bytes(intents.to_bytes()[:cut], embedder=EMBEDDER)
