"""A generator of answers that needs no network and no weights beyond the embedder's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from holdfast.adapters.extractive.choose import choose
from holdfast.adapters.extractive.read import read
from holdfast.adapters.extractive.score import Scored, score
from holdfast.domain.digest import JsonObject, digest
from holdfast.errors import ProviderRefusedError
from holdfast.ports.embedder import Embedder
from holdfast.ports.model import Generation, Message, Sampling, Usage

VERSION = 1
REFUSAL = "The documents do not say."
"""The whole answer when there is no question, no passage, or no statement that reaches the floor
of ``choose``."""

TOKEN = re.compile(r"\w+|[^\w\s]")
PIECE = re.compile(r"\S+\s*")
LEANING = re.compile(
    r"(?:it|its|they|their|this|these|those|that|he|his|she|her|such|both|then|there)\b",
    re.IGNORECASE,
)
"""How a statement begins that is about the one before it."""
CLOSED = re.compile(r"[.!?\u2026:;][\"')\]\u201d\u2019]*$")


class ExtractiveModel:
    """Answers with one to three statements of the passages, word for word.

    It understands nothing: it picks the sentences, list items and table rows that share most with
    the question, by words and by the embedder's vectors, and says ``REFUSAL`` when none shares
    enough. So it cannot make anything up, and cannot reason, count or compare either. See
    ``read`` for what it takes from a prompt.

    A token is a run of letters and digits, or one other sign.
    """

    deterministic = True

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @cached_property
    def identity(self) -> JsonObject:
        return {"kind": "extractive", "version": VERSION, "embedder": self._embedder.identity}

    @cached_property
    def _fingerprint(self) -> str:
        return digest(self.identity)

    def generate(
        self,
        messages: tuple[Message, ...],
        *,
        sampling: Sampling,
        schema: JsonObject | None = None,
    ) -> Generation:
        if schema is not None:
            raise ProviderRefusedError("the extractive model writes no JSON: name another model")
        text, reason = self._answer(messages, sampling)
        given = sum(_tokens(message.content) for message in messages)
        return Generation(
            text=text,
            finish_reason=reason,
            model=f"extractive-{VERSION}",
            fingerprint=self._fingerprint,
            usage=Usage(input=given, output=_tokens(text)),
            cost=0.0,
        )

    def stream(
        self, messages: tuple[Message, ...], *, sampling: Sampling
    ) -> Iterator[str | Generation]:
        generation = self.generate(messages, sampling=sampling)
        yield from PIECE.findall(generation.text)
        yield generation

    def _answer(self, messages: tuple[Message, ...], sampling: Sampling) -> tuple[str, str]:
        task = read(messages)
        scored, vectors = score(task, self._embedder) if task.question else ([], None)
        chosen = choose(scored, vectors, sampling=sampling) if vectors is not None else []
        if not chosen:
            return _cut(REFUSAL, sampling.max_tokens)
        return _written(_with_leads(chosen, scored), sampling.max_tokens)


def _with_leads(chosen: list[Scored], scored: list[Scored]) -> list[Scored]:
    """The first statement with the one it leans on, if it begins with a pronoun."""
    first = chosen[0]
    place = scored.index(first)
    if first.statement.follows and LEANING.match(first.statement.text):
        return [scored[place - 1], *chosen]
    return chosen


def _written(chosen: list[Scored], max_tokens: int) -> tuple[str, str]:
    """The statements as one text, as many as fit; a first one that does not fit is cut."""
    text = ""
    for item in chosen:
        said = item.statement.text
        longer = f"{text} {said if CLOSED.search(said) else f'{said}.'}".lstrip()
        if _tokens(longer) > max_tokens:
            return (text, "length") if text else _cut(longer, max_tokens)
        text = longer
    return text, "stop"


def _cut(text: str, max_tokens: int) -> tuple[str, str]:
    ends = [match.end() for match in TOKEN.finditer(text)]
    if len(ends) <= max_tokens:
        return text, "stop"
    return text[: ends[max_tokens - 1]], "length"


def _tokens(text: str) -> int:
    return sum(1 for _ in TOKEN.finditer(text))
