"""Content addresses: sha256 over bytes, or over RFC 8785 canonical JSON."""

from __future__ import annotations

import hashlib
from typing import Any, TypeAlias

import rfc8785

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict with str keys."""
JsonObject: TypeAlias = dict[str, Any]

SHORT = 12
"""Hex characters of a digest that are shown to people."""


def canonical(value: Json) -> bytes:
    """The one way to write a JSON value as bytes (RFC 8785).

    >>> canonical({"b": 1, "a": [True, None]})
    b'{"a":[true,null],"b":1}'
    """
    return rfc8785.dumps(value)


def digest(value: Json) -> str:
    """64 hex characters that name a JSON value by its content.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    return digest_bytes(canonical(value))


def digest_bytes(data: bytes) -> str:
    """64 hex characters that name bytes by their content."""
    return hashlib.sha256(data).hexdigest()


def short(name: str) -> str:
    """A digest as people see it: its first 12 characters.

    >>> short(digest_bytes(b""))
    'e3b0c44298fc'
    """
    return name[:SHORT]
