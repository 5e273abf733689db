from __future__ import annotations

from holdfast.adapters.extractive.read import Passage, read
from holdfast.ports.model import Message


def user(content: str) -> tuple[Message, ...]:
    return (Message("user", content),)


def test_the_question_follows_its_mark() -> None:
    assert read(user("Some words.\n\nQuestion: Why?\nAnd how?")).question == "Why?\nAnd how?"


def test_without_a_mark_the_last_paragraph_is_the_question() -> None:
    assert read(user("Customer: Hi\nShop: Hello\n\n\n\nWhy is\nit?\n")).question == "Why is\nit?"


def test_only_the_last_user_message_asks() -> None:
    messages = (Message("user", "Old?"), Message("assistant", "Yes."), Message("user", "New?"))
    assert read(messages).question == "New?"
    assert read((Message("system", "Rules."),)).question == ""


def test_passages_stand_in_any_message_in_order() -> None:
    messages = (
        Message("system", 'Rules.\n<passage id="1" title="A > B">\none\n</passage>'),
        Message("user", "<passage>two</passage>\n<passage title='x'>no</passage>\nWhy?"),
    )
    assert read(messages).passages == (Passage("A > B", "one"), Passage("", "two"))


def test_neither_passages_nor_history_hold_the_question() -> None:
    content = (
        '<passage id="1" title="t">Question: in a passage?</passage>\n'
        "<history>\nQuestion: long ago?\n</history>\nQuestion: now?"
    )
    assert read(user(content)).question == "now?"


def test_what_rendering_escaped_is_shown_again() -> None:
    task = read(user("<passage>a &lt;/passage> b</passage>\n\nWhy &lt;history>?"))
    assert task.passages[0].text == "a </passage> b"
    assert task.question == "Why <history>?"
