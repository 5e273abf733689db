"""Errors as replies."""

from __future__ import annotations

import pytest

from holdfast.errors import (
    ConflictError,
    HoldfastError,
    LimitError,
    MomentError,
    NotFoundError,
    ProviderBusyError,
    ProviderDownError,
    QuotaError,
    StorageFullError,
    StorageLockedError,
)
from holdfast.server.errors import UnsupportedError, explain, place, problem

CHAT, REST = "/v1/chat/completions", "/api/v1/ask"


@pytest.mark.parametrize(
    ("error", "status", "code", "kind"),
    [
        (NotFoundError("x"), 404, "model_not_found", "invalid_request_error"),
        (MomentError("x"), 404, "moment", "invalid_request_error"),
        (LimitError("x"), 413, "limit", "invalid_request_error"),
        (ConflictError("x"), 409, "conflict", "conflict_error"),
        (ProviderBusyError("x"), 429, "provider_busy", "rate_limit_error"),
        (QuotaError("x", retry_after=9.0), 429, "insufficient_quota", "insufficient_quota"),
        (ProviderDownError("x"), 502, "provider_down", "server_error"),
        (StorageFullError("x"), 507, "storage_full", "server_error"),
        (UnsupportedError("x", param="n"), 400, "unsupported_parameter", "invalid_request_error"),
    ],
)
def test_openai_clients_get_their_shape(
    error: HoldfastError, status: int, code: str, kind: str
) -> None:
    found = problem(error, CHAT)
    body = found.body(CHAT)["error"]
    assert (found.status, body["code"], body["type"]) == (status, code, kind)
    assert body["message"] == "x"


def test_others_get_ours() -> None:
    found = problem(NotFoundError("no decision 'd-1'; look again"), REST)
    assert found.body(REST) == {
        "error": {"code": "not_found", "message": "no decision 'd-1'; look again"}
    }


def test_what_may_work_later_says_when() -> None:
    busy = ProviderBusyError("x")
    busy.retry_after = 2.3
    assert problem(busy, REST).headers == {"retry-after": "3"}
    assert problem(StorageLockedError("x"), REST).headers == {"retry-after": "1"}
    assert problem(StorageFullError("x"), REST).headers == {}


def test_a_recorded_failure_is_named() -> None:
    error = ProviderDownError("x")
    error.decision = "d-1"
    assert problem(error, CHAT).headers["x-holdfast-decision"] == "d-1"


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (("body",), ""),
        (("query", "at"), "at"),
        (("body", "messages", 0, "content"), "messages[0].content"),
        (("body", "input", 3), "input[3]"),
    ],
)
def test_places_are_written_as_in_code(location: tuple[str | int, ...], text: str) -> None:
    assert place(location) == text


def test_a_large_value_is_not_repeated() -> None:
    error = {"msg": "Value error, too long", "type": "value_error", "input": "x" * 200}
    assert explain(error) == "too long"
    assert explain({**error, "input": "x"}) == "too long, not 'x'"
