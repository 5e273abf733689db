from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.errors import UsageError
from holdfast.observation.drift.signal import SIGNALS, signal
from tests.support.seen import seen


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        ("Yes.", "one paragraph"),
        ("Yes.\n\nNo.", "paragraphs"),
        ("- a\n- b\n- c", "list"),
        ("```\nx\n```", "code"),
        ("| a |\n| --- |\n| b |", "table"),
        ('{"a": 1}', "json"),
    ],
)
def test_the_format_of_an_answer(answer, form) -> None:
    assert signal("answer.format").of(seen(1, answer=answer)) == form


def test_what_is_no_answer_says_nothing_of_answers() -> None:
    failed = seen(1, answer="", status="failed", error_code="provider")
    said = {name: one.of(failed) for name, one in SIGNALS.items() if name.startswith("answer.")}
    assert set(said.values()) == {None}


def test_retrieval_without_passages_says_how_many_only() -> None:
    bare = replace(seen(1), found=())
    assert signal("retrieval.passages").of(bare) == 0
    assert signal("retrieval.similarity").of(bare) is None


def test_the_last_turn_says_nothing_of_the_user() -> None:
    assert signal("user.outcome").of(seen(1, outcome="last")) is None
    assert signal("user.outcome").of(seen(1, outcome="rephrased")) == "rephrased"


def test_every_measure_is_a_signal_and_others_are_refused() -> None:
    assert signal("latency").of(seen(1)) == 0.5
    assert signal("score.grounding").kind == "scores"
    with pytest.raises(UsageError, match="did you mean question"):
        signal("question.lenght")
    with pytest.raises(UsageError, match="there are question"):
        signal("zzz")
