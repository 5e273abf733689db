"""What a prompt asks, and the passages it gives.

The model reads two things out of the messages and nothing else:

- passages: what stands inside ``<passage …>…</passage>``, in any message, in order;
- the question: in the last user message, outside of ``<passage>`` and ``<history>``, what follows
  the first line that begins with ``Question:``; without such a line, the last paragraph.

So instructions, names and dates elsewhere in a prompt never end up in an answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.ports.model import Message

PASSAGE = re.compile(r"<passage((?:\s+\w+=\"[^\"]*\")*)\s*>(.*?)</passage\s*>", re.DOTALL)
TITLE = re.compile(r"\btitle=\"([^\"]*)\"")
HISTORY = re.compile(r"<history\s*>.*?</history\s*>", re.DOTALL)
QUESTION = re.compile(r"^[ \t]*question:", re.IGNORECASE | re.MULTILINE)
PARAGRAPH = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of the prompt."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be answered, and from what."""

    question: str
    passages: tuple[Passage, ...]


def read(messages: Sequence[Message]) -> Task:
    """The question and the passages of a rendered prompt.

    >>> task = read([Message("user", '<passage title="A">B.</passage>\\nQuestion: C?')])
    >>> task.question, task.passages
    ('C?', (Passage(title='A', text='B.'),))
    """
    passages = tuple(
        Passage(_title(found[1]), _plain(found[2]).strip())
        for message in messages
        for found in PASSAGE.finditer(message.content)
    )
    asked = [message.content for message in messages if message.role == "user"]
    return Task(_question(asked[-1]) if asked else "", passages)


def _question(content: str) -> str:
    rest = HISTORY.sub("\n\n", PASSAGE.sub("\n\n", content)).strip()
    if marked := QUESTION.search(rest):
        return _plain(rest[marked.end() :]).strip()
    return _plain(PARAGRAPH.split(rest)[-1]).strip()


def _title(attributes: str) -> str:
    found = TITLE.search(attributes)
    return _plain(found[1]) if found else ""


def _plain(text: str) -> str:
    """Undoes what rendering escapes, so that an answer quotes the document."""
    return text.replace("&lt;", "<")
