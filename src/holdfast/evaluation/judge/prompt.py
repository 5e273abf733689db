"""A judge's prompt: messages with placeholders, and no logic.

A line ``## system``, ``## user`` or ``## assistant`` starts a message; ``{{ answer }}`` stands for
a text. No value can close or open a tag that the prompt itself writes around values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.errors import SettingsError
from holdfast.ports.model import Message

LONGEST = 100_000
MARKER = re.compile(r"^##[ \t]+(system|user|assistant)[ \t]*$", re.MULTILINE)
PLACEHOLDER = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
TAG = re.compile(r"<[\s/]*([A-Za-z][\w-]*)")

PASSAGES = "passages"
ABOUT = ("question", "history", "reference", "facts", "forbidden", PASSAGES)
"""What a prompt may show of a case and its evidence."""
ANSWER, FIRST, SECOND = "answer", "first", "second"
"""What is judged: one answer, or two of which one is better."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A parsed prompt file; ``placeholders`` are the names that it uses."""

    text: str
    messages: tuple[Message, ...]
    placeholders: frozenset[str]
    tags: frozenset[str]
    """Names of the tags it writes, which values must not."""

    def filled(self, values: Mapping[str, str | tuple[str, ...]]) -> tuple[Message, ...]:
        """The messages with their values; every placeholder must have one.

        Of several texts each is an item of a list, or a ``<passage>`` of its own.
        """
        own = {name: self._written(name, value) for name, value in values.items()}
        return tuple(
            Message(m.role, PLACEHOLDER.sub(lambda found: own[found[1]], m.content))
            for m in self.messages
        )

    def _written(self, name: str, value: str | tuple[str, ...]) -> str:
        if isinstance(value, str):
            return self._tame(value)
        if name == PASSAGES:
            texts = enumerate(map(self._tame, value), 1)
            return "\n".join(f'<passage id="{n}">\n{text}\n</passage>' for n, text in texts)
        return "\n".join(f"- {self._tame(text)}" for text in value)

    def _tame(self, value: str) -> str:
        def tame(found: re.Match[str]) -> str:
            inside = found[1].lower() in self.tags
            return "&lt;" + found[0][1:] if inside else found[0]

        return TAG.sub(tame, value)


def parse(text: str, *, file: str, needs: tuple[str, ...] = (ANSWER,)) -> Prompt:
    """A prompt from the text of its file; ``needs`` are placeholders that it must have.

    Raises ``SettingsError`` that names file and line.

    >>> prompt = parse("## user\\nGood? {{ answer }}", file="a.md")
    >>> prompt.filled({"answer": "Yes."})
    (Message(role='user', content='Good? Yes.'),)
    """
    text = text.replace("\r\n", "\n")
    if len(text) > LONGEST:
        raise SettingsError(f"{file}: {len(text):,} characters, more than {LONGEST:,}: shorten it")
    markers = list(MARKER.finditer(text))
    if not markers or text[: markers[0].start()].strip():
        raise SettingsError(f"{file}:1: begin with a line '## system' or '## user'")
    if all(marker[1] != "user" for marker in markers):
        raise SettingsError(f"{file}:1: no user message: add a line '## user' and a text below it")
    known = (*ABOUT, *needs)
    used = set()
    for found in PLACEHOLDER.finditer(text):
        if found[1] not in known:
            line = text.count("\n", 0, found.start()) + 1
            raise SettingsError(
                f"{file}:{line}: no placeholder {found[1]!r}; there are {', '.join(known)}"
            )
        used.add(found[1])
    for name in needs:
        if name not in used:
            last = text.rstrip().count("\n") + 1
            raise SettingsError(
                f"{file}:{last}: {{{{ {name} }}}} stands nowhere: a judge must see what it judges"
            )
    ends = [marker.start() for marker in markers[1:]] + [len(text)]
    messages = tuple(
        Message(marker[1], text[marker.end() : end].strip())
        for marker, end in zip(markers, ends, strict=True)
    )
    tags = frozenset(found[1].lower() for found in TAG.finditer(text)) | {"passage"}
    return Prompt(text, messages, frozenset(used), tags)
