from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.adapters.extractive import REFUSAL, ExtractiveModel
from holdfast.adapters.wordllama import WordLlamaEmbedder
from holdfast.domain.digest import digest
from holdfast.ports.model import Generation, Message, Sampling

WORD = re.compile(r"[^\W_]+")
MODEL = ExtractiveModel(WordLlamaEmbedder())

HOURS = """# Opening hours

The shop opens at 9:00 and closes at 17:00. It is closed on Sundays.

| Day | Opens |
|---|---|
| Saturday | 10:00 |
"""
RETURNS = """# Returns

Unworn boots can be returned within 60 days. Worn boots can be returned within 30 days.
Refunds are paid within 5 working days.

To return something, bring:

- the receipt
- your bank card
"""


def asked(question: str, *passages: str) -> tuple[Message, ...]:
    shown = "\n".join(f'<passage id="1" title="t">\n{text}\n</passage>' for text in passages)
    asking = Message("user", f"{shown}\n\n{question}")
    return Message("system", "Answer shortly. Ada wrote this."), asking


def answer(question: str, *passages: str, **sampling: float) -> Generation:
    messages = asked(question, *(passages or (HOURS, RETURNS)))
    return MODEL.generate(messages, sampling=Sampling(**sampling))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When does the shop open?", "opens at 9:00"),
        ("When does it open on Saturday?", "Saturday: Opens 10:00."),
        ("How long can I return worn boots?", "Worn boots can be returned within 30 days."),
        ("How long do refunds take?", "Refunds are paid within 5 working days."),
        ("Do I need the receipt to return something?", "bring: the receipt."),
    ],
)
def test_the_answer_is_in_the_passages_words(question: str, expected: str) -> None:
    assert expected in answer(question).text


def test_a_sentence_about_the_one_before_brings_it_along() -> None:
    text = answer("Is it closed on Sundays?").text
    assert text.startswith("The shop opens at 9:00 and closes at 17:00. It is closed on Sundays.")


@pytest.mark.parametrize(
    "question", ["Who is the president of France?", "How do I train a parrot?", "hello", "?"]
)
def test_it_says_when_the_documents_do_not(question: str) -> None:
    found = answer(question)
    assert (found.text, found.finish_reason) == (REFUSAL, "stop")


def test_without_passages_it_says_so_too() -> None:
    messages = (Message("user", "When does the shop open?"),)
    assert MODEL.generate(messages, sampling=Sampling()).text == REFUSAL


def test_instructions_never_end_up_in_an_answer() -> None:
    assert answer("Who wrote this? Ada?").text == REFUSAL


def test_an_answer_says_what_made_it() -> None:
    found = answer("When does the shop open?")
    assert found.model == "extractive-1"
    assert found.fingerprint == digest(MODEL.identity)
    assert MODEL.identity["version"] == 1
    assert MODEL.deterministic


def test_tokens_are_words_and_signs() -> None:
    found = answer("When does the shop open?", "The shop opens at 9:00.")
    assert found.usage is not None
    assert found.usage.output == len(["The", "shop", "opens", "at", "9", ":", "00", "."])
    assert found.usage.input > found.usage.output


@pytest.mark.parametrize("limit", [1, 3, 7, 8, 20, 512])
def test_the_token_limit_holds(limit: int) -> None:
    found = answer("When does the shop open?", max_tokens=limit)
    assert found.usage is not None
    assert 1 <= found.usage.output <= limit
    whole = answer("When does the shop open?").text
    assert whole.startswith(found.text)
    assert found.finish_reason == ("stop" if found.text == whole else "length")


def test_temperature_changes_what_is_said() -> None:
    question = "How long can I return boots?"
    cold = {answer(question, seed=seed).text for seed in range(20)}
    hot = {answer(question, temperature=2.0, seed=seed).text for seed in range(20)}
    assert len(cold) == 1
    assert len(hot) > 1


@given(st.integers(0, 2**31 - 1), st.sampled_from([0.0, 0.7, 2.0]))
def test_the_same_seed_says_the_same(seed: int, temperature: float) -> None:
    both = [
        answer("How long can I return boots?", temperature=temperature, seed=seed) for _ in range(2)
    ]
    assert both[0] == both[1]


def test_a_stream_is_the_answer_in_words() -> None:
    messages = asked("When does the shop open?", HOURS)
    *pieces, last = MODEL.stream(messages, sampling=Sampling())
    assert isinstance(last, Generation)
    assert last == MODEL.generate(messages, sampling=Sampling())
    assert "".join(str(piece) for piece in pieces) == last.text
    assert len(pieces) == len(last.text.split())


@given(st.text("abAB.?! |-#*\n", max_size=200), st.text(max_size=50))
def test_an_answer_holds_nothing_but_the_passages_words(passage: str, question: str) -> None:
    found = answer(question, passage or "A.")
    if found.text != REFUSAL:
        assert set(WORD.findall(found.text)) <= set(WORD.findall(passage or "A."))
