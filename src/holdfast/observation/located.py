"""YAML whose every value knows its line, so that a mistake can be shown where it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from holdfast.errors import SettingsError

LARGEST = 1 << 20
"""Characters of a file; aliases are refused, so a file cannot grow while it is read."""


@dataclass(frozen=True, slots=True)
class Located:
    """A document of a file, as plain values, with the line of each place in it."""

    file: str
    value: Any
    lines: dict[tuple[str | int, ...], int]

    def line(self, place: tuple[str | int, ...]) -> int:
        """The line (from 1) of a place, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def error(self, place: tuple[str | int, ...], problem: str) -> SettingsError:
        """A mistake, with file and line."""
        return SettingsError(f"{self.file}:{self.line(place)}: {problem}")


def documents(text: str, *, file: str) -> list[Located]:
    """The documents of a YAML text. Raises ``SettingsError`` with the line of what is wrong.

    >>> documents("a: 1\\nb: [x]", file="f").pop().lines[("b", 0)]
    2
    """
    if len(text) > LARGEST:
        raise SettingsError(f"{file}: {len(text)} characters; at most {LARGEST} are read")
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, yaml.SafeLoader)):
            raise SettingsError(f"{file}: anchors and aliases are not read; write it out")
        nodes = [node for node in yaml.compose_all(text, yaml.SafeLoader) if node is not None]
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else 1
        raise SettingsError(f"{file}:{line}: not valid YAML: {e.problem}") from e
    except yaml.YAMLError as e:
        raise SettingsError(f"{file}: not valid YAML: {e}") from e
    return [_located(node, file) for node in nodes]


def _located(node: Any, file: str) -> Located:
    lines: dict[tuple[str | int, ...], int] = {}
    for place, line, known in _places(node, ()):
        if known and place in lines:
            raise SettingsError(f"{file}:{line}: {place[-1]!r} stands here a second time")
        lines[place] = line
    try:
        value = yaml.constructor.SafeConstructor().construct_document(node)
    except yaml.YAMLError as e:
        raise SettingsError(f"{file}: not valid YAML: {e}") from e
    return Located(file, value, lines)


def _places(
    node: Any, place: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], int, bool]]:
    """Every place below a node, its line, and whether it is a key."""
    if isinstance(node, yaml.MappingNode):
        for key, inner in node.value:
            here = (*place, str(key.value))
            yield here, key.start_mark.line + 1, True
            yield from _places(inner, here)
    elif isinstance(node, yaml.SequenceNode):
        for number, inner in enumerate(node.value):
            here = (*place, number)
            yield here, inner.start_mark.line + 1, False
            yield from _places(inner, here)
