"""Errors as HTTP replies: OpenAI's shape under ``/v1``, ours everywhere else."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from holdfast.errors import HoldfastError, NotFoundError, ProviderError, QuotaError, UsageError

LOG = logging.getLogger("holdfast.server")
RETRY_SECONDS = 1
SHOWN = 80
"""Characters of a refused value that the message repeats."""

CODES = {413: "limit"}
"""Where the name of an HTTP status is not the code that we give it elsewhere."""

SERVER_ERRORS = range(500, 600)

TELEMETRY = ("/v1/traces", "/v1/metrics", "/v1/logs")
"""Paths of OTLP, whose errors are a ``google.rpc.Status``."""
RPC_CODES = {401: 16, 403: 7, 413: 8, 503: 14}
RPC_INVALID, RPC_INTERNAL = 3, 13
"""gRPC's codes for what our own layers say before a request is looked at."""

OPENAI_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    409: "conflict_error",
    429: "rate_limit_error",
}


class UnsupportedError(UsageError):
    """A parameter of the OpenAI API that would change the answer, and that we cannot follow."""

    code = "unsupported_parameter"

    def __init__(self, message: str, *, param: str) -> None:
        super().__init__(message)
        self.param = param


class ErrorDetail(BaseModel):
    """What went wrong: a stable name and a sentence."""

    code: str
    message: str


class ErrorReply(BaseModel):
    """Every error outside ``/v1``."""

    error: ErrorDetail


class OpenAIErrorDetail(BaseModel):
    """What went wrong, as OpenAI's clients expect it."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIErrorReply(BaseModel):
    """Every error under ``/v1``."""

    error: OpenAIErrorDetail


@dataclass(frozen=True, slots=True)
class Problem:
    """An error reply before it has a shape."""

    status: int
    code: str
    message: str
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, path: str) -> dict[str, Any]:
        """The JSON body that the clients of a path expect.

        >>> Problem(404, "not_found", "no decision 'd-1'").body("/api/v1/decisions/d-1")
        {'error': {'code': 'not_found', 'message': "no decision 'd-1'"}}
        """
        if path in TELEMETRY:
            other = RPC_INTERNAL if self.status in SERVER_ERRORS else RPC_INVALID
            return {"code": RPC_CODES.get(self.status, other), "message": self.message}
        if not is_openai(path):
            return {"error": {"code": self.code, "message": self.message}}
        if self.code == QuotaError.code:
            kind = QuotaError.code
        elif self.status in OPENAI_TYPES:
            kind = OPENAI_TYPES[self.status]
        else:
            kind = "server_error" if self.status in SERVER_ERRORS else "invalid_request_error"
        return {
            "error": {
                "message": self.message,
                "type": kind,
                "param": self.param,
                "code": self.code,
            }
        }

    def response(self, path: str) -> JSONResponse:
        """The reply to a request of a path."""
        return JSONResponse(self.body(path), self.status, dict(self.headers))


INTERNAL = Problem(500, "internal", "something went wrong here; the server's log says what")


def is_openai(path: str) -> bool:
    """Whether a path belongs to the OpenAI-compatible routes."""
    return path not in TELEMETRY and (path == "/v1" or path.startswith("/v1/"))


def problem(error: HoldfastError, path: str) -> Problem:
    """What to reply to an error that was raised on purpose."""
    code, param = error.code, None
    if isinstance(error, UnsupportedError):
        param = error.param
    elif isinstance(error, NotFoundError) and is_openai(path):
        code, param = "model_not_found", "model"
    headers = {}
    if error.status in (429, 503):
        asked = error.retry_after if isinstance(error, ProviderError | QuotaError) else None
        headers["retry-after"] = str(ceil(asked or RETRY_SECONDS))
    if error.decision:
        headers["x-holdfast-decision"] = error.decision
    return Problem(error.status, code, str(error), param, headers)


def install(app: FastAPI) -> None:
    """Make every error of an app's routes one of our replies."""
    app.add_exception_handler(HoldfastError, _on_purpose)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _on_purpose(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HoldfastError)  # noqa: S101 - tells the type checker
    path = request.url.path
    if error.status in SERVER_ERRORS:
        LOG.error("%s %s: %s: %s", request.method, path, error.code, error)
    return problem(error, path).response(path)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - tells the type checker
    path = request.url.path
    first = error.errors()[0]
    where = place(first["loc"])
    status = 400 if is_openai(path) else 422
    message = f"{where}: {explain(first)}" if where else explain(first)
    return Problem(status, "invalid_request", message, where or None).response(path)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - tells the type checker
    path = request.url.path
    code = CODES.get(error.status_code, HTTPStatus(error.status_code).name.lower())
    message = str(error.detail)
    if error.status_code == HTTPStatus.NOT_FOUND:
        message = f"no route {path!r}; GET /openapi.json lists them all"
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        message = f"{path!r} has no method {request.method}; GET /openapi.json lists them all"
    found = Problem(error.status_code, code, message, headers=error.headers or {})
    return found.response(path)


def place(location: Sequence[str | int]) -> str:
    """Where in a request a value stands, as one would write it.

    >>> place(("body", "messages", 2, "content"))
    'messages[2].content'
    """
    text = ""
    for part in location[1:]:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def explain(error: Mapping[str, Any]) -> str:
    """One line that says what is wrong with a value, and repeats it if it is small.

    >>> explain({"msg": "Input should be less than 2", "type": "less_than", "input": 7})
    'Input should be less than 2, not 7'
    """
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "model_attributes_type":
        return "send a JSON object, with content-type: application/json"
    given = repr(error.get("input"))
    return f"{message}, not {given}" if len(given) <= SHOWN else message
