from __future__ import annotations

import pytest

from holdfast.errors import UsageError
from holdfast.evaluation.case import case


def test_other_tools_names_and_single_texts_are_read() -> None:
    made = case(
        {"prompt": "q?", "expected_output": "yes", "facts": "30 days", "weight": 2}, where="f:1"
    )
    assert (made.question, made.reference, made.facts, made.weight) == (
        "q?",
        "yes",
        ("30 days",),
        2,
    )


def test_a_case_without_id_is_named_by_its_content() -> None:
    one, other = (case({"question": "q", "reference": r}, where="f:1") for r in ("a", "b"))
    assert one.id == other.id != case({"question": "p"}, where="f:1").id


def test_messages_are_history_and_question() -> None:
    messages = [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "a?"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c?"},
    ]
    made = case({"messages": messages}, where="f:1")
    assert (made.history, made.question) == ((("a?", "b"),), "c?")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"question": " "}, "the question is empty"),
        ({}, "the question is empty"),
        ({"question": "q", "fact": "x"}, "unknown field 'fact'; the fields are id, question"),
        ({"question": "q", "input": "p"}, "'input' says 'question' a second time"),
        ({"question": 3}, "question 3 must be a text"),
        ({"question": "q\0"}, "NUL"),
        ({"question": "q", "facts": [1]}, "facts 1 must be a text"),
        ({"question": "q", "facts": [""]}, "empty text"),
        ({"question": "q", "facts": 7}, "facts 7 must be a list of texts"),
        ({"question": "q", "weight": 0}, "weight 0.0 must be a number above 0"),
        ({"question": "q", "weight": float("inf")}, "weight inf"),
        ({"question": "q", "weight": True}, "weight True must be a number"),
        ({"question": "q", "expect": "maybe"}, "expect 'maybe' is none of answer, refuse"),
        ({"question": "q", "history": [["a"]]}, r"turn \['a'\] must be"),
        ({"question": "q", "metadata": []}, r"metadata \[\] must be an object"),
        ({"question": "x" * 1_000_001}, "1,000,001 characters"),
        ({"messages": [{"role": "assistant", "content": "a"}]}, "end with the user's question"),
        ({"messages": [{"role": "robot", "content": "a"}]}, "message 1 needs a role"),
        ({"messages": "q"}, "must be a list of role and content"),
    ],
)
def test_every_mistake_names_the_place(value, message) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        case(value, where="golden.jsonl:3")
    assert str(caught.value).startswith("golden.jsonl:3: ")
