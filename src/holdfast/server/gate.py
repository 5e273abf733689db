"""Who may come in: the API key, or without one, programs of this machine only."""

from __future__ import annotations

import hmac
import ipaddress
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from holdfast.server.errors import Problem

OPEN = ("/healthz",)
"""Paths that anybody may ask."""


class Gate:
    """Asks for ``Authorization: Bearer KEY`` when there is a key.

    Without a key the server listens on loopback only, where web pages are the strangers: a page
    can make a browser post to 127.0.0.1, and with a domain of its own that resolves to it, read
    the reply. So the request must be addressed to this machine and must not come from elsewhere.
    """

    def __init__(self, app: ASGIApp, *, api_key: str) -> None:
        self._app = app
        self._key = sha256(api_key.encode()).digest() if api_key else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        found = _stranger(headers) if self._key is None else self._unknown(headers)
        if found is None:
            await self._app(scope, receive, send)
        else:
            await found.response(scope["path"])(scope, receive, send)

    def _unknown(self, headers: Headers) -> Problem | None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        # Digests are compared, so that time tells nothing about the key's length either.
        digest = sha256(given.strip().encode("latin-1")).digest()
        if scheme.lower() == "bearer" and hmac.compare_digest(digest, self._key or b""):
            return None
        return Problem(
            401,
            "invalid_api_key",
            "this server asks for its API key; send it as 'Authorization: Bearer KEY'",
            headers={"www-authenticate": "Bearer"},
        )


def _stranger(headers: Headers) -> Problem | None:
    host = headers.get("host")
    if host is not None and not is_loopback(_hostname(f"//{host}")):
        return Problem(
            403,
            "foreign_host",
            f"host {host!r} is not this machine; set HOLDFAST_API_KEY to serve other names",
        )
    origin = headers.get("origin")
    if origin is not None and not is_loopback(_hostname(origin)):
        return Problem(
            403,
            "foreign_origin",
            f"origin {origin!r} is not this machine; set HOLDFAST_API_KEY to serve other pages",
        )
    return None


def _hostname(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
