"""One case as people write it down, checked field by field."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from holdfast.domain.dataset import Case
from holdfast.domain.digest import digest
from holdfast.domain.record import check_text
from holdfast.errors import UsageError

EXPECTS = ("answer", "refuse", "unchanged")
ALIASES = {
    "input": "question",
    "prompt": "question",
    "query": "question",
    "answer": "reference",
    "expected": "reference",
    "expected_output": "reference",
    "ground_truth": "reference",
    "expected_facts": "facts",
    "forbidden_claims": "forbidden",
    "slices": "tags",
}
"""What other tools call our fields."""
FIELDS = {field.name: field for field in fields(Case)}
TEXTS = ("id", "question", "reference", "cluster", "expect", "intent", "decision")
LISTS = ("facts", "forbidden", "relevant", "context", "tags")
LONGEST = 1_000_000
"""Characters that any one text of a case may have."""


def case(value: Mapping[str, Any], *, where: str) -> Case:
    """The case that a JSON object describes; ``where`` (file and line) begins every message.

    A list field takes one text too, ``messages`` (role, content) stands for history and question,
    and a case without an id is named by its content. Raises ``UsageError``.

    >>> case({"input": "May I return shoes?", "facts": "30 days"}, where="golden.jsonl:1").facts
    ('30 days',)
    """
    given = _renamed(_told(value, where=where), where=where)
    unknown = sorted(set(given) - set(FIELDS))
    if unknown:
        raise UsageError(
            f"{where}: unknown field {unknown[0]!r}; the fields are {', '.join(FIELDS)}; anything "
            "else goes into 'metadata'"
        )
    present = {name: inner for name, inner in given.items() if inner is not None}
    clean = {name: _reader(name)(inner, f"{where}: {name}") for name, inner in present.items()}
    clean.setdefault("question", "")
    clean.setdefault("id", digest(value_of(clean))[:12])
    made = Case(**clean)
    check(made, where=where)
    return made


def check(one: Case, *, where: str) -> None:
    """Refuse a case that nothing could be measured with. Raises ``UsageError``."""
    for name in ("id", "question"):
        if not getattr(one, name).strip():
            raise UsageError(f"{where}: the {name} is empty; give every case a {name}")
    if not (one.weight > 0 and math.isfinite(one.weight)):
        raise UsageError(
            f"{where}: weight {one.weight!r} must be a number above 0; leave a case out instead"
        )
    if one.expect not in EXPECTS:
        raise UsageError(f"{where}: expect {one.expect!r} is none of {', '.join(EXPECTS)}")


def value_of(clean: Mapping[str, Any]) -> dict[str, Any]:
    """What a case without an id is named by."""
    return {name: clean[name] for name in ("question", "history", "context") if clean.get(name)}


def _renamed(value: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for key, inner in value.items():
        name = ALIASES.get(key, key)
        if name in given:
            raise UsageError(f"{where}: {key!r} says {name!r} a second time; keep one of them")
        given[name] = inner
    return given


def _told(value: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """``messages`` as history and question."""
    if "messages" not in value:
        return dict(value)
    messages = value["messages"]
    if not isinstance(messages, list) or not messages:
        raise UsageError(f"{where}: messages {messages!r} must be a list of role and content")
    turns: list[tuple[str, str]] = []
    for number, message in enumerate(messages, 1):
        role = message.get("role") if isinstance(message, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if role not in ("user", "assistant", "system") or not isinstance(content, str):
            raise UsageError(f"{where}: message {number} needs a role and a content of text")
        if role != "system":
            turns.append((role, content))
    roles = [role for role, _ in turns]
    if roles != ["user", "assistant"] * (len(turns) // 2) + ["user"]:
        raise UsageError(f"{where}: messages must take turns and end with the user's question")
    texts = [content for _, content in turns]
    rest = {name: inner for name, inner in value.items() if name != "messages"}
    history = [list(pair) for pair in zip(texts[:-1:2], texts[1::2], strict=True)]
    return {**rest, "history": history, "question": texts[-1]}


def _reader(name: str) -> Callable[[Any, str], Any]:
    if name in TEXTS:
        return _text
    if name in LISTS:
        return _texts
    return {"history": _history, "weight": _weight, "metadata": _metadata}[name]


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{where} {value!r} must be a text")
    if len(value) > LONGEST:
        raise UsageError(f"{where} has {len(value):,} characters; at most {LONGEST:,} are kept")
    check_text(value, what=where)
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, Sequence) or isinstance(given, bytes):
        raise UsageError(f"{where} {value!r} must be a list of texts")
    found = tuple(_text(inner, where) for inner in given)
    if not all(text.strip() for text in found):
        raise UsageError(f"{where} holds an empty text; leave it out")
    return found


def _history(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list | tuple):
        raise UsageError(f"{where} {value!r} must be a list of [question, answer]")
    turns = []
    for turn in value:
        pair = [turn.get("question"), turn.get("answer")] if isinstance(turn, dict) else turn
        if not isinstance(pair, list | tuple) or len(pair) != 2:  # noqa: PLR2004 - a pair
            raise UsageError(f"{where}: turn {turn!r} must be [question, answer]")
        turns.append((_text(pair[0], where), _text(pair[1], where)))
    return tuple(turns)


def _weight(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"{where} {value!r} must be a number")
    return float(value)


def _metadata(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise UsageError(f"{where} {value!r} must be an object")
    return value
