"""A file to import from, and the rows it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from holdfast.domain.digest import digest_bytes
from holdfast.errors import UsageError


@dataclass(frozen=True)
class Source:
    """A file's name, for messages, and its bytes."""

    name: str
    data: bytes = field(repr=False)

    @cached_property
    def text(self) -> str:
        """The content as UTF-8, a byte order mark left out. Raises ``UsageError``."""
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError as e:
            line = self.data[: e.start].count(b"\n") + 1
            raise UsageError(
                f"{self.name}:{line}: byte {self.data[e.start]:#04x} is not UTF-8; save the file "
                "as UTF-8"
            ) from e

    @cached_property
    def lines(self) -> list[str]:
        """The lines; only a line feed ends one, as JSON texts may hold other separators."""
        return self.text.split("\n")

    @property
    def digest(self) -> str:
        return digest_bytes(self.data)

    def at(self, line: int) -> str:
        """``golden.jsonl:3``"""
        return f"{self.name}:{line}"


@dataclass(frozen=True, slots=True)
class Row:
    """One case as it stands in a file: the place, for messages, and the fields."""

    where: str
    value: dict[str, Any]
