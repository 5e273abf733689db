"""A generator of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from holdfast.domain.digest import JsonObject


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat: ``role`` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn. ``seed`` None leaves it to the provider."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 512
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """Where a model is asked: an OpenAI-compatible endpoint.

    ``api_key_env`` names the environment variable that holds the key; ``timeout`` is the longest
    wait for an answer, in seconds.
    """

    base_url: str
    model: str
    api_key_env: str = ""
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them; cached input tokens are part of ``input``."""

    input: int
    output: int
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Generation:
    """A finished answer with what the provider says about it."""

    text: str
    finish_reason: str
    """stop, length, content_filter, refusal ..."""
    model: str
    """The model that really answered, as the provider names it."""
    fingerprint: str | None
    """Weights or back-end identity; ``None`` when the provider does not say."""
    usage: Usage | None
    cost: float | None = None
    """US dollars; ``None`` when the price is not known."""


class Model(Protocol):
    """Answers a list of messages."""

    @property
    def identity(self) -> JsonObject:
        """What the answers depend on besides prompt and sampling: the component."""
        ...

    @property
    def deterministic(self) -> bool:
        """Whether the same messages and sampling (with a seed) give the same bytes."""
        ...

    def generate(
        self,
        messages: tuple[Message, ...],
        *,
        sampling: Sampling,
        schema: JsonObject | None = None,
    ) -> Generation:
        """One answer. Raises ``ProviderError`` subclasses.

        ``schema`` asks for JSON that fits it; an empty one for any JSON object. Whether the text
        does is the caller's to check.
        """
        ...

    def stream(
        self, messages: tuple[Message, ...], *, sampling: Sampling
    ) -> Iterator[str | Generation]:
        """Pieces of text as they come, then the ``Generation``; a cut stream raises."""
        ...
