"""Prompts of a project by name, for applications that render them themselves."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from urllib.parse import quote

import httpx2

from holdfast.client.decision import LOG, current, safely
from holdfast.domain.digest import digest
from holdfast.errors import NotFoundError, ProviderDownError
from holdfast.settings import endpoint, server_key

FRESH_SECONDS = 15.0
"""How long a prompt is used before it is asked for anew, in the background."""
TIMEOUT_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt's text as an environment has it."""

    name: str
    environment: str
    text: str
    digest: str
    """The version: the digest of the text."""
    release: str
    """The release that it was deployed with; empty for a default."""


@dataclass(slots=True)
class _Kept:
    prompt: Prompt
    at: float
    asking: bool = False


_kept: dict[str, _Kept] = {}
_lock = threading.Lock()


def prompt(name: str, *, default: str | None = None) -> Prompt:
    """The prompt ``NAME@ENVIRONMENT`` (or ``NAME``, of the default environment) as deployed now.

    The first call asks the server; later ones answer at once from memory, and a change or rollback
    is seen within half a minute. While the server is away the last known text is used, or the
    ``default``. The decision at hand is stamped with the version. Raises ``NotFoundError`` for a
    prompt that there is not, and ``ProviderDownError`` when nothing is known and there is no
    default.
    """
    found = _known(name) or _first(name, default)
    if made := current():
        safely(_stamp, made, found)
    return found


def _stamp(made: object, found: Prompt) -> None:
    tell = made.told  # type: ignore[attr-defined]
    tell("prompt", **{"prompt.name": found.name, "prompt.digest": found.digest})
    if found.release:
        tell("release", **{"release.digest": found.release})


def _known(name: str) -> Prompt | None:
    with _lock:
        kept = _kept.get(name)
        if kept is None:
            return None
        if time.monotonic() - kept.at > FRESH_SECONDS and not kept.asking:
            kept.asking = True
            threading.Thread(target=_again, args=[name], daemon=True).start()
        return kept.prompt


def _first(name: str, default: str | None) -> Prompt:
    try:
        found = _ask(name)
    except NotFoundError:
        raise
    except (ProviderDownError, OSError, ValueError, KeyError) as error:
        if default is None:
            raise ProviderDownError(
                f"prompt {name!r} cannot be had from {endpoint()} ({error}); start the server, or "
                "give a default"
            ) from error
        LOG.warning("holdfast: prompt %r cannot be had (%s); the default is used", name, error)
        base, _, environment = name.partition("@")
        return Prompt(base, environment, default, digest(default), "")
    with _lock:
        _kept[name] = _Kept(found, time.monotonic())
    return found


def _again(name: str) -> None:
    found = safely(_ask, name)
    with _lock:
        kept = _kept.get(name)
        if kept is not None:
            kept.asking = False
            kept.at = time.monotonic()
            kept.prompt = found or kept.prompt


def _ask(name: str) -> Prompt:
    base, _, environment = name.partition("@")
    key = server_key()
    try:
        reply = httpx2.get(
            f"{endpoint()}/api/v1/prompts/{quote(base, safe='')}",
            params={"environment": environment} if environment else {},
            headers={"authorization": f"Bearer {key}"} if key else {},
            timeout=TIMEOUT_SECONDS,
        )
    except httpx2.HTTPError as error:
        raise ProviderDownError(str(error)) from error
    if reply.status_code == NotFoundError.status:
        raise NotFoundError(str(json.loads(reply.text)["error"]["message"]))
    if reply.is_error:
        raise ProviderDownError(f"{reply.status_code}: {reply.text[:200]}")
    value = json.loads(reply.text)
    names = ("prompt", "environment", "text", "digest", "release")
    return Prompt(*(str(value[name]) for name in names))
