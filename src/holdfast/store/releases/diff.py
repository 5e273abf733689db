"""What differs between two releases, component by component."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from holdfast.domain.digest import Json, JsonObject, digest
from holdfast.domain.release import COMPONENTS
from holdfast.store.releases.catalog import Components


@dataclass(frozen=True, slots=True)
class ComponentDiff:
    """One component that differs: its digests and the lines that changed (unified diff)."""

    component: str
    before: str
    after: str
    lines: tuple[str, ...]


def diff(before: Components, after: Components) -> tuple[ComponentDiff, ...]:
    """The components that differ, in the order of ``COMPONENTS``."""
    return tuple(
        ComponentDiff(
            name,
            digest(before[name]),
            digest(after[name]),
            _lines(before[name], after[name]),
        )
        for name in COMPONENTS
        if before[name] != after[name]
    )


def _lines(before: JsonObject, after: JsonObject) -> tuple[str, ...]:
    """Keys that changed as ``-key: old`` / ``+key: new``; texts as a unified diff of their own."""
    old, new = flatten(before), flatten(after)
    lines: list[str] = []
    for key in sorted(old.keys() | new.keys()):
        a, b = old.get(key), new.get(key)
        if a == b:
            continue
        if isinstance(a, str) and isinstance(b, str) and ("\n" in a or "\n" in b):
            lines += difflib.unified_diff(
                a.splitlines(), b.splitlines(), f"a/{key}", f"b/{key}", lineterm="", n=2
            )
            continue
        lines += [f"-{key}: {a}"] if key in old else []
        lines += [f"+{key}: {b}"] if key in new else []
    return tuple(lines)


def flatten(value: Json, path: str = "") -> dict[str, Json]:
    """Leaves of a JSON value by dotted path.

    >>> flatten({"a": {"b": 1}, "c": []})
    {'a.b': 1, 'c': []}
    """
    if isinstance(value, dict) and value:
        leaves: dict[str, Json] = {}
        for key, inner in value.items():
            leaves |= flatten(inner, f"{path}.{key}" if path else str(key))
        return leaves
    return {path: value}
