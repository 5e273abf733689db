"""What a judge may answer: a schema for the endpoint, and a strict reading of what comes back.

Whatever is not exactly that is unreadable. There is no guess at what was meant: a verdict in other
words, in another language or inside other text is none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from holdfast.domain.digest import JsonObject

Kind: TypeAlias = Literal["verdict", "score", "pair"]

PROTOCOL = 1
"""Grows when what judges are asked for, or how it is read, changes."""
UNKNOWN = "unknown"
WORDS: dict[str, dict[str, float | None]] = {
    "verdict": {"pass": 1.0, "fail": 0.0, UNKNOWN: None},
    "pair": {"first": 1.0, "second": 0.0, "tie": 0.5, UNKNOWN: None},
}
"""Kind -> word -> its mark."""
FIELDS = {"verdict": "verdict", "score": "score", "pair": "better"}
LONGEST = 100_000
"""Characters of one reply."""


class UnreadableError(ValueError):
    """A reply that is not what was asked for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a judge said. ``mark`` is from 0 (bad) to 1 (good), None when it cannot tell."""

    said: str
    mark: float | None
    reason: str


def schema(kind: Kind, scale: tuple[int, int]) -> JsonObject:
    """The JSON schema of a reply. The reason comes first, so that it is thought of first."""
    if kind == "score":
        field: JsonObject = {
            "type": ["integer", "null"],
            "enum": [*range(scale[0], scale[1] + 1), None],
        }
    else:
        field = {"type": "string", "enum": list(WORDS[kind])}
    return {
        "type": "object",
        "properties": {"reason": {"type": "string"}, FIELDS[kind]: field},
        "required": ["reason", FIELDS[kind]],
        "additionalProperties": False,
    }


def read(text: str, *, kind: Kind, scale: tuple[int, int] = (0, 1)) -> Reply:
    """The reply that a text is. Raises ``UnreadableError`` that says what is wrong with it.

    >>> read('{"reason": "As the page says.", "verdict": "pass"}', kind="verdict").mark
    1.0
    """
    value = _object(text)
    name = FIELDS[kind]
    for key in (*value, "reason", name):
        if key not in ("reason", name):
            raise UnreadableError(f"has a field {key[:40]!r} that nobody asked for")
        if key not in value:
            raise UnreadableError(f"has no {key!r}")
    reason, said = value["reason"], value[name]
    if not isinstance(reason, str):
        raise UnreadableError("gives a reason that is no text")
    if kind == "score":
        return Reply(_shown(said), _mark(said, scale), reason)
    if not isinstance(said, str) or said not in WORDS[kind]:
        raise UnreadableError(
            f"says {name} {_shown(said)!r}, which is none of {', '.join(WORDS[kind])}"
        )
    return Reply(said, WORDS[kind][said], reason)


def _object(text: str) -> dict[str, Any]:
    if not text.strip():
        raise UnreadableError("is empty")
    if len(text) > LONGEST:
        raise UnreadableError(f"has {len(text):,} characters")
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except UnreadableError:
        raise
    except (ValueError, RecursionError) as e:
        raise UnreadableError(
            f"is not JSON ({str(e)[:80]}): {' '.join(text.split())[:60]!r}"
        ) from e
    if not isinstance(value, dict):
        raise UnreadableError(f"is no object: {_shown(value)!r}")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UnreadableError("has a field twice")
    return found


def _refuse(constant: str) -> None:
    raise UnreadableError(f"holds {constant}, which is no JSON")


def _mark(said: object, scale: tuple[int, int]) -> float | None:
    low, high = scale
    if said is None:
        return None
    if isinstance(said, bool) or not isinstance(said, int) or not low <= said <= high:
        raise UnreadableError(f"says score {_shown(said)!r}, no whole number from {low} to {high}")
    return (said - low) / (high - low)


def _shown(said: object) -> str:
    return json.dumps(said, ensure_ascii=False)[:40].strip('"')
