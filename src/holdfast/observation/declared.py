"""Files that declare something: ``alerts.toml``, ``monitors.toml`` and ``probes.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from holdfast.errors import SettingsError
from holdfast.settings import line_of

__all__ = ["listed", "read", "validated"]

Model = TypeVar("Model", bound=BaseModel)
Keys = tuple[str, list[str]]
"""A value's name as it is told, and the keys that its line is looked for by."""


def read(path: Path, parse: Callable[..., Model], *, empty: Model) -> Model:
    """What a file declares; ``empty`` without it. Raises ``SettingsError`` with the line."""
    if not path.is_file():
        return empty
    try:
        return parse(path.read_text(encoding="utf-8"), file=str(path))
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"{path}: cannot be read: {e}") from e


def validated(
    model: type[Model], text: str, *, file: str, keys: Callable[[Sequence[Any]], Keys]
) -> Model:
    """A text as a model; ``keys`` says what a problem's place is called in this file."""
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as e:
        raise SettingsError(f"{file}: not valid TOML: {e}") from e
    except ValidationError as e:
        problem = e.errors()[0]
        name, path = keys(problem["loc"])
        numbers = [part for part in problem["loc"] if isinstance(part, int)]
        number = numbers[0] if numbers else 0
        line = line_of(text, path, number=number, shared=True) if path else 1
        said = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            said = "unknown key"
        raise SettingsError(f"{file}:{line}: {name}: {said}") from e


def listed(table: str) -> Callable[[Sequence[Any]], Keys]:
    """Places in a file of ``[[table]]``: their numbers are left out."""

    def keys(place: Sequence[Any]) -> Keys:
        names = [str(part) for part in place if not isinstance(part, int)]
        return ".".join(names) or table, names

    return keys
