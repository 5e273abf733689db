from __future__ import annotations

import pytest

from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.errors import UsageError
from holdfast.evaluation.scorers.fit import fit

EMBEDDER = WordLlamaEmbedder()


def test_the_same_questions_give_the_same_model() -> None:
    texts, labels = [f"return item {i}" for i in range(9)] + ["ship it"] * 3, ["r"] * 9 + ["s"] * 3
    one, other = (fit(texts, labels, embedder=EMBEDDER).to_bytes() for _ in range(2))
    assert one == other


@pytest.mark.parametrize("labels", [["a", "a"], ["a"], []])
def test_one_intent_is_none(labels) -> None:
    with pytest.raises(UsageError, match="two or more"):
        fit(["p", "q"], labels, embedder=EMBEDDER)


def test_a_label_is_one_line() -> None:
    with pytest.raises(UsageError, match="must be a name on one line"):
        fit(["p", "q"], ["a", "b\nc"], embedder=EMBEDDER)
