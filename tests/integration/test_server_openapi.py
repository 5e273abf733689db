"""The whole OpenAPI surface, by its own description: no failure of ours, no hang."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from holdfast.server.app import routes
from tests.support.server import made, served

SCHEMA = schemathesis.openapi.from_dict(routes().openapi())
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
LATER = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INSUFFICIENT_STORAGE)
"""What a sender is told to try again after."""
SECONDS = 60
"""After which an answer counts as none."""
FEW = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""The same calls each time, a minute's worth of them together."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with made(tmp_path_factory.mktemp("openapi") / "shop") as project, served(project) as url:
        yield url


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_no_failure_of_ours(url: str, name: str) -> None:
    @FEW
    @given(case=OPERATIONS[name].as_strategy())
    def call(case: Any) -> None:
        reply = case.call(base_url=url, timeout=SECONDS)
        wrong = reply.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        assert not wrong or reply.status_code in LATER, f"{reply.text}\n{case.as_curl_command()}"

    call()
