"""A client of one endpoint, with limits on what and how long it may answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2
from openai import DefaultHttpxClient, OpenAI

from holdfast.errors import ProviderReplyError, ProviderTimeoutError, SettingsError

CONNECT_SECONDS = 10.0
NO_KEY = "none"
"""What the client is told where there is no key: left to itself it would look for one in the
environment, or refuse. It is never sent."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask, with which key, and how much of an answer to take.

    ``timeout`` is the longest wait for the next byte and ``total`` for the whole answer, both in
    seconds; ``largest`` is in bytes. ``retries`` are the client's own, for requests that are safe
    to send twice.
    """

    base_url: str
    api_key: str = field(default="", repr=False)
    timeout: float = 60.0
    total: float = 600.0
    largest: int = 16_000_000
    retries: int = 0

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"base_url {self.base_url!r} is no http address: write one")
        if parts.username or parts.password:
            raise SettingsError(
                f"base_url of {parts.hostname!r} holds a password: put the key into a variable and "
                "name it in api_key_env"
            )

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or ""


def connect(endpoint: Endpoint) -> OpenAI:
    """A client of the endpoint; the caller closes it."""
    client = OpenAI(
        base_url=endpoint.base_url,
        api_key=endpoint.api_key or NO_KEY,
        max_retries=endpoint.retries,
        http_client=DefaultHttpxClient(
            timeout=httpx2.Timeout(
                endpoint.timeout, connect=min(CONNECT_SECONDS, endpoint.timeout)
            ),
            headers={"Accept-Encoding": "identity"},
            event_hooks={
                "request": [_without_placeholder],
                "response": [lambda response: _limit(response, endpoint)],
            },
        ),
        timeout=endpoint.timeout,
    )
    # Only settings are read from the environment, and only by holdfast.settings.
    client.organization = client.project = None
    return client


def _without_placeholder(request: httpx2.Request) -> None:
    if request.headers.get("authorization") == f"Bearer {NO_KEY}":
        del request.headers["authorization"]


def _limit(response: httpx2.Response, endpoint: Endpoint) -> None:
    encoding = response.headers.get("content-encoding", "identity")
    if encoding != "identity":
        response.close()
        raise ProviderReplyError(
            f"{endpoint.host} compressed its reply ({encoding!r:.40}) although asked not to"
        )
    if isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = _Limited(response.stream, endpoint)


class _Limited(httpx2.SyncByteStream):
    """The bytes of a reply, up to the endpoint's limits."""

    def __init__(self, stream: httpx2.SyncByteStream, endpoint: Endpoint) -> None:
        self._stream = stream
        self._endpoint = endpoint

    def __iter__(self) -> Iterator[bytes]:
        end = time.monotonic() + self._endpoint.total
        size = 0
        for data in self._stream:
            size += len(data)
            if size > self._endpoint.largest:
                raise ProviderReplyError(
                    f"{self._endpoint.host} sent more than {self._endpoint.largest} bytes: "
                    "lower max_tokens or look at the endpoint"
                )
            if time.monotonic() > end:
                raise ProviderTimeoutError(
                    f"{self._endpoint.host} was still answering after {self._endpoint.total:g} s"
                )
            yield data

    def close(self) -> None:
        self._stream.close()
