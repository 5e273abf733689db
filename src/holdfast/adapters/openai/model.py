"""Chat completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from openai import Omit, Stream, omit
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessageParam
from openai.types.completion_usage import CompletionUsage

from holdfast.adapters.openai.endpoint import Endpoint, connect
from holdfast.adapters.openai.price import price
from holdfast.adapters.openai.translate import translated
from holdfast.domain.digest import JsonObject
from holdfast.errors import ProviderReplyError
from holdfast.ports.model import Generation, Message, Sampling, Usage

OPENAI = "api.openai.com"
"""Calls the limit ``max_completion_tokens`` and refuses ``max_tokens`` for some models; all other
servers know the older name."""


class OpenAIModel:
    """A model behind ``/chat/completions``. Nothing is retried here.

    ``timeout`` is the longest wait for the next byte and ``total`` for the whole answer, in
    seconds; ``largest`` is the longest reply in bytes. Providers promise at most to try to repeat
    an answer for a seed, so ``deterministic`` is False.
    """

    deterministic = False

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str = "",
        timeout: float = 60.0,
        total: float = 600.0,
        largest: int = 16_000_000,
    ) -> None:
        self._endpoint = Endpoint(
            base_url, api_key=api_key, timeout=timeout, total=total, largest=largest
        )
        self._model = model
        self._client = connect(self._endpoint)

    @property
    def identity(self) -> JsonObject:
        return {"kind": "openai", "base_url": self._endpoint.base_url, "model": self._model}

    def close(self) -> None:
        """Gives the connections back."""
        self._client.close()

    def generate(
        self,
        messages: tuple[Message, ...],
        *,
        sampling: Sampling,
        schema: JsonObject | None = None,
    ) -> Generation:
        with translated(self._endpoint):
            reply = self._client.chat.completions.create(
                model=self._model,
                messages=_messages(messages),
                **self._sampling(sampling),
                **_format(schema),
            )
        return self._generation(reply)

    def stream(
        self, messages: tuple[Message, ...], *, sampling: Sampling
    ) -> Iterator[str | Generation]:
        with translated(self._endpoint):
            stream = self._client.chat.completions.create(
                model=self._model,
                messages=_messages(messages),
                stream=True,
                stream_options={"include_usage": True},
                **self._sampling(sampling),
            )
        with stream:
            yield from self._collect(stream)

    def _sampling(self, sampling: Sampling) -> dict[str, Any]:
        limit = "max_completion_tokens" if self._endpoint.host == OPENAI else "max_tokens"
        seed: int | Omit = omit if sampling.seed is None else sampling.seed
        return {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            limit: sampling.max_tokens,
            "seed": seed,
        }

    def _generation(self, reply: ChatCompletion) -> Generation:
        choices = getattr(reply, "choices", None) or []
        message = getattr(choices[0], "message", None) if choices else None
        refusal = getattr(message, "refusal", None)
        text = getattr(message, "content", None) or refusal
        if message is None or not isinstance(text, str | None):
            raise ProviderReplyError(
                f"{self._endpoint.host} sent no answer (no choices): try again or look there"
            )
        finish = choices[0].finish_reason or "unknown"
        model, usage = reply.model or self._model, _usage(reply.usage)
        return Generation(
            text=text or "",
            finish_reason="refusal" if refusal and finish == "stop" else finish,
            model=model,
            fingerprint=reply.system_fingerprint,
            usage=usage,
            cost=price(model, usage, base_url=self._endpoint.base_url),
        )

    def _collect(self, stream: Stream[ChatCompletionChunk]) -> Iterator[str | Generation]:
        text: list[str] = []
        finish, model, fingerprint = "", "", None
        usage: Usage | None = None
        chunks = iter(stream)
        while (chunk := self._next(chunks)) is not None:
            model = getattr(chunk, "model", None) or model
            fingerprint = getattr(chunk, "system_fingerprint", None) or fingerprint
            usage = _usage(getattr(chunk, "usage", None)) or usage
            for choice in (getattr(chunk, "choices", None) or [])[:1]:
                piece = getattr(getattr(choice, "delta", None), "content", None)
                finish = getattr(choice, "finish_reason", None) or finish
                if piece:
                    text.append(piece)
                    yield piece
        if not finish:
            raise ProviderReplyError(
                f"{self._endpoint.host} cut its reply (no finish_reason): try again"
            )
        model = model or self._model
        cost = price(model, usage, base_url=self._endpoint.base_url)
        yield Generation("".join(text), finish, model, fingerprint, usage, cost)

    def _next(self, chunks: Iterator[ChatCompletionChunk]) -> ChatCompletionChunk | None:
        with translated(self._endpoint, begun=True):
            return next(chunks, None)


def _messages(messages: tuple[Message, ...]) -> list[ChatCompletionMessageParam]:
    return [
        cast("ChatCompletionMessageParam", {"role": m.role, "content": m.content}) for m in messages
    ]


def _format(schema: JsonObject | None) -> dict[str, Any]:
    """What asks for structured output."""
    if schema is None:
        return {}
    if not schema:
        return {"response_format": {"type": "json_object"}}
    named = {"name": "reply", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _usage(usage: CompletionUsage | None) -> Usage | None:
    """What was counted; servers that leave fields out have counted nothing."""
    given, made = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
    if not isinstance(given, int) or not isinstance(made, int):
        return None
    cached = getattr(getattr(usage, "prompt_tokens_details", None), "cached_tokens", None)
    return Usage(given, made, cached if isinstance(cached, int) else 0)
