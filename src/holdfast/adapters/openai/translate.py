"""The client's errors as Holdfast's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pydantic
from openai import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
)

from holdfast.adapters.openai.endpoint import Endpoint
from holdfast.errors import (
    ProviderBusyError,
    ProviderDownError,
    ProviderError,
    ProviderRefusedError,
    ProviderReplyError,
    ProviderTimeoutError,
)

LONGEST = 300
"""Characters of a provider's own words that a message repeats."""
UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
KEY = re.compile(r"\b(?:sk|key|pk|gsk|xai|hf)[-_][A-Za-z0-9_*.-]{6,}|\bBearer\s+\S+", re.IGNORECASE)
BUSY, TIMEOUT, SERVER_ERROR, CLIENT_ERROR = 429, 408, 500, 400


@contextmanager
def translated(endpoint: Endpoint, *, begun: bool = False) -> Iterator[None]:
    """Turns what the client raises into ``ProviderError`` subclasses.

    ``begun`` tells that the reply is already under way: a broken connection then means that the
    reply was cut, not that the endpoint is down.
    """
    host = endpoint.host
    try:
        yield
    except APITimeoutError as e:
        raise ProviderTimeoutError(
            f"{host} sent nothing for {endpoint.timeout:g} s: raise timeout_seconds or look there"
        ) from e
    except APIConnectionError as e:
        cause = said(str(e.__cause__ or e), endpoint)
        if begun:
            raise ProviderReplyError(f"{host} cut its reply ({cause}): try again") from e
        raise ProviderDownError(f"no connection to {host} ({cause}): is it running?") from e
    except APIStatusError as e:
        raise _status(e, endpoint) from e
    except (APIResponseValidationError, json.JSONDecodeError, pydantic.ValidationError) as e:
        raise ProviderReplyError(
            f"{host} did not answer as the protocol says ({said(str(e), endpoint)})"
        ) from e
    except APIError as e:
        raise ProviderDownError(f"{host} broke off: {said(e.message, endpoint)}") from e


def said(text: str, endpoint: Endpoint) -> str:
    """A provider's words on one line, cut, and without keys."""
    if endpoint.api_key:
        text = text.replace(endpoint.api_key, "[key]")
    line = UNPRINTABLE.sub(" ", KEY.sub("[key]", text)).strip()
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} [...]"


def _status(error: APIStatusError, endpoint: Endpoint) -> ProviderError:
    status = error.status_code
    message = f"{endpoint.host} answered {status}: {said(error.message, endpoint)}"
    translation: ProviderError
    if status == BUSY and error.code != "insufficient_quota":
        translation = ProviderBusyError(message)
    elif status == TIMEOUT:
        translation = ProviderTimeoutError(message)
    elif status >= SERVER_ERROR:
        translation = ProviderDownError(message)
    elif status >= CLIENT_ERROR:
        translation = ProviderRefusedError(message)
    else:
        translation = ProviderReplyError(message)
    translation.retry_after = _seconds(error.response.headers.get("retry-after", ""))
    return translation


def _seconds(value: str) -> float | None:
    """``Retry-After`` in seconds; its other form, a date, is rare and not followed."""
    return float(value) if re.fullmatch(r"\d{1,6}(?:\.\d{1,3})?", value) else None
