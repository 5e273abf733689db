"""An OpenAI chat request, and the question that it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from holdfast.errors import UsageError
from holdfast.pipeline.memory import Turn
from holdfast.pipeline.question import Question
from holdfast.server.errors import UnsupportedError

MAX_MESSAGES = 256
MAX_TEXT = 100_000
"""Characters of one message; the question itself is limited by the pipeline."""
MAX_SEED = 2**53 - 1
"""The largest integer that every JSON reader keeps."""

UNSUPPORTED: dict[str, tuple[Any, ...]] = {
    "audio": (),
    "frequency_penalty": (0,),
    "function_call": ("auto", "none"),
    "functions": ([],),
    "logit_bias": ({},),
    "logprobs": (False,),
    "modalities": (["text"],),
    "n": (1,),
    "prediction": (),
    "presence_penalty": (0,),
    "response_format": ({"type": "text"},),
    "stop": ("", []),
    "tool_choice": ("auto", "none"),
    "tools": ([],),
    "top_logprobs": (0,),
    "web_search_options": (),
}
"""Parameters that would change the answer and are refused, with the values that change nothing."""


class TextPart(BaseModel):
    """A part of a message's content."""

    type: Literal["text"]
    text: str


def text_of(content: Any) -> Any:
    """The text of a message's content: a string, or its parts one after the other.

    >>> text_of([{"type": "text", "text": "Hello "}, {"type": "text", "text": "there"}])
    'Hello there'
    """
    if not isinstance(content, list):
        return content
    texts = []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind != "text" or not isinstance(part.get("text"), str):
            raise ValueError(f"content part of type {kind!r} is not supported; send text")
        texts.append(part["text"])
    return "".join(texts)


class ChatMessage(BaseModel):
    """One message of the conversation."""

    model_config = ConfigDict(strict=True)

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[
        str,
        Field(max_length=MAX_TEXT),
        BeforeValidator(text_of, json_schema_input_type=str | list[TextPart]),
    ]


class StreamOptions(BaseModel):
    """What a stream brings beside the text."""

    include_usage: bool | None = None


class ChatRequest(BaseModel):
    """What to answer, and how. ``model`` is an environment."""

    model_config = ConfigDict(strict=True, extra="allow")

    model: str = Field(min_length=1, max_length=63)
    messages: list[ChatMessage] = Field(min_length=1, max_length=MAX_MESSAGES)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1, le=100_000)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=100_000)
    seed: int | None = Field(default=None, ge=-1, le=MAX_SEED)
    user: str | None = Field(default=None, max_length=512)

    @property
    def include_usage(self) -> bool:
        """Whether a stream ends with the token counts."""
        return bool(self.stream_options and self.stream_options.include_usage)


def question(request: ChatRequest, *, session: str = "") -> Question:
    """The question that a chat request is.

    The last message is what is asked; the turns before it are the conversation. A single message
    leaves the conversation to the session's memory, if there is a session. System messages become
    the instructions. Raises ``UnsupportedError`` for a parameter that could only be ignored.
    """
    check_supported(request.model_extra or {})
    spoken = [m for m in request.messages if m.role in ("user", "assistant")]
    if not spoken or spoken[-1].role != "user":
        raise UsageError("the last message is not the user's; end with the question")
    *before, last = spoken
    instructions = [m.content for m in request.messages if m.role in ("system", "developer")]
    return Question(
        last.content,
        request.model,
        session=session,
        history=turns(before) if before else None,
        instructions="\n\n".join(instructions),
        overrides=overrides(request),
        metadata={"user": request.user} if request.user else {},
    )


def check_supported(extra: dict[str, Any]) -> None:
    """Raises ``UnsupportedError`` for a parameter that would change the answer."""
    for name, idle in UNSUPPORTED.items():
        value = extra.get(name)
        if value is not None and value not in idle:
            raise UnsupportedError(f"{name} is not supported; leave it out", param=name)


def turns(messages: Sequence[ChatMessage]) -> tuple[Turn, ...]:
    """Questions with their answers; one of the two is empty where the other stands alone.

    >>> turns([ChatMessage(role="user", content="Hi"), ChatMessage(role="assistant", content="Yo")])
    (Turn(question='Hi', answer='Yo', ref=''),)
    """
    pairs: list[Turn] = []
    asked: str | None = None
    for message in messages:
        if message.role == "assistant":
            pairs.append(Turn(asked or "", message.content))
            asked = None
            continue
        if asked is not None:
            pairs.append(Turn(asked, ""))
        asked = message.content
    return (*pairs, Turn(asked, "")) if asked is not None else tuple(pairs)


def overrides(request: ChatRequest) -> dict[str, float]:
    """The sampling that the client asks for; the release's own stays for the rest."""
    given: dict[str, float | None] = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "max_tokens": request.max_completion_tokens or request.max_tokens,
        "seed": request.seed,
    }
    return {name: value for name, value in given.items() if value is not None}
