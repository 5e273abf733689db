"""Chat requests as questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import UsageError
from holdfast.pipeline.memory import Turn
from holdfast.server.errors import UnsupportedError
from holdfast.server.gateway.question import (
    UNSUPPORTED,
    ChatMessage,
    ChatRequest,
    overrides,
    question,
    turns,
)


def request(*spoken: tuple[str, str], **fields: object) -> ChatRequest:
    messages = [{"role": role, "content": content} for role, content in spoken]
    return ChatRequest.model_validate({"model": "production", "messages": messages, **fields})


def test_a_single_message_leaves_the_conversation_to_the_session() -> None:
    asked = question(request(("system", "Be brief."), ("user", "Hi?")), session="s")
    assert (asked.text, asked.session, asked.history) == ("Hi?", "s", None)
    assert asked.instructions == "Be brief."


def test_earlier_messages_are_turns() -> None:
    spoken = (("user", "a"), ("assistant", "b"), ("user", "c"), ("user", "d"))
    assert question(request(*spoken)).history == (Turn("a", "b"), Turn("c", ""))


def test_an_assistant_may_begin() -> None:
    asked = question(request(("assistant", "Hello!"), ("user", "Hi?")))
    assert asked.history == (Turn("", "Hello!"),)


@pytest.mark.parametrize(
    "spoken", [(("assistant", "a"),), (("user", "a"), ("assistant", "b")), (("system", "a"),)]
)
def test_the_user_speaks_last(spoken: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(UsageError, match="last message"):
        question(request(*spoken))


def test_only_what_is_given_is_overridden() -> None:
    assert overrides(request(("user", "a"))) == {}
    given_all = {"temperature": 0.0, "top_p": 0.5, "max_tokens": 9, "seed": 0}
    assert overrides(request(("user", "a"), **given_all)) == given_all
    both = request(("user", "a"), max_tokens=9, max_completion_tokens=7)
    assert overrides(both) == {"max_tokens": 7}


@pytest.mark.parametrize("name", sorted(UNSUPPORTED))
def test_every_unsupported_parameter_is_refused_unless_idle(name: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        question(request(("user", "a"), **{name: {"some": "thing"}}))
    assert caught.value.param == name
    for idle in (None, *UNSUPPORTED[name]):
        question(request(("user", "a"), **{name: idle}))


@given(st.lists(st.sampled_from(["user", "assistant"]), max_size=12))
def test_turns_keep_every_word_in_order(roles: list[str]) -> None:
    messages = [
        ChatMessage(role=role, content=f"{role} {number}")  # type: ignore[arg-type]
        for number, role in enumerate(roles)
    ]
    said = [text for turn in turns(messages) for text in (turn.question, turn.answer) if text]
    assert said == [message.content for message in messages]
