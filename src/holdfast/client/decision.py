"""Tell Holdfast what an application decided, and what that rested on."""

from __future__ import annotations

import functools
import inspect
import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from holdfast.client.sending import sending
from holdfast.domain.decision import new_id
from holdfast.domain.digest import digest

LOG = logging.getLogger("holdfast.client")
F = TypeVar("F", bound=Callable[..., Any])
LONGEST = 100_000
"""Characters of a text that are sent."""
ID, SCORE, TEXT = ("id", "chunk", "document_id"), ("score", "similarity"), ("text", "content")

_current: ContextVar[DecisionSpan | None] = ContextVar("holdfast_decision", default=None)


class DecisionSpan:
    """A decision while it is made: ``with holdfast.decision(question) as decision``.

    Set ``answer`` before the block ends. Whatever fails in here is logged and never raised, so
    that an application works as if this were not there.
    """

    def __init__(self, question: str, fields: Mapping[str, Any]) -> None:
        self.id = new_id("d", at=time.time_ns() // 1_000)
        self.question = question
        self.answer: str | None = None
        self._fields = dict(fields)
        self._told: set[str] = {name for name, value in fields.items() if value}
        self._span: trace.Span = trace.INVALID_SPAN
        self._scope: Any = None
        self._token: Token[DecisionSpan | None] | None = None

    def __enter__(self) -> Self:
        safely(self._begin)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        safely(self._end, error)

    def told(self, what: str, **attributes: Any) -> None:
        """Note something that the decision rests on."""
        self._told.add(what)
        for name, value in attributes.items():
            self._span.set_attribute(f"holdfast.{name}", value)

    def _begin(self) -> None:
        sending()
        tracer = trace.get_tracer("holdfast")
        self._span = tracer.start_span("decision", kind=SpanKind.INTERNAL)
        self._scope = trace.use_span(self._span, end_on_exit=False)
        self._scope.__enter__()
        self._token = _current.set(self)
        fields = self._fields
        named = {
            "holdfast.decision": self.id,
            "input.value": self.question[:LONGEST],
            "gen_ai.conversation.id": fields["session"],
            "user.id": fields["user"],
            "holdfast.release.digest": fields["release"],
            "gen_ai.request.model": fields["model"],
            "gen_ai.request.seed": fields["seed"],
        }
        given = {name: value for name, value in named.items() if value not in (None, "")}
        extra = {f"holdfast.{name}": value for name, value in fields["metadata"].items()}
        self._span.set_attributes({**given, **extra})

    def _end(self, error: BaseException | None) -> None:
        try:
            self._finish(error)
        finally:
            if self._token is not None:
                _current.reset(self._token)
            if self._scope is not None:
                self._scope.__exit__(None, None, None)
            self._span.end()

    def _finish(self, error: BaseException | None) -> None:
        missing = [name for name in EXPECTED if name not in self._told]
        if self.answer is not None:
            self._span.set_attribute("output.value", str(self.answer)[:LONGEST])
        else:
            missing.append("answer")
        self._span.set_attribute("holdfast.missing", missing)
        if error is not None:
            self._span.record_exception(error)
            self._span.set_status(Status(StatusCode.ERROR, f"{type(error).__name__}: {error}"))


EXPECTED = ("release", "prompt", "retrieval", "model", "seed")
"""What a complete stamp of an application's decision tells; the rest is named as missing."""


def decision(
    question: str,
    *,
    session: str = "",
    user: str = "",
    release: str = "",
    model: str = "",
    seed: int | None = None,
    metadata: Mapping[str, str | int | float | bool] | None = None,
) -> DecisionSpan:
    """One question that is answered, with everything that happens on the way below it.

    Spans that instrumentors make inside the block (of the model's client, of a search) belong to
    it. ``release`` names what was deployed (a digest or a version).

        with holdfast.decision("Can I return shoes?", session="s-1") as made:
            passages = search(made.question)
            holdfast.retrieved(passages)
            made.answer = ask_the_model(passages)
    """
    fields = {"session": session, "user": user, "release": release, "model": model, "seed": seed}
    return DecisionSpan(question, {**fields, "metadata": dict(metadata or {})})


def current() -> DecisionSpan | None:
    """The decision that is being made here, if one is."""
    return _current.get()


def retrieved(passages: Iterable[Any], *, query: str = "", source: str = "") -> None:
    """Say what was found for the decision at hand.

    A passage is a text, a mapping, or an object with ``id``, ``score`` and ``text`` (or
    ``content``), as far as it has them; a text without an id is named by its digest.
    """
    safely(_retrieved, list(passages), query, source)


def _retrieved(passages: list[Any], query: str, source: str) -> None:
    sending()
    found = [_passage(passage) for passage in passages]
    name = f"retrieval {source}".strip()
    with trace.get_tracer("holdfast").start_as_current_span(name) as span:
        span.set_attribute("gen_ai.operation.name", "retrieval")
        span.set_attribute("gen_ai.retrieval.documents", json.dumps(found)[:LONGEST])
        if query:
            span.set_attribute("gen_ai.retrieval.query.text", query[:LONGEST])
        if source:
            span.set_attribute("gen_ai.data_source.id", source)
    if made := current():
        made.told("retrieval", retrieved=[str(passage["id"]) for passage in found])


def _passage(passage: Any) -> dict[str, Any]:
    if isinstance(passage, str):
        return {"id": digest(passage), "content": passage}
    text = _field(passage, TEXT)
    known = {"id": _field(passage, ID), "score": _field(passage, SCORE), "content": text}
    if known["id"] is None:
        known["id"] = digest(str(text if text is not None else passage))
    scored = isinstance(known["score"], int | float)
    return {
        "id": str(known["id"]),
        **({"score": float(known["score"])} if scored else {}),
        **({"content": str(text)} if text is not None else {}),
    }


def _field(passage: Any, names: Iterable[str]) -> Any:
    for name in names:
        value = passage.get(name) if isinstance(passage, Mapping) else getattr(passage, name, None)
        if value is not None:
            return value
    return None


def traced(function: F) -> F:
    """A function whose every call is a span: ``@holdfast.traced``; coroutines too.

    >>> @traced
    ... def double(number):
    ...     return number * 2
    >>> double.__name__
    'double'
    """
    name = getattr(function, "__qualname__", "call")

    def begin() -> Any:
        sending()
        scope = trace.get_tracer("holdfast").start_as_current_span(name)
        scope.__enter__()
        return scope

    def end(scope: Any, error: BaseException | None) -> None:
        if scope is None:
            return
        if error is None:
            scope.__exit__(None, None, None)
            return
        span = trace.get_current_span()
        span.record_exception(error)
        span.set_status(Status(StatusCode.ERROR, f"{type(error).__name__}: {error}"))
        scope.__exit__(None, None, None)

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def waiting(*args: Any, **kwargs: Any) -> Any:
            scope = safely(begin)
            try:
                result = await function(*args, **kwargs)
            except BaseException as error:
                safely(end, scope, error)
                raise
            safely(end, scope, None)
            return result

        return cast(F, waiting)

    @functools.wraps(function)
    def calling(*args: Any, **kwargs: Any) -> Any:
        scope = safely(begin)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            safely(end, scope, error)
            raise
        safely(end, scope, None)
        return result

    return cast(F, calling)


def safely(do: Callable[..., Any], *args: Any) -> Any:
    """What a function returns, or nothing and a line in the log when it fails."""
    try:
        return do(*args)
    except Exception:
        LOG.warning(
            "holdfast: telling what happened failed; the application goes on", exc_info=True
        )
        return None
